"""Whatever master data say later, what was sold stays sold, and what leaves history is reported.

Eleven weeks of seven stores in New York are built; then one build hears of all changes at once,
each of a store of its own.
"""

from collections.abc import Callable
from datetime import date, timedelta

import duckdb
import pytest

from storepulse.errors import TransformFailed
from storepulse.transform import dbt_runner
from storepulse.transform.build_warnings import BuildWarning
from support.accepted_lake import EXAMPLES, AcceptedLake, Row

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FIRST, LAST = date(2026, 8, 20), date(2026, 11, 4)
BEGUN, NEXT = ("2026-08-20", "2026-11-05"), ("2026-11-05", "2026-11-06")
DAYS = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
# They sell one order each day at 03:00 UTC, which is eleven in the evening of the day before.
SELLING = ("sold", "gone", "moved", "planned")
QUIET = ("visited", "quiet", "stocked")
# KPIs of feeds that have a row every day of a store which sells nothing and nobody visits.
STOCKED = ("ad_spend", "available_units", "late_shipment_rate", "csat_response_rate")


def first_rows() -> dict[str, list[Row]]:
    at = {f"{day}": f"{day} 03:00:00" for day in DAYS}
    return {
        "stores": [store_row(store) for store in SELLING + QUIET],
        "products": [{"store_id": "planned"}],
        "orders": [
            {"store_id": store, "order_id": day, "created_at": moment, "paid_at": moment,
             "paid_amount": "10.00"}
            for store in SELLING for day, moment in at.items()
        ],
        "order_lines": [
            {"store_id": store, "order_id": day, "created_at": moment,
             "unit_price": price(store, day)}
            for store in SELLING for day, moment in at.items()
        ],
        "traffic": [
            {"store_id": "visited", "event_id": day, "session_id": day, "occurred_at": moment}
            for day, moment in at.items()
        ],
        "inventory": [
            {"store_id": store, "snapshot_at": moment}
            for store in ("planned", "stocked") for moment in at.values()
        ],
        "ads": [{"store_id": "stocked", "report_date": day} for day in at],
        "shipments": [
            {"store_id": "stocked", "shipment_id": day, "created_at": moment}
            for day, moment in at.items()
        ],
        "tickets": [
            {"store_id": "stocked", "ticket_id": day, "created_at": moment}
            for day, moment in at.items()
        ],
        "targets": [target(day, "10.00") for day in of_month(9) + of_month(10)],
        "calendar_events": [promotion(date(2026, 9, 28), "2026-01-01 00:00:00")],
        # what a dollar is worth is quoted once a week
        "fx_rates": [{"rate_date": str(FIRST + timedelta(days=7 * n))} for n in range(-1, 11)],
    }  # fmt: skip


def price(store: str, day: str) -> str:
    """Twice as much is sold around the promotion of 28 September."""
    return "20.00" if store == "planned" and "2026-09-22" <= day <= "2026-10-13" else "10.00"


def store_row(store: str, changed_at: str = "2026-08-20 00:00:00", **columns: str) -> Row:
    return {"store_id": store, "updated_at": changed_at, **columns}


def of_month(month: int) -> list[date]:
    return [day for day in DAYS if day.month == month]


def target(day: date, value: str) -> Row:
    return {"store_id": "planned", "metric": "net_sales", "currency": "USD", "value": value,
            "target_date": str(day)}  # fmt: skip


def promotion(day: date, changed_at: str) -> Row:
    return {"event_id": "sale", "store_id": "planned", "starts_on": str(day),
            "ends_on": str(day), "updated_at": changed_at}  # fmt: skip


def accept_changes(lake: AcceptedLake) -> None:
    """A new window with what sources say later, and two old ones that say less than before."""
    changed_at = "2026-11-05 01:00:00"
    rows: dict[str, list[Row]] = {
        "stores": [
            store_row("sold", changed_at, opened_at="2026-11-03 15:00:00"),
            store_row("visited", changed_at, opened_at="2026-11-03 15:00:00"),
            store_row("quiet", changed_at, opened_at="2026-10-30 15:00:00"),
            store_row("stocked", changed_at, opened_at="2026-10-30 15:00:00"),
            store_row("moved", changed_at, timezone="Asia/Shanghai"),
        ],
        "calendar_events": [promotion(date(2026, 9, 14), changed_at)],
        "fx_rates": [
            {**rate, "rate": "7.70000000", "updated_at": changed_at}
            for rate in first_rows()["fx_rates"]
        ],
    }
    for feed in EXAMPLES:
        lake.accept(feed, rows.get(feed, []), *NEXT)
    lake.accept("stores", [store_row(one) for one in SELLING + QUIET if one != "gone"], *BEGUN)
    # the plan of October is not there any more, that of September asks for less
    lake.accept("targets", [target(day, "5.00") for day in of_month(9)], *BEGUN)
    lake.accept("products", [{"store_id": "planned", "sku": "another-code"}], *BEGUN)


Asked = Callable[[str], list[tuple]]


class Restated:
    """Results before the changes and after them."""

    def __init__(self, lake: AcceptedLake, queries: dict[str, str]) -> None:
        for feed in EXAMPLES:
            lake.accept(feed, first_rows().get(feed, []), *BEGUN)
        dbt_runner.build(lake.settings, tested=False)
        self.lake = lake
        self.before = {name: self.rows(query) for name, query in queries.items()}
        accept_changes(lake)
        self.warnings = {one.test: one for one in dbt_runner.build(lake.settings).warnings}
        self.after = {name: self.rows(query) for name, query in queries.items()}

    def rows(self, query: str) -> list[tuple]:
        file = self.lake.settings.warehouse_file
        with duckdb.connect(str(file), read_only=True) as warehouse:
            return warehouse.execute(query).fetchall()

    def warning(self, test: str) -> BuildWarning:
        assert test in self.warnings, sorted(self.warnings)
        return self.warnings[test]


def days_of(kpi: str, store: str) -> str:
    return (
        "select count(*), min(kpi_date), max(kpi_date), sum(value) from marts.fct_kpi_daily "
        f"where kpi = '{kpi}' and store_id = '{store}' and dimension = 'all' and value > 0"
    )


def known_days_of(kpi: str, store: str) -> str:
    return (
        "select count(*), min(kpi_date) from marts.fct_kpi_daily "
        f"where kpi_date < date '2026-11-05' and kpi = '{kpi}' and store_id = '{store}' "
        "and dimension = 'all'"
    )


@pytest.fixture(scope="module")
def restated(home_of_lakes) -> Restated:
    queries = {
        "sold": days_of("paid_orders", "sold"),
        "visited": days_of("sessions", "visited"),
        "moved": days_of("paid_orders", "moved"),
        "sales": days_of("net_sales", "all"),
        **{kpi: known_days_of(kpi, "stocked") for kpi in STOCKED},
    }
    return Restated(AcceptedLake.emptied(home_of_lakes), queries)


@pytest.mark.parametrize("store", ["sold", "visited"])
def test_a_stores_row_with_a_later_opening_takes_no_day_of_trade_away(restated, store):
    # the first one is of an evening that the feeds do not cover from midnight
    assert restated.after[store] == [(76, FIRST, date(2026, 11, 3), 76.0)]
    assert restated.after[store] == restated.before[store]


@pytest.mark.parametrize("kpi", STOCKED)
def test_nor_does_it_take_a_day_away_on_which_another_feed_had_rows(restated, kpi):
    assert restated.before[kpi] == [(77, FIRST)]
    assert restated.after[kpi] == restated.before[kpi]


def test_what_a_store_does_before_it_opens_leaves_nothing_missing_of_it(restated):
    day = "kpi_date = date '2026-10-01' and dimension = 'all'"
    expected = restated.rows(
        "select kpi, stores_counted, stores_expected from marts.fct_kpi_daily "
        f"where store_id = 'all' and kpi in ('paid_orders', 'ad_spend') and {day} order by kpi"
    )
    results = restated.rows(
        "select distinct kpi in ('ad_spend', 'available_units'), status_reason "
        "from marts.fct_kpi_readiness where store_id = 'stocked' and kpi_date = date '2026-10-01' "
        "and kpi in ('ad_spend', 'available_units', 'paid_orders', 'sessions')"
    )

    # `quiet` and `stocked` open later, `gone` is gone; ads of `stocked` are known of nevertheless
    assert expected == [("ad_spend", 5, 5), ("paid_orders", 4, 4)]
    assert results == [(True, "complete")]


def test_days_of_kpis_that_are_taken_away_are_warned_of_counted_and_kept(restated):
    warned = restated.warning("assert_no_kpi_day_is_withdrawn").examples
    withdrawn = restated.rows(
        "select store_id, business_date, days_withdrawn, first_date_withdrawn, "
        "last_date_withdrawn from marts.fct_kpi_withdrawals where kpi = 'sessions' order by all"
    )
    counted = restated.rows(
        "select store_id, kpi_date, value from marts.fct_kpi_daily "
        "where kpi = 'withdrawn_kpi_days' and value > 0 and store_id in ('quiet', 'sold', 'gone')"
    )
    ((of_quiet,),) = restated.rows(
        "select sum(days_withdrawn) from marts.fct_kpi_withdrawals where store_id = 'quiet'"
    )
    of_gone = restated.rows(
        "select count(*) from marts.fct_kpi_asof where store_id = 'gone' and kpi = 'sessions' "
        "and dimension = 'all' and is_withdrawn"
    )

    assert {one.split(",")[0] for one in warned} == {
        "store_id=quiet", "store_id=stocked", "store_id=gone", "store_id=moved"
    }  # fmt: skip
    # As of midnight UTC of the 6th it is the evening of the 5th in New York, and in Shanghai the
    # first day had begun before its feeds were watched. Nobody knows where `gone` was.
    assert withdrawn == [
        ("gone", date(2026, 11, 5), 77, FIRST, LAST),
        ("moved", date(2026, 11, 6), 1, FIRST, FIRST),
        ("quiet", date(2026, 11, 5), 71, FIRST, date(2026, 10, 29)),
        ("stocked", date(2026, 11, 5), 71, FIRST, date(2026, 10, 29)),
    ]
    assert counted == [("quiet", date(2026, 11, 5), float(of_quiet))]
    assert of_gone == [(77,)]


def test_a_restated_history_is_warned_of(restated):
    rewritten = {
        tuple(one.split(", ")[:2])
        for one in restated.warning("assert_no_history_is_rewritten").examples
    }

    # noon in Shanghai instead of the evening before in New York
    assert restated.before["moved"] == [(76, FIRST, date(2026, 11, 3), 76.0)]
    assert restated.after["moved"] == [(76, date(2026, 8, 21), LAST, 76.0)]
    # three stores are left of four, at 7.7 yuan for a dollar instead of 7
    assert restated.before["sales"][0][3] == pytest.approx((4 * 76 + 22) * 10 * 7.0, rel=0.01)
    assert restated.after["sales"][0][3] == pytest.approx((3 * 76 + 22) * 10 * 7.7, rel=0.01)
    assert rewritten == {
        ("kpi=net_sales", "store_id=all"),
        ("kpi=promo_incremental_sales", "store_id=all"),
        ("kpi=promo_incremental_sales", "store_id=planned"),
        ("kpi=target_attainment", "store_id=all"),
        ("kpi=target_attainment", "store_id=planned"),
        ("kpi=out_of_stock_rate", "store_id=all"),
        ("kpi=out_of_stock_rate", "store_id=planned"),
    }


def test_a_target_that_is_taken_back_is_warned_of(restated):
    lost = restated.warning("assert_no_kpi_day_loses_its_value").examples

    assert any(
        one.startswith("kpi=target_attainment, store_id=planned, missing_reason=no_target, "
                       "days_without_value=31, first_date=2026-10-01, last_date=2026-10-31")
        for one in lost
    ), lost  # fmt: skip


def test_a_store_that_changes_its_currency_alone_is_refused_by_name(restated):
    new_money = store_row("sold", "2026-11-06 01:00:00", currency="CNY")
    restated.lake.accept("stores", [new_money], "2026-11-06", "2026-11-07")

    with pytest.raises(TransformFailed, match="assert_every_amount_is_in_the_currency_of_its"):
        dbt_runner.build(restated.lake.settings)
