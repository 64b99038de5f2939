"""Publishing: copy, compare, validate, and only then show readers."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from storepulse.errors import AnotherRunIsWriting, PublishRefused
from storepulse.lake.atomic import atomic_write, clear_leftovers
from storepulse.lake.lineage import former_names
from storepulse.lake.locks import warehouse_lock
from storepulse.publish.copying import copy_marts, warehouse_and_copy
from storepulse.publish.former_names import add_former_names
from storepulse.publish.mart_expectations import failed_expectations
from storepulse.publish.parquet import (
    coverage_of,
    export_version,
    next_version,
    set_current_version,
)
from storepulse.settings import Settings
from storepulse.transform.build_plan import unfinished_build

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """What readers now see: how many marts with how many rows in all, where, which version."""

    marts: int
    rows: int
    path: Path
    version: str


def publish(settings: Settings) -> Published:
    """Give readers the marts as built, if they meet their expectations.

    Safe to run twice and with any number of readers: those who have the old file open go on
    reading it, those who open it afterwards read the new one.

    Raises:
        PublishRefused: nothing was built, the last build broke off, a copy differs, or an
            expectation of `expectations/marts` fails; readers keep the last good marts.
        AnotherRunIsWriting: the warehouse stayed locked for longer than the settings allow.
        DiskFull: no room for the copy; nothing half-written is kept.
    """
    warehouse = settings.warehouse_file
    if not warehouse.is_file():
        raise PublishRefused(f"{warehouse} does not exist; run `storepulse build` first")
    place = settings.serving / "storepulse.duckdb"
    now = datetime.now(UTC)
    with warehouse_lock(settings):
        _refuse_unfinished(settings)
        _remove_leftovers(settings.serving)
        version = next_version(settings, now)
        with atomic_write(place) as temp, _log_removed(temp):
            with _file_errors_explained(warehouse), warehouse_and_copy(warehouse, temp) as con:
                rows = copy_marts(con)
                _refuse_failed(con, settings, list(rows))
                marts = export_version(con, settings, version, rows)
                complete_until = coverage_of(con)
                add_former_names(con, former_names(settings), rows)
            _assert_whole(temp)
        set_current_version(settings, version, now, marts, complete_until)
    logger.info("published %d marts, %d rows, version %s", len(rows), sum(rows.values()), version)
    return Published(len(rows), sum(rows.values()), place, version)


def _refuse_unfinished(settings: Settings) -> None:
    if unfinished_build(settings):
        raise PublishRefused(
            "the last build did not finish: some marts may be from before it and some from after. "
            "Readers keep the last good marts; run `storepulse build` until it passes, then publish"
        )


def _refuse_failed(con: duckdb.DuckDBPyConnection, settings: Settings, marts: list[str]) -> None:
    failed = list(failed_expectations(con, settings.expectations_dir / "marts", marts))
    if failed:
        raise PublishRefused(
            f"{len(failed)} expectation(s) failed, readers keep the last good marts. "
            f"{'; '.join(failed)}. Fix the model or its input, build and publish again"
        )


def _assert_whole(temp: Path) -> None:
    if _write_ahead_log(temp).exists():
        raise PublishRefused(
            f"{temp.name} was not checkpointed into one file; publish again. "
            f"Readers keep the last good marts"
        )


@contextmanager
def _file_errors_explained(warehouse: Path) -> Iterator[None]:
    """Raise an error of our own when another program has the warehouse file locked."""
    try:
        yield
    except duckdb.IOException as failure:
        if "lock" not in str(failure):
            raise
        raise AnotherRunIsWriting(
            f"another program has {warehouse} open for writing; close it and publish again"
        ) from failure


@contextmanager
def _log_removed(temp: Path) -> Iterator[None]:
    try:
        yield
    finally:
        _write_ahead_log(temp).unlink(missing_ok=True)


def _write_ahead_log(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _remove_leftovers(serving: Path) -> None:
    """Remove what killed runs left next to the served files; the lock keeps other runs out."""
    versions = serving / "parquet"
    clear_leftovers(serving)
    clear_leftovers(versions)
    for log in serving.glob(".*.tmp.wal"):
        log.unlink()
    # A version that was never current must not count among the last three.
    shown = (versions / "current").readlink().name if (versions / "current").is_symlink() else ""
    for unseen in (path for path in versions.glob("2*Z") if path.name > shown):
        shutil.rmtree(unseen, ignore_errors=True)
