"""The gate: Great Expectations judges a window by its suite.

It works on pandas frames that hold only the columns some rules share, one after the other, so the
memory needed is that of the widest rule and not of the feed. Importing Great Expectations takes
seconds and a quarter of a gigabyte, so it happens in the functions that need it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb

from storepulse.feeds import ColumnType
from storepulse.validate import casting, row_rules, sql_text
from storepulse.validate.rules import Outcome, Rule

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent.pandas_datasource import PandasDatasource

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
    source = _pandas_source()
    found: dict[str, Outcome] = {}
    by_columns = sorted(rules, key=lambda rule: sorted(rule.columns))
    for number, (names, group) in enumerate(
        groupby(by_columns, key=lambda rule: sorted(rule.columns))
    ):
        rows = con.execute(f"select {_selected(names, columns)} from {table}").df()
        for outcome in _outcomes(source, f"group {number}", rows, list(group)):
            found[outcome.rule.id] = outcome
    return [found[rule.id] for rule in rules]


def _selected(names: Sequence[str], columns: Mapping[str, ColumnType]) -> str:
    selected = [f"{_for_pandas(name, columns[name])} as {sql_text.name(name)}" for name in names]
    return ", ".join(selected) or "true as present"


def _for_pandas(column: str, of: ColumnType) -> str:
    """Give Great Expectations the types it compares whole columns of; others it walks in Python."""
    name = sql_text.name(column)
    if casting.is_number(of):
        return f"cast({name} as double)"
    if of in {"timestamp", "date"}:
        # The case keeps nulls: least and greatest would pass over them.
        clamped = f"least(greatest(cast({name} as timestamp), {_EARLIEST}), {_LATEST})"
        return f"case when {name} is not null then cast({clamped} as timestamp_ns) end"
    return name


def _pandas_source() -> "PandasDatasource":
    # At level INFO it tells hundreds of lines about its own insides.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("landed")


def _outcomes(
    source: "PandasDatasource", asset_name: str, rows: "pd.DataFrame", rules: Sequence[Rule]
) -> Iterator[Outcome]:
    import great_expectations as gx
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = []
    for rule in rules:
        written = ExpectationConfiguration(
            type=rule.type, kwargs=dict(rule.kwargs), meta={"id": rule.id}
        )
        try:
            expectations.append(written.to_domain_obj())
        except (ValueError, TypeError, GreatExpectationsError) as refused:
            yield Outcome(rule, passed=False, broke=str(refused))
    suite = gx.ExpectationSuite(name=asset_name, expectations=expectations)
    definition = source.add_dataframe_asset(asset_name).add_batch_definition_whole_dataframe("all")
    verdict = definition.get_batch({"dataframe": rows}).validate(suite, result_format="BASIC")
    by_id = {rule.id: rule for rule in rules}
    for result in verdict.results:
        meta = result.expectation_config.meta if result.expectation_config else None
        yield _outcome(by_id[(meta or {})["id"]], result)


def _outcome(rule: Rule, result: "ExpectationValidationResult") -> Outcome:
    broke = _exception_in(result.exception_info)
    if broke is not None:
        return Outcome(rule, passed=False, broke=broke)
    measured = result.result
    if rule.type not in row_rules.TYPES:
        observed = str(measured.get("observed_value"))
        return Outcome(rule, passed=bool(result.success), observed=observed)
    return Outcome(
        rule,
        passed=bool(result.success),
        failing=int(measured["unexpected_count"]),
        judged=int(measured["element_count"]) - int(measured.get("missing_count") or 0),
    )


def _exception_in(info: Mapping[str, Any] | None) -> str | None:
    """Find what was raised; Great Expectations nests it by metric when it was in a metric."""
    if not info:
        return None
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    messages = [_exception_in(nested) for nested in info.values()]
    return next((message for message in messages if message is not None), None)
