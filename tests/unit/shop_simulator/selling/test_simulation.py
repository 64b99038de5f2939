"""Effects hang together: what happens to the causes shows in the numbers."""

from datetime import date

import numpy as np
import pytest

from shop_simulator.clock import hours_of_day
from shop_simulator.goods.stock import LOCATIONS, Shelves
from shop_simulator.setting.calendar import black_friday, occasions
from shop_simulator.setting.catalogue import sku_categories
from support.simulated_shop import simulated_days

EARBUDS = [51, 52, 53]


def orders_in(days):
    return sum(day.taken.count for day in days)


def people_in(days):
    return sum(int((~day.sessions.is_bot).sum()) for day in days)


def units_of(days, skus):
    return sum(int(day.baskets.quantity[np.isin(day.baskets.sku, skus)].sum()) for day in days)


def test_a_sku_out_of_stock_is_not_sold_and_few_buy_another_instead():
    usual = simulated_days("cn_market", "2026-10-12", "2026-10-15", 2.0)
    without = simulated_days(
        "cn_market", "2026-10-12", "2026-10-15", 2.0, "hero_out_of_stock@2026-10-12:cn_market"
    )
    others = [sku for sku in np.flatnonzero(sku_categories() == 5) if sku not in EARBUDS]

    assert units_of(usual, EARBUDS) > 200
    assert units_of(without, EARBUDS) == 0
    assert units_of(without, others) > 1.2 * units_of(usual, others)
    assert orders_in(without) < 0.93 * orders_in(usual)
    assert people_in(without) == people_in(usual)


def test_when_all_of_its_category_is_recalled_nobody_finds_another():
    recalled = simulated_days(
        "cn_market", "2026-10-12", "2026-10-13", 2.0, "hero_recalled@2026-10-12:cn_market"
    )
    category = np.flatnonzero(sku_categories() == sku_categories()[EARBUDS[0]])

    assert len(category) > len(EARBUDS)
    assert units_of(recalled, category) == 0


def test_visitors_who_find_nothing_do_not_fill_a_cart():
    without = simulated_days(
        "cn_market", "2026-10-12", "2026-10-12", 2.0, "hero_out_of_stock@2026-10-12:cn_market"
    )[0]

    wanted_in_vain = np.isin(without.baskets.interest, EARBUDS)

    assert wanted_in_vain.sum() > 100
    assert not without.baskets.fills_cart[wanted_in_vain].any()


def test_the_last_units_go_to_the_first_buyers():
    shelves = Shelves(7, "us_site", np.full(LOCATIONS, 1.0))
    shelves.available[:] = 0
    shelves.available[4] = 3
    nobody = np.zeros(60, dtype=bool)

    served = shelves.sell(np.array([4, 4, 4]), np.array([2, 2, 1]), np.array([0, 0, 0]), nobody)

    # Two units to the first; the second asked for two when one was left, which the third gets.
    assert served.tolist() == [0, -1, 0]
    assert shelves.available[4] == 0


def test_a_competitors_cut_lowers_conversion_and_not_traffic():
    span = ("eu_shop", "2026-10-12", "2026-10-14", 2.0)
    usual = simulated_days(*span)
    at_war = simulated_days(*span, "competitor_price_war@2026-10-12:eu_shop")

    assert people_in(at_war) == people_in(usual)
    assert orders_in(at_war) < 0.75 * orders_in(usual)


def test_a_promotion_has_more_visitors_who_buy_more_and_pay_less():
    ordinary = simulated_days("us_site", "2026-09-18", "2026-09-20", 2.0)
    promoted = simulated_days("us_site", "2026-09-25", "2026-09-27", 2.0)

    assert people_in(promoted) > 1.2 * people_in(ordinary)
    conversion = [orders_in(days) / people_in(days) for days in (ordinary, promoted)]
    assert conversion[1] > 1.15 * conversion[0]
    assert discount_rate(promoted) > 1.5 * discount_rate(ordinary)


def discount_rate(days):
    given = sum(int(day.taken.orders["shop_discount"].sum()) for day in days)
    return given / sum(int(day.taken.orders["goods_total"].sum()) for day in days)


def test_double_eleven_towers_over_the_days_before_it():
    before = simulated_days("cn_market", "2026-10-26", "2026-10-26")
    peak = simulated_days("cn_market", "2026-11-11", "2026-11-11")

    assert orders_in(peak) > 2.5 * orders_in(before)
    assert peak[0].taken.orders["platform_discount"].sum() > 0


def test_weekdays_have_their_shape():
    days = simulated_days("us_site", "2026-10-05", "2026-10-18", 2.0)

    by_weekday = {n: people_in([d for d in days if d.scene.day.weekday() == n]) for n in range(7)}

    assert by_weekday[0] > 1.1 * by_weekday[5]


def test_days_differ_a_little_more_than_chance_alone():
    counts = np.array(
        [people_in([day]) for day in simulated_days("eu_shop", "2026-10-06", "2026-11-02")]
    )
    weekly = counts.reshape(4, 7)

    relative = (weekly / weekly.mean(axis=0)).std()

    assert 1 / np.sqrt(counts.mean()) < relative < 0.12


def test_a_local_day_lasts_23_24_or_25_hours():
    lengths = [
        len(hours_of_day("Europe/Berlin", day)[0])
        for day in (date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25))
    ]

    assert lengths == [23, 24, 25]


@pytest.mark.parametrize(("year", "day"), [(2024, date(2024, 11, 29)), (2026, date(2026, 11, 27))])
def test_black_friday_follows_the_fourth_thursday(year, day):
    assert black_friday(year) == day


def test_no_promotion_hides_the_demos_last_days():
    running = [
        entry.number
        for entry in occasions(date(2026, 11, 16), date(2026, 11, 22))
        if entry.kind == "promo"
    ]

    assert running == []


def test_buyers_wait_for_a_festival_and_rest_after_it():
    days = simulated_days("cn_market", "2026-10-24", "2026-11-14", 2.0)
    conversion = {d.scene.day.day: orders_in([d]) / people_in([d]) for d in days}

    assert (conversion[30] + conversion[31]) / 2 < (conversion[25] + conversion[28]) / 2
    assert (conversion[12] + conversion[13]) / 2 < (conversion[25] + conversion[28]) / 2
