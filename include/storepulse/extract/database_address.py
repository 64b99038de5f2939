"""Addresses of databases: read strictly, and never shown beyond host and database.

`postgresql+psycopg://user:pass@word@host/name` is read by SQLAlchemy as the host `word@host`, which
every message would then repeat. So an address is used only when there is one way to read it.
"""

import re

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storepulse.errors import SourceInvalid

_HOST = re.compile(r"[\w.\\-]*|[0-9A-Fa-f:.%]+")
_DATABASE = re.compile(r"[^@:?#\s]*")
_FORM = (
    "expected for example postgresql+psycopg://user:password@host/name; in user and password "
    "write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23"
)
# Shorter, and taking it out would only show where it stood.
_SHORTEST_SECRET = 3
_LONGEST_LABEL = 63


def parsed(address: str) -> URL:
    """Read an address.

    Raises:
        SourceInvalid: it is none, or can be read in two ways; nothing of it is shown.
    """
    url = _read(address)
    if url is None or not _is_clear(address, url):
        raise SourceInvalid(
            f"the database's address is not one that can be read in one way only; {_FORM}"
        )
    return url


def shown(url: URL) -> str:
    """Write host and database, and nothing else."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite {url.database}"
    return "/".join(part for part in (url.host, url.database) if part) or "the database"


def without_address(said: str, url: URL) -> str:
    """Take user, password, port and options out of a driver's words."""
    secrets = {str(url.password or ""), *url.query}
    for value in url.query.values():
        secrets |= {value} if isinstance(value, str) else set(value)
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            said = said.replace(secret, "…")
    if url.username:
        said = said.replace(f'"{url.username}"', "…").replace(f"'{url.username}'", "…")
    if url.port is not None:
        said = said.replace(f", port {url.port}", "")
    return said


def _read(address: str) -> URL | None:
    try:
        return make_url(address)
    except (ArgumentError, ValueError):
        # ValueError: what stands where a port should. Its words repeat it.
        return None


def _is_clear(address: str, url: URL) -> bool:
    if re.match(r"sqlite(\+\w+)?:///", address):
        return True
    has_login = url.username is not None or url.password is not None
    return (
        address.count("@") == int(has_login)
        and _HOST.fullmatch(url.host or "") is not None
        and _are_labels((url.host or "x").removesuffix(".").split("."))
        and _DATABASE.fullmatch(url.database or "") is not None
    )


def _are_labels(parts: list[str]) -> bool:
    # Others cannot be looked up, and end in an error that is not the driver's.
    return all(0 < len(part) <= _LONGEST_LABEL for part in parts)
