"""`make run`: a simulated shop's history and its last day through the real DAGs, in one process.

Airflow's own words go to `<home>/logs/demo.log`; the terminal shows what is being done and, at the
end, what came of it.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import FileLock, Timeout
from rich.console import Console
from rich.status import Status

from shop_simulator.errors import SimulatorError
from shop_simulator.server import serving
from storepulse.errors import StorepulseError
from storepulse.settings import Settings
from storepulse.windows import Window
from storepulse_local import shop, standalone
from storepulse_local.airflow_runs import DagRunner, RunFailed
from storepulse_local.summary import Results, print_summary

INGEST = ("ingest_orders", "ingest_traffic", "ingest_inventory", "ingest_competitor_prices")


def main(
    home: Annotated[
        Path | None,
        typer.Option(help="Folder for everything that is written.", show_default="STOREPULSE_HOME"),
    ] = None,
    scale: Annotated[float, typer.Option(help="1 is about 60 orders per store and day.")] = 1.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the summary only.")] = False,
) -> None:
    """Run a simulated shop's history and its last day through the real DAGs, in one process."""
    home = (home or Settings().home).resolve()
    os.environ |= {"STOREPULSE_HOME": str(home), "STOREPULSE_SOURCE": "demo_shop"}
    log = home / "logs" / "demo.log"
    with _terminal_apart_from(log) as console:
        try:
            with _alone_in(home):
                results = run(home, scale, Steps(console, is_silent=quiet))
        except (RunFailed, StorepulseError, SimulatorError) as error:
            console.print(
                f"[bold red]The demo stopped.[/] {type(error).__name__}:", highlight=False
            )
            console.print(str(error), markup=False, highlight=False, soft_wrap=True)
            console.print(f"Everything Airflow said is in {log}", highlight=False)
            raise typer.Exit(1) from error
        print_summary(console, Settings(), results)


class Steps:
    """Shows one step at a time: a spinner while it lasts, a line with its seconds afterwards."""

    def __init__(self, console: Console, *, is_silent: bool) -> None:
        self._console = console
        self._is_silent = is_silent
        self._status: Status | None = None
        self._text = ""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show what is going on for as long as the block runs."""
        begun, self._text = time.monotonic(), text
        if self._is_silent:
            yield
            return
        with self._console.status(text) as self._status:
            yield
        self._status = None
        self._console.print(f"{text:<60}{time.monotonic() - begun:6.1f} s")

    def tell(self, detail: str) -> None:
        """Show a detail of the running step."""
        if self._status:
            self._status.update(f"{self._text}: {detail}")


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
    # The shop lives in a process of its own, so that two processors have something to do.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as beside:
        made = beside.submit(shop.make_history, home / "shop", scale)
        with steps.step("start Airflow in this process"):
            runner = DagRunner(home / "airflow", steps.tell)
            _import_early()
        with steps.step("make the simulated shop's history"):
            world = made.result()
        with serving(world.home) as endpoints:
            os.environ |= endpoints.as_environment()
            _ingest(runner, shop.HISTORY, "history", steps)
            lived = beside.submit(shop.live_through_last_day, world.home, scale)
            first = _build_and_watch(runner, "history", steps)
            with steps.step("let the shop live through its last day"):
                lived.result()
            _ingest(runner, shop.LAST_DAY, "last day", steps)
            last = _build_and_watch(runner, "last day", steps)
    return Results(
        window=Window(shop.HISTORY.start, shop.LAST_DAY.end),
        built=last["transform"],
        published=last["publish"],
        watched={name: first["watch"][name] + count for name, count in last["watch"].items()},
        report=Path(last["report"]),
        seconds=time.monotonic() - begun,
    )


def _import_early() -> None:
    """Import what the tasks will, while the shop is still being made beside us."""
    for module in ("great_expectations", "storepulse.transform", "storepulse.report"):
        import_module(module)


def _ingest(runner: DagRunner, window: Window, name: str, steps: Steps) -> None:
    bounds = {
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
    }
    for dag_id in INGEST:
        with steps.step(f"{name}: {dag_id}"):
            runner.run(dag_id, bounds)


def _build_and_watch(runner: DagRunner, name: str, steps: Steps) -> dict[str, Any]:
    """Run what the assets would start, in their order.

    Returns:
        What each task returned.
    """
    returned: dict[str, Any] = {}
    for dag_id in ("build_marts", "watch_kpis"):
        with steps.step(f"{name}: {dag_id}"):
            returned |= {task: values[0] for task, values in runner.run(dag_id, {}).items()}
    return returned


@contextmanager
def _alone_in(home: Path) -> Iterator[None]:
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
            yield Console(file=terminal, highlight=False)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, original in enumerate(kept, start=1):
                os.dup2(original, descriptor)
                os.close(original)


if __name__ == "__main__":
    typer.run(main)
