"""What a rule found in a window, in words: what it wanted, what came, and one example."""

import duckdb

from storepulse.feeds.registry import Feed
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting, scratch_db, snapshot_completeness, usual_snapshots
from storepulse.validate.result import Finding
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Outcome


def finding(
    con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles, outcome: Outcome
) -> Finding:
    """Write down what a rule found.

    Args:
        con: the bench, with the judged rows.
        feed: whose rows they are.
        files: the window, and where the accepted ones before it are.
        outcome: of a rule that did not pass.
    """
    rule, wanted = outcome.rule, row_rules.expected(outcome.rule)
    if outcome.broke is not None:
        got = f"an error instead of an answer: {outcome.broke.strip().splitlines()[-1]}"
        return Finding(rule.id, wanted, got, rule.why)
    if outcome.failing is None:
        is_missing = casting.SNAPSHOT in rule.columns
        got = usual_snapshots.missing(con, feed, files) if is_missing else str(outcome.observed)
        return Finding(rule.id, wanted, got, rule.why)
    share = f" in at least {rule.mostly:.1%} of rows" if rule.mostly < 1 else ""
    example = (
        snapshot_completeness.against(con, feed, rule)
        if casting.SNAPSHOT_SHARE in rule.columns
        else scratch_db.example(con, feed, rule.columns, "judged", row_rules.failing(rule))
    )
    return Finding(
        rule.id,
        f"{wanted}{share}",
        f"{outcome.failing:,} of {outcome.judged:,} rows against it",
        rule.why,
        example,
    )
