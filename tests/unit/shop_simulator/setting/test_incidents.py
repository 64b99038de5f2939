"""Each incident shows in the store and on the days of truth.json, and nowhere else."""

from collections import Counter

import pytest

from support.simulated_shop import events_of, query, simulated_days

SPAN = ("2026-10-12", "2026-10-17")
DAY = "2026-10-14"


@pytest.fixture(scope="module")
def usual(world_of):
    return world_of(*SPAN)


def events_by_day(home, shop):
    """Distinct events of a shop by UTC day of the event and channel."""
    events = {event["id"]: event for event in events_of(home, shop)}
    return Counter((event["ts"][:10], event["channel"]) for event in events.values())


def test_broken_tracking_loses_one_channels_events_and_none_of_its_orders(world_of, usual):
    struck = world_of(*SPAN, f"tracking_broken@{DAY}:us_site")
    asked = "select order_no, src_channel, state from sales_orders order by 1"

    assert query(struck, asked) == query(usual, asked)
    during = [
        event
        for event in events_of(struck, "us_site")
        if f"{DAY}T05" < event["ts"] < "2026-10-15T03" and event["channel"] == "paid_search"
    ]
    assert during == []
    before, after = events_by_day(usual, "us_site"), events_by_day(struck, "us_site")
    elsewhere = {key for key in before if key[1] != "paid_search" or key[0] < DAY}
    assert {key: before[key] for key in elsewhere} == {key: after[key] for key in elsewhere}


def test_a_blocked_best_seller_is_out_of_stock_in_every_warehouse_and_still_on_hand(world_of):
    import pandas as pd

    struck = world_of(*SPAN, f"hero_out_of_stock@{DAY}:us_site:2")
    ledger = pd.read_parquet(struck / "stock.parquet")
    best_seller = ledger[(ledger["shop"] == "us_site") & ledger["item_no"].str.startswith("EL18")]
    moments = pd.to_datetime(best_seller["snapshot_ms"], unit="ms", utc=True)
    during = moments.dt.tz_convert("America/New_York").dt.strftime("%m-%d").isin(["10-14", "10-15"])

    assert during.sum() == 12
    assert (best_seller.loc[during, "available"] == 0).all()
    assert best_seller.loc[during, "on_hand"].sum() > 0
    assert (best_seller.loc[~during, "available"] > 0).mean() > 0.8


def test_a_price_war_is_fought_on_the_competitors_pages(world_of, usual):
    import pandas as pd

    struck = world_of(*SPAN, f"competitor_price_war@{DAY}:eu_shop:2")
    prices = [pd.read_parquet(home / "competitors.parquet") for home in (usual, struck)]
    ratio = prices[1]["price_cents"] / prices[0]["price_cents"]
    days = pd.to_datetime(prices[0]["day"], unit="D").dt.strftime("%Y-%m-%d")
    at_war = (prices[0]["market"] == "eu") & days.isin([DAY, "2026-10-15"])

    assert (ratio[~at_war] == 1).all()
    cut = ratio[at_war] < 0.99
    assert 0.3 < cut.mean() < 0.6
    assert ratio[at_war][cut].between(0.69, 0.71).all()


def test_a_leaked_coupon_raises_orders_and_lowers_their_value():
    usual, struck = (
        simulated_days("us_site", DAY, DAY, 2.0, *incident)[0].taken.orders
        for incident in ((), (f"coupon_leak@{DAY}:us_site",))
    )

    assert len(struck["due"]) > 1.5 * len(usual["due"])
    assert (struck["coupon"] == "STAFF40").mean() > 0.4
    value = [(orders["goods_total"] - orders["shop_discount"]).mean() for orders in (usual, struck)]
    assert value[1] < 0.9 * value[0]


def test_a_payment_outage_leaves_orders_unpaid(world_of, usual):
    struck = world_of(*SPAN, f"payment_outage@{DAY}:us_site")
    placed = (
        "select count(*), count(paid_at) from sales_orders where shop_code = 'us_site' "
        f"and placed_at between '{DAY} 04:00:00' and '2026-10-15 03:59:59.999'"
    )

    (usual_placed, usual_paid), (struck_placed, struck_paid) = (
        query(home, placed)[0] for home in (usual, struck)
    )

    assert struck_placed == usual_placed
    assert usual_paid > 0.8 * usual_placed
    assert struck_paid < 0.3 * struck_placed


def test_a_second_load_doubles_log_lines_and_touches_orders_again(world_of, usual):
    struck = world_of(*SPAN, f"duplicate_load@{DAY}:eu_shop")
    times = Counter(event["id"] for event in events_of(struck, "eu_shop"))
    today = [
        event["id"]
        for event in events_of(struck, "eu_shop")
        if f"{DAY}T01" < event["ts"] < f"{DAY}T21"
    ]
    asked = "select shop_code, order_no, line_no, qty, unit_price from sales_order_items"

    assert len(times) == len({event["id"] for event in events_of(usual, "eu_shop")})
    assert today
    assert min(times[event_id] for event_id in today) == 2
    assert sorted(query(struck, asked)) == sorted(query(usual, asked))
    touched = query(
        struck,
        "select count(*), sum(modified >= '2026-10-15 00:00:00') from sales_order_items "
        f"where shop_code = 'eu_shop' and placed_at between '{DAY} 00:00' and '{DAY} 21:00'",
    )[0]
    assert touched[0] == touched[1] > 0


def test_a_wave_of_bots_names_itself_and_leaves_people_alone():
    usual, struck = (
        simulated_days("us_site", DAY, DAY, 1.0, *incident)[0]
        for incident in ((), (f"bot_wave@{DAY}:us_site",))
    )

    assert struck.sessions.is_bot.sum() > 10 * usual.sessions.is_bot.sum()
    people = [int((~day.sessions.is_bot).sum()) for day in (usual, struck)]
    assert people[0] == people[1]
    assert 0.6 < struck.taken.count / usual.taken.count < 1.6
