"""Text that tries to do something where it is shown, stored or read."""

import json

from bad_input.case import SOMEBODY, Case
from bad_input.hosts import answers, page_of, shown
from bad_input.inputs import PRODUCTS, as_csv, as_json_lines, fees, products
from bad_input.one_window import OneWindow
from bad_input.screens import csv_for_a_spreadsheet, mail_and_page, refused_rows_in_a_terminal
from bad_input.shop import Outcome, Shop
from support.landed_windows import GOOD_ROWS

UNREADABLE = "landing refused: SourceUnreadable"
NAMES = OneWindow("products")
TEN_MEGABYTES = "x" * 10_000_000
DEEP = "[" * 100_000 + "]" * 100_000
PRICE = GOOD_ROWS["competitor_prices"]


def _kept(id: str, wrong: str, name: str) -> Case:
    """Expect a name to be kept letter by letter; how it is shown is another case."""
    provide = NAMES.with_row(product_name=name)
    return Case(id, "hostile text", wrong, "accepted", provide, reads={"product_name": name})


def _json(shop: Shop, content: bytes) -> Outcome:
    return shop.files(
        "products", {"p.jsonl": content}, path="*.jsonl", format="jsonl", columns=PRODUCTS
    )


def _deep_page() -> bytes:
    product = json.dumps({"@type": "Product", **PRICE})
    deep = '{"@graph":' * 900 + "[]" + "}" * 900
    scripts = (f'<script type="application/ld+json">{text}</script>' for text in (deep, product))
    return "".join(scripts).encode()


CASES = [
    _kept("formula", "a name that a spreadsheet would run", "=cmd|' /C calc'!A0"),
    _kept("html", "a name that a browser would run", "<img src=x onerror=alert(1)>"),
    _kept("template", "a name that a template would run", "{{ 7 * 7 }} ${7*7} %s {0}"),
    _kept("sql", "a name that ends a statement", "'; drop table orders; --"),
    _kept("terminal-escapes", "a name that clears a terminal", "\x1b[2J\x1b[31mKettle"),
    _kept("rich-markup", "a name in the markup of our terminal tables", "[bold red]Kettle[/]"),
    _kept("backwards", "a right-to-left override in a name", "Kettle \u202egnp.exe"),
    _kept("line-break", "a name that would begin another mail header", "Kettle\r\nBcc: x@y.z"),
    Case(
        "ten-megabytes",
        "hostile text",
        "a name of ten million characters",
        "accepted 12, quarantined 1: type_product_name",
        lambda shop: _json(
            shop,
            as_json_lines(
                [
                    *(row | {"sku": f"K-{n}"} for n in range(12) for row in products()),
                    *products(product_name=TEN_MEGABYTES),
                ]
            ),
        ),
    ),
    Case(
        "ten-megabytes-alone",
        "hostile text",
        "the only row has it, and the message must not be as long",
        "rejected: type_product_name",
        lambda shop: _json(shop, as_json_lines(products(product_name=TEN_MEGABYTES))),
        r"product_name to be text.*'x+…'.*Fix the source",
    ),
    Case(
        "ten-megabytes-in-csv",
        "hostile text",
        "a CSV line of ten million characters",
        UNREADABLE,
        lambda shop: shop.files("products", {"p.csv": as_csv(products(brand=TEN_MEGABYTES))}),
        r"p\.csv, line 2: Maximum line size of 2000000 bytes exceeded",
    ),
    Case(
        "ten-megabytes-of-key",
        "hostile text",
        "ten million characters where a SKU belongs",
        "rejected: type_sku",
        lambda shop: _json(shop, as_json_lines(products(sku=TEN_MEGABYTES))),
        r"sku='x+…'",
    ),
    Case(
        "deep-record",
        "hostile text",
        "a JSON record nested a hundred thousand deep",
        "rejected: type_brand",
        lambda shop: _json(shop, as_json_lines(products(brand="?")).replace(b'"?"', DEEP.encode())),
        r"brand to be text",
    ),
    Case(
        "deep-answer",
        "hostile text",
        "an API's record nested a hundred thousand deep",
        UNREADABLE,
        answers(f'{{"fees": [{{"order_id": {DEEP}}}]}}'.encode()),
        r"a record is nested deeper than can be read; ask its sender",
    ),
    Case(
        "deep-page",
        "hostile text",
        "a page's first JSON-LD block is nested too deep; the second states a product",
        "accepted 1",
        shown(_deep_page()),
        reads={"competitor_sku": "A-9"},
    ),
    Case(
        "endless-number",
        "hostile text",
        "an API's amount has six thousand digits",
        "rejected: type_amount",
        answers(json.dumps({"fees": fees(1, amount="?")}).replace('"?"', "9" * 6000).encode()),
        r"amount to be money.*'9+…'",
    ),
    Case(
        "script-in-a-page",
        "hostile text",
        "a competitor's product is named like the end of a script",
        "accepted 1",
        shown(page_of({**PRICE, "product_name": "a <!-- b --> c &lt;/script&gt;"})),
        reads={"product_name": "a <!-- b --> c &lt;/script&gt;"},
    ),
    Case(
        "seen-in-mail-and-page",
        "hostile text",
        "store, channel and category are named like scripts, escapes and overrides",
        "shown as text",
        mail_and_page,
    ),
    Case(
        "seen-in-a-terminal",
        "hostile text",
        f"refused rows hold escapes and markup, and {SOMEBODY}'s name",
        "shown as text",
        refused_rows_in_a_terminal,
    ),
    Case(
        "seen-in-a-spreadsheet",
        "hostile text",
        "refused rows hold formulas, and somebody exports them",
        "shown as text",
        csv_for_a_spreadsheet,
    ),
]
