"""A Brazilian marketplace's files, mapped as a user would; most of their lines are blank."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from storepulse.extract.land import land
from storepulse.feeds.sources import load_source
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import quarantined_by_rule
from storepulse.publish import publish
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.transform import dbt_runner
from storepulse.validate import validate

SOURCE = "olist"
DATA = (
    Path(os.environ.get("STOREPULSE_TEST_DATA", PROJECT_ROOT.parent / "shared" / "data")) / SOURCE
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.realdata,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not any(DATA.glob("olist_orders*.csv")),
        reason=f"no real data in {DATA}; set STOREPULSE_TEST_DATA to its folder",
    ),
]

# The files themselves, read without the mapping; times are Brazilian.
FILES = f"""
    order_lines_of_file as (from read_csv('{DATA}/olist_orders*.csv', all_varchar = true)),
    orders as (
        select
            order_id,
            order_status as status,
            strptime(order_purchase_timestamp, '%m/%d/%Y %H:%M') as purchased,
            strptime(order_approved_at, '%m/%d/%Y %H:%M') as approved,
            strptime(order_delivered_carrier_date, '%m/%d/%Y %H:%M') as handed_over,
            strptime(order_delivered_customer_date, '%m/%d/%Y %H:%M') as delivered
        from order_lines_of_file
        where order_id is not null
    ),
    payments as (from '{DATA}/olist_order_payments*.parquet'),
    products as (from read_csv('{DATA}/olist_products*.csv', all_varchar = true)),
    money as (
        select order_id, sum(payment_value::decimal(18, 2)) as amount from payments group by 1
    ),
    -- one order was delivered without being approved: it counts as paid when it was handed over
    paid as (
        select order_id, coalesce(approved, handed_over)::date as day, amount
        from orders inner join money using (order_id)
        where coalesce(approved, handed_over) is not null and amount > 0
    )
"""


def of_the_files(sql):
    with duckdb.connect() as con:
        return con.execute(f"with {FILES} {sql}").fetchall()


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """Land, validate, build and publish two years once; gives the settings and the results."""
    settings = Settings(home=tmp_path_factory.mktemp("olist"))
    shop = load_source(settings, SOURCE)
    results = {}
    for feed in shop.feeds:
        land(settings, SOURCE, feed, shop.history, run_id="test", data=DATA)
        results[feed] = validate(settings, SOURCE, feed, shop.history)
    dbt_runner.build(settings)
    publish(settings)
    return settings, results


@pytest.fixture
def accepted(years):
    """Query accepted rows: `{feed}` in the SQL is replaced by the feed's file."""
    settings, results = years
    span = load_source(settings, SOURCE).history
    places = {
        feed: f"read_parquet('{WindowFiles(settings, feed, SOURCE, span).accepted}')"
        for feed in results
    }

    def answer(sql):
        with duckdb.connect() as con:
            return con.execute(sql.format(**places)).fetchall()

    return answer


@pytest.fixture
def published(years):
    """Query the published marts."""
    settings, _ = years

    def answer(sql):
        place = settings.serving / "storepulse.duckdb"
        with duckdb.connect(place, read_only=True) as con:
            return con.execute(sql).fetchall()

    return answer


def test_every_row_of_the_files_is_accepted_or_quarantined(years):
    _, results = years
    (in_the_files,) = of_the_files(
        """
        select
            (select count(*) from orders),
            (select count(*) from orders where handed_over is not null),
            (select count(*) from products)
        """
    )

    landed = {feed: result.landed for feed, result in results.items()}

    assert landed == {
        "stores": 1, "products": 32_951, "orders": 9_999, "shipments": 9_835,
    }  # fmt: skip
    assert in_the_files == tuple(landed[feed] for feed in ("orders", "shipments", "products"))
    for feed, result in results.items():
        assert result.landed == result.accepted + result.quarantined, feed


def test_lines_of_commas_are_neither_orders_nor_refused(years):
    _, results = years
    ((lines, empty),) = of_the_files(
        "select count(*), count(*) filter (where order_id is null) from order_lines_of_file"
    )

    assert (lines, empty) == (99_441, 89_442)
    assert results["orders"].quarantined == 0


def test_the_amount_paid_is_the_same_to_the_cent_before_and_after(years, accepted):
    _, results = years
    ((in_the_files,),) = of_the_files("select sum(amount) from paid")

    ((paid,),) = accepted("select sum(paid_amount) from {orders}")

    assert paid == in_the_files == Decimal("1607445.05")
    assert not any(result.amount_refused for result in results.values())


def test_refused_parcels_are_those_with_impossible_times(years):
    settings, results = years
    (found,) = of_the_files(
        "select count(*) filter (where handed_over < purchased), "
        "count(*) filter (where delivered < handed_over), "
        "count(*) filter (where delivered < purchased) from orders"
    )

    by_rule = {quarantined.rule: quarantined.rows for quarantined in quarantined_by_rule(settings)}

    assert found == (19, 7, 6)
    assert by_rule == {
        "shipped_after_created": 19,
        "first_scan_after_created": 19,
        "delivered_after_first_scan": 7,
        "delivered_after_created": 6,
    }
    assert results["shipments"].quarantined == 19 + 7


@pytest.mark.parametrize(
    ("kpi", "aggregate", "total"),
    [("paid_orders", "count(*)", 9_979), ("paid_gmv", "sum(amount)", Decimal("1607445.05"))],
)
def test_every_day_equals_the_files(published, kpi, aggregate, total):
    in_the_files = dict(of_the_files(f"select day, {aggregate} from paid group by 1"))

    days = dict(
        published(
            "select kpi_date, numerator from marts.fct_kpi_daily "
            f"where kpi = '{kpi}' and store_id = 'olist' and dimension = 'all'"
        )
    )

    assert (min(days), max(days)) == (date(2016, 9, 4), date(2018, 9, 22))
    assert len(days) == 749
    assert {day: amount for day, amount in days.items() if amount} == in_the_files
    assert sum(days.values()) == total


def test_sales_without_order_lines_are_absent_and_not_0(published):
    assert published("select count(*) from marts.fct_kpi_daily where kpi = 'gross_sales'") == [(0,)]


def test_black_friday_stands_out(published):
    placed = dict(
        published(
            "select order_date::varchar, count(*) from marts.fct_orders where order_date "
            "between '2017-11-21' and '2017-11-27' group by 1"
        )
    )

    assert placed == {
        "2017-11-21": 26, "2017-11-22": 21, "2017-11-23": 23, "2017-11-24": 128,
        "2017-11-25": 48, "2017-11-26": 49, "2017-11-27": 44,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("order", "in_brazil", "utc"),
    [
        ("53cdb2fc8bc7dce0b6741e2150273451", "2018-07-24 20:41:00", "2018-07-24 23:41:00"),
        ("27819e1adc36766f4de3e79fa3b8c04d", "2017-11-24 23:54:00", "2017-11-25 01:54:00"),
    ],
    ids=["winter", "summer"],
)
def test_brazilian_times_are_converted_to_utc(accepted, order, in_brazil, utc):
    in_the_file = of_the_files(f"select purchased::varchar from orders where order_id = '{order}'")
    ours = accepted(f"select created_at::varchar from {{orders}} where order_id = '{order}'")

    assert (in_the_file, ours) == ([(in_brazil,)], [(utc,)])


def test_a_promised_day_lasts_until_its_end(accepted):
    # 10/18/2017 in the file, which was in daylight saving time
    assert accepted(
        "select promised_delivery_at::varchar from {shipments} "
        "where order_id = 'e481f51cbdc54678b7cc49136f2d6af7'"
    ) == [("2017-10-19 01:59:59",)]


def test_product_categories_are_in_english_where_translated(accepted):
    of_products = dict(
        accepted("select coalesce(category, 'none'), count(*) from {products} group by 1")
    )

    assert of_products["health_beauty"] == 2_444
    assert of_products["pc_gamer"] == 3
    assert of_products["none"] == 610
    assert len(of_products) == 73 + 1


def test_the_one_store_is_brazilian_and_its_buyers_are_guests(published):
    stores = published("select store_id, currency, timezone from marts.dim_stores")
    known = published("select count(*) from marts.fct_orders where customer_id is not null")

    assert stores == [("olist", "BRL", "America/Sao_Paulo")]
    assert known == [(0,)]
