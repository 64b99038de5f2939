"""DAG runs in processes of their own, as a scheduler's executor would start them.

Each run's process is new, so nothing of one run reaches the next and its memory goes back at its
end. All are forked from one that has imported what they need (see `preloaded`): ten seconds once
instead of each time. That one is started by Python's forkserver and has no threads, unlike the
process that asks for runs.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from storepulse_local import airflow_runs
from storepulse_local.airflow_runs import Returned, RunFailed, Told
from storepulse_local.environment import airflow_environment


class DagProcesses:
    """Runs DAGs of this project, each in its own process; may be called from several threads.

    Args:
        home: folder of Airflow's database and logs; kept, so that the next start is quicker.
    """

    def __init__(self, home: Path) -> None:
        os.environ.update(airflow_environment(home))
        self._home = home
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([f"{__package__}.preloaded"])

    def prepare(self) -> None:
        """Import everything and make Airflow's database; returns when both are done."""
        self._in_a_process(airflow_runs.prepare_database, (self._home,), _say_nothing)

    def run(
        self, dag_id: str, params: Mapping[str, Any], environment: Mapping[str, str], told: Told
    ) -> Returned:
        """Run one DAG to its end; see `airflow_runs.run`.

        Raises:
            RunFailed: a task failed, or the process did.
        """
        arguments = (dag_id, dict(params), dict(environment))
        return self._in_a_process(airflow_runs.run, arguments, told)

    def _in_a_process(
        self, work: Callable[..., Returned], arguments: tuple[Any, ...], told: Told
    ) -> Returned:
        ours, theirs = self._context.Pipe(duplex=False)
        # A daemon, so that it ends with whoever waits for it.
        process = self._context.Process(target=_work, args=(theirs, work, arguments), daemon=True)
        process.start()
        theirs.close()
        with closing(ours):
            try:
                while True:
                    kind, said = ours.recv()
                    if kind == "returned":
                        return dict(said)
                    if kind == "failed":
                        raise RunFailed(said)
                    told(said)
            except EOFError:
                process.join()
                raise RunFailed(
                    f"{arguments[0]}: its process ended by itself, exit code {process.exitcode}"
                ) from None
            finally:
                process.join()


def _work(
    connection: Connection, work: Callable[..., Returned], arguments: tuple[Any, ...]
) -> None:
    """Do one piece of work in this process and report to the one that asked for it."""
    try:
        returned = work(*arguments, lambda name: connection.send(("started", name)))
    except RunFailed as failure:
        connection.send(("failed", str(failure)))
    else:
        connection.send(("returned", returned))


def _say_nothing(_: str) -> None:
    pass
