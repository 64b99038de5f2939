"""The files door: CSV, JSON lines and Parquet below one folder, read as tables."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from storepulse.doors import FilesDoor, FileTable
from storepulse.errors import SourceUnreachable, SourceUnreadable
from storepulse.extract.file_tables import table_over
from storepulse.extract.local_query import local_database, tables_asked_for, write_rows
from storepulse.extract.request import Extracted, Request
from storepulse.windows import Window


def extract(door: FilesDoor, request: Request) -> Extracted:
    """Run the query over the files that the window concerns.

    An hour without a file is an hour without rows; a missing root is a share that is not there.

    Raises:
        SourceUnreachable: the root, or a file that belongs to no hour, does not exist.
        SourceUnreadable: a file is empty, cut off, in another encoding, malformed or lacks a
            column; the message names it.
        WindowTooLarge: there are more rows than the request allows.
    """
    if not door.root.is_dir():
        raise SourceUnreachable(
            f"{request.name}: there is no folder {door.root}; check that it is mounted"
        )
    with local_database(request) as connection:
        for name in tables_asked_for(connection, request, door.tables):
            table = door.tables[name]
            paths = _files_of(door.root, table, request.window)
            _refuse_empty(paths)
            select = table_over(connection, table, paths)
            connection.execute(f'create view "{name}" as {select}')
        return write_rows(connection, request)


def _files_of(root: Path, table: FileTable, window: Window) -> list[Path]:
    """List a table's files for a window, oldest hour first, by name within an hour."""
    patterns = list(dict.fromkeys(_patterns(table.path, window)))
    found = [
        path
        for pattern in patterns
        for path in sorted(root.glob(pattern))
        if path.is_file() and not path.name.startswith(".")
    ]
    if not found and patterns == [table.path]:
        raise SourceUnreachable(f"no file matches {root / table.path}; check path and share")
    return found


def _patterns(path: str, window: Window) -> Iterator[str]:
    hour = window.start.replace(minute=0, second=0, microsecond=0)
    while hour < window.end:
        yield path.replace("{date}", f"{hour:%Y-%m-%d}").replace("{hour}", f"{hour:%H}")
        hour += timedelta(hours=1)


def _refuse_empty(paths: list[Path]) -> None:
    for path in paths:
        if path.stat().st_size == 0:
            raise SourceUnreadable(
                f"{path} is empty, not even a header or a gzip frame; "
                f"ask its sender to write it again, or remove it if nothing happened"
            )
