"""Money of all stores: in their only currency, in the one in use, or no number that is ready."""

import duckdb
import pytest

from storepulse.feeds.registry import all_feeds
from storepulse.settings import Settings
from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake

TOTALS = """
    select kpi, value, currency, missing_reason, status, status_reason, worst_feed
    from marts.rpt_kpi_scorecard
    where store_id = 'all' and dimension = 'all' and kpi_date = date '2026-11-02'
    and kpi in ('paid_gmv', 'aov', 'paid_orders') order by kpi
"""
WARNING = "assert_several_currencies_have_a_reporting_currency"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_shop_of_one_currency_is_reported_in_it_until_a_second_one_comes(
    home_of_lakes, monkeypatch
):
    monkeypatch.delenv("STOREPULSE_REPORTING_CURRENCY", raising=False)
    lake = AcceptedLake.emptied(home_of_lakes)
    unset = Settings(home=lake.home)
    paid = {"created_at": "2026-11-02 15:00:00", "paid_at": "2026-11-02 15:00:00"}
    rows = {"stores": [{}], "orders": [{**paid, "paid_amount": "42.50"}]}
    for feed in all_feeds():
        lake.accept(feed, rows.get(feed, []), "2026-11-01", "2026-11-04T06:00:00")

    alone = dbt_runner.build(unset, tested=False)

    ready = (None, "ready", "complete", None)
    assert _rows(unset) == [
        ("aov", 0.0, "USD", *ready),
        ("paid_gmv", 42.5, "USD", *ready),
        ("paid_orders", 1.0, None, *ready),
    ]
    assert alone.warnings == ()

    berlin = {"store_id": "eu_shop", "currency": "EUR", "timezone": "Europe/Berlin"}
    euros = {**paid, "store_id": "eu_shop", "order_id": "eu-1", "currency": "EUR"}
    lake.accept("stores", [{}, berlin], "2026-11-01", "2026-11-04T06:00:00")
    lake.accept(
        "orders",
        [{**paid, "paid_amount": "42.50"}, {**euros, "paid_amount": "9.00"}],
        "2026-11-01",
        "2026-11-04T06:00:00",
    )

    together = dbt_runner.build(unset)

    unknown = ("no_exchange_rate", "unknown", "no_exchange_rate", "fx_rates")
    assert _rows(unset) == [
        ("aov", 0.0, "USD", *ready),
        ("paid_gmv", None, "USD", *unknown),
        ("paid_orders", 2.0, None, *ready),
    ]
    assert WARNING in {warning.test for warning in together.warnings}
    # who has chosen one is not warned again
    chosen = dbt_runner.build(Settings(home=lake.home, reporting_currency="USD"), full=True)
    assert WARNING not in {warning.test for warning in chosen.warnings}


def _rows(settings: Settings) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute(TOTALS).fetchall()
