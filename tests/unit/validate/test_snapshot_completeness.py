"""How complete a snapshot is: in distinct items, per group, against the eight weeks before."""

from datetime import timedelta

import duckdb
import pytest

from storepulse.feeds.registry import feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import snapshot_completeness
from storepulse.windows import Window
from support.landed_windows import SOURCE

FEED = feed_named("competitor_prices")
SUNDAY = Window.from_iso("2026-11-22", "2026-11-23")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def shown(of, day, items, hour=9):
    """SQL for a competitor's snapshot."""
    return (
        f"select 'us_site' as store_id, '{of}' as competitor, 'item-' || n as competitor_sku, "
        f"timestamp '{day} {hour:02}:00:00' as captured_at from range({items}) r(n)"
    )


def accept(settings, window, *snapshots_taken):
    place = WindowFiles(settings, FEED.name, SOURCE, window).accepted
    place.parent.mkdir(parents=True, exist_ok=True)
    rows = " union all ".join(snapshots_taken)
    duckdb.execute(f"copy (select *, '{window.id}' as _window from ({rows})) to '{place}'")


def accept_day(settings, days_before, items, of="alpha"):
    step = timedelta(days=days_before)
    window = Window(SUNDAY.start - step, SUNDAY.end - step)
    accept(settings, window, shown(of, f"{window.start:%Y-%m-%d}", items))


def shares(settings, *snapshots_taken, window=SUNDAY, has_snapshots=True):
    """The share of each group and day of a window's rows."""
    files = WindowFiles(settings, FEED.name, SOURCE, window)
    with duckdb.connect() as con:
        con.execute(f"create table typed as {' union all '.join(snapshots_taken)}")
        measured = snapshot_completeness.measured(con, FEED, files, has_snapshots)
        found = con.execute(
            "select distinct competitor, captured_at::date::varchar, _snapshot_share::double "
            f"from (select *, {measured} from typed) order by all"
        ).fetchall()
    return [(of, day, share if share is None else round(share, 3)) for of, day, share in found]


def test_each_competitor_is_compared_with_its_own_snapshots(settings):
    accept_day(settings, 7, 100)
    accept_day(settings, 6, 1000, of="bravo")

    assert shares(settings, shown("alpha", "2026-11-22", 95), shown("bravo", "2026-11-22", 72)) == [
        ("alpha", "2026-11-22", 0.95),
        ("bravo", "2026-11-22", 0.072),
    ]


def test_a_snapshot_taken_twice_a_day_is_no_larger(settings):
    accept_day(settings, 7, 100)

    twice = [shown("alpha", "2026-11-22", 40, hour) for hour in (9, 21)]

    assert shares(settings, *twice) == [("alpha", "2026-11-22", 0.4)]


def test_the_usual_size_stays_while_most_snapshots_are_cut_short(settings):
    for days_before, items in ((35, 600), (28, 590), (21, 9), (14, 9), (7, 9)):
        accept_day(settings, days_before, items)

    assert shares(settings, shown("alpha", "2026-11-22", 9)) == [
        ("alpha", "2026-11-22", round(9 / 590, 3))
    ]


def test_what_has_lasted_for_eight_weeks_is_the_new_usual(settings):
    accept_day(settings, 57, 600)

    assert shares(settings, shown("alpha", "2026-11-22", 50)) == [("alpha", "2026-11-22", None)]


def test_no_share_is_computed_for_a_handful_of_items(settings):
    accept_day(settings, 7, 19)

    assert shares(settings, shown("alpha", "2026-11-22", 2)) == [("alpha", "2026-11-22", None)]


def test_the_days_of_a_long_window_are_compared_with_those_before_them(settings):
    days = Window.from_iso("2026-11-20", "2026-11-23")

    assert shares(
        settings,
        shown("alpha", "2026-11-20", 100),
        shown("alpha", "2026-11-21", 10),
        shown("alpha", "2026-11-22", 100),
        window=days,
    ) == [
        ("alpha", "2026-11-20", None),
        ("alpha", "2026-11-21", 0.1),
        ("alpha", "2026-11-22", round(100 / 77.5, 3)),
    ]


def test_an_old_window_validated_again_gives_the_same_shares(settings):
    accept_day(settings, 7, 100)
    then = shares(settings, shown("alpha", "2026-11-22", 60))

    accept_day(settings, 0, 60)
    accept_day(settings, -7, 1000)

    assert shares(settings, shown("alpha", "2026-11-22", 60)) == then


def test_prices_captured_one_by_one_are_no_snapshots(settings):
    accept_day(settings, 7, 100)

    assert shares(settings, shown("alpha", "2026-11-22", 3), has_snapshots=False) == [
        ("alpha", "2026-11-22", None)
    ]


def test_a_row_without_time_or_competitor_belongs_to_no_snapshot(settings):
    accept_day(settings, 7, 100)
    nowhere = "select 'us_site', 'alpha', 'item-1', null::timestamp"

    assert shares(settings, shown("alpha", "2026-11-22", 100), nowhere) == [
        ("alpha", "2026-11-22", 1.0),
        ("alpha", None, None),
    ]
