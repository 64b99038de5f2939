"""What is wrong with the data itself: feeds held back, failing, late, unpublished, of a new shape.

Found by looking at what lies where, so that nothing needs to have failed, or even to have run, for
it to be found. `trouble_mails` tells data engineers; supervisors read which numbers are not ready.
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
from storepulse.lake.accepted import accepted_at, accepted_since, unbroken, windows_of, written_at
from storepulse.lake.quarantine import held_windows
from storepulse.notify.task_failures import noted
from storepulse.serving import catalog
from storepulse.settings import Settings
from storepulse.validate.result import command
from storepulse.windows import Window

# One window may be on its way; two that did not come are late.
LATE_AFTER = timedelta(hours=12)
# What lies in quarantine for longer was told when it was new.
DAYS_LOOKED_BACK = 7
# Rules that accept a window and want a person to look, by what they are about; the suites say from
# where on, and why.
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
class Trouble:
    """One thing that is wrong with one feed.

    Attributes:
        kind: held_back, late, unpublished, lost, quarantined, drifted, misspelled, shrunk, or an
            error's name.
        rules: what speaks against it.
        since: UTC; None where it is not known.
        what: what is wrong and how much, in a sentence or two.
        look: the command that shows more.
        repair: the command that repairs it, once its cause is; None where catching up does.
        stops: KPIs wait for it, so that its end is news, too.
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


def found(settings: Settings, now: datetime) -> tuple[list[Trouble], list[StorepulseError]]:
    """List what is wrong at a moment, held back first; what explains another is not told twice.

    A task that failed explains why its feed is late. A window held back is late nowhere, and
    explains nothing else.

    Returns:
        What was found; and what kept some of it from being found, such as a source that cannot be
        read: of that kind of trouble nothing is known then.
    """
    unknown = list[StorepulseError]()

    def all_of(finder: Iterator[Trouble]) -> list[Trouble]:
        try:
            return list(finder)
        except StorepulseError as failure:
            unknown.append(failure)
            return []

    failed = all_of(_failed(settings))
    failing = {(one.feed, one.source) for one in failed}
    late = [one for one in all_of(_late(settings, now)) if (one.feed, one.source) not in failing]
    stopped = [*all_of(_held(settings)), *failed, *late]
    finders = (_unpublished(settings, now), _quarantined(settings), _lost(settings, now))
    after = [one for finder in (*finders, _told(settings)) for one in all_of(finder)]
    return [*stopped, *after], unknown


def _held(settings: Settings) -> Iterator[Trouble]:
    by_feed: dict[tuple[str, str], list[Any]] = {}
    for window in held_windows(settings):
        by_feed.setdefault((window.feed, window.source), []).append(window)
    for (feed, source), windows in by_feed.items():
        first = Window.from_id(windows[0].window_id)
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
            stops=True,
        )


def _failed(settings: Settings) -> Iterator[Trouble]:
    """Feeds of which a task failed for good and that did not work again since."""
    for note in noted(settings):
        windows = windows_of(settings, note.feed, note.source)
        came = accepted_at(settings, note.feed, note.source)
        has_hole = not windows or unbroken(windows).end < max(one.end for one in windows)
        if came and came[1] > note.at and not (note.step == "catch_up" and has_hole):
            note.place.unlink(missing_ok=True)
            continue
        yield Trouble(
            note.kind, note.feed, note.source, (), note.at, note.what, note.look, stops=True
        )


def _late(settings: Settings, now: datetime) -> Iterator[Trouble]:
    """Feeds of the connected shop that did not come as far as the clock has.

    A window that is held back came, too: what is late is what is missing beside it.
    """
    connected = accepted_at(settings, "*", settings.source)
    if connected is None:
        # Nobody has begun yet.
        return
    source = load_source(settings, settings.source)
    held = held_windows(settings, source.name)
    for feed in source.feeds:
        accepted = windows_of(settings, feed, source.name)
        stopped = [
            window
            for one in held
            for window in [Window.from_id(one.window_id)]
            # What lies before the first accepted window was never waited for.
            if one.feed == feed and (not accepted or window.end > accepted[0].start)
        ]
        windows = [*accepted, *stopped]
        until = unbroken(windows).end if windows else None
        # Who loads a shop's history needs a while, in which no feed is late.
        begun, _ = accepted_at(settings, feed, source.name) or connected
        as_of = source.as_of(now)
        if now - begun < LATE_AFTER or (until and as_of - until < LATE_AFTER):
            continue
        yield Trouble(
            "late",
            feed,
            source.name,
            (),
            until,
            _how_late(windows, bool(stopped), as_of)
            or f"Never came, and others of {source.name} have since {begun:%Y-%m-%d %H:%M} UTC.",
            "storepulse status",
            stops=True,
        )


def _how_late(windows: Sequence[Window], is_stopped: bool, as_of: datetime) -> str:
    """Say how far a feed came, without its name: feeds that stopped together stand together."""
    if not windows:
        return ""
    until, last = unbroken(windows).end, max(window.end for window in windows)
    included = ", windows held back included" if is_stopped else ""
    hours = (as_of - until) / timedelta(hours=1)
    behind_it = (
        f"; windows after the gap came in, the last until {last:%Y-%m-%d %H:%M} UTC"
        if last > until
        else ""
    )
    return (
        f"Complete until {until:%Y-%m-%d %H:%M} UTC only{included}, {hours:.0f} hours behind the "
        f"clock{behind_it}."
    )


def _unpublished(settings: Settings, now: datetime) -> Iterator[Trouble]:
    """What was accepted long ago and is in no published mart: nothing builds or publishes."""
    manifest = settings.serving / "manifest.json"
    published = datetime.min.replace(tzinfo=UTC)
    if manifest.is_file():
        about = json.loads(manifest.read_text(encoding="utf-8"))
        published = datetime.fromisoformat(about["published_at"])
    for feed in all_feeds():
        waiting = [
            moment
            for file in (settings.accepted / feed / settings.source).glob("[!.]*.parquet")
            for moment in [written_at(file)]
            if published < moment <= now - LATE_AFTER
        ]
        if waiting:
            since = min(waiting)
            yield Trouble(
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


def _lost(settings: Settings, now: datetime) -> Iterator[Trouble]:
    """Windows that were noted within a day as lost: what is known as it is now only."""
    for feed in all_feeds():
        files = accepted_since(settings, feed, settings.source, now - timedelta(days=1))
        lost = [file.window for file in files if file.lost]
        if lost:
            spans = "\n".join(f"- {window}" for window in lost)
            yield Trouble(
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


def _quarantined(settings: Settings) -> Iterator[Trouble]:
    """Feeds of whose days so much is in quarantine that KPIs are not told for it."""
    try:
        with catalog.opened(settings) as con:
            rows = _quarantined_rows(con)
    except NothingPublished:
        return
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


def _quarantined_rows(con: duckdb.DuckDBPyConnection) -> list[Any]:
    return con.execute(
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
                        again if kind != "drifted" else f"{_ABOUT_SHAPE}\n  {again}",
                    )
