"""What is wrong with the data itself, told to data engineers: one mail a cause and day.

Feeds that are held back, late, of a new shape, or that bring next to nothing, and what the data
tests of the last build warned of. A task that failed is told by `failures`; here nothing needs to
have failed. Supervisors are not written to: their mails say which numbers are not ready.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from storepulse import marts
from storepulse.build_warnings import BuildWarning, described, standing
from storepulse.errors import NothingPublished
from storepulse.failures import failures_folder, tell_once
from storepulse.feeds import all_feeds
from storepulse.lineage import impact_of
from storepulse.notices import send_pending
from storepulse.quarantine import held_windows
from storepulse.settings import Settings
from storepulse.validate.verdict import command
from storepulse.windows import Window

logger = logging.getLogger(__name__)

# One window may be on its way; two that did not come are late.
LATE_AFTER = timedelta(hours=12)
# What lies in quarantine for longer was told when it was new.
DAYS_LOOKED_BACK = 7
# Rules that accept a window and want a person to look, by what they are about; the suites say from
# where on, and why.
_KINDS = {
    "drifted": frozenset({"extra_columns", "unused_columns_present"}),
    "shrunk": frozenset(
        {
            "volume_not_collapsed",
            "busy_hours_present",
            "snapshots_all_whole",
            "snapshots_all_present",
        }
    ),
}
_ABOUT_SHAPE = (
    "# add the column to the registry (feeds.yaml), or leave it out of the mapping in "
    "include/sources; then"
)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong with one feed.

    Attributes:
        kind: held_back, late, quarantined, drifted or shrunk.
        rules: what speaks against it; other rules of the same kind are another cause.
        since: UTC; None where it is not known.
        what: what is wrong and how much, in a sentence or two.
        look: the command that shows more.
        repair: the command that mends it, once its cause is mended.
    """

    kind: str
    feed: str
    source: str
    rules: tuple[str, ...]
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
        cause = "-".join([day, trouble.kind, trouble.source, trouble.feed, *trouble.rules])
        subject = f"{trouble.feed} from {trouble.source}: {trouble.kind.replace('_', ' ')}"
        told += tell_once(settings, cause, subject, _text(settings, trouble))
    told += sum(_tell_of_build(settings, warning) for warning in standing(settings))
    send_pending(settings, failures_folder(settings))
    logger.info("%d mails about the data itself", told)
    return told


def _tell_of_build(settings: Settings, warning: BuildWarning) -> bool:
    """Mail what the last build warned of, unless it was told today."""
    text = (
        f"{described(warning)}\n\n"
        f"The build passed, and what it made is published.\n\n"
        f"To look:\n  {warning.look}\n\n"
        f"To repair: have the source or its mapping corrected, then\n"
        f"  storepulse ingest\n  storepulse build\n\n"
        f"This is told once a day as long as it lasts.\n"
    )
    name = warning.test.removeprefix("assert_").replace("_", " ")
    cause = f"{datetime.now(UTC):%Y-%m-%d}-build-{warning.test}"
    return tell_once(settings, cause, f"the build warns: {name}", text)


def found(settings: Settings) -> list[Trouble]:
    """List what is wrong now, held back first; what explains another is not told twice."""
    held = list(_held(settings))
    explained = {(trouble.feed, trouble.source) for trouble in held}
    try:
        with marts.opened(settings) as con:
            published = [
                one
                for one in (*_late(con), *_quarantined(con))
                if (one.feed, one.source) not in explained
            ]
    except NothingPublished:
        published = []
    return [*held, *published, *_told(settings)]


def _held(settings: Settings) -> Iterator[Trouble]:
    by_feed: dict[tuple[str, str], list[Any]] = {}
    for window in held_windows(settings):
        by_feed.setdefault((window.feed, window.source), []).append(window)
    for (feed, source), windows in by_feed.items():
        first, last = (Window.from_id(windows[place].window_id) for place in (0, -1))
        rules = tuple(sorted({rule for window in windows for rule in window.rules}))
        rows = sum(window.rows for window in windows)
        yield Trouble(
            "held_back",
            feed,
            source,
            rules,
            first.start,
            f"{len(windows)} {'window' if len(windows) == 1 else 'windows'} with {rows:,} rows: "
            f"held back as a whole, for {', '.join(rules)}. What was accepted before stays; from "
            f"{first.start:%Y-%m-%d %H:%M} UTC on days are not whole.\n\n"
            + "\n".join(f"- {finding}" for finding in windows[-1].findings),
            f"storepulse quarantine show {feed} --source {source}",
            command("ingest", source, feed, Window(first.start, last.end)),
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
                (),
                start,
                f"{feed} is complete until {until:%Y-%m-%d %H:%M} UTC only, "
                f"{missing / timedelta(hours=1):.0f} hours behind the newest feed of its source.",
                "storepulse status",
                command("ingest", source, feed, Window(start, end)),
            )


def _quarantined(con: duckdb.DuckDBPyConnection) -> Iterator[Trouble]:
    """Feeds of whose days so much is in quarantine that KPIs are not told for it."""
    rows = con.execute(
        f"""
        with unready as (
            select distinct store_id, feed, kpi_date as business_date from fct_kpi_readiness
            where reason = 'rows_in_quarantine'
                and kpi_date > (select max(kpi_date) from fct_kpi_readiness) - {DAYS_LOOKED_BACK}
        )
        select feed, source_name, min(business_date), sum(rows_quarantined), sum(rows_accepted)
        from unready
        inner join fct_feed_days using (store_id, feed, business_date)
        inner join dim_stores using (store_id)
        group by feed, source_name order by feed, source_name
        """
    ).fetchall()
    for feed, source, day, refused, accepted in rows:
        yield Trouble(
            "quarantined",
            feed,
            source,
            (),
            datetime(day.year, day.month, day.day, tzinfo=UTC),
            f"{refused:,} rows of {refused + accepted:,} are in quarantine on days from {day} on, "
            f"of which a tenth or more is; KPIs made of them are not told.",
            f"storepulse quarantine show {feed} --source {source}",
            f"storepulse quarantine release {feed} --source {source}",
        )


def _told(settings: Settings) -> Iterator[Trouble]:
    """What the newest window of each feed was accepted with, though a rule speaks against it."""
    for feed in all_feeds():
        for folder in sorted((settings.landing / feed).glob("[!.]*")):
            windows = sorted(folder.glob("[0-9]*/validation.json"))
            if not windows:
                continue
            verdict: Mapping[str, Any] = json.loads(windows[-1].read_text(encoding="utf-8"))
            window = Window.from_id(windows[-1].parent.name)
            again = command("ingest", folder.name, feed, window)
            for kind, rules in _KINDS.items():
                told = [one for one in verdict["told"] if one["rule"] in rules]
                if verdict["verdict"] == "accepted" and told:
                    yield Trouble(
                        kind,
                        feed,
                        folder.name,
                        tuple(sorted(one["rule"] for one in told)),
                        window.start,
                        "\n".join(
                            f"Expected {one['expected']}, got {one['got']} ({one['why']})."
                            for one in told
                        ),
                        f"cat {windows[-1]}",
                        again if kind == "shrunk" else f"{_ABOUT_SHAPE}\n  {again}",
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
