"""Counting a window too large for frames: SQL counts every row, Great Expectations a sample.

Five million rows as pandas frames take minutes of Great Expectations' time and gigabytes. Row rules
are carried out by SQL anyway, so that every failing row is found; here their counts are taken too.
Great Expectations then judges a sample, the rows SQL found bad among it, and both must count alike:
where they do not, the rule could not be judged, which holds the window back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from storepulse import sql_quoting
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Outcome, Rule

# From here on frames take longer than SQL and a sample together.
ROWS = 250_000
# Good and bad rows that Great Expectations sees: as many as a small window has at most.
_SAMPLED = 10_000


@dataclass(frozen=True)
class Count:
    """Rows against a rule, of the rows it applies to."""

    failing: int
    judged: int


def counted(con: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule]) -> dict[str, Count]:
    """Count by SQL, in one pass and one more for each rule on uniqueness.

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
            rule.id: Count(failing, judged)
            for rule, failing, judged in zip(at_once, numbers[::2], numbers[1::2], strict=True)
        }
    for rule in rules:
        if rule.type in row_rules.UNIQUENESS_TYPES:
            found[rule.id] = _repeated(con, table, rule)
    return found


def sample(
    con: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule], rows: int
) -> Sequence[Rule]:
    """Lay rows out as table `sampled`: evenly chosen ones, and bad ones as far as there are any.

    Returns:
        The rules that a sample can be judged by: whether a value is there twice, it cannot say.
    """
    judged = [rule for rule in rules if rule.type not in row_rules.UNIQUENESS_TYPES]
    broken = " or ".join(f"({row_rules.failing(rule)})" for rule in judged) or "false"
    every = max(1, rows // _SAMPLED)
    con.execute(
        f"create or replace temporary table sampled as "
        f"select * from {table} where _position % {every} = 0 "
        f"union by name (select * from {table} where {broken} limit {_SAMPLED})"
    )
    return judged


def compared(rule: Rule, said: Outcome | None, sampled: Count | None, all_rows: Count) -> Outcome:
    """Make one outcome of what SQL counts and Great Expectations says.

    Args:
        rule: which.
        said: by Great Expectations of the sample; None when a sample cannot be judged by the rule.
        sampled: what SQL counts in the sample; None likewise.
        all_rows: what SQL counts in the window.
    """
    failing, judged = all_rows.failing, all_rows.judged
    passed = judged == 0 or (judged - failing) / judged >= rule.mostly
    numbers: Mapping[str, object] = {
        "element_count": judged,
        "unexpected_count": failing,
        "unexpected_percent": 100 * failing / judged if judged else 0.0,
    }
    if said is None or sampled is None:
        return Outcome(rule, passed, failing, judged, measured=numbers)
    if said.broke is None and said.failing != sampled.failing:
        return Outcome(
            rule,
            passed=False,
            broke=f"of a sample Great Expectations counts {said.failing} rows against it and SQL "
            f"{sampled.failing}; this is a fault of storepulse",
        )
    if said.broke is not None:
        return said
    return replace(
        said,
        passed=passed,
        failing=failing,
        judged=judged,
        measured={**said.measured, **numbers},
    )


def _repeated(con: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> Count:
    """Count repeated keys by a hash of them: long keys would take gigabytes."""
    key = ", ".join(sql_quoting.name(column) for column in rule.columns)
    numbers = con.execute(
        f"select coalesce(sum(told) filter (told > 1), 0)::bigint, coalesce(sum(told), 0)::bigint "
        f"from (select count(*) as told from {table} where {row_rules.applies(rule)} "
        f"group by hash({key}))"
    ).fetchall()[0]
    return Count(*numbers)
