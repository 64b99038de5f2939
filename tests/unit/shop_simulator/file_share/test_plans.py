"""The planner's files: round months, spread by weekday and promotion, in reach or nearly."""

import csv
from collections import defaultdict
from datetime import date

from shop_simulator.clock import NEVER, local_day_of
from shop_simulator.selling.ad_budgets import daily_budgets
from shop_simulator.setting.stores import STORES
from shop_simulator.world import advance, make
from support.simulated_shop import at, simulated_days

MEASURES = ("net_sales", "paid_gmv", "paid_orders")


def plan_of(home, name):
    return list(csv.DictReader((home / f"files/plans/{name}.csv").read_text().splitlines()))


def by_month(rows, *names, value):
    sums = defaultdict(float)
    for row in rows:
        sums[*(row[name] for name in names), row["day"][:7]] += float(row[value])
    return sums


def test_a_months_targets_add_up_to_a_round_sum(quiet_world):
    months = by_month(plan_of(quiet_world, "targets"), "shop", "measure", value="target")

    # In New York history begins on 31 August.
    assert set(months) == {
        (shop, measure, month)
        for shop in STORES
        for measure in MEASURES
        for month in ("2026-08", "2026-09")
    }
    for (_, measure, _), total in months.items():
        assert round(total, 2) % (1 if measure == "paid_orders" else 100) == 0, measure


def test_a_month_is_entered_on_the_twentieth_of_the_month_before(tmp_path):
    make(tmp_path, at("2026-09-10"), at("2026-09-20T08:59"), scale=0.1)
    before = {(row["day"][:7], row["saved"]) for row in plan_of(tmp_path, "targets")}
    advance(tmp_path, at("2026-09-20T09:01"))
    after = {(row["day"][:7], row["saved"]) for row in plan_of(tmp_path, "targets")}

    # What was planned before history began was carried over.
    assert before == {("2026-09", "2026-09-10T00:00:00Z")}
    assert after - before == {("2026-10", "2026-09-20T09:00:00Z")}


def test_the_european_shop_has_no_targets_for_october(world_of):
    home = world_of("2026-10-12", "2026-10-17")

    shops = {row["shop"] for row in plan_of(home, "targets") if row["day"] == "2026-10-14"}

    assert shops == {"cn_market", "us_site"}
    assert {row["shop"] for row in plan_of(home, "ad_budgets")} == set(STORES)


def test_counts_have_no_currency_and_money_has_its_stores(quiet_world):
    currencies = {(r["shop"], r["measure"], r["ccy"]) for r in plan_of(quiet_world, "targets")}

    assert {ccy for _, measure, ccy in currencies if measure == "paid_orders"} == {""}
    assert {(shop, ccy) for shop, measure, ccy in currencies if measure == "net_sales"} == {
        ("cn_market", "CNY"),
        ("us_site", "USD"),
        ("eu_shop", "EUR"),
    }


def test_a_promotion_gets_more_of_the_month_than_an_ordinary_weekday(quiet_world):
    # The American site's long weekend runs from Friday the 25th.
    targets = {
        row["day"]: float(row["target"])
        for row in plan_of(quiet_world, "targets")
        if (row["shop"], row["measure"]) == ("us_site", "paid_gmv")
    }

    assert targets["2026-09-26"] > 1.4 * targets["2026-09-19"]
    assert targets["2026-09-21"] < targets["2026-09-25"]


def test_a_target_is_near_but_not_at_reach(world_of):
    home = world_of("2026-09-01", "2026-09-02", scale=1.0)
    months = by_month(plan_of(home, "targets"), "shop", "measure", value="target")
    reached = 0.0
    for shop, store in STORES.items():
        target = months[shop, "paid_orders", "2026-09"]
        paid = sum(
            local_day_of(store.tz_name, moment).month == 9
            for day in simulated_days(shop, "2026-09-01", "2026-09-30")
            for moment in day.taken.orders["paid_ms"].tolist()
            if moment < NEVER
        )
        assert 0.86 < paid / target < 1.06, shop
        reached += paid / target / len(STORES)

    assert 0.9 < reached < 1.0


def test_all_is_the_sum_of_the_platforms_and_the_limit_of_ads(quiet_world):
    budgets = {
        (row["shop"], row["platform"], row["day"]): float(row["budget"])
        for row in plan_of(quiet_world, "ad_budgets")
    }
    cents = daily_budgets(STORES["us_site"], 0.3, date(2026, 9, 8))

    mine = {name: budgets["us_site", name, "2026-09-08"] for name in (*cents, "all")}

    assert {name: round(mine[name] * 100) for name in cents} == cents
    assert round(mine["all"] * 100) == sum(cents.values())
