"""Mails to data engineers about data incidents: one per cause and day, and one on recovery.

A cause is one kind of incident of one source through one connection: a database that is down is one
cause, however many feeds use it. A source that sends nothing at all is one, too. Its mail lists all
feeds, with their impact and one command. Another feed or rule that joins a cause already mailed
today is mailed when it does.

    outbox/failures/causes.json     causes that were mailed, until they are over; written by every
                                    run, and after every mail, so that a run that dies sends no
                                    mail twice
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from storepulse.errors import StorepulseError
from storepulse.feeds.registry import all_feeds
from storepulse.feeds.sources import load_source
from storepulse.lake.atomic import atomic_write
from storepulse.lake.lineage import impact_of
from storepulse.lake.locks import exclusive_lock
from storepulse.notify.data_incidents import DataIncident, find_data_incidents
from storepulse.notify.mailer import FAILURE, composed, post, send_pending
from storepulse.notify.task_failures import send_once
from storepulse.replay.catch_up import LONGEST_BACK
from storepulse.settings import Settings
from storepulse.transform.build_warnings import BuildWarning, described, standing

logger = logging.getLogger(__name__)

# The hourly run that has been missing for this long is not running any more.
_ASLEEP_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Cause:
    """Data incidents of one kind, source and connection.

    Attributes:
        connection: as `source.yaml` names it; empty where it does not, and where the cause comes
            before or after all connections.
        incidents: one per feed, in registry order.
    """

    kind: str
    source: str
    connection: str
    incidents: tuple[DataIncident, ...]

    @property
    def key(self) -> str:
        """Name of the cause in files."""
        return "-".join(part for part in (self.kind, self.source, self.connection) if part)

    @property
    def feeds(self) -> list[str]:
        """The feeds concerned."""
        return [one.feed for one in self.incidents]

    @property
    def parts(self) -> set[str]:
        """What is to be mailed: feeds, each with its failed rules."""
        return {" ".join([one.feed, *rule]) for one in self.incidents for rule in _each(one.rules)}

    @property
    def since(self) -> datetime | None:
        """The earliest moment that is known of any, UTC."""
        return min((one.since for one in self.incidents if one.since), default=None)


def mail_data_incidents(settings: Settings, now: datetime) -> int:
    """Mail every cause that was not mailed today, and every one that is over.

    Args:
        settings: which home to check, and whom to write to.
        now: the moment that lateness is measured by, aware.

    Returns:
        How many mails were written.

    Raises:
        DiskFull: there was no room for a mail or for the note that it was written.
        AnotherRunIsWriting: another run is mailing and does not finish.
        StorepulseError: some kind of incident could not be searched for, for example because a
            source cannot be read; everything else was mailed.
    """
    folder = FAILURE.folder(settings)
    mailed = 0
    with exclusive_lock(folder / "telling.lock", settings, "mailing data engineers"):
        known = _known(settings)
        incidents, unknown = find_data_incidents(settings, now)
        for cause in causes(settings, incidents):
            if _mail(settings, cause, known, now):
                mailed += 1
                _remember(folder, known)
        # What could not be checked has not recovered.
        for key in [] if unknown else _over(known, incidents, now):
            mailed += _mail_recovery(settings, key, known[key], now)
            del known[key]
            _remember(folder, known)
        _remember(folder, known)
    mailed += sum(_mail_build_warning(settings, warning, now) for warning in standing(settings))
    send_pending(settings, FAILURE)
    logger.info("%d mails to data engineers", mailed)
    if unknown:
        raise unknown[0]
    return mailed


def nobody_watches(settings: Settings, now: datetime) -> bool:
    """Return whether nobody would mail a noted failure: no run has mailed or ended for hours."""
    place = FAILURE.folder(settings) / "causes.json"
    if not place.is_file():
        return True
    # A run whose clock was ahead lies in the future, and is not a recent one.
    return abs(now - datetime.fromtimestamp(place.stat().st_mtime, UTC)) > _ASLEEP_AFTER


def causes(settings: Settings, incidents: Iterable[DataIncident]) -> list[Cause]:
    """Group incidents that have one cause, in the order in which they were found."""
    order, every = list(all_feeds()), list(incidents)
    grouped: dict[tuple[str, str, str], list[DataIncident]] = {}
    silent = {one.source for one in every if _is_silent(settings, one.source, every)}
    for one in every:
        concerns_all = one.kind == "unpublished" or (one.kind == "late" and one.source in silent)
        key = (one.kind, one.source, "" if concerns_all else _connection_of(settings, one))
        grouped.setdefault(key, []).append(one)
    return [
        Cause(*key, tuple(sorted(group, key=lambda one: order.index(one.feed))))
        for key, group in grouped.items()
    ]


def _is_silent(settings: Settings, source: str, incidents: Iterable[DataIncident]) -> bool:
    """Return whether no feed of a source arrives: then not a connection but the scheduler stopped.

    A feed whose task failed is not called late, but does not arrive either.
    """
    others = {"held_back", "unpublished"}
    stopped = {
        one.feed
        for one in incidents
        if one.source == source and one.stops and one.kind not in others
    }
    try:
        return len(stopped) > 1 and stopped >= load_source(settings, source).feeds.keys()
    except StorepulseError:
        return False


def _connection_of(settings: Settings, incident: DataIncident) -> str:
    try:
        return load_source(settings, incident.source).mapping_of(incident.feed).connection
    except StorepulseError:
        return ""


def _remember(folder: Path, known: Mapping[str, Mapping[str, Any]]) -> None:
    with atomic_write(folder / "causes.json") as temp:
        temp.write_text(json.dumps(known, indent=1), encoding="utf-8")


def _known(settings: Settings) -> dict[str, dict[str, Any]]:
    place = FAILURE.folder(settings) / "causes.json"
    return dict(json.loads(place.read_text(encoding="utf-8"))) if place.is_file() else {}


def _mail(
    settings: Settings, cause: Cause, known: dict[str, dict[str, Any]], now: datetime
) -> bool:
    today = f"{now:%Y-%m-%d}"
    before = known.get(cause.key, {})
    # The same may have been mailed for a part of the source, or for all of it.
    alike = {
        key: one
        for key, one in known.items()
        if (one["kind"], one["source"]) == (cause.kind, cause.source)
    }
    if cause.parts <= {
        part for one in alike.values() if one["day"] == today for part in one["parts"]
    }:
        return False
    is_of_today = before.get("day") == today
    mails = before["mails"] + 1 if is_of_today else 1
    post(
        settings,
        FAILURE,
        f"{_file_name(today, cause.key)}-{mails}",
        composed(settings, FAILURE, _subject(cause), _text(settings, cause, now)),
    )
    since = [before["since"]] if before.get("since") else []
    for key, one in alike.items():
        if set(one["feeds"]) <= {*cause.feeds}:
            del known[key]
            since += [one["since"]] if one["since"] else []
    known[cause.key] = {
        "day": today,
        "parts": sorted(cause.parts | set(before["parts"] if is_of_today else ())),
        "mails": mails,
        "kind": cause.kind,
        "source": cause.source,
        "feeds": [feed for feed in all_feeds() if feed in {*before.get("feeds", ()), *cause.feeds}],
        "since": min(since, default=cause.since and cause.since.isoformat()),
        "stops": cause.incidents[0].stops,
    }
    return True


def _over(
    known: Mapping[str, Mapping[str, Any]], incidents: Iterable[DataIncident], now: datetime
) -> list[str]:
    """Causes none of whose feeds is stopped any more; causes that stop nothing, after their day."""
    stopped = {(one.source, one.feed) for one in incidents if one.stops}
    return [
        key
        for key, cause in known.items()
        if (
            not any((cause["source"], feed) in stopped for feed in cause["feeds"])
            if cause["stops"]
            else cause["day"] != f"{now:%Y-%m-%d}"
        )
    ]


def _mail_recovery(settings: Settings, key: str, cause: Mapping[str, Any], now: datetime) -> bool:
    if not cause["stops"]:
        return False
    since = datetime.fromisoformat(cause["since"]) if cause["since"] else None
    text = (
        f"No longer {_in_words(cause['kind'])}: {', '.join(cause['feeds'])} from "
        f"{cause['source']}.\n\nSince   {_moment(since)}\nUntil   {_moment(now)} at the latest\n"
    )
    subject = f"{_named(cause['feeds'])} from {cause['source']}: recovered"
    name = f"{_file_name(f'{now:%Y-%m-%dT%H%M}', key)}-over"
    post(settings, FAILURE, name, composed(settings, FAILURE, subject, text))
    return True


def _mail_build_warning(settings: Settings, warning: BuildWarning, now: datetime) -> bool:
    """Mail a warning of the last build, unless it was mailed today."""
    text = (
        f"{described(warning)}\n\n"
        f"The build passed, and what it made is published.\n\n"
        f"To look:\n  {warning.look}\n\n"
        f"To repair: have the source or its mapping corrected, then\n"
        f"  storepulse ingest\n  storepulse build\n\n"
        f"This is mailed once a day as long as it lasts.\n"
    )
    name = warning.test.removeprefix("assert_").replace("_", " ")
    cause = f"{now:%Y-%m-%d}-build-{warning.test}"
    return send_once(settings, cause, f"the build warns: {name}", text)


def _subject(cause: Cause) -> str:
    through = f" through {cause.connection}" if cause.connection and len(cause.feeds) > 1 else ""
    return f"{_named(cause.feeds)} from {cause.source}{through}: {_in_words(cause.kind)}"


def _text(settings: Settings, cause: Cause, now: datetime) -> str:
    through = f", through {cause.connection}" if cause.connection else ""
    ends = ", and when it is over" if cause.incidents[0].stops else ""
    return (
        f"{_what(cause)}\n\n"
        f"Feeds   {', '.join(cause.feeds)} from {cause.source}{through}\n"
        f"Since   {_moment(cause.since)}\n"
        f"Impact  {impact_of(settings, cause.feeds)}\n\n"
        f"To look:\n  {_lines(one.look for one in cause.incidents)}\n\n"
        f"After fixing the cause, run:\n  {_repair(settings, cause, now)}\n\n"
        f"This is mailed once a day as long as it lasts{ends}.\n"
    )


def _what(cause: Cause) -> str:
    """What is wrong; feeds with the same problem share a paragraph."""
    feeds_of: dict[str, list[str]] = {}
    for one in cause.incidents:
        feeds_of.setdefault(one.what, []).append(one.feed)
    if len(cause.incidents) == 1:
        return cause.incidents[0].what
    what = [f"{', '.join(feeds)}:\n{what}" for what, feeds in feeds_of.items()]
    if cause.kind == "late" and not cause.connection:
        what.insert(
            0,
            f"No feed of {cause.source} has come as far as it should: does the scheduler run, and "
            f"are the ingest DAGs switched on?",
        )
    return "\n\n".join(what)


def _repair(settings: Settings, cause: Cause, now: datetime) -> str:
    commands = [one.repair for one in cause.incidents if one.repair is not None]
    build = "storepulse build"
    if commands:
        return _lines(commands if cause.kind == "unpublished" else [*commands, build])
    caught_up = {True: "--catch-up", False: "--catch-up"}
    if cause.since and now - cause.since > LONGEST_BACK:
        # A source that has only its current state has no data for a long past window.
        caught_up[True] = (
            f"--from {cause.since:%Y-%m-%dT%H:%M:%SZ} --until {now:%Y-%m-%dT%H:00:00Z}"
        )
    feeds_by: dict[str, list[str]] = {}
    for feed in cause.feeds:
        feeds_by.setdefault(caught_up[_has_past(settings, cause.source, feed)], []).append(feed)
    ingest = f"storepulse ingest --source {cause.source} --feeds"
    return _lines(
        [*(f"{ingest} {','.join(feeds)} {how}" for how, feeds in feeds_by.items()), build]
    )


def _has_past(settings: Settings, source: str, feed: str) -> bool:
    try:
        return load_source(settings, source).mapping_of(feed).has_past
    except StorepulseError:
        return True


def _lines(lines: Iterable[str]) -> str:
    return "\n  ".join(line for line, _ in groupby(lines))


def _each(rules: tuple[str, ...]) -> list[list[str]]:
    return [[rule] for rule in rules] or [[]]


def _named(feeds: list[str]) -> str:
    return feeds[0] if len(feeds) == 1 else f"{len(feeds)} feeds"


def _in_words(kind: str) -> str:
    """`SourceUnreachable` and `held_back` in plain words."""
    if kind == "held_back":
        return "rejected"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).replace("_", " ").lower()


def _file_name(day: str, key: str) -> str:
    return re.sub(r"[^\w.-]+", "-", f"{day}-{key}")


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "not known"
