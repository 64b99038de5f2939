"""The demo's shop: which days it lives through and what goes wrong in it.

The demo's "today" is fixed, so that it tells the same story on every machine and in every year.
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
from shop_simulator.incidents import DEMO_INCIDENTS
from shop_simulator.server import Endpoints, serving
from shop_simulator.world import World, make
from storepulse.settings import Settings
from storepulse.windows import Window

SEED = 7
HISTORY = Window.from_iso("2026-09-01", "2026-11-22")
# Thirty hours: at their end 22 November is over in New York too.
LAST_DAY = Window.from_iso("2026-11-22", "2026-11-23T06:00")


def make_history(home: Path, scale: float) -> World:
    """Make the shop as it was on the morning of its last day.

    One that has lived through that day is made anew: its database no longer knows what has been
    overwritten since, so that landing its history again would lose the older versions.
    """
    return _made_until(home, HISTORY.end, scale)


def live_through_last_day(home: Path, scale: float) -> World:
    """Move the shop's clock on: orders are paid, cancelled and refunded, new ones come in."""
    return _made_until(home, LAST_DAY.end, scale)


def _made_until(home: Path, until: datetime, scale: float) -> World:
    return make(home, HISTORY.start, until, SEED, scale, incidents=DEMO_INCIDENTS)


class ShopBeside:
    """The shop in a process of its own, where it lives and keeps its doors open.

    Args:
        process: runs what it is given, one thing after the other.
        home: the shop's folder.
        scale: of its traffic.
    """

    def __init__(self, process: Executor, home: Path, scale: float) -> None:
        self._process = process
        self._home = home
        self._scale = scale

    def make_history(self) -> "Future[World]":
        """Begin with `make_history`."""
        return self._process.submit(make_history, self._home, self._scale)

    def live_through_last_day(self) -> "Future[World]":
        """Begin with `live_through_last_day`; the doors stay open meanwhile."""
        return self._process.submit(live_through_last_day, self._home, self._scale)

    def open_doors(self) -> Endpoints:
        """Serve what was made until the shop is left."""
        return self._process.submit(_open_doors, self._home).result()


@contextmanager
def beside(home: Path, scale: float) -> Iterator[ShopBeside]:
    """Start a process for the shop, which ends with the block."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        try:
            yield ShopBeside(process, home, scale)
        finally:
            # A process that broke has no doors.
            with suppress(BrokenExecutor):
                process.submit(_close_doors).result()


# Of the process that the shop lives in.
_doors = ExitStack()


def _open_doors(home: Path) -> Endpoints:
    return _doors.enter_context(serving(home))


def _close_doors() -> None:
    _doors.close()


def main(
    port: Annotated[int, typer.Option(help="Loopback port; 0 takes a free one.")] = 0,
    scale: Annotated[float, typer.Option(help="1 is about 60 orders per store and day.")] = 1.0,
) -> None:
    """Serve the demo's shop until Ctrl-C; what it prints may be put into .env."""
    home = Settings().home / "shop"
    with Console(stderr=True).status("making the shop"):
        live_through_last_day(home, scale)
    serve(home, port)


if __name__ == "__main__":
    typer.run(main)
