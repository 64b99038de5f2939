"""The scratch database of a window: its rows are read from landing, typed, and split.

All of it happens in one DuckDB over Parquet files in a hidden folder next to the landed window, so
the memory needed does not grow with the window.

    raw       view: rows as they landed, all text
    decided   table: _position, _row_id, action and corrections of the rows people decided about
    landed    view: raw rows with corrections applied, without dropped rows
    typed     view: the same rows in the registry's types (see `casting`), kept as Parquet
    snapshots table: for a feed of snapshots, how complete each one is (see `snapshot_completeness`)
    readable  view: typed rows whose every value could be read; the suite runs on these
    refusals  table: _position and rule ids of every refused row, and a note for its reason
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb

from storepulse import sql_quoting
from storepulse.errors import DiskFull
from storepulse.feeds.registry import Feed
from storepulse.lake.atomic import is_disk_full
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import CONFLICT, DUPLICATE, NO_CURRENCY
from storepulse.validate import casting, snapshot_completeness
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Rule

# Great Expectations and pandas need as much again; together they stay below 2 GB.
_MEMORY_LIMIT = "600MB"
# Columns that identify a person or trace what one did.
PERSONAL = frozenset({"customer_id", "visitor_id", "session_id", "user_agent"})
# Characters of a value that a message shows.
_SHOWN = 80


@contextmanager
def opened(files: WindowFiles) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a scratch database and remove it afterwards.

    Raises:
        DiskFull: there was no room to spill to.
    """
    folder = _folder(files)
    # A killed run may have left its own.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    con = duckdb.connect(
        config={
            "memory_limit": _MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
        }
    )
    try:
        # Not in the config above: that is read before DuckDB has loaded its time zones.
        con.execute("set TimeZone = 'UTC'")
        con.execute("create table decided (_position bigint, _row_id varchar, action varchar)")
        yield con
    except duckdb.Error as failure:
        if is_disk_full(failure):
            raise DiskFull(
                f"no disk space next to {files.landed} to validate {files.feed}, window "
                f"{files.window}; nothing was written. Free space there and run the same command "
                f"again"
            ) from failure
        raise
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)


def _folder(files: WindowFiles) -> Path:
    return files.landed.parent / f".{files.window.id}.scratch"


def typed_file(files: WindowFiles) -> Path:
    """Where the typed rows of a window are while it is being validated."""
    return _folder(files) / "typed.parquet"


def landed_columns(con: duckdb.DuckDBPyConnection, rows_file: Path) -> list[str]:
    """Make the view `raw` of the landed file and list its columns.

    Raises:
        duckdb.Error: the file is missing or not Parquet.
    """
    con.execute(f"create view raw as select * from read_parquet({sql_quoting.literal(rows_file)})")
    return [str(row[0]) for row in con.execute("describe raw").fetchall()]


def read_as_null(con: duckdb.DuckDBPyConnection, rows_file: Path, columns: Sequence[str]) -> None:
    """Add missing columns to the landed rows, as nulls."""
    if columns:
        nulls = ", ".join(f"null::varchar as {sql_quoting.name(column)}" for column in columns)
        con.execute(
            f"create or replace view raw as "
            f"select *, {nulls} from read_parquet({sql_quoting.literal(rows_file)})"
        )


def read_types(
    con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles, has_snapshots: bool = True
) -> tuple[int, bool]:
    """Read the landed text into types.

    Args:
        con: the scratch database, after `apply_decisions` or with a view `landed`.
        feed: whose types.
        files: the window.
        has_snapshots: whether its source delivers complete snapshots, for a feed of snapshots.

    Returns:
        The number of rows, and whether every row has its own position.
    """
    place = sql_quoting.literal(typed_file(files))
    rows = casting.typed_rows(feed, "select * from landed")
    con.execute(f"copy ({rows}) to {place} (format parquet, compression lz4)")
    con.execute(f"create view typed as select * from read_parquet({place})")
    measured = snapshot_completeness.measured(con, feed, files, has_snapshots)
    con.execute(f"create view readable as select *, {measured} from typed where _mistyped is null")
    counted = con.execute("select count(*), count(distinct _position) from typed").fetchall()
    count, positions = counted[0]
    return int(count), count == positions


def mistyped(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the values that could not be read, by type rule."""
    counts = con.execute(
        "select rule, count(*) from (select unnest(_mistyped) as rule from typed) group by 1"
    ).fetchall()
    return {str(rule): int(rows) for rule, rows in counts}


def refuse(con: duckdb.DuckDBPyConnection, feed: Feed, rules: Sequence[Rule]) -> None:
    """Mark every row that breaks a rule, and all versions of a key but the one that counts.

    The newest version counts. Rows with the same key and change time are repeats if all their
    columns are equal, and one of them counts; if they differ, nothing shows which is right, so none
    counts, even where one of them breaks another rule.

    Args:
        con: the scratch database, after `read_types`.
        feed: whose key and change time decide which version of a row stays.
        rules: critical row rules with their placeholders filled in.
    """
    broken = ", ".join(
        f"case when {row_rules.failing(rule)} then {sql_quoting.literal(rule.id)} end"
        for rule in rules
    )
    con.execute(
        f"""
        create table refusals as
        select _position, rules, null::varchar as note from (
            select
                _position,
                list_filter([{broken}]::varchar[], lambda rule: rule is not null) as rules
            from readable
        ) where len(rules) > 0
        union all
        select _position, _mistyped, null from typed where _mistyped is not null
        """
    )
    _refuse_versions(con, feed)
    _name_differences(con, feed)


def _refuse_versions(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Mark rows whose key occurs again: newer, repeated, or different at the same change time."""
    key = ", ".join(sql_quoting.name(column) for column in feed.key)
    # Two contents of one key have the same hash of 64 bits once in 10 to the power of 19.
    content = ", ".join(sql_quoting.name(column) for column in feed.columns)
    con.execute(
        f"""
        insert into refusals
        with repeated as (select {key} from typed group by all having count(*) > 1),
        versions as (
            select
                _position,
                {key},
                hash({content}, _mistyped) as content,
                _position in (select _position from refusals) as is_refused,
                dense_rank() over (
                    partition by {key} order by {sql_quoting.name(feed.change_time)} desc nulls last
                ) as age
            from typed semi join repeated using ({key})
        ),
        compared as (
            select
                *,
                min(content) over same_time <> max(content) over same_time as differs,
                row_number() over (
                    partition by {key}, age, content order by _position desc
                ) as repeat
            from versions window same_time as (partition by {key}, age)
        ),
        ranked as (
            select
                *, min(age) filter (not (differs or is_refused)) over (partition by {key}) as counts
            from compared
        )
        select
            _position,
            [case when age > counts or repeat > 1 then {sql_quoting.literal(DUPLICATE)}
                else {sql_quoting.literal(CONFLICT)} end],
            null
        from ranked where not is_refused and (age is distinct from counts or repeat > 1)
        """
    )


def _name_differences(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Add to the reason of conflicting rows which columns differ."""
    same = ", ".join(sql_quoting.name(column) for column in (*feed.key, feed.change_time))
    names = ", ".join(
        f"case when min({name}) is distinct from max({name}) or "
        f"count({name}) not in (0, count(*)) then {sql_quoting.literal(column)} end"
        for column in feed.columns
        for name in [sql_quoting.name(column)]
    )
    disputed = f"from refusals where list_contains(rules, {sql_quoting.literal(CONFLICT)})"
    con.execute(
        f"""
        update refusals set note = 'they differ in ' || coalesce(
            nullif(array_to_string(differing, ', '), ''), 'a value that could not be read'
        )
        from (
            select unnest(positions) as _position, differing from (
                select
                    list(_position) as positions,
                    list_filter([{names}], lambda name: name is not null) as differing
                from typed semi join (
                    from typed semi join ({disputed}) using (_position)
                ) using ({same})
                group by {same}
            )
        ) as found
        where
            refusals._position = found._position
            and list_contains(refusals.rules, {sql_quoting.literal(CONFLICT)})
        """
    )


def amounts(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, Decimal]:
    """Sum the money of a table with `_amount` and `_currency`, by currency."""
    sums = con.execute(
        f"select coalesce(_currency, {sql_quoting.literal(NO_CURRENCY)}), sum(_amount) "
        f"from {table} where _amount is not null group by 1 order by 1"
    ).fetchall()
    return {str(currency): amount for currency, amount in sums}


def refused_by_rule(
    con: duckdb.DuckDBPyConnection,
) -> tuple[dict[str, int], dict[str, dict[str, Decimal]]]:
    """Count refused rows and their money by rule; a row under each rule it breaks."""
    counted = con.execute(
        f"""
        select rule, coalesce(_currency, {sql_quoting.literal(NO_CURRENCY)}), count(*), sum(_amount)
        from (
            select unnest(rules) as rule, _currency, _amount
            from typed inner join refusals using (_position)
        )
        group by 1, 2 order by 1, 2
        """
    ).fetchall()
    rows: dict[str, int] = {}
    money: dict[str, dict[str, Decimal]] = {}
    for rule, currency, count, amount in counted:
        rows[rule] = rows.get(rule, 0) + int(count)
        if amount is not None:
            money.setdefault(rule, {})[currency] = amount
    return rows, money


def example(
    con: duckdb.DuckDBPyConnection, feed: Feed, columns: Sequence[str], table: str, condition: str
) -> str | None:
    """Describe the first row that meets a condition, by its key and the given columns.

    Returns:
        `store_id='us_site', order_id='17', currency='XXX'`; values are cut to 80 characters and
        those that identify a customer are not shown. None when there is no such row.
    """
    named = [*feed.key, *(column for column in columns if column not in feed.key)]
    listed = ", ".join(f"cast({sql_quoting.name(column)} as varchar)" for column in named)
    found = con.execute(
        f"select {listed} from (select *, {condition} as is_failing from {table}) "
        f"where is_failing order by _position limit 1"
    ).fetchall()
    if not found:
        return None
    return ", ".join(
        f"{column}={shown(column, value)}" for column, value in zip(named, found[0], strict=True)
    )


def shown(column: str, value: str | None) -> str:
    """Format a value for a message: cut to 80 characters, hidden if it identifies a customer."""
    if value is None:
        return "null"
    if column in PERSONAL:
        return "(not shown)"
    return repr(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")
