"""DAG runs in processes of their own, as a scheduler's executor would start them.

Each run has a new process, so that no state passes from one run to the next and its memory is freed
at the end. All are forked from one that has imported what they need (see `preloaded`), which takes
ten seconds once instead of each time. That one is started by Python's forkserver and has no
threads, unlike the process that requests runs.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from storepulse_local import airflow_runs
from storepulse_local.airflow_runs import OnTaskStart, Returned, RunFailed
from storepulse_local.environment import airflow_environment


class DagProcesses:
    """Runs DAGs of this project, each in its own process; may be called from several threads.

    Args:
        home: folder of Airflow's database and logs; kept, so that the next start is faster.
    """

    def __init__(self, home: Path) -> None:
        os.environ.update(airflow_environment(home))
        self._home = home
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([f"{__package__}.preloaded"])

    def prepare(self) -> None:
        """Import everything and create Airflow's database; returns when both are done."""
        self._in_a_process(airflow_runs.prepare_database, (self._home,), _ignore)

    def run(
        self,
        dag_id: str,
        params: Mapping[str, Any],
        environment: Mapping[str, str],
        on_task_start: OnTaskStart,
    ) -> Returned:
        """Run one DAG to its end; see `airflow_runs.run`.

        Raises:
            RunFailed: a task failed, or the process did.
        """
        arguments = (dag_id, dict(params), dict(environment))
        return self._in_a_process(airflow_runs.run, arguments, on_task_start)

    def _in_a_process(
        self,
        work: Callable[..., Returned],
        arguments: tuple[Any, ...],
        on_task_start: OnTaskStart,
    ) -> Returned:
        ours, theirs = self._context.Pipe(duplex=False)
        # A daemon, so that it ends with this process.
        process = self._context.Process(target=_work, args=(theirs, work, arguments), daemon=True)
        process.start()
        theirs.close()
        with closing(ours):
            try:
                while True:
                    kind, message = ours.recv()
                    if kind == "returned":
                        return dict(message)
                    if kind == "failed":
                        raise RunFailed(message)
                    on_task_start(message)
            except EOFError:
                process.join()
                raise RunFailed(
                    f"{arguments[0]}: its process ended unexpectedly, exit code {process.exitcode}"
                ) from None
            finally:
                process.join()


def _work(
    connection: Connection, work: Callable[..., Returned], arguments: tuple[Any, ...]
) -> None:
    """Do the work in this process and send its result to the process that requested it."""
    try:
        returned = work(*arguments, lambda name: connection.send(("started", name)))
    except RunFailed as failure:
        connection.send(("failed", str(failure)))
    else:
        connection.send(("returned", returned))


def _ignore(_: str) -> None:
    pass
