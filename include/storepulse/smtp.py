"""The connection to the mail server, whoever has something to send."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from storepulse.settings import Settings

# Switching SMTP on must not pour out the outbox of last month.
MAIL_IS_NEWS_FOR = timedelta(days=3)
# A server that is silent for this long is down.
TIMEOUT_SECONDS = 20.0


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Connect, verify who answers, log in.

    Raises:
        OSError: nobody answers, or the certificate is not to be trusted.
        SMTPException: the server refuses.
    """
    ca_file = str(settings.smtp_ca_file) if settings.smtp_ca_file else None
    trusted = ssl.create_default_context(cafile=ca_file)
    host, port = settings.smtp_host or "", settings.smtp_port
    with (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=trusted)
        if settings.smtp_security == "tls"
        else smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    ) as server:
        if settings.smtp_security == "starttls":
            server.starttls(context=trusted)
        server.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            password = settings.smtp_password
            server.login(settings.smtp_user, password.get_secret_value() if password else "")
        yield server


def reason(failure: Exception) -> str:
    """Say what went wrong without what the server may have echoed of the login."""
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return f"it does not accept the login ({failure.smtp_code})"
    if isinstance(failure, smtplib.SMTPResponseException):
        text = failure.smtp_error
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return f"{failure.smtp_code} {said}"
    return str(failure) or type(failure).__name__
