"""Files that are incomplete, or not what their names suggest."""

import gzip
import json

from bad_input.case import SOMEBODY, Case
from bad_input.hosts import answers, page_of, shown
from bad_input.inputs import FEES, as_csv, as_json_lines, as_parquet, fees
from bad_input.shop import Outcome, Shop
from support.landed_windows import GOOD_ROWS

UNREADABLE = "landing refused: SourceUnreadable"
JSON_LINES = {"path": "*.jsonl*", "format": "jsonl", "columns": FEES}


def _csv(shop: Shop, content: bytes, **table: object) -> Outcome:
    return shop.files("fees", {"fees.csv": content}, **table)


def _json(shop: Shop, name: str, content: bytes) -> Outcome:
    return shop.files("fees", {name: content}, **JSON_LINES)


def _parquet(shop: Shop, content: bytes) -> Outcome:
    return shop.files("fees", {"fees.parquet": content}, path="*.parquet", format="parquet")


GOOD = as_csv(fees(3))
PRICE = GOOD_ROWS["competitor_prices"]
PACKED = gzip.compress(as_json_lines(fees(3)))
LOGIN_PAGE = f"<!DOCTYPE html>\n<title>Sign in</title>\n<p>Hello {SOMEBODY}, sign in\n".encode()

CASES = [
    Case(
        "empty-file",
        "file",
        "the file has no bytes",
        UNREADABLE,
        lambda shop: _csv(shop, b""),
        r"fees\.csv is empty.*ask its sender.*or remove it",
    ),
    Case(
        "header-only",
        "file",
        "the file has its header and no row: nothing happened",
        "accepted 0",
        lambda shop: _csv(shop, as_csv(fees(1)).splitlines(keepends=True)[0]),
    ),
    Case(
        "no-file",
        "file",
        "the expected export was not written",
        "landing refused: SourceUnreachable",
        lambda shop: shop.files("fees", {}),
        r"no file matches .*check path and share",
    ),
    Case(
        "marker-not-there",
        "file",
        "the sender has not yet marked its export as complete",
        "landing refused: SourceUnreachable",
        lambda shop: _csv(shop, GOOD, complete_when={"marker": "fees.done"}),
        r"not complete: its marker .*fees\.done is not there yet.*Land it again later",
    ),
    Case(
        "part-missing",
        "file",
        "one of the export's two parts is still on its way",
        "landing refused: SourceUnreachable",
        lambda shop: _csv(shop, GOOD, complete_when={"parts": 2}),
        r"not complete: 1 of 2 files match .*Land it again later",
    ),
    Case(
        "cut-in-a-row",
        "file",
        "the copy stopped in the middle of a row",
        UNREADABLE,
        lambda shop: _csv(shop, GOOD[:-70]),
        r"fees\.csv, line 4: Expected Number of Columns.*Correct the file",
    ),
    Case(
        "cut-in-the-last-value",
        "file",
        "the copy stopped in the last value of the last row, so only that value is wrong",
        "accepted 2, quarantined 1: type_updated_at",
        lambda shop: _csv(shop, GOOD[:-8]),
    ),
    Case(
        "packed-file-cut",
        "file",
        "the gzip file is truncated",
        UNREADABLE,
        lambda shop: _json(shop, "fees.jsonl.gz", PACKED[:-12]),
        r"Unexpected end of GZIP.*fees\.jsonl\.gz.*Correct the file",
    ),
    Case(
        "not-packed",
        "file",
        "the name ends with .gz and the content is plain",
        UNREADABLE,
        lambda shop: _json(shop, "fees.jsonl.gz", as_json_lines(fees(1))),
        r"not a GZIP stream.*fees\.jsonl\.gz.*Correct the file",
    ),
    Case(
        "packed-without-suffix",
        "file",
        "the content is gzip but the name has no .gz",
        UNREADABLE,
        lambda shop: _csv(shop, gzip.compress(GOOD)),
        r"fees\.csv is not utf-8.*re-sent",
    ),
    Case(
        "login-page",
        "file",
        "a sign-in page was downloaded under the export's name",
        UNREADABLE,
        lambda shop: _csv(shop, LOGIN_PAGE, columns=FEES),
        r"first line of .*fees\.csv has none of the expected column names.*lost its header",
    ),
    Case(
        "quote-never-closed",
        "file",
        "a quote opens in the second row and never closes",
        UNREADABLE,
        lambda shop: _csv(shop, GOOD.replace(b"pay_fee", b'"pay_fee').replace(b",x1,", b',"x1,')),
        r"fees\.csv, line 3.*unterminated quote",
    ),
    Case(
        "line-ends-change",
        "file",
        "two exports were concatenated, one with Windows line ends",
        UNREADABLE,
        lambda shop: _csv(shop, as_csv(fees(2), end="\r\n") + as_csv(fees(3)).split(b"\n", 1)[1]),
        r"changes its line ends midway.*Correct the file",
    ),
    Case(
        "old-line-ends",
        "file",
        "lines end with a lone carriage return, as on old Macs",
        "accepted 3",
        lambda shop: _csv(shop, as_csv(fees(3), end="\r")),
        reads={"amount": "2.48", "updated_at": "2026-11-22 10:00:00"},
    ),
    Case(
        "array-for-lines",
        "file",
        "one JSON array where one object per line was agreed",
        UNREADABLE,
        lambda shop: _json(shop, "fees.jsonl", b'[{"note": "' + SOMEBODY.encode() + b'"}]\n'),
        r"fees\.jsonl, line 1: Expected OBJECT.*Correct the file",
    ),
    Case(
        "json-over-lines",
        "file",
        "each JSON object spans several lines",
        UNREADABLE,
        lambda shop: _json(shop, "fees.jsonl", as_json_lines(fees(1)).replace(b", ", b",\n")),
        r"fees\.jsonl, line 1: malformed JSON",
    ),
    Case(
        "key-twice-in-a-record",
        "file",
        "a record has its amount twice, with different values",
        UNREADABLE,
        lambda shop: _json(
            shop,
            "fees.jsonl",
            as_json_lines(fees(1, order_id=SOMEBODY)).replace(
                b'"amount"', b'"amount": "9.99", "amount"'
            ),
        ),
        r"fees\.jsonl, line 1: a key that is there twice",
    ),
    Case(
        "key-twice-in-an-answer",
        "file",
        "an API's record has its amount twice, with different values",
        UNREADABLE,
        answers(b'{"fees": [{"fee_id": "1", "amount": "2.48", "amount": "9.99"}]}'),
        r"states 'amount' twice, differently; .*ask the API's owner",
    ),
    Case(
        "key-twice-alike",
        "file",
        "an API's record has its currency twice, with the same value: that is unambiguous",
        "accepted 1",
        answers(
            json.dumps({"fees": fees(1)})
            .replace('"currency"', '"currency": "USD", "currency"')
            .encode()
        ),
        reads={"currency": "USD"},
    ),
    Case(
        "key-twice-on-a-page",
        "file",
        "a competitor's page has a product with two prices",
        UNREADABLE,
        shown(page_of(PRICE).replace(b'"price"', b'"price": "31.00", "price"')),
        r"no page .*states a schema\.org Product.*1 x JSON-LD block that .*states a key twice",
    ),
    Case(
        "parquet-without-end",
        "file",
        "the Parquet file lacks its footer",
        UNREADABLE,
        lambda shop: _parquet(shop, as_parquet(shop, "select 1 as fee_id")[:-20]),
        r"No magic bytes found at end of file '.*fees\.parquet'.*Correct the file",
    ),
    Case(
        "name-like-a-pattern",
        "file",
        "a browser saved a second download as fees[1].csv, which looks like a pattern",
        "accepted 3",
        lambda shop: shop.files(
            "fees", {"fees1.csv": as_csv(fees(1)), "fees[1].csv": as_csv(fees(3)[1:])}
        ),
    ),
    Case(
        "header-without-end",
        "file",
        "fifty kilobytes of gzip unpack to one line of fifty megabytes",
        UNREADABLE,
        lambda shop: shop.files(
            "fees",
            {"fees.csv.gz": gzip.compress(b"fee_id," * 7_000_000, 1)},
            path="*.csv.gz",
        ),
        r"header goes on for more than a megabyte; ask its sender",
    ),
]
