"""The same marts as Parquet, one folder per version, for readers that take files."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from storepulse import sql_quoting
from storepulse.lake.atomic import atomic_folder, atomic_write
from storepulse.settings import Settings

# A reader that opened a version just before the swap may go on reading it through two more.
VERSIONS_KEPT = 3


_FORMAT = "%Y%m%dT%H%M%S%fZ"


def next_version(settings: Settings, now: datetime) -> str:
    """Name a version by the clock, but after all that readers have, so that names sort by age.

    A clock that was ahead leaves versions in the future. A new one with an earlier name would be
    taken for the oldest, and dropped while it is current.
    """
    folder = settings.serving / "parquet"
    names = {path.name for path in folder.glob("2*Z")}
    if (folder / "current").is_symlink():
        names.add((folder / "current").readlink().name)
    newest = max(names, default="")
    if newest >= f"{now:{_FORMAT}}":
        shown = datetime.strptime(newest, _FORMAT).replace(tzinfo=UTC)
        return f"{shown + timedelta(microseconds=1):{_FORMAT}}"
    return f"{now:{_FORMAT}}"


def export_version(
    con: duckdb.DuckDBPyConnection, settings: Settings, version: str, marts: Mapping[str, int]
) -> Mapping[str, Any]:
    """Write one Parquet file per mart into the folder of this version.

    Returns:
        Entry of each mart in the manifest: file, rows, bytes, sha256, columns.
    """
    with atomic_folder(settings.serving / "parquet" / version) as folder:
        return {name: _export(con, folder, version, name, rows) for name, rows in marts.items()}


def _export(
    con: duckdb.DuckDBPyConnection, folder: Path, version: str, mart: str, rows: int
) -> Mapping[str, Any]:
    place = folder / f"{mart}.parquet"
    con.execute(
        f"copy (select * from serving.marts.{sql_quoting.name(mart)}) "
        f"to {sql_quoting.literal(place)} (format parquet, compression zstd)"
    )
    columns = con.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = 'serving' and schema_name = 'marts' and table_name = ? "
        "order by column_index",
        [mart],
    ).fetchall()
    with place.open("rb") as written:
        checksum = hashlib.file_digest(written, "sha256").hexdigest()
    return {
        "file": f"parquet/{version}/{mart}.parquet",
        "rows": rows,
        "bytes": place.stat().st_size,
        "sha256": checksum,
        "columns": dict(columns),
    }


def coverage_of(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """How far each feed of each source is complete: `source/feed` to a UTC moment."""
    tables = con.execute(
        "select 1 from duckdb_tables() where database_name = 'serving' "
        "and table_name = 'fct_feed_coverage'"
    ).fetchall()
    if not tables:
        return {}
    rows = con.execute(
        "select source_name || '/' || feed, strftime(complete_until, '%Y-%m-%dT%H:%M:%SZ') "
        "from serving.marts.fct_feed_coverage order by 1"
    ).fetchall()
    return dict(rows)


def set_current_version(
    settings: Settings,
    version: str,
    published_at: datetime,
    marts: Mapping[str, Any],
    complete_until: Mapping[str, str],
) -> None:
    """Flip `parquet/current`, write the manifest and drop outdated versions."""
    folder = settings.serving / "parquet"
    link = folder / f".current.{uuid4().hex}.tmp"
    link.symlink_to(version, target_is_directory=True)
    link.replace(folder / "current")
    schema = {name: mart["columns"] for name, mart in marts.items()}
    manifest = {
        "version": version,
        "published_at": published_at.isoformat(timespec="seconds"),
        "as_of": complete_until,
        "schema_hash": hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest(),
        "duckdb": {"file": "storepulse.duckdb", "schema": "marts"},
        "marts": marts,
    }
    with atomic_write(settings.serving / "manifest.json") as temp:
        temp.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), encoding="utf-8")
    for old in sorted(path for path in folder.glob("2*Z") if path.is_dir())[:-VERSIONS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
