"""By the wall clock: a pipeline without new data is reported."""

import os
import resource
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from storepulse.errors import DiskFull, SourceInvalid, SourceUnreachable, WindowRejected
from storepulse.extract.land import land
from storepulse.lake.accepted import note_lost, windows_of
from storepulse.lake.paths import WindowFiles
from storepulse.notify import task_failures
from storepulse.notify.watch_clock import check_pipeline
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.accepted_lake import AcceptedLake
from support.corner_shop import find_the_currency, lose_the_currency, open_corner_shop
from support.marts_builder import Shop, write_marts
from support.web_host import hosting

SHOP = "corner_shop"
FEEDS = ("stores", "inventory")
STORE = {
    "store_id": "eu_shop",
    "store_name": "Corner",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "opened_at": "2020-01-01 00:00:00",
    "updated_at": "2026-11-21 00:00:00",
}
# When everything the shop had sent was accepted.
TAKEN = datetime(2026, 11, 22, 0, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, value in open_corner_shop(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def settings(folder) -> Settings:
    """A shop whose two days were accepted, but never built."""
    settings = Settings(language="en")
    for feed in FEEDS:
        take(settings, feed, "2026-11-20", "2026-11-22", TAKEN)
    return settings


def take(settings: Settings, feed: str, start: str, end: str, at: datetime) -> None:
    rows = {"stores": [STORE], "inventory": []}[feed]
    accepted = AcceptedLake(settings.home).accept(feed, rows, start, end, SHOP)
    os.utime(accepted, (at.timestamp(), at.timestamp()))


def publish(settings: Settings, at: datetime) -> None:
    """Leave the note of a publish, as if all that was accepted had gone into the marts."""
    settings.serving.mkdir(exist_ok=True)
    manifest = settings.serving / "manifest.json"
    manifest.write_text(f'{{"published_at": "{at.isoformat()}"}}', encoding="utf-8")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def mails(settings: Settings, folder: str = "failures") -> list[tuple[str, str]]:
    """Subject and plain text of each, in the order in which they were written."""
    places = sorted(
        (settings.outbox / folder).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns
    )
    found = [message_from_bytes(place.read_bytes(), policy=default) for place in places]
    return [
        (mail["Subject"], mail.get_body(("plain",)).get_content().replace("\r\n", "\n"))
        for mail in found
    ]


def subjects(settings: Settings, folder: str = "failures") -> list[str]:
    return [subject for subject, _ in mails(settings, folder)]


def test_a_source_that_sends_nothing_is_mailed_once_a_day(settings):
    connect_apart(settings)
    publish(settings, at("2026-11-22T00:20"))
    on_time = check_pipeline(settings, at("2026-11-22T11:40")).engineers
    late = check_pipeline(settings, at("2026-11-22T12:40")).engineers
    again = check_pipeline(settings, at("2026-11-22T13:40")).engineers
    next_day = check_pipeline(settings, at("2026-11-23T00:40")).engineers

    assert (on_time, late, again, next_day) == (0, 1, 0, 1)
    subject, text = mails(settings)[0]
    assert subject == "2 feeds from corner_shop: late"
    assert text.startswith(
        "No feed of corner_shop has come as far as it should: does the scheduler run, and are the "
        "ingest DAGs switched on?\n\n"
        "stores, inventory:\n"
        "Complete until 2026-11-22 00:00 UTC only, 13 hours behind the clock.\n\n"
        "Feeds   stores, inventory from corner_shop\n"
    )
    assert "  storepulse ingest --source corner_shop --feeds stores,inventory --catch-up\n" in text


def test_a_source_whose_other_feeds_fail_sends_nothing(settings):
    have_a_third_feed(settings)
    publish(settings, at("2026-11-22T00:20"))
    task_failures.note(settings, failed("products"))

    check_pipeline(settings, at("2026-11-22T12:40"))

    assert subjects(settings) == [
        "products from corner_shop: source unreachable",
        "2 feeds from corner_shop: late",
    ]


def test_a_feed_that_is_late_alone_is_mailed_with_its_connection(settings):
    connect_apart(settings)
    take(settings, "stores", "2026-11-22", "2026-11-22T12:00", at("2026-11-22T12:10"))
    publish(settings, at("2026-11-22T12:20"))

    check_pipeline(settings, at("2026-11-22T12:40"))

    ((subject, text),) = mails(settings)
    assert subject == "inventory from corner_shop: late"
    assert text.startswith("Complete until 2026-11-22 00:00 UTC only, 13 hours behind the clock.\n")
    assert "Feeds   inventory from corner_shop, through shelf\n" in text


def test_what_was_late_alone_and_then_with_all_others_recovers_once(settings):
    connect_apart(settings)
    take(settings, "stores", "2026-11-22", "2026-11-22T06:00", at("2026-11-22T06:10"))
    publish(settings, at("2026-11-22T06:20"))
    alone = check_pipeline(settings, at("2026-11-22T12:40")).engineers
    all_of_them = check_pipeline(settings, at("2026-11-22T18:40")).engineers
    take(settings, "stores", "2026-11-22T06:00", "2026-11-22T18:00", at("2026-11-22T19:10"))
    publish(settings, at("2026-11-22T19:20"))
    rest = check_pipeline(settings, at("2026-11-22T19:40")).engineers
    take(settings, "inventory", "2026-11-22", "2026-11-22T18:00", at("2026-11-22T20:10"))
    publish(settings, at("2026-11-22T20:20"))
    over = check_pipeline(settings, at("2026-11-22T20:40")).engineers

    assert (alone, all_of_them, rest, over) == (1, 1, 0, 1)
    assert subjects(settings) == [
        "inventory from corner_shop: late",
        "2 feeds from corner_shop: late",
        "2 feeds from corner_shop: recovered",
    ]


def have_a_third_feed(settings: Settings) -> None:
    source = settings.sources_dir / SHOP / "source.yaml"
    (source.parent / "products.sql").write_text("select 1 as sku", "utf-8")
    text = source.read_text("utf-8")
    source.write_text(text + "  products: {connection: stock, mapping: products.sql}\n", "utf-8")


def test_a_recovery_is_mailed_once(settings):
    publish(settings, at("2026-11-22T00:20"))
    check_pipeline(settings, at("2026-11-22T12:40"))
    for feed in FEEDS:
        take(settings, feed, "2026-11-22", "2026-11-22T12:00", at("2026-11-22T13:00"))
    publish(settings, at("2026-11-22T13:10"))

    recovered = check_pipeline(settings, at("2026-11-22T13:40")).engineers

    assert (recovered, check_pipeline(settings, at("2026-11-22T14:40")).engineers) == (1, 0)
    subject, text = mails(settings)[1]
    assert subject == "2 feeds from corner_shop: recovered"
    assert text.startswith("No longer late: stores, inventory from corner_shop.\n")


def test_a_feed_with_a_gap_is_late_however_much_arrived_after_it(settings):
    for feed in FEEDS:
        take(settings, feed, "2026-11-22T06:00", "2026-11-22T18:00", at("2026-11-22T18:10"))
    take(settings, "stores", "2026-11-22", "2026-11-22T06:00", at("2026-11-22T18:10"))
    publish(settings, at("2026-11-22T18:20"))

    check_pipeline(settings, at("2026-11-22T18:40"))

    ((subject, text),) = mails(settings)
    assert subject == "inventory from corner_shop: late"
    assert "windows after the gap arrived, the last until 2026-11-22 18:00 UTC" in text


def test_a_new_home_raises_no_alarm(folder):
    settings = Settings()

    assert check_pipeline(settings, at("2026-11-22T12:40")).engineers == 0
    assert subjects(settings, "notices") == []


def test_the_first_steps_raise_none_even_if_todays_window_comes_before_the_history(folder):
    settings = Settings()
    for feed in FEEDS:
        take(settings, feed, "2026-11-29T12:00", "2026-11-29T18:00", at("2026-11-29T18:10"))
    take(settings, "stores", "2026-11-20", "2026-11-22", at("2026-11-29T18:20"))

    seen = check_pipeline(settings, at("2026-11-29T20:40"))

    assert (seen.engineers, seen.supervisors) == (0, 0)


@pytest.mark.parametrize(
    ("past", "commands"),
    [
        (
            (),
            "  storepulse ingest --source corner_shop --feeds stores,inventory "
            "--from 2026-11-22T00:00:00Z --until 2027-01-05T12:00:00Z\n",
        ),
        (
            ("inventory",),
            "  storepulse ingest --source corner_shop --feeds stores "
            "--from 2026-11-22T00:00:00Z --until 2027-01-05T12:00:00Z\n"
            "  storepulse ingest --source corner_shop --feeds inventory --catch-up\n",
        ),
        (
            ("stores", "inventory"),
            "  storepulse ingest --source corner_shop --feeds stores,inventory --catch-up\n",
        ),
    ],
)
def test_after_a_long_stop_only_feeds_with_a_past_get_a_long_window(settings, past, commands):
    source = settings.sources_dir / SHOP / "source.yaml"
    text = source.read_text("utf-8")
    for feed in past:
        text = text.replace(f"mapping: {feed}.sql", f"mapping: {feed}.sql, past: none")
    source.write_text(text, "utf-8")
    publish(settings, at("2026-11-22T00:20"))

    check_pipeline(settings, at("2027-01-05T12:40"))

    assert (
        f"After fixing the cause, run:\n{commands}  storepulse build\n"
        in dict(mails(settings)).popitem()[1]
    )


def test_a_shop_that_has_ended_raises_none(settings, folder):
    source = folder / "sources" / SHOP / "source.yaml"
    source.write_text(source.read_text("utf-8") + "ends: 2026-11-22T06:00:00Z\n", "utf-8")
    publish(settings, at("2026-11-22T00:20"))

    assert check_pipeline(settings, at("2027-03-01T12:40")).engineers == 0


def test_a_feed_that_never_arrived_is_late_once_the_others_are_here_for_half_a_day(folder):
    settings = Settings()
    take(settings, "stores", "2026-11-20", "2026-11-22", TAKEN)
    publish(settings, at("2026-11-22T00:20"))

    check_pipeline(settings, at("2026-11-22T11:40"))
    assert subjects(settings) == []
    check_pipeline(settings, at("2026-11-22T12:40"))

    assert (
        "Never arrived, and others of corner_shop have since 2026-11-22 00:10 UTC"
        in mails(settings)[0][1]
    )


def test_accepted_windows_that_are_never_published_are_mailed(settings):
    check_pipeline(settings, at("2026-11-22T11:40"))
    assert subjects(settings) == []

    for feed in FEEDS:
        take(settings, feed, "2026-11-22", "2026-11-22T12:00", at("2026-11-22T12:20"))
    check_pipeline(settings, at("2026-11-22T12:40"))

    ((subject, text),) = mails(settings)
    assert subject == "2 feeds from corner_shop: unpublished"
    assert "1 accepted windows are in no published mart" in text
    assert "storepulse build && storepulse publish" in text


def test_lost_windows_are_mailed_once(settings):
    publish(settings, at("2026-11-22T13:00"))
    for feed in FEEDS:
        take(settings, feed, "2026-11-22T06:00", "2026-11-22T12:00", at("2026-11-22T12:10"))
    take(settings, "stores", "2026-11-22", "2026-11-22T06:00", at("2026-11-22T12:10"))
    window = Window.from_iso("2026-11-22", "2026-11-22T06:00")
    files = WindowFiles(settings, "inventory", SHOP, window)
    note_lost(files, "scheduled__1", "nobody asked", at("2026-11-22T12:10"))
    os.utime(files.accepted, (at("2026-11-22T12:10").timestamp(),) * 2)

    mailed = [check_pipeline(settings, at(f"2026-11-22T{hour}:40")).engineers for hour in (12, 13)]

    ((subject, text),) = mails(settings)
    assert mailed == [1, 0]
    assert subject == "inventory from corner_shop: lost"
    assert "- 2026-11-22 00:00 to 2026-11-22 06:00 UTC" in text


def failed(feed: str, words: str = "shop.example:5432 did not answer") -> task_failures.Failure:
    return task_failures.Failure(
        flow="ingest_inventory",
        step=f"ingest_feed.land [{feed}]",
        run="scheduled__2026-11-22",
        attempt=5,
        error=SourceUnreachable(words),
        log_url="http://127.0.0.1:8080/log",
        page="- **If it fails**: call the shop's owner",
        feed=feed,
    )


def test_a_database_that_is_down_is_one_mail_and_one_more_when_it_is_back(settings):
    publish(settings, at("2026-11-22T00:20"))
    for feed in FEEDS:
        task_failures.note(settings, failed(feed))
    first = check_pipeline(settings, datetime.now(UTC)).engineers
    for feed in FEEDS:
        task_failures.note(settings, failed(feed))
    again = check_pipeline(settings, datetime.now(UTC)).engineers

    subject, text = mails(settings)[0]
    assert (first, again) == (1, 0)
    assert subject == "2 feeds from corner_shop through stock: source unreachable"
    assert text.count("did not answer") == 1
    assert text.startswith("stores, inventory:\nshop.example:5432 did not answer\n")
    assert "call the shop's owner" in text
    assert "  storepulse ingest --source corner_shop --feeds stores,inventory --catch-up\n" in text

    for feed in FEEDS:
        take(settings, feed, "2026-11-20", "2026-11-22", datetime.now(UTC) + timedelta(minutes=1))
    back = datetime.now(UTC) + timedelta(hours=1)
    publish(settings, back)
    stop_being_late(settings)
    check_pipeline(settings, back)

    assert subjects(settings)[1:] == ["2 feeds from corner_shop: recovered"]


def reject(settings: Settings, folder: Path, start: str, end: str) -> None:
    """Have a window of the shelf rejected as a whole."""
    window = Window.from_iso(start, end)
    lose_the_currency(folder)
    land(settings, SHOP, "inventory", window, "test")
    with pytest.raises(WindowRejected):
        validate(settings, SHOP, "inventory", window)
    find_the_currency(folder)


def test_a_rejected_window_hides_no_failed_task_of_its_feed(settings, folder):
    publish(settings, at("2026-11-22T00:20"))
    reject(settings, folder, "2026-11-22", "2026-11-22T06:00")
    task_failures.note(settings, failed("inventory"))

    check_pipeline(settings, at("2026-11-22T08:40"))

    assert subjects(settings) == [
        "inventory from corner_shop: rejected",
        "inventory from corner_shop: source unreachable",
    ]


def test_a_rejected_window_explains_why_its_feed_is_not_complete(settings, folder):
    publish(settings, at("2026-11-22T00:20"))
    take(settings, "stores", "2026-11-22", "2026-11-22T12:00", at("2026-11-22T12:10"))
    reject(settings, folder, "2026-11-22", "2026-11-22T06:00")
    take(settings, "inventory", "2026-11-22T06:00", "2026-11-22T12:00", at("2026-11-22T12:10"))
    publish(settings, at("2026-11-22T12:20"))

    check_pipeline(settings, at("2026-11-22T20:40"))

    assert subjects(settings) == ["inventory from corner_shop: rejected"]


@pytest.mark.parametrize(
    ("rejected", "since"),
    [
        (("2026-11-22", "2026-11-22T06:00"), "2026-11-22 06:00"),
        (("2026-11-22T06:00", "2026-11-22T12:00"), "2026-11-22 00:00"),
        (("2026-11-21", "2026-11-21T06:00"), "2026-11-22 00:00"),
    ],
    ids=["nothing arrived after it", "something is missing before it", "it is replaced and older"],
)
def test_a_rejected_window_explains_no_other_lateness(settings, folder, rejected, since):
    take(settings, "stores", "2026-11-22", "2026-11-23T06:00", at("2026-11-22T00:10"))
    publish(settings, at("2026-11-22T00:20"))
    reject(settings, folder, *rejected)

    check_pipeline(settings, at("2026-11-23T06:40"))

    mailed = dict(mails(settings))
    assert list(mailed) == [
        "inventory from corner_shop: rejected",
        "inventory from corner_shop: late",
    ]
    assert f"Since   {since} UTC" in mailed["inventory from corner_shop: late"]


def test_a_rejected_history_makes_no_feed_late_that_has_arrived_since(settings, folder):
    take(settings, "stores", "2026-11-22", "2026-11-22T12:00", at("2026-11-22T12:10"))
    take(settings, "inventory", "2026-11-22", "2026-11-22T12:00", at("2026-11-22T12:10"))
    publish(settings, at("2026-11-22T12:20"))
    reject(settings, folder, "2026-09-01", "2026-10-01")

    check_pipeline(settings, at("2026-11-22T20:40"))

    assert subjects(settings) == ["inventory from corner_shop: rejected"]


def stop_being_late(settings: Settings) -> None:
    """Let the shop's clock end with its data, so that nothing else is wrong."""
    source = settings.sources_dir / SHOP / "source.yaml"
    source.write_text(source.read_text("utf-8") + "ends: 2026-11-22T00:00:00Z\n", "utf-8")


def test_a_feed_that_joins_a_cause_later_that_day_is_mailed_with_the_others(settings):
    publish(settings, at("2026-11-22T00:20"))
    stop_being_late(settings)
    task_failures.note(settings, failed("stores"))
    check_pipeline(settings, datetime.now(UTC))
    task_failures.note(settings, failed("inventory", "shop.example:5432 is full"))

    check_pipeline(settings, datetime.now(UTC))

    assert subjects(settings) == [
        "stores from corner_shop: source unreachable",
        "2 feeds from corner_shop through stock: source unreachable",
    ]


def test_a_mail_written_before_a_run_died_is_not_written_again(settings):
    publish(settings, at("2026-11-22T00:20"))
    task_failures.note(settings, failed("stores"))
    # No mail can be written where a folder lies: the run ends at its second one.
    in_the_way = settings.outbox / "failures" / "2026-11-22-late-corner_shop-1.eml"
    in_the_way.mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        check_pipeline(settings, at("2026-11-22T12:40"))
    in_the_way.rmdir()

    again = check_pipeline(settings, at("2026-11-22T13:40")).engineers

    assert again == 1
    assert subjects(settings) == [
        "stores from corner_shop: source unreachable",
        "inventory from corner_shop: late",
    ]


def test_a_recovery_mailed_before_a_run_died_is_not_mailed_again(settings):
    publish(settings, at("2026-11-22T00:20"))
    stop_being_late(settings)
    for feed in FEEDS:
        task_failures.note(settings, failed(feed, f"{feed} did not answer"))
    connect_apart(settings)
    mailed = check_pipeline(settings, at("2026-11-22T12:40")).engineers
    for feed in FEEDS:
        take(settings, feed, "2026-11-20", "2026-11-22", datetime.now(UTC) + timedelta(minutes=1))
    publish(settings, datetime.now(UTC) + timedelta(hours=1))
    over = "2026-11-22T1340-SourceUnreachable-corner_shop-stock-over.eml"
    in_the_way = settings.outbox / "failures" / over
    in_the_way.mkdir()
    with pytest.raises(OSError, match="directory"):
        check_pipeline(settings, at("2026-11-22T13:40"))
    in_the_way.rmdir()

    again = check_pipeline(settings, at("2026-11-22T14:40")).engineers

    assert (mailed, again) == (2, 1)
    assert subjects(settings)[2:] == [
        "inventory from corner_shop: recovered",
        "stores from corner_shop: recovered",
    ]


def connect_apart(settings: Settings) -> None:
    """Give stores and stock a connection each."""
    source = settings.sources_dir / SHOP / "source.yaml"
    text = source.read_text("utf-8")
    text = text.replace("feeds:", '  shelf: {kind: sql, url: "${SHOP_DB_URL}"}\nfeeds:')
    text = text.replace("inventory: {connection: stock", "inventory: {connection: shelf")
    source.write_text(text, "utf-8")


def break_the_source(settings: Settings) -> str:
    source = settings.sources_dir / SHOP / "source.yaml"
    whole = source.read_text("utf-8")
    source.write_text(whole + "connections: [", "utf-8")
    return whole


def test_a_source_that_cannot_be_read_silences_nobody_else(settings, folder):
    reject(settings, folder, "2026-11-22", "2026-11-22T06:00")
    task_failures.note(settings, failed("stores"))
    break_the_source(settings)

    with pytest.raises(SourceInvalid, match=r"source\.yaml"):
        check_pipeline(settings, at("2026-11-23T07:40"))

    assert subjects(settings) == [
        "inventory from corner_shop: rejected",
        "stores from corner_shop: source unreachable",
        "2 feeds from corner_shop: unpublished",
    ]
    assert subjects(settings, "notices") == ["Data not ready · Corner, 22 Nov"]


def test_a_source_that_cannot_be_checked_has_not_recovered(settings):
    publish(settings, at("2026-11-22T00:20"))
    check_pipeline(settings, at("2026-11-22T12:40"))
    whole = break_the_source(settings)
    with pytest.raises(SourceInvalid):
        check_pipeline(settings, at("2026-11-22T13:40"))
    (settings.sources_dir / SHOP / "source.yaml").write_text(whole, "utf-8")

    again = check_pipeline(settings, at("2026-11-22T14:40")).engineers

    assert again == 0
    assert subjects(settings) == ["2 feeds from corner_shop: late"]


def test_a_run_fails_with_the_full_disk_first(settings, small_disk):
    (settings.home / "outbox").symlink_to(small_disk)
    publish(settings, at("2026-11-22T00:20"))
    check_pipeline(settings, at("2026-11-22T11:40"))
    break_the_source(settings)
    fill(small_disk)

    with pytest.raises(DiskFull):
        check_pipeline(settings, at("2026-11-23T12:40"))


@pytest.mark.parametrize(
    ("language", "subject", "lines"),
    [
        (
            "en",
            "Data not ready · Corner, 22 Nov",
            (
                "expected by 23 Nov 08:30, local time",
                "No number of this store has been published yet",
            ),
        ),
        ("zh", "数据未就绪 · Corner 11月22日", ("当地时间11月23日 08:30前", "尚未发布过任何数据")),
    ],
)
def test_supervisors_get_a_mail_after_the_deadline_though_nothing_was_ever_published(
    settings, language, subject, lines
):
    settings = settings.model_copy(update={"language": language})
    # Half past eight in Berlin is half past seven in UTC.
    before = check_pipeline(settings, at("2026-11-23T07:29")).supervisors
    after = check_pipeline(settings, at("2026-11-23T07:30")).supervisors
    again = check_pipeline(settings, at("2026-11-23T18:40")).supervisors

    ((title, text),) = mails(settings, "notices")
    assert (before, after, again) == (0, 1, 0)
    assert title == subject
    assert [line for line in lines if line not in text] == []


def test_a_store_may_have_a_deadline_of_its_own(settings, monkeypatch):
    monkeypatch.setenv("STOREPULSE_DEADLINES", "08:30,eu_shop=11:00")

    mailed = [
        check_pipeline(Settings(), at(f"2026-11-23T{hour}")).supervisors
        for hour in ("09:59", "10:00")
    ]

    assert mailed == [0, 1]


def test_a_deadline_that_is_no_time_is_refused(monkeypatch):
    monkeypatch.setenv("STOREPULSE_DEADLINES", "8 o'clock")

    with pytest.raises(ValueError, match="expected a time like 08:30"):
        Settings()


@pytest.fixture
def published(settings) -> Settings:
    """Marts of a month that ends on 29 September; its last midnight in New York is 04:00 UTC."""
    early = at("2026-09-01T00:00").timestamp()
    for feed in FEEDS:
        for window in windows_of(settings, feed, SHOP):
            os.utime(WindowFiles(settings, feed, SHOP, window).accepted, (early, early))
    return settings


def write_until(settings: Settings, moment: datetime) -> None:
    file = settings.serving / "storepulse.duckdb"
    write_marts(file, [Shop("us_site", days=30)], moment.replace(tzinfo=None), facts=False)
    with duckdb.connect(str(file)) as con:
        con.execute(f"update marts.dim_stores set source_name = '{SHOP}'")
        con.execute(f"update marts.fct_feed_coverage set source_name = '{SHOP}'")


def test_marts_that_end_before_the_day_does_are_mailed_with_kpis_and_since_when(published):
    write_until(published, at("2026-09-29T18:00"))

    assert check_pipeline(published, at("2026-09-30T12:29")).supervisors == 0
    assert check_pipeline(published, at("2026-09-30T12:30")).supervisors == 1
    ((subject, text),) = mails(published, "notices")
    assert subject == "Data not ready · US site, 29 Sep"
    assert "These numbers were expected by 30 Sep 08:30, local time." in text
    (orders,) = [line for line in text.splitlines() if "Orders did not come in" in line]
    assert orders.startswith("Data not ready since 29 Sep 14:00: ")
    assert "aid GMV" in orders


def test_marts_that_reach_the_end_of_the_day_are_not_mailed(published):
    write_until(published, at("2026-09-30T04:00"))

    assert check_pipeline(published, at("2026-09-30T12:30")).supervisors == 0


class Taken(Message):
    """The mails that an SMTP server accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message_from_bytes(message.as_bytes(), policy=default))


@pytest.fixture
def server():
    taken = Taken()
    with socket.create_server(("127.0.0.1", 0)) as free:
        taken.port = free.getsockname()[1]
    controller = Controller(taken, hostname="127.0.0.1", port=taken.port)
    controller.start()
    yield taken
    controller.stop()


def sending(settings: Settings, port: int) -> Settings:
    return settings.model_copy(
        update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    )


def write_nothing_more() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_without_room_the_mail_goes_straight_to_the_server_and_hourly_at_most(settings, server):
    environment = {
        **os.environ,
        "STOREPULSE_SMTP_HOST": "127.0.0.1",
        "STOREPULSE_SMTP_PORT": str(server.port),
        "STOREPULSE_SMTP_SECURITY": "none",
        "STOREPULSE_LANGUAGE": "en",
    }
    # Twice in one process: to import it all takes longer than the run.
    code = (
        "from contextlib import suppress\n"
        "from storepulse.cli.app import main\n"
        "with suppress(SystemExit):\n"
        "    main()\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "clock", "--now", "2026-11-23T07:40"],
        env=environment,
        preexec_fn=write_nothing_more,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.count("DiskFull: no room to write") == 2
    assert [(mail["To"], mail["Subject"]) for mail in server.mails] == [
        ("data-engineering@localhost", "2 feeds from corner_shop: late"),
        ("operations@localhost", "Data not ready · Corner, 22 Nov"),
    ]
    text = server.mails[0].get_content()
    assert text.startswith(f"There is no room on the disk of {settings.home}")
    assert list(settings.outbox.rglob("*.eml")) == []


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        (disk / "filler").write_bytes(bytes(2**20))


def test_a_disk_that_fills_up_and_is_freed_loses_no_mail(settings, server, small_disk):
    home = settings.home
    (home / "outbox").symlink_to(small_disk)
    publish(settings, at("2026-11-22T00:20"))
    mailing = sending(settings, server.port)
    check_pipeline(mailing, at("2026-11-22T11:40"))
    fill(small_disk)
    for _ in range(2):
        with pytest.raises(DiskFull):
            check_pipeline(mailing, at("2026-11-22T12:40"))
    (small_disk / "filler").unlink()

    check_pipeline(mailing, at("2026-11-22T13:40"))

    late = "2 feeds from corner_shop: late"
    assert [mail["Subject"] for mail in server.mails] == [late, late]
    assert server.mails[0].get_content().startswith("There is no room")
    assert not server.mails[1].get_content().startswith("There is no room")


def test_the_outside_address_is_pinged_after_each_good_run(settings, server):
    publish(settings, at("2026-11-22T00:20"))
    with hosting() as outside:
        outside.respond = lambda asked: (200, {}, b"")
        pinging = settings.model_copy(update={"ping_url": f"{outside.url}/alive"})
        good = check_pipeline(pinging, at("2026-11-22T12:40")).pinged
        unsent = sending(pinging, 1)
        late = check_pipeline(unsent, at("2026-11-23T12:40")).pinged
        outside.respond = lambda asked: (500, {}, b"")
        refused = check_pipeline(pinging, at("2026-11-23T13:40")).pinged

    gone = check_pipeline(pinging, at("2026-11-23T14:40")).pinged
    assert (good, late, refused, gone) == (True, None, False, False)
    assert outside.paths() == ["/alive", "/alive"]
