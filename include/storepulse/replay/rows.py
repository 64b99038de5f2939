"""Refused rows as tables that people's own conditions can be asked of."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from storepulse import sql_quoting
from storepulse.errors import RepairInvalid
from storepulse.feeds.registry import Feed, feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import DUPLICATE
from storepulse.settings import Settings
from storepulse.windows import Window


@dataclass(frozen=True)
class Choice:
    """Which refused rows are meant.

    Attributes:
        feed: of this feed.
        source: of this source; None for all.
        window_id: of this window; None for all.
        rule: refused for this rule, whatever else they break; None for any but `duplicate_key`.
        where: SQL condition over the feed's columns, which are text here; None for all.
    """

    feed: str
    source: str | None = None
    window_id: str | None = None
    rule: str | None = None
    where: str | None = None


def chosen(settings: Settings, choice: Choice) -> list[dict[str, Any]]:
    """List the refused rows that are meant, oldest window first, as mappings of column to value.

    Beside the feed's columns they hold `_rules`, `_reason`, `_amount`, `_currency`, `_first_seen`,
    `_source`, `_window`, `_position` and `_row_id`.

    Raises:
        UnknownFeed: no such feed.
        RepairInvalid: the condition cannot be understood.
    """
    rows: list[dict[str, Any]] = []
    for _, con in tables(settings, choice):
        found = ask(con, f"select * from held where {condition(choice)} order by _position")
        names = [column[0] for column in found.description or []]
        rows += [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return rows


@contextmanager
def _table(files: WindowFiles, feed: Feed) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lay a window's refused rows out as table `held`, out of reach of files and network."""
    rows_file = place(files)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create table held as select * from read_parquet(?)", [str(rows_file)])
        columns = {name for name, *_ in con.execute("describe held").fetchall()}
        if "_row_id" not in columns:
            raise RepairInvalid(
                f"{rows_file} is of an older version, which did not name its rows; run "
                f"`storepulse quarantine release {feed.name} --window {files.window.id}` first"
            )
        # What people type runs here.
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con


def tables(
    settings: Settings, choice: Choice
) -> Iterator[tuple[WindowFiles, duckdb.DuckDBPyConnection]]:
    """Lay out each window's refused rows, one after the other, as table `held`.

    Raises:
        UnknownFeed: no such feed.
        RepairInvalid: a file of before rows were named; the message says how to renew it.
    """
    feed = feed_named(choice.feed)
    for files in windows(settings, choice):
        with _table(files, feed) as con:
            yield files, con


def windows(settings: Settings, choice: Choice) -> list[WindowFiles]:
    """Find the windows with refused rows, by time, then source."""
    source, window = choice.source or "[!.]*", choice.window_id or "[0-9]*"
    refused = (settings.quarantine / choice.feed).glob(f"{source}/{window}.parquet")
    held = (settings.landing / choice.feed).glob(f"{source}/{window}/refused.parquet")
    found = {(path.stem, path.parent.name) for path in refused}
    found |= {(path.parent.name, path.parent.parent.name) for path in held}
    return _files(settings, choice.feed, found)


def decided_windows(settings: Settings, choice: Choice) -> list[WindowFiles]:
    """Find the windows about which people decided something, by time, then source."""
    source, window = choice.source or "[!.]*", choice.window_id or "[0-9]*"
    decided = (settings.decisions / choice.feed).glob(f"{source}/{window}.*")
    found = {(path.stem, path.parent.name) for path in decided if path.name[0] != "."}
    return _files(settings, choice.feed, found)


def _files(settings: Settings, feed: str, found: Iterable[tuple[str, str]]) -> list[WindowFiles]:
    return [
        WindowFiles(settings, feed, source, Window.from_id(window_id))
        for window_id, source in sorted(found)
    ]


def place(files: WindowFiles) -> Path:
    """Where a window's refused rows lie: a verdict that holds it back is the newer one."""
    held = files.refused_when_held
    return held if held.is_file() else files.quarantined


def rows_in(place: Path) -> int:
    """Count the rows of such a file; 0 when it is not there."""
    if not place.is_file():
        return 0
    with duckdb.connect() as con:
        counted = con.execute("select count(*) from read_parquet(?)", [str(place)]).fetchall()
    return int(counted[0][0])


def condition(choice: Choice) -> str:
    """SQL of what is chosen, over table `held`."""
    # A row that was told again needs nothing, so it is meant only when its rule is named.
    rule = f"not list_contains(_rules, '{DUPLICATE}')"
    if choice.rule:
        rule = f"list_contains(_rules, {sql_quoting.literal(choice.rule)})"
    # On a line of its own, so that a comment in it ends there.
    return f"{rule} and ({choice.where or 'true'}\n)"


def ask(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Ask what somebody typed.

    Raises:
        RepairInvalid: it cannot be carried out, or it is more than one statement.
    """
    try:
        if len(duckdb.extract_statements(query)) != 1:
            raise RepairInvalid("one SQL expression at a time, without a semicolon")
        return con.execute(query)
    except duckdb.Error as refused:
        said = str(refused).splitlines()[0]
        raise RepairInvalid(
            f"that SQL cannot be carried out on the refused rows ({said}); columns are text, "
            f"so compare numbers like try_cast(paid_amount as decimal(18, 2)) > 100"
        ) from refused
