"""Refused rows as tables, to be queried with users' own conditions."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from storepulse import sql_quoting
from storepulse.errors import RepairInvalid
from storepulse.feeds.registry import Feed, feed_named
from storepulse.lake import walk
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import DUPLICATE
from storepulse.settings import Settings
from storepulse.windows import Window


@dataclass(frozen=True)
class Choice:
    """A selection of refused rows.

    Attributes:
        feed: of this feed.
        source: of this source; None for all.
        window_id: of this window; None for all.
        rule: refused by this rule, whatever else they break; None for any but `duplicate_key`.
        where: SQL condition over the feed's columns, which are text here; None for all.
    """

    feed: str
    source: str | None = None
    window_id: str | None = None
    rule: str | None = None
    where: str | None = None


def chosen(settings: Settings, choice: Choice) -> list[dict[str, Any]]:
    """List the selected refused rows, oldest window first, as mappings of column to value.

    Besides the feed's columns they have `_rules`, `_reason`, `_amount`, `_currency`, `_first_seen`,
    `_source`, `_window`, `_position` and `_row_id`.

    Raises:
        UnknownFeed: no such feed.
        RepairInvalid: the condition is invalid.
    """
    rows: list[dict[str, Any]] = []
    for _, con in tables(settings, choice):
        found = ask(con, f"select * from refused where {condition(choice)} order by _position")
        names = [column[0] for column in found.description or []]
        rows += [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return rows


@contextmanager
def _table(files: WindowFiles, feed: Feed) -> Iterator[duckdb.DuckDBPyConnection]:
    """Load a window's refused rows into a table `refused`, without access to files or network."""
    rows_file = place(files)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create table refused as select * from read_parquet(?)", [str(rows_file)])
        columns = {name for name, *_ in con.execute("describe refused").fetchall()}
        if "_row_id" not in columns:
            raise RepairInvalid(
                f"{rows_file} is of an older version, without row ids; run "
                f"`storepulse quarantine release {feed.name} --window {files.window.id}` first"
            )
        # What people type runs here.
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con


def tables(
    settings: Settings, choice: Choice
) -> Iterator[tuple[WindowFiles, duckdb.DuckDBPyConnection]]:
    """Load each window's refused rows, one after the other, as a table `refused`.

    Raises:
        UnknownFeed: no such feed.
        RepairInvalid: a file of an older version, without row ids; the message has the remedy.
    """
    feed = feed_named(choice.feed)
    for files in windows(settings, choice):
        with _table(files, feed) as con:
            yield files, con


def windows(settings: Settings, choice: Choice) -> list[WindowFiles]:
    """Find the windows with refused rows, by time, then source."""
    quarantined = _of(choice, walk.quarantined(settings, choice.feed, choice.source))
    landed = _of(choice, walk.landed(settings, choice.feed, choice.source))
    rejected = [files for files in landed if files.rejection_rows.is_file()]
    return sorted({*quarantined, *rejected}, key=_by_time)


def decided_windows(settings: Settings, choice: Choice) -> list[WindowFiles]:
    """Find the windows that people made decisions about, by time, then source."""
    return sorted(_of(choice, walk.decided(settings, choice.feed, choice.source)), key=_by_time)


def _of(choice: Choice, windows: Iterable[WindowFiles]) -> list[WindowFiles]:
    wanted = choice.window_id
    return [files for files in windows if not wanted or files.window.id == wanted]


def _by_time(files: WindowFiles) -> tuple[Window, str]:
    return files.window, files.source


def place(files: WindowFiles) -> Path:
    """The file of a window's refused rows: a rejection is newer than a quarantine file."""
    rejected = files.rejection_rows
    return rejected if rejected.is_file() else files.quarantined


def rows_in(place: Path) -> int:
    """Count the rows of such a file; 0 if it does not exist."""
    if not place.is_file():
        return 0
    with duckdb.connect() as con:
        counted = con.execute("select count(*) from read_parquet(?)", [str(place)]).fetchall()
    return int(counted[0][0])


def condition(choice: Choice) -> str:
    """SQL that is true for the selected rows of table `refused`."""
    # A duplicate needs no correction, so it is selected only if its rule is named.
    rule = f"not list_contains(_rules, '{DUPLICATE}')"
    if choice.rule:
        rule = f"list_contains(_rules, {sql_quoting.literal(choice.rule)})"
    # On a line of its own, so that a comment in it ends there.
    return f"{rule} and ({choice.where or 'true'}\n)"


def ask(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Run SQL that somebody typed.

    Raises:
        RepairInvalid: it fails, or it is more than one statement.
    """
    try:
        if len(duckdb.extract_statements(query)) != 1:
            raise RepairInvalid("give one SQL expression, without a semicolon")
        return con.execute(query)
    except duckdb.Error as refused:
        error = str(refused).splitlines()[0]
        raise RepairInvalid(
            f"this SQL fails on the refused rows ({error}); columns are text, "
            f"so compare numbers like try_cast(paid_amount as decimal(18, 2)) > 100"
        ) from refused
