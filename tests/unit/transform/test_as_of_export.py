"""The export keeps the as-of ledger outside the warehouse file, whatever happens to either."""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from storepulse.errors import LedgerLost, TransformFailed
from storepulse.settings import Settings
from storepulse.transform import as_of_export

FIRST, SECOND, THIRD = datetime(2026, 11, 5), datetime(2026, 11, 6), datetime(2026, 11, 7)
# kpi_date, value, is_withdrawn, as_of_at
Row = tuple[str, float | None, bool, datetime]
FIRST_ROWS: list[Row] = [("2026-11-01", 20.0, False, FIRST), ("2026-11-02", 7.0, False, FIRST)]


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home")


def warehouse_of(settings: Settings) -> Path:
    return settings.warehouse_file


def built(settings: Settings, moment: datetime, rows: list[Row], more: str = "") -> None:
    """Make a warehouse as a build leaves it: its as-of moment, and the whole ledger."""
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    warehouse_of(settings).unlink(missing_ok=True)
    with duckdb.connect(str(warehouse_of(settings))) as con:
        con.execute("create schema intermediate; create schema marts")
        con.execute(
            "create table intermediate.int_kpi_as_of as select $1::timestamp as as_of_at", [moment]
        )
        con.execute(
            "create table marts.fct_kpi_asof (kpi_date date, kpi varchar, store_id varchar, "
            "dimension varchar, member varchar, numerator decimal(24, 4), value double, "
            f"is_withdrawn boolean, as_of_at timestamp {more})"
        )
        for day, value, is_withdrawn, as_of in rows:
            con.execute(
                "insert into marts.fct_kpi_asof by name select $1::date as kpi_date, "
                "'paid_gmv' as kpi, 'cn' as store_id, 'all' as dimension, 'all' as member, "
                "$2::decimal(24, 4) as numerator, $2::double as value, $3 as is_withdrawn, "
                "$4::timestamp as as_of_at",
                [day, value, is_withdrawn, as_of],
            )


def export(settings: Settings, since: datetime | None = None) -> datetime | None:
    return as_of_export.export(settings, warehouse_of(settings), since)


def ready(
    settings: Settings, until: datetime | None = None, without: bool = False
) -> as_of_export.Seed | None:
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    return as_of_export.ready(settings, warehouse_of(settings), settings.warehouse, until, without)


def rows_of(seed: as_of_export.Seed) -> list[Row]:
    columns = "cast(kpi_date as varchar), value, is_withdrawn, as_of_at"
    return duckdb.execute(f"select {columns} from '{seed.path}' order by all").fetchall()


def names(settings: Settings) -> list[str]:
    return [path.name for path in as_of_export.exported_files(settings)]


def test_each_build_adds_a_file_and_never_touches_those_before(settings):
    built(settings, FIRST, FIRST_ROWS)
    assert export(settings) == FIRST
    before = (settings.as_of / names(settings)[0]).read_bytes()
    built(settings, SECOND, [*FIRST_ROWS, ("2026-11-01", 15.0, False, SECOND)])

    assert export(settings, since=FIRST) == SECOND

    assert names(settings) == [
        "00000001-20261105T000000000000Z.parquet",
        "00000002-20261106T000000000000Z.parquet",
    ]
    assert (settings.as_of / names(settings)[0]).read_bytes() == before
    newest = settings.as_of / names(settings)[1]
    assert duckdb.execute(f"select count(*) from '{newest}'").fetchall() == [(1,)]


def test_a_build_without_changes_writes_no_file(settings):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    built(settings, SECOND, FIRST_ROWS)

    assert export(settings, since=FIRST) == SECOND

    assert len(names(settings)) == 1


def test_a_lost_warehouse_gets_the_newest_rows_of_a_moment_that_was_built_twice(settings):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    # The 1st has another value now; the 2nd has no row at this moment any more.
    standing: list[Row] = [("2026-11-01", 19.0, False, FIRST)]
    built(settings, FIRST, standing)
    export(settings, since=FIRST)
    shutil.rmtree(settings.warehouse)

    seed = ready(settings)

    assert rows_of(seed) == standing
    assert seed.about.startswith(
        "The warehouse had lost the as-of ledger: what earlier builds published until 2026-11-05 "
        "00:00 UTC was read back from the export of 2 builds."
    )


def test_an_older_warehouse_gets_the_rows_of_later_builds(settings):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    old = warehouse_of(settings).read_bytes()
    withdrawn: list[Row] = [*FIRST_ROWS, ("2026-11-02", None, True, SECOND)]
    built(settings, SECOND, withdrawn)
    export(settings, since=FIRST)
    warehouse_of(settings).write_bytes(old)

    seed = ready(settings)

    assert rows_of(seed) == sorted(withdrawn, key=lambda row: (row[0], row[1] is None))
    with duckdb.connect(str(warehouse_of(settings)), read_only=True) as con:
        assert con.execute("from duckdb_tables() select table_name").fetchall() == [
            ("int_kpi_as_of",)
        ]


def test_a_warehouse_with_more_than_was_exported_is_left_as_it_is(settings):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    # A build that broke off before its export.
    built(settings, SECOND, [*FIRST_ROWS, ("2026-11-01", 15.0, False, SECOND)])

    assert ready(settings) is None
    # The temporary file of the killed export goes, and the next export writes its rows.
    (settings.as_of / ".00000002-20261106T000000000000Z.parquet.abc.tmp").write_text("half")
    built(settings, THIRD, [*FIRST_ROWS, ("2026-11-01", 15.0, False, SECOND)])
    export(settings, since=FIRST)

    assert len(names(settings)) == 2
    assert [path.name for path in settings.as_of.iterdir() if path.name.startswith(".")] == []


def test_a_ledger_that_gained_a_column_is_read_back_with_nulls(settings):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    built(settings, SECOND, [*FIRST_ROWS, ("2026-11-01", 15.0, False, SECOND)], ", note varchar")
    export(settings, since=FIRST)
    shutil.rmtree(settings.warehouse)

    seed = ready(settings)

    found = duckdb.execute(f"select count(*), count(note) from '{seed.path}'").fetchall()
    assert found == [(3, 0)]


def test_what_was_taken_back_stays_removed_in_the_export(settings):
    far = datetime(2062, 11, 23)
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    built(settings, far, [*FIRST_ROWS, ("2030-01-01", 0.0, False, far)])
    export(settings, since=FIRST)

    assert as_of_export.newest(settings, warehouse_of(settings)) == far
    assert ready(settings, until=THIRD) is None
    with duckdb.connect(str(warehouse_of(settings))) as con:
        assert con.execute("select count(*) from marts.fct_kpi_asof").fetchall() == [(2,)]
        con.execute("update intermediate.int_kpi_as_of set as_of_at = $1", [SECOND])
    export(settings)
    # Twice: the second must find nothing left to take back.
    export(settings)
    assert len(names(settings)) == 3
    assert as_of_export.newest(settings, warehouse_of(settings)) == FIRST
    shutil.rmtree(settings.warehouse)
    assert rows_of(ready(settings)) == FIRST_ROWS


def test_a_warehouse_lost_before_its_first_export_is_refused_with_the_way_out(settings):
    settings.warehouse.mkdir(parents=True)
    (settings.warehouse / "built.json").write_text("{}")

    with pytest.raises(LedgerLost) as refused:
        ready(settings)

    assert "storepulse restore DIR" in str(refused.value)
    assert "storepulse build --without-ledger" in str(refused.value)
    assert ready(settings, without=True) is None


def test_published_marts_prove_a_build_when_the_whole_warehouse_folder_is_gone(settings):
    settings.serving.mkdir(parents=True)
    (settings.serving / "manifest.json").write_text("{}")

    with pytest.raises(LedgerLost, match=r"manifest\.json"):
        ready(settings)


def test_before_the_first_build_nothing_is_lost(settings):
    assert ready(settings) is None


@pytest.mark.parametrize("left", [b"", b"no database at all, but a text of some length" * 300])
def test_a_damaged_warehouse_is_named_with_the_way_out(settings, left):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    warehouse_of(settings).write_bytes(left)

    with pytest.raises(TransformFailed, match="move it away and build again"):
        ready(settings)
    warehouse_of(settings).unlink()
    assert rows_of(ready(settings)) == FIRST_ROWS


def test_a_damaged_file_of_the_export_is_named(settings):
    built(settings, FIRST, FIRST_ROWS)
    export(settings)
    place = settings.as_of / names(settings)[0]
    place.write_bytes(place.read_bytes()[:100])

    with pytest.raises(TransformFailed, match=place.name):
        ready(settings)
