import json
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from storepulse.errors import AnotherRunIsWriting, PublishRefused
from storepulse.publish import publish
from storepulse.settings import Settings
from support.marts_builder import Shop, write_marts


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, lock_timeout_seconds=0.2)


@pytest.fixture
def warehouse(settings) -> Path:
    return write_marts(settings.warehouse_file, [Shop(days=40)])


def query(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()


def change(file: Path, sql: str) -> None:
    with duckdb.connect(str(file)) as con:
        con.execute(sql)


def test_readers_get_the_marts_and_nothing_else(settings, warehouse):
    change(warehouse, "create schema staging; create table staging.stg_orders (order_id integer)")

    published = publish(settings)

    schemas = query(
        published.path, "select distinct schema_name from duckdb_tables() where not internal"
    )
    assert schemas == [("marts",)]
    assert published.marts == 15
    built = query(warehouse, "select count(*), sum(numerator) from marts.fct_kpi_daily")
    assert (
        query(published.path, "select count(*), sum(numerator) from marts.fct_kpi_daily") == built
    )


def test_the_file_is_in_the_format_that_drivers_since_1_0_read(settings, warehouse):
    published = publish(settings)

    header = published.path.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    # 64 is what DuckDB 1.0 wrote; version 2 writes 999 by default.
    assert struct.unpack("<Q", header[12:20]) == (64,)


def test_nothing_is_left_next_to_the_file(settings, warehouse):
    (settings.serving).mkdir()
    (settings.serving / ".storepulse.duckdb.0123.tmp").write_text("a killed run")
    (settings.serving / ".manifest.json.0123.tmp").write_text("another")
    half_written = settings.serving / "parquet" / ".20261123T060000000000Z.0123.tmp"
    half_written.mkdir(parents=True)
    (half_written.parent / ".current.0123.tmp").symlink_to(half_written)

    version = publish(settings).version

    names = {path.name for path in settings.serving.iterdir()}
    assert names == {"storepulse.duckdb", "parquet", "manifest.json"}
    assert {path.name for path in half_written.parent.iterdir()} == {version, "current"}


def test_comments_on_marts_and_columns_reach_the_readers(settings, warehouse):
    change(
        warehouse,
        "comment on table marts.dim_stores is 'The shops. One row per shop''s front.';"
        "comment on column marts.dim_stores.currency is 'ISO 4217'",
    )

    published = publish(settings)

    assert query(
        published.path, "select comment from duckdb_tables() where table_name = 'dim_stores'"
    ) == [("The shops. One row per shop's front.",)]
    assert query(
        published.path,
        "select comment from duckdb_columns() "
        "where table_name = 'dim_stores' and column_name = 'currency'",
    ) == [("ISO 4217",)]


SCORECARD = """
    create view marts.rpt_scorecard as
    select numbers.kpi_date, numbers.kpi, numbers.value, readiness.status
    from marts.fct_kpi_daily as numbers
    left join marts.fct_kpi_readiness as readiness using (store_id, kpi, kpi_date)
    where numbers.dimension = 'all' and numbers.kpi = 'paid_orders'
"""


def test_a_view_on_marts_stays_a_view_for_readers_and_is_a_parquet_file_as_well(
    settings, warehouse
):
    change(warehouse, SCORECARD)
    change(warehouse, "comment on view marts.rpt_scorecard is 'What may be quoted.'")
    change(warehouse, "comment on column marts.rpt_scorecard.status is 'Null if not known.'")

    published = publish(settings)

    assert published.marts == 16
    assert query(
        published.path, "select view_name, comment from duckdb_views() where not internal"
    ) == [("rpt_scorecard", "What may be quoted.")]
    assert query(
        published.path,
        "select comment from duckdb_columns() where table_name = 'rpt_scorecard' "
        "and column_name = 'status'",
    ) == [("Null if not known.",)]
    rows = query(published.path, "select * from marts.rpt_scorecard order by kpi_date")
    assert len(rows) == 40
    mart = json.loads((settings.serving / "manifest.json").read_text())["marts"]["rpt_scorecard"]
    assert (mart["rows"], mart["columns"]["status"]) == (40, "VARCHAR")
    file = settings.serving / mart["file"]
    assert duckdb.execute(f"select * from '{file}' order by kpi_date").fetchall() == rows


def test_a_published_view_reads_its_own_file_under_whatever_name_that_is_opened(
    settings, warehouse
):
    change(warehouse, SCORECARD)
    published = publish(settings)
    change(warehouse, "delete from marts.fct_kpi_daily")

    with duckdb.connect() as con:
        con.execute(f"attach '{warehouse}' as storepulse (read_only)")
        con.execute(f"attach '{published.path}' as anything (read_only)")
        found = con.execute(
            "select (select count(*) from anything.marts.rpt_scorecard), "
            "(select count(*) from storepulse.marts.rpt_scorecard)"
        ).fetchall()

    assert found == [(40, 0)]


def test_a_view_on_what_is_not_published_reaches_readers_as_a_table(settings, warehouse):
    change(
        warehouse,
        "create schema staging; create table staging.stg_orders as select 7 as order_id; "
        "create view marts.dim_order_ids as select * from staging.stg_orders",
    )

    published = publish(settings)

    assert query(
        published.path,
        "select table_name from duckdb_tables() where table_name = 'dim_order_ids'",
    ) == [("dim_order_ids",)]
    assert query(published.path, "select * from marts.dim_order_ids") == [(7,)]


def test_every_mart_is_a_parquet_file_named_in_the_manifest(settings, warehouse):
    published = publish(settings)

    manifest = json.loads((settings.serving / "manifest.json").read_text())
    assert manifest["version"] == published.version
    assert len(manifest["marts"]) == published.marts
    for name, mart in manifest["marts"].items():
        rows = duckdb.execute(
            f"select count(*) from '{settings.serving / mart['file']}'"
        ).fetchall()
        assert rows == [(mart["rows"],)]
        assert (settings.serving / "parquet" / "current" / f"{name}.parquet").is_file()
    assert manifest["as_of"]["demo_shop/orders"] == "2026-10-10T06:00:00Z"


def test_three_versions_are_kept(settings, warehouse):
    versions = [publish(settings).version for _ in range(4)]

    folders = sorted(p.name for p in (settings.serving / "parquet").iterdir() if not p.is_symlink())
    assert folders == versions[1:]
    assert (settings.serving / "parquet" / "current").resolve().name == versions[-1]


def test_versions_of_killed_runs_push_out_none_that_somebody_reads(settings, warehouse):
    read = publish(settings).version
    for second in range(3):
        (settings.serving / "parquet" / f"29991231T00000{second}000000Z").mkdir()

    shown = publish(settings).version

    folders = sorted(p.name for p in (settings.serving / "parquet").iterdir() if not p.is_symlink())
    assert folders == [read, shown]


def test_a_doubled_kpi_row_is_refused_and_readers_keep_the_last_good_marts(settings, warehouse):
    good = publish(settings)
    rows = query(good.path, "select count(*) from marts.fct_kpi_daily")
    change(warehouse, "insert into marts.fct_kpi_daily select * from marts.fct_kpi_daily limit 1")

    with pytest.raises(PublishRefused, match=r"readers keep .*breaks one_row_per_grain .*again"):
        publish(settings)

    assert json.loads((settings.serving / "manifest.json").read_text())["version"] == good.version

    assert query(good.path, "select count(*) from marts.fct_kpi_daily") == rows
    assert len(list((settings.serving / "parquet").glob("2*Z"))) == 1


def test_money_of_all_stores_may_lack_an_exchange_rate_and_money_of_a_store_may_not(
    settings, warehouse
):
    lost = (
        "insert into marts.fct_kpi_daily select kpi_date, kpi, '{}', dimension, 'x', null, null, "
    )
    lost += "null, 'no_exchange_rate', currency from marts.fct_kpi_daily "
    lost += "where kpi = 'paid_gmv' limit 1"
    change(warehouse, lost.format("all"))
    publish(settings)

    change(warehouse, lost.format("us_site"))
    with pytest.raises(PublishRefused, match="breaks own_money_needs_no_rate"):
        publish(settings)


def test_a_kpi_without_a_value_must_say_why(settings, warehouse):
    change(warehouse, "update marts.fct_kpi_daily set value = null where kpi = 'aov'")

    with pytest.raises(PublishRefused, match="breaks has_value_or_reason"):
        publish(settings)


def test_a_missing_mart_is_refused(settings, warehouse):
    change(warehouse, "drop table marts.dim_kpis")

    with pytest.raises(PublishRefused, match="expected a mart dim_kpis"):
        publish(settings)

    assert not (settings.serving / "storepulse.duckdb").exists()


def test_a_warning_is_logged_and_does_not_block_publishing(settings, warehouse, tmp_path, caplog):
    suites = tmp_path / "expectations" / "marts"
    suites.mkdir(parents=True)
    rule = (
        "name: marts.dim_stores\nexpectations:\n"
        "  - {type: expect_table_row_count_to_be_between, kwargs: {min_value: 99},"
        " severity: SEVERITY, meta: {id: many_stores, why: 'a test'}}\n"
    )
    file = suites / "dim_stores.yaml"
    lenient = settings.model_copy(update={"expectations_dir": tmp_path / "expectations"})

    file.write_text(rule.replace("SEVERITY", "warning"))
    assert publish(lenient).marts == 15
    assert "marts.dim_stores breaks many_stores (a test): got 1" in caplog.text

    file.write_text(rule.replace("SEVERITY", "critical"))
    with pytest.raises(PublishRefused, match=r"many_stores .a test.: got 1"):
        publish(lenient)


def test_a_rule_that_raises_an_error_counts_as_failed(settings, warehouse, tmp_path):
    suites = tmp_path / "expectations" / "marts"
    suites.mkdir(parents=True)
    (suites / "dim_stores.yaml").write_text(
        "name: marts.dim_stores\nexpectations:\n"
        "  - {type: expect_column_values_to_be_unique, kwargs: {column: no_such_column},"
        " severity: critical, meta: {id: keyed, why: 'a test'}}\n"
    )

    with pytest.raises(PublishRefused, match=r"keyed .a test.: got an error instead of a result"):
        publish(settings.model_copy(update={"expectations_dir": tmp_path / "expectations"}))


def test_publishing_before_the_first_build_says_what_to_run(settings):
    with pytest.raises(PublishRefused, match=r"does not exist; run `storepulse build` first"):
        publish(settings)


def test_half_of_a_build_is_refused_until_a_build_passes(settings, warehouse):
    worklist, ledger = settings.warehouse / "worklist.json", settings.warehouse / "built.json"
    ledger.write_text('{"build_id": "first"}')
    worklist.write_text('{"build_id": "second"}')

    with pytest.raises(PublishRefused, match=r"did not finish.*`storepulse build` until it passes"):
        publish(settings)

    ledger.write_text('{"build_id": "second"}')
    assert publish(settings).marts == 15


def test_a_build_that_is_still_running_is_waited_for_and_then_named(settings, warehouse):
    with (
        FileLock(settings.warehouse / "storepulse.duckdb.lock"),
        pytest.raises(AnotherRunIsWriting, match="another run has been building or publishing"),
    ):
        publish(settings)


READER = """
import sys, time
from pathlib import Path
import duckdb

file, stop = Path(sys.argv[1]), Path(sys.argv[2])
reads, seen = 0, set()
print("ready", flush=True)
while not stop.exists():
    with duckdb.connect(str(file), read_only=True) as con:
        rows = con.execute(
            "select s.owner, k.store_name, (select count(*) from marts.fct_kpi_daily) "
            "from (select distinct owner from marts.dim_kpis) s, marts.dim_stores k"
        ).fetchall()
    assert len(rows) == 1, rows
    assert rows[0][0] == rows[0][1], f"two versions in one answer: {rows}"
    seen.add(rows[0])
    reads += 1
print(reads, len(seen), flush=True)
"""


def test_a_reader_that_never_stops_sees_no_error_and_no_half_built_day(
    settings, warehouse, tmp_path
):
    def mark(version: int) -> None:
        change(
            warehouse,
            f"update marts.dim_stores set store_name = 'v{version}';"
            f"update marts.dim_kpis set owner = 'v{version}'",
        )

    mark(0)
    published = publish(settings)
    stop = tmp_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(READER), str(published.path), str(stop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout.readline() == "ready\n"
    for version in range(1, 11):
        mark(version)
        publish(settings)
    stop.touch()
    out, err = reader.communicate(timeout=60)

    assert reader.returncode == 0, err
    reads, versions = map(int, out.split())
    assert reads > 10
    assert versions > 2
