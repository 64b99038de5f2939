"""Locks on places in the lake: one process at a time, until it is done or dies.

A lock is a file; the system releases it when its process ends, however it ends.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from storepulse.errors import AnotherRunIsWriting
from storepulse.lake.atomic import clear_leftovers
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings


@contextmanager
def exclusive_lock(lock: Path, settings: Settings, doing: str) -> Iterator[None]:
    """Hold a lock file, which the system releases when the run dies.

    Args:
        lock: its place.
        settings: how long to wait for another run.
        doing: what the other one does, for the message.

    Raises:
        AnotherRunIsWriting: another run holds it for longer than the settings allow.
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
def landing_lock(files: WindowFiles) -> Iterator[None]:
    """Hold the place of a landed window, for landing it or taking it away.

    Raises:
        AnotherRunIsWriting: another run holds it for longer than the settings allow.
    """
    folder, name = files.landed.parent, files.landed.name
    with exclusive_lock(folder / f".{name}.lock", files.settings, f"landing {files.landed}"):
        clear_leftovers(folder, name)
        yield


@contextmanager
def validation_lock(files: WindowFiles) -> Iterator[None]:
    """Hold a landed window for validating it, deciding about its rows, or landing it again.

    Raises:
        AnotherRunIsWriting: another run holds it for longer than the settings allow.
    """
    lock = files.accepted.with_name(f".{files.window.id}.lock")
    doing = f"validating {files.feed} from {files.source}, window {files.window},"
    with exclusive_lock(lock, files.settings, doing):
        clear_leftovers(files.landed)
        for place in (files.accepted, files.quarantined, files.decided):
            clear_leftovers(place.parent, f"{files.window.id}.*")
        yield


def warehouse_lock(settings: Settings) -> AbstractContextManager[None]:
    """Hold the warehouse file: DuckDB lets one process write it, and none read it meanwhile.

    Raises:
        AnotherRunIsWriting: another run holds it for longer than the settings allow.
    """
    lock = settings.warehouse_file.with_suffix(".duckdb.lock")
    return exclusive_lock(lock, settings, "building or publishing the marts")


def forgetting_lock(settings: Settings) -> AbstractContextManager[None]:
    """Hold the set of windows: a backup meanwhile would find one in neither place.

    Raises:
        AnotherRunIsWriting: another run holds it for longer than the settings allow.
    """
    lock = settings.decisions / "forgetting.lock"
    return exclusive_lock(lock, settings, "taking a window back, or backing up,")


def sending_lock(settings: Settings, folder: Path) -> AbstractContextManager[None]:
    """Hold a folder of the outbox for handing its mails to the mail server.

    Raises:
        AnotherRunIsWriting: another run holds it for longer than the settings allow.
    """
    return exclusive_lock(folder / "sending.lock", settings, f"sending mails of {folder}")
