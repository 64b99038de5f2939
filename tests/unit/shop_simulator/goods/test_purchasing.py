"""What is ordered from suppliers is what the stock ledger expects and receives."""

import pandas as pd
import pytest

from support.simulated_shop import query

# Between the last count of the two western stores and their next morning's deliveries.
MONTH = ("2026-09-01", "2026-09-29T04:00")
WEST = ["us_site", "eu_shop"]
KEY = ["shop", "depot", "item_no"]


@pytest.fixture(scope="module")
def home(world_of):
    return world_of(*MONTH)


@pytest.fixture(scope="module")
def ledger(home):
    rows = pd.read_parquet(home / "stock.parquet").rename(columns={"warehouse": "depot"})
    return rows[rows["shop"].isin(WEST)]


@pytest.fixture(scope="module")
def lines(home):
    columns = [*KEY, "qty", "qty_in", "qty_rejected", "state"]
    asked = f"select shop_code, {', '.join(columns[1:])} from purchase_lines"
    rows = pd.DataFrame(query(home, asked), columns=columns)
    return rows[rows["shop"].isin(WEST)]


def test_the_ledger_receives_what_orders_state_was_received(ledger, lines):
    # What is listed later lies in the warehouse before the ledger begins to count it.
    counted_from_the_first_day = ledger.groupby(KEY)["snapshot_ms"].transform("count")
    whole = ledger[counted_from_the_first_day == counted_from_the_first_day.max()]
    booked = whole.groupby(KEY)["received"].sum()

    received = lines.groupby(KEY)["qty_in"].sum()

    assert booked.sum() > 500
    assert (received.reindex(booked.index, fill_value=0) == booked).all()


def test_what_is_in_transit_is_what_open_lines_still_owe(ledger, lines):
    last = ledger.sort_values("snapshot_ms").groupby(KEY).tail(1).set_index(KEY)["in_transit"]
    waited_for = lines[lines["state"].isin(["open", "partial"])]

    owed = waited_for["qty"].sub(waited_for["qty_in"]).groupby([waited_for[n] for n in KEY]).sum()

    assert owed.sum() > 100
    assert (owed.reindex(last.index, fill_value=0) == last).all()


def test_what_inspection_rejects_is_damaged_stock_until_it_is_sent_back(ledger, lines):
    last = ledger[ledger["snapshot_ms"] == ledger.groupby("shop")["snapshot_ms"].transform("max")]

    lying = last.groupby("shop")["damaged"].sum()
    gone = ledger.groupby("shop")["sent_back"].sum()

    assert lying.sum() > 0
    assert gone.sum() > 0
    assert (lying + gone == lines.groupby("shop")["qty_rejected"].sum()).all()


def test_every_way_an_order_can_end_occurs(world_of):
    home = world_of("2026-10-18", "2026-11-03", scale=1.0)
    kinds = {
        "in time": "state = 'closed' and qty_in = qty and last_receipt_at <= eta",
        "late": "state = 'closed' and last_receipt_at > eta",
        "short": "state = 'closed' and qty_in < qty",
        "in part": "state = 'partial' and 0 < qty_in and qty_in < qty",
        "cancelled": "state = 'cancelled' and qty_in = 0 and last_receipt_at is null",
        "waited for": "state = 'open' and qty_in = 0 and last_receipt_at is null",
        "with defects": "qty_rejected > 0 and qty_rejected <= qty_in",
    }

    for kind, condition in kinds.items():
        assert query(home, f"select count(*) from purchase_lines where {condition}")[0][0], kind
    wrong = query(
        home,
        "select count(*) from purchase_lines where qty_in > qty or qty_rejected > qty_in "
        "or last_receipt_at < ordered_at or (state = 'closed') <> (qty_in > 0 and "
        "state <> 'partial')",
    )
    assert wrong == [(0,)]


def test_one_supplier_is_slow_and_one_careless(world_of):
    home = world_of("2026-10-18", "2026-11-03", scale=1.0)
    asked = """
        select vendor_no, avg(julianday(last_receipt_at) - julianday(ordered_at)),
            1.0 * sum(qty_rejected) / sum(qty_in)
        from purchase_lines where state = 'closed' group by 1"""

    days, defects = {}, {}
    for vendor, lead, defect in query(home, asked):
        days[vendor], defects[vendor] = lead, defect

    assert len(days) == 10
    assert max(days, key=days.get) == "V1010"
    assert max(defects, key=defects.get) == "V1016"


def test_a_shop_too_small_to_order_anything_on_its_first_day_can_be_made(world_of):
    home = world_of("2026-09-01", "2026-09-02", scale=0.02)

    assert query(home, "select count(*) from purchase_lines") == [(0,)]
