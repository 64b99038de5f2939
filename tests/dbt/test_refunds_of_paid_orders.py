"""Refunds belong to the day their order was paid, however often that day is restated."""

from pathlib import Path

import duckdb
import pytest

from storepulse.transform import dbt_runner
from support.accepted_lake import EXAMPLES, AcceptedLake

# Cash on delivery: paid when it is signed for.
ORDER = {
    "order_id": "cod",
    "pay_type": "cod",
    "created_at": "2026-11-02 12:00:00",
    "confirmed_at": "2026-11-06 12:00:00",
    "paid_amount": "10.00",
    "updated_at": "2026-11-06 12:00:00",
}
REFUND = {
    "refund_id": "of cod",
    "order_id": "cod",
    "amount": "4.00",
    "requested_at": "2026-11-10 12:00:00",
    "refunded_at": "2026-11-12 12:00:00",
}


# Another store, which gives back more than it was paid.
GENEROUS = {"store_id": "generous"}


@pytest.fixture(scope="module")
def built(home_of_lakes: Path) -> tuple[AcceptedLake, dbt_runner.BuildResult]:
    """Two stores with an order each, and what their first build returned."""
    lake = AcceptedLake.emptied(home_of_lakes)
    for feed in EXAMPLES:
        lake.accept(feed, [], "2026-11-01", "2026-11-15")
    for feed in ("stores", "products"):
        lake.accept(feed, [{}, GENEROUS], "2026-11-01", "2026-11-15")
    lake.accept("fx_rates", [{"rate_date": "2026-11-06"}], "2026-11-01", "2026-11-15")
    lake.accept("orders", [ORDER, ORDER | GENEROUS], "2026-11-01", "2026-11-08")
    six = REFUND | GENEROUS | {"amount": "6.00"}
    refunds = [REFUND, six, six | {"refund_id": "again"}]
    lake.accept("refunds", refunds, "2026-11-08", "2026-11-15")
    return lake, dbt_runner.build(lake.settings)


@pytest.fixture
def shop(built) -> AcceptedLake:
    return built[0]


def rows(lake: AcceptedLake, query: str) -> list[tuple]:
    file: Path = lake.settings.warehouse_file
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def rates(lake: AcceptedLake, store: str = "us_site") -> list[tuple]:
    return rows(
        lake,
        "select strftime(kpi_date, '%d'), numerator, denominator, value from marts.fct_kpi_daily "
        f"where kpi = 'refund_rate_7d' and store_id = '{store}' and dimension = 'all' "
        "and (numerator <> 0 or denominator <> 0) order by all",
    )


def test_a_refund_moves_with_the_day_its_order_was_paid(shop):
    signed_on_the_6th = rates(shop)
    # the carrier corrects itself: it was signed for two days earlier
    corrected = ORDER | {
        "confirmed_at": "2026-11-04 12:00:00",
        "updated_at": "2026-11-14 12:00:00",
    }
    shop.accept("orders", [corrected], "2026-11-08", "2026-11-15")

    dbt_runner.build(shop.settings, tested=False)

    # six days after it was paid, then eight
    assert signed_on_the_6th == [("06", 4, 10, 0.4)]
    assert rates(shop) == [("04", 0, 10, 0)]
    assert rows(
        shop,
        "select strftime(order_paid_date, '%d'), days_after_payment from marts.fct_refunds "
        "where store_id = 'us_site'",
    ) == [("04", 8)]


def test_more_given_back_than_was_paid_counts_and_is_reported(built):
    lake, result = built

    assert rates(lake, "generous") == [("06", 12, 10, 1.2)]
    # neither is larger than the order; both together are
    larger = "select is_larger_than_order from marts.fct_refunds where store_id = 'generous'"
    assert rows(lake, larger) == [(False,)] * 2
    assert [one.test for one in result.warnings] == [
        "assert_no_order_gives_back_more_than_it_was_paid"
    ]
