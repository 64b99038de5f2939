"""Parcels agree with their orders and with the incidents that delay them."""

from collections import Counter

import pytest

from shop_simulator.setting.carriers import CARRIERS
from support.simulated_shop import query

MONTH = ("2026-09-01", "2026-09-29")
STRUCK = "carrier_delay@2026-09-08:us_site"


@pytest.fixture(scope="module")
def usual(world_of):
    return world_of(*MONTH)


def test_an_order_travels_in_one_parcel_per_warehouse_that_holds_goods_of_it(world_of):
    home = world_of("2026-10-18", "2026-11-03", scale=1.0)
    per_order = query(
        home, "select shop_code, order_no, depot, count(*) from parcels group by 1, 2, 3"
    )
    depots = Counter(row[:2] for row in per_order)

    assert {row[3] for row in per_order} == {1}
    assert set(depots.values()) == {1, 2}


def test_only_what_is_paid_or_cash_on_delivery_is_packed(usual):
    asked = """
        select orders.pay_method, orders.paid_at is not null, count(*),
            sum(parcels.created_at < coalesce(orders.paid_at, orders.placed_at))
        from parcels inner join sales_orders as orders using (shop_code, order_no)
        group by 1, 2"""

    found = {row[:2]: row[2:] for row in query(usual, asked)}

    assert set(found) == {("online", 1), ("cod", 0), ("cod", 1)}
    assert found["online", 1][0] > 1_000
    assert found["online", 1][1] == found["cod", 0][1] == 0


def test_an_order_is_confirmed_after_its_last_parcel_was_signed_for(usual):
    asked = """
        select orders.pay_method, orders.state,
            julianday(orders.confirmed_at) - julianday(max(parcels.signed_at)),
            count(*) - count(parcels.signed_at), orders.paid_at = max(parcels.signed_at)
        from sales_orders as orders inner join parcels using (shop_code, order_no)
        where orders.confirmed_at is not null
        group by orders.shop_code, orders.order_no"""

    rows = query(usual, asked)

    assert len(rows) > 500
    assert {row[1] for row in rows} == {"completed"}
    assert {row[3] for row in rows} == {0}
    assert min(row[2] for row in rows) >= 0
    assert max(row[2] for row in rows) < 4.01
    assert {row[4] for row in rows if row[0] == "cod"} == {1}


def test_a_parcel_refused_on_delivery_cancels_its_order(world_of):
    home = world_of("2026-10-18", "2026-11-03", scale=1.0)

    rows = query(
        home,
        """
        select orders.pay_method, orders.state, orders.cancel_side, max(signed_at)
        from parcels inner join sales_orders as orders using (shop_code, order_no)
        group by orders.shop_code, orders.order_no
        having min(parcels.state) = 'refused' and max(parcels.state) = 'refused'""",
    )

    assert set(rows) == {("cod", "cancelled", "buyer", None)}


def test_a_parcels_moments_come_in_their_order_and_fit_its_state(usual):
    rows = query(
        usual,
        "select state, created_at, labelled_at, picked_up_at, signed_at, waybill_no, "
        "courier_charge, modified from parcels",
    )

    for state, created, labelled, scanned, signed, waybill, charge, modified in rows:
        known = [moment for moment in (created, labelled, scanned, signed) if moment]
        assert known == sorted(known)
        assert modified >= known[-1]
        assert (signed is not None) == (state in {"signed", "damaged"})
        assert (labelled is None) == (state == "new") == (charge is None)
        assert scanned is None or waybill is not None
    assert {row[0] for row in rows} >= {"new", "labelled", "moving", "signed", "damaged", "lost"}
    untracked = [row for row in rows if row[2] is not None and row[5] is None]
    assert 0 < len(untracked) < 0.03 * len(rows)


def test_most_parcels_are_on_time_and_some_are_not(usual):
    asked = """
        select shop_code, avg(picked_up_at > ship_by), avg(signed_at > due)
        from parcels where created_at < '2026-09-15' group by 1"""

    for shop, late_sent, late_come in query(usual, asked):
        assert 0.005 < late_sent < 0.12, shop
        assert 0.005 < late_come < 0.12, shop


def test_a_stuck_depot_makes_the_main_carriers_parcels_late_and_no_others(world_of, usual):
    struck = world_of(*MONTH, STRUCK)
    main = CARRIERS["us"][0].name
    asked = f"""
        select courier = '{main}', avg(signed_at > due)
        from parcels
        where shop_code = 'us_site'
            and picked_up_at between '2026-09-08 04:00:00' and '2026-09-11 03:59:59'
            and state = 'signed'
        group by 1 order by 1"""

    (_, others_before), (_, main_before) = query(usual, asked)
    (_, others_after), (_, main_after) = query(struck, asked)

    assert others_after == others_before
    assert main_before < 0.2
    assert main_after > 0.9
    elsewhere = "select * from parcels where shop_code <> 'us_site' order by parcel_no"
    assert query(struck, elsewhere) == query(usual, elsewhere)


def test_late_parcels_are_claimed_for(world_of, usual):
    asked = """
        select sum(reason = 'late_delivery' and slip_type = 'refund_only'),
            sum(slip_type <> 'pre_ship')
        from refund_slips where shop_code = 'us_site'"""

    before, after = (query(home, asked)[0] for home in (usual, world_of(*MONTH, STRUCK)))

    assert after[0] > before[0]
    assert after[1] > before[1]
    reasons = query(
        usual,
        """
        select slip.reason, min(parcels.state), max(parcels.state), min(signed_at > due)
        from refund_slips as slip
        inner join parcels using (shop_code, order_no)
        group by slip.reason, order_no having count(distinct parcel_no) = 1""",
    )
    assert {row[1] for row in reasons if row[0] == "damaged"} == {"damaged"}
    assert {row[1] for row in reasons if row[0] == "not_received"} <= {"lost", "returned"}
    assert {row[3] for row in reasons if row[0] == "late_delivery"} <= {1, None}


def test_stock_is_reduced_when_its_parcel_is_shipped(usual):
    import pandas as pd

    ledger = pd.read_parquet(usual / "stock.parquet")
    shop = ledger[ledger["shop"] == "eu_shop"]
    counted = pd.Timestamp(shop["snapshot_ms"].max(), unit="ms").strftime("%Y-%m-%d %H:%M:%S")

    sent = query(
        usual,
        f"select depot, count(*) from parcels where shop_code = 'eu_shop' "
        f"and labelled_at <= '{counted}' group by 1",
    )
    left = shop.groupby("warehouse")["shipped"].sum()

    for depot, parcels in sent:
        assert parcels <= left[depot] < 4 * parcels
