"""What a window is compared with: the same hours of the same weekday, if known."""

from datetime import timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet

from storepulse.feeds.registry import feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate.volume import UsualRows, busy_hours, usual_rows
from storepulse.windows import Window
from support.landed_windows import SOURCE

SUNDAY = Window.from_iso("2026-11-22", "2026-11-23")
NIGHT = Window.from_iso("2026-11-22", "2026-11-22T06:00")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def files(settings, window):
    return WindowFiles(settings, "traffic", SOURCE, window)


def accept(settings, window, rows):
    """Accept a window with as many rows, spread evenly over it."""
    step = (window.end - window.start) / max(rows, 1)
    moments = [(window.start + step * row).replace(tzinfo=None) for row in range(rows)]
    place = files(settings, window).accepted
    place.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table({"received_at": pa.array(moments, pa.timestamp("us"))}), place)


def before(window, **span):
    return Window(window.start - timedelta(**span), window.end - timedelta(**span))


def usual_of(settings, window=SUNDAY):
    return usual_rows(files(settings, window))


def test_before_the_first_window_nothing_is_usual(settings):
    assert usual_of(settings) is None


def test_without_two_windows_at_the_same_hours_the_usual_is_the_pace(settings):
    accept(settings, Window.from_iso("2026-11-20", "2026-11-21"), 12)
    accept(settings, Window.from_iso("2026-11-21", "2026-11-22"), 36)
    accept(settings, Window.from_iso("2026-11-23", "2026-11-24"), 500)

    assert usual_of(settings, NIGHT) == UsualRows(at_this_time=6.0, at_this_pace=6.0)


def test_a_window_is_compared_with_the_median_of_the_same_hours_of_four_weeks(settings):
    for weeks, rows in ((1, 100), (2, 0), (3, 90), (4, 110), (5, 5000)):
        accept(settings, before(SUNDAY, weeks=weeks), rows)
    for days in (1, 2, 3):
        accept(settings, before(SUNDAY, days=days), 1000)

    assert usual_of(settings).at_this_time == 95.0


def test_in_its_first_week_a_night_is_compared_with_nights(settings):
    for days in (1, 2, 3):
        accept(settings, before(NIGHT, days=days), 10 * days)
        accept(settings, before(NIGHT, days=days, hours=-12), 1000)

    assert usual_of(settings, NIGHT).at_this_time == 20.0


def test_windows_of_another_length_only_give_the_pace(settings):
    for weeks in (1, 2):
        accept(settings, before(SUNDAY, weeks=weeks), 480)

    assert usual_of(settings, NIGHT) == UsualRows(at_this_time=120.0, at_this_pace=120.0)


def test_what_is_older_than_eight_weeks_is_another_season(settings):
    for weeks in (9, 10):
        accept(settings, before(SUNDAY, weeks=weeks), 700)
    accept(settings, before(SUNDAY, days=1), 40)

    usual = usual_of(settings)

    assert usual.at_this_time == usual.at_this_pace == 480.0


def test_an_old_window_validated_again_has_the_same_usual(settings):
    for weeks in (1, 2, 3):
        accept(settings, before(SUNDAY, weeks=weeks), 50)
    then = usual_of(settings)

    for weeks in (-1, -2):
        accept(settings, before(SUNDAY, weeks=weeks), 9000)

    assert usual_of(settings) == then == UsualRows(50.0, 50.0)


def busy(settings, window):
    return busy_hours(files(settings, window), feed_named("traffic"))


def test_busy_hours_had_twenty_rows_in_each_of_the_weeks_before(settings):
    two_hours = Window.from_iso("2026-11-22T09:00", "2026-11-22T11:00")
    accept(settings, before(two_hours, weeks=1), 40)
    first, second = (
        Window.from_iso("2026-11-08T09:00", "2026-11-08T10:00"),
        Window.from_iso("2026-11-08T10:00", "2026-11-08T11:00"),
    )
    accept(settings, first, 20)
    accept(settings, second, 19)

    assert busy(settings, two_hours) == ["2026-11-22 09:00"]


def test_the_weeks_before_may_be_in_one_long_window(settings):
    history = Window.from_iso("2026-10-01", "2026-11-22")
    accept(settings, history, 20 * 24 * 52)

    assert busy(settings, NIGHT) == [f"2026-11-22 0{hour}:00" for hour in range(6)]


def test_one_week_is_not_enough_for_busy_hours(settings):
    accept(settings, before(NIGHT, weeks=1), 6000)

    assert busy(settings, NIGHT) is None


def test_hours_that_are_quiet_in_one_of_the_weeks_are_not_missed(settings):
    accept(settings, before(NIGHT, weeks=1), 6000)
    accept(settings, before(NIGHT, weeks=2), 0)

    assert busy(settings, NIGHT) == []


def test_a_window_longer_than_a_week_has_no_busy_hours(settings):
    accept(settings, Window.from_iso("2026-09-01", "2026-11-01"), 60_000)

    assert busy(settings, Window.from_iso("2026-11-01", "2026-11-22")) is None
