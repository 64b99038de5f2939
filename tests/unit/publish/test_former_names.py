"""Queries that use the names of the release before are answered from schema `marts_compat`."""

import json
from pathlib import Path

import duckdb
import pytest

from storepulse.lake import lineage
from storepulse.publish import publish
from storepulse.settings import Settings
from support.marts_builder import Shop, write_marts

RENAMED = [
    lineage.Node("fct_kpi_daily", [], "", "fct_kpi_days"),
    lineage.Node("fct_stock_daily", [], "", "fct_stock_days", {"business_date": "stock_date"}),
    lineage.Node("dim_kpis", [], "", None, {"date_basis": "clocks"}),
    lineage.Node("dim_stores", [], ""),
    lineage.Node("int_kpi_daily", [], "", "int_kpi_days"),
]


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path, lock_timeout_seconds=0.2)
    write_marts(settings.warehouse_file, [Shop(days=40)])
    return settings


def query(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("former", "present"),
    [
        (
            "select kpi, kpi_date, value from marts_compat.fct_kpi_days order by all",
            "select kpi, kpi_date, value from marts.fct_kpi_daily order by all",
        ),
        (
            "select sku, stock_date, on_hand from marts_compat.fct_stock_days order by all",
            "select sku, business_date, on_hand from marts.fct_stock_daily order by all",
        ),
        (
            "select kpi, clocks, date_basis from marts_compat.dim_kpis order by all",
            "select kpi, date_basis, date_basis from marts.dim_kpis order by all",
        ),
    ],
)
def test_a_query_with_former_names_gives_the_rows_of_the_present_ones(settings, former, present):
    lineage.remember(settings, RENAMED, [])

    file = publish(settings).path

    rows = query(file, present)
    assert rows
    assert query(file, former) == rows


def test_a_mart_that_was_not_renamed_has_no_view(settings):
    lineage.remember(settings, RENAMED, [])

    file = publish(settings).path

    assert query(
        file,
        "select table_name from information_schema.tables where table_schema = 'marts_compat' "
        "order by 1",
    ) == [("dim_kpis",), ("fct_kpi_days",), ("fct_stock_days",)]


def test_former_names_are_read_under_whatever_name_the_file_is_opened(settings):
    lineage.remember(settings, RENAMED, [])
    file = publish(settings).path

    with duckdb.connect() as con:
        con.execute(f"attach '{file}' as anything (read_only)")
        found = con.execute("select count(*) from anything.marts_compat.fct_kpi_days").fetchall()

    assert found == query(file, "select count(*) from marts.fct_kpi_daily")


def test_former_names_are_not_counted_or_exported_as_marts(settings):
    without = publish(settings)
    lineage.remember(settings, RENAMED, [])

    published = publish(settings)

    assert (published.marts, published.rows) == (without.marts, without.rows)
    manifest = json.loads((settings.serving / "manifest.json").read_text("utf-8"))
    assert "fct_kpi_days" not in manifest["marts"]
    assert "clocks" not in manifest["marts"]["dim_kpis"]["columns"]


def test_without_anything_renamed_there_is_no_schema_for_it(settings):
    lineage.remember(settings, [lineage.Node("dim_stores", [], "")], [])

    file = publish(settings).path

    assert query(file, "select distinct table_schema from information_schema.tables") == [
        ("marts",)
    ]


def test_the_lineage_of_the_release_before_names_nothing_as_renamed(settings):
    older = {"models": {"fct_kpi_days": {"parents": [], "columns": []}}, "kpis": []}
    (settings.warehouse / "lineage.json").write_text(json.dumps(older), "utf-8")

    assert lineage.former_names(settings) == {}
    assert publish(settings).marts > 0


def test_the_partition_column_of_the_warehouse_is_not_published(settings):
    built = query(
        settings.warehouse_file, "select count(distinct event_date) from marts.fct_orders"
    )

    file = publish(settings).path

    assert built != [(0,)]
    assert (
        query(
            file,
            "select table_name from information_schema.columns where column_name = 'event_date'",
        )
        == []
    )
