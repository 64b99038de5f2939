"""How files and folders get to their place whole.

They are written under a temporary name next to it, flushed to disk and renamed, so a reader sees
the old one or the new one and a crash leaves neither half. What a killed run leaves there is
cleared away by the next one that locks the place (`storepulse.lake.locks`).
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from storepulse.errors import DiskFull


def after_all(files: Iterable[Path]) -> datetime:
    """Now, or just after the newest of these files where the clock has stepped back since.

    Which of two files is newer is read from their times, so what is written next must be newer
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
    """Set the time at which a temporary file counts as put in its place."""
    since = moment - datetime.fromtimestamp(0, UTC)
    nanoseconds = since // timedelta(microseconds=1) * 1000
    os.utime(file, ns=(nanoseconds, nanoseconds))


def clear_leftovers(folder: Path, name: str = "*") -> None:
    """Clear away what killed runs left in a folder. The caller must hold the lock of these places.

    A run that died between the two renames of `atomic_folder` took a folder away and put
    none in its place: the old one is put back.

    Args:
        folder: may be missing.
        name: pattern of the places that were being written.
    """
    for old in folder.glob(f".{name}.*.old"):
        place = folder / old.name[1:].rsplit(".", 2)[0]
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.replace(place)
    for temp in folder.glob(f".{name}.*.tmp"):
        if temp.is_dir() and not temp.is_symlink():
            shutil.rmtree(temp, ignore_errors=True)
        else:
            temp.unlink(missing_ok=True)


@contextmanager
def atomic_write(place: Path) -> Iterator[Path]:
    """Give a temporary file next to `place`; on leaving without error it becomes `place`.

    Raises:
        DiskFull: there was no room; the temporary file is gone and `place` is as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    temp = place.with_name(f".{place.name}.{uuid4().hex}.tmp")
    with _cleared_on_failure(temp, place):
        yield temp
        with temp.open("rb") as written:
            os.fsync(written.fileno())
        temp.replace(place)


def flush_folder(folder: Path) -> None:
    """Force a folder's list of names to disk, so that a rename in it outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def atomic_folder(place: Path) -> Iterator[Path]:
    """Give a temporary folder next to `place`; on leaving without error it becomes `place`.

    A folder cannot be renamed over a full one, so the old one is renamed away. A crash between
    the two renames leaves no folder, until `clear_leftovers` puts the old one back.

    Raises:
        DiskFull: there was no room; the temporary folder is gone and `place` is as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    temp = place.with_name(f".{place.name}.{uuid4().hex}.tmp")
    with _cleared_on_failure(temp, place):
        temp.mkdir()
        yield temp
        old = place.with_name(f".{place.name}.{uuid4().hex}.old")
        if place.exists():
            place.replace(old)
        temp.replace(place)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _cleared_on_failure(temp: Path, place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as failure:
        if temp.is_dir():
            shutil.rmtree(temp, ignore_errors=True)
        else:
            temp.unlink(missing_ok=True)
        if is_disk_full(failure):
            raise DiskFull(
                f"no room to write {place}; nothing half-written was kept. "
                f"Free space there and run the same command again"
            ) from failure
        raise


def is_disk_full(failure: BaseException) -> bool:
    """Whether an error means that the disk (or a quota) is full, whoever reported it."""
    if isinstance(failure, OSError) and failure.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return True
    text = str(failure)
    return "No space left on device" in text or "File too large" in text
