"""Hosts, databases and folders that do not answer, or give the wrong answer."""

import gzip
import sqlite3
import time
from collections.abc import Callable
from functools import partial

from bad_input.case import SECRET, SOMEBODY, Case
from bad_input.hosts import FEES, LINKED, NUMBERED, answers, api, page_of, shown
from bad_input.inputs import as_csv, fees, statement
from bad_input.shop import Outcome, Shop
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
connections: {main: {kind: sql, url: "sqlite:///none"}}
feeds: {fees: {connection: main, mapping: fees.sql}}
"""
LINK_TO_NOWHERE = '<link rel="next" href="http://shop:port/2">'


def _locked(shop: Shop) -> Outcome:
    place = shop.folder / "shop.sqlite"
    other = sqlite3.connect(place, isolation_level=None)
    for sql in [*statement("given", fees(1)), "begin exclusive"]:
        other.execute(sql)
    try:
        return shop.take("fees", shop.sqlite(place), "select * from given")
    finally:
        other.close()


def _no_database(shop: Shop) -> Outcome:
    place = shop.folder / "shop.sqlite"
    place.write_bytes(as_csv(fees(60)))
    return shop.take("fees", shop.sqlite(place), "select * from given")


def _no_share(shop: Shop) -> Outcome:
    connection = {
        "kind": "files",
        "root": str(shop.folder / "unmounted"),
        "tables": {"given": {"path": "*.csv", "format": "csv"}},
    }
    return shop.take("fees", connection, "select * from given")


def _no_token(shop: Shop) -> Outcome:
    connection = {
        "kind": "http_api",
        "url": "http://127.0.0.1:9",
        "headers": {"Authorization": "Bearer ${BAD_SHOP_TOKEN_NOBODY_SET}"},
        "tables": {"given": {"path": "/", "records": "fees", "paging": "none"}},
    }
    return shop.take("fees", connection, f"select {FEES} from given")


def _too_many_rows(shop: Shop) -> Outcome:
    place = shop.folder / "shop.sqlite"
    with sqlite3.connect(place) as connection:
        for sql in statement("given", fees(500)):
            connection.execute(sql)
    return shop.take("fees", shop.sqlite(place), "select * from given", max_rows=100)


def _database_at(address: str) -> Callable[[Shop], Outcome]:
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
        "the API answers every request with 429",
        UNREACHABLE,
        answers({}, 429),
        r"answered 429 .*try again later",
    ),
    Case(
        "always-broken",
        "source",
        "the API answers every request with 503",
        UNREACHABLE,
        answers(b"<h1>maintenance</h1>", 503),
        r"answered 503 .*try again later",
    ),
    Case(
        "never-answers",
        "source",
        "the API accepts the request and does not answer",
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
        "the API redirects to an invalid URL",
        UNREACHABLE,
        answers(b"", 302, Location="http://shop:port/2"),
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
        "the API is busy, and writes our token next to the status code",
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
        "the API renamed the list of its records",
        UNREADABLE,
        answers({"charges": []}),
        r"expected a list of records at 'fees', got NoneType; has the API changed",
    ),
    Case(
        "records-missing",
        "source",
        "the API announces five records and delivers two",
        UNREADABLE,
        answers({**GOOD, "pages": 1, "total": 5}, paging=NUMBERED),
        r"announced 5 records and gave 2;.*land the window again",
    ),
    Case(
        "next-page-in-a-header",
        "source",
        "the API links its next page in a header, but the source is configured without paging",
        UNREADABLE,
        answers(GOOD, Link='</fees?page=2>; rel="next"'),
        r"announces more: a header Link with rel=next.*State under `paging:`",
    ),
    Case(
        "more-announced-in-a-field",
        "source",
        "the last page announces that there are more",
        UNREADABLE,
        answers({**GOOD, "pages": 1, "total": 2, "meta": {"has_more": True}}, paging=NUMBERED),
        r"announces more: meta\.has_more = true",
    ),
    Case(
        "next-in-a-record",
        "source",
        "records have a field called next, which has nothing to do with paging",
        "accepted 2",
        answers({"fees": [{**row, "next": "/fees?page=2"} for row in fees(2)]}),
    ),
    Case(
        "list-cut-short-in-a-record",
        "source",
        "a record contains only the first of its lines and announces more",
        UNREADABLE,
        answers({"fees": [{**row, "lines": {"has_more": True, "data": []}} for row in fees(2)]}),
        r"within a record that is cut short: fees\.lines\.has_more = true; .*`not_next:`",
    ),
    Case(
        "half-an-answer",
        "source",
        "a proxy answers with partial content (206)",
        UNREADABLE,
        answers(GOOD, 206),
        r"answered 206, which is not a whole answer",
    ),
    Case(
        "page-for-every-page",
        "source",
        "the API ignores the page number and returns its first page each time",
        UNREADABLE,
        answers({**GOOD, "pages": 2, "total": 4}, paging=NUMBERED),
        r"page 2 with the records of a page before",
    ),
    Case(
        "next-page-elsewhere",
        "source",
        "the next page is on another host, which would receive our token",
        UNREADABLE,
        answers({**GOOD, "next": "https://elsewhere.example/2"}, paging=LINKED),
        r"another host, https://elsewhere\.example/2; not followed",
    ),
    Case(
        "next-page-nowhere",
        "source",
        "the URL of the next page is invalid",
        UNREADABLE,
        answers({**GOOD, "next": "http://shop:port/2"}, paging=LINKED),
        r"expected the next page's address at 'next', got something else",
    ),
    Case(
        "pages-in-a-circle",
        "source",
        "the next page is the previous one",
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
        "the answer is declared as gzip and is not",
        UNREADABLE,
        answers(GOOD, **{"Content-Encoding": "gzip"}),
        r"the answer's compression is broken",
    ),
    Case(
        "records-are-no-records",
        "source",
        "the list contains null and text instead of records",
        "rejected: store_id_present, fee_id_present, fee_type_present, currency_present, "
        "amount_present, charged_at_present, updated_at_present",
        answers({"fees": [None, SOMEBODY]}),
        r"2 of 2 rows failing",
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
        r"asks for 86400 s between two pages.*leave .* out of source\.yaml",
    ),
    Case(
        "pages-changed",
        "source",
        "a competitor's pages now describe their products in another way",
        UNREADABLE,
        shown(b"<h1>New design!</h1>"),
        r"no page .*states a schema\.org Product.*whether the shops changed their pages",
    ),
    Case(
        "next-page-broken",
        "source",
        "a page's link to the next one is invalid: the page itself is read",
        "accepted 1",
        shown(page_of(PRICE, LINK_TO_NOWHERE)),
        reads={"competitor_sku": "A-9", "price": "33.00"},
    ),
    Case(
        "at-in-the-password",
        "source",
        "the password in the database URL has an unescaped @",
        "landing refused: SourceInvalid",
        _database_at(f"postgresql+psycopg://me:{SOMEBODY}@h/d"),
        r"connection main: the database's address is not .* one way only; .*write @ as %40",
    ),
    Case(
        "nul-in-the-address",
        "source",
        "the database URL has a %00, where the driver would stop reading",
        INVALID,
        _database_at(f"postgresql+psycopg://me:{SECRET}@127.0.0.1:9/d%00{SECRET}"),
        r"source\.yaml, connection main: the database's address contains a NUL .*; take it out",
    ),
    Case(
        "hosts-with-commas",
        "source",
        "the database URL names two hosts in another program's syntax",
        INVALID,
        _database_at(f"postgresql+psycopg://me:{SECRET}@one:5432,two:5432/d"),
        r"names several hosts with commas; write them .*\?host=one:5432&host=two:5432",
    ),
    Case(
        "login-for-a-kind",
        "source",
        "a connection's kind is a URL with a password",
        INVALID,
        lambda shop: shop.take("fees", {"kind": LOGIN}, "select 1 as fee_id"),
        r"connection main: entry: expected 'kind' to be one of 'sql', .*correct it there",
    ),
    Case(
        "login-for-a-past",
        "source",
        "the value of past: is a URL with a password",
        INVALID,
        lambda shop: shop.take("fees", shop.sqlite(shop.folder / "a"), "select 1 as a", past=LOGIN),
        r"source\.yaml, feed fees: past: expected none, or the line left out.*correct the line",
    ),
    Case(
        "login-for-a-key",
        "source",
        "a URL with a password is used as a key",
        INVALID,
        lambda shop: shop.described(f'{DESCRIBED}"{LOGIN}": 1'),
        r"source\.yaml: expected .*; unknown: …\. Correct these entries",
    ),
    Case(
        "day-of-no-month",
        "source",
        "source.yaml has an invalid date",
        INVALID,
        lambda shop: shop.described(f"{DESCRIBED}ends: 2026-13-45"),
        r"source\.yaml is not readable as YAML: a date or number that is none, line 6, column 7",
    ),
    Case(
        "feed-described-twice",
        "source",
        "source.yaml has the key feeds twice",
        INVALID,
        lambda shop: shop.described(
            f"{DESCRIBED}feeds: {{fees: {{connection: main, mapping: a.sql}}}}"
        ),
        r"source\.yaml is not readable as YAML: a key that is there twice, line 6, column 1",
    ),
    Case(
        "slash-in-the-key",
        "source",
        "the key in the API's URL has an unescaped slash",
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
        r"source\.yaml, connection main: the address under `url:` cannot be asked .*/ as %2F",
    ),
    Case(
        "database-gone",
        "source",
        "the database file does not exist",
        UNREACHABLE,
        lambda shop: shop.take("fees", shop.sqlite(shop.folder / "gone.sqlite"), "select 1 as a"),
        r"no SQLite file .*gone\.sqlite; check the path",
    ),
    Case(
        "database-is-none",
        "source",
        "the database file is a CSV",
        UNREADABLE,
        _no_database,
        r"file is not a database; correct the mapping, or the credentials",
    ),
    Case(
        "database-locked",
        "source",
        "another process keeps the database locked",
        UNREACHABLE,
        _locked,
        r"database is locked; check that it runs",
    ),
    Case(
        "query-without-end",
        "source",
        "the mapping's query never ends",
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
        "the window has five times the rows that the source allows",
        "landing refused: WindowTooLarge",
        _too_many_rows,
        r"max_rows = 100 .*Land shorter windows, or raise max_rows",
    ),
    Case(
        "share-not-mounted",
        "source",
        "the folder with the files does not exist",
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
