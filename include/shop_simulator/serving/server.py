"""Serves a made world over HTTP, on loopback: its APIs and the competitors' pages."""

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from shop_simulator.errors import SimulatorError
from shop_simulator.serving.ad_api import ad_routes
from shop_simulator.serving.competitor_site import page_routes
from shop_simulator.serving.stock_api import stock_routes
from shop_simulator.serving.ticket_api import ticket_routes
from shop_simulator.whole_files import write_whole
from shop_simulator.world import read_world

_HOST = "127.0.0.1"
_START_SECONDS = 30


@dataclass(frozen=True)
class Endpoints:
    """How to reach a served world; written to `endpoints.json` in its folder."""

    api_url: str
    pages_url: str
    db_url: str
    events_dir: str
    files_dir: str
    api_token: str

    def as_environment(self) -> dict[str, str]:
        """The environment variables that a source of this shop needs."""
        return {
            "SHOP_DB_URL": self.db_url,
            "SHOP_EVENTS_DIR": self.events_dir,
            "SHOP_FILES_DIR": self.files_dir,
            "SHOP_API_URL": self.api_url,
            "SHOP_API_TOKEN": self.api_token,
            "SHOP_PAGES_URL": self.pages_url,
        }


@contextmanager
def serving(home: Path, port: int = 0, token: str | None = None) -> Iterator[Endpoints]:
    """Serve a world from a thread for as long as the block runs.

    Args:
        home: folder of a made world; advancing it while it is served is fine.
        port: of the loopback interface; 0 takes a free one.
        token: that API callers must send; a random one by default.

    Raises:
        WorldMissing: no world was made in the folder.
        SimulatorError: the port is taken.
    """
    world = read_world(home)
    listening = _listen(port)
    url = f"http://{_HOST}:{listening.getsockname()[1]}"
    secret = token or secrets.token_urlsafe(24)
    events, files = (str(folder.resolve()) for folder in (world.events_dir, world.files_dir))
    endpoints = Endpoints(url, url, world.db_url, events, files, secret)
    server = uvicorn.Server(
        uvicorn.Config(http_app(home, secret), log_level="error", access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    _wait_until_started(server)
    write_whole(home / "endpoints.json", json.dumps(asdict(endpoints), indent=2).encode())
    try:
        yield endpoints
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        (home / "endpoints.json").unlink(missing_ok=True)


def http_app(home: Path, token: str) -> FastAPI:
    """The application with all HTTP endpoints."""
    app = FastAPI(title="shop simulator", openapi_url=None)
    app.include_router(stock_routes(home, token))
    app.include_router(ad_routes(home, token))
    app.include_router(ticket_routes(home, token))
    app.include_router(page_routes(home))
    return app


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
    except OSError as error:
        listening.close()
        raise SimulatorError(f"port {port} of {_HOST} is taken; name another or 0") from error
    return listening


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise SimulatorError(f"the server did not start within {_START_SECONDS} s")
        time.sleep(0.01)
