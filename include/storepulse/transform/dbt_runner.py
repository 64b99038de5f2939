"""Build the warehouse from what was accepted: staging, intermediate and marts, by dbt.

Only the days that newly accepted windows touch are rebuilt; the result is that of a full refresh.
dbt runs in this process, one build at a time on one warehouse file.
"""

import hashlib
import json
import logging
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg

from storepulse.errors import DiskFull, TransformFailed
from storepulse.lake import lineage
from storepulse.lake.atomic import clear_leftovers, is_disk_full
from storepulse.lake.locks import warehouse_lock
from storepulse.serving.catalog import read_kpis
from storepulse.settings import Settings
from storepulse.transform import as_of_export, build_plan
from storepulse.transform.build_warnings import BuildWarning, standing
from storepulse.transform.currency import reporting_currency
from storepulse.transform.warehouse import opened

if TYPE_CHECKING:
    from dbt.contracts.graph.nodes import GenericTestNode, ModelNode, SingularTestNode

logger = logging.getLogger(__name__)

# Formatting some thirty events a node, which nobody reads, took a sixth of a build. What matters
# comes through `_log_progress` and in the results; the SQL that ran is in the target folder.
_SILENT = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"]
# Rows kept with a warning: enough to see what they have in common.
_ROWS_KEPT = 20
# `meta` of a model or column: its name in the release before.
_RENAMED = "renamed_from"
_FAILED = {RunStatus.Error, TestStatus.Error, TestStatus.Fail}


@dataclass(frozen=True)
class BuildResult:
    """What a build did.

    Attributes:
        models: models and seeds built; 0 when nothing was new.
        tests: data tests run; each passed or warned.
        seconds: wall-clock time.
        days_rebuilt: days replaced in at least one fact.
        warnings: data tests that warned, and an as-of ledger that had to be read back; those of
            the last build when nothing was new.
    """

    models: int
    tests: int
    seconds: float
    days_rebuilt: int
    warnings: tuple[BuildWarning, ...] = ()


def build(
    settings: Settings,
    full: bool = False,
    tested: bool = True,
    without_ledger: bool = False,
    now: datetime | None = None,
) -> BuildResult:
    """Update the warehouse to what is accepted now.

    Args:
        settings: where accepted and the warehouse are.
        full: rebuild every day, for instance when the warehouse file is in doubt.
        tested: run the data tests too; without them it is `dbt run`, to compare builds.
        without_ledger: begin a new as-of ledger when the old one is lost.
        now: current time, aware; only windows that were taken back are compared with it.

    Raises:
        LedgerLost: the as-of ledger is lost, and `without_ledger` is not set.
        AnotherRunIsWriting: another build did not end within `settings.lock_timeout_seconds`.
        TransformFailed: a model or a test failed; its days are rebuilt by the next build.
        DiskFull: there was no room for the warehouse file.
    """
    started = time.monotonic()
    with warehouse_lock(settings):
        clear_leftovers(settings.warehouse)
        plan = build_plan.prepare(settings, full, without_ledger, now)
        if plan is None:
            logger.info("nothing new was accepted since the last build")
            seconds = time.monotonic() - started
            return BuildResult(0, 0, seconds, 0, standing(settings))
        scope = "all" if plan.full else "some"
        logger.info("rebuilding %s of %d days: %s", scope, len(plan.days), plan.reason)
        results = _run(settings, ["build", *_wanted(plan.full, tested)], plan.reporting_currency)
        warnings = (*_read_back(plan), *_warnings(settings, results))
        file = settings.warehouse_file
        as_of = as_of_export.export(settings, file, plan.compared_since)
        build_plan.finish(settings, plan, [warning.as_json() for warning in warnings], as_of)
        if plan.full:
            lineage.remember(settings, _models(results), _named_kpis(file))
    tests = [result for result in results if result.node.resource_type == NodeType.Test]
    for warning in warnings:
        logger.warning("%s", warning)
    seconds = time.monotonic() - started
    models = len(results) - len(tests)
    logger.info("built %d models, %d tests passed, %.1f s", models, len(tests), seconds)
    return BuildResult(models, len(tests), seconds, len(plan.days), warnings)


def _read_back(plan: build_plan.BuildPlan) -> tuple[BuildWarning, ...]:
    if plan.seed is None:
        return ()
    return (BuildWarning("as_of_ledger_read_back", plan.seed.about, plan.seed.rows),)


def _warnings(settings: Settings, results: list[RunResult]) -> tuple[BuildWarning, ...]:
    warned = [result for result in results if result.status == TestStatus.Warn]
    if not warned:
        return ()
    # As the build left it: dbt has closed the file, and the lock is still held.
    with opened(settings.warehouse_file) as warehouse:
        return tuple(_warning(warehouse, result) for result in warned)


def _warning(warehouse: duckdb.DuckDBPyConnection, result: RunResult) -> BuildWarning:
    node = cast("SingularTestNode | GenericTestNode", result.node)
    found = warehouse.execute(f"select * from ({node.compiled_code}\n) limit {_ROWS_KEPT}")
    columns = [column[0] for column in found.description or []]
    rows = tuple(
        ", ".join(f"{column}={value}" for column, value in zip(columns, row, strict=True))
        for row in found.fetchall()
    )
    about = " ".join(node.description.split())
    return BuildWarning(node.name, about, int(result.failures or 0), rows)


def _models(results: list[RunResult]) -> list[lineage.Node]:
    return [
        _as_node(result.node) for result in results if result.node.resource_type == NodeType.Model
    ]


def _as_node(model: "ModelNode") -> lineage.Node:
    former = {name: column.config.meta.get(_RENAMED) for name, column in model.columns.items()}
    return lineage.Node(
        name=model.name,
        parents=model.depends_on.nodes,
        sql=model.raw_code,
        renamed_from=model.config.meta.get(_RENAMED),
        renamed_columns={name: was for name, was in former.items() if was},
    )


def _named_kpis(file: Path) -> list[lineage.NamedKpi]:
    with opened(file) as warehouse:
        warehouse.execute("use marts")
        return [
            lineage.NamedKpi(kpi.name_en, kpi.feeds, kpi.is_mailed) for kpi in read_kpis(warehouse)
        ]


def _wanted(full: bool, tested: bool) -> list[str]:
    """Select what a build makes: after the first, only what can have changed.

    Views, and what is tagged `by_definition` with the tests of nothing else, follow from the
    definitions alone, and when those change the build is full.
    Unit tests belong to the project's own tests.
    """
    unwanted = ["unit_test"] if tested else ["unit_test", "test"]
    if full:
        return ["--full-refresh", "--exclude-resource-type", *unwanted]
    made = ["config.materialized:table", "config.materialized:incremental", "resource_type:test"]
    return [
        *("--select", *made, "--exclude-resource-type", *unwanted),
        # `cautious` leaves out a test only when all that it looks at is left out.
        *("--exclude", "tag:by_definition", "--indirect-selection", "cautious"),
        # While dbt writes one node's SQL, DuckDB runs another's. Only one at a time when all is
        # built: then a node may need all the memory there is.
        *("--threads", "2"),
    ]


def check_models(settings: Settings) -> int:
    """Run the models' unit tests: their logic, on rows written by hand.

    Args:
        settings: names a warehouse that was built at least once; only the types of its tables are
            read.

    Returns:
        How many ran.

    Raises:
        AnotherRunIsWriting: a build did not end within `settings.lock_timeout_seconds`.
        TransformFailed: a test failed; the message shows expected and actual rows.
    """
    with warehouse_lock(settings):
        tests = ["test", "--select", "test_type:unit"]
        return len(_run(settings, tests, reporting_currency(settings)))


def invoke(arguments: list[str]) -> dbtRunnerResult:
    """Run a dbt command in this process, and close the warehouse file whatever happens.

    Args:
        arguments: as on dbt's command line.

    Returns:
        Its outcome; a command that failed is one, too.
    """
    try:
        return dbtRunner(callbacks=[_log_progress]).invoke(arguments)
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _run(settings: Settings, command: list[str], currency: str) -> list[RunResult]:
    folder = settings.dbt_project_dir
    variables = {
        "warehouse_folder": str(settings.warehouse),
        "reporting_currency": currency,
        "reporting_currency_is_set": settings.reporting_currency is not None,
    }
    arguments = [
        *_SILENT,
        *command,
        *("--project-dir", str(folder), "--profiles-dir", str(folder)),
        *("--target-path", str(_dbt_folder(settings))),
        *("--log-path", str(_dbt_folder(settings) / "logs")),
        *("--vars", json.dumps(variables)),
    ]
    return _results(invoke(arguments))


def _dbt_folder(settings: Settings) -> Path:
    """Where dbt keeps its parsed state: a folder for each location of the project.

    dbt stores absolute paths; a project that was moved would look for its seeds where they were.
    """
    place = str(settings.dbt_project_dir.resolve())
    return settings.warehouse / "dbt" / hashlib.sha256(place.encode()).hexdigest()[:12]


def _log_progress(event: EventMsg) -> None:
    if event.info.name != "LogModelResult":
        return
    node = event.data.node_info
    level = logging.INFO if node.node_relation.schema == "marts" else logging.DEBUG
    logger.log(level, "%s: %s", node.node_name, event.data.status.lower())


def _results(outcome: dbtRunnerResult) -> list[RunResult]:
    if outcome.exception is not None:
        _raise_when_full(str(outcome.exception), outcome.exception)
        raise TransformFailed(
            f"dbt could not start: {outcome.exception}; fix that and build again"
        ) from outcome.exception
    results = list(outcome.result.results) if isinstance(outcome.result, RunExecutionResult) else []
    failed = [result for result in results if result.status in _FAILED]
    if failed or not outcome.success:
        failures = "\n".join(f"  {_failure(result)}" for result in failed)
        _raise_when_full(failures, None)
        raise TransformFailed(
            f"{len(failed)} of {len(results)} dbt nodes failed. Published marts stay as they are, "
            f"and the next build does these days again:\n{failures}\n"
            f"Fix the data or the model named first, then build again"
        )
    return results


def _failure(result: RunResult) -> str:
    message = " ".join((result.message or "").split())
    return f"{result.node.name} ({result.node.original_file_path}): {message}"


def _raise_when_full(message: str, cause: BaseException | None) -> None:
    if is_disk_full(RuntimeError(message)):
        raise DiskFull(
            f"no room for the warehouse file; free space there and build again ({message})"
        ) from cause
