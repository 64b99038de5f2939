"""Text in another encoding than agreed, or in none."""

import json

from bad_input.case import SOMEBODY, Case
from bad_input.hosts import answers, page_of, shown
from bad_input.inputs import PRODUCTS, as_csv, as_json_lines, fees, products, statement
from bad_input.one_window import OneWindow
from bad_input.shop import Outcome, Shop
from support.landed_windows import GOOD_ROWS, good_rows

UNREADABLE = "landing refused: SourceUnreadable"
CAFE = as_csv(products(product_name=f"café {SOMEBODY}", brand="x"))
PRICE = GOOD_ROWS["competitor_prices"]
NAMES = OneWindow("products")


def _csv(shop: Shop, content: bytes, **table: object) -> Outcome:
    return shop.files("products", {"products.csv": content}, **table)


def _json(shop: Shop, content: bytes) -> Outcome:
    return shop.files(
        "products", {"p.jsonl": content}, path="*.jsonl", format="jsonl", columns=PRODUCTS
    )


def _latin_far_down() -> bytes:
    good = as_csv(good_rows("products", 3000))
    return good + CAFE.decode().split("\n", 1)[1].encode("latin-1")


def _quoted_header() -> bytes:
    header, rows = as_csv(products()).split(b"\n", 1)
    return b"\xef\xbb\xbf" + b",".join(b'"%b"' % name for name in header.split(b",")) + b"\n" + rows


def _latin_in_a_database(shop: Shop) -> Outcome:
    made = statement("given", products())
    # SQLite stores any bytes it is given as text.
    sql = f"update given set brand = cast(x'{f'café {SOMEBODY}'.encode('latin-1').hex()}' as text)"
    return shop.database("products", [*made, sql])


CASES = [
    Case(
        "byte-order-mark",
        "encoding",
        "a byte-order mark precedes a quoted header, as spreadsheets write it",
        "accepted 1",
        lambda shop: _csv(shop, _quoted_header()),
        reads={"store_id": "us_site", "product_name": "Kettle"},
    ),
    Case(
        "latin-1",
        "encoding",
        "the file is Latin-1 where UTF-8 was agreed",
        UNREADABLE,
        lambda shop: _csv(shop, CAFE.decode().encode("latin-1")),
        r"products\.csv is not utf-8; set `encoding:` in source\.yaml or have it re-sent",
    ),
    Case(
        "latin-1-far-down",
        "encoding",
        "the file is UTF-8 except for line 3002",
        UNREADABLE,
        lambda shop: _csv(shop, _latin_far_down()),
        r"products\.csv, line 3002: Invalid unicode",
    ),
    Case(
        "latin-1-as-agreed",
        "encoding",
        "the file is Latin-1, as configured in source.yaml",
        "accepted 1",
        lambda shop: _csv(shop, CAFE.decode().encode("latin-1"), encoding="latin-1"),
        reads={"product_name": f"café {SOMEBODY}"},
    ),
    Case(
        "utf-16",
        "encoding",
        "the file is UTF-16, as a spreadsheet calls Unicode",
        UNREADABLE,
        lambda shop: _csv(shop, CAFE.decode().encode("utf-16")),
        r"products\.csv is not utf-8; set `encoding:`",
    ),
    Case(
        "surrogate-in-utf-8",
        "encoding",
        "half of an emoji is encoded as UTF-8, which forbids that",
        UNREADABLE,
        lambda shop: _csv(shop, CAFE.replace("é".encode(), b"\xed\xa0\xbd")),
        r"products\.csv is not utf-8",
    ),
    Case(
        "surrogate-in-json",
        "encoding",
        "a JSON line contains half of an emoji",
        UNREADABLE,
        lambda shop: _json(shop, json.dumps(products(brand=f"\ud83d {SOMEBODY}")[0]).encode()),
        r"p\.jsonl, line 1: malformed JSON, no low surrogate.*Correct the file",
    ),
    Case(
        "surrogate-from-an-api",
        "encoding",
        "an API's record contains half of an emoji",
        UNREADABLE,
        answers({"fees": fees(1, order_id=f"\ud83d {SOMEBODY}")}),
        r"low surrogate",
    ),
    Case(
        "mark-in-json-lines",
        "encoding",
        "a byte-order mark precedes JSON lines",
        UNREADABLE,
        lambda shop: _json(shop, b"\xef\xbb\xbf" + as_json_lines(products())),
        r"p\.jsonl, line 1: malformed JSON, byte order mark",
    ),
    Case(
        "mark-from-an-api",
        "encoding",
        "an API begins its JSON with a byte-order mark",
        "accepted 2",
        answers(b"\xef\xbb\xbf" + json.dumps({"fees": fees(2)}).encode()),
        reads={"amount": "2.48"},
    ),
    Case(
        "latin-1-from-an-api",
        "encoding",
        "an API answers in Latin-1",
        UNREADABLE,
        answers('{"fees": ["café"]}'.encode("latin-1")),
        r"not readable as utf-8; ask its owner",
    ),
    Case(
        "page-in-no-encoding",
        "encoding",
        "a page names an encoding that exists only in Python",
        UNREADABLE,
        shown(
            page_of(GOOD_ROWS["competitor_prices"]),
            **{"Content-Type": "text/html; charset=undefined"},
        ),
        r"page in an encoding it does not state",
    ),
    Case(
        "latin-1-in-a-database",
        "encoding",
        "a SQLite column contains bytes that are not UTF-8",
        UNREADABLE,
        _latin_in_a_database,
        r"[Cc]ould not decode to UTF-8 column 'brand'; correct the mapping",
    ),
    Case(
        "nul",
        "encoding",
        "a brand contains a NUL, which PostgreSQL cannot store",
        "quarantined: type_brand",
        NAMES.with_row(brand="Bo\x00il"),
    ),
    Case(
        "nul-in-csv",
        "encoding",
        "a CSV value contains a NUL",
        "rejected: type_brand",
        lambda shop: _csv(shop, as_csv(products(brand="Bo\x00il"))),
        r"brand to be text in at least 90%.*'Bo\\x00il'",
    ),
    Case(
        "every-script",
        "encoding",
        "names in Chinese, Arabic and emoji are names",
        "accepted",
        NAMES.with_row(product_name="电热水壶 غلاية 🫖"),
        reads={"product_name": "电热水壶 غلاية 🫖"},
    ),
]
