"""The gate: Great Expectations judges a window by its suite.

A larger window comes to it as pandas frames that hold only the columns some rules share, one after
the other, so the memory needed is that of the widest rule and not of the feed; of a very large one
it sees a sample and SQL counts the rest (`large_windows`). Importing Great Expectations takes
seconds and a quarter of a gigabyte, so it happens where it is needed.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import ColumnType
from storepulse.validate import casting
from storepulse.validate.suite import gx_results, large_windows, row_rules
from storepulse.validate.suite.rules import Outcome, Rule

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition

# Up to here all columns fit in one frame of a few megabytes, and one run of Great Expectations is
# quicker than one per column.
SMALL_WINDOW_ROWS = 20_000
# What pandas' nanoseconds can hold; a moment outside is as wrong inside these bounds as outside.
_EARLIEST, _LATEST = "timestamp '1678-01-01'", "timestamp '2262-01-01'"


def judge(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, ColumnType],
    rules: Sequence[Rule],
) -> list[Outcome]:
    """Let Great Expectations judge the rows of a table by each rule.

    Args:
        con: where the table is.
        table: name of a table or view with typed columns; one row per landed row that could be
            read.
        columns: the types of its columns.
        rules: with their placeholders filled in.

    Returns:
        One outcome per rule, in the order of `rules`. An expectation that raised instead of
        judging has `broke` set and has not passed.
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
    said = _of_frames(con, "sampled", columns, [of_sample] if of_sample else [])
    on_batch = [rule for rule in rules if rule.type not in row_rules.TYPES]
    whole = _of_frames(con, table, columns, list(_by_columns(on_batch)))
    return [
        large_windows.compared(rule, said.get(rule.id), in_sample.get(rule.id), all_rows[rule.id])
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
    """Let Great Expectations judge each group of rules on a frame of the columns they look at."""
    whole_frame = _whole_frame()
    found: dict[str, Outcome] = {}
    for group in groups:
        rows = con.execute(f"select {_selected(group, columns)} from {table}").df()
        for outcome in _outcomes(whole_frame, rows, group):
            found[outcome.rule.id] = outcome
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
    """Give Great Expectations the types it compares whole columns of; others it walks in Python."""
    name = sql_quoting.name(column)
    if casting.is_number(of):
        return f"cast({name} as double)"
    if of in {"timestamp", "date"}:
        # The case keeps nulls: least and greatest would pass over them.
        clamped = f"least(greatest(cast({name} as timestamp), {_EARLIEST}), {_LATEST})"
        return f"case when {name} is not null then cast({clamped} as timestamp_ns) end"
    return name


def _whole_frame() -> "BatchDefinition[Any]":
    # At level INFO it tells hundreds of lines about its own insides.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.execution_engine import pandas_execution_engine

    # It would hash every frame below this size, twice, for a fingerprint that nobody reads: two
    # thirds of the time a million events take.
    pandas_execution_engine.HASH_THRESHOLD = 0
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("window").add_dataframe_asset("landed")
    return asset.add_batch_definition_whole_dataframe("all rows")


def _outcomes(
    whole_frame: "BatchDefinition[Any]", rows: "pd.DataFrame", rules: Sequence[Rule]
) -> Iterator[Outcome]:
    import great_expectations as gx
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = []
    for rule in rules:
        written = ExpectationConfiguration(
            type=rule.type, kwargs=_for_python(rule.kwargs), meta={"id": rule.id}
        )
        try:
            expectations.append(written.to_domain_obj())
        except (ValueError, TypeError, GreatExpectationsError) as refused:
            yield Outcome(rule, passed=False, broke=str(refused))
    suite = gx.ExpectationSuite(name="rules", expectations=expectations)
    verdict = whole_frame.get_batch({"dataframe": rows}).validate(suite, result_format="BASIC")
    by_id = {rule.id: rule for rule in rules}
    for result in verdict.results:
        meta = result.expectation_config.meta if result.expectation_config else None
        yield _outcome(by_id[(meta or {})["id"]], result)


def _for_python(kwargs: Mapping[str, object]) -> dict[str, object]:
    """Give `$` the meaning it has in SQL: the end of the text, not also before a last newline."""
    regex = kwargs.get("regex")
    if isinstance(regex, str) and re.search(r"(?<!\\)\$$", regex):
        return {**kwargs, "regex": regex[:-1] + r"\Z"}
    return dict(kwargs)


def _outcome(rule: Rule, result: "ExpectationValidationResult") -> Outcome:
    broke = _exception_in(result.exception_info)
    if broke is not None:
        return Outcome(rule, passed=False, broke=broke)
    found, passed = result.result, bool(result.success)
    measured = gx_results.measured(rule, result)
    if rule.type not in row_rules.TYPES:
        observed = _observed(found)
        return Outcome(rule, passed, observed=observed, measured=measured)
    return Outcome(
        rule,
        passed,
        failing=int(found["unexpected_count"]),
        judged=int(found["element_count"]) - int(found.get("missing_count") or 0),
        measured=measured,
    )


def _observed(measured: Mapping[str, Any]) -> str:
    """Put what a batch rule measured into words; of a set it is what was not there."""
    if "partial_missing_list" in measured:
        missing = sorted(measured["partial_missing_list"])
        more = measured["missing_count"] - len(missing)
        return f"none of {', '.join(missing)}" + (f" and {more} more" if more else "")
    return str(measured.get("observed_value"))


def _exception_in(info: Mapping[str, Any] | None) -> str | None:
    """Find what was raised; Great Expectations nests it by metric when it was in a metric."""
    if not info:
        return None
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    messages = [_exception_in(nested) for nested in info.values()]
    return next((message for message in messages if message is not None), None)
