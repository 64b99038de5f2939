"""Back up what cannot be rebuilt to a folder outside the home.

    DIR/storepulse-backup.json      marks a folder of backups
    DIR/contents/<xx>/<sha256>      each content once, however many backups refer to it
    DIR/<number>.json               a backup, written last: every file with size, time, checksum

A content is flushed to disk before it gets its name, and a backup exists once its own file is
there: a killed backup leaves the earlier ones intact, and the next one reuses what it copied. The
newest seven are kept. A disk may lose data: each backup checks that every content is there in its
full length, checks the checksums of a seventh of them, and copies damaged ones again.
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
from storepulse.lake import walk
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

logger = logging.getLogger(__name__)

# The one list of what cannot be rebuilt; `storepulse build`, `publish` and `watch` rebuild
# everything else from it. Folders of the home, in the order in which they are restored: nothing is
# built before accepted is there.
IRREPLACEABLE = {
    "outbox": "mails that were sent, so that none is sent again",
    "as_of": "the KPI values that each build published",
    "decisions": "manual decisions, and the landed rows of windows taken back",
    "quarantine": "quarantined rows with their age, and rejected windows",
    "landing": "what sources delivered: an API forgets it, a database overwrites it",
    # Validating landing again does not restore it: the window may have landed again and been
    # rejected since, and the accepted version of a row depends on when it was validated, and on
    # the rules and the code of that time.
    "accepted": "the rows that were accepted",
}
FORMAT = 1
MARK = "storepulse-backup.json"
_ALERT_STORE = "outbox/ledger.sqlite"
_KEPT = 7
_CHUNK = 1 << 20

Entries = dict[str, dict[str, Any]]
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Backup:
    """A finished backup.

    Attributes:
        path: its file.
        files: number of files in it.
        copied: number of contents that no earlier backup had intact.
        repaired: number of missing or damaged contents of earlier backups that were copied again.
    """

    path: Path
    files: int
    copied: int = 0
    repaired: int = 0


def back_up(
    settings: Settings, folder: Path, on_progress: OnProgress = lambda done, of: None
) -> Backup:
    """Copy what cannot be rebuilt; contents that an earlier backup has are not copied again.

    Windows may land meanwhile: each is copied as a whole. Published values and mails are copied
    first, so that the backup contains every row they rest on.

    Args:
        settings: of the home to back up.
        folder: a new folder or one of backups; outside the home.
        on_progress: called with the number of windows done and their total.

    Raises:
        BackupInvalid: the folder is in the home, contains something else, or cannot be written; or
            the home was not built since an upgrade, so its as-of ledger would be left out.
        TransformFailed: nothing was exported, and the warehouse that may have it cannot be read.
        AnotherRunIsWriting: a step held a lock for longer than the settings allow.
        DiskFull: no space; earlier backups are intact.
    """
    folder = folder.absolute()
    if folder.resolve().is_relative_to(settings.home.resolve()):
        raise BackupInvalid(
            f"{folder} is inside {settings.home}, so a failure would destroy both; name a folder "
            f"elsewhere, preferably on another disk"
        )
    try:
        _prepare(folder)
        with exclusive_lock(folder / "backup.lock", settings, f"backing up to {folder}"):
            return _back_up(settings, folder, on_progress)
    except OSError as failure:
        raise BackupInvalid(
            f"{failure.filename or folder} cannot be written or read ({failure.strerror}); earlier "
            f"backups in {folder} are intact. Correct that and run the same command again"
        ) from failure


def newest(folder: Path) -> tuple[Path, Entries]:
    """The newest backup of a folder, and its files.

    Raises:
        BackupInvalid: the folder contains no backups, is of a later version, or is damaged.
    """
    mark = _read(folder / MARK)
    if mark.get("format") != FORMAT:
        raise BackupInvalid(
            f"{folder} has format {mark.get('format')}, and this storepulse reads {FORMAT}; use "
            f"the version that wrote it"
        )
    manifests = _manifests(folder)
    if not manifests:
        raise BackupInvalid(f"{folder} contains no finished backup; expected {folder}/1.json")
    entries = _read(manifests[-1]).get("files")
    if not isinstance(entries, dict):
        raise _damaged(manifests[-1], "it lists no files")
    return manifests[-1], entries


def content(folder: Path, digest: str) -> Path:
    """Path of a content."""
    return folder / "contents" / digest[:2] / digest


@contextmanager
def nothing_sent_meanwhile(settings: Settings) -> Iterator[None]:
    """Block builds, publishing and mails.

    Raises:
        AnotherRunIsWriting: one of them did not end in time.
    """
    with ExitStack() as locks:
        locks.enter_context(warehouse_lock(settings))
        locks.enter_context(
            exclusive_lock(settings.outbox / "writing.lock", settings, "writing mails")
        )
        locks.enter_context(sending_lock(settings, settings.outbox))
        yield


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MARK).is_file():
        return
    if others := sorted(path.name for path in folder.iterdir() if not _is_temporary(path)):
        raise BackupInvalid(
            f"{folder} contains something other than backups ({others[0]}); name a new folder"
        )
    with atomic_write(folder / MARK) as temp:
        temp.write_text(json.dumps({"format": FORMAT}), encoding="utf-8")


def _back_up(settings: Settings, folder: Path, on_progress: OnProgress) -> Backup:
    clear_leftovers(folder)
    clear_leftovers(folder / "contents")
    manifests = _manifests(folder)
    known = newest(folder)[1] if manifests else {}
    number = int(manifests[-1].stem) + 1 if manifests else 1
    copying = _Copying(settings.home, folder, known, number)
    with forgetting_lock(settings):
        with nothing_sent_meanwhile(settings):
            _copy_published(settings, copying)
        for path in _files_below(settings.decisions / "forgotten"):
            copying.take(path)
        windows = _windows(settings)
        for done, files in enumerate(windows):
            on_progress(done, len(windows))
            _copy_window(files, copying)
    manifest = folder / f"{number}.json"
    entries = dict(sorted(copying.entries.items()))
    header = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    with atomic_write(manifest) as temp:
        temp.write_text(json.dumps({**header, "files": entries}, indent=0), encoding="utf-8")
    flush_folder(folder)
    _prune(folder, [*manifests, manifest])
    logger.info("backed up %d files, %d of them new, to %s", len(entries), copying.copied, manifest)
    return Backup(manifest, len(entries), copying.copied, copying.repaired)


class _Copying:
    """Copies files of a home into a folder of backups, each content once."""

    def __init__(self, home: Path, folder: Path, known: Entries, number: int) -> None:
        self.home, self.folder, self.known, self.number = home, folder, known, number
        self.entries: Entries = {}
        self.copied = self.repaired = 0
        self._known_digests = {entry["sha256"] for entry in known.values()}
        self._intact: dict[str, bool] = {}

    def is_known(self, path: Path) -> bool:
        """Whether the last backup has an intact copy of the file as it is now, by size and time."""
        before, status = self.known.get(self._name(path), {}), path.stat()
        is_unchanged = (before.get("bytes"), before.get("mtime_ns")) == (
            status.st_size,
            status.st_mtime_ns,
        )
        return is_unchanged and self._is_intact(before["sha256"], status.st_size)

    def _is_intact(self, digest: str, size: int) -> bool:
        """Whether a content is there in full length and, for a seventh, with its checksum."""
        if digest not in self._intact:
            path = content(self.folder, digest)
            is_intact = path.is_file() and path.stat().st_size == size
            if is_intact and int(digest[:8], 16) % _KEPT == self.number % _KEPT:
                with path.open("rb") as written:
                    is_intact = hashlib.file_digest(written, "sha256").hexdigest() == digest
            self._intact[digest] = is_intact
        return self._intact[digest]

    def take(self, path: Path) -> None:
        """Copy a file, unless the last backup has it."""
        name = self._name(path)
        if self.is_known(path):
            self.entries[name] = self.known[name]
        else:
            self.put(name, path)

    def put(self, name: str, path: Path) -> None:
        """Copy a file under a path relative to the home."""
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
        copy = content(self.folder, digest.hexdigest())
        if not self._is_intact(digest.hexdigest(), status.st_size):
            self.copied += 1
            if digest.hexdigest() in self._known_digests:
                self.repaired += 1
                logger.warning("%s was missing or damaged, and is copied again", copy)
        self._intact[digest.hexdigest()] = True
        copy.parent.mkdir(exist_ok=True)
        temp.replace(copy)
        flush_folder(copy.parent)
        self.entries[name] = {
            "sha256": digest.hexdigest(),
            "bytes": status.st_size,
            "mtime_ns": status.st_mtime_ns,
        }

    def _name(self, path: Path) -> str:
        return path.relative_to(self.home).as_posix()


def _refuse_unexported(settings: Settings) -> None:
    """Refuse a home whose as-of ledger is in the warehouse only, which is not backed up."""
    is_built = (settings.warehouse / "built.json").is_file()
    # What a first build left that did not finish was never published.
    if is_built and is_unexported(settings, settings.warehouse_file):
        raise BackupInvalid(
            f"the as-of ledger of {settings.home} is in its warehouse only, which is not backed "
            f"up; run `storepulse build` first, which writes it to {settings.as_of}"
        )


def _copy_published(settings: Settings, copying: _Copying) -> None:
    _refuse_unexported(settings)
    for path in (*_files_below(settings.as_of), *_files_below(settings.outbox)):
        if not path.name.startswith("ledger.sqlite"):
            copying.take(path)
    store = settings.home / _ALERT_STORE
    if store.is_file():
        with tempfile.TemporaryDirectory(
            dir=copying.folder, prefix=".ledger.", suffix=".tmp"
        ) as scratch:
            copy = Path(scratch) / "ledger.sqlite"
            try:
                with closing(sqlite3.connect(store)) as con, closing(sqlite3.connect(copy)) as to:
                    con.backup(to)
            except sqlite3.Error as failure:
                raise BackupInvalid(
                    f"{store} cannot be read ({failure}); restore it from an earlier backup, or "
                    f"move it away: then days already evaluated are evaluated and mailed again"
                ) from failure
            copying.put(_ALERT_STORE, copy)


def _windows(settings: Settings) -> list[WindowFiles]:
    """Every window with any file in the home, oldest first."""
    found = [files for feed in all_feeds() for files in walk.with_any_file(settings, feed)]
    return sorted(found, key=lambda files: (files.window, files.feed, files.source))


def _copy_window(files: WindowFiles, copying: _Copying) -> None:
    paths = list(_files_of(files))
    if not paths or not all(copying.is_known(path) for path in paths):
        with landing_lock(files), validation_lock(files):
            for path in _files_of(files):
                copying.take(path)
        return
    for path in paths:
        copying.take(path)


def _files_of(files: WindowFiles) -> Iterator[Path]:
    yield from _files_below(files.landed)
    for path in (
        files.accepted,
        files.quarantined,
        files.rejection,
        files.decided,
        files.decided_seal,
    ):
        if path.is_file():
            yield path


def _files_below(folder: Path) -> list[Path]:
    paths = sorted(folder.rglob("*"))
    return [path for path in paths if path.is_file() and not _is_temporary(path)]


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix == ".lock"


def _prune(folder: Path, manifests: list[Path]) -> None:
    """Remove the oldest backups and the contents that only they refer to."""
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
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise BackupInvalid(
            f"{path.parent} is not a folder of backups: it has no {path.name}; name the folder "
            f"that `storepulse backup` was given"
        ) from missing
    except (OSError, ValueError) as failure:
        raise _damaged(path, str(failure)) from failure
    if not isinstance(manifest, dict):
        raise _damaged(path, "it is not a list of files")
    return manifest


def _damaged(path: Path, what: str) -> BackupInvalid:
    return BackupInvalid(
        f"{path} is damaged ({what}); move it away to use the backup before it, or use another "
        f"folder of backups"
    )
