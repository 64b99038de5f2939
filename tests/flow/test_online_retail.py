"""A real shop's year, mapped as a user would, loses no line and no penny on the way to KPIs."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from storepulse.extract.land import land
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import quarantined_by_feed, quarantined_by_rule
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.transform import dbt_runner
from storepulse.validate import validate
from storepulse.windows import Window

SOURCE = "online_retail"
DATA = (
    Path(os.environ.get("STOREPULSE_TEST_DATA", PROJECT_ROOT.parent / "shared" / "data")) / SOURCE
)
YEAR = Window.from_iso("2009-12-01", "2010-12-10")
FEEDS = ("stores", "products", "orders", "order_lines", "refunds")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.realdata,
    pytest.mark.skipif(
        not any(DATA.glob("*.parquet")),
        reason=f"no real data in {DATA}; set STOREPULSE_TEST_DATA to its folder",
    ),
]


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Land and validate the year once; gives the settings and a result per feed."""
    settings = Settings(home=tmp_path_factory.mktemp("year"))
    results = {}
    for feed in FEEDS:
        land(settings, SOURCE, feed, YEAR, run_id="test", data=DATA)
        results[feed] = validate(settings, SOURCE, feed, YEAR)
    return settings, results


@pytest.fixture
def accepted(year):
    """Query accepted rows: `{feed}` in the SQL is replaced by the feed's file."""
    settings, _ = year
    places = {
        feed: f"read_parquet('{WindowFiles(settings, feed, SOURCE, YEAR).accepted}')"
        for feed in FEEDS
    }

    def answer(sql):
        with duckdb.connect() as con:
            return con.execute(sql.format(**places)).fetchall()

    return answer


def of_the_file(sql):
    """Query the shop's file itself, without the mapping."""
    lines = f"""
        select "Invoice" as invoice, upper(trim("StockCode")) as code, "Quantity" as quantity,
            cast("Price" as decimal(18, 6)) as price, "InvoiceDate" as invoiced_at,
            "Customer ID" as customer
        from read_parquet('{DATA}/*.parquet')
    """
    with duckdb.connect() as con:
        return con.execute(f"with lines as ({lines}) {sql}").fetchall()


def table_of(settings):
    """Rows and money by rule, for the message of a failing test."""
    lines = [
        f"{one.feed:12} {one.rule or 'all rules':24} {one.rows:>8,} {one.amounts}"
        for one in [*quarantined_by_feed(settings), *quarantined_by_rule(settings)]
    ]
    return "\n" + "\n".join(lines)


def test_every_line_of_the_file_is_accepted_or_quarantined(year):
    settings, results = year
    ((lines,),) = of_the_file("select count(*) from lines")

    total = sum(
        results[feed].accepted + results[feed].quarantined for feed in ("order_lines", "refunds")
    )

    assert total == lines == 525_461, table_of(settings)


def test_quantity_times_price_is_the_same_to_the_penny_before_and_after(year, accepted):
    settings, _ = year
    ((in_the_file,),) = of_the_file("select sum(quantity * price) from lines")
    ((sold,),) = accepted("select sum(quantity * unit_price) from {order_lines}")
    ((refunded,),) = accepted("select sum(amount) from {refunds}")
    refused = {one.feed: one.amounts["GBP"] for one in quarantined_by_feed(settings)}

    total = (sold + refused["order_lines"]) - (refunded + refused["refunds"])

    assert total == in_the_file == Decimal("9539484.634"), table_of(settings)


def test_refused_lines_are_those_that_are_not_sales(year):
    settings, results = year
    ((not_sold, money),) = of_the_file(
        """
        select count(*), sum(quantity * price) from lines
        where not starts_with(invoice, 'C') and (
            starts_with(invoice, 'A') or starts_with(code, 'TEST') or starts_with(code, 'ADJUST')
            or quantity < 0 or price <= 0)
        """
    )
    by_rule = {
        (one.feed, one.rule): (one.rows, one.amounts["GBP"])
        for one in quarantined_by_rule(settings)
    }

    assert ("order_lines", "type_unit_price") not in by_rule
    assert results["order_lines"].quarantined == not_sold == 3_739, table_of(settings)
    assert results["order_lines"].amount_refused["GBP"] == money
    assert by_rule["order_lines", "quantity_positive"] == (2_121, 0)
    assert by_rule["order_lines", "unit_price_positive"] == (3_690, Decimal("-136552.02"))
    assert by_rule["refunds", "line_is_a_sale"] == (35, Decimal("2085.19"))
    # C496350: a credit note over a charge.
    assert by_rule["refunds", "amount_positive"] == (1, Decimal("-373.57")), table_of(settings)


# What is known to be wrong with the year, and how often; each kind has its own rule.
DIRT = {
    "exact repeats of lines": """
        select count(*) - (select count(*) from (select distinct * from whole)) from whole""",
    "negative quantities": "select count(*) from lines where quantity < 0",
    "lines of credit notes": "select count(*) from lines where invoice like 'C%'",
    "prices of nothing or less": "select count(*) from lines where price <= 0",
    "lines without a customer": "select count(*) from lines where customer is null",
    "lines without a description": 'select count(*) from whole where "Description" is null',
}


@pytest.fixture(scope="module")
def dirt():
    whole = f"whole as (from read_parquet('{DATA}/*.parquet'))"
    return {
        what: of_the_file(f", {whole} {counted.lstrip()}")[0][0] for what, counted in DIRT.items()
    }


def test_the_dirt_in_the_year_is_as_known(dirt):
    assert dirt == {
        "exact repeats of lines": 6_865,
        "negative quantities": 12_326,
        "lines of credit notes": 10_206,
        "prices of nothing or less": 3_690,
        "lines without a customer": 107_927,
        "lines without a description": 2_928,
    }


def test_each_kind_of_dirt_is_refused_by_its_rule_with_as_many_rows(year, dirt):
    settings, results = year
    refused = {(one.feed, one.rule): one.rows for one in quarantined_by_rule(settings)}

    assert results["refunds"].landed == dirt["lines of credit notes"]
    # One credit note, C496350, has a positive quantity.
    credit_notes_below_0 = results["refunds"].landed - 1
    assert (
        refused["order_lines", "quantity_positive"] + credit_notes_below_0
        == dirt["negative quantities"]
    )
    assert refused["order_lines", "unit_price_positive"] == dirt["prices of nothing or less"]
    assert not [rule for _, rule in refused if rule == "duplicate_key"]


def test_lines_without_a_description_are_stocktake_notes_without_a_price(year, dirt):
    settings, _ = year
    ((worth_nothing,),) = of_the_file(
        f", whole as (from read_parquet('{DATA}/*.parquet')) "
        'select count(*) from whole where "Description" is null and "Price" = 0'
    )
    quarantined = WindowFiles(settings, "order_lines", SOURCE, YEAR).quarantined
    ((lowest,),) = duckdb.sql(
        f"select min(unit_price::decimal(18, 2)) from '{quarantined}'"
    ).fetchall()

    assert worth_nothing == dirt["lines without a description"]
    assert lowest == Decimal("-53594.36")


def test_pads_that_cost_less_than_a_penny_are_sold(accepted):
    of_pads = accepted(
        "select unit_price, count(*), sum(quantity * unit_price) from {order_lines} "
        "where sku = 'PADS' group by 1 order by 1"
    )

    assert of_pads[0] == (Decimal("0.0010"), 14, Decimal("0.0140"))


def test_only_goods_codes_are_goods(accepted):
    found = dict(
        accepted("select line_kind, list(distinct sku order by sku) from {order_lines} group by 1")
    )

    assert set(found) == {"goods", "shipping", "fee", "gift_card"}
    assert found["shipping"] == ["DOT", "POST"]
    assert found["fee"] == ["AMAZONFEE", "BANK CHARGES", "C2", "D", "M", "S"]
    assert all(code.startswith("GIFT") for code in found["gift_card"])
    assert not {code for code in found["goods"] if not code[:5].isdigit()} - {
        code for code in found["goods"] if code.startswith(("DCGS", "SP")) or code == "PADS"
    }


def test_repeated_lines_are_kept_numbered_and_reported(year, accepted):
    ((repeats,),) = accepted(
        "select count(*) from {order_lines} where not ends_with(order_line_id, '-1')"
    )
    _, results = year

    assert "duplicate_key" not in results["order_lines"].refused_by_rule
    assert "lines_repeated" in {warning.rule for warning in results["order_lines"].warnings}
    assert repeats >= 6_000


def test_guests_have_no_customer_id(accepted):
    ((guests,),) = accepted("select count(*) from {orders} where customer_id is null")
    ((one,),) = accepted("select customer_id from {orders} where order_id = '489434'")
    ((expected,),) = of_the_file(
        """
        select count(distinct invoice) from lines
        where customer is null and quantity > 0 and price > 0
            and not starts_with(invoice, 'C') and not starts_with(invoice, 'A')
            and not starts_with(code, 'TEST') and not starts_with(code, 'ADJUST')
        """
    )

    assert guests == expected > 1_000
    assert one == "13085"


def test_an_orders_amounts_are_those_of_its_lines(accepted):
    differing = accepted(
        """
        with of_lines as (
            select
                order_id,
                coalesce(sum(quantity * unit_price) filter (line_kind = 'goods'), 0) as goods,
                coalesce(sum(quantity * unit_price) filter (line_kind = 'shipping'), 0) as freight,
                sum(quantity * unit_price) as total
            from {order_lines} group by 1
        )
        select order_id from {orders} as orders full join of_lines using (order_id)
        where abs(goods_amount - goods) is distinct from 0
            or abs(shipping_charged - freight) is distinct from 0
            or abs(paid_amount - total) is distinct from 0
        """
    )
    tenths_of_a_penny = {order for (order,) in of_tenths()}

    assert {order for (order,) in differing} <= tenths_of_a_penny


def of_tenths():
    """List the orders with a price finer than a penny, which an order's sums round away."""
    return of_the_file("select distinct invoice from lines where price <> round(price, 2)")


@pytest.mark.parametrize(
    ("invoice", "till", "utc"),
    [
        ("514217", "2010-07-01 08:39:00", "2010-07-01 07:39:00"),
        ("489434", "2009-12-01 07:45:00", "2009-12-01 07:45:00"),
    ],
    ids=["summer", "winter"],
)
def test_london_times_are_converted_to_utc(accepted, invoice, till, utc):
    in_the_file = of_the_file(f"select distinct invoiced_at from lines where invoice = '{invoice}'")
    ours = accepted(
        f"select distinct created_at::varchar from {{orders}} where order_id = '{invoice}'"
    )

    assert (in_the_file, ours) == ([(till,)], [(utc,)])


def test_there_is_one_store_and_refunds_name_no_order(accepted):
    assert accepted("select store_id, timezone, currency from {stores}") == [
        ("online_retail_uk", "Europe/London", "GBP")
    ]
    assert accepted("select count(*) from {refunds} where order_id is not null") == [(0,)]


# Sales computed from the shop's own file, without mapping and models. An invoice of charges alone
# ("Manual", bank charges) was paid as well: 253 of them, 280,507.95 pounds, without any goods. The
# cheapest pads cost a tenth of a penny each; their lines are rounded once.
OF_SALES = """
    , sales as (
        select
            *,
            invoiced_at::timestamp::date as day,
            regexp_full_match(code, '[0-9]{5}[A-Z]*|DCGS.*|SP[0-9]+|PADS') as is_goods
        from lines
        where quantity > 0 and price > 0 and invoice not like 'C%' and invoice not like 'A%'
            and code not like 'TEST%' and code not like 'ADJUST%'
    ),
    orders as (
        select invoice, min(day) as day, round(sum(quantity * price), 2) as paid
        from sales
        group by invoice
        having paid > 0
    )
"""
BY_DAY = {
    "paid_orders": f"{OF_SALES} select day, count(*) from orders group by 1",
    "paid_gmv": f"{OF_SALES} select day, sum(paid) from orders group by 1",
    "gross_sales": f"""{OF_SALES} select orders.day, sum(round(quantity * price, 2))
        from sales inner join orders using (invoice) where is_goods group by 1""",
    "units_sold": f"""{OF_SALES} select orders.day, sum(quantity)
        from sales inner join orders using (invoice) where is_goods group by 1""",
    # goods on credit notes, which name no order
    "refund_value": """select invoiced_at::timestamp::date as day, sum(-quantity * price)
        from lines where invoice like 'C%' and quantity < 0 and price > 0
        and regexp_full_match(code, '[0-9]{5}[A-Z]*|DCGS.*|SP[0-9]+|PADS') group by 1""",
}
OF_THE_YEAR = {
    "paid_orders": 20_902,
    "paid_gmv": Decimal("10296037.03"),
    "gross_sales": Decimal("9838747.94"),
    "units_sold": 5_825_568,
    "refund_value": Decimal("247831.81"),
}


@pytest.fixture(scope="module")
def warehouse(year):
    """The warehouse of the year, built once; gives a function that queries it."""
    settings, _ = year
    dbt_runner.build(settings)

    def answer(sql):
        with duckdb.connect(settings.warehouse_file, read_only=True) as con:
            return con.execute(sql).fetchall()

    return answer


@pytest.mark.parametrize("kpi", BY_DAY)
def test_every_day_equals_the_shops_own_file(warehouse, kpi):
    in_the_file = dict(of_the_file(BY_DAY[kpi]))

    published = dict(
        warehouse(
            "select kpi_date, numerator from marts.fct_kpi_daily "
            f"where kpi = '{kpi}' and store_id = 'online_retail_uk' and dimension = 'all'"
        )
    )

    assert (min(published), max(published)) == (date(2009, 12, 1), date(2010, 12, 9))
    assert len(published) == 374
    assert {day: amount for day, amount in published.items() if amount} == in_the_file
    assert sum(published.values()) == OF_THE_YEAR[kpi]
