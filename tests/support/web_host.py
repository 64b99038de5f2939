"""A real web host on loopback that answers as a test asks it to."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, str], bytes]
# Given among the headers, it is sent as the phrase of the status instead.
PHRASE = ":phrase"


@dataclass
class Asked:
    """One request as the host saw it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Host:
    """A web host that answers as a test asks: `(status, headers, body)` for each request."""

    url: str
    respond: Callable[[Asked], Answer] | None = None
    asked: list[Asked] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


@contextmanager
def hosting(address: str = "127.0.0.1") -> Iterator[Host]:
    """Serve on a free port of an address of this machine until the end of the block."""

    class Connection(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()))
            served.asked.append(asked)
            status, headers, body = served.respond(asked)
            headers = {"Content-Length": str(len(body)), **headers}
            self.send_response(status, headers.pop(PHRASE, None))
            for name, value in headers.items():
                self.send_header(name, value)
            # Whoever asked may have hung up by now.
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args):
            """Keep quiet."""

    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        daemon_threads = True

    server = Server(socket.getaddrinfo(address, 0)[0][4], Connection)
    served = Host(f"http://{address}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
