"""Keep what cannot be made again in a folder outside the home.

    DIR/storepulse-backup.json      says what the folder is
    DIR/contents/<xx>/<sha256>      each content once, however many backups hold it
    DIR/<number>.json               a backup, written last: every file with size, time, checksum

A content is forced to disk before it gets its name, and a backup counts when its own file is there:
one that was killed leaves those before it whole, and the next one goes on from what it copied. The
newest seven are kept. A disk may lose what it held: each backup looks whether every content is
there in its length, reads a seventh of them again, and copies what is not whole once more.
"""

import hashlib
import json
import logging
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storepulse.errors import BackupInvalid
from storepulse.feeds.registry import all_feeds
from storepulse.lake.atomic import atomic_write, clear_leftovers, flush_folder
from storepulse.lake.locks import (
    exclusive_lock,
    forgetting_lock,
    landing_lock,
    sending_lock,
    validation_lock,
    warehouse_lock,
)
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.transform.as_of_export import is_unexported
from storepulse.windows import Window

logger = logging.getLogger(__name__)

# The one place that says what cannot be made again; `storepulse build`, `publish` and `watch` make
# everything else of it. Folders of the home, in the order in which they are put back: nothing is
# built before accepted is there.
IRREPLACEABLE = {
    "outbox": "what people were told, so that it is not told again",
    "as_of": "what each build said of the KPIs",
    "decisions": "what people decided, and what landed of windows taken back",
    "quarantine": "refused rows, since when, and windows held back",
    "landing": "what sources said: an API has forgotten it, a database has overwritten it",
    # Landing again is no way to it: it may have landed anew and been held back since, and which
    # version of a row counts goes by when each was accepted, by the rules and the code of then.
    "accepted": "which rows counted",
}
FORMAT = 1
MARK = "storepulse-backup.json"
_LEDGER = "outbox/ledger.sqlite"
_KEPT = 7
_CHUNK = 1 << 20

Entries = dict[str, dict[str, Any]]
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Backup:
    """A backup that is whole.

    Attributes:
        path: its file.
        files: how many it holds.
        copied: how many of them no backup held before, or none whole.
        repaired: how many contents of earlier backups were missing or damaged, and are whole again.
    """

    path: Path
    files: int
    copied: int = 0
    repaired: int = 0


def back_up(settings: Settings, folder: Path, tell: Told = lambda done, of: None) -> Backup:
    """Copy what cannot be made again; what an earlier backup in the folder holds is not copied.

    Windows may come in meanwhile: each is copied as a whole. What builds and mails told is copied
    first, so that the rows it rests on are all in the backup.

    Args:
        settings: whose home is copied.
        folder: a new one, or one of backups; outside of the home.
        tell: is told how many groups of files are done, and of how many.

    Raises:
        BackupInvalid: the folder lies in the home, is something else, or cannot be written; or the
            home was not built since an upgrade, and its as-of ledger would be left out.
        TransformFailed: nothing was exported, and the warehouse that may have it cannot be read.
        AnotherRunIsWriting: a step held something for longer than the settings allow.
        DiskFull: no room; earlier backups are whole.
    """
    folder = folder.absolute()
    if folder.resolve().is_relative_to(settings.home.resolve()):
        raise BackupInvalid(
            f"{folder} lies in {settings.home}, and what destroys one would destroy both; name a "
            f"folder elsewhere, best on another disk"
        )
    try:
        _begin(folder)
        with exclusive_lock(folder / "backup.lock", settings, f"backing up to {folder}"):
            return _back_up(settings, folder, tell)
    except OSError as failure:
        raise BackupInvalid(
            f"{failure.filename or folder} cannot be written or read ({failure.strerror}); earlier "
            f"backups in {folder} are whole. Correct that and run the same command again"
        ) from failure


def newest(folder: Path) -> tuple[Path, Entries]:
    """The newest backup of a folder, and what it holds.

    Raises:
        BackupInvalid: the folder is none of backups, is of a later version, or is damaged.
    """
    mark = _read(folder / MARK)
    if mark.get("format") != FORMAT:
        raise BackupInvalid(
            f"{folder} is of format {mark.get('format')}, and this storepulse reads {FORMAT}; use "
            f"the version that wrote it"
        )
    manifests = _manifests(folder)
    if not manifests:
        raise BackupInvalid(f"{folder} holds no backup that was finished; expected {folder}/1.json")
    entries = _read(manifests[-1]).get("files")
    if not isinstance(entries, dict):
        raise _damaged(manifests[-1], "it names no files")
    return manifests[-1], entries


def content(folder: Path, digest: str) -> Path:
    """Where a content lies."""
    return folder / "contents" / digest[:2] / digest


@contextmanager
def nothing_told_meanwhile(settings: Settings) -> Iterator[None]:
    """Hold back builds, publishing and mails.

    Raises:
        AnotherRunIsWriting: one of them did not end in time.
    """
    with ExitStack() as held:
        held.enter_context(warehouse_lock(settings))
        held.enter_context(
            exclusive_lock(settings.outbox / "writing.lock", settings, "writing mails")
        )
        held.enter_context(sending_lock(settings, settings.outbox))
        yield


def _begin(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MARK).is_file():
        return
    if others := sorted(path.name for path in folder.iterdir() if not _is_aside(path)):
        raise BackupInvalid(
            f"{folder} holds something else than backups ({others[0]}); name a new folder"
        )
    with atomic_write(folder / MARK) as temp:
        temp.write_text(json.dumps({"format": FORMAT}), encoding="utf-8")


def _back_up(settings: Settings, folder: Path, tell: Told) -> Backup:
    clear_leftovers(folder)
    clear_leftovers(folder / "contents")
    manifests = _manifests(folder)
    known = newest(folder)[1] if manifests else {}
    number = int(manifests[-1].stem) + 1 if manifests else 1
    copying = _Copying(settings.home, folder, known, number)
    with forgetting_lock(settings):
        with nothing_told_meanwhile(settings):
            _copy_told(settings, copying)
        for path in _files_below(settings.decisions / "forgotten"):
            copying.take(path)
        windows = _windows(settings)
        for done, files in enumerate(windows):
            tell(done, len(windows))
            _copy_window(files, copying)
    place = folder / f"{number}.json"
    entries = dict(sorted(copying.entries.items()))
    made = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    with atomic_write(place) as temp:
        temp.write_text(json.dumps({**made, "files": entries}, indent=0), encoding="utf-8")
    flush_folder(folder)
    _prune(folder, [*manifests, place])
    logger.info("backed up %d files, %d of them new, to %s", len(entries), copying.copied, place)
    return Backup(place, len(entries), copying.copied, copying.repaired)


class _Copying:
    """Copies files of a home into a folder of backups, each content once."""

    def __init__(self, home: Path, folder: Path, known: Entries, number: int) -> None:
        self.home, self.folder, self.known, self.number = home, folder, known, number
        self.entries: Entries = {}
        self.copied = self.repaired = 0
        self._held = {entry["sha256"] for entry in known.values()}
        self._whole: dict[str, bool] = {}

    def is_known(self, path: Path) -> bool:
        """Tell whether the last backup has a file whole as it is now, by size and time."""
        before, status = self.known.get(self._name(path), {}), path.stat()
        is_as_before = (before.get("bytes"), before.get("mtime_ns")) == (
            status.st_size,
            status.st_mtime_ns,
        )
        return is_as_before and self._is_whole(before["sha256"], status.st_size)

    def _is_whole(self, digest: str, size: int) -> bool:
        """Tell whether a content is there in its length and, of a seventh of them, as it was."""
        if digest not in self._whole:
            place = content(self.folder, digest)
            is_there = place.is_file() and place.stat().st_size == size
            if is_there and int(digest[:8], 16) % _KEPT == self.number % _KEPT:
                with place.open("rb") as written:
                    is_there = hashlib.file_digest(written, "sha256").hexdigest() == digest
            self._whole[digest] = is_there
        return self._whole[digest]

    def take(self, path: Path) -> None:
        """Copy a file, unless the last backup has it."""
        name = self._name(path)
        if self.is_known(path):
            self.entries[name] = self.known[name]
        else:
            self.put(name, path)

    def put(self, name: str, path: Path) -> None:
        """Copy a file under a name of the home."""
        status, digest = path.stat(), hashlib.sha256()
        temp = self.folder / "contents" / "new"
        with (
            atomic_write(temp) as writing,
            path.open("rb") as source,
            writing.open("wb") as target,
        ):
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
        place = content(self.folder, digest.hexdigest())
        if not self._is_whole(digest.hexdigest(), status.st_size):
            self.copied += 1
            if digest.hexdigest() in self._held:
                self.repaired += 1
                logger.warning("%s was missing or damaged, and is copied again", place)
        self._whole[digest.hexdigest()] = True
        place.parent.mkdir(exist_ok=True)
        temp.replace(place)
        flush_folder(place.parent)
        self.entries[name] = {
            "sha256": digest.hexdigest(),
            "bytes": status.st_size,
            "mtime_ns": status.st_mtime_ns,
        }

    def _name(self, path: Path) -> str:
        return path.relative_to(self.home).as_posix()


def _refuse_unexported(settings: Settings) -> None:
    """Refuse a home whose as-of ledger lies in the warehouse only, which no backup holds."""
    is_built = (settings.warehouse / "built.json").is_file()
    # What a first build that did not finish left was never said to anybody.
    if is_built and is_unexported(settings, settings.warehouse_file):
        raise BackupInvalid(
            f"the as-of ledger of {settings.home} lies in its warehouse only, and a backup would "
            f"not have it; run `storepulse build` first, which writes it to {settings.as_of}"
        )


def _copy_told(settings: Settings, copying: _Copying) -> None:
    _refuse_unexported(settings)
    for path in (*_files_below(settings.as_of), *_files_below(settings.outbox)):
        if not path.name.startswith("ledger.sqlite"):
            copying.take(path)
    ledger = settings.home / _LEDGER
    if ledger.is_file():
        with tempfile.TemporaryDirectory(
            dir=copying.folder, prefix=".ledger.", suffix=".tmp"
        ) as scratch:
            copy = Path(scratch) / "ledger.sqlite"
            try:
                with closing(sqlite3.connect(ledger)) as book, closing(sqlite3.connect(copy)) as to:
                    book.backup(to)
            except sqlite3.Error as failure:
                raise BackupInvalid(
                    f"{ledger} cannot be read ({failure}); put it back from a backup before, or "
                    f"move it away: then days that were judged are judged and mailed once more"
                ) from failure
            copying.put(_LEDGER, copy)


def _windows(settings: Settings) -> list[WindowFiles]:
    """Every window of which anything lies in the home, oldest first."""
    found = set()
    for part in ("landing", "accepted", "quarantine", "decisions"):
        for feed in all_feeds():
            # A run that died may have left a landed folder aside, its name after a dot.
            for path in (settings.home / part / feed).glob("*/*[0-9]T*Z-*[0-9]Z*"):
                name = path.name.removeprefix(".").partition(".")[0]
                if path.suffix != ".lock":
                    found.add((Window.from_id(name), feed, path.parent.name))
    return [WindowFiles(settings, feed, source, window) for window, feed, source in sorted(found)]


def _copy_window(files: WindowFiles, copying: _Copying) -> None:
    there = list(_files_of(files))
    if not there or not all(copying.is_known(path) for path in there):
        with landing_lock(files), validation_lock(files):
            for path in _files_of(files):
                copying.take(path)
        return
    for path in there:
        copying.take(path)


def _files_of(files: WindowFiles) -> Iterator[Path]:
    yield from _files_below(files.landed)
    for place in (
        files.accepted,
        files.quarantined,
        files.held,
        files.decided,
        files.decided_seal,
    ):
        if place.is_file():
            yield place


def _files_below(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_aside(path)]


def _is_aside(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix == ".lock"


def _prune(folder: Path, manifests: list[Path]) -> None:
    """Remove the oldest backups and what only they held."""
    for old in manifests[:-_KEPT]:
        old.unlink(missing_ok=True)
    if len(manifests) <= _KEPT:
        return
    wanted = {
        entry["sha256"]
        for manifest in manifests[-_KEPT:]
        for entry in _read(manifest).get("files", {}).values()
    }
    for path in folder.glob("contents/??/*"):
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def _manifests(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("[0-9]*.json") if path.stem.isdigit()]
    return sorted(found, key=lambda path: int(path.stem))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise BackupInvalid(
            f"{path.parent} is no folder of backups: it has no {path.name}; name the folder that "
            f"`storepulse backup` was given"
        ) from missing
    except (OSError, ValueError) as failure:
        raise _damaged(path, str(failure)) from failure
    if not isinstance(said, dict):
        raise _damaged(path, "it is something else than a list of files")
    return said


def _damaged(path: Path, what: str) -> BackupInvalid:
    return BackupInvalid(
        f"{path} is damaged ({what}); move it away to use the backup before it, or use another "
        f"folder of backups"
    )
