"""Schema drift: columns that were added, removed, renamed, retyped or emptied by the source.

A missing column that models use rejects the window; the marts keep their last good day. One that no
model uses is read as null, with a warning. A column can also be lost without being gone: when an
API renames a field, or an export stops filling one, it gives nulls, and no single row looks wrong.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from storepulse.display_names import shown
from storepulse.feeds.registry import Feed
from storepulse.lake import walk
from storepulse.lake.lineage import impact_of
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting, scratch_db
from storepulse.validate.result import CheckFailure
from storepulse.validate.suite.rules import is_too_many
from storepulse.validate.volume import LATEST_WINDOWS, accepted_before

# Twenty rows in a row without a value that half of all rows have: chance is 2 to the power of -20.
ENOUGH_ROWS, USUALLY_FILLED = 20, 0.5
# A column of which more than this share cannot be read has been retyped; less is dirt.
RETYPED_SHARE = 0.10
# Names this similar count as a rename: qty and qty_sold do, qty and price do not.
_ALIKE = 0.6

# Unexpected columns that a message names.
_NAMES_SHOWN = 20

_WHY_MISSING = "downstream models read these columns"
_WHY_EMPTY = "a renamed field, or one no longer filled, gives nulls without a single wrong row"


@dataclass(frozen=True)
class Columns:
    """How a window's columns compare with the expected ones.

    Attributes:
        warnings: differences that refuse nothing.
        errors: differences that reject the window.
        unused: missing columns that no model uses; they are read as null.
        changes: columns added or removed since the window before; 0 without one.
    """

    warnings: tuple[CheckFailure, ...] = ()
    errors: tuple[CheckFailure, ...] = ()
    unused: tuple[str, ...] = ()
    changes: int = 0


def compared(feed: Feed, files: WindowFiles, landed: Sequence[str]) -> Columns:
    """Compare a window's columns with the registry and with those of the window before.

    Args:
        feed: what is expected.
        files: the window; its siblings in landing have the columns of earlier windows.
        landed: the columns that arrived, `_position` among them.
    """
    expected = [*feed.columns, "_position"]
    extra = [column for column in landed if column not in expected]
    missing = [column for column in expected if column not in landed]
    unused = [column for column in missing if not _is_used(feed, files, column)]
    used = [column for column in missing if column not in unused]
    before = _columns_before(files)
    diff = _diff(files, before, landed, extra, missing)
    warnings, errors = [], []
    if extra:
        warnings.append(
            CheckFailure(
                "extra_columns",
                "only columns of the registry",
                f"{_named(extra)} as well; {diff}",
                "landed and kept; a column nobody reads does no harm",
            )
        )
    if unused:
        got = f"no {', '.join(unused)}; {diff}"
        warnings.append(
            CheckFailure(
                "unused_columns_present", ", ".join(unused), got, "no model uses it: read as null"
            )
        )
    if used:
        impact = impact_of(files.settings, [feed.name], used)
        got = f"no {', '.join(used)}; {diff}. Used by: {impact}"
        errors.append(CheckFailure("columns_present", ", ".join(expected), got, _WHY_MISSING))
    changes = set(before) ^ ({*landed} - {"_position"}) if before else set()
    return Columns(tuple(warnings), tuple(errors), tuple(unused), len(changes))


def retyped(
    con: duckdb.DuckDBPyConnection, feed: Feed, rows: int, bad: Mapping[str, int]
) -> list[CheckFailure]:
    """Find columns whose values are mostly not of their type.

    Args:
        con: the scratch database, after `read_types`.
        feed: whose types.
        rows: how many there are.
        bad: how many values could not be read, by type rule.

    Returns:
        An error for each such column.
    """
    return [
        CheckFailure(
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
        if unread > RETYPED_SHARE * rows and is_too_many(unread, rows)
        for column in [rule.removeprefix("type_")]
    ]


def emptied(con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles) -> list[CheckFailure]:
    """Find columns that models use, that usually are filled, and that are all null now.

    Args:
        con: the scratch database, after `read_types`.
        feed: whose columns are checked.
        files: the window; the accepted windows before it show what is usual.

    Returns:
        An error for each such column.
    """
    rows = int(con.execute("select count(*) from typed").fetchall()[0][0])
    before = accepted_before(files)
    earlier = [str(before[window]) for window in sorted(before)[-LATEST_WINDOWS:]]
    if rows < ENOUGH_ROWS or not earlier:
        return []
    filled = _filled_shares(con, [str(scratch_db.typed_file(files))], list(feed.columns))
    empty = [name for name, share in filled.items() if share == 0]
    usual = _filled_shares(con, earlier, empty) if empty else {}
    return [
        CheckFailure(
            "column_emptied",
            f"{name} in some of {rows:,} rows, as in {usual[name]:.0%} of earlier rows",
            f"only nulls. Used by: {impact_of(files.settings, [feed.name], [name])}",
            _WHY_EMPTY,
        )
        for name in empty
        if usual.get(name, 0) >= USUALLY_FILLED and _is_used(feed, files, name)
    ]


def _is_used(feed: Feed, files: WindowFiles, column: str) -> bool:
    if column in {*feed.key, feed.event_time, feed.change_time, "_position"}:
        return True
    impact = impact_of(files.settings, [feed.name], [column])
    # Before the first build that is not known, so everything counts as used.
    return not impact.is_known or bool(impact.marts)


def _diff(
    files: WindowFiles,
    before: Mapping[str, str],
    landed: Sequence[str],
    extra: Sequence[str],
    missing: Sequence[str],
) -> str:
    """Describe what differs from the newest window before, and what may have been renamed."""
    now = _manifest(files.landed).get("columns", {})
    changed = []
    for column in missing:
        kind = f" ({before[column]})" if column in before else ""
        alike = difflib.get_close_matches(column, extra, 1, _ALIKE)
        renamed = f", perhaps renamed to {_named(alike)}" if alike else ""
        changed.append(f"- {column}{kind}{renamed}")
    changed += [
        f"+ {_named([column])} ({now.get(column, 'type not recorded')})"
        for column in extra[:_NAMES_SHOWN]
    ]
    other_types = [
        f"~ {column} ({before[column]} -> {now[column]})"
        for column in landed
        if column in before and column in now and before[column] != now[column]
    ]
    since = "compared with the window before" if before else "compared with the registry"
    return f"{since}: {'; '.join([*changed, *other_types])}"


def _named(columns: Sequence[str]) -> str:
    """Name columns of a source, briefly."""
    more = len(columns) - _NAMES_SHOWN
    named = ", ".join(shown(name) for name in columns[:_NAMES_SHOWN])
    return f"{named} and {more} more" if more > 0 else named


def _columns_before(files: WindowFiles) -> Mapping[str, str]:
    for one in reversed(walk.landed(files.settings, files.feed, files.source)):
        if one.window.start < files.window.start:
            columns = _manifest(one.landed).get("columns", {})
            if columns:
                return columns
    return {}


def _manifest(folder: Path) -> Mapping[str, Mapping[str, str]]:
    place = folder / "manifest.json"
    return dict(json.loads(place.read_text(encoding="utf-8"))) if place.is_file() else {}


def _filled_shares(
    con: duckdb.DuckDBPyConnection, earlier: Sequence[str], columns: Sequence[str]
) -> dict[str, float]:
    """The share of rows with a value, by column, from the files' own statistics."""
    found = con.execute(
        "select path_in_schema, "
        "1 - sum(coalesce(stats_null_count, 0)) / nullif(sum(num_values), 0) "
        "from parquet_metadata(?) where list_contains(?, path_in_schema) group by 1",
        [list(earlier), list(columns)],
    ).fetchall()
    return {name: float(share or 0) for name, share in found}
