"""The command line: `shop-simulator make`, `serve` and `truth`."""

import json
import logging
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from shop_simulator.errors import SimulatorError, WorldInvalid
from shop_simulator.serving.server import serving
from shop_simulator.setting.incidents import DEMO_INCIDENTS, KINDS, Incident
from shop_simulator.world import make as make_world
from shop_simulator.world import read_world

commands = typer.Typer(
    no_args_is_help=True,
    help="Simulates three shops, their customers, their competitors and their incidents.",
)
console = Console()

Home = Annotated[Path, typer.Option(help="Folder of the world.")]
INCIDENT_HELP = (
    "Inject an incident: name@YYYY-MM-DD:store[:days], in local days. May be repeated. "
    f"Names: {', '.join(KINDS)}."
)


@commands.command()
def make(  # noqa: PLR0913, PLR0917 - one parameter per option
    home: Home,
    start: Annotated[str, typer.Option("--from", help="Beginning of history, ISO 8601, UTC.")],
    until: Annotated[str, typer.Option(help="The simulator's clock; later is not visible yet.")],
    seed: Annotated[int, typer.Option(help="Equal arguments make equal worlds.")] = 7,
    scale: Annotated[float, typer.Option(help="1 is about 60 orders per store and day.")] = 1.0,
    db_url: Annotated[
        str | None, typer.Option(help="Database to fill, SQLite or PostgreSQL; a file by default.")
    ] = None,
    incident: Annotated[list[str] | None, typer.Option(help=INCIDENT_HELP)] = None,
    demo_incidents: Annotated[
        bool, typer.Option("--demo-incidents", help="Add the three incidents of the demo.")
    ] = False,
) -> None:
    """Make a world, or move its clock on when only --until has grown.

    Does nothing when a world of the same arguments exists already.

        shop-simulator make --home var/shop --from 2026-09-01 --until 2026-11-23T06:00Z
    """
    begun = time.monotonic()
    chosen = [Incident.parse(text) for text in incident or []]
    chosen += DEMO_INCIDENTS if demo_incidents else []
    world = make_world(home, _moment(start), _moment(until), seed, scale, db_url, chosen)
    done = f"made in {time.monotonic() - begun:.1f} s" if world.made else "already there"
    console.print(f"world until {world.until} in {home}: {done}")


@commands.command()
def serve(
    home: Home,
    port: Annotated[int, typer.Option(help="Loopback port; 0 takes a free one.")] = 0,
    token: Annotated[
        str | None, typer.Option(help="Token that API callers must send; random by default.")
    ] = None,
) -> None:
    """Serve a made world's API and pages until interrupted; addresses go to endpoints.json."""
    with serving(home, port, token) as endpoints:
        for name, value in endpoints.as_environment().items():
            typer.echo(f"{name}={value}")
        _wait_until_stopped()


@commands.command()
def truth(home: Home) -> None:
    """List the injected incidents and the KPIs that must show them."""
    read_world(home)
    incidents = json.loads((home / "truth.json").read_text(encoding="utf-8"))["incidents"]
    table = Table("incident", "store", "first day", "last day", "expected")
    for entry in incidents:
        expected = ", ".join(
            f"{e['kpi']} {e['direction']}"
            + ("" if e["dimension"] == "all" else f" ({e['dimension']} {e['member']})")
            for e in entry["expected"]
        )
        days = (entry["first_day"], entry["last_day"])
        table.add_row(entry["name"], entry["store"], *days, expected)
    console.print(table)


def app() -> None:
    """Run the command line; an error that a user can fix is one line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[RichHandler()])
    try:
        commands()
    except SimulatorError as error:
        console.print(f"[red]error:[/red] {error}", highlight=False)
        raise SystemExit(1) from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WorldInvalid(f"expected a moment like 2026-11-23T06:00Z, got {text!r}") from error
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


def _wait_until_stopped() -> None:
    """Wait for SIGINT or SIGTERM, so that the server is shut down properly after either."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
