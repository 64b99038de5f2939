"""Take a window back that should never have been landed: a slip in a date, another shop's export.

    landing/<feed>/<source>/<window id>/  ─►  decisions/forgotten/<feed>/<source>/<window id>/
    accepted, quarantine: the window's files go
    decisions/<feed>/<source>/<window id>.jsonl: one more line, with who, when and why

The next build is as if the window had never landed, but for the as-of ledger, which keeps what was
published and adds what is withdrawn. Rows of other windows that overlap it are left alone.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storepulse.errors import RepairInvalid, WindowInvalid
from storepulse.feeds.registry import feed_named
from storepulse.lake import decisions, walk
from storepulse.lake.atomic import flush_folder
from storepulse.lake.locks import forgetting_lock, landing_lock, validation_lock, warehouse_lock
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window

logger = logging.getLogger(__name__)

_LISTED = 20


@dataclass(frozen=True)
class Forgotten:
    """A window that was taken back.

    Attributes:
        kept: the folder that holds what had landed; it is never read again.
    """

    source: str
    window: Window
    kept: Path


def windows_there(settings: Settings, feed: str, source: str | None = None) -> list[WindowFiles]:
    """List the windows of a feed of which anything lies in the home, oldest first.

    Raises:
        UnknownFeed: no such feed.
    """
    feed_named(feed)
    found = {
        files
        for windows in (walk.landed, walk.accepted, walk.quarantined, walk.rejected)
        for files in windows(settings, feed, source)
    }
    return sorted(found, key=lambda files: (files.window, files.source))


def parse_window_or_id(text: str) -> Window:
    """Read `START..END` (ISO 8601; UTC if it has no offset) or a window's id.

    Raises:
        WindowInvalid: it is neither.
    """
    start, separator, end = text.partition("..")
    try:
        return Window.from_iso(start, end) if separator else Window.from_id(text)
    except ValueError as error:
        raise WindowInvalid(
            f"expected a window like 2026-11-22..2026-11-23T06:00Z, or its id as folders have it, "
            f"got {text!r}: {error}"
        ) from error


def forget(
    settings: Settings, feed: str, window: Window, reason: str, source: str | None = None
) -> list[Forgotten]:
    """Take a window of a feed back.

    May be repeated: a run that was killed is continued, and one line records why.

    Args:
        settings: whose home folder is worked in.
        feed: of which feed.
        window: exactly as it landed.
        reason: why; kept with who did it and when.
        source: of which source; None for every source with such a window.

    Returns:
        What was taken back, one of each source.

    Raises:
        UnknownFeed: no such feed.
        RepairInvalid: no reason.
        WindowInvalid: there is no such window; the message lists those there are.
        DecisionsDamaged: what was decided about it before is not as it was written.
        AnotherRunIsWriting: another run lands, validates or builds and does not finish.
    """
    if not reason.strip():
        raise RepairInvalid("to take a window back needs a reason: --reason 'a slip in the year'")
    there = windows_there(settings, feed, source)
    meant = [files for files in there if files.window == window]
    if not meant:
        raise WindowInvalid(_unknown(settings, feed, source, window, there))
    return [_forget(files, reason) for files in meant]


def ends_of_forgotten(settings: Settings) -> Iterator[datetime]:
    """The ends of all windows that were ever taken back, aware."""
    for folder in settings.decisions.glob("forgotten/*/*/[0-9]*"):
        yield Window.from_id(folder.name.partition(".")[0]).end


def _forget(files: WindowFiles, reason: str) -> Forgotten:
    settings = files.settings
    with (
        forgetting_lock(settings),
        landing_lock(files),
        validation_lock(files),
        # A build names files first and reads them later.
        warehouse_lock(settings),
    ):
        if not _was_begun_before(files):
            decisions.append(files, [decisions.by_this_user("forget", reason)])
        kept = _moved_away(files)
        for place in (files.accepted, files.quarantined, files.rejection):
            place.unlink(missing_ok=True)
    logger.info("took back %s from %s, window %s", files.feed, files.source, files.window)
    return Forgotten(files.source, files.window, kept)


def _was_begun_before(files: WindowFiles) -> bool:
    """Whether a run that died has already written down what this one decides."""
    made = decisions.read(files)
    if not made or made[-1].action != "forget":
        return False
    manifest = files.landed / "manifest.json"
    if not manifest.is_file():
        return True
    landed_at = json.loads(manifest.read_text(encoding="utf-8"))["landed_at"]
    return datetime.fromisoformat(landed_at) <= made[-1].decided_at


def _moved_away(files: WindowFiles) -> Path:
    """Move what landed to where it is not read; without a landed window, leave an empty folder."""
    folder = files.settings.decisions / "forgotten" / files.feed / files.source
    folder.mkdir(parents=True, exist_ok=True)
    before = sorted(folder.glob(f"{files.window.id}*"))
    if not files.landed.is_dir() and before:
        return before[-1]
    # The window may be landed again, and be taken back again.
    kept = folder / f"{files.window.id}{f'.{len(before) + 1}' if before else ''}"
    if files.landed.is_dir():
        files.landed.rename(kept)
    else:
        kept.mkdir()
    flush_folder(folder)
    return kept


def _unknown(
    settings: Settings,
    feed: str,
    source: str | None,
    window: Window,
    there: list[WindowFiles],
) -> str:
    of = f"{feed} from {source}" if source else feed
    gone = settings.decisions / "forgotten" / feed
    if any(gone.glob(f"{source or '*'}/{window.id}*")):
        return f"the window {window} of {of} was taken back already: see {gone}"
    listed = "".join(
        f"\n  {one.window.start:%Y-%m-%dT%H:%M:%SZ}..{one.window.end:%Y-%m-%dT%H:%M:%SZ} "
        f"({one.source})"
        for one in there[-_LISTED:]
    )
    newest = "the newest" if len(there) > _LISTED else "these"
    have = f"there are {newest}:{listed}" if there else "none ever landed"
    return f"{of} has no window {window}; give one exactly as it landed, {have}"
