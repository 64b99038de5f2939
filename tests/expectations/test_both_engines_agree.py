"""Great Expectations and our SQL read the same suite; here they count the same dirty rows."""

import random

import duckdb
import pytest

from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import casting, corrections, scratch_db
from storepulse.validate.suite import gx_runner, large_windows, row_rules, suites
from storepulse.validate.suite.large_windows import Count
from storepulse.validate.suite.placeholders import Placeholders
from storepulse.validate.suite.rules import Outcome, Rule
from storepulse.validate.volume import UsualRows
from support.bad_rows import REFUSED, WARNED
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, land

# Values on which two engines could differ: line ends, full width, far years, the last cent.
EDGE_VALUES = {
    "text": ["", " ", "kit-001\n", "店铺", "USD\n", "É", "x" * 64, "x" * 65, "%", "null"],
    "integer": ["0", "-0", "1", "100000", "100001", "9007199254740993"],
    "money": ["0.00", "0.01", "-0.01", "1000000.00", "1000000.01", "9999999999999999.99"],
    "price": ["0.0000", "0.0001", "-0.0001", "1000000.0000", "1000000.0001"],
    "rate": ["0.00000001", "0", "200000"],
    "timestamp": [
        "9999-12-31 23:59:59",
        "0001-01-01 00:00:00",
        "1995-01-01 00:00:00",
        "2026-11-24 00:00:00",
        "2026-11-24 00:00:00.000001",
        "2026-11-22 09:00:00",
    ],
    "date": ["9999-12-31", "1995-01-01", "2026-11-11", "2026-11-12"],
    "boolean": ["true", "false"],
}


def dirty_rows(feed):
    """Three hundred rows whose values may be good, edge cases, known to be bad, or missing."""
    dice = random.Random(7)
    changes = [*REFUSED[feed].values(), *WARNED[feed].values()]
    columns = feed_named(feed).columns
    rows = []
    for _ in range(300):
        row = dict(GOOD_ROWS[feed])
        for column in dice.sample(list(columns), k=dice.randint(0, len(columns))):
            row[column] = dice.choice([*EDGE_VALUES[columns[column]], None])
        rows.append({**row, **dice.choice(changes)})
    return rows


@pytest.mark.parametrize(
    ("small", "large"),
    [(20_000, 250_000), (0, 250_000), (0, 0)],
    ids=["one frame", "by column", "a sample and SQL"],
)
@pytest.mark.parametrize("feed", all_feeds())
def test_both_engines_count_the_same_rows_under_every_rule(
    tmp_path, monkeypatch, feed, small, large
):
    monkeypatch.setattr(gx_runner, "SMALL_WINDOW_ROWS", small)
    monkeypatch.setattr(large_windows, "ROWS", large)
    settings = Settings(home=tmp_path)
    folder = land(settings, feed, dirty_rows(feed))
    suite = suites.load(settings.expectations_dir / f"{feed}.yaml", feed_named(feed))
    rules = suite.filled_in(Placeholders(WINDOW, UsualRows(300.0, 300.0)))[0].rules
    files = WindowFiles(settings, feed, SOURCE, WINDOW)

    with scratch_db.opened(files) as con:
        scratch_db.landed_columns(con, folder / "rows.parquet")
        corrections.apply_decisions(con, feed_named(feed), {})
        scratch_db.read_types(con, feed_named(feed), files)
        by_gx = gx_runner.evaluate(
            con, "readable", casting.validated_columns(feed_named(feed)), rules
        )
        by_sql = [failing(con, rule) for rule in rules if rule.type in row_rules.TYPES]

    assert [outcome.error for outcome in by_gx if outcome.error] == []
    on_rows = [outcome for outcome in by_gx if outcome.failing is not None]
    assert [(outcome.rule.id, outcome.failing) for outcome in on_rows] == by_sql
    assert sum(1 for _, count in by_sql if count) > 10, "the rows were not dirty enough"


def test_if_the_counts_of_a_sample_differ_the_rule_was_not_evaluated():
    rule = Rule("r", "expect_column_values_to_not_be_null", {"column": "sku"}, "critical", "w")
    by_gx = Outcome(rule, passed=True, failing=1, validated=10)

    outcome = large_windows.compared(rule, by_gx, Count(2, 10), Count(2, 1000))

    assert outcome.rejects_window
    assert "Great Expectations counts 1 failing rows and SQL 2" in outcome.error


def failing(con: duckdb.DuckDBPyConnection, rule):
    sql = f"select count(*) from (select {row_rules.failing(rule)} as bad from readable) where bad"
    return rule.id, con.execute(sql).fetchall()[0][0]
