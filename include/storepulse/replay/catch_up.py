"""Catch up on what the schedule missed, each interval as a window of its own.

After a night without a scheduler, or a window that failed for good, later windows arrive while
everything that needs that day waits for the gap to be filled. So a scheduled run of a feed first
ingests the intervals before its own that no accepted window covers, oldest first; a rejected window
is retried as it is, never as a part of a larger one. What a source that serves only its current
state can no longer provide is noted as lost: no later answer can replace it.

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
    WindowRejected,
)
from storepulse.extract.land import land
from storepulse.feeds.sources import Source, load_source
from storepulse.lake.accepted import is_covered, note_lost, windows_of
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import rejected_windows
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import EARLIEST, USUAL_LENGTH, Window

logger = logging.getLogger(__name__)

# A longer gap is for a person to close: with one long window, after checking the source.
LONGEST_BACK = timedelta(days=30)
_WHY_LOST = "not fetched in time, and the source serves only its current state"


@dataclass(frozen=True)
class CaughtUp:
    """How catching up on the missing intervals ended.

    Attributes:
        accepted: windows that were landed and accepted, oldest first.
        lost: windows of a source that keeps no history, noted as lost.
    """

    accepted: tuple[Window, ...] = ()
    lost: tuple[Window, ...] = ()


def missing(settings: Settings, source: Source, feed: str, window: Window) -> list[Window]:
    """List what a scheduled run finds missing before its own interval.

    Args:
        settings: where accepted and quarantine are.
        source: a connected shop; nothing is missing after its configured end.
        feed: one of its feeds.
        window: the run's interval; its length is the schedule's.

    Returns:
        Oldest first: rejected windows as they are, and intervals that neither they nor accepted
        windows cover. None before the first accepted window: loading a new shop's history is up to
        a person.
    """
    # Windows that can only be noted as lost cost the source nothing, however many there are.
    has_past = source.mapping_of(feed).has_past
    oldest = window.start - LONGEST_BACK if has_past else EARLIEST
    accepted = windows_of(settings, feed, source.name)
    rejected = [
        rejected_window
        for one in rejected_windows(settings, source.name)
        for rejected_window in [Window.from_id(one.window_id)]
        if one.feed == feed and rejected_window != window and rejected_window.start >= oldest
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

    A failure does not stop the later ones, unless it would fail them all: a source that does not
    answer, or a full disk.

    Args:
        settings: whose home folder is worked in.
        source_name: a folder under the sources.
        feed: one of its feeds.
        window: the run's interval, which is not landed here.
        run_id: of this run; written to the manifests.
        now: the current time, aware; decides which windows a source without history has lost.
        data: the value of `${DATA}` in the source.

    Raises:
        StorepulseError: at least one window failed. With several, the message contains all of
            theirs, and the type is that of the first error that is not a mere rejection.
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
                logger.info("%s from %s: fetching missing window %s", feed, source_name, one)
                land(settings, source_name, feed, one, run_id, data, now, interval=length)
            validate(settings, source_name, feed, one)
        except StorepulseError as failure:
            failures.append(failure)
            if _would_fail_all(failure):
                break
        else:
            accepted.append(one)
    if failures:
        # A rejected window is listed in quarantine; any other failure is recorded nowhere else.
        first = min(failures, key=lambda failure: isinstance(failure, WindowRejected))
        raise type(first)("\n\n".join(map(str, failures))) from first
    return CaughtUp(tuple(accepted), tuple(lost))


def _would_fail_all(failure: StorepulseError) -> bool:
    # A query that timed out may have hit a window larger than the others.
    is_away = isinstance(failure, SourceUnreachable) and not isinstance(failure, TookTooLong)
    return is_away or isinstance(failure, DiskFull)
