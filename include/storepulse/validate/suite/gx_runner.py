"""Run a window's suite with Great Expectations.

A larger window is passed as pandas frames with only the columns that some rules share, one after
the other, so the memory needed is that of the widest rule and not of the feed; of a very large one
it gets a sample and SQL counts all rows (`large_windows`).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import ColumnType
from storepulse.validate import casting
from storepulse.validate.suite import gx, gx_results, large_windows, row_rules
from storepulse.validate.suite.rules import Outcome, Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

# Up to here all columns fit in one frame of a few megabytes, and one run of Great Expectations is
# faster than one per column.
SMALL_WINDOW_ROWS = 20_000
# The range of pandas' nanoseconds; a timestamp outside it is just as wrong when moved to its edge.
_EARLIEST, _LATEST = "timestamp '1678-01-01'", "timestamp '2262-01-01'"


def evaluate(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, ColumnType],
    rules: Sequence[Rule],
) -> list[Outcome]:
    """Validate the rows of a table with Great Expectations.

    Args:
        con: where the table is.
        table: name of a table or view with typed columns; one row per landed row that could be
            read.
        columns: the types of its columns.
        rules: with their placeholders filled in.

    Returns:
        One outcome per rule, in the order of `rules`. An expectation that raised an error has
        `error` set and has not passed.
    """
    row_count = con.execute(f"select count(*) from {table}").fetchall()[0][0]
    if row_count > large_windows.ROWS:
        return _of_large_window(con, table, columns, rules, row_count)
    groups = [rules] if row_count <= SMALL_WINDOW_ROWS else list(_by_columns(rules))
    found = _of_frames(con, table, columns, groups)
    return [found[rule.id] for rule in rules]


def _of_large_window(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, ColumnType],
    rules: Sequence[Rule],
    row_count: int,
) -> list[Outcome]:
    on_rows = [rule for rule in rules if rule.type in row_rules.TYPES]
    all_rows = large_windows.counted(con, table, on_rows)
    of_sample = large_windows.sample(con, table, on_rows, row_count)
    in_sample = large_windows.counted(con, "sampled", of_sample)
    by_gx = _of_frames(con, "sampled", columns, [of_sample] if of_sample else [])
    on_batch = [rule for rule in rules if rule.type not in row_rules.TYPES]
    whole = _of_frames(con, table, columns, list(_by_columns(on_batch)))
    return [
        large_windows.compared(rule, by_gx.get(rule.id), in_sample.get(rule.id), all_rows[rule.id])
        if rule.id in all_rows
        else whole[rule.id]
        for rule in rules
    ]


def _of_frames(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, ColumnType],
    groups: Sequence[Sequence[Rule]],
) -> dict[str, Outcome]:
    """Run each group of rules in Great Expectations, on a frame of the columns they use."""
    frame = gx.whole_frame()
    found: dict[str, Outcome] = {}
    for group in groups:
        rows = con.execute(f"select {_selected(group, columns)} from {table}").df()
        for rule, result in gx.results(frame, rows, group):
            found[rule.id] = _outcome(rule, result)
    return found


def _by_columns(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    alike = sorted(rules, key=lambda rule: rule.columns)
    for _, group in groupby(alike, key=lambda rule: rule.columns):
        yield list(group)


def _selected(rules: Sequence[Rule], columns: Mapping[str, ColumnType]) -> str:
    names = sorted({column for rule in rules for column in rule.columns})
    if names and all(rule.type in row_rules.UNIQUENESS_TYPES for rule in rules):
        # Only whether values are equal matters. Of five million rows two differing keys share a
        # hash about once in a million windows, and long keys would take gigabytes.
        selected = [
            f"case when {n} is not null then hash({n}) end as {n}"
            for n in map(sql_quoting.name, names)
        ]
    else:
        selected = [
            f"{_for_pandas(name, columns[name])} as {sql_quoting.name(name)}" for name in names
        ]
    return ", ".join(selected) or "true as present"


def _for_pandas(column: str, of: ColumnType) -> str:
    """Cast to types that pandas compares as whole columns; others it loops over in Python."""
    name = sql_quoting.name(column)
    if casting.is_number(of):
        return f"cast({name} as double)"
    if of in {"timestamp", "date"}:
        # The case keeps nulls: least and greatest ignore them.
        clamped = f"least(greatest(cast({name} as timestamp), {_EARLIEST}), {_LATEST})"
        return f"case when {name} is not null then cast({clamped} as timestamp_ns) end"
    return name


def _outcome(rule: Rule, result: "ExpectationValidationResult | str") -> Outcome:
    if isinstance(result, str):
        return Outcome(rule, passed=False, error=result)
    found, passed = result.result, bool(result.success)
    measured = gx_results.measured(rule, result)
    if rule.type not in row_rules.TYPES:
        observed = _observed(found)
        return Outcome(rule, passed, observed=observed, measured=measured)
    return Outcome(
        rule,
        passed,
        failing=int(found["unexpected_count"]),
        validated=int(found["element_count"]) - int(found.get("missing_count") or 0),
        measured=measured,
    )


def _observed(measured: Mapping[str, Any]) -> str:
    """Put what a batch rule measured into words; for a set it is the missing values."""
    if "partial_missing_list" in measured:
        missing = sorted(measured["partial_missing_list"])
        more = measured["missing_count"] - len(missing)
        return f"none of {', '.join(missing)}" + (f" and {more} more" if more else "")
    return str(measured.get("observed_value"))
