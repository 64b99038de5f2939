"""Connections to databases: any that SQLAlchemy reaches, streamed from a server-side cursor."""

import gc
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    URL,
    CursorResult,
    DateTime,
    Engine,
    String,
    TextClause,
    bindparam,
    create_engine,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import NullPool

from storepulse.errors import (
    SourceError,
    SourceInvalid,
    SourceUnreachable,
    SourceUnreadable,
    TookTooLong,
)
from storepulse.extract.as_text import column_as_text, type_names
from storepulse.extract.database_address import parsed, shown, without_address
from storepulse.extract.request import POSITION, ROWS, Extracted, Request
from storepulse.extract.retries import retries
from storepulse.feeds.connections import SqlConnection

# Drivers report these as operational errors, as they do a lost connection; asking again is no help.
_MISTAKES = re.compile(
    r"no such (table|column|function)|syntax error|ambiguous column|not a database|malformed|"
    r"could not decode|authentication failed|does not exist|permission denied",
    re.IGNORECASE,
)
# As SQLite puts it, and PostgreSQL.
_TOO_LONG = re.compile(r"^interrupted$|statement timeout")
# Some thousandths of a second of SQLite's work, after which it asks whether it is to go on.
_STEPS_UNASKED = 100_000


class _Patience:
    """How long SQLite, which has no such limit itself, may work on the next batch."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        self._until = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._until


def extract(config: SqlConnection, request: Request) -> Extracted:
    """Run the query in the shop's database and write its rows as they arrive.

    Memory holds one batch, however long the window. A lost connection starts the query again.

    Raises:
        SourceUnreachable: the database did not answer, several times; or gave no further rows
            within `timeout_seconds`.
        SourceUnreadable: it refused the query or the credentials.
        SourceInvalid: the address or the query's parameters make no sense.
        WindowTooLarge: there are more rows than the request allows.
    """
    url = parsed(config.url.get_secret_value(), request.connection_label)
    engine = _engine(url, config.timeout_seconds, request.connection_label)
    try:
        for attempt in retries(config.retry):
            with attempt:
                return _extract_once(engine, url, config, request)
    finally:
        engine.dispose()
    raise AssertionError("retries either return or raise")


def _extract_once(engine: Engine, url: URL, config: SqlConnection, request: Request) -> Extracted:
    try:
        return _stream(engine, config, request)
    except DBAPIError as failure:
        reported = _reported(failure, url, config, request)
    # Outside of the block: chained, the driver's error would be printed with the query, its
    # parameters and what it quotes.
    raise reported


def _stream(engine: Engine, config: SqlConnection, request: Request) -> Extracted:
    statement, bounds = _bound_query(engine, request)
    patience = _Patience(config.timeout_seconds)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(postgresql_readonly=True)
        if engine.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(patience.is_over, _STEPS_UNASKED)
        # A cursor on the server's side, so that the driver does not take in the whole result.
        streaming = {"stream_results": True, "max_row_buffer": config.rows_per_fetch}
        with connection.execute(statement, bounds, execution_options=streaming) as result:
            return _write(result, config.rows_per_fetch, request, patience)


def _write(
    result: CursorResult[tuple[object, ...]],
    rows_per_fetch: int,
    request: Request,
    patience: _Patience,
) -> Extracted:
    names = _distinct_names(result, request)
    schema = pa.schema([*((name, pa.string()) for name in names), (POSITION, pa.int64())])
    seen: list[set[str]] = [set() for _ in names]
    rows = 0
    writing = pq.ParquetWriter(request.into / ROWS, schema, compression="zstd")
    with _collector_paused(), writing as writer:
        for batch in result.partitions(rows_per_fetch):
            columns = list(zip(*batch, strict=True))
            for types, values in zip(seen, columns, strict=True):
                types.update(type_names(values))
            positions = pa.array(np.arange(rows + 1, rows + 1 + len(batch)))
            arrays = [*map(column_as_text, columns), positions]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            rows += len(batch)
            request.refuse_beyond_max_rows(rows)
            # What writing the batch took is not the database's.
            patience.renew()
    described = (" or ".join(sorted(types)) or "null" for types in seen)
    return Extracted(rows, dict(zip(names, described, strict=True)))


@contextmanager
def _collector_paused() -> Iterator[None]:
    # A batch is many thousand tuples and no cycle. Looking through them over and over for cycles
    # to collect takes a third of the time of landing.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _distinct_names(result: CursorResult[tuple[object, ...]], request: Request) -> list[str]:
    names = list(result.keys())
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceUnreadable(
            f"{request.name} gives the column {twice[0]!r} twice; name each column once"
        )
    request.refuse_own_names(names)
    return names


def _engine(url: URL, timeout_seconds: float, where: str) -> Engine:
    try:
        dialect = url.get_backend_name()
        return create_engine(
            _read_only(url, where) if dialect == "sqlite" else url,
            poolclass=NullPool,
            connect_args=_connect_options(dialect, timeout_seconds),
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as failure:
        kind = type(failure).__name__
    # Not chained: SQLAlchemy quotes the address, password and all.
    raise SourceInvalid(
        f"{where}: the database's address is not one SQLAlchemy can open ({kind}); "
        f"expected for example postgresql+psycopg://user:password@host/name"
    )


def _read_only(url: URL, where: str) -> URL:
    # Opened plainly, SQLite would create the missing file and report missing tables instead.
    path = Path(url.database or "")
    try:
        is_there = path.is_file()
    except OSError as failure:
        raise SourceInvalid(
            f"{where}: the path in the database's address cannot be read: "
            f"{failure.strerror}; correct it, or the rights on its folders"
        ) from None
    if not is_there:
        raise SourceUnreachable(
            f"there is no SQLite file {path}; check the path, or start what makes it"
        )
    return url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _connect_options(dialect: str, timeout_seconds: float) -> dict[str, object]:
    if dialect == "sqlite":
        return {"timeout": timeout_seconds}
    if dialect == "postgresql":
        # Bounds are naive UTC, also where the shop's columns carry a time zone.
        milliseconds = int(timeout_seconds * 1000)
        return {
            "connect_timeout": 10,
            "options": f"-c timezone=UTC -c statement_timeout={milliseconds}",
        }
    return {}


def _bound_query(engine: Engine, request: Request) -> tuple[TextClause, dict[str, object]]:
    is_sqlite = engine.dialect.name == "sqlite"
    bounds = {
        "window_start": _bound(request.window.start, as_text=is_sqlite),
        "window_end": _bound(request.window.end, as_text=is_sqlite),
    }
    statement = text(request.query)
    asked = set(statement.compile().params)
    if asked - set(bounds):
        raise SourceInvalid(
            f"{request.name} asks for {sorted(asked - set(bounds))}; a query may use "
            f":window_start and :window_end (write a literal colon as \\:)"
        )
    kind = String() if is_sqlite else DateTime()
    used = {name: value for name, value in bounds.items() if name in asked}
    return statement.bindparams(*(bindparam(name, type_=kind) for name in used)), used


def _bound(moment: datetime, *, as_text: bool) -> object:
    naive = moment.replace(tzinfo=None)
    # SQLite compares moments as text. Whole seconds without a fraction sort right against both
    # `00:00:00` and `00:00:00.000000`; a fraction would lose the first of the two.
    return str(naive) if as_text else naive


def _reported(
    failure: DBAPIError, url: URL, config: SqlConnection, request: Request
) -> SourceError:
    """Turn a driver's error into one of ours."""
    place = shown(url)
    # The driver's own message; SQLAlchemy's would repeat the query and its parameters.
    message = without_address(_without_data(" ".join(str(failure.orig).split())), url)
    if _TOO_LONG.search(message):
        return TookTooLong(
            f"{place} gave no rows of {request.name} for {config.timeout_seconds:g} s; make the "
            f"query quicker (has what it filters by an index? does a join multiply rows?), "
            f"land shorter windows, or raise timeout_seconds in source.yaml"
        )
    is_network = isinstance(failure, OperationalError | InterfaceError)
    if is_network and not _MISTAKES.search(message):
        return SourceUnreachable(
            f"{place} did not answer: {message}; check that it runs and can be reached"
        )
    return SourceUnreadable(
        f"{place} refused {request.name}: {message}; "
        f"correct the mapping, or the credentials in the environment"
    )


def _without_data(message: str) -> str:
    """Leave out the value that a driver quotes: it may be a customer's.

    SQLite: `Could not decode to UTF-8 column 'note' with text '…'`, PostgreSQL: `invalid input
    syntax for type integer: "…"`, with the row behind `DETAIL:` or `CONTEXT:`.
    """
    message = re.split(r" (?:DETAIL|CONTEXT):", message)[0]
    message = re.sub(r" with text '.*", "", message)
    return re.sub(r'(?<=: )"[^"]*"', "…", message)
