"""Addresses of databases: read strictly, and never shown beyond host and database.

`postgresql+psycopg://user:pass@word@host/name` is read by SQLAlchemy as the host `word@host`, which
every message would then repeat. So an address is used only when there is one way to read it.
"""

import re
from collections.abc import Iterator

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storepulse.errors import SourceInvalid
from storepulse.redaction import is_host

_DATABASE = re.compile(r"[^@:?#\s]*")
_TWO_WAYS = (
    "is not one that can be read in one way only; expected for example "
    "postgresql+psycopg://user:password@host/name; in user and password write @ as %40, : as %3A, "
    "/ as %2F, ? as %3F and # as %23"
)
_SEVERAL_HOSTS = (
    "names several hosts with commas; write them behind the database's name, as "
    "postgresql+psycopg://user:password@/name?host=one:5432&host=two:5432"
)
_NUL = (
    "contains a NUL (%00), where a driver stops reading and opens something else; take it out, and "
    "write a percent sign itself as %25"
)
_NO_FILE = "names no file; expected for example sqlite:////folder/shop.sqlite"
# Shorter, and taking it out would only show where it stood.
_SHORTEST_SECRET = 3
_HIGHEST_PORT = 65_535
# Options that state where a database is, and so may be shown.
_PLACES = {"host", "port"}


def parsed(address: str, where: str) -> URL:
    """Read an address.

    Args:
        address: as SQLAlchemy writes them.
        where: names the file and the connection in messages.

    Raises:
        SourceInvalid: it is not an address, or can be read in two ways; nothing of it is shown.
    """
    url = _read(address)
    problem = _problem(address, url)
    if url is None or problem is not None:
        raise SourceInvalid(f"{where}: the database's address {problem}")
    return url


def shown(url: URL) -> str:
    """Write hosts and database, and nothing else."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite {url.database}"
    hosts = ", ".join(host for host, _ in _hosts(url))
    return "/".join(part for part in (hosts, url.database) if part) or "the database"


def without_address(message: str, url: URL) -> str:
    """Take user, password, port and options out of a driver's message."""
    secrets = {str(url.password or ""), *url.query} - _PLACES
    for name in {*url.query} - _PLACES:
        secrets |= {*url.normalized_query[name]}
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            message = message.replace(secret, "…")
    if url.username:
        message = message.replace(f'"{url.username}"', "…").replace(f"'{url.username}'", "…")
    return re.sub(r",? port:? '?\d+'?", "", message)


def _read(address: str) -> URL | None:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # ValueError: what stands where a port should. Its message repeats it.
        return None
    if url.host is not None and ":" in url.host:
        # An address writes % as %25; behind it stands the interface that a host is reached by.
        return url.set(host=url.host.replace("%25", "%"))
    return url


def _problem(address: str, url: URL | None) -> str | None:
    """Describe what is wrong with an address, without a part of it; None when nothing is."""
    if "," in (address.rpartition("@")[2].partition("/")[0] if url is None else url.host or ""):
        return _SEVERAL_HOSTS
    if url is None:
        return _TWO_WAYS
    parts = (url.username, url.password, url.database, *url.query, *_values(url))
    if any("\0" in part for part in parts if part):
        return _NUL
    if url.get_backend_name() == "sqlite" and not url.host:
        return _NO_FILE if url.database in {None, "", ":memory:"} else None
    return None if _is_clear(address, url) else _TWO_WAYS


def _is_clear(address: str, url: URL) -> bool:
    has_login = url.username is not None or url.password is not None
    return (
        address.count("@") == int(has_login)
        and all(_can_be_asked(host, port) for host, port in _hosts(url))
        and _DATABASE.fullmatch(url.database or "") is not None
    )


def _hosts(url: URL) -> Iterator[tuple[str, str]]:
    """List hosts with their ports, empty where none is given: the address's own, or its options'.

    SQLAlchemy reads several hosts from `?host=one:5432&host=two:5432` or `?host=one,two&port=1,2`.
    """
    if url.host:
        yield url.host, str(url.port or "")
    for value in url.normalized_query.get("host", ()):
        for one in value.split(","):
            host, _, port = one.rpartition(":") if one.count(":") == 1 else (one, "", "")
            yield host, port


def _values(url: URL) -> Iterator[str]:
    for values in url.normalized_query.values():
        yield from values


def _can_be_asked(host: str, port: str) -> bool:
    # `server\instance` is how SQL Server is addressed, and a folder is where a socket lies.
    name, _, instance = host.partition("\\")
    is_folder = re.fullmatch(r"(/[\w.-]+)+/?", host) is not None
    is_known = is_folder or (is_host(name) and re.fullmatch(r"\w*", instance) is not None)
    return is_known and (not port or (port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT))
