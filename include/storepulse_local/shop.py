"""The demo's shop: the simulated days and incidents.

The demo's "today" is fixed, so that its results are the same on every machine and in every year.
"""

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shop_simulator.cli import serve
from shop_simulator.serving.server import Endpoints, serving
from shop_simulator.setting.incidents import DEMO_INCIDENTS
from shop_simulator.world import World, make
from storepulse.settings import Settings
from storepulse.windows import Window

SEED = 7
HISTORY = Window.from_iso("2026-09-01", "2026-11-22")
# Thirty hours: at their end 22 November is over in New York too.
LAST_DAY = Window.from_iso("2026-11-22", "2026-11-23T06:00")


def make_history(home: Path, scale: float) -> World:
    """Simulate the shop until the morning of its last day.

    A shop that is already past that day is simulated again from the start: its database no longer
    has the values overwritten since, so landing its history again would lose the older versions.
    """
    return _made_until(home, HISTORY.end, scale)


def live_through_last_day(home: Path, scale: float) -> World:
    """Simulate the last day: orders are paid, cancelled and refunded, new ones are placed."""
    return _made_until(home, LAST_DAY.end, scale)


def _made_until(home: Path, until: datetime, scale: float) -> World:
    return make(home, HISTORY.start, until, SEED, scale, incidents=DEMO_INCIDENTS)


class ShopProcess:
    """The shop in a process of its own, which simulates it and serves its connections.

    Args:
        process: executor with one worker process.
        home: the shop's folder.
        scale: of its traffic.
    """

    def __init__(self, process: Executor, home: Path, scale: float) -> None:
        self._process = process
        self._home = home
        self._scale = scale

    def make_history(self) -> "Future[World]":
        """Start `make_history`."""
        return self._process.submit(make_history, self._home, self._scale)

    def live_through_last_day(self) -> "Future[World]":
        """Start `live_through_last_day`; the connections stay open meanwhile."""
        return self._process.submit(live_through_last_day, self._home, self._scale)

    def open_connections(self) -> Endpoints:
        """Serve the shop's data until the context is left."""
        return self._process.submit(_open_connections, self._home).result()


@contextmanager
def in_a_process(home: Path, scale: float) -> Iterator[ShopProcess]:
    """Start a process for the shop, which ends with the block."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        try:
            yield ShopProcess(process, home, scale)
        finally:
            # A broken process has no open connections.
            with suppress(BrokenExecutor):
                process.submit(_close_connections).result()


# Used in the shop's process only.
_connections = ExitStack()


def _open_connections(home: Path) -> Endpoints:
    return _connections.enter_context(serving(home))


def _close_connections() -> None:
    _connections.close()


def main(
    port: Annotated[int, typer.Option(help="Loopback port; 0 takes a free one.")] = 0,
    scale: Annotated[float, typer.Option(help="1 is about 60 orders per store and day.")] = 1.0,
) -> None:
    """Serve the demo's shop until Ctrl-C; its output can be pasted into .env."""
    home = Settings().home / "shop"
    with Console(stderr=True).status("simulating the shop"):
        live_through_last_day(home, scale)
    serve(home, port)


if __name__ == "__main__":
    typer.run(main)
