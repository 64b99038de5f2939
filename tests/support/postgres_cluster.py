"""A private PostgreSQL cluster for tests, on a free loopback port, removed when the tests are over.

The server refuses to run as root, so root hands it to an unprivileged user. Use the fixture
`postgres_url`: an empty database of its own for each test.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

_START_SECONDS = 60
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Cluster:
    """A running server and the one account it has."""

    port: int
    password: str

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a connection that commits every statement."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="shop",
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def url(self, database: str) -> str:
        """The address of a database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://shop:{self.password}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """One server for all tests that need one; skipped where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip(
            "PostgreSQL's initdb is not under /usr/lib/postgresql: apt-get install postgresql"
        )
    folder = Path(tempfile.mkdtemp(prefix="storepulse-postgres-"))
    try:
        with _running(programs, folder) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    with postgres_cluster.connect() as connection:
        connection.execute(f"create database {name}")
    yield postgres_cluster.url(name)
    with postgres_cluster.connect() as connection:
        connection.execute(f"drop database {name} with (force)")


def _programs() -> Path | None:
    """The folder of the newest server's programs; None where there is none."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda path: int(path.parts[-3].split(".")[0]))
    return newest[-1].parent if newest else None


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(_free_port(), secrets.token_hex(16))
    password_file = folder / "password"
    password_file.write_text(cluster.password)
    password_file.chmod(0o600)
    as_user = _unprivileged(folder)
    data, log = folder / "data", folder / "log"
    subprocess.run(
        [*as_user, programs / "initdb", "-D", data, "-U", "shop", "--auth=scram-sha-256"]
        + [f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    options = {
        "listen_addresses": "127.0.0.1",
        "port": cluster.port,
        "unix_socket_directories": folder,
        # Nothing here has to survive a power cut.
        "fsync": "off",
        "synchronous_commit": "off",
        "timezone": "UTC",
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", data, *settings],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait_until_up(cluster, server, log)
        yield cluster
    finally:
        _stop(server)


def _unprivileged(folder: Path) -> list[str]:
    """What to put before a command so that it does not run as root; gives the folder away."""
    if os.geteuid() != 0:
        return []
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, "nobody", "nogroup")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(cluster: Cluster, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with suppress(psycopg.OperationalError):
            cluster.connect().close()
            return
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.1)


def _stop(server: subprocess.Popen) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
