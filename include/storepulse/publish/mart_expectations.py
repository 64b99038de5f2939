"""What we promise readers of the marts: one suite per model in `expectations/marts/`."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import duckdb
import pandas as pd
import yaml

from storepulse import sql_quoting
from storepulse.errors import PublishRefused

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent.pandas_datasource import PandasDatasource
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


def broken_promises(
    con: duckdb.DuckDBPyConnection, suites_dir: Path, marts: Sequence[str]
) -> Iterator[str]:
    """Judge the copied marts with their suites.

    Args:
        con: connection with the copy attached as `serving`.
        suites_dir: folder of `<model>.yaml` suites.
        marts: names of the marts that were copied.

    Yields:
        One sentence per critical expectation that does not hold. A warning that does not hold is
        logged and passes.

    Raises:
        PublishRefused: a suite's model is not among the marts, or there is no suite at all.
    """
    paths = sorted(suites_dir.glob("*.yaml"))
    if not paths:
        raise PublishRefused(
            f"no suite in {suites_dir}: nothing would be checked. Restore expectations/marts"
        )
    source = _pandas_source()
    for path in paths:
        suite = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem not in marts:
            raise PublishRefused(
                f"expected a mart {path.stem} ({path.name} promises it), got {', '.join(marts)}; "
                f"run `storepulse build`. Readers keep the last good marts"
            )
        rows = _columns_of_interest(con, path.stem, suite)
        yield from _broken_in(source, path.stem, suite, rows)


def _columns_of_interest(
    con: duckdb.DuckDBPyConnection, mart: str, suite: Mapping[str, Any]
) -> pd.DataFrame:
    """Read the columns the suite speaks of, decimals as doubles (GX converts them one by one)."""
    types = dict(
        con.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = 'serving' and table_name = ?",
            [mart],
        ).fetchall()
    )
    wanted = sorted({name for name in _names_in(suite["expectations"]) if name in types})
    cast = [
        f"{sql_quoting.name(name)}::double as {sql_quoting.name(name)}"
        if "DECIMAL" in types[name]
        else sql_quoting.name(name)
        for name in wanted
    ]
    return con.execute(
        f"select {', '.join(cast) or '1'} from serving.marts.{sql_quoting.name(mart)}"
    ).df()


def _names_in(expectations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for expectation in expectations:
        for key, value in expectation.get("kwargs", {}).items():
            if key.startswith("column"):
                yield from [value] if isinstance(value, str) else value
            if key == "row_condition":
                yield value["column"]["name"]


def _pandas_source() -> "PandasDatasource":
    # Importing Great Expectations takes seconds and a quarter of a gigabyte, and it tells about
    # its own insides, hundreds of lines of them, at level INFO.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("serving")


def _broken_in(
    source: "PandasDatasource", mart: str, suite: Mapping[str, Any], rows: pd.DataFrame
) -> Iterator[str]:
    import great_expectations as gx

    asset = source.add_dataframe_asset(mart)
    batch = asset.add_batch_definition_whole_dataframe("all rows").get_batch({"dataframe": rows})
    verdict = batch.validate(gx.ExpectationSuite(**suite), result_format="BASIC")
    severities = {rule["meta"]["id"]: rule["severity"] for rule in suite["expectations"]}
    for result in verdict.results:
        # A result always carries the rule it judged.
        rule = cast("ExpectationConfiguration", result.expectation_config).meta or {}
        if result.success:
            continue
        said = f"marts.{mart} breaks {rule['id']} ({rule['why']}): got {_got(result)}"
        if severities[rule["id"]] == "critical":
            yield said
        else:
            logger.warning("%s", said)


def _got(result: "ExpectationValidationResult") -> str:
    raised = [
        info["exception_message"]
        for info in _exceptions(result.exception_info)
        if info.get("raised_exception")
    ]
    if raised:
        return f"an error instead of a verdict: {raised[0]}"
    found = result.result
    if "unexpected_count" in found:
        examples = [str(value) for value in found.get("partial_unexpected_list", [])[:3]]
        return f"{found['unexpected_count']} rows against it, such as {', '.join(examples)}"
    return str(found.get("observed_value"))


def _exceptions(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "raised_exception" in info:
        return [info]
    return [entry for entry in info.values() if isinstance(entry, Mapping)]
