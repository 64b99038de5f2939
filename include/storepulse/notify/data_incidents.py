"""Data incidents: feeds rejected, failing, late, unpublished or with a changed schema.

They are found from the files in the lake, so that nothing needs to have failed, or even to have
run. `data_incident_mails` mails them to data engineers; supervisors read which numbers are not
ready.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from storepulse.errors import NothingPublished, StorepulseError
from storepulse.feeds.registry import all_feeds
from storepulse.feeds.sources import load_source
from storepulse.lake import walk
from storepulse.lake.accepted import accepted_at, accepted_since, unbroken, windows_of, written_at
from storepulse.lake.quarantine import rejected_windows
from storepulse.notify.task_failures import noted
from storepulse.serving import catalog
from storepulse.settings import Settings
from storepulse.validate.result import command
from storepulse.windows import Window

# One window may be on its way; two missing ones are late.
LATE_AFTER = timedelta(hours=12)
# Rows that are in quarantine for longer were reported when they were new.
DAYS_LOOKED_BACK = 7
# Rules that accept a window with a warning, by kind of incident; the suites have the thresholds and
# their reasons.
_KINDS = {
    "drifted": frozenset({"extra_columns", "unused_columns_present"}),
    "misspelled": frozenset({"references_written_as_keys"}),
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
class DataIncident:
    """One problem with one feed.

    Attributes:
        kind: held_back, late, unpublished, lost, quarantined, drifted, misspelled, shrunk, or an
            error's name.
        rules: the rules that failed.
        since: UTC; None where it is not known.
        what: what is wrong and how much, in a sentence or two.
        look: the command that shows more.
        repair: the command that repairs it after its cause is fixed; None where catching up does.
        stops: KPIs wait for it, so that its recovery is mailed, too.
    """

    kind: str
    feed: str
    source: str
    rules: tuple[str, ...]
    since: datetime | None
    what: str
    look: str
    repair: str | None = None
    stops: bool = False


def find_data_incidents(
    settings: Settings, now: datetime
) -> tuple[list[DataIncident], list[StorepulseError]]:
    """List what is wrong at a moment, rejected windows first; each problem is reported once.

    A failed task explains why its feed is late. A rejected window is not late, and explains nothing
    else.

    Returns:
        The incidents found; and the errors that kept some kinds from being found, such as a source
        that cannot be read: nothing is known about incidents of those kinds then.
    """
    unknown = list[StorepulseError]()

    def all_of(finder: Iterator[DataIncident]) -> list[DataIncident]:
        try:
            return list(finder)
        except StorepulseError as failure:
            unknown.append(failure)
            return []

    failed = all_of(_failed(settings))
    failing = {(one.feed, one.source) for one in failed}
    late = [one for one in all_of(_late(settings, now)) if (one.feed, one.source) not in failing]
    stopped = [*all_of(_rejected(settings)), *failed, *late]
    finders = (_unpublished(settings, now), _quarantined(settings), _lost(settings, now))
    after = [
        one for finder in (*finders, _accepted_with_warnings(settings)) for one in all_of(finder)
    ]
    return [*stopped, *after], unknown


def _rejected(settings: Settings) -> Iterator[DataIncident]:
    by_feed: dict[tuple[str, str], list[Any]] = {}
    for window in rejected_windows(settings):
        by_feed.setdefault((window.feed, window.source), []).append(window)
    for (feed, source), windows in by_feed.items():
        first = Window.from_id(windows[0].window_id)
        rules = tuple(sorted({rule for window in windows for rule in window.rules}))
        rows = sum(window.rows for window in windows)
        yield DataIncident(
            "held_back",
            feed,
            source,
            rules,
            first.start,
            f"{len(windows)} {'window' if len(windows) == 1 else 'windows'} with {rows:,} rows: "
            f"rejected as a whole, for {', '.join(rules)}. What was accepted before stays; from "
            f"{first.start:%Y-%m-%d %H:%M} UTC on days are not whole.\n\n"
            + "\n".join(f"- {finding}" for finding in windows[-1].findings),
            f"storepulse quarantine show {feed} --source {source}",
            stops=True,
        )


def _failed(settings: Settings) -> Iterator[DataIncident]:
    """Feeds with a task that failed finally and that have not succeeded since."""
    for note in noted(settings):
        windows = windows_of(settings, note.feed, note.source)
        accepted = accepted_at(settings, note.feed, note.source)
        has_hole = not windows or unbroken(windows).end < max(one.end for one in windows)
        if accepted and accepted[1] > note.at and not (note.step == "catch_up" and has_hole):
            note.place.unlink(missing_ok=True)
            continue
        yield DataIncident(
            note.kind, note.feed, note.source, (), note.at, note.what, note.look, stops=True
        )


def _late(settings: Settings, now: datetime) -> Iterator[DataIncident]:
    """Feeds of the connected shop whose data is behind the wall clock.

    A rejected window was received, too: only what is missing besides it is late.
    """
    connected = accepted_at(settings, "*", settings.source)
    if connected is None:
        # Nothing has been loaded yet.
        return
    source = load_source(settings, settings.source)
    rejected = rejected_windows(settings, source.name)
    for feed in source.feeds:
        accepted = windows_of(settings, feed, source.name)
        stopped = [
            window
            for one in rejected
            for window in [Window.from_id(one.window_id)]
            # Windows before the first accepted one were never expected.
            if one.feed == feed and (not accepted or window.end > accepted[0].start)
        ]
        windows = [*accepted, *stopped]
        until = unbroken(windows).end if windows else None
        # Loading a shop's history takes a while, during which no feed is late.
        begun, _ = accepted_at(settings, feed, source.name) or connected
        as_of = source.as_of(now)
        if now - begun < LATE_AFTER or (until and as_of - until < LATE_AFTER):
            continue
        yield DataIncident(
            "late",
            feed,
            source.name,
            (),
            until,
            _lateness(windows, bool(stopped), as_of)
            or f"Never arrived, and others of {source.name} have since {begun:%Y-%m-%d %H:%M} UTC.",
            "storepulse status",
            stops=True,
        )


def _lateness(windows: Sequence[Window], is_stopped: bool, as_of: datetime) -> str:
    """Write how far a feed is complete, without its name, so that feeds can share a sentence."""
    if not windows:
        return ""
    until, last = unbroken(windows).end, max(window.end for window in windows)
    included = ", rejected windows included" if is_stopped else ""
    hours = (as_of - until) / timedelta(hours=1)
    behind_it = (
        f"; windows after the gap arrived, the last until {last:%Y-%m-%d %H:%M} UTC"
        if last > until
        else ""
    )
    return (
        f"Complete until {until:%Y-%m-%d %H:%M} UTC only{included}, {hours:.0f} hours behind the "
        f"clock{behind_it}."
    )


def _unpublished(settings: Settings, now: datetime) -> Iterator[DataIncident]:
    """Windows accepted long ago that are in no published mart: nothing builds or publishes."""
    manifest = settings.serving / "manifest.json"
    published = datetime.min.replace(tzinfo=UTC)
    if manifest.is_file():
        about = json.loads(manifest.read_text(encoding="utf-8"))
        published = datetime.fromisoformat(about["published_at"])
    for feed in all_feeds():
        waiting = [
            moment
            for files in walk.accepted(settings, feed, settings.source)
            for moment in [written_at(files.accepted)]
            if published < moment <= now - LATE_AFTER
        ]
        if waiting:
            since = min(waiting)
            yield DataIncident(
                "unpublished",
                feed,
                settings.source,
                (),
                since,
                f"{len(waiting)} accepted windows are in no published mart.",
                "storepulse status",
                "storepulse build && storepulse publish",
                stops=True,
            )


def _lost(settings: Settings, now: datetime) -> Iterator[DataIncident]:
    """Windows recorded as lost within a day: the source keeps only its current state."""
    for feed in all_feeds():
        files = accepted_since(settings, feed, settings.source, now - timedelta(days=1))
        lost = [file.window for file in files if file.lost]
        if lost:
            spans = "\n".join(f"- {window}" for window in lost)
            yield DataIncident(
                "lost",
                feed,
                settings.source,
                (),
                lost[0].start,
                f"Nobody asked in time, and the source knows only what is so now; KPIs of these "
                f"windows' days stay without {feed}:\n{spans}",
                "storepulse status",
                "# nothing: find out why nothing ran, so that it does not happen again; then",
            )


def _quarantined(settings: Settings) -> Iterator[DataIncident]:
    """Feeds with so many rows in quarantine on a day that its KPIs are not reported."""
    try:
        with catalog.opened(settings) as con:
            rows = _quarantined_rows(con)
    except NothingPublished:
        return
    for feed, source, day, refused, accepted in rows:
        yield DataIncident(
            "quarantined",
            feed,
            source,
            (),
            datetime(day.year, day.month, day.day, tzinfo=UTC),
            f"{refused:,} rows of {refused + accepted:,} are in quarantine on days from {day} on, "
            f"of which a tenth or more is; KPIs made of them are not reported.",
            f"storepulse quarantine show {feed} --source {source}",
            f"storepulse quarantine release {feed} --source {source}",
        )


def _quarantined_rows(con: duckdb.DuckDBPyConnection) -> list[Any]:
    return con.execute(
        f"""
        with unready as (
            select distinct store_id, feed, kpi_date as business_date from fct_kpi_readiness
            where status_reason = 'rows_in_quarantine'
                and kpi_date > (select max(kpi_date) from fct_kpi_readiness) - {DAYS_LOOKED_BACK}
        )
        select feed, source_name, min(business_date), sum(rows_quarantined), sum(rows_accepted)
        from unready
        inner join fct_feed_daily using (store_id, feed, business_date)
        inner join dim_stores using (store_id)
        group by feed, source_name order by feed, source_name
        """
    ).fetchall()


def _accepted_with_warnings(settings: Settings) -> Iterator[DataIncident]:
    """Warnings with which the newest window of each feed was accepted."""
    for feed in all_feeds():
        for source in walk.landing_sources(settings, feed):
            windows = walk.landed(settings, feed, source)
            newest = next((one for one in reversed(windows) if one.validation.is_file()), None)
            if newest is None:
                continue
            result: Mapping[str, Any] = json.loads(newest.validation.read_text(encoding="utf-8"))
            again = command("ingest", source, feed, newest.window)
            for kind, rules in _KINDS.items():
                warnings = [one for one in result["told"] if one["rule"] in rules]
                if result["verdict"] == "accepted" and warnings:
                    yield DataIncident(
                        kind,
                        feed,
                        source,
                        tuple(sorted(one["rule"] for one in warnings)),
                        newest.window.start,
                        "\n".join(
                            f"Expected {one['expected']}, got {one['got']} ({one['why']})."
                            for one in warnings
                        ),
                        f"cat {newest.validation}",
                        again if kind != "drifted" else f"{_ABOUT_SHAPE}\n  {again}",
                    )
