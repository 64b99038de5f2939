"""Where landed, accepted and quarantined windows lie, and how files get there whole.

    landing/<feed>/<source>/<window id>/rows.parquet     the source's values as text, our columns
                                       /manifest.json    written last; without it nothing landed
                                       /raw.jsonl.gz     answers that cannot be asked for again
                                       /validation.json  the verdict on these rows
                                       /gx.json          what Great Expectations measured of them
                                       /refused.parquet  of a window held back: the rows against it
    accepted/<feed>/<source>/<window id>.parquet         typed; one file, so replaced in one step
    quarantine/<feed>/<source>/<window id>.parquet       refused rows as text, with their rules
                                       .held.json        the verdict on a window held back
    decisions/<feed>/<source>/<window id>.jsonl          what people decided about them
    decisions/forgotten/<feed>/<source>/<window id>/     what landed of a window taken back
                                         .seal           how far that went when last written

A file is written under a temporary name beside its place, forced to disk and renamed, so a reader
sees the old one or the new one and a crash leaves neither half. What a killed run leaves aside is
cleared away by the next one that holds the place.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from storepulse.errors import AnotherRunIsWriting, DiskFull
from storepulse.settings import Settings
from storepulse.windows import Window


@dataclass(frozen=True)
class WindowFiles:
    """The places of one feed's window from one source."""

    settings: Settings
    feed: str
    source: str
    window: Window

    @property
    def landed(self) -> Path:
        """Folder of the landed window."""
        return self.settings.landing / self.feed / self.source / self.window.id

    @property
    def verdict(self) -> Path:
        """JSON file of the verdict on the landed rows."""
        return self.landed / "validation.json"

    @property
    def gx_results(self) -> Path:
        """JSON file of what Great Expectations measured; none of a window it never came to."""
        return self.landed / "gx.json"

    @property
    def accepted(self) -> Path:
        """Parquet file of the rows that passed."""
        return self.settings.accepted / self.feed / self.source / f"{self.window.id}.parquet"

    @property
    def quarantined(self) -> Path:
        """Parquet file of the rows that were refused."""
        return self.settings.quarantine / self.feed / self.source / f"{self.window.id}.parquet"

    @property
    def held(self) -> Path:
        """JSON file of the verdict, there as long as the window is held back as a whole."""
        return self.quarantined.with_suffix(".held.json")

    @property
    def decided(self) -> Path:
        """File of what people decided about its rows, one JSON object per line."""
        return self.settings.decisions / self.feed / self.source / f"{self.window.id}.jsonl"

    @property
    def decided_seal(self) -> Path:
        """JSON file of how many lines that file had when it was last written, and their digest."""
        return self.decided.with_suffix(".seal")

    def moment_of_verdict(self) -> datetime:
        """Now, or just after the newest verdict on any window of this feed from this source."""
        accepted = self.accepted.parent.glob("[0-9]*.parquet")
        held = self.held.parent.glob("[0-9]*.held.json")
        return after_all([*accepted, *held])

    @property
    def refused_when_held(self) -> Path:
        """Parquet file of the rows that speak against a window held back as a whole."""
        return self.landed / "refused.parquet"


def after_all(files: Iterable[Path]) -> datetime:
    """Now, or just after the newest of these files where the clock has stepped back since.

    Which of two files came later is asked of their times, so what is written next must be later
    than all that lies there, whatever the clock was when that was written.
    """
    newest = 0
    for file in files:
        # Another run may take one away meanwhile.
        with suppress(FileNotFoundError):
            newest = max(newest, file.stat().st_mtime_ns)
    # Whole microseconds, which is what tables keep.
    just_after = datetime.fromtimestamp(newest // 1_000_000_000, UTC) + timedelta(
        microseconds=newest // 1000 % 1_000_000 + 1
    )
    return max(datetime.now(UTC), just_after)


def put_in_place_at(file: Path, moment: datetime) -> None:
    """Have a file that is written aside say when it was put in its place."""
    since = moment - datetime.fromtimestamp(0, UTC)
    nanoseconds = since // timedelta(microseconds=1) * 1000
    os.utime(file, ns=(nanoseconds, nanoseconds))


@contextmanager
def alone(lock: Path, settings: Settings, doing: str) -> Iterator[None]:
    """Hold a lock file, which the system releases when the run dies.

    Args:
        lock: its place.
        settings: say how long to wait for another run.
        doing: what the other one is at, for the message.

    Raises:
        AnotherRunIsWriting: somebody else holds it for longer than the settings allow.
    """
    timeout = settings.lock_timeout_seconds
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=timeout):
            yield
    except Timeout as taken:
        raise AnotherRunIsWriting(
            f"another run has been {doing} for {timeout:g} s; wait for it or stop it, "
            f"then run again"
        ) from taken


@contextmanager
def landed_alone(files: WindowFiles) -> Iterator[None]:
    """Hold the place of a landed window, for landing it or taking it away.

    Raises:
        AnotherRunIsWriting: somebody else holds it for longer than the settings allow.
    """
    folder, name = files.landed.parent, files.landed.name
    with alone(folder / f".{name}.lock", files.settings, f"landing {files.landed}"):
        clear_leftovers(folder, name)
        yield


@contextmanager
def judged_alone(files: WindowFiles) -> Iterator[None]:
    """Hold a landed window for judging it, deciding about its rows, or landing it anew.

    Raises:
        AnotherRunIsWriting: somebody else holds it for longer than the settings allow.
    """
    lock = files.accepted.with_name(f".{files.window.id}.lock")
    judging = f"validating {files.feed} from {files.source}, window {files.window},"
    with alone(lock, files.settings, judging):
        clear_leftovers(files.landed)
        for place in (files.accepted, files.quarantined, files.decided):
            clear_leftovers(place.parent, f"{files.window.id}.*")
        yield


def clear_leftovers(folder: Path, name: str = "*") -> None:
    """Clear away what killed runs left aside in a folder. Who calls has these places alone.

    A run that died between the two renames of `folder_written_aside` took a folder away and put
    none in its place: the old one is put back.

    Args:
        folder: may be missing.
        name: pattern of the places it was left beside.
    """
    for old in folder.glob(f".{name}.*.old"):
        place = folder / old.name[1:].rsplit(".", 2)[0]
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.replace(place)
    for aside in folder.glob(f".{name}.*.tmp"):
        if aside.is_dir() and not aside.is_symlink():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)


@contextmanager
def written_aside(place: Path) -> Iterator[Path]:
    """Give a temporary file beside `place`; on leaving without error it becomes `place`.

    Raises:
        DiskFull: there was no room; the temporary file is gone and `place` is as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{place.name}.{uuid4().hex}.tmp")
    with _cleared_on_failure(aside, place):
        yield aside
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(place)


def forced(folder: Path) -> None:
    """Force a folder's list of names to disk, so that a rename in it outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def folder_written_aside(place: Path) -> Iterator[Path]:
    """Give a temporary folder beside `place`; on leaving without error it becomes `place`.

    A folder cannot be renamed over a full one, so the old one is renamed away. A crash between
    the two renames leaves no folder, until `clear_leftovers` puts the old one back.

    Raises:
        DiskFull: there was no room; the temporary folder is gone and `place` is as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{place.name}.{uuid4().hex}.tmp")
    with _cleared_on_failure(aside, place):
        aside.mkdir()
        yield aside
        old = place.with_name(f".{place.name}.{uuid4().hex}.old")
        if place.exists():
            place.replace(old)
        aside.replace(place)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _cleared_on_failure(aside: Path, place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as failure:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
        if is_disk_full(failure):
            raise DiskFull(
                f"no room to write {place}; nothing half-written was kept. "
                f"Free space there and run the same command again"
            ) from failure
        raise


def is_disk_full(failure: BaseException) -> bool:
    """Tell whether an error means that the disk (or a quota) is full, whoever reported it."""
    if isinstance(failure, OSError) and failure.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return True
    text = str(failure)
    return "No space left on device" in text or "File too large" in text
