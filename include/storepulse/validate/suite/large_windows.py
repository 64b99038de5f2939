"""Count a window too large for frames: SQL counts every row, Great Expectations a sample.

Five million rows as pandas frames take Great Expectations minutes and gigabytes. Row rules run as
SQL anyway, so that every failing row is found; here SQL counts them, too. Great Expectations then
validates a sample that includes failing rows found by SQL, and both must count the same: if they do
not, the rule counts as not evaluated, which rejects the window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from storepulse import sql_quoting
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Outcome, Rule

# From here on frames take longer than SQL and a sample together.
ROWS = 250_000
# Good rows, and bad rows, in the sample: together at most as many as a small window has.
_SAMPLED = 10_000


@dataclass(frozen=True)
class Count:
    """Rows that fail a rule, and rows it applies to."""

    failing: int
    validated: int


def counted(con: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule]) -> dict[str, Count]:
    """Count with SQL, in one pass plus one for each uniqueness rule.

    Args:
        con: where the table is.
        table: name of a table or view with typed columns.
        rules: row rules.

    Returns:
        By rule id.
    """
    found = {}
    at_once = [rule for rule in rules if rule.type not in row_rules.UNIQUENESS_TYPES]
    if at_once:
        sums = ", ".join(
            f"count_if({row_rules.failing(rule)}), count_if({row_rules.applies(rule)})"
            for rule in at_once
        )
        numbers = con.execute(f"select {sums} from {table}").fetchall()[0]
        found = {
            rule.id: Count(failing, validated)
            for rule, failing, validated in zip(at_once, numbers[::2], numbers[1::2], strict=True)
        }
    for rule in rules:
        if rule.type in row_rules.UNIQUENESS_TYPES:
            found[rule.id] = _repeated(con, table, rule)
    return found


def sample(
    con: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule], rows: int
) -> Sequence[Rule]:
    """Make the table `sampled`: evenly spaced rows, and failing rows if there are any.

    Returns:
        The rules that can be evaluated on a sample: all but those on uniqueness.
    """
    validated = [rule for rule in rules if rule.type not in row_rules.UNIQUENESS_TYPES]
    broken = " or ".join(f"({row_rules.failing(rule)})" for rule in validated) or "false"
    every = max(1, rows // _SAMPLED)
    con.execute(
        f"create or replace temporary table sampled as "
        f"select * from {table} where _position % {every} = 0 "
        f"union by name (select * from {table} where {broken} limit {_SAMPLED})"
    )
    return validated


def compared(rule: Rule, by_gx: Outcome | None, sampled: Count | None, all_rows: Count) -> Outcome:
    """Make one outcome of SQL's counts and Great Expectations' result.

    Args:
        rule: which.
        by_gx: Great Expectations' outcome for the sample; None if the rule cannot be evaluated on a
            sample.
        sampled: SQL's counts in the sample; None likewise.
        all_rows: SQL's counts in the window.
    """
    failing, validated = all_rows.failing, all_rows.validated
    passed = validated == 0 or (validated - failing) / validated >= rule.mostly
    numbers: Mapping[str, object] = {
        "element_count": validated,
        "unexpected_count": failing,
        "unexpected_percent": 100 * failing / validated if validated else 0.0,
    }
    if by_gx is None or sampled is None:
        return Outcome(rule, passed, failing, validated, measured=numbers)
    if by_gx.error is None and by_gx.failing != sampled.failing:
        return Outcome(
            rule,
            passed=False,
            error=f"in a sample Great Expectations counts {by_gx.failing} failing rows and SQL "
            f"{sampled.failing}; this is a bug in storepulse",
        )
    if by_gx.error is not None:
        return by_gx
    return replace(
        by_gx,
        passed=passed,
        failing=failing,
        validated=validated,
        measured={**by_gx.measured, **numbers},
    )


def _repeated(con: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> Count:
    """Count repeated keys by their hash: long keys would take gigabytes."""
    key = ", ".join(sql_quoting.name(column) for column in rule.columns)
    numbers = con.execute(
        f"select coalesce(sum(rows) filter (rows > 1), 0)::bigint, coalesce(sum(rows), 0)::bigint "
        f"from (select count(*) as rows from {table} where {row_rules.applies(rule)} "
        f"group by hash({key}))"
    ).fetchall()[0]
    return Count(*numbers)
