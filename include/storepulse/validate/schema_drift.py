"""Whether a source changed its shape: columns that came, went, were renamed, retyped or emptied.

A column that models use and that is gone holds the window back; the marts keep their last good day.
One that nothing uses is read as null and told. A column can also go without leaving: an API that
renames a field, or an export that stops filling one, gives nulls that no single row is wrong for.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from storepulse.display_names import shown
from storepulse.feeds.registry import Feed
from storepulse.lake.lineage import impact_of
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting, scratch_db
from storepulse.validate.result import Finding
from storepulse.validate.suite.rules import condemns
from storepulse.validate.volume import WINDOWS_LOOKED_AT, accepted_before
from storepulse.windows import Window

# Twenty rows without a value that half of all rows had are no chance: 2 to the power of -20.
ENOUGH_ROWS, USUALLY_FILLED = 20, 0.5
# A column of which more than this share cannot be read has been retyped; less is dirt.
RETYPED_SHARE = 0.10
# Names so alike are taken for one that was changed: qty and qty_sold are, qty and price are not.
_ALIKE = 0.6

# Of columns that nobody asked for a message names so many.
_NAMES_SHOWN = 20

_WHY_MISSING = "models after this one read these columns"
_WHY_EMPTY = "a field that was renamed or is no longer filled gives nulls, and no row is wrong"


@dataclass(frozen=True)
class Columns:
    """What became of a window's columns.

    Attributes:
        told: what people should know.
        failures: what holds the window back.
        unused: missing columns that nothing uses; they are read as null.
        changes: how many columns are there and were not in the window before, or the other way
            round; 0 without one.
    """

    told: tuple[Finding, ...] = ()
    failures: tuple[Finding, ...] = ()
    unused: tuple[str, ...] = ()
    changes: int = 0


def compared(feed: Feed, files: WindowFiles, landed: Sequence[str]) -> Columns:
    """Compare a window's columns with the registry and with those of the window before.

    Args:
        feed: what is expected.
        files: the window; its siblings in landing say what came before.
        landed: the columns that came, `_position` among them.
    """
    wanted = [*feed.columns, "_position"]
    extra = [column for column in landed if column not in wanted]
    missing = [column for column in wanted if column not in landed]
    unused = [column for column in missing if not _is_used(feed, files, column)]
    used = [column for column in missing if column not in unused]
    before = _columns_before(files)
    diff = _diff(files, before, landed, extra, missing)
    told, failures = [], []
    if extra:
        told.append(
            Finding(
                "extra_columns",
                "no columns but those of the registry",
                f"{_named(extra)} as well; {diff}",
                "landed and kept; a column nobody reads does no harm",
            )
        )
    if unused:
        got = f"no {', '.join(unused)}; {diff}"
        told.append(
            Finding(
                "unused_columns_present", ", ".join(unused), got, "no model uses it: read as null"
            )
        )
    if used:
        impact = impact_of(files.settings, [feed.name], used)
        got = f"no {', '.join(used)}; {diff}. Rests on it: {impact}"
        failures.append(Finding("columns_present", ", ".join(wanted), got, _WHY_MISSING))
    changes = set(before) ^ ({*landed} - {"_position"}) if before else set()
    return Columns(tuple(told), tuple(failures), tuple(unused), len(changes))


def retyped(
    con: duckdb.DuckDBPyConnection, feed: Feed, rows: int, bad: Mapping[str, int]
) -> list[Finding]:
    """Find columns whose values are mostly not of their type.

    Args:
        con: the bench, after the rows were read into types.
        feed: whose types.
        rows: how many there are.
        bad: how many values could not be read, by type rule.

    Returns:
        A reason to hold the window back for each such column.
    """
    return [
        Finding(
            rule,
            f"{column} to be {feed.columns[column]} in at least {1 - RETYPED_SHARE:.0%} of rows",
            f"{unread:,} of {rows:,} rows with something else",
            casting.why(feed, column),
            scratch_db.example(
                con,
                feed,
                [column],
                "landed",
                f"_position in "
                f"(select _position from typed where list_contains(_mistyped, '{rule}'))",
            ),
        )
        for rule, unread in bad.items()
        if unread > RETYPED_SHARE * rows and condemns(unread, rows)
        for column in [rule.removeprefix("type_")]
    ]


def emptied(con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles) -> list[Finding]:
    """Find columns that models use, that usually are filled, and that hold nothing now.

    Args:
        con: the bench, after the rows were read into types.
        feed: whose columns are looked at.
        files: the window; the accepted windows before it say what is usual.

    Returns:
        A reason to hold the window back for each such column.
    """
    rows = int(con.execute("select count(*) from typed").fetchall()[0][0])
    before = accepted_before(files)
    earlier = [str(before[window]) for window in sorted(before)[-WINDOWS_LOOKED_AT:]]
    if rows < ENOUGH_ROWS or not earlier:
        return []
    filled = _filled_shares(con, [str(scratch_db.typed_file(files))], list(feed.columns))
    empty = [name for name, share in filled.items() if share == 0]
    usual = _filled_shares(con, earlier, empty) if empty else {}
    return [
        Finding(
            "column_emptied",
            f"{name} in some of {rows:,} rows, as {usual[name]:.0%} of the rows before have it",
            f"none. Rests on it: {impact_of(files.settings, [feed.name], [name])}",
            _WHY_EMPTY,
        )
        for name in empty
        if usual.get(name, 0) >= USUALLY_FILLED and _is_used(feed, files, name)
    ]


def _is_used(feed: Feed, files: WindowFiles, column: str) -> bool:
    if column in {*feed.key, feed.event_time, feed.change_time, "_position"}:
        return True
    impact = impact_of(files.settings, [feed.name], [column])
    # Before the first build nobody knows, so everything counts as used.
    return not impact.is_known or bool(impact.marts)


def _diff(
    files: WindowFiles,
    before: Mapping[str, str],
    landed: Sequence[str],
    extra: Sequence[str],
    missing: Sequence[str],
) -> str:
    """Say what differs from the newest window before, and what may have been renamed."""
    now = _manifest(files.landed).get("columns", {})
    told = []
    for column in missing:
        kind = f" ({before[column]})" if column in before else ""
        alike = difflib.get_close_matches(column, extra, 1, _ALIKE)
        renamed = f", perhaps renamed to {_named(alike)}" if alike else ""
        told.append(f"- {column}{kind}{renamed}")
    told += [
        f"+ {_named([column])} ({now.get(column, 'type not told')})"
        for column in extra[:_NAMES_SHOWN]
    ]
    other_types = [
        f"~ {column} ({before[column]} -> {now[column]})"
        for column in landed
        if column in before and column in now and before[column] != now[column]
    ]
    since = "against the window before" if before else "against the registry"
    return f"{since}: {'; '.join([*told, *other_types])}"


def _named(columns: Sequence[str]) -> str:
    """Name columns of a source, briefly."""
    more = len(columns) - _NAMES_SHOWN
    named = ", ".join(shown(name) for name in columns[:_NAMES_SHOWN])
    return f"{named} and {more} more" if more > 0 else named


def _columns_before(files: WindowFiles) -> Mapping[str, str]:
    windows = [
        path.name
        for path in files.landed.parent.glob("[0-9]*")
        if Window.from_id(path.name).start < files.window.start
    ]
    for window in sorted(windows, reverse=True):
        columns = _manifest(files.landed.parent / window).get("columns", {})
        if columns:
            return columns
    return {}


def _manifest(folder: Path) -> Mapping[str, Mapping[str, str]]:
    place = folder / "manifest.json"
    return dict(json.loads(place.read_text(encoding="utf-8"))) if place.is_file() else {}


def _filled_shares(
    con: duckdb.DuckDBPyConnection, earlier: Sequence[str], columns: Sequence[str]
) -> dict[str, float]:
    """The share of rows that hold something, by column, from the files' own statistics."""
    found = con.execute(
        "select path_in_schema, "
        "1 - sum(coalesce(stats_null_count, 0)) / nullif(sum(num_values), 0) "
        "from parquet_metadata(?) where list_contains(?, path_in_schema) group by 1",
        [list(earlier), list(columns)],
    ).fetchall()
    return {name: float(share or 0) for name, share in found}
