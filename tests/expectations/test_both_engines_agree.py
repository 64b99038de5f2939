"""Great Expectations and our SQL read one suite; here they count the same dirty rows."""

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
from support.bad_rows import REFUSED, TOLD
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, land

# Values at which two engines could part: ends of lines, full width, far years, the last cent.
ODD = {
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
    """Three hundred rows whose every value may be good, odd, known to be bad, or missing."""
    dice = random.Random(7)
    changes = [*REFUSED[feed].values(), *TOLD[feed].values()]
    columns = feed_named(feed).columns
    rows = []
    for _ in range(300):
        row = dict(GOOD_ROWS[feed])
        for column in dice.sample(list(columns), k=dice.randint(0, len(columns))):
            row[column] = dice.choice([*ODD[columns[column]], None])
        rows.append({**row, **dice.choice(changes)})
    return rows


@pytest.mark.parametrize(
    ("small", "large"),
    [(20_000, 250_000), (0, 250_000), (0, 0)],
    ids=["one frame", "by column", "a sample beside SQL"],
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
        corrections.put_decisions_in_place(con, feed_named(feed), {})
        scratch_db.read_types(con, feed_named(feed), files)
        theirs = gx_runner.judge(con, "judged", casting.judged_columns(feed_named(feed)), rules)
        ours = [failing(con, rule) for rule in rules if rule.type in row_rules.TYPES]

    assert [outcome.broke for outcome in theirs if outcome.broke] == []
    on_rows = [outcome for outcome in theirs if outcome.failing is not None]
    assert [(outcome.rule.id, outcome.failing) for outcome in on_rows] == ours
    assert sum(1 for _, count in ours if count) > 10, "the rows were not dirty enough"


def test_where_the_two_count_differently_of_a_sample_the_rule_could_not_be_judged():
    rule = Rule("r", "expect_column_values_to_not_be_null", {"column": "sku"}, "critical", "w")
    said = Outcome(rule, passed=True, failing=1, judged=10)

    outcome = large_windows.compared(rule, said, Count(2, 10), Count(2, 1000))

    assert outcome.holds_back
    assert "Great Expectations counts 1 rows against it and SQL 2" in outcome.broke


def failing(con: duckdb.DuckDBPyConnection, rule):
    sql = f"select count(*) from (select {row_rules.failing(rule)} as bad from judged) where bad"
    return rule.id, con.execute(sql).fetchall()[0][0]
