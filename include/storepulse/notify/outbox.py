"""Planned mails become files: `outbox/<day>-<incident>.eml`, whole or not at all."""

import logging

from storepulse.lake.atomic import atomic_write, clear_leftovers
from storepulse.lake.locks import exclusive_lock
from storepulse.monitor.alert_store import mails_in, move, opened
from storepulse.notify.data_not_ready import mail_data_fault
from storepulse.notify.incident_mail import MailStep, compose
from storepulse.settings import Settings

logger = logging.getLogger(__name__)


def write_planned(settings: Settings) -> int:
    """Write every planned mail that has no file yet, also those of a run that died.

    Returns:
        How many were written.

    Raises:
        DiskFull: no room; the mail stays planned and the next run writes it.
        AnotherRunIsWriting: another run has been writing for longer than the settings allow.
    """
    written = 0
    lock = settings.outbox / "writing.lock"
    with (
        exclusive_lock(lock, settings, f"writing mails to {settings.outbox}"),
        opened(settings) as db,
    ):
        clear_leftovers(settings.outbox)
        for mail in mails_in(db, "planned"):
            if mail.incident.is_data_fault:
                mail_data_fault(settings, mail.incident)
            step = MailStep(mail.root, mail.before, mail.incident, mail.step, mail.planned_at)
            with atomic_write(settings.outbox / mail.file_name) as temp:
                temp.write_bytes(compose(settings, step))
            written += move(db, mail.file_name, ("planned", "written"))
            logger.info("wrote %s", mail.file_name)
    return written
