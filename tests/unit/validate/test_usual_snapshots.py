"""Whose snapshots a window should contain: those seen at the same hours of the weeks before."""

from datetime import timedelta

import duckdb
import pytest

from storepulse.feeds.registry import feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import usual_snapshots
from storepulse.windows import Window
from support.landed_windows import SOURCE

FEED = feed_named("competitor_prices")
SUNDAY = Window.from_iso("2026-11-22", "2026-11-23")
MORNING = Window.from_iso("2026-11-22T06:00", "2026-11-22T12:00")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def before(window, **span):
    return Window(window.start - timedelta(**span), window.end - timedelta(**span))


def accept(settings, window, *shown):
    """Accept a window with competitors' snapshots: (who, time, number of items)."""
    place = WindowFiles(settings, FEED.name, SOURCE, window).accepted
    place.parent.mkdir(parents=True, exist_ok=True)
    parts = [
        f"select 'us_site' as store_id, '{who}' as competitor, timestamp '{moment}' as captured_at "
        f"from range({items})"
        for who, moment, items in (*shown, ("nobody", "2026-01-01", 0))
    ]
    rows = " union all ".join(parts)
    duckdb.execute(f"copy (select *, '{window.id}' as _window from ({rows})) to '{place}'")


def at(window, who, items=40, hours=3):
    """A snapshot some hours after a window's start."""
    return who, f"{window.start + timedelta(hours=hours):%Y-%m-%d %H:%M}", items


def usual(settings, window=SUNDAY):
    return usual_snapshots.usual(FEED, WindowFiles(settings, FEED.name, SOURCE, window))


def test_whoever_was_there_in_most_of_four_weeks_is_expected_with_the_median_of_its_rows(
    settings,
):
    for weeks, items in ((1, 60), (2, 40), (3, 50), (5, 9000)):
        accept(
            settings, before(SUNDAY, weeks=weeks), at(before(SUNDAY, weeks=weeks), "alpha", items)
        )
    accept(settings, before(SUNDAY, weeks=4), at(before(SUNDAY, weeks=4), "bravo"))

    assert usual(settings) == {"us_site: alpha": 50.0}


def test_whoever_was_given_up_is_expected_for_two_weeks_and_then_no_more(settings):
    for weeks in (1, 2, 3, 4):
        window = before(SUNDAY, weeks=weeks)
        accept(settings, window, at(window, "alpha"), *([at(window, "bravo")] if weeks > 1 else []))
    one_week = usual(settings)
    window = before(SUNDAY, weeks=2)
    accept(settings, window, at(window, "alpha"))

    assert sorted(one_week) == ["us_site: alpha", "us_site: bravo"]
    assert sorted(usual(settings)) == ["us_site: alpha"]


def test_in_its_first_days_a_morning_is_compared_with_mornings(settings):
    for days in (1, 2):
        morning, night = before(MORNING, days=days), before(MORNING, days=days, hours=6)
        accept(settings, morning, at(morning, "alpha"))
        accept(settings, night, at(night, "bravo"))

    assert usual(settings, MORNING) == {"us_site: alpha": 40.0}


def test_the_weeks_before_may_be_in_one_long_window(settings):
    history = Window.from_iso("2026-10-01", "2026-11-22")
    mornings = [before(MORNING, weeks=weeks) for weeks in (1, 2, 3, 4)]
    nights = [before(one, hours=6) for one in mornings]
    accept(
        settings, history,
        *(at(one, "alpha") for one in mornings), *(at(one, "bravo") for one in nights),
    )  # fmt: skip

    assert usual(settings, MORNING) == {"us_site: alpha": 40.0}


def test_a_day_may_be_in_four_windows(settings):
    for days in (1, 2):
        for hours in (0, 6, 12, 18):
            quarter = before(Window(SUNDAY.start, MORNING.start), days=days, hours=-hours)
            accept(settings, quarter, *([at(quarter, "alpha")] if hours == 12 else []))

    assert usual(settings) == {"us_site: alpha": 40.0}


def test_pages_seen_just_after_the_end_of_their_window_belong_to_it(settings):
    for weeks in (1, 2):
        window = before(MORNING, weeks=weeks)
        accept(settings, window, at(window, "alpha", hours=7))
        accept(settings, before(window, hours=-6))

    noon = before(MORNING, hours=-6)

    assert usual(settings, MORNING) == {"us_site: alpha": 40.0}
    assert usual(settings, noon) == {}


def test_a_window_longer_than_a_week_is_compared_with_whole_weeks(settings):
    history = Window.from_iso("2026-10-01", "2026-11-22")
    accept(settings, history, *(at(before(SUNDAY, weeks=weeks), "alpha") for weeks in (1, 2, 3, 4)))

    assert usual(settings, Window(SUNDAY.start, SUNDAY.start + timedelta(days=20))) == {
        "us_site: alpha": 40.0
    }


def test_before_two_such_windows_are_known_nothing_is_expected(settings):
    one_week, two_weeks = before(SUNDAY, weeks=1), before(SUNDAY, weeks=2)
    accept(settings, one_week, at(one_week, "alpha"))
    half = Window(two_weeks.start, two_weeks.start + timedelta(hours=12))
    accept(settings, half, at(half, "alpha"))

    assert usual(settings) is None


def test_an_old_window_validated_again_expects_the_same(settings):
    for weeks in (1, 2, -1, -2):
        window = before(SUNDAY, weeks=weeks)
        accept(settings, window, at(window, "alpha" if weeks > 0 else "bravo"))

    assert usual(settings) == {"us_site: alpha": 40.0}
