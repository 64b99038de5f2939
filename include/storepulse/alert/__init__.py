"""Tell people about incidents by mail: each step once, and never twice.

    chart     eight weeks as a small PNG, digits only
    runbook   what to check, by fact and KPI
    compose   an incident as a mail
    outbox    planned mails become files
    not_ready a day that cannot be told
    delivery  files are handed to the SMTP server

What was judged, told and sent is kept in `storepulse.ledger`.
"""

from storepulse.alert.delivery import send_pending
from storepulse.alert.not_ready import tell_not_ready
from storepulse.alert.outbox import write_planned

__all__ = ["send_pending", "tell_not_ready", "write_planned"]
