"""Connections to files: CSV, JSON lines and Parquet below one folder, read as tables."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile

import duckdb

from storepulse.errors import SourceUnreachable, SourceUnreadable
from storepulse.extract.file_tables import holds_no_row, table_over
from storepulse.extract.local_query import local_database, tables_read_by_query, write_rows
from storepulse.extract.request import Extracted, Request
from storepulse.feeds.connections import FilesConnection, FileTable
from storepulse.windows import Window

# Whoever writes a file adds to it within two seconds, over a slow network too.
AT_REST_SECONDS = 2.0
# How far the clock of a file server may lag behind ours.
_LAG_SECONDS = 600.0
# A sender that goes on for longer has not finished the window.
_MOST_WAITS = 5

# The files of each table.
Found = Mapping[str, Sequence[Path]]
# Size and time of change of each.
States = Mapping[Path, tuple[int, int]]


def extract(config: FilesConnection, request: Request) -> Extracted:
    """Run the query over the files that the window concerns.

    An hour without a file is an hour without rows, unless `complete_when:` is given; a
    missing root is a share that is not there. A file written within the last two seconds is waited
    for until it has rested that long, and so is one that arrives meanwhile.

    Raises:
        SourceUnreachable: the root, or a file that belongs to no hour, does not exist; files of
            the window are still missing or being written.
        SourceUnreadable: a file is empty, cut off, in another encoding, malformed or lacks a
            column; there are more files than agreed, or one lies elsewhere; the message names it.
        WindowTooLarge: there are more rows than the request allows.
    """
    _expect_folder(config.root, request)
    with local_database(request) as connection:
        names = tables_read_by_query(connection, request, config.tables)

        def listed() -> Found:
            return {
                name: _files_of(config.root, config.tables[name], request.window) for name in names
            }

        notes: list[str] = []
        with _at_rest(listed, request.into) as paths:
            for name, found in paths.items():
                _refuse_empty(found)
                notes += _without_rows(found, config.tables[name])
                select = table_over(connection, config.tables[name], found)
                connection.execute(f'create view "{name}" as {select}')
            extracted = write_rows(connection, request)
    return Extracted(extracted.rows, extracted.columns, notes=tuple(notes))


def _expect_folder(root: Path, request: Request) -> None:
    try:
        is_there = root.is_dir()
    except OSError as failure:
        raise SourceUnreachable(
            f"{request.name}: the folder {root} cannot be read: {failure.strerror}; check "
            f"`root:` in source.yaml and the rights on its folders"
        ) from None
    if not is_there:
        raise SourceUnreachable(
            f"{request.name}: there is no folder {root}; check that it is mounted"
        )


def _files_of(root: Path, table: FileTable, window: Window) -> list[Path]:
    """List a table's files for a window, oldest hour first, by name within an hour."""
    patterns = list(dict.fromkeys(_patterns(table.path, window)))
    markers = _markers(root, table, window)
    found = {
        pattern: [
            path
            for path in sorted(root.glob(pattern))
            if path.is_file() and not path.name.startswith(".") and path not in markers
        ]
        for pattern in patterns
    }
    _expect_parts(root, table, found)
    paths = [path for of_pattern in found.values() for path in of_pattern]
    if not paths and patterns == [table.path]:
        raise SourceUnreachable(f"no file matches {root / table.path}; check path and share")
    _refuse_elsewhere(root, paths)
    return paths


def _markers(root: Path, table: FileTable, window: Window) -> set[Path]:
    """Find the files that mark a window's files as complete.

    Raises:
        SourceUnreachable: one is not there yet.
    """
    if table.complete_when is None or table.complete_when.marker is None:
        return set()
    expected = dict.fromkeys(_patterns(table.complete_when.marker, window))
    found = {pattern: set(root.glob(pattern)) for pattern in expected}
    missing = [pattern for pattern, paths in found.items() if not paths]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise SourceUnreachable(
            f"the window is not complete: its marker {root / missing[0]}{more} is not there yet; "
            f"nothing was landed. Land it again later; if it stays so, ask the sender"
        )
    return set().union(*found.values())


def _expect_parts(root: Path, table: FileTable, found: Mapping[str, Sequence[Path]]) -> None:
    if table.complete_when is None or table.complete_when.parts is None:
        return
    parts = table.complete_when.parts
    for pattern, paths in found.items():
        if len(paths) > parts:
            raise SourceUnreadable(
                f"{len(paths)} files match {root / pattern}, expected {parts}: is one of them of "
                f"an earlier export? Remove it, or correct `complete_when:` in source.yaml"
            )
        if len(paths) < parts:
            raise SourceUnreachable(
                f"the window is not complete: {len(paths)} of {parts} files match "
                f"{root / pattern}; nothing was landed. Land it again later; if it stays so, "
                f"ask the sender"
            )


def _patterns(path: str, window: Window) -> Iterator[str]:
    hour = window.start.replace(minute=0, second=0, microsecond=0)
    while hour < window.end:
        yield path.replace("{date}", f"{hour:%Y-%m-%d}").replace("{hour}", f"{hour:%H}")
        hour += timedelta(hours=1)


def _refuse_elsewhere(root: Path, paths: Sequence[Path]) -> None:
    home = root.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(home):
            raise SourceUnreadable(
                f"{path} is a link to a file outside of {root}, which is all that this source may "
                f"read; put the file itself there, or correct `root:` in source.yaml"
            )


def _refuse_empty(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.stat().st_size == 0:
            raise SourceUnreadable(
                f"{path} is empty, not even a header or a gzip frame; "
                f"ask its sender to write it again, or remove it if nothing happened"
            )


def _without_rows(paths: Sequence[Path], table: FileTable) -> list[str]:
    """Report files without a row among others that have some: their sender may have failed."""
    empty = [path for path in paths if holds_no_row(path, table)] if len(paths) > 1 else []
    if not empty or len(empty) == len(paths):
        return []
    return [
        f"{len(empty)} of {len(paths)} files have no row while the others do, such as {empty[0]}; "
        f"ask the sender whether nothing happened there"
    ]


@contextmanager
def _at_rest(listed: Callable[[], Found], own: Path) -> Iterator[Found]:
    """Give files that do not change for two seconds before they are read, nor while they are.

    Args:
        listed: lists them.
        own: a folder to write in.

    Raises:
        SourceUnreachable: one changed, or further ones keep arriving.
    """
    found, before = _rested(listed, own)
    try:
        yield found
    except (SourceUnreadable, duckdb.Error):
        # What is half written is malformed, too, and will not stay so.
        _refuse_changed(before)
        raise
    _refuse_changed(before)


def _rested(listed: Callable[[], Found], own: Path) -> tuple[Found, States]:
    found = listed()
    for _ in range(_MOST_WAITS):
        before = _states(path for paths in found.values() for path in paths)
        seconds = _seconds_to_rest(before, own)
        if not seconds:
            return found, before
        time.sleep(seconds)
        _refuse_changed(before)
        # What has arrived meanwhile is as much of the window as what lay there before.
        earlier, found = found, listed()
        if found == earlier:
            return found, before
    newest = max(before, key=lambda path: before[path][1])
    raise SourceUnreachable(
        f"files of the window keep arriving, such as {newest}: its sender is not done; "
        f"land the window again later, or state in source.yaml when it is complete, by "
        f"`complete_when:`"
    )


def _seconds_to_rest(states: States, own: Path) -> float:
    """How long to watch files until they have surely been at rest for long enough."""
    youngest = max((changed_at for _, changed_at in states.values()), default=0) / 1e9
    now = _clock_of(states, own)
    if now is None:
        is_old = time.time() - youngest > AT_REST_SECONDS + _LAG_SECONDS
        return 0.0 if is_old else AT_REST_SECONDS
    return max(0.0, AT_REST_SECONDS - max(0.0, now - youngest))


def _clock_of(paths: Iterable[Path], own: Path) -> float | None:
    """Ask the clock that stamps files for the time; None where it is another than stamps ours."""
    if {path.stat().st_dev for path in paths if path.exists()} - {own.stat().st_dev}:
        return None
    with TemporaryFile(dir=own) as stamped:
        return os.fstat(stamped.fileno()).st_mtime


def _refuse_changed(before: States) -> None:
    after = _states(before)
    for path, state in before.items():
        if after[path] != state:
            raise SourceUnreachable(
                f"{path} changed while it was about to be read: it is still being written; "
                f"land the window again later, and have the sender write it under a temporary "
                f"name and rename it, or begin a new file each hour"
            ) from None


def _states(paths: Iterable[Path]) -> States:
    """Give size and time of change in nanoseconds; (-1, -1) for what is gone."""
    states: dict[Path, tuple[int, int]] = {}
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:
            states[path] = (-1, -1)
        else:
            states[path] = (status.st_size, status.st_mtime_ns)
    return states
