"""The accountants' settlements: each charge once, and once more when it is paid."""

import csv
from collections import Counter

import pytest

from shop_simulator.world import make
from support.simulated_shop import at, query


def entries_of(home, shop="*"):
    """Every line of the settlements, oldest file first."""
    return [
        {**entry, "file": path.parent.name}
        for path in sorted(home.glob(f"files/settlements/*/settlement-{shop}.csv"))
        for entry in csv.DictReader(path.read_text().splitlines())
    ]


@pytest.fixture(scope="module")
def six_weeks(world_of):
    return world_of("2026-09-01", "2026-10-12", scale=0.2)


def test_a_settlement_lies_under_the_day_it_was_booked(six_weeks):
    entries = entries_of(six_weeks)

    assert len(entries) > 5000
    assert {entry["file"] for entry in entries} == {
        f"dt={entry['booked'][:10]}" for entry in entries
    }
    # Three hours after local midnight: New York's night is booked at 07:00 UTC in summer.
    assert {e["booked"][11:] for e in entries if e["shop"] == "us_site"} == {"07:00:00Z"}


def test_an_entry_is_booked_once_when_it_arises_and_once_more_when_it_is_paid(six_weeks):
    entries = entries_of(six_weeks)
    times = Counter(entry["entry_no"] for entry in entries)
    first = {entry["entry_no"]: entry for entry in reversed(entries)}
    last = {entry["entry_no"]: entry for entry in entries}
    twice = [number for number in times if times[number] == 2]

    assert max(times.values()) == 2
    assert len(twice) > 1000
    assert {first[number]["paid_out_on"] for number in twice} == {""}
    for number in twice:
        assert last[number]["paid_out_on"] > first[number]["charged_on"]
        assert last[number]["charge"] == first[number]["charge"]


def test_nothing_is_charged_after_it_was_booked(six_weeks):
    for entry in entries_of(six_weeks):
        assert entry["charged_on"] <= entry["booked"], entry
        assert entry["paid_out_on"] <= entry["booked"], entry


def test_every_paid_order_is_charged_for_its_payment_to_the_cent(six_weeks):
    paid = query(
        six_weeks,
        "select order_no, round(paid_total * 0.029 + 0.30, 2) from sales_orders "
        "where shop_code = 'us_site' and paid_at < '2026-10-10' and test_order = 0",
    )
    charged = {
        entry["order_no"]: float(entry["charge"])
        for entry in entries_of(six_weeks, "us_site")
        if entry["entry_type"] == "pay_fee"
    }

    assert len(paid) > 300
    for order_no, fee in paid:
        assert charged[order_no] == pytest.approx(fee, abs=0.011)


def test_the_marketplace_takes_five_percent_of_what_was_confirmed_and_gives_it_back(six_weeks):
    commissions = [e for e in entries_of(six_weeks) if e["entry_type"] == "commission"]
    charges = {e["entry_no"]: e for e in commissions}
    taken = [e for e in charges.values() if float(e["charge"]) > 0]
    given_back = [e for e in charges.values() if float(e["charge"]) < 0]
    paid = dict(query(six_weeks, "select order_no, paid_total from sales_orders"))

    assert {e["shop"] for e in commissions} == {"cn_market"}
    assert len(taken) > 300
    for entry in taken:
        assert float(entry["charge"]) == pytest.approx(0.05 * paid[entry["order_no"]], abs=0.011)
    assert 0.02 < len(given_back) / len(taken) < 0.25
    assert {e["order_no"] for e in given_back} <= {e["order_no"] for e in taken}


def test_an_order_that_was_shipped_was_picked_and_packed(six_weeks):
    entries = entries_of(six_weeks, "eu_shop")
    picked = {e["order_no"] for e in entries if e["entry_type"] == "pick_pack"}
    boxed = {e["order_no"] for e in entries if e["entry_type"] == "box"}
    completed = query(
        six_weeks,
        "select order_no from sales_orders where shop_code = 'eu_shop' "
        "and state = 'completed' and confirmed_at < '2026-10-10' and test_order = 0",
    )

    assert picked == boxed
    assert {number for (number,) in completed} <= picked


def test_each_warehouse_asks_rent_once_a_day_and_platforms_once_a_month(six_weeks):
    charges = {e["entry_no"]: e for e in entries_of(six_weeks, "eu_shop")}
    rent = Counter(e["charged_on"][:10] for e in charges.values() if e["entry_type"] == "storage")
    months = sorted(
        e["charged_on"][:7] for e in charges.values() if "subscription" in e["entry_no"]
    )

    assert set(rent.values()) == {2}
    assert len(rent) == 40
    # September's comes with the beginning of history, October's at 23:00 UTC of 30 September.
    assert months == ["2026-09", "2026-09"]


def test_every_store_pays_its_platform_from_the_beginning(six_weeks):
    charges = {e["entry_no"] for e in entries_of(six_weeks) if e["entry_type"] == "subscription"}

    assert {number for number in charges if number.endswith("2026-09")} == {
        "subscription-cn_market-2026-09",
        "subscription-us_site-2026-09",
        "subscription-eu_shop-2026-09",
    }


def test_warehouses_are_paid_on_the_fifth_of_the_next_month(six_weeks):
    paid = {
        entry["paid_out_on"][:10]
        for entry in entries_of(six_weeks, "us_site")
        if entry["entry_type"] in {"pick_pack", "storage"} and entry["paid_out_on"]
    }

    # History begins at 20:00 of 31 August in New York: those hours are August's.
    assert paid == {"2026-09-05", "2026-10-05"}


def test_carrying_a_world_on_leaves_older_settlements_alone(tmp_path):
    make(tmp_path / "grown", at("2026-09-01"), at("2026-09-04T09:00"), scale=0.2)
    before = {
        path: path.stat().st_mtime_ns for path in (tmp_path / "grown").glob("files/*/*/*.csv")
    }
    make(tmp_path / "grown", at("2026-09-01"), at("2026-09-06"), scale=0.2)

    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "grown").glob("files/*/*/*.csv")}
    assert before
    assert before.items() <= after.items()
    assert len(after) > len(before)
