"""Describe a failed rule in words: what was expected, what arrived, and one example."""

import duckdb

from storepulse.feeds.registry import Feed
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting, scratch_db, snapshot_completeness, usual_snapshots
from storepulse.validate.result import CheckFailure
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Outcome


def check_failure(
    con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles, outcome: Outcome
) -> CheckFailure:
    """Describe a rule that did not pass.

    Args:
        con: the scratch database, with the validated rows.
        feed: whose rows they are.
        files: the window, and where the accepted ones before it are.
        outcome: of a rule that did not pass.
    """
    rule, expected = outcome.rule, row_rules.expected(outcome.rule)
    if outcome.error is not None:
        got = f"an error: {outcome.error.strip().splitlines()[-1]}"
        return CheckFailure(rule.id, expected, got, rule.why)
    if outcome.failing is None:
        is_missing = casting.SNAPSHOT in rule.columns
        got = usual_snapshots.missing(con, feed, files) if is_missing else str(outcome.observed)
        return CheckFailure(rule.id, expected, got, rule.why)
    share = f" in at least {rule.mostly:.1%} of rows" if rule.mostly < 1 else ""
    example = (
        snapshot_completeness.incomplete(con, feed, rule)
        if casting.SNAPSHOT_SHARE in rule.columns
        else scratch_db.example(con, feed, rule.columns, "readable", row_rules.failing(rule))
    )
    return CheckFailure(
        rule.id,
        f"{expected}{share}",
        f"{outcome.failing:,} of {outcome.validated:,} rows failing",
        rule.why,
        example,
    )
