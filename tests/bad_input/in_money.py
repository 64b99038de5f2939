"""Amounts that are none, or not what they seem."""

from bad_input.case import Case
from bad_input.one_window import OneWindow

ORDERS = OneWindow("orders")


def _refused(id: str, wrong: str, amount: str, rule: str = "type_paid_amount") -> Case:
    return Case(id, "money", wrong, f"quarantined: {rule}", ORDERS.with_row(paid_amount=amount))


def _read(id: str, wrong: str, amount: str, read: str) -> Case:
    provide = ORDERS.with_row(paid_amount=amount)
    return Case(id, "money", wrong, "accepted", provide, reads={"paid_amount": read})


def _currency(id: str, wrong: str, code: str | None, rule: str) -> Case:
    return Case(id, "money", wrong, f"quarantined: {rule}", ORDERS.with_row(currency=code))


CASES = [
    _refused("thousands-comma", "a comma between thousands", "1,234.50"),
    _refused("decimal-comma", "a comma as the decimal point", "75,00"),
    _refused("currency-sign", "the currency's sign before the amount", "€75.00"),
    _refused("code-behind", "the currency's code after the amount", "75.00 USD"),
    _refused("accountants-minus", "parentheses as a minus sign", "(75.00)"),
    _refused("programmers-thousand", "an underscore between digits", "1_000"),
    _refused("wide-digits", "digits of a Chinese keyboard", "７５.００"),
    _refused("not-a-number", "NaN, which poisons every sum", "NaN"),
    _refused("infinite", "an amount without end", "Infinity"),
    _refused("half-a-cent", "finer than a cent: rounding would change it", "75.005"),
    _refused("forty-digits", "more than any amount column holds", "9" * 40),
    _refused("five-thousand-digits", "a number as long as a page", "9" * 5000),
    _refused(
        "negative",
        "a negative payment is a refund in the wrong feed",
        "-75.00",
        "paid_amount_not_negative",
    ),
    _refused(
        "in-cents",
        "an amount in cents of a currency that has none",
        "75000000.00",
        "paid_amount_plausible",
    ),
    _read("binary-noise", "the noise of a binary fraction", "75.30000000000000004", "75.30"),
    _read("with-exponent", "an amount with an exponent", "7.5E1", "75.00"),
    _read("spaces-around", "spaces around the amount", " 75.00 ", "75.00"),
    _currency("no-currency", "an amount without a currency", None, "currency_present"),
    _currency("test-currency", "XXX means no currency", "XXX", "currency_known"),
    _currency("abolished-currency", "marks were abolished in 2002", "DEM", "currency_known"),
    _currency(
        "currency-in-small-letters", "usd would be a slice of its own", "usd", "currency_known"
    ),
]
