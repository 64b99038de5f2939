"""Take in what the schedule missed, each interval as a window of its own.

After a night without a scheduler, or a window that failed for good, the windows after it come in
and everything that needs the day waits behind the hole. So a scheduled run of a feed first asks
for the intervals before its own that no accepted window covers, oldest first; one that was
rejected is tried again by itself, never as a part of a larger one. What the source cannot tell any
more, for it knows only what is so now, is noted as lost: no later answer stands for it.

    first accepted ─► accepted │ missing │ rejected │ missing │ this run's interval
                               └──── at most 30 days back ────┘
               (what can only be noted as lost: however far)
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from storepulse.errors import (
    DiskFull,
    SourceUnreachable,
    StorepulseError,
    TookTooLong,
    WindowHeldBack,
)
from storepulse.extract.land import land
from storepulse.feeds.sources import Source, load_source
from storepulse.lake.accepted import is_covered, note_lost, windows_of
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import held_windows
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import EARLIEST, USUAL_LENGTH, Window

logger = logging.getLogger(__name__)

# A longer stop is for a person to end: with one long window, after a look at the source.
LONGEST_BACK = timedelta(days=30)
_WHY_LOST = "not asked for in time, and the source knows only what is so now"


@dataclass(frozen=True)
class CaughtUp:
    """What became of the intervals that were missing.

    Attributes:
        accepted: windows that were landed and accepted, oldest first.
        lost: windows of a source without a past, noted as lost.
    """

    accepted: tuple[Window, ...] = ()
    lost: tuple[Window, ...] = ()


def missing(settings: Settings, source: Source, feed: str, window: Window) -> list[Window]:
    """List what a scheduled run finds missing before its own interval.

    Args:
        settings: where accepted and quarantine are.
        source: a connected shop; nothing is missing after the end it states.
        feed: one of its feeds.
        window: the run's interval; its length is that of the schedule's.

    Returns:
        Oldest first: rejected windows as they are, and intervals that neither they nor accepted
        windows cover. None before the first accepted window: a new shop's history is for a person
        to ask for.
    """
    # What is only to be noted as lost costs no source anything, however long it stood still.
    has_past = source.mapping_of(feed).has_past
    oldest = window.start - LONGEST_BACK if has_past else EARLIEST
    accepted = windows_of(settings, feed, source.name)
    rejected = [
        held
        for one in held_windows(settings, source.name)
        for held in [Window.from_id(one.window_id)]
        if one.feed == feed and held != window and held.start >= oldest
    ]
    begun = max(oldest, accepted[0].start) if accepted else window.start
    length = window.end - window.start
    intervals, start = [], window.start - length
    while start + length > begun:
        interval = Window(start, start + length)
        watched = Window(max(start, begun), interval.end)
        if not is_covered(watched, [*accepted, *rejected]):
            intervals.append(interval)
        start -= length
    return sorted(
        one for one in [*rejected, *intervals] if source.ends is None or one.start < source.ends
    )


def catch_up(
    settings: Settings,
    source_name: str,
    feed: str,
    window: Window,
    run_id: str,
    now: datetime,
    data: str | Path | None = None,
) -> CaughtUp:
    """Land and validate every missing interval before a run's own, oldest first.

    One that fails does not keep the later ones from coming in; only a source that does not answer
    and a full disk do, which would fail them all.

    Args:
        settings: whose home folder is worked in.
        source_name: a folder under the sources.
        feed: one of its feeds.
        window: the run's interval, which is not landed here.
        run_id: who asked; written to the manifests.
        now: aware; from when on a source without a past cannot have a window any more.
        data: what `${DATA}` in the source stands for.

    Raises:
        StorepulseError: at least one window failed. With several, the message holds all of theirs,
            and the error is of the first one's kind that is not merely held back.
    """
    source = load_source(settings, source_name)
    has_past, length = source.mapping_of(feed).has_past, window.end - window.start
    accepted, lost, failures = list[Window](), list[Window](), list[StorepulseError]()
    for one in missing(settings, source, feed, window):
        files = WindowFiles(settings, feed, source_name, one)
        try:
            if has_past or not files.landed.is_dir():
                if not has_past and now - one.end > USUAL_LENGTH:
                    note_lost(files, run_id, _WHY_LOST, now)
                    lost.append(one)
                    logger.warning("%s from %s: %s is lost", feed, source_name, one)
                    continue
                logger.info("%s from %s: %s is asked for again", feed, source_name, one)
                land(settings, source_name, feed, one, run_id, data, now, interval=length)
            validate(settings, source_name, feed, one)
        except StorepulseError as failure:
            failures.append(failure)
            if _fails_them_all(failure):
                break
        else:
            accepted.append(one)
    if failures:
        # A window held back lies in quarantine, where it is found; any other failure lies nowhere.
        first = min(failures, key=lambda failure: isinstance(failure, WindowHeldBack))
        raise type(first)("\n\n".join(map(str, failures))) from first
    return CaughtUp(tuple(accepted), tuple(lost))


def _fails_them_all(failure: StorepulseError) -> bool:
    # A query that used up its time may have met a window larger than the others.
    is_away = isinstance(failure, SourceUnreachable) and not isinstance(failure, TookTooLong)
    return is_away or isinstance(failure, DiskFull)
