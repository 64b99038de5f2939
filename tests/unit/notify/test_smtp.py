"""Logging in to a real SMTP server that speaks in the clear."""

import smtplib
import socket
from base64 import b64encode
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult

from storepulse.notify.mailer import FAILURE, composed, post
from storepulse.notify.smtp import connected, reason
from storepulse.settings import Settings

SECRET = "correct horse"


def own_address() -> str:
    """An address of this machine that is not its loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: a datagram socket only finds its route.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return probe.getsockname()[0]


@contextmanager
def serving(address: str, handler: Sink | None = None):
    """Run a server that takes a login without encryption; gives its port and the logins seen."""
    seen = []

    def authenticate(server, session, envelope, mechanism, data):
        seen.append(data.password.decode())
        return AuthResult(success=data.password == SECRET.encode(), handled=False)

    with socket.create_server((address, 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        handler or Sink(),
        hostname=address,
        port=port,
        authenticator=authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield port, seen
    finally:
        controller.stop()


def settings_for(host: str, port: int, password: str | None = SECRET, **more) -> Settings:
    given = {"smtp_user": "storepulse", "smtp_password": password, **more}
    return Settings(smtp_host=host, smtp_port=port, smtp_security="none", **given)


def test_a_login_over_the_network_without_encryption_is_refused_before_it_is_sent():
    address = own_address()
    with (
        serving(address) as (port, seen),
        pytest.raises(smtplib.SMTPException, match=r"unencrypted.*Set it to starttls or tls") as no,
        connected(settings_for(address, port)),
    ):
        pass

    assert seen == []
    assert SECRET not in str(no.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_login_on_this_machine_needs_no_encryption(host):
    with serving("127.0.0.1") as (port, seen), connected(settings_for(host, port)):
        pass

    assert seen == [SECRET]


def test_without_a_login_nothing_secret_is_sent():
    address = own_address()
    with serving(address) as (port, seen), connected(settings_for(address, port, smtp_user=None)):
        pass

    assert seen == []


def test_a_password_that_smtp_cannot_send_is_reported_and_not_shown():
    with (
        serving("127.0.0.1") as (port, seen),
        pytest.raises(smtplib.SMTPException, match="a character beyond ASCII") as refused,
        connected(settings_for("127.0.0.1", port, "pferdé")),
    ):
        pass

    assert seen == []
    assert "é" not in str(refused.value)


@pytest.mark.parametrize(
    "echoed",
    [
        SECRET,
        b64encode(SECRET.encode()).decode(),
        b64encode(f"\0storepulse\0{SECRET}".encode()).decode(),
    ],
)
@pytest.mark.parametrize("kind", [smtplib.SMTPDataError, smtplib.SMTPResponseException])
def test_what_a_server_echoes_of_the_login_is_not_repeated(kind, echoed):
    settings = settings_for("mail.example.com", 25)

    message = reason(kind(550, f"no such user, you sent {echoed}".encode()), settings)

    assert message == "550 no such user, you sent …"


def test_a_server_that_echoes_the_password_in_any_answer_is_not_repeated(tmp_path, caplog):
    class Echoing(Sink):
        async def handle_DATA(self, server, session, envelope):
            return f"554 refused, {SECRET}"

    with serving("127.0.0.1", Echoing()) as (port, seen):
        settings = settings_for("127.0.0.1", port, home=tmp_path)
        post(settings, FAILURE, "a", composed(settings, FAILURE, "s", "t"))

    assert seen == [SECRET]
    assert "554 refused, …" in caplog.text
    assert SECRET not in caplog.text
