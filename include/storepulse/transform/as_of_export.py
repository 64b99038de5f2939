"""The export of the as-of ledger: outside the warehouse file, because it cannot be rebuilt.

    as_of/<number>-<moment>.parquet   what one build added to `fct_kpi_asof`, or took out of it

A file is written after dbt and before the build counts as finished, whole and forced to disk, and
is never rewritten: a build that repeats an as-of moment adds a file that takes back the rows it
replaces (`is_taken_back`). Each export writes the difference between ledger and files, so the next
one makes up for a killed one. The ledger is the newest row of each key over all files. The moment
in a file's name is the latest in the file; its metadata has the latest of the whole ledger.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from storepulse import sql_quoting
from storepulse.errors import LedgerLost, TransformFailed
from storepulse.lake.atomic import atomic_write, clear_leftovers, flush_folder
from storepulse.settings import Settings
from storepulse.transform.warehouse import attached, opened

logger = logging.getLogger(__name__)

_MOMENT = "%Y%m%dT%H%M%S%fZ"
_NEVER = datetime(1, 1, 1)  # noqa: DTZ001 - naive UTC, as in the marts
_KEY = "kpi_date, kpi, store_id, dimension, member, as_of_at"


@dataclass(frozen=True)
class Seed:
    """A ledger that was read back because the warehouse has none, or an older one.

    Attributes:
        path: Parquet file of its rows, as dbt reads them.
        rows: number of rows.
        files: number of exported builds.
        as_of: the newest moment in it, UTC; None when it is empty.
    """

    path: Path
    rows: int
    files: int
    as_of: datetime | None

    @property
    def about(self) -> str:
        """What happened, for the data engineers."""
        until = f" until {self.as_of:%Y-%m-%d %H:%M} UTC" if self.as_of else ""
        return (
            f"The warehouse had lost the as-of ledger: what earlier builds published{until} was "
            f"read back from the export of {self.files:,} builds. Nothing is missing. Find out why "
            f"the warehouse file was gone or old."
        )


def exported_files(settings: Settings) -> list[Path]:
    """Every file of the export, in the order they were written."""
    return sorted(settings.as_of.glob("[0-9]*-*.parquet"))


def is_unexported(settings: Settings, warehouse: Path) -> bool:
    """Whether only the warehouse has the ledger, as in homes from before there was an export.

    Raises:
        TransformFailed: nothing was exported, and the warehouse cannot be read.
    """
    return not exported_files(settings) and _newest_in(warehouse) > _NEVER


def newest(settings: Settings, warehouse: Path) -> datetime | None:
    """The newest as-of moment of any build, naive UTC; None before the first.

    Raises:
        TransformFailed: the warehouse or the newest file cannot be read.
    """
    files = exported_files(settings)
    found = max(_newest_in(warehouse), _newest_known_to(files[-1]) if files else _NEVER)
    return None if found == _NEVER else found


def last_moment_until(settings: Settings, until: datetime) -> datetime | None:
    """The latest as-of moment of a finished build that is not after `until`, naive UTC."""
    moments = [_moment_of(file) for file in exported_files(settings)]
    return max((moment for moment in moments if moment <= until), default=None)


def ready(
    settings: Settings, warehouse: Path, into: Path, until: datetime | None, without: bool
) -> Seed | None:
    """Make the ledger ready for a build: remove what was taken back, read back what was lost.

    Args:
        settings: where the export is.
        warehouse: the DuckDB file; nobody may have it open.
        into: an existing folder for rows that are read back.
        until: rows of later moments (naive UTC) are removed; None keeps all.
        without: go on without a ledger that is lost.

    Returns:
        None when the warehouse has all of it, or nothing was ever written.

    Raises:
        LedgerLost: builds were made, but neither the warehouse nor the export is there.
        TransformFailed: the warehouse or the newest file cannot be read.
    """
    files = exported_files(settings)
    if not files:
        _refuse_lost(settings, warehouse, without)
    is_whole = not files or _newest_in(warehouse) >= _newest_known_to(files[-1])
    if is_whole and until is not None:
        _change_ledger(warehouse, "delete from marts.fct_kpi_asof where as_of_at > ?", [until])
    if is_whole:
        return None
    # The table is of an earlier state: the build makes it again from the rows that are read back.
    _change_ledger(warehouse, "drop table marts.fct_kpi_asof", [])
    path = into / "as_of.parquet"
    with duckdb.connect() as con:
        standing = f"select * from ({_standing(files)}) where $until is null or as_of_at <= $until"
        con.sql(f"{standing} order by {_KEY}", params={"until": until}).write_parquet(str(path))
        counted = con.read_parquet(str(path)).aggregate("count(*), max(as_of_at)").fetchall()
    return Seed(path, counted[0][0], len(files), counted[0][1])


def export(settings: Settings, warehouse: Path, since: datetime | None) -> datetime | None:
    """Write what the last run of dbt changed in the ledger; no file when it changed nothing.

    Args:
        settings: where the export is.
        warehouse: the DuckDB file, which holds the whole ledger and is not open.
        since: export and ledger are equal before this moment, naive UTC; None compares all.

    Returns:
        The build's as-of moment, naive UTC; None when no feed has a window.

    Raises:
        DiskFull: there was no room; the next build writes it.
    """
    clear_leftovers(settings.as_of)
    files = exported_files(settings)
    with attached(warehouse) as con:
        as_of = con.execute("select as_of_at from warehouse.intermediate.int_kpi_as_of")
        moment: datetime | None = as_of.fetchall()[0][0]
        if moment is None:
            return None
        compared = [file for file in files if since is None or _moment_of(file) >= since]
        con.execute(
            f"create table news as {_differences(compared)}", {"since": since, "of": moment}
        )
        (latest,) = con.execute("select max(as_of_at) from news").fetchall()[0]
        if latest is not None:
            number = int(files[-1].name.partition("-")[0]) + 1 if files else 1
            place = settings.as_of / f"{number:08d}-{latest:{_MOMENT}}.parquet"
            _write_news(con, place)
            logger.info("wrote the changes of the as-of ledger to %s", place)
    return moment


def _write_news(con: duckdb.DuckDBPyConnection, place: Path) -> None:
    newest = con.execute("select max(as_of_at) from warehouse.marts.fct_kpi_asof").fetchall()[0][0]
    known = json.dumps({"newest": newest and newest.isoformat()})
    with atomic_write(place) as temp:
        con.execute(
            f"copy (from news order by {_KEY}) to {sql_quoting.literal(temp)} "
            f"(format parquet, compression zstd, kv_metadata {{storepulse: '{known}'}})"
        )
    flush_folder(place.parent)


def _differences(files: Sequence[Path]) -> str:
    """SQL of the rows to write: those the files lack, and keys no longer in the ledger."""
    exported = f"union all by name {_standing(files)}" if files else ""
    since = "($since is null or as_of_at >= $since)"
    return f"""
        with written as (
            select * from warehouse.marts.fct_kpi_asof where {since}
        ),
        standing as (
            select * from (from warehouse.marts.fct_kpi_asof where false {exported}) where {since}
        ),
        taken_back as (
            select {_KEY} from standing where as_of_at >= $of
            except
            select {_KEY} from written
        )
        select *, false as is_taken_back from (from written except from standing)
        union all by name
        select *, true as is_taken_back from taken_back
    """


def _standing(files: Sequence[Path]) -> str:
    """SQL of the ledger that these files add up to."""
    listed = ", ".join(sql_quoting.literal(file) for file in files)
    return f"""
        select * exclude (filename, is_taken_back) from (
            from read_parquet([{listed}], union_by_name = true, filename = true)
            qualify row_number() over (partition by {_KEY} order by filename desc) = 1
        )
        where not is_taken_back
    """


def _refuse_lost(settings: Settings, warehouse: Path, without: bool) -> None:
    built = (settings.warehouse / "built.json", settings.serving / "manifest.json")
    signs = [str(place) for place in built if place.is_file()]
    if signs and not warehouse.is_file() and not without:
        raise LedgerLost(
            f"marts were built here before ({signs[0]}), but {warehouse} is gone and "
            f"{settings.as_of} has no export of the as-of ledger: what earlier builds published "
            f"of each KPI would be lost silently. Restore a backup with `storepulse restore DIR`, "
            f"or begin a new ledger with `storepulse build --without-ledger`"
        )


def _newest_in(warehouse: Path) -> datetime:
    """The newest moment of the ledger in the warehouse; the earliest there is without a ledger."""
    if not warehouse.is_file():
        return _NEVER
    try:
        with opened(warehouse) as con:
            newest = "select max(as_of_at) from marts.fct_kpi_asof"
            found = con.execute(newest).fetchall()[0][0] if _has_ledger(con) else None
    except duckdb.Error as failure:
        raise TransformFailed(
            f"{warehouse} cannot be read ({failure}). Close what has it open; if it is damaged, "
            f"move it away and build again: everything in it is rebuilt, and the as-of ledger is "
            f"read back from its export"
        ) from failure
    return found or _NEVER


def _newest_known_to(file: Path) -> datetime:
    """The newest moment of the whole ledger when an export file was written."""
    try:
        known = json.loads((pq.read_metadata(file).metadata or {})[b"storepulse"])["newest"]
        return datetime.fromisoformat(known) if known else _NEVER
    except (KeyError, TypeError, ValueError, OSError) as failure:
        raise TransformFailed(
            f"{file} should be one build's export of the as-of ledger, but cannot be read as one "
            f"({failure}). Move it away: if the warehouse file is intact, `storepulse build "
            f"--full` exports it again; otherwise restore it with `storepulse restore DIR`"
        ) from failure


def _change_ledger(warehouse: Path, statement: str, values: list[datetime]) -> None:
    if not warehouse.is_file():
        return
    with opened(warehouse, read_only=False) as con:
        if _has_ledger(con):
            con.execute(statement, values)


def _has_ledger(con: duckdb.DuckDBPyConnection) -> bool:
    table = "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = ?"
    return bool(con.execute(table, ["fct_kpi_asof"]).fetchall())


def _moment_of(file: Path) -> datetime:
    moment = file.stem.partition("-")[2]
    return datetime.strptime(moment, _MOMENT)  # noqa: DTZ007 - naive UTC, as in the marts
