"""Run the project's real DAGs in this process, one after the other, without a scheduler.

Assets start nothing here, so the caller keeps the order. Everything else is Airflow's own: DAG
parsing, parameters, task mapping, XCom, callbacks.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from storepulse.settings import PROJECT_ROOT
from storepulse_local.environment import airflow_environment

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

Told = Callable[[str], None]


class RunFailed(Exception):
    """Raised when a DAG run does not succeed; says which task and in which words."""


@dataclass
class _Watcher:
    """Listens to tasks as they start and fail; Airflow keeps no error once a task has ended."""

    told: Told
    failures: list[str] = field(default_factory=list)

    def listen(self) -> None:
        from airflow.listeners import hookimpl
        from airflow.sdk.listener import get_listener_manager

        watcher = self

        class Listener:
            @hookimpl
            def on_task_instance_running(self, task_instance: "RuntimeTaskInstance") -> None:
                watcher.told(_name(task_instance))

            @hookimpl
            def on_task_instance_failed(
                self, task_instance: "RuntimeTaskInstance", error: object
            ) -> None:
                kind = f"{type(error).__name__}: " if isinstance(error, BaseException) else ""
                watcher.failures.append(f"{_name(task_instance)}: {kind}{error}")

        get_listener_manager().add_listener(Listener())  # type: ignore[no-untyped-call]


class DagRunner:
    """Airflow in one process, with its own small database.

    Args:
        home: folder for that database; kept, so that the next start is quicker.
        told: is given the name of each task as it starts.
    """

    def __init__(self, home: Path, told: Told) -> None:
        os.environ.update(airflow_environment(home))
        self._prepare_database(home)
        self._watcher = _Watcher(told)
        self._watcher.listen()

    def run(self, dag_id: str, params: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Run one DAG to its end.

        Args:
            dag_id: also the name of its file.
            params: as a person would give them when triggering it.

        Returns:
            What each task returned, by task id; one value per mapped instance.

        Raises:
            RunFailed: a task failed. It is not tried again: who runs this waits for the answer.
        """
        dag = _parsed(dag_id)
        for task in dag.tasks:
            task.retries = 0
        self._watcher.failures.clear()
        dag_run = dag.test(logical_date=None, run_conf=dict(params))
        if dag_run.state != "success":
            reasons = "\n".join(self._watcher.failures) or "no task says why"
            raise RunFailed(f"{dag_id} ended as {dag_run.state}.\n{reasons}")
        return _returned(dag_id, dag_run.run_id)

    def _prepare_database(self, home: Path) -> None:
        from airflow import __version__
        from airflow.utils import db

        stamp = home / f"database-of-{__version__}"
        if not stamp.exists():
            home.mkdir(parents=True, exist_ok=True)
            db.initdb()
            stamp.touch()


def _parsed(dag_id: str) -> "DAG":
    """Parse a DAG's file anew: in one process, Airflow leaves a run's parameters in the DAG."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=PROJECT_ROOT / "dags" / f"{dag_id}.py")
    for file, error in bag.import_errors.items():
        raise RunFailed(f"{file} cannot be imported: {error}")
    return bag.dags[dag_id]


def _name(task_instance: "RuntimeTaskInstance") -> str:
    member = getattr(task_instance, "rendered_map_index", None)
    task_id = task_instance.task_id.split(".")[-1]
    return f"{task_instance.dag_id}.{task_id}" + (f" [{member}]" if member else "")


def _returned(dag_id: str, run_id: str) -> dict[str, list[Any]]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    returned: dict[str, list[Any]] = {}
    with create_session() as session:
        found = XComModel.get_many(run_id=run_id, dag_ids=dag_id, key="return_value")
        for row in cast("Iterable[XComModel]", session.scalars(found)):
            returned.setdefault(row.task_id, []).append(XComModel.deserialize_value(row))
    return returned
