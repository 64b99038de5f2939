"""Restore a backup where a home was lost.

    <home>/.restoring/          the backup's files, copied and checked before the home is changed
                     whole.json        all of them are there
                     emptied           the previous content of the home is in `replaced/`
    <home>/replaced/<number>/   the previous content, where `--replace` was given

A wrong checksum leaves the home unchanged. A killed restore continues when it is run again.
Afterwards run `storepulse build`, `publish` and `watch`: the marts are rebuilt from accepted data,
the as-of ledger is read from its export, and the alert store knows which mails were sent.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from storepulse.backup.create import (
    IRREPLACEABLE,
    OnProgress,
    content,
    newest,
    nothing_sent_meanwhile,
)
from storepulse.errors import BackupInvalid, DiskFull
from storepulse.lake.atomic import atomic_write, clear_leftovers, flush_folder, is_disk_full
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

# Rebuilt from the rest; left in place, they would show another home's data.
_REBUILT = ("warehouse", "serving", "report")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Restored:
    """What was restored.

    Attributes:
        backup: the file of the backup.
        files: number of files.
        replaced: folder of the home's previous content; None when there was none.
    """

    backup: Path
    files: int
    replaced: Path | None


def restore(
    settings: Settings,
    folder: Path,
    replace: bool = False,
    on_progress: OnProgress = lambda done, of: None,
) -> Restored:
    """Restore the newest backup of a folder. No other step may run meanwhile.

    Args:
        settings: of the home.
        folder: as `storepulse backup` was given it.
        replace: move the home's content to `replaced/` instead of refusing.
        on_progress: called with the number of files copied and their total.

    Raises:
        BackupInvalid: there is no backup or it is damaged, or the home is not empty; the home is
            unchanged.
        AnotherRunIsWriting: a step runs and does not end within the settings' time.
        DiskFull: no space; the home is unchanged.
    """
    clear_leftovers(settings.home, "restoring")
    manifest, entries = newest(folder.absolute())
    _refuse_elsewhere(manifest, entries)
    staging = settings.home / ".restoring"
    is_continued = _staged_backup(staging) == str(manifest)
    if not is_continued and not replace:
        _refuse_used(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    with nothing_sent_meanwhile(settings):
        if not is_continued:
            _stage(staging, manifest, entries, on_progress)
        replaced = _empty(settings, staging)
        for part in IRREPLACEABLE:
            for path in _children(staging / part):
                (settings.home / part).mkdir(exist_ok=True)
                path.rename(settings.home / part / path.name)
                flush_folder(settings.home / part)
        # Both marks go at once: one of them alone would mean something else.
        shutil.rmtree(staging.rename(settings.home / ".restoring.done.tmp"))
    logger.info("restored %d files from %s", len(entries), manifest)
    return Restored(manifest, len(entries), replaced)


def _refuse_elsewhere(manifest: Path, entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        parts = PurePosixPath(name).parts
        is_ours = len(parts) > 1 and parts[0] in IRREPLACEABLE and ".." not in parts
        if not is_ours or not {"sha256", "bytes", "mtime_ns"} <= entry.keys():
            raise BackupInvalid(
                f"{manifest} is damaged or was changed by hand: {name!r} is not a file of a "
                f"backup; move it away to use the backup before it"
            )


def _staged_backup(staging: Path) -> str | None:
    """The backup whose files a killed run had staged completely."""
    mark = staging / "whole.json"
    return str(json.loads(mark.read_text(encoding="utf-8"))["of"]) if mark.is_file() else None


def _refuse_used(settings: Settings) -> None:
    for part in (*IRREPLACEABLE, *_REBUILT):
        found = next((path for path in _children(settings.home / part) if _holds_files(path)), None)
        if found is not None:
            raise BackupInvalid(
                f"{settings.home} is in use ({part}/{found.name}); name an empty STOREPULSE_HOME, "
                f"or run it again with --replace, which moves its content to "
                f"{settings.home / 'replaced'}"
            )


def _stage(
    staging: Path,
    manifest: Path,
    entries: dict[str, dict[str, Any]],
    on_progress: OnProgress,
) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    try:
        for done, (name, entry) in enumerate(entries.items()):
            on_progress(done, len(entries))
            _copy(content(manifest.parent, str(entry["sha256"])), staging / name, entry)
        with atomic_write(staging / "whole.json") as temp:
            temp.write_text(json.dumps({"of": str(manifest)}), encoding="utf-8")
        flush_folder(staging)
    except BaseException as failure:
        shutil.rmtree(staging, ignore_errors=True)
        if is_disk_full(failure):
            raise DiskFull(
                f"no space in {staging.parent} for {len(entries)} files; it is unchanged. Free "
                f"space there and run the same command again"
            ) from failure
        if isinstance(failure, OSError):
            raise BackupInvalid(
                f"{failure.filename} cannot be written or read ({failure.strerror}); the home is "
                f"unchanged. Correct that and run the same command again"
            ) from failure
        raise


def _copy(source: Path, target: Path, entry: dict[str, Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with source.open("rb") as reading, target.open("wb") as writing:
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
    except FileNotFoundError as missing:
        raise _damaged(source, target, "it is missing") from missing
    if digest.hexdigest() != entry["sha256"]:
        raise _damaged(source, target, "its checksum differs")
    # File times decide which of a window's two results is the newer.
    os.utime(target, ns=(entry["mtime_ns"], entry["mtime_ns"]))


def _damaged(source: Path, target: Path, what: str) -> BackupInvalid:
    return BackupInvalid(
        f"{source}, the content of {target.name}, is damaged: {what}. The home is unchanged. Use "
        f"another folder of backups, or an older backup: move the newest <number>.json away"
    )


def _empty(settings: Settings, staging: Path) -> Path | None:
    """Move the home's content to `replaced/`, once; lock files stay, as they may be in use."""
    numbers = [int(path.name) for path in (settings.home / "replaced").glob("[0-9]*")]
    into = settings.home / "replaced" / str(max(numbers, default=0) + 1)
    if (staging / "emptied").exists():
        return None
    for part in ("serving", "report"):
        # In one step: readers see all marts or none.
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
