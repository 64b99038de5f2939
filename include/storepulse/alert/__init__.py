"""Tell people about incidents by mail: each step once, and never twice.

    chart     eight weeks as a small PNG, digits only
    runbook   what to check, by fact and KPI
    compose   an incident as a mail
    outbox    planned mails become files
    not_ready a day that cannot be told, by the data
    overdue   a day that is not there by its deadline, by the clock
    delivery  files are handed to the SMTP server
    expired   those that were not handed over in time are listed

What was judged, told and sent is kept in `storepulse.ledger`.
"""

from storepulse.alert.delivery import send_pending
from storepulse.alert.expired import tell_expired
from storepulse.alert.not_ready import tell_not_ready
from storepulse.alert.outbox import write_planned
from storepulse.alert.overdue import tell_overdue

__all__ = ["send_pending", "tell_expired", "tell_not_ready", "tell_overdue", "write_planned"]
