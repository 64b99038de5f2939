"""The stock ledger adds up, and agrees with the orders."""

import pandas as pd

from support.simulated_shop import query

KEY = ["shop", "warehouse", "item_no"]


def ledger_of(home):
    return pd.read_parquet(home / "stock.parquet").sort_values([*KEY, "snapshot_ms"])


def test_opening_and_received_less_shipped_and_sent_back_is_closing(world_of):
    ledger = ledger_of(world_of("2026-10-18", "2026-11-03", scale=1.0))

    assert ledger["received"].sum() > 0
    assert ledger["shipped"].sum() > 0
    expected = ledger["opening"] + ledger["received"] - ledger["shipped"] - ledger["sent_back"]
    assert (expected == ledger["on_hand"]).all()


def test_a_day_opens_with_what_the_day_before_closed_with(world_of):
    ledger = ledger_of(world_of("2026-10-18", "2026-11-03", scale=1.0))

    before = ledger.groupby(KEY)["on_hand"].shift()

    later = before.notna()
    assert later.sum() > 1_000
    assert (before[later] == ledger["opening"][later]).all()


def test_what_can_be_sold_is_on_hand_less_reserved_less_damaged_and_never_negative(world_of):
    ledger = ledger_of(world_of("2026-10-18", "2026-11-03", scale=1.0))

    unsaleable = ledger["reserved"] + ledger["damaged"]
    assert ledger["damaged"].sum() > 0
    assert (ledger["available"] == ledger["on_hand"] - unsaleable).all()
    counted = ["on_hand", "reserved", "damaged", "available", "in_transit"]
    assert ledger[counted].to_numpy().min() >= 0


def test_the_ledger_has_every_unit_ordered_and_none_twice(quiet_world):
    """All that was ordered by the last count is shipped, reserved, or free again."""
    ledger = ledger_of(quiet_world)
    last = ledger[ledger["shop"] == "us_site"].groupby(KEY).tail(1)
    counted = pd.Timestamp(last["snapshot_ms"].max(), unit="ms").strftime("%Y-%m-%d %H:%M:%S")

    shipped = ledger.loc[ledger["shop"] == "us_site", "shipped"].sum()
    ordered, freed = query(
        quiet_world,
        f"""
        select sum(qty),
            sum(case when orders.cancelled_at < '2026-09-14 04:00:00' then qty else 0 end)
        from sales_order_items as line
        inner join sales_orders as orders using (shop_code, order_no)
        where shop_code = 'us_site' and line_type = 'goods' and orders.placed_at < '{counted}'""",
    )[0]

    assert counted == "2026-09-15 03:00:00"
    assert shipped + last["reserved"].sum() + freed == ordered


def test_snapshots_are_taken_at_eleven_at_night_local(quiet_world):
    ledger = ledger_of(quiet_world)
    zones = {
        "cn_market": "Asia/Shanghai",
        "us_site": "America/New_York",
        "eu_shop": "Europe/Berlin",
    }

    for shop, zone in zones.items():
        moments = pd.to_datetime(
            ledger.loc[ledger["shop"] == shop, "snapshot_ms"].unique(), unit="ms", utc=True
        ).tz_convert(zone)
        assert set(moments.hour) == {23}
        assert moments.is_unique
        assert len(moments) >= 14


def test_some_goods_run_out_now_and_then(world_of):
    ledger = ledger_of(world_of("2026-10-18", "2026-11-03", scale=1.0))
    sku_days = ledger.groupby(["shop", "item_no", "snapshot_ms"])["available"].sum()

    assert 0 < (sku_days <= 0).mean() < 0.05


def test_the_oldest_unit_is_never_younger_than_the_count_and_ages_until_it_is_gone(world_of):
    ledger = ledger_of(world_of("2026-09-01", "2026-09-29T04:00"))
    begun = ledger["snapshot_ms"].min()
    there = ledger[ledger["on_hand"] > 0]

    assert (ledger["first_in_ms"].eq(2**60) == ledger["on_hand"].eq(0)).all()
    assert (there["first_in_ms"] < there["snapshot_ms"]).all()
    assert there.groupby(KEY)["first_in_ms"].is_monotonic_increasing.all()
    last = there.groupby(KEY).tail(1)
    assert (last["first_in_ms"] < begun).any(), "some of the opening stock is left"
    assert (last["first_in_ms"] > begun).any(), "and some shelves hold later deliveries only"
