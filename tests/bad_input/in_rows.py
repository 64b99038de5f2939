"""Rows of a good file that cannot be right."""

from bad_input.case import SOMEBODY, Case
from bad_input.inputs import FEES, alone, as_csv, fees, products
from bad_input.one_window import OneWindow
from bad_input.shop import Outcome, Shop
from support.landed_windows import GOOD_ROWS, good_rows

ORDERS = OneWindow("orders")
LINES = OneWindow("order_lines")


def _fees_with(shop: Shop, line: str) -> Outcome:
    return shop.files("fees", {"fees.csv": as_csv(fees(12)) + line.encode() + b"\n"})


def _bare_commas(shop: Shop) -> Outcome:
    return shop.files("fees", {"fees.csv": as_csv(fees(10)) + b",,,,,,,,\n" * 90})


def _newest_is_bad(shop: Shop) -> Outcome:
    row = GOOD_ROWS["orders"]
    newer = {**row, "paid_amount": "-1.00", "updated_at": "2026-11-22 11:00:00"}
    return shop.rows("orders", [row, newer, *good_rows("orders", 12)])


CASES = [
    Case(
        "header-again",
        "row",
        "two exports were concatenated, so a header is among the rows",
        "accepted 12, quarantined 1: type_amount, type_charged_at, type_settled_at, "
        "type_updated_at",
        lambda shop: _fees_with(shop, ",".join(FEES)),
    ),
    Case(
        "columns-shifted",
        "row",
        "an unquoted comma moved every value one column to the right",
        "accepted 12, quarantined 1: type_amount, type_charged_at",
        lambda shop: _fees_with(shop, f"us_site,f-1,{SOMEBODY},,payment,USD,2.48,,"),
    ),
    Case(
        "columns-beyond",
        "row",
        "an unquoted comma moved the last value off the end",
        "landing refused: SourceUnreadable",
        lambda shop: _fees_with(shop, f"us_site,f-1,{SOMEBODY},,payment,USD,2.48,x,x,x"),
        r"fees\.csv, line 14: Expected Number of Columns: 9 Found: 10",
    ),
    Case(
        "columns-swapped",
        "row",
        "currency and amount are swapped",
        "quarantined: type_paid_amount",
        ORDERS.with_row(currency="75.00", paid_amount="USD"),
    ),
    Case(
        "bare-commas",
        "row",
        "nine rows in ten are nothing but commas, as spreadsheets save deleted rows",
        "rejected: rows_not_emptied",
        _bare_commas,
        r"90 of 100 rows that are identical.*Fix the source",
    ),
    Case(
        "unknown-status",
        "row",
        "an order has a status that no model knows",
        "quarantined: status_known",
        ORDERS.with_row(status="teleported"),
    ),
    Case(
        "two-faults",
        "row",
        "one order breaks two rules and is refused under both",
        "quarantined: device_known, tax_not_negative",
        ORDERS.with_row(device="fridge", tax="-6.00"),
    ),
    Case(
        "word-for-a-flag",
        "row",
        "a flag has a value that is neither yes nor no",
        "quarantined: type_is_test",
        ORDERS.with_row(is_test="是"),
    ),
    Case(
        "half-a-unit",
        "row",
        "an order line sells half a unit",
        "quarantined: type_quantity",
        LINES.with_row(quantity="1.5"),
    ),
    Case(
        "nothing-sold",
        "row",
        "an order line sells no unit",
        "quarantined: quantity_positive",
        LINES.with_row(quantity="0"),
    ),
    Case(
        "newest-version-bad",
        "row",
        "the newest version of an order is bad: the good one before it stays",
        "accepted 13, quarantined 1: paid_amount_not_negative, "
        "warnings: paid_amount_not_negative, key_once",
        _newest_is_bad,
        reads={"order_id": "1001", "paid_amount": "75.00"},
    ),
    Case(
        "all-optional-missing",
        "row",
        "a product has no optional value",
        "accepted 1, warnings: product_name_present",
        lambda shop: shop.rows(
            "products",
            products(
                spu=None,
                product_name=None,
                category=None,
                brand=None,
                list_price=None,
                price=None,
                unit_cost=None,
                delisted_at=None,
            ),
        ),
        r"mails name the product",
    ),
    Case(
        "only-row-bad",
        "row",
        "the only order of a quiet window is bad: half of its rows bad reject a window",
        "rejected: status_known",
        lambda shop: alone(shop, "orders", status="teleported", customer_id=SOMEBODY),
        r"1 of 1 rows failing.*storepulse ingest",
    ),
]
