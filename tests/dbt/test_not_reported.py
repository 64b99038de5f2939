"""Who has not reported yet has not reported 0: ad accounts, competitors, warehouses, platforms."""

from decimal import Decimal

import duckdb
import pytest

from storepulse.feeds.registry import all_feeds
from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake, Row

pytestmark = pytest.mark.timeout(900)

# Six in the morning of the 5th in UTC: one in the morning in New York, two in the afternoon in
# Shanghai. The 4th is over in both stores.
MORNING, NOON = "2026-11-05T06:00:00", "2026-11-05T12:00:00"
DAY_2, DAY_3, DAY_4 = "2026-11-02", "2026-11-03", "2026-11-04"
SEARCH = {"store_id": "us_site"}
SOCIAL = {**SEARCH, "ad_platform": "socialads", "account_id": "account-2", "channel": "social"}
CHINA = {"store_id": "cn_market", "currency": "CNY", "account_timezone": "Asia/Shanghai"}
STORES = [{}, {"store_id": "cn_market", "currency": "CNY", "timezone": "Asia/Shanghai"}]


def _ad(account: Row, day: str, spend: str, reported_at: str) -> Row:
    return {**account, "report_date": day, "spend": spend, "updated_at": reported_at}


def _sold(store: Row, day: str, price: str, number: int = 0) -> tuple[Row, Row]:
    order = {
        "store_id": store["store_id"],
        "currency": store.get("currency", "USD"),
        "order_id": f"{store['store_id']}-{day}-{number}",
        "created_at": f"{day} 07:00:00",
        "updated_at": f"{day} 07:00:00",
    }
    paid = {"goods_amount": price, "paid_amount": price, "paid_at": order["created_at"]}
    return {**order, **paid}, {**order, "unit_price": price, "unit_cost": "1.00"}


@pytest.fixture(scope="module")
def shop(home_of_lakes) -> AcceptedLake:
    """Two stores; in New York search reports every day but the last, social misses the 2nd too."""
    lake = AcceptedLake.emptied(home_of_lakes)
    days = [f"2026-11-0{day}" for day in range(1, 5)]
    sold = [
        *(_sold(SEARCH, day, "100.00") for day in days if day != DAY_3),
        *(_sold(SEARCH, DAY_3, "1.02", number) for number in range(3)),
        *(_sold(CHINA, day, "700.00") for day in days),
    ]
    ads = [
        *(_ad(SEARCH, day, "10.00", f"{day} 23:00:00") for day in days[:3]),
        *(_ad(SOCIAL, day, "5.00", f"{day} 23:00:00") for day in (days[0], days[2])),
        *(_ad(CHINA, day, "70.00", f"{day} 23:00:00") for day in days),
    ]
    budget = {"scope": "all", "budget_date": "2026-11-01"}
    rows: dict[str, list[Row]] = {
        "stores": STORES,
        "fx_rates": [{"rate": "7.12500000"}],
        "orders": [order for order, _ in sold],
        "order_lines": [line for _, line in sold],
        "ads": ads,
        "budgets": [
            {**budget, "amount": "600.00"},
            {**budget, "store_id": "cn_market", "currency": "CNY", "amount": "2800.00"},
        ],
        # that of Shanghai is not there, and nothing more is to be sold in New York after the 1st
        "targets": [
            {
                "metric": "net_sales",
                "target_date": "2026-11-01",
                "currency": "USD",
                "value": "1000.00",
            },
        ],
    }
    for feed in all_feeds():
        lake.accept(feed, rows.get(feed, []), "2026-10-31", MORNING)
    dbt_runner.build(lake.settings)
    return lake


def _number(lake: AcceptedLake, kpi: str, store: str, day: str, member: str = "all") -> tuple:
    found = _rows(
        lake,
        "select value, missing_reason, status, status_reason, worst_feed, stores_counted, "
        "stores_expected from marts.rpt_kpi_scorecard "
        f"where (kpi, store_id, kpi_date, member) = ('{kpi}', '{store}', date '{day}', '{member}')",
    )
    assert len(found) == 1, found
    return found[0]


def _rows(lake: AcceptedLake, query: str) -> list[tuple]:
    file = lake.settings.warehouse_file
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


AWAITED = (None, "not_reported", "partial", "not_reported", "ads", None, None)


@pytest.mark.parametrize(
    "kpi",
    ["ad_spend", "ad_ctr", "ad_cost_ratio", "blended_cac", "contribution_2", "contribution_3",
     "cm2_rate", "cm3_rate", "ad_budget_used", "ad_budget_pacing"],
)  # fmt: skip
def test_what_stands_on_an_account_that_has_not_reported_yet_is_absent(shop, kpi):
    assert _number(shop, kpi, "us_site", DAY_4) == AWAITED


def test_what_does_not_stand_on_it_is_there(shop):
    assert _number(shop, "contribution_1", "us_site", DAY_4)[:2] == (99.0, None)
    assert _number(shop, "contribution_2", "cn_market", DAY_4)[:2] == (700 - 1 - 70.0, None)


@pytest.mark.parametrize("member", ["searchads", "socialads", "paid_search", "social"])
def test_each_slice_of_it_is_absent_too(shop, member):
    assert _number(shop, "ad_spend", "us_site", DAY_4, member)[:2] == (None, "not_reported")


def test_a_day_an_account_passed_over_is_0_once_it_reports_a_later_one(shop):
    assert _number(shop, "ad_spend", "us_site", DAY_2, "socialads")[:2] == (0.0, None)
    assert _number(shop, "ad_spend", "us_site", DAY_2)[:3] == (10.0, None, "partial")
    assert _number(shop, "ad_spend", "us_site", DAY_2)[3] == "ripens"
    assert _number(shop, "ad_cost_ratio", "us_site", DAY_2)[:2] == (10 / 100, None)


def test_a_ratio_of_all_stores_counts_those_that_have_both_sides(shop):
    # all sales of the day would make it 70 / (100 * 7.125 + 700), half of what it is in Shanghai
    found = _number(shop, "ad_cost_ratio", "all", DAY_4)

    assert found == (70 / 700, None, "partial", "not_reported", "ads", 1, 2)
    assert _number(shop, "ad_cost_ratio", "all", DAY_2) == (
        round(10 * 7.125 + 70, 2) / (100 * 7.125 + 700), None, "partial", "ripens", None, 2, 2,
    )  # fmt: skip


def test_an_amount_of_all_stores_is_of_those_that_have_it(shop):
    assert _number(shop, "ad_spend", "all", DAY_4) == (
        70.0, None, "partial", "not_reported", "ads", 1, 2,
    )  # fmt: skip
    assert _number(shop, "net_sales", "all", DAY_4)[:2] == (1412.5, None)
    assert _number(shop, "net_sales", "all", DAY_4)[5:] == (2, 2)


def test_a_store_without_a_target_is_no_part_of_all_stores_which_are_then_a_part(shop):
    reached = 100 + 100 + 3 * 1.02

    assert _number(shop, "target_attainment", "us_site", DAY_3)[:4] == (
        reached / 1000, None, "ready", "complete",
    )  # fmt: skip
    assert _number(shop, "target_attainment", "cn_market", DAY_3)[:4] == (
        None, "no_target", "ready", "complete",
    )  # fmt: skip
    assert _number(shop, "target_attainment", "all", DAY_3) == (
        round(reached * 7.125, 2) / 7125, None, "partial", "stores_missing", None, 1, 2,
    )  # fmt: skip
    # a pace that two weeks are needed for: no store has one
    assert _number(shop, "landing_forecast", "all", DAY_3) == (
        None, "no_target", "ready", "complete", None, 0, 2,
    )  # fmt: skip


def test_money_of_all_stores_is_rounded_once(shop):
    # 3.06 dollars at 7.125 are 21.8025; each order by itself would be 7.27, and all of them 21.81
    found = _rows(
        shop,
        "select kpi, numerator from marts.fct_kpi_daily where (store_id, dimension, kpi_date) "
        "= ('all', 'all', date '2026-11-03') and kpi in ('paid_gmv', 'net_sales', 'aov')",
    )

    assert dict(found) == dict.fromkeys(["aov", "net_sales", "paid_gmv"], Decimal("721.8000"))


def test_a_change_between_different_stores_is_none(shop):
    changes = _rows(
        shop,
        "select kpi, day_before_change from marts.fct_kpi_comparisons where store_id = 'all' "
        "and dimension = 'all' and (kpi, kpi_date) in "
        f"(('ad_spend', date '{DAY_4}'), ('net_sales', date '{DAY_2}')) order by kpi",
    )

    assert changes == [("ad_spend", None), ("net_sales", 0.0)]


def test_the_reports_make_it_whole_when_they_come(shop):
    for feed in all_feeds():
        lake_rows = [_ad(SEARCH, DAY_4, "8.00", "2026-11-05 11:00:00")] if feed == "ads" else []
        shop.accept(feed, lake_rows, MORNING, NOON)
    dbt_runner.build(shop.settings, tested=False)

    # one of two accounts: its spend is a part, and no ratio of sales that the other won as well
    assert _number(shop, "ad_spend", "us_site", DAY_4)[:4] == (8.0, None, "partial", "not_reported")
    assert _number(shop, "ad_spend", "us_site", DAY_4, "searchads")[:2] == (8.0, None)
    assert _number(shop, "ad_spend", "us_site", DAY_4, "socialads")[:2] == (None, "not_reported")
    assert _number(shop, "ad_cost_ratio", "us_site", DAY_4) == AWAITED

    for feed in all_feeds():
        late = [_ad(SOCIAL, "2026-11-05", "5.00", "2026-11-06 02:00:00")] if feed == "ads" else []
        shop.accept(feed, late, NOON, "2026-11-06T06:00:00")
    dbt_runner.build(shop.settings, tested=False)

    # social passed the 4th over: it was paused
    assert _number(shop, "ad_spend", "us_site", DAY_4)[:4] == (8.0, None, "partial", "ripens")
    assert _number(shop, "ad_spend", "us_site", DAY_4, "socialads")[:2] == (0.0, None)
    assert _number(shop, "ad_cost_ratio", "us_site", DAY_4)[:2] == (8 / 100, None)
    assert _number(shop, "ad_cost_ratio", "all", DAY_4)[0] == (8 * 7.125 + 70) / (100 * 7.125 + 700)
    assert _number(shop, "ad_cost_ratio", "all", DAY_4)[5:] == (2, 2)
    assert _number(shop, "ad_budget_used", "us_site", DAY_4)[0] == (10 + 5 + 10 + 10 + 5 + 8) / 600
    found = _rows(
        shop,
        "select value from marts.fct_kpi_asof where (kpi, store_id, dimension, kpi_date) "
        f"= ('ad_spend', 'us_site', 'all', date '{DAY_4}') order by as_of_at",
    )
    assert found == [(None,), (8.0,)]


COUNTED = ("2026-11-01 20:00:00", "2026-11-02 20:00:00", "2026-11-03 20:00:00")


def test_a_warehouse_and_a_competitor_are_awaited_as_an_account_is(home_of_lakes):
    lake = AcceptedLake.emptied(home_of_lakes)
    rows: dict[str, list[Row]] = {
        "stores": [{}],
        "products": [{}],
        "fx_rates": [{}],
        "inventory": [
            {"warehouse_id": place, "snapshot_at": moment}
            for place, moments in (("east", COUNTED), ("west", COUNTED[:2]))
            for moment in moments
        ],
        "competitor_prices": [
            {"competitor": name, "competitor_sku": name, "captured_at": moment}
            for name, moments in (("alpha", COUNTED), ("beta", COUNTED[:2]))
            for moment in moments
        ],
    }
    for feed in all_feeds():
        lake.accept(feed, rows.get(feed, []), "2026-10-31", "2026-11-04T06:00:00")
    dbt_runner.build(lake.settings, tested=False)

    found = _rows(
        lake,
        "select kpi_date::varchar, kpi, status, status_reason, feed "
        "from marts.fct_kpi_readiness "
        "where kpi in ('available_units', 'price_index') and store_id = 'us_site' "
        "and kpi_date between date '2026-11-02' and date '2026-11-03' order by all",
    )

    assert found == [
        ("2026-11-02", "available_units", "ready", "complete", None),
        ("2026-11-02", "price_index", "ready", "complete", None),
        ("2026-11-03", "available_units", "partial", "not_reported", "inventory"),
        ("2026-11-03", "price_index", "partial", "not_reported", "competitor_prices"),
    ]
    assert _number(lake, "available_units", "us_site", "2026-11-03")[:2] == (5.0, None)
    assert _number(lake, "available_units", "us_site", "2026-11-02")[:2] == (10.0, None)
