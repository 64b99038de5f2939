"""Rows that cannot be told apart, or seem to be others than they are."""

from bad_input.case import SOMEBODY, Case
from bad_input.inputs import alone
from bad_input.one_window import OneWindow
from bad_input.shop import Came, Shop
from support.landed_windows import GOOD_ROWS, good_rows

ORDER = GOOD_ROWS["orders"]
ORDERS = OneWindow("orders")
LINES = OneWindow("order_lines")
PRODUCTS = OneWindow("products")


def _refused(id: str, wrong: str, rule: str, **changes: str | None) -> Case:
    return Case(id, "identity", wrong, f"quarantined: {rule}", ORDERS.with_row(**changes))


def _versions(shop: Shop) -> Came:
    older = {**ORDER, "paid_amount": "70.00", "updated_at": "2026-11-22 09:59:59"}
    return shop.rows("orders", [ORDER, older])


def _sale_and_capture(shop: Shop) -> Came:
    sale, capture = {**ORDER, "paid_amount": "49.99"}, {**ORDER, "paid_amount": "20.00"}
    return shop.rows("orders", [sale, capture, *good_rows("orders", 12)])


def _a_row_for_each_device(shop: Shop) -> Came:
    rows = [{**GOOD_ROWS["ads"], "spend": spend} for spend in ("30.20", "18.00")]
    return shop.rows("ads", [*rows, *good_rows("ads", 12)])


def _counted_by_two(shop: Shop) -> Came:
    counts = [{**GOOD_ROWS["inventory"], "on_hand": pieces} for pieces in ("40", "38")]
    return shop.rows("inventory", [*counts, *good_rows("inventory", 12)])


def _disputed_by_a_bad_row(shop: Shop) -> Came:
    sale, capture = {**ORDER, "paid_amount": "49.99"}, {**ORDER, "device": "fridge"}
    return shop.rows("orders", [sale, capture, *good_rows("orders", 12)])


def _in_another_case(shop: Shop) -> Came:
    shop.rows("products", [{**GOOD_ROWS["products"], "sku": "KIT-001"}])
    return shop.rows("order_lines", [{**GOOD_ROWS["order_lines"], "sku": "kit-001"}])


def _same_number_in_two_stores(shop: Shop) -> Came:
    return shop.rows("orders", [ORDER, {**ORDER, "store_id": "eu_shop"}])


def _half_without_keys(shop: Shop) -> Came:
    nameless = [{**ORDER, "order_id": None, "customer_id": SOMEBODY}] * 6
    return shop.rows("orders", [*good_rows("orders", 6), *nameless])


CASES = [
    _refused("no-key", "an order without a number", "order_id_present", order_id=None),
    _refused("empty-key", "a number of no characters", "type_order_id", order_id=""),
    _refused(
        "blank-key", "a number of blanks, one of them wide", "type_order_id", order_id=" \u3000"
    ),
    _refused("blank-store", "a store of blanks", "type_store_id", store_id="  "),
    _refused(
        "unseen-in-key",
        "a zero-width space makes another order of it",
        "type_order_id",
        order_id="x1\u200b",
    ),
    _refused(
        "escape-in-key",
        "a terminal's escape sequence in the number",
        "type_order_id",
        order_id="\x1b[31mx1",
    ),
    _refused(
        "backwards-key",
        "a right-to-left override turns the number around",
        "type_order_id",
        order_id="\u202e1x",
    ),
    _refused(
        "page-for-a-key",
        "a comment of five thousand characters for a number",
        "order_id_length",
        order_id="x" * 5000,
    ),
    _refused(
        "tab-in-key",
        "a tab within the number makes another order of it",
        "type_order_id",
        order_id="x\t1",
    ),
    Case(
        "line-of-a-sku-with-blank",
        "identity",
        "a blank behind the SKU of an order's line: no product is called so",
        "quarantined: type_sku",
        LINES.with_row(sku="KIT-001 "),
    ),
    Case(
        "line-of-a-sku-in-another-case",
        "identity",
        "an order's line writes the SKU of a product in small letters",
        "accepted 1, told: references_written_as_keys",
        _in_another_case,
        r"got 1 row whose sku differs .* sku='kit-001' for 'KIT-001' .*have the mapping write it",
    ),
    Case(
        "sku-with-blank",
        "identity",
        "a blank behind a SKU makes another SKU of it",
        "quarantined: type_sku",
        PRODUCTS.with_row(sku="KIT-001 "),
    ),
    _refused(
        "emoji-style-in-key",
        "a variation selector makes another order of it",
        "type_order_id",
        order_id="x1\ufe0f",
    ),
    _refused(
        "accent-put-together",
        "a Mac wrote the accent as a sign of its own (NFD)",
        "type_order_id",
        order_id="cafe\u0301-1",
    ),
    _refused("store-like-the-total", "a store called All", "type_store_id", store_id="All"),
    Case(
        "zone-of-no-place",
        "identity",
        "a store keeps the time of a machine that nobody set",
        "held back: timezone_known",
        lambda shop: alone(shop, "stores", timezone="Factory"),
        r"got 1 of 1 rows.*an IANA name follows summer time",
    ),
    Case(
        "two-versions",
        "identity",
        "an order comes in two versions, the older one last: the newest counts",
        "accepted 1, quarantined 1: duplicate_key, told: key_once",
        _versions,
        r"expected each combination of store_id, order_id once.*got 2 of 2",
        {"paid_amount": "75.00"},
    ),
    Case(
        "sale-and-capture",
        "identity",
        "an order is joined to a payment's sale and capture: two rows of one key and moment",
        "accepted 12, quarantined 2: conflicting_rows, told: key_once",
        _sale_and_capture,
        r"expected each combination of store_id, order_id once.*got 2 of 14",
    ),
    Case(
        "disputed-by-a-bad-row",
        "identity",
        "of a sale and its capture one has no known device: neither is accepted",
        "accepted 12, quarantined 2: conflicting_rows, device_known, told: key_once",
        _disputed_by_a_bad_row,
    ),
    Case(
        "a-row-for-each-device",
        "identity",
        "what an ad group cost comes once for each device, and the mapping did not add it up",
        "accepted 12, quarantined 2: conflicting_rows, told: key_once",
        _a_row_for_each_device,
    ),
    Case(
        "counted-by-two",
        "identity",
        "two counts of one shelf at one moment differ: neither is known to be right",
        "accepted 12, quarantined 2: conflicting_rows, told: key_once",
        _counted_by_two,
    ),
    Case(
        "same-number-elsewhere",
        "identity",
        "two stores use one order number, as they may",
        "accepted 2",
        _same_number_in_two_stores,
    ),
    Case(
        "half-without-keys",
        "identity",
        "half of the orders have no number: the export lost the column",
        "held back: order_id_present",
        _half_without_keys,
        r"order_id=null.*Have the source corrected",
    ),
]
