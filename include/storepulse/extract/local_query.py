"""Running a mapping over files, pages and answers, laid out as tables.

An in-memory DuckDB reads them where they lie and writes the result straight to Parquet; it never
keeps a whole window in memory.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from storepulse import sql_quoting
from storepulse.errors import SourceInvalid, SourceUnreadable, WindowTooLarge
from storepulse.extract.request import POSITION, ROWS, Extracted, Request
from storepulse.lake.atomic import is_disk_full
from storepulse.redaction import without_logins

# Several feeds land side by side on one machine; whatever needs more spills into the window's
# own folder.
MEMORY_LIMIT = "1GB"
# Kept in memory until written: small enough for rows of ten kilobytes, as pages can have.
ROWS_PER_GROUP = 20_480


@contextmanager
def local_database(request: Request) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that lives as long as one landing; its clock is UTC.

    Raises:
        SourceUnreadable: what the tables are made of cannot be read, or not with this query; the
            message names the file and line, never the data.
        WindowTooLarge: a step needs more memory than there is.
    """
    spill = request.into / "spill"
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(spill),
    }
    connection = duckdb.connect(config=settings)
    # A program that has no file of its own, `python -c`, would find a bar drawn in its output.
    connection.execute("set enable_progress_bar = false")
    # Not among the settings above: while connecting, the extension that knows zones is not in yet.
    connection.execute("set TimeZone = 'UTC'")
    try:
        yield connection
    except duckdb.Error as failure:
        if is_disk_full(failure):
            raise
        raise _reported(failure, request) from None
    except RecursionError:
        raise SourceUnreadable(
            f"{request.name}, {request.window}: a record is nested deeper than can be read; "
            f"ask its sender for a flat one"
        ) from None
    finally:
        connection.close()


def tables_read_by_query(
    connection: duckdb.DuckDBPyConnection, request: Request, known: Mapping[str, object]
) -> list[str]:
    """List those of a connection's tables that the query reads.

    Raises:
        SourceInvalid: it reads none of them.
    """
    asked = connection.get_table_names(_bindable(request.query))
    if not asked & set(known):
        raise SourceInvalid(
            f"{request.name} reads {without_logins(', '.join(sorted(asked))) or 'no table'}; "
            f"its connection has {', '.join(known)}"
        )
    return [name for name in known if name in asked]


def write_rows(connection: duckdb.DuckDBPyConnection, request: Request) -> Extracted:
    """Run the query over the tables laid out in `connection` and write its rows as text.

    Raises:
        WindowTooLarge: there are more rows than the request allows.
    """
    query = _bindable(request.query)
    for name, moment in (
        ("window_start", request.window.start),
        ("window_end", request.window.end),
    ):
        connection.execute(f"set variable {name} = timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'")
    described = connection.execute(f"describe ({query})").fetchall()
    columns = {name: kind.lower() for name, kind, *_ in described}
    request.refuse_own_names(columns)
    as_text = ", ".join(_as_text(name, kind) for name, kind in columns.items())
    # One row too many is enough to know; the disk is spared the rest.
    limit = "" if request.max_rows is None else f"limit {request.max_rows + 1}"
    place = sql_quoting.literal(request.into / ROWS)
    (rows,) = connection.execute(
        f"copy (select {as_text}, row_number() over () as {POSITION} "
        f"from (select * from ({query}) {limit})) "
        f"to {place} (format parquet, compression zstd, row_group_size {ROWS_PER_GROUP})"
    ).fetchall()[0]
    request.refuse_beyond_max_rows(rows)
    return Extracted(rows, columns)


def _bindable(query: str) -> str:
    """Read `:window_start` from a variable, leaving casts (`::date`) alone.

    Not a prepared parameter: `describe` and `copy` take none.
    """
    return re.sub(r"(?<!:):(window_start|window_end)\b", r"getvariable('\1')", query)


def _as_text(name: str, kind: str) -> str:
    column = sql_quoting.name(name)
    if kind == "timestamp with time zone":
        return f"cast(timezone('UTC', {column}) as varchar) as {column}"
    return f"cast({column} as varchar) as {column}"


def _reported(failure: duckdb.Error, request: Request) -> Exception:
    if isinstance(failure, duckdb.OutOfMemoryException):
        return WindowTooLarge(
            f"{request.name} needs more than {MEMORY_LIMIT} of memory for {request.window}; "
            f"land shorter windows, or sort and join less in the mapping"
        )
    return SourceUnreadable(
        f"{request.name}, {request.window}: {without_logins(_reason(failure))}. "
        f"Correct the file or the mapping and land the window again"
    )


def _reason(failure: duckdb.Error) -> str:
    """Describe what is wrong and where, without the data that DuckDB quotes."""
    message = str(failure)
    if isinstance(failure, duckdb.ConversionException):
        return "a value cannot be converted as the mapping asks; use try_cast to let it through"
    if match := re.search(r"CSV Error on Line: (\d+).*\n *file = ([^\n]+)", message, re.DOTALL):
        reason = re.search(
            r"(Expected Number of Columns|Value with unterminated|Invalid unicode|Maximum line).*",
            message,
        )
        return f"{match[2]}, line {match[1]}: {reason[0] if reason else 'not valid CSV'}"
    if match := re.search(r'JSON in file "(.+?)", at byte \d+ in line (\d+): ([^".]+)', message):
        # DuckDB has already gone on to the next line.
        return f"{match[1]}, line {int(match[2]) - 1}: malformed JSON, {match[3]}"
    if match := re.search(r'JSON transform error in file "(.+?)", in line (\d+): (.*)', message):
        reason = re.match(r"Expected \w+", match[3])
        twice = "duplicate key" in match[3]
        got = reason[0] if reason else "a key that is there twice" if twice else "unlike the others"
        return f"{match[1]}, line {match[2]}: {got}"
    if "state machine" in message:
        return "a CSV file changes its line ends midway, or has a quote where none belongs"
    return _without_data(failure)


def _without_data(failure: duckdb.Error) -> str:
    first_line = re.sub(r"^[A-Z][\w ]*Error: ", "", str(failure).splitlines()[0])
    reason = first_line.partition(", but got")[0]
    # `Could not parse string "…" according to`: what stands there may be a customer's.
    return re.sub(r"(?<=string|.value|object|input:) [\"'{].*", " …", reason, flags=re.I).strip(
        " ."
    )
