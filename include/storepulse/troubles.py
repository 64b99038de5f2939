"""What is wrong with the data itself, told to data engineers: one mail a cause and day.

Feeds that are held back, late, of a new shape, or that bring half of what they usually do. A task
that failed is told by `failures`; here nothing needs to have failed. Supervisors are not written
to: their mails say which numbers are not ready.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from storepulse import marts
from storepulse.errors import NothingPublished
from storepulse.failures import tell_once
from storepulse.feeds import all_feeds
from storepulse.lineage import impact_of
from storepulse.quarantine import held_windows
from storepulse.settings import Settings
from storepulse.windows import Window

logger = logging.getLogger(__name__)

# One window may be on its way; two that did not come are late.
LATE_AFTER = timedelta(hours=12)
# Of fewer rows a half is chance; a day with half of its usual rows is a broken export or a bad day
# in the shop, and a person has to see which.
SHRUNK_TO, ENOUGH_ROWS = 0.5, 20
_OF_SHAPE = frozenset({"extra_columns", "unused_columns_present"})


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong with one feed.

    Attributes:
        kind: held_back, late, drifted or shrunk.
        since: UTC; None where it is not known.
        what: what is wrong and how much, in a sentence or two.
        look: the command that shows more.
        repair: the command that mends it, once its cause is mended.
    """

    kind: str
    feed: str
    source: str
    since: datetime | None
    what: str
    look: str
    repair: str


def tell(settings: Settings) -> int:
    """Mail every trouble that was not told today.

    Returns:
        How many mails were written.

    Raises:
        DiskFull: there was no room for a mail.
    """
    told = 0
    for trouble in found(settings):
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        cause = f"{day}-{trouble.kind}-{trouble.source}-{trouble.feed}"
        subject = f"{trouble.feed} from {trouble.source}: {trouble.kind.replace('_', ' ')}"
        told += tell_once(settings, cause, subject, _text(settings, trouble))
    logger.info("%d mails about the data itself", told)
    return told


def found(settings: Settings) -> list[Trouble]:
    """List what is wrong now, held back first; what explains another is not told twice."""
    held = list(_held(settings))
    explained = {(trouble.feed, trouble.source) for trouble in held}
    try:
        with marts.opened(settings) as con:
            late = [one for one in _late(con) if (one.feed, one.source) not in explained]
            explained |= {(trouble.feed, trouble.source) for trouble in late}
            shrunk = [one for one in _shrunk(con) if (one.feed, one.source) not in explained]
    except NothingPublished:
        late, shrunk = [], []
    return [*held, *late, *_drifted(settings), *shrunk]


def _held(settings: Settings) -> Iterator[Trouble]:
    by_feed: dict[tuple[str, str], list[Any]] = {}
    for window in held_windows(settings):
        by_feed.setdefault((window.feed, window.source), []).append(window)
    for (feed, source), windows in by_feed.items():
        first, last = (Window.from_id(windows[place].window_id) for place in (0, -1))
        rules = ", ".join(sorted({rule for window in windows for rule in window.rules}))
        rows = sum(window.rows for window in windows)
        yield Trouble(
            "held_back",
            feed,
            source,
            first.start,
            f"{len(windows)} {'window' if len(windows) == 1 else 'windows'} with {rows:,} rows: "
            f"held back as a whole, for {rules}. What was accepted before stays; from "
            f"{first.start:%Y-%m-%d %H:%M} UTC on days are not whole.\n\n"
            + "\n".join(f"- {finding}" for finding in windows[-1].findings),
            f"storepulse quarantine show {feed} --source {source}",
            _ingest(feed, source, Window(first.start, last.end)),
        )


def _late(con: duckdb.DuckDBPyConnection) -> Iterator[Trouble]:
    rows = con.execute(
        "select feed, source_name, complete_until, "
        "max(complete_until) over (partition by source_name) as newest from fct_feed_coverage"
    ).fetchall()
    for feed, source, until, newest in rows:
        missing = newest - until
        if missing >= LATE_AFTER:
            start, end = until.replace(tzinfo=UTC), newest.replace(tzinfo=UTC)
            yield Trouble(
                "late",
                feed,
                source,
                start,
                f"{feed} is complete until {until:%Y-%m-%d %H:%M} UTC only, "
                f"{missing / timedelta(hours=1):.0f} hours behind the newest feed of its source.",
                "storepulse status",
                _ingest(feed, source, Window(start, end)),
            )


def _shrunk(con: duckdb.DuckDBPyConnection) -> Iterator[Trouble]:
    """Days in a row up to the newest whole one of which half or less came."""
    rows = con.execute(
        """
        with whole as (
            select feed, source_name, store_id, business_date, rows_accepted, rows_expected,
                row_number() over (
                    partition by feed, store_id order by business_date desc
                ) as age
            from fct_feed_days inner join dim_stores using (store_id)
            where is_whole
        )
        select feed, source_name, store_id, business_date, rows_accepted, rows_expected
        from whole where age = 1 and rows_expected >= ? and rows_accepted <= rows_expected * ?
        order by all
        """,
        [ENOUGH_ROWS, SHRUNK_TO],
    ).fetchall()
    for feed, source, store, day, accepted, expected in rows:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        yield Trouble(
            "shrunk",
            feed,
            source,
            start,
            f"{accepted:,} rows of {store} on {day}, where such a weekday usually has "
            f"{expected:,.0f}. An export that stopped midway looks like this; so does a bad day.",
            f"storepulse quarantine show {feed} --source {source}",
            _ingest(feed, source, Window(start - timedelta(days=1), start + timedelta(days=2))),
        )


def _drifted(settings: Settings) -> Iterator[Trouble]:
    for feed in all_feeds():
        for folder in sorted((settings.landing / feed).glob("[!.]*")):
            windows = sorted(folder.glob("[0-9]*/validation.json"))
            if not windows:
                continue
            verdict: Mapping[str, Any] = json.loads(windows[-1].read_text(encoding="utf-8"))
            shapes = [one for one in verdict["told"] if one["rule"] in _OF_SHAPE]
            if not shapes:
                continue
            window = Window.from_id(windows[-1].parent.name)
            yield Trouble(
                "drifted",
                feed,
                folder.name,
                window.start,
                " ".join(f"Expected {one['expected']}, got {one['got']}." for one in shapes),
                f"cat {windows[-1]}",
                f"# add the column to the registry (feeds.yaml) or leave it out of "
                f"include/sources/{folder.name}/{feed}.sql, then\n"
                f"  {_ingest(feed, folder.name, window)}",
            )


def _ingest(feed: str, source: str, window: Window) -> str:
    return (
        f"storepulse ingest --source {source} --feeds {feed} "
        f"--from {window.start:%Y-%m-%dT%H:%M:%SZ} --until {window.end:%Y-%m-%dT%H:%M:%SZ}"
    )


def _text(settings: Settings, trouble: Trouble) -> str:
    since = f"{trouble.since:%Y-%m-%d %H:%M} UTC" if trouble.since else "not known"
    return (
        f"{trouble.what}\n\n"
        f"Feed    {trouble.feed} from {trouble.source}\n"
        f"Since   {since}\n"
        f"Impact  {impact_of(settings, trouble.feed)}\n\n"
        f"To look:\n  {trouble.look}\n\n"
        f"To repair, once the cause is mended:\n  {trouble.repair}\n  storepulse build\n\n"
        f"This is told once a day as long as it lasts.\n"
    )
