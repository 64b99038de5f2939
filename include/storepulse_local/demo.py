"""`make run`: a simulated shop's history and its last day through the real DAGs.

Airflow's output goes to `<home>/logs/demo.log`; the terminal shows the steps and, at the end, a
summary of the results.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import FileLock, Timeout
from rich.console import Console

from shop_simulator.errors import SimulatorError
from storepulse.cli.console import WIDTH_OF_A_PIPE
from storepulse.errors import StorepulseError
from storepulse.settings import Settings
from storepulse.windows import Window
from storepulse_local import shop, standalone
from storepulse_local.airflow_runs import Returned, RunFailed
from storepulse_local.dag_processes import DagProcesses
from storepulse_local.steps import Steps
from storepulse_local.summary import Results, print_summary

INGEST = (
    "ingest_orders",
    "ingest_traffic",
    "ingest_inventory",
    "ingest_competitor_prices",
    "ingest_fulfilment",
    "ingest_marketing",
    "ingest_finance",
    "ingest_service",
)


def main(
    home: Annotated[
        Path | None,
        typer.Option(help="Folder for all output.", show_default="STOREPULSE_HOME"),
    ] = None,
    scale: Annotated[float, typer.Option(help="1 is about 60 orders per store and day.")] = 1.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the summary only.")] = False,
) -> None:
    """Run a simulated shop's history and its last day through the real DAGs."""
    home = (home or Settings().home).resolve()
    os.environ |= {"STOREPULSE_HOME": str(home), "STOREPULSE_SOURCE": "demo_shop"}
    log = home / "logs" / "demo.log"
    with _terminal_without_logs(log) as console:
        try:
            with _only_run_in(home):
                results = run(home, scale, Steps(console, is_silent=quiet))
        except (RunFailed, StorepulseError, SimulatorError) as error:
            console.print(
                f"[bold red]The demo stopped.[/] {type(error).__name__}:", highlight=False
            )
            console.print(str(error), markup=False, highlight=False, soft_wrap=True)
            console.print(f"Airflow's full output is in {log}", highlight=False)
            raise typer.Exit(1) from error
        print_summary(console, Settings(), results)


def run(home: Path, scale: float, steps: Steps) -> Results:
    """Run the demo once.

    Args:
        home: value of `STOREPULSE_HOME`.
        scale: of the shop's traffic.
        steps: shows the progress.

    Raises:
        RunFailed: a DAG run failed; its message names DAG, task and error.
    """
    begun = time.monotonic()
    processes = DagProcesses(home / "airflow")
    with shop.in_a_process(home / "shop", scale) as simulated:
        history = simulated.make_history()
        with steps.step("start Airflow"):
            processes.prepare()
        with steps.step("simulate the shop's history"):
            history.result()
        dags = _Dags(processes, simulated.open_connections().as_environment(), steps)
        dags.ingest(shop.HISTORY, "history", at_a_time=2)
        # As under a scheduler, the next window is ingested while the marts are being built.
        with ThreadPoolExecutor(1) as meanwhile:
            ingested = meanwhile.submit(_ingest_last_day, simulated, dags, steps)
            first = dags.build_and_watch("history")
            ingested.result()
        last = dags.build_and_watch("last day")
    return Results(
        window=Window(shop.HISTORY.start, shop.LAST_DAY.end),
        built=last["transform"],
        published=last["publish"],
        watched={name: first["watch"][name] + count for name, count in last["watch"].items()},
        report=Path(last["report"]),
        seconds=time.monotonic() - begun,
    )


def _ingest_last_day(simulated: shop.ShopProcess, dags: "_Dags", steps: Steps) -> None:
    with steps.step("simulate the shop's last day"):
        simulated.live_through_last_day().result()
    # One at a time, because the other core is busy building.
    dags.ingest(shop.LAST_DAY, "last day", at_a_time=1)


@dataclass(frozen=True)
class _Dags:
    """The project's DAGs, and the shop's connections that their runs need."""

    processes: DagProcesses
    connections: Mapping[str, str]
    steps: Steps

    def ingest(self, window: Window, name: str, at_a_time: int) -> None:
        """Ingest a window of all feeds, in any order."""
        bounds = {"window_start": window.start.isoformat(), "window_end": window.end.isoformat()}
        pool = ThreadPoolExecutor(at_a_time)
        try:
            runs = [pool.submit(self._run, dag_id, bounds, name) for dag_id in INGEST]
            for ended in runs:
                ended.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def build_and_watch(self, name: str) -> dict[str, Any]:
        """Run the DAGs that assets would trigger, in their order.

        Returns:
            The return value of each task.
        """
        returned: dict[str, Any] = {}
        for dag_id in ("build_marts", "watch_kpis"):
            tasks = self._run(dag_id, {}, name)
            returned |= {task: values[0] for task, values in tasks.items()}
        return returned

    def _run(self, dag_id: str, params: Mapping[str, Any], name: str) -> Returned:
        text = f"{name}: {dag_id}"
        with self.steps.step(text):
            return self.processes.run(
                dag_id, params, self.connections, lambda task: self.steps.show_detail(text, task)
            )


@contextmanager
def _only_run_in(home: Path) -> Iterator[None]:
    """Refuse to share a folder with another demo, or with an Airflow that would run our tasks."""
    if standalone.running(home / "airflow"):
        raise RunFailed(f"Airflow is running in {home}; stop it first: make airflow-stop")
    lock = FileLock(home / ".demo.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout as error:
        raise RunFailed(f"another demo is running in {home}; wait for it to end") from error


@contextmanager
def _terminal_without_logs(log: Path) -> Iterator[Console]:
    """Redirect the output of all libraries to a file, and keep the terminal for our own.

    File descriptors are redirected, not `sys.stdout`, because Airflow and dbt keep references.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("ab") as file, os.fdopen(os.dup(1), "w", encoding="utf-8") as terminal:
        file.write(f"\n=== {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
        file.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            # A file or pipe has no width; without one, tables would be folded at eighty columns.
            yield Console(
                file=terminal, highlight=False, width=None if terminal.isatty() else WIDTH_OF_A_PIPE
            )
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, original in enumerate(kept, start=1):
                os.dup2(original, descriptor)
                os.close(original)


if __name__ == "__main__":
    typer.run(main)
