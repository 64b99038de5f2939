"""Real small sources for connectors: folders, databases and a host on loopback."""

import http.server
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import duckdb
import pytest

from storepulse.extract.request import Request
from storepulse.windows import Window

WINDOW = Window.from_iso("2026-11-22T00:00", "2026-11-22T06:00")


@pytest.fixture
def request_for(tmp_path):
    """Ask a query of the morning of 22 November, or of another window."""
    into = tmp_path / "landed"
    into.mkdir()

    def request_for(query: str, window: Window = WINDOW, **options: object) -> Request:
        return Request(query, "shop/feed.sql", window, into, **options)

    return request_for


@pytest.fixture
def landed_rows(tmp_path):
    """The rows a connector wrote, in order, as tuples without their position."""

    def landed_rows() -> list[tuple]:
        rows = duckdb.execute(
            f"select * from '{tmp_path}/landed/rows.parquet' order by _position"
        ).fetchall()
        assert [row[-1] for row in rows] == list(range(1, len(rows) + 1))
        return [row[:-1] for row in rows]

    return landed_rows


@dataclass
class Asked:
    """One request as the host saw it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Host:
    """A web host that answers as told: `(status, headers, body)` for each request."""

    url: str
    respond: Callable[[Asked], tuple[int, dict[str, str], bytes]] | None = None
    asked: list[Asked] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


@pytest.fixture
def host():
    """A host on a free loopback port; set `host.respond`, read `host.asked`."""

    class Door(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()))
            served.asked.append(asked)
            status, headers, body = served.respond(asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    served = Host(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
