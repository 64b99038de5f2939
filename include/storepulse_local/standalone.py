"""Start and stop a whole Airflow on this machine: API server, scheduler, DAG processor, triggerer.

`airflow standalone` leaves its children running when it is terminated, so it gets a session of its
own and every process of that session is stopped.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer
from dotenv import dotenv_values
from rich.console import Console

from shop_simulator.serving.server import Endpoints
from storepulse.lake.atomic import atomic_write
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.windows import Window
from storepulse_local import first_steps, sessions
from storepulse_local.environment import airflow_environment
from storepulse_local.sessions import Session

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


class NotStarted(Exception):
    """Raised when Airflow does not start; names its log file."""


@dataclass(frozen=True)
class Running:
    """A running Airflow.

    Attributes:
        url: address of its pages.
        log: file with the output of its components.
        sessions: its own, then those to stop together with it.
    """

    url: str
    log: str
    sessions: list[Session]


def running(home: Path) -> Running | None:
    """The Airflow running in this folder, None when there is none."""
    state = home / "standalone.json"
    if not state.exists():
        return None
    known = json.loads(state.read_text(encoding="utf-8"))
    started = [Session(**session) for session in known.pop("sessions")]
    return Running(**known, sessions=started) if sessions.processes(started) else None


def start(
    home: Path, port: int, extra: Mapping[str, str], companions: Iterable[Session] = ()
) -> Running:
    """Start Airflow and wait until all of its components report that they are healthy.

    Args:
        home: folder for its database, logs and secret.
        port: for its pages and API; 0 takes any free port.
        extra: more environment variables, such as a shop's addresses.
        companions: sessions of other processes to stop together with it.

    Raises:
        NotStarted: it ended unexpectedly or was not healthy within five minutes.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    environment = {**os.environ, **airflow_environment(home), **_addresses(port), **extra}
    log = home / "standalone.log"
    session = sessions.start(["airflow", "standalone"], environment, log)
    up = Running(f"http://127.0.0.1:{port}", str(log), [session, *companions])
    with atomic_write(home / "standalone.json") as temp:
        temp.write_text(json.dumps(asdict(up)), encoding="utf-8")
    try:
        _wait_until_healthy(up)
        _import_pools(up)
    except BaseException:
        stop(home)
        raise
    return up


def stop(home: Path) -> bool:
    """Stop everything that was started in this folder; false when nothing ran."""
    found = running(home)
    (home / "standalone.json").unlink(missing_ok=True)
    if found is None:
        return False
    sessions.end(found.sessions)
    return True


def _addresses(port: int) -> dict[str, str]:
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(_free_port()),
        # Standalone starts its components by the bare name `airflow`.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # It only listens on loopback, so no login is needed.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(up: Running) -> None:
    deadline = time.monotonic() + first_steps.PATIENCE
    unhealthy = list(COMPONENTS)
    while time.monotonic() < deadline:
        if not sessions.processes(up.sessions[:1]):
            raise NotStarted(f"Airflow ended unexpectedly; see {up.log}")
        with suppress(httpx.HTTPError, ValueError):
            health = httpx.get(f"{up.url}/api/v2/monitor/health", timeout=10).json()
            unhealthy = [part for part in COMPONENTS if _status(health, part) != "healthy"]
            if not unhealthy:
                return
        time.sleep(1)
    raise NotStarted(f"not healthy after five minutes: {', '.join(unhealthy)}; see {up.log}")


def _status(health: Mapping[str, Mapping[str, str]], component: str) -> str | None:
    return (health.get(component) or {}).get("status")


def _import_pools(up: Running) -> None:
    """Send pools.json to the API, which is already up; the command line takes seconds to start."""
    pools = json.loads((PROJECT_ROOT / "pools.json").read_text(encoding="utf-8"))
    create = {
        "action": "create",
        "action_on_existence": "overwrite",
        "entities": [{"name": name, **pool} for name, pool in pools.items()],
    }
    try:
        with httpx.Client(base_url=up.url, timeout=first_steps.PATIENCE) as api:
            token = api.get("/auth/token").raise_for_status().json()["access_token"]
            answer = api.patch(
                "/api/v2/pools",
                json={"actions": [create]},
                headers={"Authorization": f"Bearer {token}"},
            ).raise_for_status()
    except httpx.HTTPError as error:
        raise NotStarted(f"Airflow did not accept pools.json: {error}; see {up.log}") from error
    if refused := answer.json()["create"]["errors"]:
        raise NotStarted(f"Airflow did not accept pools.json: {refused}; see {up.log}")


commands = typer.Typer(help="Airflow on this machine, with the project's DAGs.")


@commands.command("start")
def start_command(
    port: Annotated[int, typer.Option(help="Port of its pages; 0 takes any free port.")] = 8080,
) -> None:
    """Start Airflow, together with a simulated shop unless .env connects a real one."""
    console, settings = Console(highlight=False), Settings()
    home = settings.home.resolve() / "airflow"
    up = running(home)
    if up is None:
        with console.status("starting Airflow; half a minute") as status:
            try:
                shop, companions = _start_shop(settings, status.update)
                up = start(home, _port_or_free(port), shop, companions)
            except NotStarted as error:
                console.print(str(error), soft_wrap=True)
                raise typer.Exit(1) from error
    console.print(f"Airflow is up: {up.url}   (log: {up.log})", soft_wrap=True)
    console.print(first_steps.instructions(has_own_shop=len(up.sessions) > 1), soft_wrap=True)
    console.print("To stop it: make airflow-stop")


@commands.command("stop")
def stop_command(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing if none runs.")] = False,
) -> None:
    """Stop Airflow, with every process it started."""
    stopped = stop(Settings().home.resolve() / "airflow")
    if stopped or not quiet:
        Console().print("Airflow is stopped." if stopped else "Airflow was not running.")


@commands.command("history")
def history_command(
    start: Annotated[str, typer.Option("--from", help="Start (inclusive), ISO 8601.")],
    end: Annotated[str, typer.Option("--until", help="End (exclusive).")],
) -> None:
    """Load a shop's history: switch every ingest DAG on, with one window as its first run."""
    console = Console(highlight=False)
    up = running(Settings().home.resolve() / "airflow")
    try:
        if up is None:
            raise first_steps.NotTriggered("Airflow is not running; start it: make airflow")
        runs = first_steps.load_history(up.url, Window.from_iso(start, end))
    except (first_steps.NotTriggered, ValueError) as error:
        console.print(str(error), soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(f"{len(runs)} DAGs are switched on and load their history: {up.url}")


def _start_shop(
    settings: Settings, on_progress: Callable[[str], None]
) -> tuple[Mapping[str, str], list[Session]]:
    """Serve the demo's shop, unless another is connected.

    Returns:
        The environment variables with its addresses, and the session to stop with Airflow.

    Raises:
        NotStarted: it did not start within two minutes.
    """
    known = {**dotenv_values(".env"), **os.environ}
    if settings.source != "demo_shop" or known.get("SHOP_DB_URL"):
        return {}, []
    on_progress("simulating the shop")
    connections = settings.home.resolve() / "shop" / "endpoints.json"
    connections.unlink(missing_ok=True)
    log = settings.home.resolve() / "logs" / "shop.log"
    session = sessions.start(["storepulse_local.shop"], os.environ, log)
    try:
        _wait_until_open(connections, session, log)
    except BaseException:
        # Ctrl-C, too: it does not reach the shop, which has its own session.
        sessions.end([session])
        raise
    on_progress("starting Airflow; half a minute")
    endpoints = Endpoints(**json.loads(connections.read_text(encoding="utf-8")))
    return endpoints.as_environment(), [session]


def _wait_until_open(connections: Path, session: Session, log: Path) -> None:
    deadline = time.monotonic() + 120
    while not connections.exists():
        if time.monotonic() > deadline or not sessions.processes([session]):
            raise NotStarted(f"the simulated shop did not start; see {log}")
        time.sleep(0.5)


def _port_or_free(port: int) -> int:
    """Take another port when the wanted one is in use."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


if __name__ == "__main__":
    commands()
