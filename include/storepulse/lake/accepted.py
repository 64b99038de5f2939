"""What lies in accepted: its files, their days, and how far each feed is complete.

A file's own Parquet metadata lists its event days, so nothing else can disagree with it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow.parquet as pq

from storepulse.errors import TransformFailed
from storepulse.feeds.registry import SQL_TYPES, all_feeds, feed_named
from storepulse.lake import walk
from storepulse.lake.atomic import after_all, atomic_write
from storepulse.lake.check_counts import Checks
from storepulse.lake.locks import validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window


@dataclass(frozen=True)
class AcceptedFile:
    """One accepted window of one feed from one source.

    Attributes:
        fingerprint: changes whenever the file is replaced.
        rows: 0 for a window in which nothing happened; such a file still counts as coverage.
        event_days: UTC days of the rows' event time, sorted.
        checks: the checks run on the window; None of files from before they were kept.
        lost: nothing of the window can be had any more; its days are those that it touches.
    """

    path: Path
    feed: str
    source: str
    window: Window
    fingerprint: str
    rows: int
    event_days: tuple[date, ...]
    checks: Checks | None = None
    lost: bool = False

    def as_json(self) -> dict[str, Any]:
        """All but what the path contains, as plain values."""
        return {
            "fingerprint": self.fingerprint,
            "rows": self.rows,
            "event_days": [day.isoformat() for day in self.event_days],
            "checks": self.checks and self.checks.as_json(),
            "lost": self.lost,
        }

    @classmethod
    def from_json(cls, path: Path, kept: Mapping[str, Any]) -> Self:
        """Read `as_json` again.

        Raises:
            KeyError: a key is missing.
            ValueError: something is not what it should be.
        """
        feed, source = path.parts[-3:-1]
        return cls(
            path=path,
            feed=feed,
            source=source,
            window=Window.from_id(path.stem),
            fingerprint=kept["fingerprint"],
            rows=int(kept["rows"]),
            event_days=tuple(sorted(date.fromisoformat(day) for day in kept["event_days"])),
            checks=Checks.from_json(kept.get("checks")),
            lost=bool(kept.get("lost")),
        )


@dataclass(frozen=True)
class Span:
    """Accepted windows of one feed and source without a gap between them: `[start, end)`."""

    feed: str
    source: str
    start: datetime
    end: datetime


def accepted_columns(feed: str) -> dict[str, str]:
    """Columns of a feed's accepted files and their SQL types, in the order of the files."""
    declared = {name: SQL_TYPES[kind] for name, kind in feed_named(feed).columns.items()}
    return declared | {
        "_source": "varchar",
        "_window": "varchar",
        "_position": "bigint",
        "_landed_at": "timestamp",
        "_accepted_at": "timestamp",
        "_event_day": "date",
    }


def accepted_files(settings: Settings, known: Mapping[str, AcceptedFile]) -> list[AcceptedFile]:
    """List every accepted file, in the order of their paths.

    Args:
        settings: where accepted is.
        known: files by path as an earlier build saw them; the metadata of one whose fingerprint is
            unchanged is not read again.

    Raises:
        TransformFailed: a file does not state what it contains.
    """
    found = []
    # Not only windows, as everywhere else: what is none must not be left out unnoticed.
    for path in sorted(settings.accepted.glob("*/*/[!.]*.parquet")):
        status = path.stat()
        fingerprint = f"{status.st_size}-{status.st_mtime_ns}"
        before = known.get(str(path))
        if before is not None and before.fingerprint == fingerprint:
            found.append(before)
        else:
            found.append(_read(path, fingerprint))
    return found


def _read(path: Path, fingerprint: str) -> AcceptedFile:
    try:
        kept = json.loads((pq.read_metadata(path).metadata or {})[b"storepulse"])
        return AcceptedFile.from_json(path, kept | {"fingerprint": fingerprint})
    except (KeyError, TypeError, ValueError, OSError) as failure:
        raise TransformFailed(
            f"{path} should be an accepted window whose Parquet metadata key 'storepulse' names "
            f"its rows and event_days, but it cannot be read as one ({failure}); "
            f"validate that window again, or move the file away"
        ) from failure


def accepted_since(
    settings: Settings, feed: str, source: str, moment: datetime
) -> list[AcceptedFile]:
    """List a feed's files that were put in their place from a moment on, by path.

    Raises:
        TransformFailed: a file does not state what it contains.
    """
    files = (files.accepted for files in walk.accepted(settings, feed, source))
    return [_read(file, "") for file in files if written_at(file) >= moment]


def note_lost(files: WindowFiles, by: str, why: str, now: datetime) -> None:
    """Put an empty accepted file where a window would be that cannot be had any more.

    Coverage goes on behind it, and its days are marked as not captured. Accepting the window
    after all replaces it.

    Args:
        files: the window's places.
        by: who found out; kept in the file's metadata with why and when.
        why: in a sentence.
        now: aware.

    Raises:
        DiskFull: there was no room.
        AnotherRunIsWriting: another run validates the window and does not finish.
    """
    described = {
        "rows": 0,
        "event_days": [day.isoformat() for day in files.window.utc_days],
        "window_start": files.window.start.isoformat(),
        "window_end": files.window.end.isoformat(),
        "lost": {"by": by, "why": why, "at": now.astimezone(UTC).isoformat(timespec="seconds")},
    }
    columns = ", ".join(
        f'null::{kind} as "{name}"' for name, kind in accepted_columns(files.feed).items()
    )
    with validation_lock(files), duckdb.connect() as con:
        table = con.sql(f"select {columns} where false").to_arrow_table()
        table = table.replace_schema_metadata({"storepulse": json.dumps(described)})
        with atomic_write(files.accepted) as temp:
            pq.write_table(table, temp)


def coverage(files: Iterable[AcceptedFile]) -> list[Span]:
    """How far each feed of each source is complete, counted from its first accepted window.

    A window that is missing ends the span, whatever was accepted after it: a day behind the gap
    must not be evaluated as if it were whole.
    """

    def owner(file: AcceptedFile) -> tuple[str, str]:
        return file.feed, file.source

    spans = []
    for (feed, source), group in groupby(sorted(files, key=owner), key=owner):
        whole = unbroken(file.window for file in group)
        spans.append(Span(feed, source, whole.start, whole.end))
    return spans


def windows_of(settings: Settings, feed: str, source: str) -> list[Window]:
    """List the accepted windows of a feed, oldest first, by the names of their files alone."""
    return [files.window for files in walk.accepted(settings, feed, source)]


def accepted_at(settings: Settings, feed: str, source: str) -> tuple[datetime, datetime] | None:
    """When the first and the last window of a feed was accepted, UTC; None without any.

    Args:
        settings: where accepted is.
        feed: `*` for all feeds together.
        source: a connected shop.
    """
    feeds = all_feeds() if feed == "*" else (feed,)
    moments = [
        written_at(files.accepted)
        for one in feeds
        for files in walk.accepted(settings, one, source)
    ]
    return (min(moments), max(moments)) if moments else None


def moment_of_validation(files: WindowFiles) -> datetime:
    """Now, or just after the newest result for any window of this feed from this source."""
    of = (files.settings, files.feed, files.source)
    results = [one.accepted for one in walk.accepted(*of)]
    results += [one.rejection for one in walk.rejected(*of)]
    return after_all(results)


def written_at(file: Path) -> datetime:
    """When a file was put in its place, UTC."""
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def is_covered(span: Window, windows: Iterable[Window]) -> bool:
    """Whether windows cover all of a span between them."""
    reached = span.start
    for one in sorted(one for one in windows if one.start <= span.end and one.end >= span.start):
        if one.start > reached:
            return False
        reached = max(reached, one.end)
    return reached >= span.end


def unbroken(windows: Iterable[Window]) -> Window:
    """From the start of the earliest window to where they first leave a gap.

    Raises:
        IndexError: there is no window.
    """
    by_start = sorted(windows)
    end = by_start[0].end
    for window in by_start:
        if window.start > end:
            break
        end = max(end, window.end)
    return Window(by_start[0].start, end)
