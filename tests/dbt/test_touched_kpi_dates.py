"""Which business dates a build counts anew."""

import duckdb

from storepulse.transform import dbt_runner
from support.accepted_lake import EXAMPLES

UNITS = (
    "select value from marts.fct_kpi_days where kpi = 'units_sold' and store_id = 'us_site' "
    "and dimension = 'all' and kpi_date = date '2026-11-01'"
)


def units_sold(lake) -> list[tuple]:
    with duckdb.connect(lake.settings.warehouse_file, read_only=True) as warehouse:
        return warehouse.execute(UNITS).fetchall()


def test_a_line_taken_back_is_taken_off_its_day_though_its_order_stays(lake):
    paid = {"paid_at": "2026-11-01 12:05:00", "paid_amount": "10.00", "status": "paid"}
    for feed in EXAMPLES:
        lake.accept(feed, [paid if feed == "orders" else {}], "2026-11-01", "2026-11-03")
    dbt_runner.build(lake.settings, tested=False)
    before = units_sold(lake)
    lake.accept("order_lines", [], "2026-11-01", "2026-11-03")

    dbt_runner.build(lake.settings, tested=False)

    assert before == [(1.0,)]
    assert units_sold(lake) == [(0.0,)]
