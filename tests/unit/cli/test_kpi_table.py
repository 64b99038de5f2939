"""The table of all KPIs that the command line and the demo print."""

import io
from datetime import date

import duckdb
import pytest
from rich.console import Console

from storepulse.cli.kpi_table import as_table, read_sheet
from storepulse.errors import NothingPublished
from storepulse.settings import Settings
from support.marts_builder import Shop, write_marts


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path)
    write_marts(settings.serving / "storepulse.duckdb", [Shop(days=30)], facts=False)
    return settings


def change(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.serving / "storepulse.duckdb")) as con:
        con.execute(statement)


def printed(settings: Settings) -> list[str]:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(as_table(read_sheet(settings)))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_every_kpi_is_listed_under_its_area_in_both_languages(settings):
    change(settings, "update marts.dim_kpis set area = 'traffic' where kpi in ('visitors')")
    change(
        settings,
        "update marts.fct_kpi_daily set value = 1204 where kpi = 'visitors' "
        "and dimension = 'all' and kpi_date = date '2026-09-29'",
    )

    lines = printed(settings)

    assert lines[0] == "KPI 指标 us_site"
    assert lines[1] == "Sales 销售"
    assert lines[-2:] == ["Traffic 流量", "Visitors 访客数 1,204"]
    assert len(lines) == 1 + 2 + 12


def test_a_kpi_that_matures_late_shows_its_last_mature_day(settings):
    change(settings, "update marts.dim_kpis set mature_after_days = 3 where kpi = 'aov'")

    numbers = read_sheet(settings).numbers

    assert numbers["visitors", "us_site"].day == date(2026, 9, 29)
    assert numbers["aov", "us_site"].day == date(2026, 9, 26)


def test_a_missing_number_shows_its_reason(settings):
    change(
        settings,
        "update marts.fct_kpi_daily set value = null, missing_reason = 'no_target' "
        "where kpi = 'aov'",
    )
    change(settings, "delete from marts.fct_kpi_daily where kpi = 'paid_gmv'")

    lines = printed(settings)

    assert "Average order value 客单价 no target" in lines
    assert "Paid GMV 支付金额 –" in lines


def test_before_the_first_publish_it_says_what_to_run(tmp_path):
    with pytest.raises(NothingPublished, match="run `storepulse publish` first"):
        read_sheet(Settings(home=tmp_path))


def test_a_number_that_is_not_ready_is_not_shown(settings):
    change(
        settings,
        "insert into marts.fct_kpi_readiness "
        "(store_id, kpi, kpi_date, status, status_reason, feed) "
        "values ('us_site', 'visitors', date '2026-09-29', 'partial', 'rows_in_quarantine', "
        "'traffic')",
    )

    assert "Visitors 访客数 not ready" in printed(settings)
