"""Sending against a real SMTP server that insists on STARTTLS and a login."""

import shutil
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr

from storepulse.errors import MailNotSent
from storepulse.monitor import alert_store
from storepulse.notify.mailer import INCIDENT, send_pending
from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts

LAST = Shop().last_day
LOGIN = ("storepulse", "correct horse")


class Mailbox:
    """The mails an SMTP server accepted; it can be set to refuse. The names are aiosmtpd's."""

    def __init__(self) -> None:
        self.mails: list = []
        self.answer = "250 OK"
        self.refused: set[str] = set()
        self.blocks = threading.Event()
        self.has_text = threading.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.has_text.set()
        if self.blocks.is_set():
            import asyncio

            await asyncio.sleep(30)
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        return self.answer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def serving(mailbox: Mailbox, authority: trustme.CA):
    """Run a server on a free loopback port: STARTTLS and a login are required."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def authenticate(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == tuple(text.encode() for text in LOGIN)
        return AuthResult(success=right, handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(tmp_path, mailbox, authority):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with serving(mailbox, authority) as port:
        yield Settings(
            home=tmp_path / "home",
            smtp_host="localhost",
            smtp_port=port,
            smtp_user="storepulse",
            smtp_password=SecretStr(LOGIN[1]),
            smtp_ca_file=tmp_path / "ca.pem",
            mail_from="storepulse <alerts@shop.example>",
            mail_to="anna@shop.example, ben@shop.example",
            lock_timeout_seconds=20,
        )


@pytest.fixture(scope="module")
def marts_with_an_incident(tmp_path_factory) -> Path:
    shop = Shop()
    shop.stock_out(LAST, "kitchen", 0.95)
    return write_marts(tmp_path_factory.mktemp("marts") / "storepulse.duckdb", [shop])


@pytest.fixture
def incident(settings, marts_with_an_incident):
    settings.serving.mkdir(parents=True)
    shutil.copy(marts_with_an_incident, settings.serving)


def states(settings) -> list[str]:
    with alert_store.opened(settings) as db:
        return [state for (state,) in db.execute("select state from mails").fetchall()]


def changed(settings: Settings, **values) -> Settings:
    return settings.model_copy(update=values)


def test_a_mail_reaches_everyone_over_a_verified_connection(settings, mailbox, incident):
    result = watch(settings)

    assert (result.mails_written, result.mails_sent) == (1, 1)
    (envelope,) = mailbox.mails
    assert envelope.mail_from == "alerts@shop.example"
    assert envelope.rcpt_tos == ["anna@shop.example", "ben@shop.example"]
    (file,) = settings.outbox.glob("*.eml")
    got, kept = (message_from_bytes(text) for text in (envelope.content, file.read_bytes()))
    assert got["Message-ID"] == kept["Message-ID"]
    assert envelope.content == file.read_bytes()
    assert states(settings) == ["sent"]


def test_a_second_run_sends_nothing(settings, mailbox, incident):
    watch(settings)

    assert watch(settings).mails_sent == 0
    assert send_pending(settings, INCIDENT) == 0
    assert len(mailbox.mails) == 1


def test_without_a_host_the_mail_waits_in_the_outbox_and_is_sent_once_there_is_one(
    settings, mailbox, incident
):
    assert watch(changed(settings, smtp_host=None)).mails_sent == 0
    assert states(settings) == ["written"]

    assert watch(settings).mails_sent == 1
    assert len(mailbox.mails) == 1


def test_a_mail_of_last_week_is_not_sent_when_a_host_appears(settings, mailbox, incident):
    watch(changed(settings, smtp_host=None))
    with alert_store.opened(settings) as db:
        db.execute("update mails set planned_at = '2026-01-01T00:00:00+00:00'")

    assert send_pending(settings, INCIDENT) == 0
    assert states(settings) == ["expired"]


def test_a_server_with_a_wrong_certificate_gets_neither_password_nor_mail(
    settings, mailbox, incident, tmp_path
):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")

    with pytest.raises(MailNotSent, match=r"CERTIFICATE_VERIFY_FAILED.*sent by the next run"):
        watch(changed(settings, smtp_ca_file=tmp_path / "other.pem"))

    assert mailbox.mails == []
    assert states(settings) == ["written"]
    assert watch(settings).mails_sent == 1


def test_a_wrong_password_is_named_and_not_shown(settings, mailbox, incident):
    with pytest.raises(MailNotSent, match="does not accept the login") as refused:
        watch(changed(settings, smtp_password=SecretStr("battery staple")))

    assert "battery staple" not in str(refused.value)
    assert states(settings) == ["written"]


def test_a_server_that_is_away_leaves_the_mail_for_the_next_run(settings, incident):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]

    with pytest.raises(MailNotSent, match=r"accepted 0 of 1 mail"):
        watch(changed(settings, smtp_port=port))

    assert states(settings) == ["written"]
    assert watch(settings).mails_sent == 1


def test_a_refused_text_is_tried_again_by_the_next_run(settings, mailbox, incident):
    mailbox.answer = "451 try again later"
    with pytest.raises(MailNotSent, match="451 try again later"):
        watch(settings)
    assert states(settings) == ["written"]

    mailbox.answer = "250 OK"
    assert watch(settings).mails_sent == 1
    assert len(mailbox.mails) == 1


def test_one_wrong_address_does_not_silence_the_others(settings, mailbox, incident):
    mailbox.refused = {"anna@shop.example"}

    assert watch(settings).mails_sent == 1
    assert mailbox.mails[0].rcpt_tos == ["ben@shop.example"]
    with alert_store.opened(settings) as db:
        assert db.execute("select note from mails").fetchall() == [
            ("refused recipients: anna@shop.example",)
        ]


def test_when_every_address_is_wrong_the_mail_stays(settings, mailbox, incident):
    mailbox.refused = {"anna@shop.example", "ben@shop.example"}

    with pytest.raises(MailNotSent, match="refuses every recipient"):
        watch(settings)

    assert states(settings) == ["written"]


RUN = """
import sys
from pathlib import Path
from pydantic import SecretStr
from storepulse.settings import Settings
from storepulse.watch import watch

home, port, ca_file, password = sys.argv[1:]
settings = Settings(
    home=Path(home), smtp_host="localhost", smtp_port=int(port), smtp_user="storepulse",
    smtp_password=SecretStr(password), smtp_ca_file=Path(ca_file),
    mail_to="anna@shop.example", lock_timeout_seconds=60,
)
result = watch(settings)
print(result.mails_written, result.mails_sent)
"""


def started(settings: Settings) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN), str(settings.home)]
        + [str(settings.smtp_port), str(settings.smtp_ca_file), LOGIN[1]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_killed_while_the_server_had_the_text_never_sends_twice(
    settings, mailbox, incident, caplog
):
    mailbox.blocks.set()
    with started(settings) as run:
        assert mailbox.has_text.wait(timeout=60), run.stderr.read()
        run.kill()
    assert states(settings) == ["sending"]
    mailbox.blocks.clear()

    assert watch(settings).mails_sent == 0
    assert states(settings) == ["unsure"]
    assert "forward the file by hand" in caplog.text
    assert send_pending(settings, INCIDENT) == 0


def test_a_run_killed_before_the_server_had_the_text_is_made_good(settings, mailbox, incident):
    watch(changed(settings, smtp_host=None))
    assert states(settings) == ["written"]

    assert send_pending(settings, INCIDENT) == 1
    assert states(settings) == ["sent"]


def test_two_runs_at_once_write_one_mail_and_send_it_once(settings, mailbox, incident):
    runs = [started(settings), started(settings)]
    answers = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], answers
    assert sum(int(out.split()[1]) for out, _ in answers) == 1
    assert len(mailbox.mails) == 1
    assert len(list(settings.outbox.glob("*.eml"))) == 1
    assert states(settings) == ["sent"]


def test_an_incident_of_yesterday_does_not_send_todays_day_twice(settings, mailbox, incident):
    watch(settings)
    shop = Shop(days=85)
    write_marts(settings.serving / "storepulse.duckdb", [shop])

    result = watch(settings)

    assert result.days_evaluated == 1
    assert shop.last_day == LAST + timedelta(days=1)
    assert len(mailbox.mails) == 1
