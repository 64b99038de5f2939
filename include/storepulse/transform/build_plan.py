"""What the next build has to do: which accepted files dbt reads and which days it rebuilds.

`warehouse/built.json` is the ledger of the last build that finished: the accepted files it saw and
the days they held. Files that are new, changed or gone since then give the days to rebuild, old
and new. `warehouse/worklist.json` is written before a build begins; when its build id is not in the
ledger afterwards, that build broke off and its days are rebuilt again.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.accepted import AcceptedFile, accepted_columns, accepted_files, coverage
from storepulse.lake.atomic import atomic_write
from storepulse.lake.forgetting import ends_of_forgotten
from storepulse.lake.quarantine import held_spans, refused_files
from storepulse.settings import Settings
from storepulse.transform import as_of_export
from storepulse.transform.changed_dates import (
    Days,
    Moved,
    last_build,
    moved,
    remember_lookups,
    same_stores,
    with_moved,
)
from storepulse.transform.currency import reporting_currency
from storepulse.transform.fingerprint import fingerprint
from storepulse.transform.lookback import NEIGHBOURS
from storepulse.transform.window_checks import remember_window_checks
from storepulse.windows import AHEAD_AT_MOST

_NEVER = frozenset[date]()


@dataclass(frozen=True)
class WorkList:
    """One build's work.

    Attributes:
        build_id: names the build in the ledger.
        full: every day of every fact is rebuilt.
        reason: why it is full, or what is new, for the log.
        files: every accepted file, as this build knows it.
        rebuilt: event dates to replace, by fact; ignored when full.
        moved: days that must be built together, because a row was moved from one to another.
        definitions: fingerprint of what the marts are made by.
        reporting_currency: what amounts of all stores are given in.
        held: windows held back as a whole, as dbt reads them.
        seed: the as-of ledger read back, when the warehouse had lost it.
        compared_since: the as-of ledger and its export are the same before this moment, naive UTC;
            None when that is not known.
        speaks_after: the moment of the last build when windows that it read are gone, naive UTC.
            This build says other things with no feed having come further, and keeps what was said.
    """

    build_id: str
    full: bool
    reason: str
    files: tuple[AcceptedFile, ...]
    rebuilt: Mapping[str, Days]
    moved: Moved
    definitions: str
    reporting_currency: str
    held: Sequence[Mapping[str, Any]] = ()
    seed: as_of_export.Seed | None = None
    compared_since: datetime | None = None
    speaks_after: datetime | None = None

    @property
    def days(self) -> Days:
        """All days that this build replaces in any fact."""
        if self.full:
            return frozenset(day for file in self.files for day in file.event_days)
        return frozenset().union(*self.rebuilt.values())


def prepare(
    settings: Settings, full: bool, without_ledger: bool = False, now: datetime | None = None
) -> WorkList | None:
    """Work out what is to be done and write it down where dbt's macros read it.

    Args:
        settings: where accepted and the warehouse are.
        full: rebuild everything, whatever is new.
        without_ledger: go on when what earlier builds said is lost.
        now: the clock, aware; only windows that were forgotten are held against it.

    Returns:
        None when nothing changed since the last build that finished, or nothing was ever accepted.

    Raises:
        LedgerLost: builds were made here, but neither the as-of ledger nor its export is left.
        TransformFailed: the warehouse or something it is made of cannot be read.
    """
    ledger = last_finished(settings)
    broken_off = unfinished_build(settings)
    known = {
        path: AcceptedFile.from_json(Path(path), kept)
        for path, kept in ledger.get("files", {}).items()
    }
    files = tuple(accepted_files(settings, known))
    if not files and not known:
        return None
    changed = _changed(files, known)
    definitions, held = fingerprint(settings.dbt_project_dir), held_spans(settings)
    currency = reporting_currency(settings)
    work = WorkList(uuid4().hex, full, "asked for", files, {}, {}, definitions, currency, held)
    lookups = _lookups(settings, work.build_id)
    remember_lookups(
        lookups, {feed: _paths(files, feed) for feed in ("products", "fx_rates", "stores")}
    )
    remember_window_checks(lookups, files, held)
    work = _with_as_of(settings, ledger, work, without_ledger, now)
    reason = work.reason if work.full else _reason_for_full(settings, ledger, broken_off, work)
    if reason:
        paths = {feed: _paths(files, feed) for feed in all_feeds()}
        work = replace(work, full=True, reason=reason, moved=moved(paths), compared_since=None)
    elif changed or broken_off or held != ledger.get("held", []):
        work = replace(work, reason=_news(changed, broken_off))
        work = _with_days(settings, ledger, work, changed, broken_off)
    else:
        shutil.rmtree(lookups)
        return None
    _write(settings.warehouse / "worklist.json", _for_dbt(settings, work, not broken_off))
    return work


def last_finished(settings: Settings) -> dict[str, Any]:
    """The ledger's entry of the last build that finished; empty when there is none."""
    return _read(settings.warehouse / "built.json")


def finish(
    settings: Settings,
    work: WorkList,
    warnings: Sequence[Mapping[str, Any]] = (),
    as_of: datetime | None = None,
) -> None:
    """Enter a build into the ledger; its files count as seen from now on.

    Args:
        settings: where the ledger is.
        work: what was built.
        warnings: what its data tests want a person to look at
            (`storepulse.transform.build_warnings`).
        as_of: the moment as of which it spoke, naive UTC; None when no feed has a window.
    """
    entry = {
        "build_id": work.build_id,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "reporting_currency": work.reporting_currency,
        "definitions": work.definitions,
        "as_of": as_of and as_of.isoformat(),
        "held": list(work.held),
        "warnings": list(warnings),
        "moved": {feed: [_iso(days) for days in groups] for feed, groups in work.moved.items()},
        "files": {str(file.path): file.as_json() for file in work.files},
    }
    _write(settings.warehouse / "built.json", entry)
    for folder in (settings.warehouse / "lookups").iterdir():
        if folder.name != work.build_id:
            shutil.rmtree(folder, ignore_errors=True)


def _news(changed: Sequence[AcceptedFile], broken_off: dict[str, Any]) -> str:
    if not changed and not broken_off:
        return "other windows are held back than before"
    files = f"{len({file.path for file in changed})} accepted files are new, replaced or gone"
    return f"{files}, and the last build broke off" if broken_off else files


def _reason_for_full(
    settings: Settings, ledger: dict[str, Any], broken_off: dict[str, Any], work: WorkList
) -> str | None:
    known = _lookups(settings, ledger.get("build_id", "none"))
    if not ledger or not settings.warehouse_file.is_file() or not known.is_dir():
        return "there is no finished build yet"
    if broken_off.get("full"):
        return "the last full build broke off"
    if ledger["definitions"] != work.definitions:
        return "the models changed"
    if ledger["reporting_currency"] != work.reporting_currency:
        return "the reporting currency changed"
    if not same_stores(_lookups(settings, work.build_id), known):
        return "a store is new or changed its time zone or currency"
    return None


def _with_as_of(
    settings: Settings,
    ledger: dict[str, Any],
    work: WorkList,
    without_ledger: bool,
    now: datetime | None,
) -> WorkList:
    as_of = datetime.fromisoformat(ledger["as_of"]) if ledger.get("as_of") else None
    is_gone = bool(ledger.get("files", {}).keys() - {str(file.path) for file in work.files})
    warehouse, lookups = settings.warehouse_file, _lookups(settings, work.build_id)
    until = _forgotten_after(settings, work.files, now or datetime.now(UTC))
    seed = as_of_export.ready(settings, warehouse, lookups, until, without_ledger)
    if seed is not None:
        work = replace(work, full=True, reason="the warehouse had lost the as-of ledger", seed=seed)
    elif as_of_export.is_unexported(settings, warehouse):
        work = replace(work, full=True, reason="the as-of ledger was never exported")
    if until is not None:
        return replace(work, speaks_after=as_of_export.spoken_until(settings, until))
    return replace(work, compared_since=as_of, speaks_after=as_of if is_gone else None)


def _forgotten_after(
    settings: Settings, files: Sequence[AcceptedFile], now: datetime
) -> datetime | None:
    """The moment after which the as-of ledger holds what only a window taken back can have said.

    Returns:
        The clock's or that of the last accepted window, whichever is later, naive UTC; None as
        long as no build spoke of a later one, or no window that ended so late was taken back.
        So neither a clock that is wrong nor a file that is missing removes anything.
    """
    latest = max([now + AHEAD_AT_MOST, *(file.window.end for file in files)])
    newest = as_of_export.newest(settings, settings.warehouse_file)
    if newest is None or newest.replace(tzinfo=UTC) <= latest:
        return None
    is_forgotten = any(end > latest for end in ends_of_forgotten(settings))
    return latest.replace(tzinfo=None) if is_forgotten else None


def _with_days(
    settings: Settings,
    ledger: dict[str, Any],
    work: WorkList,
    changed: Sequence[AcceptedFile],
    broken_off: dict[str, Any],
) -> WorkList:
    touched = {
        feed: frozenset(day for file in changed if file.feed == feed for day in file.event_days)
        for feed in all_feeds()
    }
    new = [file for file in changed if file in work.files]
    together = {
        feed: frozenset(_days(days) for days in groups) for feed, groups in ledger["moved"].items()
    }
    with last_build(settings.warehouse_file) as warehouse:
        for feed, days in warehouse.moved({feed: _paths(new, feed) for feed in touched}).items():
            together[feed] |= days
        touched["orders"] = with_moved(touched["orders"], together["orders"])
        # a line says what its order says
        touched["order_lines"] |= touched["orders"]
        touched["refunds"] |= warehouse.days_of_refunds_for(
            touched["orders"], _paths(work.files, "orders", touched["orders"])
        )
        looked_up = warehouse.days_of_changed_lookups(
            _lookups(settings, work.build_id), _lookups(settings, ledger["build_id"])
        )
    unfinished = broken_off.get("facts", {})
    rebuilt = {
        fact: with_moved(
            _around(touched[feed], changes)
            | looked_up.get(fact, _NEVER)
            | _days(unfinished.get(fact, {}).get("days", [])),
            together.get(feed, frozenset()),
        )
        for fact, (feed, changes, _) in NEIGHBOURS.items()
    }
    return replace(work, rebuilt=rebuilt, moved=together)


def _for_dbt(settings: Settings, work: WorkList, previous_build_finished: bool) -> dict[str, Any]:
    read: dict[str, Days] = {}
    for fact, (feed, _, reads) in NEIGHBOURS.items():
        read[feed] = read.get(feed, _NEVER) | _around(work.rebuilt.get(fact, _NEVER), reads)
    return {
        "build_id": work.build_id,
        "full": work.full,
        "previous_build_finished": previous_build_finished,
        "facts": {fact: {"days": _iso(work.rebuilt.get(fact, _NEVER))} for fact in NEIGHBOURS},
        "feeds": {
            feed: _feed_for_dbt(feed, work.files, None if work.full else read.get(feed))
            | {"refused_files": [str(path) for path in refused_files(settings, feed)]}
            for feed in all_feeds()
        },
        "held": list(work.held),
        "ledger": work.seed and str(work.seed.path),
        "speaks_after": work.speaks_after and f"{work.speaks_after:%Y-%m-%d %H:%M:%S.%f}",
        "window_checks": str(_lookups(settings, work.build_id) / "window_checks.parquet"),
        "lost": [_lost(file) for file in work.files if file.lost],
        "coverage": [
            {
                "feed": span.feed,
                "source": span.source,
                "covered_from": f"{span.start:%Y-%m-%d %H:%M:%S}",
                "complete_until": f"{span.end:%Y-%m-%d %H:%M:%S}",
            }
            for span in coverage(work.files)
        ],
    }


def _lost(file: AcceptedFile) -> dict[str, str]:
    return {
        "feed": file.feed,
        "source": file.source,
        "window_start": f"{file.window.start:%Y-%m-%d %H:%M:%S}",
        "window_end": f"{file.window.end:%Y-%m-%d %H:%M:%S}",
    }


def _feed_for_dbt(feed: str, files: Iterable[AcceptedFile], days: Days | None) -> dict[str, Any]:
    """Describe a feed to the macros; without days (full build, small lookup) it is read whole."""
    return {
        "key": feed_named(feed).key,
        "event_time": feed_named(feed).event_time,
        "change_time": feed_named(feed).change_time,
        "columns": accepted_columns(feed),
        "has_money": feed_named(feed).amount is not None,
        "reported_by": feed_named(feed).reported_by,
        "days": None if days is None else _iso(days),
        "files": [str(path) for path in _paths(files, feed, days)],
    }


def _changed(
    files: Sequence[AcceptedFile], known: Mapping[str, AcceptedFile]
) -> list[AcceptedFile]:
    """Files that are new or gone, and both states of those that were replaced."""
    now = {str(file.path): file for file in files}
    paths = sorted(path for path in {*now, *known} if now.get(path) != known.get(path))
    return [state[path] for path in paths for state in (known, now) if path in state]


def unfinished_build(settings: Settings) -> dict[str, Any]:
    """The work list of a build that began and never finished; empty when there is none."""
    last = _read(settings.warehouse / "worklist.json")
    ledger = last_finished(settings)
    return last if last.get("build_id") != ledger.get("build_id") else {}


def _paths(files: Iterable[AcceptedFile], feed: str, days: Days | None = None) -> list[Path]:
    return [
        file.path
        for file in files
        if file.feed == feed and file.rows and (days is None or days & set(file.event_days))
    ]


def _around(days: Iterable[date], steps: range) -> Days:
    return frozenset(day + timedelta(days=step) for day in days for step in steps)


def _days(days: Iterable[str]) -> Days:
    return frozenset(date.fromisoformat(day) for day in days)


def _iso(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]


def _lookups(settings: Settings, build_id: str) -> Path:
    return settings.warehouse / "lookups" / build_id


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    with atomic_write(path) as temp:
        temp.write_text(json.dumps(content, indent=1), encoding="utf-8")
