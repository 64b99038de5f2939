"""The connection to the mail server, whoever has something to send."""

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from pydantic import SecretStr

from storepulse.redaction import NOT_SHOWN
from storepulse.settings import Settings

# A server that does not answer for this long is down.
TIMEOUT_SECONDS = 20.0


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Connect, verify who answers, log in.

    Raises:
        OSError: nobody answers, or the certificate cannot be verified.
        SMTPException: the server refuses; or the login would go over the network for all to read.
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
            _refuse_login_in_clear(server, settings)
            _log_in(server, settings.smtp_user, settings.smtp_password)
        yield server


def _refuse_login_in_clear(server: smtplib.SMTP, settings: Settings) -> None:
    # By who answers, not by name: a name may stand for any host.
    peer = server.sock.getpeername()[0].partition("%")[0] if server.sock else ""
    if settings.smtp_security == "none" and not _is_loopback(peer):
        raise smtplib.SMTPException(
            f"STOREPULSE_SMTP_SECURITY is none, so user and password would go to "
            f"{settings.smtp_host} unencrypted; not logged in. Set it to starttls or tls, or leave "
            f"STOREPULSE_SMTP_USER out where the server wants no login"
        )


def _is_loopback(address: str) -> bool:
    peer = ip_address(address)
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def _log_in(server: smtplib.SMTP, user: str, password: SecretStr | None) -> None:
    secret = password.get_secret_value() if password else ""
    if not (user + secret).isascii():
        raise smtplib.SMTPException(
            "STOREPULSE_SMTP_USER or STOREPULSE_SMTP_PASSWORD holds a character beyond ASCII, "
            "which SMTP's login cannot send; choose another password"
        )
    server.login(user, secret)


def reason(failure: Exception, settings: Settings) -> str:
    """Describe what went wrong, without any part of the login that the server may have echoed."""
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return f"it does not accept the login ({failure.smtp_code})"
    answer = str(failure) or type(failure).__name__
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        answer = f"it refuses every recipient ({', '.join(failure.recipients)})"
    if isinstance(failure, smtplib.SMTPResponseException):
        text = failure.smtp_error
        answer = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        answer = f"{failure.smtp_code} {answer}"
    return _without_login(answer, settings)


def _without_login(answer: str, settings: Settings) -> str:
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
    # As it is, and as the login methods encode it.
    for secret in (f"\0{settings.smtp_user}\0{password}", password) if password else ():
        answer = answer.replace(b64encode(secret.encode()).decode(), NOT_SHOWN)
        answer = answer.replace(secret, NOT_SHOWN)
    return answer
