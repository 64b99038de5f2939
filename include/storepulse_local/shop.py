"""The demo's shop: which days it lives through and what goes wrong in it.

The demo's "today" is fixed, so that it tells the same story on every machine and in every year.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shop_simulator.cli import serve
from shop_simulator.incidents import DEMO_INCIDENTS
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
