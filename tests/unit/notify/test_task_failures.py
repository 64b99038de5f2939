import socket
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from storepulse.errors import SourceUnreachable
from storepulse.notify.mailer import FAILURE, send_pending
from storepulse.notify.task_failures import Failure, mail_engineers, send_once
from storepulse.settings import Settings

PAGE = """Take orders.

- **In**: the shop
- **If it fails**: call the shop's owner, then
  clear the task.
- **History**: trigger it
"""


def failure(error) -> Failure:
    return Failure(
        flow="ingest_orders",
        step="ingest_feed.land [orders]",
        run="scheduled__2026-11-22",
        attempt=5,
        error=error,
        log_url="http://127.0.0.1:8080/log",
        page=PAGE,
    )


def mail_about(error, home, **more):
    settings = Settings(home=home, **more)
    mail_engineers(settings, failure(error))
    (place,) = FAILURE.folder(settings).glob("*.eml")
    return message_from_bytes(place.read_bytes(), policy=default), place


def text_of(mail) -> str:
    return mail.get_content().replace("\r\n", "\n")


def test_the_mail_begins_with_the_errors_own_words(tmp_path):
    mail, _ = mail_about(SourceUnreachable("shop.example:5432 did not answer in 10 s"), tmp_path)

    lines = text_of(mail).splitlines()
    assert lines[0] == "shop.example:5432 did not answer in 10 s"
    assert "Task  ingest_feed.land [orders], tried 5 times" in lines
    assert "Log   http://127.0.0.1:8080/log" in lines
    assert mail["Subject"] == "ingest_orders: ingest_feed.land [orders] failed (SourceUnreachable)"


def test_the_mail_ends_with_the_instructions_of_the_dags_page(tmp_path):
    mail, _ = mail_about(SourceUnreachable("no answer"), tmp_path)

    expected = "If it fails:\ncall the shop's owner, then\nclear the task.\n"
    assert text_of(mail).endswith(expected)


def test_it_goes_to_data_engineers_not_to_supervisors(tmp_path):
    addresses = {"mail_to": "boss@shop.example", "failures_mail_to": "ann@shop.example"}
    mail, _ = mail_about(SourceUnreachable("no answer"), tmp_path, **addresses)

    assert mail["To"] == "ann@shop.example"


def test_a_librarys_error_is_cut_short_since_it_may_quote_rows(tmp_path):
    mail, _ = mail_about(ValueError("x" * 5000), tmp_path)

    assert "ValueError: " + "x" * 600 + "\n" in text_of(mail)
    assert "x" * 601 not in text_of(mail)


@pytest.mark.parametrize(
    "quoted",
    [
        "postgresql://me:sesame@db.example/shop",
        "https://me:ses@me/sesame@api.example/v1?key=sesame",
        "(https://api.example/v1?key=sesame)",
    ],
)
def test_a_login_that_a_librarys_error_quotes_is_not_sent(tmp_path, quoted):
    mail, _ = mail_about(RuntimeError(f"cannot open '{quoted}'"), tmp_path)

    assert "RuntimeError: cannot open '" in text_of(mail)
    assert ".example" in text_of(mail)
    assert "ses" not in text_of(mail).replace("process", "")


def test_a_process_that_died_without_an_error_is_reported_as_such(tmp_path):
    mail, _ = mail_about(None, tmp_path)

    assert "killed, or out of memory" in text_of(mail)
    assert mail["Subject"].endswith("(its process died)")


def test_the_same_words_are_mailed_once_a_day_and_other_words_again(tmp_path):
    settings = Settings(home=tmp_path)
    mailed = [
        mail_engineers(settings, failure(ValueError(words)))
        for words in ("orders: 3 rows", "orders: 41 rows", "refunds: 3 rows")
    ]

    assert mailed == [True, False, True]


@pytest.mark.parametrize("error", [SourceUnreachable("no answer"), None])
def test_a_mail_server_that_is_down_leaves_the_file_and_raises_nothing(tmp_path, error, caplog):
    _, place = mail_about(error, tmp_path, smtp_host="127.0.0.1", smtp_port=1)

    assert place.exists()
    assert "The rest is sent by the next run" in caplog.text


class Subjects(Message):
    """The subjects of the mails that an SMTP server accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[str] = []

    def handle_message(self, message):
        self.taken.append(message["Subject"])


def test_what_a_server_that_was_away_missed_goes_with_the_next_mail_and_nothing_twice(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(home=tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    send_once(settings, "first", "orders are late", "since noon")
    subjects = Subjects()
    server = Controller(subjects, hostname="127.0.0.1", port=port)
    server.start()
    try:
        send_once(settings, "second", "refunds are late", "since one")
        send_once(settings, "second", "refunds are late", "since one")
        send_pending(settings, FAILURE)
    finally:
        server.stop()

    assert subjects.taken == ["orders are late", "refunds are late"]
