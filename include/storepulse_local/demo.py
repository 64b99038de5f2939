"""`make run`: a simulated shop's history and its last day through the real DAGs.

Airflow's own words go to `<home>/logs/demo.log`; the terminal shows what is being done and, at the
end, what came of it.
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
        typer.Option(help="Folder for everything that is written.", show_default="STOREPULSE_HOME"),
    ] = None,
    scale: Annotated[float, typer.Option(help="1 is about 60 orders per store and day.")] = 1.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the summary only.")] = False,
) -> None:
    """Run a simulated shop's history and its last day through the real DAGs."""
    home = (home or Settings().home).resolve()
    os.environ |= {"STOREPULSE_HOME": str(home), "STOREPULSE_SOURCE": "demo_shop"}
    log = home / "logs" / "demo.log"
    with _terminal_apart_from(log) as console:
        try:
            with _only_run_in(home):
                results = run(home, scale, Steps(console, is_silent=quiet))
        except (RunFailed, StorepulseError, SimulatorError) as error:
            console.print(
                f"[bold red]The demo stopped.[/] {type(error).__name__}:", highlight=False
            )
            console.print(str(error), markup=False, highlight=False, soft_wrap=True)
            console.print(f"Everything Airflow said is in {log}", highlight=False)
            raise typer.Exit(1) from error
        print_summary(console, Settings(), results)


def run(home: Path, scale: float, steps: Steps) -> Results:
    """Live through the demo once.

    Args:
        home: what `STOREPULSE_HOME` says.
        scale: of the shop's traffic.
        steps: is told what goes on.

    Raises:
        RunFailed: a DAG run failed; its message names DAG, task and error.
    """
    begun = time.monotonic()
    processes = DagProcesses(home / "airflow")
    with shop.beside(home / "shop", scale) as lives:
        made = lives.make_history()
        with steps.step("start Airflow"):
            processes.prepare()
        with steps.step("make the simulated shop's history"):
            made.result()
        dags = _Dags(processes, lives.open_doors().as_environment(), steps)
        dags.ingest(shop.HISTORY, "history", at_a_time=2)
        # As under a scheduler, the next window comes in while the marts are being built.
        with ThreadPoolExecutor(1) as meanwhile:
            came_in = meanwhile.submit(_take_in_last_day, lives, dags, steps)
            first = dags.build_and_watch("history")
            came_in.result()
        last = dags.build_and_watch("last day")
    return Results(
        window=Window(shop.HISTORY.start, shop.LAST_DAY.end),
        built=last["transform"],
        published=last["publish"],
        watched={name: first["watch"][name] + count for name, count in last["watch"].items()},
        report=Path(last["report"]),
        seconds=time.monotonic() - begun,
    )


def _take_in_last_day(lives: shop.ShopBeside, dags: "_Dags", steps: Steps) -> None:
    with steps.step("let the shop live through its last day"):
        lives.live_through_last_day().result()
    # The other processor is building.
    dags.ingest(shop.LAST_DAY, "last day", at_a_time=1)


@dataclass(frozen=True)
class _Dags:
    """The project's DAGs, and what their runs need to know of the shop."""

    processes: DagProcesses
    doors: Mapping[str, str]
    steps: Steps

    def ingest(self, window: Window, name: str, at_a_time: int) -> None:
        """Take in a window of all feeds; to none of them does it matter which one is first."""
        bounds = {"window_start": window.start.isoformat(), "window_end": window.end.isoformat()}
        pool = ThreadPoolExecutor(at_a_time)
        try:
            runs = [pool.submit(self._run, dag_id, bounds, name) for dag_id in INGEST]
            for ended in runs:
                ended.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def build_and_watch(self, name: str) -> dict[str, Any]:
        """Run what the assets would start, in their order.

        Returns:
            What each task returned.
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
                dag_id, params, self.doors, lambda task: self.steps.tell(text, task)
            )


@contextmanager
def _only_run_in(home: Path) -> Iterator[None]:
    """Refuse to share a folder with another demo, or with an Airflow that would take our tasks."""
    if standalone.running(home / "airflow"):
        raise RunFailed(f"Airflow is running out of {home}; stop it first: make airflow-stop")
    lock = FileLock(home / ".demo.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout as error:
        raise RunFailed(f"another demo is running in {home}; wait for it to end") from error


@contextmanager
def _terminal_apart_from(log: Path) -> Iterator[Console]:
    """Send whatever any library prints to a file, and keep the terminal for ourselves.

    File descriptors are exchanged, not `sys.stdout`: Airflow and dbt hold on to either.
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
            # a file or pipe has no width of its own; tables in it are not to be folded at eighty
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
