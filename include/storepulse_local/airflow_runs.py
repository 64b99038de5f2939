"""Run one of the project's real DAGs in this process, without a scheduler.

Assets trigger nothing here, so the caller runs the DAGs in order. Everything else is Airflow's own:
DAG parsing, parameters, task mapping, XCom, callbacks.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from storepulse.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

OnTaskStart = Callable[[str], None]
# Values by task id, one per mapped instance.
Returned = dict[str, list[Any]]


class RunFailed(Exception):
    """Raised when a DAG run does not succeed; names the task and its error."""


@dataclass
class _Watcher:
    """Listens to tasks as they start and fail; Airflow keeps no error once a task has ended."""

    on_task_start: OnTaskStart
    failures: list[str] = field(default_factory=list)

    def listen(self) -> None:
        from airflow.listeners import hookimpl
        from airflow.sdk.listener import get_listener_manager

        watcher = self

        class Listener:
            @hookimpl
            def on_task_instance_running(self, task_instance: "RuntimeTaskInstance") -> None:
                watcher.on_task_start(_name(task_instance))

            @hookimpl
            def on_task_instance_failed(
                self, task_instance: "RuntimeTaskInstance", error: object
            ) -> None:
                kind = f"{type(error).__name__}: " if isinstance(error, BaseException) else ""
                watcher.failures.append(f"{_name(task_instance)}: {kind}{error}")

        get_listener_manager().add_listener(Listener())  # type: ignore[no-untyped-call]


def prepare_database(home: Path, _: OnTaskStart) -> Returned:
    """Create Airflow's small database, unless it is there, and register every DAG.

    A run would register its DAG too, but two runs at a time would collide.
    """
    from airflow import __version__
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    from airflow.utils import db

    stamp = home / f"database-of-{__version__}"
    if not stamp.exists():
        home.mkdir(parents=True, exist_ok=True)
        db.initdb()
        stamp.touch()
    _find_plugins()
    bundles = DagBundlesManager()  # type: ignore[no-untyped-call]
    bundles.sync_bundles_to_db()
    for bundle in bundles.get_all_dag_bundles():
        bundle.initialize()
        bag = BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        sync_bag_to_db(bag, bundle.name, bundle.version)
    return {}


def run(
    dag_id: str,
    params: Mapping[str, Any],
    environment: Mapping[str, str],
    on_task_start: OnTaskStart,
) -> Returned:
    """Run one DAG to its end.

    Args:
        dag_id: also the name of its file.
        params: as a person would give them when triggering it.
        environment: variables that its tasks need in addition to those of this process.
        on_task_start: called with the name of each task as it starts.

    Returns:
        What each task returned, by task id; one value per mapped instance.

    Raises:
        RunFailed: a task failed. It is not retried, because the caller is waiting.
    """
    os.environ.update(environment)
    _find_plugins()
    watcher = _Watcher(on_task_start)
    watcher.listen()
    dag = _parsed(dag_id)
    for task in dag.tasks:
        task.retries = 0
    dag_run = dag.test(logical_date=None, run_conf=dict(params))
    if dag_run.state != "success":
        reasons = "\n".join(watcher.failures) or "no task reported an error"
        raise RunFailed(f"{dag_id} ended as {dag_run.state}.\n{reasons}")
    return _returned(dag_id, dag_run.run_id)


def _find_plugins() -> None:
    """Add Airflow's plugin folders to the path, which multiprocessing took from the parent."""
    from airflow.settings import prepare_syspath_for_config_and_plugins

    prepare_syspath_for_config_and_plugins()  # type: ignore[no-untyped-call]


def _parsed(dag_id: str) -> "DAG":
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=PROJECT_ROOT / "dags" / f"{dag_id}.py")
    for file, error in bag.import_errors.items():
        raise RunFailed(f"{file} cannot be imported: {error}")
    return bag.dags[dag_id]


def _name(task_instance: "RuntimeTaskInstance") -> str:
    member = getattr(task_instance, "rendered_map_index", None)
    task_id = task_instance.task_id.split(".")[-1]
    return f"{task_instance.dag_id}.{task_id}" + (f" [{member}]" if member else "")


def _returned(dag_id: str, run_id: str) -> Returned:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    returned: Returned = {}
    with create_session() as session:
        found = XComModel.get_many(run_id=run_id, dag_ids=dag_id, key="return_value")
        for row in cast("Iterable[XComModel]", session.scalars(found)):
            returned.setdefault(row.task_id, []).append(XComModel.deserialize_value(row))
    return returned
