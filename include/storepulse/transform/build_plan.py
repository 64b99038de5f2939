"""The build plan: which accepted files the next build reads and which days it rebuilds.

`warehouse/built.json` is the build record, the record of the last build that finished: the accepted
files it read and their event days. Files that are new, replaced or gone since then give the days to
rebuild, old and new. The plan is written to `warehouse/worklist.json` before a build begins; when
its build id is not in the record afterwards, that build broke off and its days are rebuilt again.
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
from storepulse.lake.quarantine import refused_files, rejected_spans
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
from storepulse.transform.lookback import LOOKBACKS
from storepulse.transform.window_checks import remember_window_checks
from storepulse.windows import AHEAD_AT_MOST

_NEVER = frozenset[date]()


@dataclass(frozen=True)
class BuildPlan:
    """What one build has to do.

    Attributes:
        build_id: names the build in the build record.
        full: every day of every fact is rebuilt.
        reason: why it is full, or what is new, for the log.
        files: every accepted file, as this build knows it.
        rebuilt: event dates to replace, by fact; ignored when full.
        moved: days that must be built together, because a row moved from one to another.
        definitions: fingerprint of the project that the marts are built from.
        reporting_currency: the currency of amounts over all stores.
        rejected: rejected windows, as dbt reads them.
        seed: the as-of ledger read back, when the warehouse had lost it.
        compared_since: the as-of ledger and its export are equal before this moment, naive UTC;
            None when that is not known.
        as_of_after: the as-of moment of the last build when windows that it read are gone, naive
            UTC. This build publishes other values although no feed has come further, so it needs a
            later moment, or it would overwrite what was published.
    """

    build_id: str
    full: bool
    reason: str
    files: tuple[AcceptedFile, ...]
    rebuilt: Mapping[str, Days]
    moved: Moved
    definitions: str
    reporting_currency: str
    rejected: Sequence[Mapping[str, Any]] = ()
    seed: as_of_export.Seed | None = None
    compared_since: datetime | None = None
    as_of_after: datetime | None = None

    @property
    def days(self) -> Days:
        """All days that this build replaces in any fact."""
        if self.full:
            return frozenset(day for file in self.files for day in file.event_days)
        return frozenset().union(*self.rebuilt.values())


def prepare(
    settings: Settings, full: bool, without_ledger: bool = False, now: datetime | None = None
) -> BuildPlan | None:
    """Work out what the build has to do, and write it where dbt's macros read it.

    Args:
        settings: where accepted and the warehouse are.
        full: rebuild everything, whatever is new.
        without_ledger: go on when the as-of ledger is lost.
        now: current time, aware; only windows that were taken back are compared with it.

    Returns:
        None when nothing changed since the last build that finished, or nothing was ever accepted.

    Raises:
        LedgerLost: builds were made here, but neither the as-of ledger nor its export is left.
        TransformFailed: the warehouse or something it is made of cannot be read.
    """
    record = last_finished(settings)
    broken_off = unfinished_build(settings)
    known = {
        path: AcceptedFile.from_json(Path(path), kept)
        for path, kept in record.get("files", {}).items()
    }
    files = tuple(accepted_files(settings, known))
    if not files and not known:
        return None
    changed = _changed(files, known)
    definitions, rejected = fingerprint(settings.dbt_project_dir), rejected_spans(settings)
    currency = reporting_currency(settings)
    plan = BuildPlan(uuid4().hex, full, "asked for", files, {}, {}, definitions, currency, rejected)
    lookups = _lookups(settings, plan.build_id)
    remember_lookups(
        lookups, {feed: _paths(files, feed) for feed in ("products", "fx_rates", "stores")}
    )
    remember_window_checks(lookups, files, rejected)
    plan = _with_as_of(settings, record, plan, without_ledger, now)
    reason = plan.reason if plan.full else _reason_for_full(settings, record, broken_off, plan)
    if reason:
        paths = {feed: _paths(files, feed) for feed in all_feeds()}
        plan = replace(plan, full=True, reason=reason, moved=moved(paths), compared_since=None)
    elif changed or broken_off or rejected != record.get("held", []):
        plan = replace(plan, reason=_news(changed, broken_off))
        plan = _with_days(settings, record, plan, changed, broken_off)
    else:
        shutil.rmtree(lookups)
        return None
    _write(settings.warehouse / "worklist.json", _for_dbt(settings, plan, not broken_off))
    return plan


def last_finished(settings: Settings) -> dict[str, Any]:
    """The record of the last build that finished; empty when there is none."""
    return _read(settings.warehouse / "built.json")


def finish(
    settings: Settings,
    plan: BuildPlan,
    warnings: Sequence[Mapping[str, Any]] = (),
    as_of: datetime | None = None,
) -> None:
    """Write the build record; the plan's files count as built from now on.

    Args:
        settings: where the record is.
        plan: what was built.
        warnings: what its data tests warned of (`storepulse.transform.build_warnings`).
        as_of: its as-of moment, naive UTC; None when no feed has a window.
    """
    record = {
        "build_id": plan.build_id,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "reporting_currency": plan.reporting_currency,
        "definitions": plan.definitions,
        "as_of": as_of and as_of.isoformat(),
        "held": list(plan.rejected),
        "warnings": list(warnings),
        "moved": {feed: [_iso(days) for days in groups] for feed, groups in plan.moved.items()},
        "files": {str(file.path): file.as_json() for file in plan.files},
    }
    _write(settings.warehouse / "built.json", record)
    for folder in (settings.warehouse / "lookups").iterdir():
        if folder.name != plan.build_id:
            shutil.rmtree(folder, ignore_errors=True)


def _news(changed: Sequence[AcceptedFile], broken_off: dict[str, Any]) -> str:
    if not changed and not broken_off:
        return "other windows are rejected than before"
    files = f"{len({file.path for file in changed})} accepted files are new, replaced or gone"
    return f"{files}, and the last build broke off" if broken_off else files


def _reason_for_full(
    settings: Settings, record: dict[str, Any], broken_off: dict[str, Any], plan: BuildPlan
) -> str | None:
    known = _lookups(settings, record.get("build_id", "none"))
    if not record or not settings.warehouse_file.is_file() or not known.is_dir():
        return "there is no finished build yet"
    if broken_off.get("full"):
        return "the last full build broke off"
    if record["definitions"] != plan.definitions:
        return "the models changed"
    if record["reporting_currency"] != plan.reporting_currency:
        return "the reporting currency changed"
    if not same_stores(_lookups(settings, plan.build_id), known):
        return "a store is new or changed its time zone or currency"
    return None


def _with_as_of(
    settings: Settings,
    record: dict[str, Any],
    plan: BuildPlan,
    without_ledger: bool,
    now: datetime | None,
) -> BuildPlan:
    as_of = datetime.fromisoformat(record["as_of"]) if record.get("as_of") else None
    is_gone = bool(record.get("files", {}).keys() - {str(file.path) for file in plan.files})
    warehouse, lookups = settings.warehouse_file, _lookups(settings, plan.build_id)
    until = _forgotten_after(settings, plan.files, now or datetime.now(UTC))
    seed = as_of_export.ready(settings, warehouse, lookups, until, without_ledger)
    if seed is not None:
        plan = replace(plan, full=True, reason="the warehouse had lost the as-of ledger", seed=seed)
    elif as_of_export.is_unexported(settings, warehouse):
        plan = replace(plan, full=True, reason="the as-of ledger was never exported")
    if until is not None:
        return replace(plan, as_of_after=as_of_export.last_moment_until(settings, until))
    return replace(plan, compared_since=as_of, as_of_after=as_of if is_gone else None)


def _forgotten_after(
    settings: Settings, files: Sequence[AcceptedFile], now: datetime
) -> datetime | None:
    """The moment after which rows of the as-of ledger can only come from a window taken back.

    Returns:
        The current time or the end of the last accepted window, whichever is later, naive UTC; None
        as long as no build had a later as-of moment, or no window that ended so late was taken
        back. So neither a wrong clock nor a missing file removes anything.
    """
    latest = max([now + AHEAD_AT_MOST, *(file.window.end for file in files)])
    newest = as_of_export.newest(settings, settings.warehouse_file)
    if newest is None or newest.replace(tzinfo=UTC) <= latest:
        return None
    is_forgotten = any(end > latest for end in ends_of_forgotten(settings))
    return latest.replace(tzinfo=None) if is_forgotten else None


def _with_days(
    settings: Settings,
    record: dict[str, Any],
    plan: BuildPlan,
    changed: Sequence[AcceptedFile],
    broken_off: dict[str, Any],
) -> BuildPlan:
    touched = {
        feed: frozenset(day for file in changed if file.feed == feed for day in file.event_days)
        for feed in all_feeds()
    }
    new = [file for file in changed if file in plan.files]
    together = {
        feed: frozenset(_days(days) for days in groups) for feed, groups in record["moved"].items()
    }
    with last_build(settings.warehouse_file) as warehouse:
        for feed, days in warehouse.moved({feed: _paths(new, feed) for feed in touched}).items():
            together[feed] |= days
        touched["orders"] = with_moved(touched["orders"], together["orders"])
        # A line takes its days from its order.
        touched["order_lines"] |= touched["orders"]
        touched["refunds"] |= warehouse.days_of_refunds_for(
            touched["orders"], _paths(plan.files, "orders", touched["orders"])
        )
        looked_up = warehouse.days_of_changed_lookups(
            _lookups(settings, plan.build_id), _lookups(settings, record["build_id"])
        )
    unfinished = broken_off.get("facts", {})
    rebuilt = {
        fact: with_moved(
            _around(touched[lookback.feed], lookback.affects)
            | looked_up.get(fact, _NEVER)
            | _days(unfinished.get(fact, {}).get("days", [])),
            together.get(lookback.feed, frozenset()),
        )
        for fact, lookback in LOOKBACKS.items()
    }
    return replace(plan, rebuilt=rebuilt, moved=together)


def _for_dbt(settings: Settings, plan: BuildPlan, previous_build_finished: bool) -> dict[str, Any]:
    read: dict[str, Days] = {}
    for fact, lookback in LOOKBACKS.items():
        days = _around(plan.rebuilt.get(fact, _NEVER), lookback.reads)
        read[lookback.feed] = read.get(lookback.feed, _NEVER) | days
    return {
        "build_id": plan.build_id,
        "full": plan.full,
        "previous_build_finished": previous_build_finished,
        "facts": {fact: {"days": _iso(plan.rebuilt.get(fact, _NEVER))} for fact in LOOKBACKS},
        "feeds": {
            feed: _feed_for_dbt(feed, plan.files, None if plan.full else read.get(feed))
            | {"refused_files": [str(path) for path in refused_files(settings, feed)]}
            for feed in all_feeds()
        },
        "held": list(plan.rejected),
        "ledger": plan.seed and str(plan.seed.path),
        "speaks_after": plan.as_of_after and f"{plan.as_of_after:%Y-%m-%d %H:%M:%S.%f}",
        "window_checks": str(_lookups(settings, plan.build_id) / "window_checks.parquet"),
        "lost": [_lost(file) for file in plan.files if file.lost],
        "coverage": [
            {
                "feed": span.feed,
                "source": span.source,
                "covered_from": f"{span.start:%Y-%m-%d %H:%M:%S}",
                "complete_until": f"{span.end:%Y-%m-%d %H:%M:%S}",
            }
            for span in coverage(plan.files)
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
    """The plan of a build that began and never finished; empty when there is none."""
    last = _read(settings.warehouse / "worklist.json")
    record = last_finished(settings)
    return last if last.get("build_id") != record.get("build_id") else {}


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
