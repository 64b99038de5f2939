"""The one walk over the lake: which windows of a feed lie in which folder.

Only names are read; no file is opened. A name that is not a window's is passed over: a lock, what
is being written, what somebody put there. `accepted.accepted_files` refuses the last of these.
"""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window


def landing_sources(settings: Settings, feed: str) -> list[str]:
    """List the sources with a landing folder for a feed, by name; it may be empty."""
    return sorted(_names(settings.landing / feed))


def landed(settings: Settings, feed: str, source: str | None = None) -> list[WindowFiles]:
    """List the landed windows of a feed, by source, then time.

    Args:
        settings: whose home folder is read.
        feed: of this feed.
        source: only of this source; None for all.
    """
    return _windows(settings, settings.landing, feed, source, "")


def accepted(settings: Settings, feed: str, source: str | None = None) -> list[WindowFiles]:
    """List the accepted windows of a feed, likewise."""
    return _windows(settings, settings.accepted, feed, source, ".parquet")


def quarantined(settings: Settings, feed: str, source: str | None = None) -> list[WindowFiles]:
    """List the windows of a feed with quarantined rows, likewise."""
    return _windows(settings, settings.quarantine, feed, source, ".parquet")


def rejected(settings: Settings, feed: str, source: str | None = None) -> list[WindowFiles]:
    """List the windows of a feed that were rejected, likewise.

    One that a longer window replaced is among them; see `quarantine.rejected_windows`.
    """
    return _windows(settings, settings.quarantine, feed, source, ".held.json")


def decided(settings: Settings, feed: str, source: str | None = None) -> list[WindowFiles]:
    """List the windows of a feed that people made decisions about, likewise.

    One whose seal alone is left is among them, so that its loss is noticed.
    """
    return _windows(settings, settings.decisions, feed, source, ".jsonl", ".seal")


def with_any_file(settings: Settings, feed: str) -> list[WindowFiles]:
    """List the windows of a feed of which anything lies anywhere, likewise.

    That includes what a killed run left: a landed folder under its temporary name may be the only
    one, until the next run that locks its place puts it back.
    """
    found = set()
    for part in (settings.landing, settings.accepted, settings.quarantine, settings.decisions):
        for source in _names(part / feed):
            for name in _all_names(part / feed / source):
                window = _window_named(name.removeprefix(".").partition(".")[0])
                if window and not name.endswith(".lock"):
                    found.add((source, window))
    return [WindowFiles(settings, feed, source, window) for source, window in sorted(found)]


def _windows(
    settings: Settings, part: Path, feed: str, source: str | None, *endings: str
) -> list[WindowFiles]:
    found = []
    for of in [source] if source else sorted(_names(part / feed)):
        ids = {
            name.removesuffix(ending)
            for name in _names(part / feed / of)
            for ending in endings
            if name.endswith(ending)
        }
        # Names sort as their windows do, and text is compared faster.
        windows = (_window_named(one) for one in sorted(ids))
        found += [WindowFiles(settings, feed, of, window) for window in windows if window]
    return found


def _names(folder: Path) -> list[str]:
    return [name for name in _all_names(folder) if not name.startswith(".")]


def _all_names(folder: Path) -> list[str]:
    """Names in a folder, temporary ones included; none if it is missing, or a file."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        return [entry.name for entry in entries]
    return []


# Feeds share their windows, and parsing a name takes longer than listing it.
@cache
def _window_named(name: str) -> Window | None:
    try:
        window = Window.from_id(name)
    except ValueError:
        return None
    return window if window.id == name else None
