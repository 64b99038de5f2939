"""The platforms' exports: their own figure for each day, restated, and close to the shop's."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from shop_simulator.world import make
from support.simulated_shop import at, query

# Hours by which the stores' clocks are ahead of UTC in September and early October.
CLOCK = {"cn_market": "+8 hours", "us_site": "-4 hours", "eu_shop": "+2 hours"}
# What each platform counts, from the shop's own database: goods less discounts of an order.
NET_OF_ORDER = """
    select shop_code, order_no, sum(qty * unit_price - line_discount) as net
    from sales_order_items where line_type = 'goods' group by shop_code, order_no
"""
PLACED = f"""
    select date(placed_at, '{{clock}}') as day, net - shop_discount - platform_discount as amount
    from sales_orders join ({NET_OF_ORDER}) using (shop_code, order_no)
    where shop_code = '{{shop}}' and test_order = 0 and cancelled_at is null
"""
AS_THE_SHOP_HAS_IT = {
    "cn_market": """
        select date(paid_at, '{clock}') as day, paid_total as amount
        from sales_orders where shop_code = '{shop}' and paid_at is not null
    """,
    "us_site": f"""
        {PLACED} union all
        select date(slips.done_at, '{{clock}}') as day, -slips.amount
        from refund_slips as slips join sales_orders as orders using (shop_code, order_no)
        where slips.shop_code = '{{shop}}' and slips.done_at is not null
        and orders.test_order = 0 and orders.cancelled_at is null
    """,
    "eu_shop": PLACED,
}


def exports_of(home, shop="*"):
    """Every line of the exports, oldest file first."""
    return [
        {**line, "file": path.parent.name}
        for path in sorted(home.glob(f"files/platform_reports/*/report-{shop}.csv"))
        for line in csv.DictReader(path.read_text().splitlines())
    ]


def last_reported(home, shop):
    """The amount of each day, as the platform reported it last."""
    return {line["day"]: float(line["amount"]) for line in exports_of(home, shop)}


def counted(home, shop):
    """The amount of each day in the shop's database at the clock."""
    sql = AS_THE_SHOP_HAS_IT[shop].format(shop=shop, clock=CLOCK[shop])
    return dict(query(home, f"select day, round(sum(amount), 2) from ({sql}) group by day"))


@pytest.fixture(scope="module")
def six_weeks(world_of):
    return world_of("2026-09-01", "2026-10-12", scale=0.3)


def test_an_export_lies_under_the_day_it_was_made_at_six_in_the_morning_of_the_store(six_weeks):
    exports = exports_of(six_weeks)

    assert {line["file"] for line in exports} == {f"dt={line['exported'][:10]}" for line in exports}
    assert {(line["shop"], line["exported"][11:]) for line in exports} == {
        ("cn_market", "22:00:00Z"),
        ("us_site", "10:00:00Z"),
        ("eu_shop", "04:00:00Z"),
    }


def test_each_platform_reports_its_own_figure_in_the_stores_currency(six_weeks):
    assert {
        (line["shop"], line["platform"], line["figure"], line["ccy"])
        for line in exports_of(six_weeks)
    } == {
        ("cn_market", "sycm", "pay_amount", "CNY"),
        ("us_site", "shopify", "net_sales", "USD"),
        ("eu_shop", "daasity", "revenue", "EUR"),
    }


@pytest.mark.parametrize(
    ("shop", "first", "last", "missing"),
    [
        # history begins at eight in the morning in Shanghai, at two in Berlin
        ("cn_market", date(2026, 9, 2), date(2026, 10, 11), set()),
        ("us_site", date(2026, 9, 1), date(2026, 10, 10), set()),
        ("eu_shop", date(2026, 9, 2), date(2026, 10, 10), {"2026-10-08"}),
    ],
)
def test_every_whole_day_is_reported_the_morning_after_but_one(
    six_weeks, shop, first, last, missing
):
    first_reported = {}
    for line in exports_of(six_weeks, shop):
        first_reported.setdefault(line["day"], line["exported"])

    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    assert set(first_reported) == {str(day) for day in days} - missing
    after = {"cn_market": 0, "us_site": 1, "eu_shop": 1}[shop]
    for day, exported in first_reported.items():
        assert exported[:10] == str(date.fromisoformat(day) + timedelta(days=after))


def test_the_morning_of_the_failed_export_has_no_file_and_its_changes_follow_a_day_later(six_weeks):
    mornings = {line["exported"][:10] for line in exports_of(six_weeks, "eu_shop")}
    news = {
        line["day"] for line in exports_of(six_weeks, "eu_shop") if "10-10T" in line["exported"]
    }

    assert "2026-10-09" not in mornings
    assert {"2026-10-07", "2026-10-09"} <= news


def test_a_day_is_reported_again_only_when_its_figure_has_changed(six_weeks):
    reported = defaultdict(list)
    for line in exports_of(six_weeks):
        reported[line["shop"], line["day"]].append(line["amount"])

    for amounts in reported.values():
        assert all(one != other for one, other in pairwise(amounts))
    # unpaid orders are closed within a day, and then they were no sales
    restated = {shop for (shop, _), amounts in reported.items() if len(amounts) > 1}
    assert restated == {"us_site", "eu_shop"}
    firsts = sum(float(amounts[0]) for (shop, _), amounts in reported.items() if shop == "eu_shop")
    lasts = sum(float(amounts[-1]) for (shop, _), amounts in reported.items() if shop == "eu_shop")
    assert 0.88 < lasts / firsts < 0.97


def test_the_sites_platforms_agree_with_the_database_but_for_fractions(six_weeks):
    for shop, most in (("us_site", 0.40), ("eu_shop", 0.50)):
        ours, theirs = counted(six_weeks, shop), last_reported(six_weeks, shop)
        # what the last mornings could not know yet
        days = [day for day in theirs if day <= "2026-10-08"]
        gaps = {day: round(ours[day] - theirs[day], 2) for day in days}

        assert len(days) > 35
        assert max(map(abs, gaps.values())) <= most, (shop, gaps)
        assert any(gaps.values()), shop


def test_a_payment_cleared_after_midnight_is_of_the_next_day_on_the_marketplace(world_of):
    home = world_of("2026-09-01", "2026-10-12", scale=1.0)
    ours, theirs = counted(home, "cn_market"), last_reported(home, "cn_market")
    late = dict(
        query(
            home,
            "select date(paid_at, '+8 hours'), sum(paid_total) from sales_orders "
            "where shop_code = 'cn_market' and time(paid_at, '+8 hours') >= '23:59:00' group by 1",
        )
    )

    days = sorted(theirs)[1:]
    assert late
    for day in days:
        before = str(date.fromisoformat(day) - timedelta(days=1))
        expected = ours[day] - late.get(day, 0) + late.get(before, 0)
        assert theirs[day] == pytest.approx(expected, abs=0.005), day
    gaps = [abs(ours[day] / theirs[day] - 1) for day in days]
    assert sum(gap == 0 for gap in gaps) > 0.7 * len(gaps)
    assert 0.001 < max(gaps) < 0.03


def test_a_world_carried_on_has_the_exports_of_one_made_at_once(tmp_path):
    make(tmp_path / "grown", at("2026-09-01"), at("2026-09-04T09:00"), scale=0.2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "grown").rglob("report-*.csv")}
    make(tmp_path / "grown", at("2026-09-01"), at("2026-09-06"), scale=0.2)
    make(tmp_path / "at_once", at("2026-09-01"), at("2026-09-06"), scale=0.2)

    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "grown").rglob("report-*.csv")}
    assert before
    assert before.items() <= after.items()
    assert exports_of(tmp_path / "grown") == exports_of(tmp_path / "at_once")
