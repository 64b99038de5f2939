"""Which business dates a build recounts."""

import duckdb

from support.example_shop import build_only

UNITS = (
    "select value from marts.fct_kpi_daily where kpi = 'units_sold' and store_id = 'us_site' "
    "and dimension = 'all' and kpi_date = date '2026-11-01'"
)


def units_sold(lake) -> list[tuple]:
    with duckdb.connect(lake.settings.warehouse_file, read_only=True) as warehouse:
        return warehouse.execute(UNITS).fetchall()


def test_a_line_taken_back_is_taken_off_its_day_though_its_order_stays(built_shop, home_of_lakes):
    lake = built_shop.copied_to(home_of_lakes).lake
    paid = {"paid_at": "2026-11-01 12:05:00", "paid_amount": "10.00", "status": "paid"}
    lake.accept("orders", [paid], "2026-11-01", "2026-11-03")
    build_only(lake.settings, "fct_kpi_daily")
    before = units_sold(lake)
    lake.accept("order_lines", [], "2026-11-01", "2026-11-03")

    build_only(lake.settings, "fct_kpi_daily")

    assert before == [(1.0,)]
    assert units_sold(lake) == [(0.0,)]
