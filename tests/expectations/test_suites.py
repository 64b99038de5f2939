"""Every rule of every suite refuses or reports what it exists for, and nothing else."""

import itertools
import json
from functools import cache

import pytest
from pyarrow import parquet

from storepulse.errors import WindowRejected
from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import corrections, scratch_db, validate
from storepulse.validate.suite import row_rules, suites
from storepulse.validate.suite.placeholders import Placeholders
from storepulse.windows import Window
from support.bad_rows import FALLS_WITH, ON_THE_BATCH, REFUSED, WARNED
from support.landed_windows import GOOD_ROWS, MARKED_COLUMN, SOURCE, WINDOW, good_rows, land

FEEDS = list(all_feeds())
# Feeds with a critical limit on volume: too many rows mean a window loaded again and again.
FLOODED = [
    "orders",
    "order_lines",
    "refunds",
    "shipments",
    "traffic",
    "inventory",
    "competitor_prices",
    "ads",
    "fees",
    "checkouts",
    "tickets",
    "reviews",
]
THE_DAY_BEFORE = Window.from_iso("2026-11-21", "2026-11-22")


A_WEEK_BEFORE = Window.from_iso("2026-11-15", "2026-11-16")
TWO_WEEKS_BEFORE = Window.from_iso("2026-11-08", "2026-11-09")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


@cache
def rules_of(feed):
    suite = suites.load(Settings().expectations_dir / f"{feed}.yaml", feed_named(feed))
    return {rule.id: rule for rule in suite.rules}


@pytest.mark.parametrize("feed", FEEDS)
def test_every_rule_of_a_suite_has_a_row_or_batch_that_breaks_it(feed):
    assert set(rules_of(feed)) == set(REFUSED[feed]) | set(WARNED[feed]) | (
        ON_THE_BATCH & set(rules_of(feed))
    )
    assert {"key_once", "volume_not_flooded"} <= set(rules_of(feed))


@pytest.mark.parametrize("feed", FEEDS)
def test_good_rows_pass_every_rule_and_bad_ones_are_refused_by_theirs_alone(settings, feed):
    # None of them may conflict with a good row.
    own_key = {"from_currency": "CAD"} if feed == "fx_rates" else {}
    bad = [{**GOOD_ROWS[feed], **own_key, **changes} for changes in REFUSED[feed].values()]
    # Enough good rows that single bad ones do not reject the window.
    good = good_rows(feed, 12)
    land(settings, feed, [*good, *bad])

    result = validate(settings, SOURCE, feed, WINDOW)

    assert (result.accepted, result.quarantined) == (len(good), len(bad))
    refused = parquet.read_table(WindowFiles(settings, feed, SOURCE, WINDOW).quarantined).sort_by(
        "_position"
    )
    assert refused["_rules"].to_pylist() == [
        sorted([rule, *FALLS_WITH.get((feed, rule), [])], key=list(rules_of(feed)).index)
        for rule in REFUSED[feed]
    ]


@pytest.mark.parametrize("feed", FEEDS)
def test_a_good_window_is_accepted_without_warnings(settings, feed):
    land(settings, feed, good_rows(feed, 3), THE_DAY_BEFORE)
    validate(settings, SOURCE, feed, THE_DAY_BEFORE)
    land(settings, feed, good_rows(feed, 3))

    result = validate(settings, SOURCE, feed, WINDOW)

    assert (result.accepted, result.quarantined, result.warnings) == (3, 0, ())


@pytest.mark.parametrize(
    ("feed", "rule"), [(feed, rule) for feed in FEEDS for rule in WARNED[feed]]
)
def test_a_warning_is_reported_and_its_rows_pass(settings, feed, rule):
    land(settings, feed, [{**row, **WARNED[feed][rule]} for row in good_rows(feed, 2)])

    result = validate(settings, SOURCE, feed, WINDOW)

    assert result.quarantined == 0 or rule == "lines_repeated"
    assert rule in {warning.rule for warning in result.warnings}


@pytest.mark.parametrize("feed", FEEDS)
def test_of_a_repeated_key_the_newest_row_counts(settings, feed):
    (row,) = good_rows(feed, 1)
    land(settings, feed, [row, row])

    result = validate(settings, SOURCE, feed, WINDOW)

    assert result.refused_by_rule == {"duplicate_key": 1}
    assert "key_once" in {warning.rule for warning in result.warnings}


@pytest.mark.parametrize("feed", FEEDS)
def test_a_window_a_hundred_times_too_large_is_rejected_or_reported(settings, feed):
    (row,) = good_rows(feed, 1)
    land(settings, feed, [row] * 20, THE_DAY_BEFORE)
    validate(settings, SOURCE, feed, THE_DAY_BEFORE)
    land(settings, feed, [row] * 2000)

    if feed in FLOODED or rules_of(feed)["volume_not_flooded"].severity == "critical":
        with pytest.raises(WindowRejected, match=r"volume_not_flooded.*at most 1000, got 2000"):
            validate(settings, SOURCE, feed, WINDOW)
    else:
        result = validate(settings, SOURCE, feed, WINDOW)
        assert "volume_not_flooded" in {warning.rule for warning in result.warnings}


@pytest.mark.parametrize(
    "feed", [feed for feed in FEEDS if "volume_not_collapsed" in rules_of(feed)]
)
def test_a_window_with_almost_no_rows_is_reported(settings, feed):
    land(settings, feed, good_rows(feed, 60), THE_DAY_BEFORE)
    validate(settings, SOURCE, feed, THE_DAY_BEFORE)
    land(settings, feed, good_rows(feed, 2))

    result = validate(settings, SOURCE, feed, WINDOW)

    assert [warning.rule for warning in result.warnings] == ["volume_not_collapsed"]
    assert result.accepted == 2


def having(rule):
    return [feed for feed in FEEDS if rule in rules_of(feed)]


def rows_at(feed, window, hour, count):
    """Good rows in one hour of a window's day, with unique keys."""
    columns = [name for name, of in feed_named(feed).columns.items() if of == "timestamp"]
    then = dict.fromkeys(columns, f"{window.start:%Y-%m-%d} {hour:02}:30:00")
    column = MARKED_COLUMN[feed]
    return [{**row, **then, column: f"{hour}-{row[column]}"} for row in good_rows(feed, count)]


@pytest.mark.parametrize("feed", having("busy_hours_present"))
def test_an_empty_hour_that_was_busy_in_the_weeks_before_is_reported(settings, feed):
    for window in (TWO_WEEKS_BEFORE, A_WEEK_BEFORE):
        land(
            settings, feed, [*rows_at(feed, window, 20, 19), *rows_at(feed, window, 21, 20)], window
        )
        validate(settings, SOURCE, feed, window)
    land(settings, feed, rows_at(feed, WINDOW, 22, 5))

    result = validate(settings, SOURCE, feed, WINDOW)

    assert [(warning.rule, warning.expected, warning.got) for warning in result.warnings] == [
        ("busy_hours_present", "rows for each hour: 2026-11-22 21:00", "none of 2026-11-22 21:00")
    ]
    assert result.accepted == 5


@pytest.mark.parametrize("feed", having("busy_hours_present"))
def test_an_empty_window_is_reported_where_many_rows_were_usual(settings, feed):
    for window in (TWO_WEEKS_BEFORE, A_WEEK_BEFORE):
        land(settings, feed, rows_at(feed, window, 21, 20), window)
        validate(settings, SOURCE, feed, window)
    land(settings, feed, [])

    result = validate(settings, SOURCE, feed, WINDOW)

    assert result.status == "accepted"
    assert {warning.rule for warning in result.warnings} == {
        "volume_not_collapsed", "busy_hours_present",
    }  # fmt: skip


def snapshot(feed, of, items, window):
    """A snapshot of one competitor, or of one warehouse, taken on a window's day."""
    _, column = feed_named(feed).snapshot
    return [{**row, column: of} for row in rows_at(feed, window, 9, items)]


@pytest.mark.parametrize("feed", having("snapshot_whole"))
def test_a_snapshot_cut_short_is_refused_though_the_others_are_complete(settings, feed):
    rows = [row for of in ("alpha", "bravo") for row in snapshot(feed, of, 40, THE_DAY_BEFORE)]
    land(settings, feed, rows, THE_DAY_BEFORE)
    validate(settings, SOURCE, feed, THE_DAY_BEFORE)
    land(
        settings, feed, [*snapshot(feed, "alpha", 20, WINDOW), *snapshot(feed, "bravo", 19, WINDOW)]
    )

    result = validate(settings, SOURCE, feed, WINDOW)

    assert (result.accepted, result.refused_by_rule) == (20, {"snapshot_whole": 19})
    (warning,) = result.warnings
    assert warning.rule == "snapshots_all_whole"
    assert warning.example == "us_site, bravo on 2026-11-22: 19 where 40 are usual"


@pytest.mark.parametrize("feed", having("snapshot_whole"))
def test_a_window_with_only_a_snapshot_cut_short_is_rejected(settings, feed):
    land(settings, feed, snapshot(feed, "alpha", 40, THE_DAY_BEFORE), THE_DAY_BEFORE)
    validate(settings, SOURCE, feed, THE_DAY_BEFORE)
    land(settings, feed, snapshot(feed, "alpha", 9, WINDOW))

    with pytest.raises(
        WindowRejected, match=r"us_site, alpha on 2026-11-22: 9 where 40 are usual"
    ) as rejection:
        validate(settings, SOURCE, feed, WINDOW)

    assert str(rejection.value).count("\n  - ") == 1


def test_a_source_of_single_prices_may_have_few_of_them(settings):
    feed = "competitor_prices"
    land(settings, feed, snapshot(feed, "alpha", 40, THE_DAY_BEFORE), THE_DAY_BEFORE)
    validate(settings, SOURCE, feed, THE_DAY_BEFORE)
    manifest = land(settings, feed, snapshot(feed, "alpha", 9, WINDOW)) / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "snapshots": False}))

    result = validate(settings, SOURCE, feed, WINDOW)

    assert (result.accepted, result.warnings) == (9, ())


@pytest.mark.parametrize("feed", having("snapshot_whole"))
@pytest.mark.parametrize("others", [0, 40])
def test_missing_snapshots_are_reported_and_the_others_accepted(settings, feed, others):
    for window in (TWO_WEEKS_BEFORE, A_WEEK_BEFORE):
        shown = [row for of in ("alpha", "bravo") for row in snapshot(feed, of, 40, window)]
        land(settings, feed, shown, window)
        validate(settings, SOURCE, feed, window)
    land(settings, feed, snapshot(feed, "alpha", others, WINDOW))

    result = validate(settings, SOURCE, feed, WINDOW)

    last = "(last seen 2026-11-15 09:30 UTC, 40 rows are usual)"
    assert (result.status, result.accepted) == ("accepted", others)
    assert [(warning.rule, warning.expected, warning.got) for warning in result.warnings] == [
        (
            "snapshots_all_present",
            "rows for each snapshot: us_site: alpha, us_site: bravo",
            f"none of us_site: bravo {last}"
            if others
            else f"none of us_site: alpha {last}, us_site: bravo {last}",
        )
    ]


def test_a_source_of_single_prices_misses_no_snapshot(settings):
    feed = "competitor_prices"
    for window in (TWO_WEEKS_BEFORE, A_WEEK_BEFORE):
        land(settings, feed, snapshot(feed, "alpha", 40, window), window)
        validate(settings, SOURCE, feed, window)
    manifest = land(settings, feed, snapshot(feed, "bravo", 9, WINDOW)) / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "snapshots": False}))

    result = validate(settings, SOURCE, feed, WINDOW)

    assert (result.accepted, result.warnings) == (9, ())


def test_blank_lines_are_reported_once_and_none_is_listed(settings):
    blank = {**dict.fromkeys(GOOD_ROWS["orders"]), "store_id": "us_site", "is_test": "false"}
    land(settings, "orders", [*good_rows("orders", 12), *[blank] * 90])

    with pytest.raises(WindowRejected) as rejection:
        validate(settings, SOURCE, "orders", WINDOW)

    assert str(rejection.value).count("\n  - ") == 1
    assert "got 90 of 102 rows that are identical and lack it" in str(rejection.value)
    assert not WindowFiles(settings, "orders", SOURCE, WINDOW).rejection_rows.exists()


def test_different_rows_without_keys_are_reported_rule_by_rule(settings):
    land(settings, "orders", [{**row, "order_id": None, "customer_id": row["order_id"]}
                              for row in good_rows("orders", 12)])  # fmt: skip

    with pytest.raises(WindowRejected, match=r"order_id_present: .* 12 of 12 rows failing"):
        validate(settings, SOURCE, "orders", WINDOW)


def refused_rows(settings, feed, rows) -> set[int]:
    """The positions of rows that a rule refuses, without validating the window as a whole."""
    folder = land(settings, feed, rows)
    rules = suites.load(settings.expectations_dir / f"{feed}.yaml", feed_named(feed))
    ready, _ = rules.filled_in(Placeholders(WINDOW, None))
    files = WindowFiles(settings, feed, SOURCE, WINDOW)
    on_rows = [
        rule for rule in ready.rules if rule.severity == "critical" and rule.type in row_rules.TYPES
    ]
    with scratch_db.opened(files) as con:
        scratch_db.landed_columns(con, folder / "rows.parquet")
        corrections.apply_decisions(con, feed_named(feed), {})
        scratch_db.read_types(con, feed_named(feed), files)
        scratch_db.refuse(con, feed_named(feed), on_rows)
        return {at for (at,) in con.execute("select _position from refusals").fetchall()}


@pytest.mark.parametrize("feed", all_feeds())
def test_an_open_end_is_refused_in_every_time_column(settings, feed):
    """No column may contain an open end: it has to be null."""
    moments = [name for name, of in feed_named(feed).columns.items() if of in {"timestamp", "date"}]
    good = {**GOOD_ROWS[feed]}
    endless = [(name, f"9999-12-31{end}") for name in moments for end in ("", " 00:00:00")]
    rows = [
        {**row, name: value}
        for row, (name, value) in zip(distinct_rows(feed), endless, strict=False)
    ]

    assert refused_rows(settings, feed, [good, *rows]) == set(range(2, len(endless) + 2))


LOOK_ALIKES = [
    *("{} ", " {}", "{}\u00a0", "{}\u200b", "{}\ufe0f", "{}\ue000", "{}e\u0301"),
    *("{}\t1", "{}\n1", "{}\u20031", "\u3000{}"),
]


def distinct_rows(feed):
    """Good rows, each with its own key, so that none of them conflicts with another."""
    for number in itertools.count():
        # Both currencies of a rate are keys, and the tests' changes to them keep the rows distinct.
        own_key = {} if feed == "fx_rates" else {MARKED_COLUMN[feed]: f"x{number}"}
        yield {**GOOD_ROWS[feed], **own_key}


# References to rows of another feed: spelled differently, they match none.
REFERRING = {
    "calendar_events": {"store_id"},
    "order_lines": {"store_id", "order_id", "sku"},
    "refunds": {"store_id", "order_id", "sku"},
    "shipments": {"store_id", "order_id"},
    "purchase_orders": {"store_id", "sku"},
    "tasks": {"store_id"},
    "traffic": {"store_id", "sku", "order_id"},
    "inventory": {"store_id", "sku"},
    "competitor_prices": {"store_id", "sku"},
    "ads": {"store_id", "sku"},
    "fees": {"store_id", "order_id"},
    "checkouts": {"store_id", "order_id"},
    "tickets": {"store_id", "order_id"},
    "reviews": {"store_id", "order_id", "sku"},
}


@pytest.mark.parametrize(("feed", "columns"), REFERRING.items())
def test_references_have_the_same_spelling_rules_as_keys(settings, feed, columns):
    good = {**GOOD_ROWS[feed]}
    written = [(name, way.format(good[name] or "A-1")) for name in columns for way in LOOK_ALIKES]
    rows = [
        {**row, name: value}
        for row, (name, value) in zip(distinct_rows(feed), written, strict=False)
    ]

    assert refused_rows(settings, feed, [good, *rows]) == set(range(2, len(written) + 2))


@pytest.mark.parametrize("feed", all_feeds())
def test_a_key_that_looks_like_another_is_refused_in_every_key_column(settings, feed):
    keys = [name for name in feed_named(feed).key if feed_named(feed).columns[name] == "text"]
    good = {**GOOD_ROWS[feed]}
    alike = [(name, way.format(good[name])) for name in keys for way in LOOK_ALIKES]
    if "store_id" in good:
        alike += [("store_id", name) for name in ("all", "All", "ALL")]
    rows = [
        {**row, name: value} for row, (name, value) in zip(distinct_rows(feed), alike, strict=False)
    ]

    assert refused_rows(settings, feed, [good, *rows]) == set(range(2, len(alike) + 2))
