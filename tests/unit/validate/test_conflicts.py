"""Rows with the same key and change time: equal ones are repeats, different ones conflict."""

from decimal import Decimal

import pytest
from pyarrow import parquet

from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.replay import release
from storepulse.replay.rows import Choice, chosen
from storepulse.settings import Settings
from storepulse.validate import corrections, scratch_db, validate
from storepulse.validate.suite import large_windows
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land
from support.typical_rows import other_value

ORDER = GOOD_ROWS["orders"]
# A payment's sale and capture, each joined to the order that they pay.
SALE = {**ORDER, "paid_amount": "49.99"}
CAPTURE = {**ORDER, "paid_amount": "20.00"}
LATER = {"updated_at": "2026-11-22 12:00:00"}

# Another valid value, in a column that is neither key nor change time.
OTHER_VALUES = {
    "stores": {"store_name": "Another"},
    "products": {"price": "34.00"},
    "calendar_events": {"name_zh": "双12"},
    "fx_rates": {"rate": "7.20000000"},
    "orders": {"paid_amount": "74.00"},
    "order_lines": {"quantity": "3"},
    "refunds": {"amount": "20.00"},
    "shipments": {"freight_cost": "5.50"},
    "purchase_orders": {"qty_ordered": "41"},
    "tasks": {"owner": None},
    "experiments": {"arm": "control"},
    "traffic": {"page_path": "/"},
    "inventory": {"on_hand": "41"},
    "competitor_prices": {"price": "32.00"},
    "ads": {"spend": "20.00"},
    "fees": {"amount": "0.50"},
    "targets": {"value": "4300.00"},
    "budgets": {"amount": "430.00"},
    "platform_reports": {"amount": "4300.00"},
    "checkouts": {"cart_value": "71.00"},
    "tickets": {"reopens": "1"},
    "reviews": {"stars": "5"},
}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def place(settings):
    return WindowFiles(settings, "orders", SOURCE, WINDOW)


def paid(settings):
    """The paid amounts of the accepted rows of order 1001."""
    rows = parquet.read_table(place(settings).accepted).to_pylist()
    return [str(row["paid_amount"]) for row in rows if row["order_id"] == "1001"]


def validated(settings, *rows):
    land(settings, "orders", [*good_rows("orders", 3), *rows])
    return validate(settings, SOURCE, "orders", WINDOW)


@pytest.mark.parametrize("large", [250_000, 0], ids=["frames", "a sample and SQL"])
def test_of_two_rows_that_differ_at_one_change_time_neither_is_accepted(
    settings, monkeypatch, large
):
    monkeypatch.setattr(large_windows, "ROWS", large)

    result = validated(settings, SALE, CAPTURE)

    assert (result.accepted, result.quarantined) == (3, 2)
    assert result.refused_by_rule == {"conflicting_rows": 2}
    assert result.amount_by_rule == {"conflicting_rows": {"USD": Decimal("69.99")}}
    assert result.amount_refused == {"USD": Decimal("69.99")}
    assert result.amount_landed == {"USD": Decimal("294.99")}
    assert paid(settings) == []


def test_a_conflict_names_the_columns_in_which_the_rows_differ(settings):
    validated(settings, SALE, {**CAPTURE, "coupon_code": None})

    sale, capture = chosen(settings, Choice("orders", rule="conflicting_rows"))

    assert sale["_reason"].startswith("conflicting_rows: ")
    assert sale["_reason"].endswith("; they differ in coupon_code, paid_amount")
    assert capture["_reason"] == sale["_reason"]


def test_rows_with_equal_values_are_repeats_however_they_are_written(settings):
    result = validated(settings, ORDER, {**ORDER, "paid_amount": "75.0", "is_test": "FALSE"})

    assert result.refused_by_rule == {"duplicate_key": 1}
    assert paid(settings) == ["75.00"]


def test_an_older_version_counts_while_the_newer_ones_differ(settings):
    result = validated(settings, SALE | LATER, ORDER, CAPTURE | LATER)

    assert result.refused_by_rule == {"conflicting_rows": 2}
    assert paid(settings) == ["75.00"]


def test_older_versions_that_differ_do_not_matter_if_there_is_a_newest_one(settings):
    result = validated(settings, SALE, ORDER | LATER, CAPTURE)

    assert result.refused_by_rule == {"duplicate_key": 2}
    assert paid(settings) == ["75.00"]


@pytest.mark.parametrize("large", [250_000, 0], ids=["frames", "a sample and SQL"])
@pytest.mark.parametrize(
    ("bad", "rule", "differing"),
    [
        ({"device": "fridge"}, "device_known", "device, paid_amount"),
        ({"paid_amount": "20.001"}, "type_paid_amount", "paid_amount"),
        ({"paid_amount": None, "goods_amount": "-1.00"}, "goods_amount_not_negative", ""),
        ({"coupon_code": "x" * 30_000}, "type_coupon_code", "coupon_code, paid_amount"),
    ],
)
def test_of_two_rows_that_differ_neither_is_accepted_when_one_breaks_another_rule(
    settings, monkeypatch, large, bad, rule, differing
):
    monkeypatch.setattr(large_windows, "ROWS", large)

    result = validated(settings, SALE, CAPTURE | bad)

    assert rule in result.refused_by_rule
    assert result.refused_by_rule["conflicting_rows"] == 1
    assert (result.accepted, result.quarantined) == (3, 2)
    assert paid(settings) == []
    (sale,) = chosen(settings, Choice("orders", rule="conflicting_rows"))
    assert sale["paid_amount"] == "49.99"
    assert f"they differ in {differing}" in sale["_reason"]


def test_a_value_that_could_not_be_read_conflicts_with_a_null(settings):
    result = validated(settings, ORDER | {"cancelled_at": None}, ORDER | {"cancelled_at": "soon"})

    assert result.refused_by_rule == {"conflicting_rows": 1, "type_cancelled_at": 1}
    (row,) = chosen(settings, Choice("orders", rule="conflicting_rows"))
    assert row["_reason"].endswith("; they differ in a value that could not be read")


def test_an_older_version_counts_while_the_newer_ones_differ_and_one_of_them_is_bad(settings):
    result = validated(settings, SALE | LATER, ORDER, CAPTURE | LATER | {"device": "fridge"})

    assert result.refused_by_rule == {"conflicting_rows": 1, "device_known": 1}
    assert paid(settings) == ["75.00"]


def test_a_good_old_version_is_accepted_when_the_new_one_is_bad(settings):
    result = validated(settings, SALE | LATER | {"device": "fridge"}, ORDER)

    assert result.refused_by_rule == {"device_known": 1}
    assert paid(settings) == ["75.00"]


def test_dropping_the_bad_one_of_two_conflicting_rows_accepts_the_other(settings):
    validated(settings, SALE, CAPTURE | {"device": "fridge"})
    release.drop(settings, Choice("orders", rule="device_known"), "a test of the till")

    (one,) = release.release(settings, Choice("orders"))

    assert (one.result.quarantined, one.result.dropped) == (0, 1)
    assert paid(settings) == ["49.99"]


def test_a_conflict_contains_each_version_once(settings):
    result = validated(settings, SALE, SALE, CAPTURE)

    assert result.refused_by_rule == {"conflicting_rows": 2, "duplicate_key": 1}
    assert result.amount_by_rule["conflicting_rows"] == {"USD": Decimal("69.99")}


def test_dropping_one_of_two_conflicting_rows_accepts_the_other(settings):
    validated(settings, SALE, CAPTURE)
    release.drop(settings, Choice("orders", where="paid_amount = '20.00'"), "the sale is meant")

    (one,) = release.release(settings, Choice("orders"))

    assert (one.result.quarantined, one.result.dropped) == (0, 1)
    assert paid(settings) == ["49.99"]


def test_two_rows_corrected_to_the_same_values_are_repeats(settings):
    validated(settings, SALE, CAPTURE)
    meant = Choice("orders", rule="conflicting_rows")
    release.fix(settings, meant, {"paid_amount": "'69.99'"}, "sale and capture are both paid")

    (one,) = release.release(settings, Choice("orders"))

    assert one.result.refused_by_rule == {"duplicate_key": 1}
    assert paid(settings) == ["69.99"]


@pytest.mark.parametrize("feed_name", all_feeds())
def test_rows_of_any_feed_can_be_in_conflict(settings, feed_name):
    feed = feed_named(feed_name)
    row = GOOD_ROWS[feed_name]
    other = {**row, **(OTHER_VALUES.get(feed_name) or other_value(feed_name))}
    folder = land(settings, feed_name, [row, other])
    files = WindowFiles(settings, feed_name, SOURCE, WINDOW)

    with scratch_db.opened(files) as con:
        scratch_db.landed_columns(con, folder / "rows.parquet")
        corrections.apply_decisions(con, feed, {})
        scratch_db.read_types(con, feed, files)
        scratch_db.refuse(con, feed, [])
        refused = con.execute("select _position, rules from refusals order by 1").fetchall()

    assert refused == [(1, ["conflicting_rows"]), (2, ["conflicting_rows"])]
