"""What the data tests of severity warn find, and what they leave alone."""

import duckdb
import pytest

from support.example_shop import build_only

PAID, UNCHANGED, LINES, REFUNDS = (
    "assert_orders_are_paid_as_they_add_up",
    "assert_what_changes_has_a_newer_change_time",
    "assert_order_lines_add_up_to_their_order",
    "assert_refunds_of_goods_are_net_of_tax",
)
# 100 of goods, 10 off the order, 5 off its line, 8 freight, 19 tax and a fee of 2: 114.
ORDER = {
    "status": "paid",
    "paid_at": "2026-11-01 12:05:00",
    "goods_amount": "100.00",
    "discount_merchant": "6.00",
    "discount_platform": "4.00",
    "shipping_charged": "8.00",
    "tax": "19.00",
    "paid_amount": "114.00",
}
GOODS = {"quantity": 2, "unit_price": "50.00", "line_discount": "5.00"}
FEE = {"order_line_id": "fee", "line_kind": "fee", "sku": None, "unit_price": "2.00"}
REFUND = {"order_line_id": "1", "status": "done", "refunded_at": "2026-11-02 15:00:00"}
FREIGHT = {"order_line_id": "freight", "line_kind": "shipping", "sku": None, "unit_price": "8.00"}


class Shops:
    """Shops of one lake, each with orders of its own fault."""

    def __init__(self, lake):
        self.lake = lake
        self.stores, self.orders, self.lines = [], [], []

    def sells(self, store, currency="USD", without_lines=False, **otherwise):
        """Twenty orders as they should be but for `otherwise`, which may say of each what it is."""
        self.stores.append({"store_id": store, "currency": currency})
        for number in range(20):
            columns = {name: of(number) if callable(of) else of for name, of in otherwise.items()}
            goods = {name: columns.pop(name) for name in GOODS if name in columns}
            whose = {"store_id": store, "order_id": f"{currency}-{number}", "currency": currency}
            self.orders.append(ORDER | whose | columns)
            if not without_lines:
                self.lines += [line | whose for line in (GOODS | goods, FEE, FREIGHT)]

    def built(self):
        """Lay the orders down in one window that is whole until the 4th, and build."""
        for feed, rows in (
            ("stores", self.stores),
            ("orders", self.orders),
            ("order_lines", self.lines),
        ):
            self.lake.accept(feed, rows, "2026-11-01", "2026-11-04")
        tests = (PAID, UNCHANGED, LINES, REFUNDS)
        return build_only(self.lake.settings, *tests, "fct_refunds", tested=True)


def first(count, then, otherwise):
    """Of orders numbered from 0, the first so many."""
    return lambda number: then if number < count else otherwise


@pytest.fixture(scope="module")
def built(built_shop, home_of_lakes):
    lake = built_shop.tables_copied_to(home_of_lakes)
    shops = Shops(lake)
    shops.sells("whole")
    # the tax is inside the prices: 100 - 15 + 8 + 2 are paid
    shops.sells("eu_gross", "EUR", paid_amount="95.00")
    # one order in twenty is a twentieth; a cent for each of three lines is rounding
    shops.sells("one_in_twenty", paid_amount=first(1, "113.00", "114.06"))
    shops.sells("discounted", "CAD", goods_amount="90.00", paid_amount="114.00")
    # a voucher pays twelve of it, and paid_amount has them in
    shops.sells("vouchers", gift_card_amount="12.00", paid_amount="114.00")
    shops.sells("deposits", deposit_amount="30.00", paid_amount="84.00", is_presale=True)
    # no warning about what is not settled, a trial or cancelled
    shops.sells("half_paid", paid_amount="60.00", paid_at=None)
    shops.sells("trials", paid_amount="1.00", is_test=True)
    shops.sells("cancelled", paid_amount="1.00", cancelled_at="2026-11-02 12:00:00")
    shops.sells("just_paid", paid_amount="1.00", paid_at="2026-11-03 00:00:01")
    # there are no lines to add up; without them the fee is not known either
    shops.sells("no_lines", without_lines=True, paid_amount="117.00")
    # lines of half a cent each way
    shops.sells("pads", quantity=3, unit_price="33.3350")
    shops.sells("short_lines", unit_price="45.00", goods_amount="100.00")

    # all goods go back: 100 - 15, to one shop with 19 of tax in it, to another with freight too
    given_back = {"gross_refunds": "104.00", "freight_too": "112.00", "net_refunds": "85.00"}
    for store in given_back:
        shops.sells(store)
    refunds = [
        REFUND
        | {"store_id": store, "order_id": f"USD-{number}", "refund_id": str(number)}
        | {"amount": amount if number < 2 else "1.00"}
        for store, amount in given_back.items()
        for number in range(20)
    ]
    lake.accept("refunds", refunds, "2026-11-02", "2026-11-04")

    lake.accept("fees", [{"order_id": None}], "2026-11-01", "2026-11-03")
    lake.accept("fees", [{"order_id": None}], "2026-11-01", "2026-11-02")
    lake.accept("ads", [{"store_id": "whole"}], "2026-11-01", "2026-11-03")
    later = {"store_id": "whole", "spend": "11.00", "updated_at": "2026-11-03 12:00:00"}
    lake.accept("ads", [later], "2026-11-03", "2026-11-04")
    refund = {"store_id": "whole", "order_id": None, "updated_at": "2026-11-02 13:00:00"}
    lake.accept("refunds", [refund], "2026-11-01", "2026-11-03")
    lake.accept("refunds", [refund | {"amount": "30.00"}], "2026-11-01", "2026-11-02")
    lake.accept("inventory", [{"store_id": "whole"}], "2026-11-01", "2026-11-03")
    uncounted = {"store_id": "whole", "in_transit": None}
    lake.accept("inventory", [uncounted], "2026-11-01", "2026-11-02")
    return shops.lake, {one.test: one for one in shops.built().warnings}


def stores_of(warning):
    return sorted(example.split(", ")[0].removeprefix("store_id=") for example in warning.examples)


def row_of(warning, store):
    (row,) = [one for one in warning.examples if one.startswith(f"store_id={store},")]
    return row


def test_orders_that_are_paid_otherwise_than_they_add_up_are_reported_by_store(built):
    _, warnings = built

    assert stores_of(warnings[PAID]) == [
        "deposits", "discounted", "eu_gross", "one_in_twenty", "vouchers",
    ]  # fmt: skip
    assert warnings[PAID].rows == 5


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("eu_gross", "currency=EUR, orders_with_gap=20, orders_settled=20, typical_gap=-19.00, "
                     "likely_reason=the prices seem to contain the tax"),
        ("discounted", "currency=CAD, orders_with_gap=20, orders_settled=20, typical_gap=10.00, "
                           "likely_reason=goods_amount seems to be after its discounts"),
        ("vouchers", "currency=USD, orders_with_gap=20, orders_settled=20, typical_gap=12.00, "
                     "likely_reason=paid_amount seems to contain what gift cards paid"),
        ("deposits", "currency=USD, orders_with_gap=20, orders_settled=20, typical_gap=-30.00, "
                     "likely_reason=paid_amount seems to lack the deposit"),
        ("one_in_twenty", "currency=USD, orders_with_gap=1, orders_settled=20, typical_gap=-1.00, "
                          "likely_reason=no one amount explains it"),
    ],
)  # fmt: skip
def test_the_gap_and_its_likely_reason_are_reported(built, store, message):
    _, warnings = built

    assert row_of(warnings[PAID], store) == f"store_id={store}, {message}"


def test_lines_that_do_not_add_up_to_their_order_are_reported(built):
    _, warnings = built

    assert sorted(warnings[LINES].examples) == [
        "store_id=discounted, currency=CAD, orders_with_gap=20, orders_settled=20, "
        "typical_gap=-10.00, likely_reason=goods_amount seems to be after its discounts",
        "store_id=short_lines, currency=USD, orders_with_gap=20, orders_settled=20, "
        "typical_gap=10.00, likely_reason=no one amount explains it",
    ]


def test_refunds_that_contain_the_tax_are_reported(built):
    _, warnings = built

    assert sorted(warnings[REFUNDS].examples) == [
        f"store_id={store}, currency=USD, orders_with_tax=2, orders_refunded=20"
        for store in ("freight_too", "gross_refunds")
    ]


def test_rows_of_two_windows_that_differ_at_one_change_time_are_counted(built):
    _, warnings = built

    assert sorted(warnings[UNCHANGED].examples) == [
        "feed=inventory, row_key=whole|east|sku-1|2026-11-02 04:00:00, "
        "changed_at=2026-11-02 04:00:00",
        "feed=refunds, row_key=whole|refund-1, changed_at=2026-11-02 13:00:00",
    ]


def test_of_rows_that_differ_at_one_change_time_the_one_accepted_later_counts(built):
    lake, _ = built

    with duckdb.connect(lake.settings.warehouse_file, read_only=True) as warehouse:
        found = warehouse.execute(
            "select goods_amount from marts.fct_refunds where store_id = 'whole'"
        ).fetchall()

    assert [str(amount) for (amount,) in found] == ["30.00"]
