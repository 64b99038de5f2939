"""What the schedule missed is ingested automatically, each interval as a window of its own."""

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from storepulse.errors import NotCaptured, SourceUnreachable, WindowRejected, WindowTooLarge
from storepulse.extract.land import land
from storepulse.feeds.sources import load_source
from storepulse.lake.accepted import accepted_columns, accepted_files, unbroken, windows_of
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import rejected_windows
from storepulse.replay.catch_up import catch_up, missing
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.corner_shop import (
    allow_rows,
    find_the_currency,
    lose_the_currency,
    open_corner_shop,
    sell_off,
)

SHOP = "corner_shop"
NOW = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
OWN_WINDOW = Window.from_iso("2026-11-23T06:00", "2026-11-23T12:00")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, value in open_corner_shop(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def settings(folder) -> Settings:
    return Settings()


def take(settings: Settings, start: str, end: str) -> None:
    window = Window.from_iso(start, end)
    land(settings, SHOP, "inventory", window, "test")
    validate(settings, SHOP, "inventory", window)


def caught_up(settings: Settings, window: Window = OWN_WINDOW) -> list[str]:
    return [
        one.id[:11] for one in catch_up(settings, SHOP, "inventory", window, "test", NOW).accepted
    ]


def accepted(settings: Settings) -> list[Window]:
    return windows_of(settings, "inventory", SHOP)


def test_the_history_of_a_new_shop_is_not_backfilled(settings):
    assert caught_up(settings) == []
    assert accepted(settings) == []


def test_nothing_is_missing_when_windows_follow_each_other_or_overlap(settings):
    take(settings, "2026-11-20", "2026-11-22")
    take(settings, "2026-11-21T18:00", "2026-11-23T06:00")

    assert caught_up(settings) == []


def test_each_missing_interval_is_ingested_alone_and_the_span_is_unbroken_again(settings):
    take(settings, "2026-11-20", "2026-11-22")
    take(settings, "2026-11-22T06:00", "2026-11-22T18:00")

    assert caught_up(settings) == ["20261122T00", "20261122T18", "20261123T00"]
    assert unbroken(accepted(settings)) == Window.from_iso("2026-11-20", "2026-11-23T06:00")
    assert caught_up(settings) == []


def test_an_interval_that_arrived_in_part_is_fetched_as_a_whole(settings):
    take(settings, "2026-11-20", "2026-11-23T03:00")

    assert caught_up(settings) == ["20261123T00"]


def test_nothing_is_missing_before_the_first_window(settings):
    take(settings, "2026-11-22T20:00", "2026-11-23")

    assert caught_up(settings) == ["20261123T00"]


def test_a_gap_is_filled_for_thirty_days_back_and_no_further(settings):
    take(settings, "2026-09-01", "2026-09-02")

    found = missing(settings, load_source(settings, SHOP), "inventory", OWN_WINDOW)

    assert len(found) == 30 * 4
    assert found[0] == Window.from_iso("2026-10-24T06:00", "2026-10-24T12:00")
    assert found[-1] == Window.from_iso("2026-11-23T00:00", "2026-11-23T06:00")


def test_a_rejected_window_is_retried_as_it_is_whatever_its_length(settings, folder):
    take(settings, "2026-11-20", "2026-11-21")
    lose_the_currency(folder)
    with pytest.raises(WindowRejected):
        take(settings, "2026-11-21", "2026-11-22T12:00")
    find_the_currency(folder)

    assert caught_up(settings) == ["20261121T00", "20261122T12", "20261122T18", "20261123T00"]
    assert accepted(settings)[1] == Window.from_iso("2026-11-21", "2026-11-22T12:00")
    assert rejected_windows(settings) == []


def test_a_failed_window_does_not_stop_later_ones_and_is_reported_with_its_own_message(
    settings, folder
):
    take(settings, "2026-11-20", "2026-11-21T18:00")
    sell_off(folder, "2026-11-21 21:00:00.000000")
    sell_off(folder, "2026-11-22 20:00:00.000000")
    allow_rows(folder, 1)

    with pytest.raises(WindowTooLarge, match="2026-11-21 18:00"):
        caught_up(settings)

    missing = Window.from_iso("2026-11-21T18:00", "2026-11-22")
    reached = Window(missing.end, OWN_WINDOW.start)
    assert unbroken(accepted(settings)[1:]) == reached
    assert missing not in accepted(settings)


def test_a_failure_after_a_rejected_window_is_not_taken_for_another_rejection(settings, folder):
    take(settings, "2026-11-20", "2026-11-21T18:00")
    lose_the_currency(folder)
    with pytest.raises(WindowRejected):
        take(settings, "2026-11-21T18:00", "2026-11-22")
    sell_off(folder, "2026-11-22 20:00:00.000000")
    sell_off(folder, "2026-11-22 21:00:00.000000")
    allow_rows(folder, 1)

    with pytest.raises(WindowTooLarge) as failure:
        caught_up(settings)

    message = str(failure.value)
    assert message.index("currency") < message.index("2026-11-22 18:00")


def test_an_unreachable_source_is_tried_once_not_for_every_interval(settings, monkeypatch):
    take(settings, "2026-11-01", "2026-11-02")
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    monkeypatch.setenv("SHOP_DB_URL", nowhere)

    with pytest.raises(SourceUnreachable) as away:
        caught_up(settings)

    assert str(away.value).count("127.0.0.1") <= 2
    assert len(accepted(settings)) == 1


def test_nothing_is_missing_after_a_shops_configured_end(settings, folder):
    take(settings, "2026-11-20", "2026-11-22")
    source = folder / "sources" / SHOP / "source.yaml"
    source.write_text(source.read_text("utf-8") + "ends: 2026-11-22T12:00:00Z\n", "utf-8")

    assert caught_up(settings) == ["20261122T00", "20261122T06"]


def test_a_schedule_of_another_length_is_filled_in_its_own_intervals(settings):
    take(settings, "2026-11-22", "2026-11-23")
    hourly = Window(datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 3, tzinfo=UTC))

    assert caught_up(settings, hourly) == ["20261123T00", "20261123T01"]
    assert accepted(settings)[-1].end - accepted(settings)[-1].start == timedelta(hours=1)


def have_no_past(folder) -> None:
    source = folder / "sources" / SHOP / "source.yaml"
    mapping = "mapping: inventory.sql"
    text = source.read_text("utf-8").replace(mapping, f"{mapping}, past: none")
    source.write_text(text, "utf-8")


def test_past_windows_of_a_source_without_history_are_noted_as_lost_and_coverage_continues(
    settings, folder
):
    take(settings, "2026-11-20", "2026-11-22T06:00")
    have_no_past(folder)
    sell_off(folder, "2026-11-22 20:00:00.000000")
    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

    found = catch_up(settings, SHOP, "inventory", OWN_WINDOW, "scheduled__1", now)

    assert [one.id[:11] for one in found.lost] == ["20261122T06", "20261122T12"]
    # It closed six hours ago: the current state is still accepted for it.
    assert [one.id[:11] for one in found.accepted] == ["20261122T18", "20261123T00"]
    assert unbroken(accepted(settings)).end == OWN_WINDOW.start
    files = {file.window.id[:11]: file for file in accepted_files(settings, {})}
    lost = files["20261122T12"]
    assert (lost.lost, lost.rows) == (True, 0)
    assert [day.isoformat() for day in lost.event_days] == ["2026-11-22"]
    assert not files["20261120T00"].lost
    about = json.loads(pq.read_metadata(lost.path).metadata[b"storepulse"])["lost"]
    assert about == {
        "by": "scheduled__1",
        "why": "not fetched in time, and the source serves only its current state",
        "at": "2026-11-23T06:00:00+00:00",
    }
    with duckdb.connect() as con:
        columns = con.execute(f"describe from '{lost.path}'").fetchall()
    assert {name: kind.lower().replace(",", ", ") for name, kind, *_ in columns} == (
        accepted_columns("inventory")
    )


def test_the_current_state_is_not_accepted_for_a_past_window(settings, folder):
    in_time = Window.from_iso("2026-11-22T18:00", "2026-11-23")
    take(settings, "2026-11-20", "2026-11-22T18:00")
    have_no_past(folder)
    with pytest.raises(NotCaptured, match="2026-11-22 18:00 to 2026-11-23 00:00 UTC ended"):
        land(settings, SHOP, "inventory", in_time, "by hand")

    assert not in_time_is_landed(settings, in_time)


def in_time_is_landed(settings: Settings, window: Window) -> bool:
    return WindowFiles(settings, "inventory", SHOP, window).landed.exists()


def test_the_current_state_is_accepted_for_a_window_that_has_just_closed(settings, folder):
    have_no_past(folder)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    land(settings, SHOP, "inventory", Window(hour - timedelta(hours=6), hour), "scheduled__1")

    assert in_time_is_landed(settings, Window(hour - timedelta(hours=6), hour))


def test_a_source_without_history_that_paused_for_months_goes_on(settings, folder):
    take(settings, "2026-09-01", "2026-09-02")
    have_no_past(folder)

    found = catch_up(settings, SHOP, "inventory", OWN_WINDOW, "scheduled__1", NOW)

    # 2 September to 23 November 06:00
    assert len(found.lost) == 82 * 4 + 1
    assert unbroken(accepted(settings)) == Window.from_iso("2026-09-01", "2026-11-23T06:00")


@pytest.fixture
def no_past(settings, folder) -> datetime:
    """A feed without history that arrived until three days ago; the last full hour."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    take(settings, (hour - timedelta(days=4)).isoformat(), (hour - timedelta(days=3)).isoformat())
    have_no_past(folder)
    return hour


@pytest.mark.parametrize("hours", [18, 72, 24 * 40], ids=str)
def test_a_long_window_does_not_replace_past_intervals(settings, no_past, hours):
    long = Window(no_past - timedelta(hours=hours), no_past)

    with pytest.raises(NotCaptured, match="reaches back over") as refused:
        land(settings, SHOP, "inventory", long, "by hand")

    assert not in_time_is_landed(settings, long)
    assert "storepulse ingest --catch-up" in str(refused.value)


def test_a_daily_schedule_lands_its_own_interval(settings, no_past):
    day = Window(no_past - timedelta(days=1), no_past)

    land(settings, SHOP, "inventory", day, "scheduled__1", interval=timedelta(days=1))

    assert in_time_is_landed(settings, day)


def test_a_new_source_without_history_begins_with_one_long_window(settings, folder):
    have_no_past(folder)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    history = Window(hour - timedelta(days=400), hour)
    for _ in range(2):
        take(settings, history.start.isoformat(), history.end.isoformat())

    assert accepted(settings) == [history]


def test_a_rejected_window_of_a_source_without_history_is_validated_again_as_it_landed(
    settings, folder
):
    take(settings, "2026-11-20", "2026-11-21T18:00")
    lose_the_currency(folder)
    with pytest.raises(WindowRejected):
        take(settings, "2026-11-21T18:00", "2026-11-22")
    have_no_past(folder)

    with pytest.raises(WindowRejected):
        caught_up(settings)

    assert accepted(settings)[0].end == datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert Window.from_iso("2026-11-21T18:00", "2026-11-22") not in accepted(settings)
