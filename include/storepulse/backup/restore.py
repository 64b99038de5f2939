"""Put a backup back where a home was lost.

    <home>/.restoring/          the backup's files, laid out and checked before anything is touched
                     whole.json        all of them are there
                     emptied           what lay in the home before lies in `replaced/`
    <home>/replaced/<number>/   what lay there before, where `--replace` asked for that

After a checksum that is wrong nothing has changed. One that was killed goes on when it is run
again. What is put back needs `storepulse build`, `publish` and `watch`: the marts are made anew of
what was accepted, the as-of ledger is read back, and the alert ledger knows what was told.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from storepulse.backup.create import IRREPLACEABLE, content, newest, nothing_told_meanwhile
from storepulse.errors import BackupInvalid, DiskFull
from storepulse.lake.atomic import atomic_write, clear_leftovers, flush_folder, is_disk_full
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

# What is made of the rest; of another home's it would tell.
_MADE_OF_IT = ("warehouse", "serving", "report")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Restored:
    """What was put back.

    Attributes:
        backup: the file of the backup.
        files: how many.
        replaced: where what lay there before is now; None when nothing did.
    """

    backup: Path
    files: int
    replaced: Path | None


def restore(
    settings: Settings,
    folder: Path,
    replace: bool = False,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Restored:
    """Put the newest backup of a folder back. No other step may run meanwhile.

    Args:
        settings: whose home.
        folder: as `storepulse backup` was given it.
        replace: move what lies in the home aside, instead of refusing.
        tell: is told how many files are laid out, and of how many.

    Raises:
        BackupInvalid: the backup is damaged or none, or the home is not empty; the home is as it
            was.
        AnotherRunIsWriting: a step runs and does not end within the settings' time.
        DiskFull: no room; the home is as it was.
    """
    clear_leftovers(settings.home, "restoring")
    place, entries = newest(folder.absolute())
    _refuse_elsewhere(place, entries)
    staging = settings.home / ".restoring"
    is_gone_on_with = _whole(staging) == str(place)
    if not is_gone_on_with and not replace:
        _refuse_used(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    with nothing_told_meanwhile(settings):
        if not is_gone_on_with:
            _lay_out(staging, place, entries, tell)
        replaced = _empty(settings, staging)
        for part in IRREPLACEABLE:
            for path in _children(staging / part):
                (settings.home / part).mkdir(exist_ok=True)
                path.rename(settings.home / part / path.name)
                flush_folder(settings.home / part)
        # Its marks go at once: half of them would say something else.
        shutil.rmtree(staging.rename(settings.home / ".restoring.done.tmp"))
    logger.info("restored %d files from %s", len(entries), place)
    return Restored(place, len(entries), replaced)


def _refuse_elsewhere(place: Path, entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        parts = PurePosixPath(name).parts
        is_ours = len(parts) > 1 and parts[0] in IRREPLACEABLE and ".." not in parts
        if not is_ours or not {"sha256", "bytes", "mtime_ns"} <= entry.keys():
            raise BackupInvalid(
                f"{place} is damaged or was changed by hand: {name!r} is no file of a backup; "
                f"move it away to use the backup before it"
            )


def _whole(staging: Path) -> str | None:
    """Of which backup all files are laid out, by a run that died afterwards."""
    mark = staging / "whole.json"
    return str(json.loads(mark.read_text(encoding="utf-8"))["of"]) if mark.is_file() else None


def _refuse_used(settings: Settings) -> None:
    for part in (*IRREPLACEABLE, *_MADE_OF_IT):
        found = next((path for path in _children(settings.home / part) if _holds_files(path)), None)
        if found is not None:
            raise BackupInvalid(
                f"{settings.home} is in use ({part}/{found.name}); name an empty STOREPULSE_HOME, "
                f"or run it again with --replace, which moves what is there to "
                f"{settings.home / 'replaced'}"
            )


def _lay_out(
    staging: Path,
    place: Path,
    entries: dict[str, dict[str, Any]],
    tell: Callable[[int, int], None],
) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    try:
        for done, (name, entry) in enumerate(entries.items()):
            tell(done, len(entries))
            _copy(content(place.parent, str(entry["sha256"])), staging / name, entry)
        with atomic_write(staging / "whole.json") as temp:
            temp.write_text(json.dumps({"of": str(place)}), encoding="utf-8")
        flush_folder(staging)
    except BaseException as failure:
        shutil.rmtree(staging, ignore_errors=True)
        if is_disk_full(failure):
            raise DiskFull(
                f"no room in {staging.parent} for {len(entries)} files; it is as it was. Free "
                f"space there and run the same command again"
            ) from failure
        if isinstance(failure, OSError):
            raise BackupInvalid(
                f"{failure.filename} cannot be written or read ({failure.strerror}); the home is "
                f"as it was. Correct that and run the same command again"
            ) from failure
        raise


def _copy(source: Path, place: Path, entry: dict[str, Any]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with source.open("rb") as reading, place.open("wb") as writing:
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
    except FileNotFoundError as missing:
        raise _damaged(source, place, "it is missing") from missing
    if digest.hexdigest() != entry["sha256"]:
        raise _damaged(source, place, "its checksum is another one")
    # Which of two verdicts on a window is the newer goes by their times.
    os.utime(place, ns=(entry["mtime_ns"], entry["mtime_ns"]))


def _damaged(source: Path, place: Path, what: str) -> BackupInvalid:
    return BackupInvalid(
        f"{source}, which holds {place.name}, is damaged: {what}. The home is as it was. Use "
        f"another folder of backups, or an older backup: move the newest <number>.json away"
    )


def _empty(settings: Settings, staging: Path) -> Path | None:
    """Move what lies in the home aside, once; locks stay, for somebody may hold them."""
    numbers = [int(path.name) for path in (settings.home / "replaced").glob("[0-9]*")]
    into = settings.home / "replaced" / str(max(numbers, default=0) + 1)
    if (staging / "emptied").exists():
        return None
    for part in ("serving", "report"):
        # In one step: who reads the marts sees all of them, or none.
        if (settings.home / part).is_dir():
            into.mkdir(parents=True, exist_ok=True)
            (settings.home / part).rename(into / part)
    for part in (*IRREPLACEABLE, "warehouse"):
        for path in _children(settings.home / part):
            (into / part).mkdir(parents=True, exist_ok=True)
            path.rename(into / part / path.name)
    (staging / "emptied").touch()
    flush_folder(staging)
    return into if into.is_dir() else None


def _children(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from [path for path in sorted(folder.iterdir()) if path.suffix != ".lock"]


def _holds_files(path: Path) -> bool:
    below = path.rglob("*") if path.is_dir() else [path]
    return any(one.is_file() and one.suffix != ".lock" for one in below)
