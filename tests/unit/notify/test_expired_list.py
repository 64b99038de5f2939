"""Mails that no server accepted within three days are listed in one mail when there is one."""

import shutil
import socket
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from storepulse.cli.app import main
from storepulse.errors import MailNotSent
from storepulse.monitor import alert_store
from storepulse.notify.expired_list import mail_expired
from storepulse.notify.mailer import (
    FAILURE,
    INCIDENT,
    NOT_READY,
    composed,
    post,
    send_pending,
)
from storepulse.notify.task_failures import send_once
from storepulse.notify.watch_clock import check_pipeline
from storepulse.report import write as write_report
from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts

LAST = Shop().last_day
FOUR_DAYS = timedelta(days=4)


class Mailbox:
    """The mails a server accepted, as (recipients, mail); the names are aiosmtpd's."""

    def __init__(self) -> None:
        self.mails: list = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=default)
            self.mails.append((envelope.rcpt_tos, mail))
        return self.answer

    def texts(self) -> dict[str, str]:
        """Whole text by subject; a repeated subject fails."""
        texts = {
            mail["Subject"]: mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
            for _, mail in self.mails
        }
        assert len(texts) == len(self.mails)
        return texts


@contextmanager
def there(settings: Settings, mailbox: Mailbox):
    """Run the mail server for a while."""
    server = Controller(mailbox, hostname="127.0.0.1", port=settings.smtp_port)
    server.start()
    try:
        yield
    finally:
        server.stop()


@pytest.fixture(scope="module")
def marts_of_a_broken_shop(tmp_path_factory) -> Path:
    shop = Shop()
    shop.stock_out(LAST, "kitchen", 0.95)
    return write_marts(tmp_path_factory.mktemp("marts") / "storepulse.duckdb", [shop])


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A mail server is configured, and away."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Settings(
        home=tmp_path,
        language="en",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        mail_to="anna@shop.example",
        failures_mail_to="ed@shop.example",
    )


@pytest.fixture
def incident(settings, marts_of_a_broken_shop) -> None:
    """A mail about an incident that the server did not take, as it was away."""
    settings.serving.mkdir(parents=True)
    shutil.copy(marts_of_a_broken_shop, settings.serving)
    with pytest.raises(MailNotSent):
        watch(settings)


def not_ready(settings: Settings, name: str = "one") -> None:
    mail = composed(settings, NOT_READY, "Data not ready · US site 22 Nov", "orders late")
    post(settings, NOT_READY, f"{name}-not-ready", mail)


def grow_older(settings: Settings, by: timedelta) -> None:
    """Make everything that waits look as if the clock had jumped."""
    with alert_store.opened(settings) as db:
        for rowid, planned in db.execute("select rowid, planned_at from mails").fetchall():
            moment = (datetime.fromisoformat(planned) - by).isoformat()
            db.execute("update mails set planned_at = ? where rowid = ?", (moment, rowid))
    for place in settings.outbox.glob("*/*.eml"):
        mail = message_from_bytes(place.read_bytes(), policy=default)
        mail.replace_header("Date", format_datetime(mail["Date"].datetime - by))
        place.write_bytes(mail.as_bytes())


def states(settings: Settings) -> list[tuple]:
    with alert_store.opened(settings) as db:
        return db.execute("select state, listed_in is not null from mails").fetchall()


def go_on(settings: Settings) -> None:
    """What the DAGs do next, whether the server is there or not."""
    for kind in (INCIDENT, NOT_READY, FAILURE):
        send_pending(settings, kind)
    mail_expired(settings)


def status(settings: Settings, monkeypatch, capsys) -> str:
    for name in ("home", "smtp_host", "language"):
        monkeypatch.setenv(f"STOREPULSE_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setattr(sys, "argv", ["storepulse", "status"])
    with pytest.raises(SystemExit):
        main()
    return capsys.readouterr().out


@pytest.mark.usefixtures("incident")
def test_mails_of_every_kind_that_expired_are_listed_once_when_the_server_is_back(
    settings, monkeypatch, capsys, caplog
):
    not_ready(settings)
    send_once(settings, "a-cause", "orders from demo_shop: late", "since noon")
    grow_older(settings, FOUR_DAYS)
    go_on(settings)

    # Away still: it is in the log, in the status and on the page.
    for name in (f"{LAST}-us_site-paid_orders-{LAST}.eml", "one-not-ready.eml", "a-cause.eml"):
        assert f"{name} was not sent within 3 days" in caplog.text
    output = status(settings, monkeypatch, capsys)
    assert (
        "mails that were not sent within three days: 3; one mail lists them when 127.0.0.1"
        in output
    )
    assert "US site, Kitchen: Paid GMV -100% (high)" in output
    assert "orders from demo_shop: late" in output
    page = write_report(settings).read_text("utf-8")
    assert "Messages that were not sent in time" in page
    assert "Data not ready · US site 22 Nov" in page

    mailbox = Mailbox()
    with there(settings, mailbox):
        for _ in range(3):
            go_on(settings)

    texts = mailbox.texts()
    written = (datetime.now(UTC) - FOUR_DAYS).strftime("%Y-%m-%d")
    assert set(texts) == {
        "Messages that were not sent in time: 2",
        "mails about failures that were never sent: 1",
    }
    to_supervisors = texts["Messages that were not sent in time: 2"]
    assert "Sun 22 Nov, US site, Kitchen: Paid GMV -100% (high)\n" in to_supervisors
    assert ": Data not ready · US site 22 Nov\n" in to_supervisors
    assert "orders from demo_shop" not in to_supervisors
    to_engineers = texts["mails about failures that were never sent: 1"]
    assert f"\n{written}" in to_engineers
    assert "UTC: orders from demo_shop: late\n" in to_engineers
    assert [to for to, _ in mailbox.mails] == [["anna@shop.example"], ["ed@shop.example"]]
    assert states(settings) == [("expired", 1)]
    assert "within three days" not in status(settings, monkeypatch, capsys)


@pytest.mark.usefixtures("incident")
def test_the_list_is_in_the_readers_language(settings):
    settings = settings.model_copy(update={"language": "zh"})
    grow_older(settings, FOUR_DAYS)
    mailbox = Mailbox()
    with there(settings, mailbox):
        go_on(settings)

    (mail,) = mailbox.texts().items()
    assert mail[0] == "未能及时发送的邮件：1 封"
    assert "11月22日（周日），US site·厨房用品：支付金额 -100%（级别：紧急）" in mail[1]
    assert "此列出一次" in mailbox.mails[0][1].get_body(("html",)).get_content()


@pytest.mark.usefixtures("incident")
def test_watch_itself_lists_what_expired(settings):
    grow_older(settings, FOUR_DAYS)
    mailbox = Mailbox()
    with there(settings, mailbox):
        watch(settings)
        watch(settings)

    assert list(mailbox.texts()) == ["Messages that were not sent in time: 1"]


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize("age", [timedelta(), FOUR_DAYS])
def test_a_mail_does_not_wait_for_the_next_numbers(settings, age, caplog):
    grow_older(settings, age)
    check_pipeline(settings, datetime.now(UTC))
    assert "mails wait for the mail server" in caplog.text

    mailbox = Mailbox()
    with there(settings, mailbox):
        check_pipeline(settings, datetime.now(UTC))
        check_pipeline(settings, datetime.now(UTC))

    to_supervisors = [mail["Subject"] for to, mail in mailbox.mails if to == ["anna@shop.example"]]
    assert to_supervisors == [
        "Messages that were not sent in time: 1"
        if age
        else "[High] Paid GMV -100% on 22 Nov: US site, Kitchen"
    ]


@pytest.mark.usefixtures("incident")
def test_what_is_still_news_is_sent_and_what_is_not_is_listed(settings):
    not_ready(settings, "old")
    for place in NOT_READY.folder(settings).glob("old*.eml"):
        mail = message_from_bytes(place.read_bytes(), policy=default)
        mail.replace_header("Date", format_datetime(datetime.now(UTC) - FOUR_DAYS))
        place.write_bytes(mail.as_bytes())
    mailbox = Mailbox()
    with there(settings, mailbox):
        go_on(settings)

    assert sorted(mailbox.texts()) == [
        "Messages that were not sent in time: 1",
        "[High] Paid GMV -100% on 22 Nov: US site, Kitchen",
    ]


@pytest.mark.usefixtures("incident")
def test_a_clock_that_stepped_back_expires_nothing(settings):
    not_ready(settings)
    grow_older(settings, -FOUR_DAYS)
    mailbox = Mailbox()
    with there(settings, mailbox):
        go_on(settings)

    assert sorted(mailbox.texts()) == [
        "Data not ready · US site 22 Nov",
        "[High] Paid GMV -100% on 22 Nov: US site, Kitchen",
    ]


def test_a_list_that_waits_for_weeks_grows_and_is_one_mail(settings):
    for name in ("first", "second"):
        not_ready(settings, name)
        grow_older(settings, 10 * FOUR_DAYS)
        go_on(settings)
    mailbox = Mailbox()
    with there(settings, mailbox):
        go_on(settings)
        not_ready(settings, "third")
        assert len(mailbox.mails) == 2

    assert "Messages that were not sent in time: 2" in mailbox.texts()


def test_a_list_that_the_server_refuses_is_rebuilt_and_sent_once(settings, caplog):
    not_ready(settings)
    grow_older(settings, FOUR_DAYS)
    mailbox = Mailbox()
    mailbox.answer = "452 no room"
    with there(settings, mailbox):
        go_on(settings)
        assert "accepted 0 of 1 mail(s)" in caplog.text
        assert "452 no room. The rest is sent by the next run" in caplog.text
        mailbox.answer = "250 OK"
        go_on(settings)
        go_on(settings)

    assert list(mailbox.texts()) == ["Messages that were not sent in time: 1"]
    assert len(list((settings.outbox / "expired").glob("*.eml"))) == 1


def test_a_list_in_the_hands_of_a_run_that_died_is_not_sent_again_and_logged(settings, caplog):
    not_ready(settings)
    grow_older(settings, FOUR_DAYS)
    mailbox = Mailbox()
    with there(settings, mailbox):
        go_on(settings)
        # As a run leaves it that dies between handing over and noting the answer.
        (sent,) = (settings.outbox / "expired").glob("*.sent")
        sent.rename(sent.with_suffix(".sending"))
        go_on(settings)
        go_on(settings)

    assert len(mailbox.mails) == 1
    assert caplog.text.count("nobody knows whether") == 1


def test_of_very_many_the_newest_are_named_and_the_others_counted(settings):
    for number in range(53):
        not_ready(settings.model_copy(update={"smtp_host": None}), f"{number:02}")
    grow_older(settings, FOUR_DAYS)
    mailbox = Mailbox()
    with there(settings, mailbox):
        go_on(settings)

    (text,) = mailbox.texts().values()
    assert text.count("Data not ready") == 50
    assert "and 3 more" in text


def test_without_a_mail_server_nothing_expires(settings):
    settings = settings.model_copy(update={"smtp_host": None})
    not_ready(settings)
    grow_older(settings, FOUR_DAYS)
    go_on(settings)

    assert list(settings.outbox.rglob("*.expired")) == []
