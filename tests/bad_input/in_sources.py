"""Hosts, databases and folders that do not answer, or answer something else."""

import gzip
import sqlite3
import time
from collections.abc import Callable
from functools import partial

from bad_input.case import SECRET, SOMEBODY, Case
from bad_input.hosts import FEES, LINKED, NUMBERED, answers, api, page_of, shown
from bad_input.inputs import as_csv, fees, statement
from bad_input.shop import Came, Shop
from support.landed_windows import GOOD_ROWS
from support.web_host import PHRASE, Answer, Asked

INVALID = "landing refused: SourceInvalid"
UNREADABLE = "landing refused: SourceUnreadable"
UNREACHABLE = "landing refused: SourceUnreachable"
GOOD = {"fees": fees(2)}
PRICE = GOOD_ROWS["competitor_prices"]
LOGIN = f"postgresql+psycopg://me:{SECRET}@h/d"
DESCRIBED = """
name: bad_shop
description: Sends what it should not.
doors: {door: {kind: sql, url: "sqlite:///none"}}
feeds: {fees: {door: door, mapping: fees.sql}}
"""
LINK_TO_NOWHERE = '<link rel="next" href="http://shop:door/2">'


def _locked(shop: Shop) -> Came:
    place = shop.folder / "shop.sqlite"
    other = sqlite3.connect(place, isolation_level=None)
    for sql in [*statement("given", fees(1)), "begin exclusive"]:
        other.execute(sql)
    try:
        return shop.take("fees", shop.sqlite(place), "select * from given")
    finally:
        other.close()


def _no_database(shop: Shop) -> Came:
    place = shop.folder / "shop.sqlite"
    place.write_bytes(as_csv(fees(60)))
    return shop.take("fees", shop.sqlite(place), "select * from given")


def _no_share(shop: Shop) -> Came:
    door = {
        "kind": "files",
        "root": str(shop.folder / "unmounted"),
        "tables": {"given": {"path": "*.csv", "format": "csv"}},
    }
    return shop.take("fees", door, "select * from given")


def _no_token(shop: Shop) -> Came:
    door = {
        "kind": "http_api",
        "url": "http://127.0.0.1:9",
        "headers": {"Authorization": "Bearer ${BAD_SHOP_TOKEN_NOBODY_SET}"},
        "tables": {"given": {"path": "/", "records": "fees", "paging": "none"}},
    }
    return shop.take("fees", door, f"select {FEES} from given")


def _too_many_rows(shop: Shop) -> Came:
    place = shop.folder / "shop.sqlite"
    with sqlite3.connect(place) as connection:
        for sql in statement("given", fees(500)):
            connection.execute(sql)
    return shop.take("fees", shop.sqlite(place), "select * from given", max_rows=100)


def _database_at(address: str) -> Callable[[Shop], Came]:
    return lambda shop: shop.take(
        "fees", {**shop.sqlite(shop.folder / "none"), "url": address}, "select 1 as fee_id"
    )


def _late(asked: Asked) -> Answer:
    time.sleep(1)
    return 200, {}, b"{}"


CASES = [
    Case(
        "token-refused",
        "source",
        "the API refuses our token",
        UNREADABLE,
        answers({"error": f"no entry with {SECRET}"}, 401),
        r"refused the credentials \(401\); check the token in the environment",
    ),
    Case(
        "always-busy",
        "source",
        "the API answers every question with 429",
        UNREACHABLE,
        answers({}, 429),
        r"answered 429 .*try again later",
    ),
    Case(
        "always-broken",
        "source",
        "the API answers every question with 503",
        UNREACHABLE,
        answers(b"<h1>maintenance</h1>", 503),
        r"answered 503 .*try again later",
    ),
    Case(
        "never-answers",
        "source",
        "the API takes the question and does not answer",
        UNREACHABLE,
        partial(api, respond=_late, timeout_seconds=0.1),
        r"did not answer: .*check that it runs",
    ),
    Case(
        "redirected-to-login",
        "source",
        "the API sends us to a sign-in page on another host",
        UNREADABLE,
        answers(b"", 302, Location="https://login.example/?next=x"),
        r"redirects to https://login\.example/;.*headers are not sent elsewhere",
    ),
    Case(
        "redirected-nowhere",
        "source",
        "the API redirects to something that is no address",
        UNREACHABLE,
        answers(b"", 302, Location="http://shop:door/2"),
        r"Invalid URL in location header",
    ),
    Case(
        "redirected-to-a-login",
        "source",
        "the API redirects to a user and a password without a scheme",
        UNREACHABLE,
        answers(b"", 302, Location=f"me:{SECRET}@shop.example/fees"),
        r"Invalid URL in location header",
    ),
    Case(
        "token-in-the-phrase",
        "source",
        "the API is busy, and writes our token beside the number that says so",
        UNREACHABLE,
        answers({}, 503, **{PHRASE: f"no entry with {SECRET}"}),
        r"answered 503 \(Service Unavailable\); try again later",
    ),
    Case(
        "page-for-json",
        "source",
        "a proxy answers 200 with a page of its own",
        UNREADABLE,
        answers(f"<html>Hello {SOMEBODY}</html>".encode()),
        r"expected JSON, got \d+ bytes of something else; check the address",
    ),
    Case(
        "answer-cut-off",
        "source",
        "the answer stops in the middle of a record",
        UNREADABLE,
        answers(b'{"fees": [{"fee_id": "1", "amount": "2'),
        r"expected JSON, got \d+ bytes",
    ),
    Case(
        "records-elsewhere",
        "source",
        "the API has renamed the list of its records",
        UNREADABLE,
        answers({"charges": []}),
        r"expected a list of records at 'fees', got NoneType; has the API changed",
    ),
    Case(
        "records-missing",
        "source",
        "the API promises five records and gives two",
        UNREADABLE,
        answers({**GOOD, "pages": 1, "total": 5}, paging=NUMBERED),
        r"promised 5 records and gave 2;.*land the window again",
    ),
    Case(
        "next-page-in-a-header",
        "source",
        "the API names its next page in a header, and the source says it has no pages",
        UNREADABLE,
        answers(GOOD, Link='</fees?page=2>; rel="next"'),
        r"announces more: a header Link with rel=next.*Say under `paging:`",
    ),
    Case(
        "more-said-in-a-field",
        "source",
        "the last of the pages counted says that there are more",
        UNREADABLE,
        answers({**GOOD, "pages": 1, "total": 2, "meta": {"has_more": True}}, paging=NUMBERED),
        r"announces more: meta\.has_more = true",
    ),
    Case(
        "next-in-a-record",
        "source",
        "records have a field called next: it is theirs, and says nothing of pages",
        "accepted 2",
        answers({"fees": [{**row, "next": "/fees?page=2"} for row in fees(2)]}),
    ),
    Case(
        "list-cut-short-in-a-record",
        "source",
        "a record holds the first of its lines and says that there are more",
        UNREADABLE,
        answers({"fees": [{**row, "lines": {"has_more": True, "data": []}} for row in fees(2)]}),
        r"within a record that is cut short: fees\.lines\.has_more = true; .*`not_next:`",
    ),
    Case(
        "half-an-answer",
        "source",
        "a proxy answers with a part (206)",
        UNREADABLE,
        answers(GOOD, 206),
        r"answered 206, which is not a whole answer",
    ),
    Case(
        "page-for-every-page",
        "source",
        "the API overlooks the page's number and gives its first page each time",
        UNREADABLE,
        answers({**GOOD, "pages": 2, "total": 4}, paging=NUMBERED),
        r"page 2 with the records of a page before",
    ),
    Case(
        "next-page-elsewhere",
        "source",
        "the next page lies on another host, which would get our token",
        UNREADABLE,
        answers({**GOOD, "next": "https://elsewhere.example/2"}, paging=LINKED),
        r"another host, https://elsewhere\.example/2; not followed",
    ),
    Case(
        "next-page-nowhere",
        "source",
        "the address of the next page is none",
        UNREADABLE,
        answers({**GOOD, "next": "http://shop:door/2"}, paging=LINKED),
        r"expected the next page's address at 'next', got something else",
    ),
    Case(
        "pages-in-a-circle",
        "source",
        "the next page is the one before",
        UNREADABLE,
        answers({**GOOD, "next": "/fees"}, paging=LINKED),
        r"names a page as next that was read already",
    ),
    Case(
        "bomb",
        "source",
        "seventy kilobytes of gzip unpack to seventy megabytes",
        UNREADABLE,
        answers(gzip.compress(bytes(70 * 1024 * 1024), 1), **{"Content-Encoding": "gzip"}),
        r"answers with more than \d+ bytes; ask for smaller pages",
    ),
    Case(
        "packing-broken",
        "source",
        "the answer says it is packed and is not",
        UNREADABLE,
        answers(GOOD, **{"Content-Encoding": "gzip"}),
        r"the answer's compression is broken",
    ),
    Case(
        "records-are-no-records",
        "source",
        "the list holds null and text where records belong",
        "held back: store_id_present, fee_id_present, fee_type_present, currency_present, "
        "amount_present, charged_at_present, updated_at_present",
        answers({"fees": [None, SOMEBODY]}),
        r"2 of 2 rows against it",
    ),
    Case(
        "pages-forbidden",
        "source",
        "a competitor's robots.txt forbids every page",
        UNREADABLE,
        shown(page_of(PRICE), b"User-agent: *\nDisallow: /\n"),
        r"no page .*states a schema\.org Product.*robots\.txt disallows",
    ),
    Case(
        "pause-of-a-day",
        "source",
        "a competitor's robots.txt asks for a day between two pages",
        UNREADABLE,
        shown(page_of(PRICE), b"User-agent: *\nCrawl-delay: 86400\n"),
        r"asks for 86400 s between two pages.*leave it out of source\.yaml",
    ),
    Case(
        "pages-changed",
        "source",
        "a competitor's pages state their products in another way now",
        UNREADABLE,
        shown(b"<h1>New look!</h1>"),
        r"no page .*states a schema\.org Product.*look whether the shops changed their pages",
    ),
    Case(
        "next-page-broken",
        "source",
        "a page's link to the next is no address: the page itself is read",
        "accepted 1",
        shown(page_of(PRICE, LINK_TO_NOWHERE)),
        reads={"competitor_sku": "A-9", "price": "33.00"},
    ),
    Case(
        "at-in-the-password",
        "source",
        "the password in the database's address holds an @ as it is",
        "landing refused: SourceInvalid",
        _database_at(f"postgresql+psycopg://me:{SOMEBODY}@h/d"),
        r"source\.yaml, door door: the database's address is not .* one way only; .*write @ as %40",
    ),
    Case(
        "nul-in-the-address",
        "source",
        "a %00 in the database's address, where the driver would stop reading",
        INVALID,
        _database_at(f"postgresql+psycopg://me:{SECRET}@127.0.0.1:9/d%00{SECRET}"),
        r"source\.yaml, door door: the database's address holds a NUL .*; take it out",
    ),
    Case(
        "hosts-with-commas",
        "source",
        "the database's address names two hosts as another program writes them",
        INVALID,
        _database_at(f"postgresql+psycopg://me:{SECRET}@one:5432,two:5432/d"),
        r"names several hosts with commas; write them .*\?host=one:5432&host=two:5432",
    ),
    Case(
        "login-for-a-kind",
        "source",
        "a door's kind is an address with a password",
        INVALID,
        lambda shop: shop.take("fees", {"kind": LOGIN}, "select 1 as fee_id"),
        r"source\.yaml, door door: entry: expected 'kind' to be one of 'sql', .*correct it there",
    ),
    Case(
        "login-for-a-past",
        "source",
        "an address with a password stands behind past:",
        INVALID,
        lambda shop: shop.take("fees", shop.sqlite(shop.folder / "a"), "select 1 as a", past=LOGIN),
        r"source\.yaml, feed fees: past: expected none, or the line left out.*correct the line",
    ),
    Case(
        "login-for-a-key",
        "source",
        "an address with a password stands where a key belongs",
        INVALID,
        lambda shop: shop.described(f'{DESCRIBED}"{LOGIN}": 1'),
        r"source\.yaml: expected .*; unknown: …\. Correct these entries",
    ),
    Case(
        "day-of-no-month",
        "source",
        "source.yaml has a date that is none",
        INVALID,
        lambda shop: shop.described(f"{DESCRIBED}ends: 2026-13-45"),
        r"source\.yaml is not readable as YAML: a date or number that is none, line 6, column 7",
    ),
    Case(
        "feed-described-twice",
        "source",
        "source.yaml says twice where its feeds come from",
        INVALID,
        lambda shop: shop.described(f"{DESCRIBED}feeds: {{fees: {{door: door, mapping: a.sql}}}}"),
        r"source\.yaml is not readable as YAML: a key that is there twice, line 6, column 1",
    ),
    Case(
        "slash-in-the-key",
        "source",
        "the key in the API's address holds a slash as it is",
        "landing refused: SourceInvalid",
        lambda shop: shop.take(
            "fees",
            {
                "kind": "http_api",
                "url": "https://key:47/11@shop.example",
                "tables": {"given": {"path": "/", "records": "fees", "paging": "none"}},
            },
            f"select {FEES} from given",
        ),
        r"source\.yaml, door door: the address under `url:` cannot be asked .*/ as %2F",
    ),
    Case(
        "database-gone",
        "source",
        "the database's file is not there",
        UNREACHABLE,
        lambda shop: shop.take("fees", shop.sqlite(shop.folder / "gone.sqlite"), "select 1 as a"),
        r"no SQLite file .*gone\.sqlite; check the path",
    ),
    Case(
        "database-is-none",
        "source",
        "the database's file is somebody's CSV",
        UNREADABLE,
        _no_database,
        r"file is not a database; correct the mapping, or the credentials",
    ),
    Case(
        "database-locked",
        "source",
        "somebody holds the database and does not let go",
        UNREACHABLE,
        _locked,
        r"database is locked; check that it runs",
    ),
    Case(
        "query-without-end",
        "source",
        "the mapping's query joins so that it never ends",
        "landing refused: TookTooLong",
        lambda shop: shop.database(
            "fees",
            [],
            "with recursive again (n) as (select 1 union all select 1 from again) "
            "select max(n) as fee_id from again",
        ),
        r"gave no rows of bad_shop/fees.* for 0\.1 s; .*raise timeout_seconds in source\.yaml",
    ),
    Case(
        "table-renamed",
        "source",
        "the table the mapping reads was renamed",
        UNREADABLE,
        lambda shop: shop.database("fees", statement("charges", fees(1))),
        r"no such table: given; correct the mapping",
    ),
    Case(
        "more-rows-than-agreed",
        "source",
        "the window has five times the rows that the source may give",
        "landing refused: WindowTooLarge",
        _too_many_rows,
        r"max_rows = 100 .*Land shorter windows, or raise max_rows",
    ),
    Case(
        "share-not-mounted",
        "source",
        "the folder with the files is not there",
        UNREACHABLE,
        _no_share,
        r"no folder .*unmounted; check that it is mounted",
    ),
    Case(
        "token-not-set",
        "source",
        "the environment lacks the variable with the token",
        "landing refused: SettingMissing",
        _no_token,
        r"BAD_SHOP_TOKEN_NOBODY_SET, which is not set; set it in \.env",
    ),
]
