"""Rows that cannot be identified, or look like other rows."""

from bad_input.case import SOMEBODY, Case
from bad_input.inputs import alone
from bad_input.one_window import OneWindow
from bad_input.shop import Outcome, Shop
from support.landed_windows import GOOD_ROWS, good_rows

ORDER = GOOD_ROWS["orders"]
ORDERS = OneWindow("orders")
LINES = OneWindow("order_lines")
PRODUCTS = OneWindow("products")


def _refused(id: str, wrong: str, rule: str, **changes: str | None) -> Case:
    return Case(id, "identity", wrong, f"quarantined: {rule}", ORDERS.with_row(**changes))


def _versions(shop: Shop) -> Outcome:
    older = {**ORDER, "paid_amount": "70.00", "updated_at": "2026-11-22 09:59:59"}
    return shop.rows("orders", [ORDER, older])


def _sale_and_capture(shop: Shop) -> Outcome:
    sale, capture = {**ORDER, "paid_amount": "49.99"}, {**ORDER, "paid_amount": "20.00"}
    return shop.rows("orders", [sale, capture, *good_rows("orders", 12)])


def _a_row_for_each_device(shop: Shop) -> Outcome:
    rows = [{**GOOD_ROWS["ads"], "spend": spend} for spend in ("30.20", "18.00")]
    return shop.rows("ads", [*rows, *good_rows("ads", 12)])


def _counted_by_two(shop: Shop) -> Outcome:
    counts = [{**GOOD_ROWS["inventory"], "on_hand": units} for units in ("40", "38")]
    return shop.rows("inventory", [*counts, *good_rows("inventory", 12)])


def _disputed_by_a_bad_row(shop: Shop) -> Outcome:
    sale, capture = {**ORDER, "paid_amount": "49.99"}, {**ORDER, "device": "fridge"}
    return shop.rows("orders", [sale, capture, *good_rows("orders", 12)])


def _in_another_case(shop: Shop) -> Outcome:
    shop.rows("products", [{**GOOD_ROWS["products"], "sku": "KIT-001"}])
    return shop.rows("order_lines", [{**GOOD_ROWS["order_lines"], "sku": "kit-001"}])


def _same_number_in_two_stores(shop: Shop) -> Outcome:
    return shop.rows("orders", [ORDER, {**ORDER, "store_id": "eu_shop"}])


def _half_without_keys(shop: Shop) -> Outcome:
    nameless = [{**ORDER, "order_id": None, "customer_id": SOMEBODY}] * 6
    return shop.rows("orders", [*good_rows("orders", 6), *nameless])


CASES = [
    _refused("no-key", "an order without a number", "order_id_present", order_id=None),
    _refused("empty-key", "an empty number", "type_order_id", order_id=""),
    _refused(
        "blank-key",
        "a number of blanks, one of them full-width",
        "type_order_id",
        order_id=" \u3000",
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
        "a blank after the SKU of an order line: no product has that SKU",
        "quarantined: type_sku",
        LINES.with_row(sku="KIT-001 "),
    ),
    Case(
        "line-of-a-sku-in-another-case",
        "identity",
        "an order line has the SKU of a product in lower case",
        "accepted 1, warnings: references_written_as_keys",
        _in_another_case,
        r"got 1 row where it differs .* sku='kit-001' instead of 'KIT-001' .*the mapping spell it",
    ),
    Case(
        "sku-with-blank",
        "identity",
        "a blank after a SKU makes another SKU of it",
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
        "a Mac wrote the accent as a separate character (NFD)",
        "type_order_id",
        order_id="cafe\u0301-1",
    ),
    _refused("store-like-the-total", "a store called All", "type_store_id", store_id="All"),
    Case(
        "zone-of-no-place",
        "identity",
        "a store has the time zone of a computer that nobody configured",
        "rejected: timezone_known",
        lambda shop: alone(shop, "stores", timezone="Factory"),
        r"got 1 of 1 rows.*an IANA name follows daylight saving",
    ),
    Case(
        "two-versions",
        "identity",
        "an order arrives in two versions, the older one last: the newest counts",
        "accepted 1, quarantined 1: duplicate_key, warnings: key_once",
        _versions,
        r"expected unique combinations of store_id, order_id.*got 2 of 2",
        {"paid_amount": "75.00"},
    ),
    Case(
        "sale-and-capture",
        "identity",
        "an order joined to a payment's sale and capture: two rows with one key and change time",
        "accepted 12, quarantined 2: conflicting_rows, warnings: key_once",
        _sale_and_capture,
        r"expected unique combinations of store_id, order_id.*got 2 of 14",
    ),
    Case(
        "disputed-by-a-bad-row",
        "identity",
        "one of a sale and its capture has an unknown device: neither is accepted",
        "accepted 12, quarantined 2: conflicting_rows, device_known, warnings: key_once",
        _disputed_by_a_bad_row,
    ),
    Case(
        "a-row-for-each-device",
        "identity",
        "an ad group's cost arrives once per device, and the mapping does not add it up",
        "accepted 12, quarantined 2: conflicting_rows, warnings: key_once",
        _a_row_for_each_device,
    ),
    Case(
        "counted-by-two",
        "identity",
        "two counts of one SKU at one time differ: neither is known to be right",
        "accepted 12, quarantined 2: conflicting_rows, warnings: key_once",
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
        "rejected: order_id_present",
        _half_without_keys,
        r"order_id=null.*Fix the source",
    ),
]
