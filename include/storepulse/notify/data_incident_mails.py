"""Mail to data engineers about trouble with data: one a cause and day, and one when it is over.

A cause is a kind of trouble of one source through one connection: a database that is down is one,
however many feeds come through it. A source of which nothing comes at all is one, too. Its mail
lists them all, with what rests on them and one command. What joins a cause that was told today,
another feed or rule, is told when it does.

    outbox/failures/causes.json     what was told of, until it is over; written after every mail, so
                                    that a look that dies tells nothing twice, and at every look
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
from storepulse.notify.data_incidents import Trouble, found
from storepulse.notify.notices import composed, post, send_pending
from storepulse.notify.task_failures import failures_folder, tell_once
from storepulse.replay.catch_up import LONGEST_BACK
from storepulse.settings import Settings
from storepulse.transform.build_warnings import BuildWarning, described, standing

logger = logging.getLogger(__name__)

# Whoever looks every hour and did not for so long does not look any more.
_ASLEEP_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Cause:
    """Troubles of one kind, source and connection.

    Attributes:
        connection: as `source.yaml` names it; empty where it does not, and of what comes after or
            before all connections.
        troubles: one per feed, in registry order.
    """

    kind: str
    source: str
    connection: str
    troubles: tuple[Trouble, ...]

    @property
    def key(self) -> str:
        """Names the cause in files."""
        return "-".join(part for part in (self.kind, self.source, self.connection) if part)

    @property
    def feeds(self) -> list[str]:
        """Whom it concerns."""
        return [one.feed for one in self.troubles]

    @property
    def parts(self) -> set[str]:
        """What there is to be told of: feeds, with the rules that speak against them."""
        return {" ".join([one.feed, *rule]) for one in self.troubles for rule in _each(one.rules)}

    @property
    def since(self) -> datetime | None:
        """The earliest moment that is known of any, UTC."""
        return min((one.since for one in self.troubles if one.since), default=None)


def tell(settings: Settings, now: datetime) -> int:
    """Mail every cause that was not told today, and every one that is over.

    Args:
        settings: whose home is looked over, and whom to write to.
        now: the moment that lateness is measured by, aware.

    Returns:
        How many mails were written.

    Raises:
        DiskFull: there was no room for a mail or for the note that it was written.
        AnotherRunIsWriting: another run is telling and does not finish.
        StorepulseError: something kept a kind of trouble from being found, such as a source that
            cannot be read; all else was told.
    """
    folder = failures_folder(settings)
    told = 0
    with exclusive_lock(folder / "telling.lock", settings, "telling data engineers"):
        known = _known(settings)
        troubles, unknown = found(settings, now)
        for cause in causes(settings, troubles):
            if _tell(settings, cause, known, now):
                told += 1
                _remember(folder, known)
        # What could not be looked at has not recovered.
        for key in [] if unknown else _over(known, troubles, now):
            told += _tell_over(settings, key, known[key], now)
            del known[key]
            _remember(folder, known)
        _remember(folder, known)
    told += sum(_tell_of_build(settings, warning, now) for warning in standing(settings))
    send_pending(settings, folder)
    logger.info("%d mails to data engineers", told)
    if unknown:
        raise unknown[0]
    return told


def nobody_looks(settings: Settings, now: datetime) -> bool:
    """Tell whether what is noted would wait in vain: no look told or ended for hours, or ever."""
    place = failures_folder(settings) / "causes.json"
    if not place.is_file():
        return True
    # A look of a clock that was ahead lies in the future, and is none of lately.
    return abs(now - datetime.fromtimestamp(place.stat().st_mtime, UTC)) > _ASLEEP_AFTER


def causes(settings: Settings, troubles: Iterable[Trouble]) -> list[Cause]:
    """Put troubles together that have one cause, in the order in which they were found."""
    order, found_all = list(all_feeds()), list(troubles)
    grouped: dict[tuple[str, str, str], list[Trouble]] = {}
    silent = {one.source for one in found_all if _is_silent(settings, one.source, found_all)}
    for one in found_all:
        is_of_all = one.kind == "unpublished" or (one.kind == "late" and one.source in silent)
        key = (one.kind, one.source, "" if is_of_all else _connection_of(settings, one))
        grouped.setdefault(key, []).append(one)
    return [
        Cause(*key, tuple(sorted(group, key=lambda one: order.index(one.feed))))
        for key, group in grouped.items()
    ]


def _is_silent(settings: Settings, source: str, troubles: Iterable[Trouble]) -> bool:
    """Tell whether no feed of a source comes: then no connection is to blame, but what asks them.

    A feed whose task failed is not called late, and does not come either.
    """
    others = {"held_back", "unpublished"}
    stopped = {
        one.feed
        for one in troubles
        if one.source == source and one.stops and one.kind not in others
    }
    try:
        return len(stopped) > 1 and stopped >= load_source(settings, source).feeds.keys()
    except StorepulseError:
        return False


def _connection_of(settings: Settings, trouble: Trouble) -> str:
    try:
        return load_source(settings, trouble.source).mapping_of(trouble.feed).door
    except StorepulseError:
        return ""


def _remember(folder: Path, known: Mapping[str, Mapping[str, Any]]) -> None:
    with atomic_write(folder / "causes.json") as temp:
        temp.write_text(json.dumps(known, indent=1), encoding="utf-8")


def _known(settings: Settings) -> dict[str, dict[str, Any]]:
    place = failures_folder(settings) / "causes.json"
    return dict(json.loads(place.read_text(encoding="utf-8"))) if place.is_file() else {}


def _tell(
    settings: Settings, cause: Cause, known: dict[str, dict[str, Any]], now: datetime
) -> bool:
    today = f"{now:%Y-%m-%d}"
    before = known.get(cause.key, {})
    # The same may have been told of a part of the source, or of all of it.
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
        failures_folder(settings) / f"{_file_name(today, cause.key)}-{mails}.eml",
        composed(settings, settings.failures_mail_to, _subject(cause), _text(settings, cause, now)),
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
        "stops": cause.troubles[0].stops,
    }
    return True


def _over(
    known: Mapping[str, Mapping[str, Any]], troubles: Iterable[Trouble], now: datetime
) -> list[str]:
    """Causes none of whose feeds is stopped any more; of those that stop nothing, the old ones."""
    stopped = {(one.source, one.feed) for one in troubles if one.stops}
    return [
        key
        for key, cause in known.items()
        if (
            not any((cause["source"], feed) in stopped for feed in cause["feeds"])
            if cause["stops"]
            else cause["day"] != f"{now:%Y-%m-%d}"
        )
    ]


def _tell_over(settings: Settings, key: str, cause: Mapping[str, Any], now: datetime) -> bool:
    if not cause["stops"]:
        return False
    since = datetime.fromisoformat(cause["since"]) if cause["since"] else None
    text = (
        f"No longer {_in_words(cause['kind'])}: {', '.join(cause['feeds'])} from "
        f"{cause['source']}.\n\nSince   {_moment(since)}\nUntil   {_moment(now)} at the latest\n"
    )
    subject = f"{_named(cause['feeds'])} from {cause['source']}: recovered"
    place = failures_folder(settings) / f"{_file_name(f'{now:%Y-%m-%dT%H%M}', key)}-over.eml"
    post(settings, place, composed(settings, settings.failures_mail_to, subject, text))
    return True


def _tell_of_build(settings: Settings, warning: BuildWarning, now: datetime) -> bool:
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
    cause = f"{now:%Y-%m-%d}-build-{warning.test}"
    return tell_once(settings, cause, f"the build warns: {name}", text)


def _subject(cause: Cause) -> str:
    through = f" through {cause.connection}" if cause.connection and len(cause.feeds) > 1 else ""
    return f"{_named(cause.feeds)} from {cause.source}{through}: {_in_words(cause.kind)}"


def _text(settings: Settings, cause: Cause, now: datetime) -> str:
    through = f", through {cause.connection}" if cause.connection else ""
    ends = ", and when it is over" if cause.troubles[0].stops else ""
    return (
        f"{_what(cause)}\n\n"
        f"Feeds   {', '.join(cause.feeds)} from {cause.source}{through}\n"
        f"Since   {_moment(cause.since)}\n"
        f"Impact  {impact_of(settings, cause.feeds)}\n\n"
        f"To look:\n  {_lines(one.look for one in cause.troubles)}\n\n"
        f"To repair, once the cause is:\n  {_repair(settings, cause, now)}\n\n"
        f"This is told once a day as long as it lasts{ends}.\n"
    )


def _what(cause: Cause) -> str:
    """What is wrong, said once of all feeds of which the same is."""
    said: dict[str, list[str]] = {}
    for one in cause.troubles:
        said.setdefault(one.what, []).append(one.feed)
    if len(cause.troubles) == 1:
        return cause.troubles[0].what
    what = [f"{', '.join(feeds)}:\n{what}" for what, feeds in said.items()]
    if cause.kind == "late" and not cause.connection:
        what.insert(
            0,
            f"No feed of {cause.source} has come as far as it should: does the scheduler run, and "
            f"are the ingest DAGs switched on?",
        )
    return "\n\n".join(what)


def _repair(settings: Settings, cause: Cause, now: datetime) -> str:
    commands = [one.repair for one in cause.troubles if one.repair is not None]
    build = "storepulse build"
    if commands:
        return _lines(commands if cause.kind == "unpublished" else [*commands, build])
    caught_up = {True: "--catch-up", False: "--catch-up"}
    if cause.since and now - cause.since > LONGEST_BACK:
        # Who knows only what is so now has nothing to tell of a long window.
        caught_up[True] = (
            f"--from {cause.since:%Y-%m-%dT%H:%M:%SZ} --until {now:%Y-%m-%dT%H:00:00Z}"
        )
    asked: dict[str, list[str]] = {}
    for feed in cause.feeds:
        asked.setdefault(caught_up[_has_past(settings, cause.source, feed)], []).append(feed)
    ingest = f"storepulse ingest --source {cause.source} --feeds"
    return _lines([*(f"{ingest} {','.join(feeds)} {how}" for how, feeds in asked.items()), build])


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
    """`SourceUnreachable` and `held_back` as people write."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).replace("_", " ").lower()


def _file_name(day: str, key: str) -> str:
    return re.sub(r"[^\w.-]+", "-", f"{day}-{key}")


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "not known"
