"""How files of each format become one table of text columns.

Nothing is guessed from the values: DuckDB's own detection skips lines it takes for preamble and
picks other types from one file to the next.
"""

import csv
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from storepulse import sql_quoting
from storepulse.errors import SourceUnreadable
from storepulse.feeds.connections import FileTable

# The longest JSON line read; DuckDB reserves a buffer of this size for each thread.
MAX_LINE_BYTES = 16 * 1024 * 1024
# Where the file of a row is read from before it gets the name that a table asks for.
_FILE = "_storepulse_file"
_WITH_FILE = f"filename = '{_FILE}'"
# A header is a line of names; what goes on beyond a megabyte is data, or no CSV at all.
LONGEST_HEADER = 1024 * 1024
# Of a header a message shows so many names, so much of each.
_NAMES_SHOWN, _SHOWN_OF_A_NAME = 20, 40
# `records`: each line is an object. Without it, and with a single column asked for, DuckDB reads 32
# files to find out and keeps a buffer of each to the end: a gigabyte, before the first row.
JSON_LINES = f"format = 'newline_delimited', records = true, maximum_object_size = {MAX_LINE_BYTES}"


def table_over(
    connection: duckdb.DuckDBPyConnection, table: FileTable, paths: Sequence[Path]
) -> str:
    """Give the query that reads the files as one table, in the order of `paths`.

    Raises:
        SourceUnreadable: a file cannot be opened or lacks a column that was asked for.
    """
    if not paths:
        named = [*table.columns, *([table.file_name] if table.file_name else [])]
        columns = ", ".join(f"null::varchar as {sql_quoting.name(column)}" for column in named)
        return f"select {columns} where false"
    if table.format == "jsonl":
        _refuse_missing_keys(connection, table, paths)
        return _json_lines(table, paths)
    if table.format == "csv":
        return _csv(table, paths)
    columns = ", ".join(map(sql_quoting.name, table.columns)) or f"* exclude ({_FILE})"
    return f"select {columns}{_file_named(table)} from read_parquet({_list(paths)}, {_WITH_FILE})"


def holds_no_row(path: Path, table: FileTable) -> bool:
    """Whether a file has nothing but a header, or not even that; what is broken has rows."""
    try:
        if table.format == "parquet":
            return bool(pq.read_metadata(path).num_rows == 0)
        if table.format == "jsonl":
            with _opened(path, "utf-8") as lines:
                return not any(line.strip() for line in _first_lines(lines))
        with _opened(path, table.encoding) as lines:
            rows = filter(None, csv.reader(_first_lines(lines), delimiter=table.delimiter))
            next(rows, None)
            return next(rows, None) is None
    except (OSError, EOFError, ValueError, csv.Error, pa.ArrowException):
        return False


def _json_lines(table: FileTable, paths: Sequence[Path]) -> str:
    return (
        f"select * exclude ({_FILE}){_file_named(table)} from read_json({_list(paths)}, "
        f"{JSON_LINES}, columns = {_text_columns(table.columns)}, {_WITH_FILE})"
    )


def _file_named(table: FileTable) -> str:
    return (
        f", parse_filename({_FILE}) as {sql_quoting.name(table.file_name)}"
        if table.file_name
        else ""
    )


def _refuse_missing_keys(
    connection: duckdb.DuckDBPyConnection, table: FileTable, paths: Sequence[Path]
) -> None:
    missing = set(table.columns) - set(table.optional)
    for path in paths:
        missing -= _keys_of_first_record(path)
        if not missing:
            return
    # No first record has them all. Before refusing, look at every record.
    keys = connection.execute(
        f"select distinct unnest(json_keys(json)) from read_json_objects({_list(paths)}, "
        f"format = 'newline_delimited', maximum_object_size = {MAX_LINE_BYTES})"
    ).fetchall()
    missing -= {key for (key,) in keys}
    if keys and missing:
        raise SourceUnreadable(
            f"no record of {_shown(paths)} has the column {sorted(missing)[0]!r}; "
            f"if the sender renamed it, correct source.yaml and the mapping, "
            f"if records may leave it out, list it under `optional:`"
        )


def _keys_of_first_record(path: Path) -> set[str]:
    # What cannot be read here is read, and reported with its line, by DuckDB.
    try:
        with _opened(path, "utf-8") as lines:
            record = json.loads(lines.readline(MAX_LINE_BYTES) or "{}")
    except (OSError, EOFError, ValueError, RecursionError):
        return set()
    return set(record) if isinstance(record, dict) else set()


def _csv(table: FileTable, paths: Sequence[Path]) -> str:
    headers = [(path, _header(path, table)) for path in paths]
    parts = []
    # Files of one table may order their columns differently; adjacent ones that agree go together.
    for header, group in groupby(headers, key=lambda pair: pair[1]):
        wanted = table.columns or headers[0][1]
        same = [path for path, _ in group]
        absent = [column for column in wanted if column not in header]
        if absent:
            raise SourceUnreadable(_without(absent[0], wanted, header, same[0]))
        parts.append(
            f"select {', '.join(map(sql_quoting.name, wanted))}{_file_named(table)} "
            f"from read_csv({_list(same)}, {_WITH_FILE}, "
            f"columns = {_text_columns(header)}, header = true, auto_detect = false, "
            f"delim = {sql_quoting.literal(table.delimiter)}, quote = '\"', escape = '\"', "
            f"encoding = {sql_quoting.literal(table.encoding)})"
        )
    return " union all ".join(parts)


def _without(absent: str, wanted: Sequence[str], header: Sequence[str], path: Path) -> str:
    """Describe what a file lacks; a first line without any known name may be a customer's row."""
    if not set(header) & set(wanted):
        return (
            f"the first line of {path} has none of the expected column names; has it lost its "
            f"header, or does it use another `delimiter:` than source.yaml gives?"
        )
    names = [
        f"{name[:_SHOWN_OF_A_NAME]}…" if len(name) > _SHOWN_OF_A_NAME else name
        for name in header[:_NAMES_SHOWN]
    ]
    more = len(header) - len(names)
    listed = ", ".join(name if name.isprintable() else repr(name) for name in names)
    return (
        f"{path} has no column {absent!r}; its header has {listed}"
        f"{f' and {more} more' if more else ''}. "
        f"If the sender renamed it, correct source.yaml and the mapping"
    )


def _header(path: Path, table: FileTable) -> tuple[str, ...]:
    try:
        with _opened(path, table.encoding) as lines:
            header = next(csv.reader(_first_lines(lines), delimiter=table.delimiter), [])
    except UnicodeDecodeError:
        raise SourceUnreadable(
            f"{path} is not {table.encoding}; set `encoding:` in source.yaml or have it re-sent"
        ) from None
    except (OSError, EOFError, csv.Error) as failure:
        raise SourceUnreadable(
            f"{path} cannot be read: {failure}; ask its sender to write it again"
        ) from failure
    # A comma at the end of a header makes a column without a name; no mapping will ask for it.
    names = tuple(name.strip() or f"column{place}" for place, name in enumerate(header, start=1))
    if not any(name.strip() for name in header) or len({name.casefold() for name in names}) < len(
        names
    ):
        # Names are not shown: without a header they are somebody's order.
        raise SourceUnreadable(
            f"{path}: expected a header of distinct names in its first line, got {len(names)} "
            f"names{' of which some are the same' if names else ''}; has it lost its header?"
        )
    return names


def _first_lines(lines: IO[str]) -> Iterator[str]:
    """Give the lines a header may stretch over, without a byte-order mark, up to a limit."""
    read = 0
    while line := lines.readline(LONGEST_HEADER - read):
        if read + len(line) >= LONGEST_HEADER:
            raise csv.Error("its header goes on for more than a megabyte")
        yield line if read else line.removeprefix("\ufeff")
        read += len(line)


def _opened(path: Path, encoding: str) -> IO[Any]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _shown(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} to {paths[-1]}"


def _text_columns(names: Sequence[str]) -> str:
    return "{" + ", ".join(f"{sql_quoting.literal(name)}: 'varchar'" for name in names) + "}"


def _list(paths: Sequence[Path]) -> str:
    # DuckDB takes each for a pattern: unescaped, `export[1].csv` would read `export1.csv` instead.
    plainly = (re.sub(r"([*?\[])", r"[\1]", str(path)) for path in paths)
    return "[" + ", ".join(map(sql_quoting.literal, plainly)) + "]"
