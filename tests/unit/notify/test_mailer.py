"""What holds for every kind of mail, and where the kinds differ, against a real SMTP server."""

import socket
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from storepulse.errors import MailNotSent
from storepulse.lake.locks import sending_lock
from storepulse.notify import mailer
from storepulse.notify.mail_states import MarkedFiles
from storepulse.notify.mailer import (
    EXPIRED_OF_ENGINEERS,
    EXPIRED_OF_SUPERVISORS,
    FAILURE,
    INCIDENT,
    NOT_READY,
    Kind,
    composed,
    send,
)
from storepulse.settings import Settings

KINDS = {
    "incident": INCIDENT,
    "not ready": NOT_READY,
    "failure": FAILURE,
    "list to supervisors": EXPIRED_OF_SUPERVISORS,
    "list to engineers": EXPIRED_OF_ENGINEERS,
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


class Killed(BaseException):
    """The process is killed: nothing after it is done."""


class Mailbox:
    """The mails a server accepted; it can be set to refuse. The names are aiosmtpd's."""

    def __init__(self) -> None:
        self.mails: list = []
        self.refused: set[str] = set()
        self.refused_subjects: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=default)
        if mail["Subject"] in self.refused_subjects:
            return "554 not wanted"
        self.mails.append((mail["Subject"], envelope.rcpt_tos))
        return "250 OK"

    def subjects(self) -> list[str]:
        return [subject for subject, _ in self.mails]


@contextmanager
def serving(mailbox: Mailbox):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(tmp_path, mailbox):
    with serving(mailbox) as port:
        yield Settings(
            home=tmp_path,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
            mail_to="Anna <anna@shop.example>, ben@shop.example",
            failures_mail_to="Anna <anna@shop.example>, ben@shop.example",
        )


class Mails(MarkedFiles):
    """Mails of any kind, wherever its own are kept: what is tested is how they are sent."""

    def __init__(self, settings: Settings, kind: Kind) -> None:
        super().__init__(kind.folder(settings))
        self.settings, self.kind = settings, kind

    def add(self, subject: str, age: timedelta = timedelta()) -> None:
        at = datetime.now(UTC) - age
        mail = composed(self.settings, self.kind, subject, "text", at=at)
        self.write(self.folder / f"{subject}.eml", mail.as_bytes())

    def sent(self) -> int:
        with sending_lock(self.settings, self.folder):
            return send(self.settings, self.kind, self)

    def in_state(self, state) -> list[str]:
        return [mail.place.stem for mail in self.mails(state)]


@pytest.fixture
def mails(settings, kind) -> Mails:
    return Mails(settings, kind)


@every_kind
def test_a_mail_is_sent_once_to_everybody_of_its_kind(mails, mailbox):
    mails.add("one")

    assert [mails.sent(), mails.sent()] == [1, 0]
    assert mailbox.mails == [("one", ["anna@shop.example", "ben@shop.example"])]
    assert mails.in_state("sent") == ["one"]


@every_kind
def test_the_headers_are_alike(settings, kind):
    mail = composed(settings, kind, "one", "text")

    assert mail["From"] == "storepulse <storepulse@localhost>"
    assert mail["To"] == "anna@shop.example, ben@shop.example"
    assert mail["Message-ID"].endswith("@localhost>")
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


@every_kind
def test_one_refused_recipient_does_not_silence_the_others(mails, mailbox, caplog):
    mailbox.refused = {"anna@shop.example"}
    mails.add("one")

    assert mails.sent() == 1
    assert mailbox.mails == [("one", ["ben@shop.example"])]
    assert "one.eml: refused recipients: anna@shop.example" in caplog.text


@every_kind
def test_a_mail_waits_until_its_wrong_addresses_are_corrected(mails, mailbox):
    mailbox.refused = {"anna@shop.example", "ben@shop.example"}
    mails.add("one")
    with suppress(MailNotSent):
        mails.sent()
    assert mails.in_state("written") == ["one"]

    right = {"mail_to": "cy@shop.example", "failures_mail_to": "cy@shop.example"}
    mails.settings = mails.settings.model_copy(update=right)

    assert mails.sent() == 1
    assert mailbox.mails == [("one", ["cy@shop.example"])]


@every_kind
def test_a_refused_mail_does_not_block_the_others_and_is_an_error_where_that_is_wanted(
    mails, kind, mailbox, caplog
):
    mailbox.refused_subjects = {"one"}
    mails.add("one")
    mails.add("two")

    try:
        mails.sent()
    except MailNotSent as failure:
        assert kind.raises
        message = str(failure)
    else:
        assert not kind.raises
        message = caplog.text

    assert "accepted 1 of 2 mail(s)" in message
    assert "554 not wanted. The rest is sent by the next run" in message
    assert mailbox.subjects() == ["two"]
    assert (mails.in_state("written"), mails.in_state("sent")) == (["one"], ["two"])


@every_kind
def test_a_server_that_is_away_is_an_error_where_that_is_wanted(mails, kind, caplog):
    mails.settings = mails.settings.model_copy(update={"smtp_port": 1})
    mails.add("one")

    try:
        mails.sent()
    except MailNotSent:
        assert kind.raises
    else:
        assert not kind.raises
        assert "accepted 0 of 1 mail(s)" in caplog.text
    assert mails.in_state("written") == ["one"]


@every_kind
def test_a_run_killed_after_the_server_took_the_mail(mails, kind, mailbox, monkeypatch, caplog):
    mails.add("one")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        give = mailer._give

        def killed(server, text):
            give(server, text)
            raise Killed

        patched.setattr(mailer, "_give", killed)
        mails.sent()

    again = [mails.sent(), mails.sent()]

    assert again == ([0, 0] if kind.at_most_once else [1, 0])
    assert mailbox.subjects() == (["one"] if kind.at_most_once else ["one", "one"])
    assert mails.in_state("unsure") == (["one"] if kind.at_most_once else [])
    assert caplog.text.count("nobody knows whether") == kind.at_most_once


@every_kind
def test_a_mail_whose_file_cannot_be_read_is_not_taken_for_one_that_may_have_arrived(
    mails, mailbox, monkeypatch
):
    mails.add("one")
    with monkeypatch.context() as patched, suppress(MailNotSent):
        read, attempts = type(mails.folder).read_bytes, []

        def failing(place):
            attempts.append(place)
            # The first one finds its date.
            if len(attempts) > 1:
                raise OSError("cannot be read")
            return read(place)

        patched.setattr(type(mails.folder), "read_bytes", failing)
        mails.sent()

    assert (mails.in_state("written"), mails.in_state("sending")) == (["one"], [])
    assert mails.sent() == 1


@every_kind
def test_a_run_killed_before_the_server_was_given_the_mail_loses_none(mails, mailbox, monkeypatch):
    mails.add("one")
    with monkeypatch.context() as patched, pytest.raises(Killed):

        def killed(*_):
            raise Killed

        patched.setattr(mailer, "_address", killed)
        mails.sent()

    assert mails.sent() == 1
    assert mailbox.subjects() == ["one"]


@every_kind
def test_a_mail_of_last_week_is_not_sent_unless_it_never_expires(mails, kind, mailbox):
    mails.add("old", timedelta(days=4))
    mails.add("ahead", -timedelta(days=4))

    assert mails.sent() == (1 if kind.expires else 2)
    assert mailbox.subjects() == (["ahead"] if kind.expires else ["ahead", "old"])
    assert mails.in_state("expired") == (["old"] if kind.expires else [])


@every_kind
def test_a_file_whose_line_ends_were_edited_is_sent(mails, mailbox):
    mails.add("one")
    place = mails.folder / "one.eml"
    place.write_bytes(place.read_bytes().replace(b"\r\n", b"\n"))

    assert mails.sent() == 1
    assert mailbox.subjects() == ["one"]


@every_kind
def test_a_run_killed_while_writing_over_a_sent_mail_hides_no_new_one(mails, monkeypatch):
    mails.add("one")
    mails.sent()
    with monkeypatch.context() as patched, pytest.raises(Killed):
        replace = type(mails.folder).replace

        def killed(temp, place):
            replace(temp, place)
            raise Killed

        patched.setattr(type(mails.folder), "replace", killed)
        mails.add("one")

    assert mails.in_state("written") == ["one"]


def test_only_mails_that_need_no_alert_store_go_past_a_full_disk():
    assert [name for name, kind in KINDS.items() if kind.past_the_disk] == ["not ready", "failure"]
