"""The data contract of the marts: one suite per model in `expectations/marts/`."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from storepulse import sql_quoting
from storepulse.errors import PublishRefused
from storepulse.validate.suite import gx, suites
from storepulse.validate.suite.rules import Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

logger = logging.getLogger(__name__)


def failed_expectations(
    con: duckdb.DuckDBPyConnection, suites_dir: Path, marts: Sequence[str]
) -> Iterator[str]:
    """Validate the copied marts with their suites.

    Args:
        con: connection with the copy attached as `serving`.
        suites_dir: folder of `<model>.yaml` suites.
        marts: names of the marts that were copied.

    Yields:
        One sentence per critical expectation that fails. A failed warning is logged and passes.

    Raises:
        PublishRefused: a suite's model is not among the marts, or there is no suite at all.
        SuiteInvalid: a suite is not one.
    """
    paths = sorted(suites_dir.glob("*.yaml"))
    if not paths:
        raise PublishRefused(
            f"no suite in {suites_dir}: nothing would be checked. Restore expectations/marts"
        )
    frame = gx.whole_frame()
    for path in paths:
        if path.stem not in marts:
            raise PublishRefused(
                f"expected a mart {path.stem} ({path.name} expects it), got {', '.join(marts)}; "
                f"run `storepulse build`. Readers keep the last good marts"
            )
        rules = suites.read_rules(path)
        rows = _columns_of_interest(con, path.stem, rules)
        for rule, result in gx.results(frame, rows, rules):
            got = _got(result)
            if got is None:
                continue
            message = f"marts.{path.stem} breaks {rule.id} ({rule.why}): got {got}"
            if rule.severity == "critical":
                yield message
            else:
                logger.warning("%s", message)


def _columns_of_interest(
    con: duckdb.DuckDBPyConnection, mart: str, rules: Sequence[Rule]
) -> pd.DataFrame:
    """Read the columns that the suite names, decimals as doubles (GX converts them one by one)."""
    types = dict(
        con.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = 'serving' and schema_name = 'marts' and table_name = ?",
            [mart],
        ).fetchall()
    )
    wanted = sorted({name for rule in rules for name in _names_in(rule) if name in types})
    cast = [
        f"{sql_quoting.name(name)}::double as {sql_quoting.name(name)}"
        if "DECIMAL" in types[name]
        else sql_quoting.name(name)
        for name in wanted
    ]
    return con.execute(
        f"select {', '.join(cast) or '1'} from serving.marts.{sql_quoting.name(mart)}"
    ).df()


def _names_in(rule: Rule) -> Iterator[str]:
    yield from rule.columns
    condition = rule.kwargs.get("row_condition")
    if isinstance(condition, dict):
        yield condition["column"]["name"]


def _got(result: "ExpectationValidationResult | str") -> str | None:
    """What was found instead of what was expected; None if nothing was."""
    if isinstance(result, str):
        return f"an error instead of a result: {result}"
    if result.success:
        return None
    found = result.result
    if "unexpected_count" in found:
        examples = [str(value) for value in found.get("partial_unexpected_list", [])[:3]]
        return f"{found['unexpected_count']} rows against it, such as {', '.join(examples)}"
    return str(found.get("observed_value"))
