import gzip
import json
import socket
import threading
import time
from base64 import b64decode
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from storepulse.errors import (
    SourceError,
    SourceInvalid,
    SourceUnreachable,
    SourceUnreadable,
    WindowTooLarge,
)
from storepulse.extract.web import http_api
from storepulse.feeds.connections import HttpApiConnection
from support.web_host import hosting

QUICK = {"attempts": 4, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.5}
NUMBERED = {"style": "page_number", "parameter": "page", "pages": "pages", "total": "total"}
LEVELS = "select record ->> '$.sku' as sku, record ->> '$.cost' as unit_cost from items"
TOKEN = "sesame-7f3a"


def connection_to(host, paging=None, **options):
    table = {
        "path": "/v1/levels",
        "parameters": {"from": "{window_start}", "to": "{window_end}", "per_page": 2},
        "records": "items",
        "paging": paging or NUMBERED,
        **options.pop("table", {}),
    }
    return HttpApiConnection(
        kind="http_api",
        url=host.url,
        headers={"Authorization": f"Bearer {TOKEN}"},
        retry=QUICK,
        tables={"items": table},
        **options,
    )


def answer(body, status=200, **headers):
    return status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode()


def stock(*skus):
    return [{"sku": sku, "cost": "12.30"} for sku in skus]


SHELF = ["a", "b", "c", "d", "e"]


def numbered_pages(asked):
    page = int(asked.query["page"])
    items = stock(*SHELF[(page - 1) * 2 : page * 2])
    return answer({"items": items, "page": page, "pages": 3, "total": len(SHELF)})


def test_every_page_is_asked_for_with_the_token_and_the_window(host, request_for, landed_rows):
    host.respond = numbered_pages

    http_api.extract(connection_to(host), request_for(LEVELS))

    assert landed_rows() == [(sku, "12.30") for sku in SHELF]
    assert [asked.query["page"] for asked in host.asked] == ["1", "2", "3"]
    assert {asked.headers["Authorization"] for asked in host.asked} == {f"Bearer {TOKEN}"}
    assert host.asked[0].query["from"] == "2026-11-22T00:00:00Z"
    assert host.asked[0].query["to"] == "2026-11-22T06:00:00Z"


def test_pages_are_kept_as_received_and_without_the_token(host, request_for, tmp_path):
    host.respond = lambda asked: answer({"items": [{"cost": 12.30}], "pages": 1, "total": 1})

    extracted = http_api.extract(connection_to(host), request_for(LEVELS))

    assert extracted.raw == ("raw.jsonl.gz",)
    kept = gzip.decompress((tmp_path / "landed" / "raw.jsonl.gz").read_bytes()).decode()
    assert json.loads(json.loads(kept)["body"])["total"] == 1
    assert json.loads(kept)["page"] == 1
    assert TOKEN not in kept
    names = sorted(path.name for path in (tmp_path / "landed").iterdir())
    assert [name for name in names if name != "spill"] == ["raw.jsonl.gz", "rows.parquet"]


def test_digits_of_a_number_stay_as_they_were_sent(host, request_for, landed_rows):
    body = b'{"items": [{"sku": 9007199254740993, "cost": 12.30}], "pages": 1, "total": 1}'
    host.respond = lambda asked: (200, {}, body)

    http_api.extract(connection_to(host), request_for(LEVELS))

    assert landed_rows() == [("9007199254740993", "12.30")]


def test_links_to_the_next_page_are_followed(host, request_for, landed_rows):
    pages = {
        None: {"data": {"rows": stock("a")}, "links": {"next": "/v1/levels?cursor=x1"}},
        "x1": {"data": {"rows": stock("b")}, "links": {"next": f"{host.url}/v1/levels?cursor=x2"}},
        "x2": {"data": {"rows": stock("c")}, "links": {"next": None}},
    }
    host.respond = lambda asked: answer(pages[asked.query.get("cursor")])
    connection = connection_to(
        host, {"style": "next_link", "link": "links.next"}, table={"records": "data.rows"}
    )

    http_api.extract(connection, request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("link", "message"),
    [("http://elsewhere.example/v1", "another host"), ("/v1/levels?cursor=x1", "read already")],
)
def test_a_link_that_leads_astray_is_not_followed(host, request_for, link, message):
    at = iter("abc")
    host.respond = lambda asked: answer({"items": stock(next(at)), "next": link})

    with pytest.raises(SourceUnreadable, match=message):
        http_api.extract(
            connection_to(host, {"style": "next_link", "link": "next"}), request_for(LEVELS)
        )


def failing_first(*failures):
    """Answer with the failures one after the other, then as if nothing had been."""
    left = list(failures)
    return lambda asked: left.pop(0) if left else numbered_pages(asked)


def test_a_busy_or_broken_api_is_asked_again(host, request_for, landed_rows, caplog):
    host.respond = failing_first(
        answer({}, 429, **{"Retry-After": "0.4"}), answer({}, 500), (503, {}, b"<html>busy</html>")
    )

    http_api.extract(connection_to(host), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == SHELF
    assert len(host.asked) == 6
    assert "attempt 1 failed, next in 0.4 s" in caplog.text


def test_retry_after_may_be_a_date(host, request_for, landed_rows):
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    host.respond = failing_first(answer({}, 429, **{"Retry-After": past}))

    http_api.extract(connection_to(host), request_for(LEVELS))

    assert len(landed_rows()) == 5


def test_an_api_that_wants_a_long_rest_is_left_to_the_next_try_of_the_task(host, request_for):
    host.respond = lambda asked: answer({}, 429, **{"Retry-After": "3600"})

    with pytest.raises(SourceUnreachable, match=r"429 .* 3600 s"):
        http_api.extract(connection_to(host), request_for(LEVELS))
    assert len(host.asked) == 1


def test_an_api_that_stays_broken_is_unreachable_after_so_many_attempts(host, request_for):
    host.respond = lambda asked: answer({}, 502)

    with pytest.raises(SourceUnreachable, match=r"/v1/levels answered 502"):
        http_api.extract(connection_to(host), request_for(LEVELS))
    assert len(host.asked) == 4


def test_an_api_that_is_down_is_unreachable(host, request_for, caplog):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host.url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(SourceUnreachable, match="did not answer"):
            http_api.extract(connection_to(host), request_for(LEVELS))
    assert TOKEN not in caplog.text


def test_an_api_that_never_answers_is_given_up(host, request_for):
    def sleep(asked):
        time.sleep(0.6)
        return numbered_pages(asked)

    host.respond = sleep

    with pytest.raises(SourceUnreachable, match=r"did not answer|took over"):
        http_api.extract(connection_to(host, timeout_seconds=0.1), request_for(LEVELS))
    assert len(host.asked) == 4


def test_an_answer_cut_off_is_asked_for_again(host, request_for):
    host.respond = lambda asked: (200, {"Content-Length": "500", "Connection": "close"}, b"{}")

    with pytest.raises(SourceUnreachable, match="did not answer"):
        http_api.extract(connection_to(host, timeout_seconds=0.2), request_for(LEVELS))
    assert len(host.asked) == 4


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (answer({}, 401), r"refused the credentials \(401\); check the token"),
        (answer({}, 403), r"refused the credentials \(403\)"),
        (answer({}, 404), "answered 404; check the address"),
        (answer({}, 400), "answered 400"),
        ((200, {}, b"<html>Sign in</html>"), "expected JSON, got 20 bytes"),
        ((200, {}, b'{"items": [{"sku": "a"}, '), "expected JSON"),
        ((200, {}, b'{"items": [{"sku": "caf\xe9"}]}'), "not readable as utf-8"),
        ((200, {"Content-Encoding": "gzip"}, b"not gzip"), "compression is broken"),
        (answer({"rows": [], "pages": 1}), "list of records at 'items', got NoneType"),
        (answer([]), "list of records at 'items'"),
        (answer({"items": stock("a"), "pages": "many", "total": 1}), "whole number at 'pages'"),
        (answer({"items": stock("a"), "pages": 1, "total": 5}), "announced 5 records and gave 1"),
        (answer({}, 302, Location="http://elsewhere.example/"), "redirects to http://elsewhere"),
    ],
)
def test_an_answer_that_a_retry_cannot_fix_is_unreadable_at_once(
    host, request_for, caplog, response, message
):
    host.respond = lambda asked: response

    with pytest.raises(SourceUnreadable, match=message) as refused:
        http_api.extract(connection_to(host), request_for(LEVELS))
    assert len(host.asked) == 1
    assert f"{host.url}/v1/levels" in str(refused.value)
    assert TOKEN not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('{"sku": "a", "cost": 1, "cost": 2}', "states 'cost' twice, differently"),
        ('{"sku": "a", "box": {"cost": 1, "cost": 1.0}}', "states 'cost' twice, differently"),
        ('{"sku": "a", "jane@example.org": 1, "jane@example.org": 2}', "states a key twice"),
    ],
)
def test_an_answer_with_two_values_of_one_key_is_refused(host, request_for, record, message):
    body = f'{{"items": [{record}], "pages": 1, "total": 1}}'.encode()
    host.respond = lambda asked: (200, {}, body)

    with pytest.raises(SourceUnreadable, match=message) as refused:
        http_api.extract(connection_to(host), request_for(LEVELS))

    assert "ask the API's owner" in str(refused.value)
    assert "jane" not in str(refused.value)
    assert len(host.asked) == 1


def test_an_answer_with_one_value_of_one_key_twice_is_accepted(host, request_for, landed_rows):
    body = b'{"items": [{"sku": "a", "cost": 12.30, "cost": 12.30}], "pages": 1, "total": 1}'
    host.respond = lambda asked: (200, {}, body)

    http_api.extract(connection_to(host), request_for(LEVELS))

    assert landed_rows() == [("a", "12.30")]


def test_pages_without_end_are_refused(host, request_for):
    host.respond = lambda asked: answer({"items": stock(asked.query["page"]), "pages": 10**9})

    with pytest.raises(WindowTooLarge, match="max_pages = 3"):
        connection = connection_to(
            host, {"style": "page_number", "pages": "pages"}, table={"max_pages": 3}
        )
        http_api.extract(connection, request_for(LEVELS))
    assert len(host.asked) == 3


def test_a_window_without_records_lands_empty(host, request_for, landed_rows):
    host.respond = lambda asked: answer({"items": [], "pages": 0, "total": 0})

    extracted = http_api.extract(connection_to(host), request_for(LEVELS))

    assert landed_rows() == []
    assert list(extracted.columns) == ["sku", "unit_cost"]


def test_a_token_with_a_line_break_is_refused_unseen(host, request_for):
    connection = HttpApiConnection(
        kind="http_api",
        url=host.url,
        headers={"Authorization": f"Bearer {TOKEN}\n"},
        tables={"items": {"path": "/", "records": "items", "paging": "none"}},
    )

    with pytest.raises(SourceInvalid, match="the header Authorization") as refused:
        http_api.extract(connection, request_for(LEVELS))
    assert TOKEN not in str(refused.value)


def test_an_address_that_is_no_url_is_invalid(host, request_for):
    host.url = "ftp://shop"

    with pytest.raises(SourceInvalid, match="cannot be asked"):
        http_api.extract(connection_to(host), request_for(LEVELS))


def test_a_token_in_the_query_is_neither_shown_nor_kept(host, request_for, tmp_path, caplog):
    caplog.set_level("INFO")
    host.respond = failing_first(answer({}, 500))
    connection = connection_to(host, table={"parameters": {"api_key": TOKEN}})

    http_api.extract(connection, request_for(LEVELS))

    kept = gzip.decompress((tmp_path / "landed" / "raw.jsonl.gz").read_bytes()).decode()
    assert host.asked[0].query["api_key"] == TOKEN
    assert TOKEN not in caplog.text + kept
    assert "attempt 1 failed" in caplog.text


WHOLE = "none"
BY_NUMBER = {"style": "page_number", "pages": "pages"}
BY_LINK = {"style": "next_link", "link": "next"}


@pytest.mark.parametrize(
    ("around", "headers", "seen"),
    [
        ({}, {"Link": '</v1/levels?page=2>; rel="next"'}, "a header Link with rel=next"),
        ({}, {"link": "<https://b.example/?a=1>; rel=prev, <x>; rel='last Next'"}, "rel=next"),
        ({}, {"X-WP-TotalPages": "3"}, "header x-wp-totalpages"),
        ({}, {"X-Next-Page": "2"}, "header x-next-page"),
        ({"has_more": True}, {}, "has_more = true"),
        ({"meta": {"page": {"hasNextPage": 1}}}, {}, r"meta\.page\.hasNextPage = 1"),
        ({"last": False}, {}, "last = false"),
        ({"next": "/v1/levels?cursor=x1"}, {}, "next = …"),
        ({"_links": {"next": {"href": "/v1/levels?cursor=x1"}}}, {}, r"_links\.next = …"),
        ({"links": [{"rel": "self"}, {"rel": "next", "href": "/2"}]}, {}, r"links\.next = …"),
        ({"has_more": False, "next": "/2"}, {}, "next = …"),
        ({"@odata.nextLink": "/v1/levels?$skip=2"}, {}, r"@odata\.nextLink"),
        ({"nextPageToken": "CAUQAA"}, {}, "nextPageToken"),
        ({"response_metadata": {"next_cursor": "dXNlcg=="}}, {}, "next_cursor"),
        ({"cursor": "abc"}, {}, "cursor = …"),
        ({"total_count": 3}, {}, "total_count = 3"),
        ({"total": 3}, {}, "total = 3"),
        ({"last_page": 2}, {}, "last_page = 2"),
        ({"total": "120"}, {}, "total = 120"),
        ({"metadata": {"continue": "eyJ2"}}, {}, r"metadata\.continue = …"),
        ({"stock": {"has_more": False}, "nextPageToken": "CAUQAA"}, {}, "nextPageToken = …"),
        ({}, {"Link": '</2>;\ttitle="all; of, it"; Rel=next'}, "header Link"),
        ({}, {"Content-Range": "items 0-1/120"}, r"header content-range\.total = 120"),
        ({}, {"X-Pagination": '{"HasNext": true}'}, r"header x-pagination\.HasNext = true"),
    ],
)
def test_an_announced_page_that_nothing_follows_is_refused_with_what_was_seen(
    host, request_for, around, headers, seen
):
    host.respond = lambda asked: answer({"items": stock("a", "b"), **around}, **headers)

    with pytest.raises(SourceUnreadable, match=seen) as refused:
        http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))

    assert "`paging:`" in str(refused.value)
    assert "`not_next:`" in str(refused.value)
    for value in ("cursor=x1", "CAUQAA", "dXNl"):
        assert value not in str(refused.value)


@pytest.mark.parametrize("paging", [{**BY_LINK, "link": "links.forward"}, BY_NUMBER])
def test_a_way_of_paging_that_is_not_this_apis_is_refused_as_well(host, request_for, paging):
    body = {"items": stock("a", "b"), "pages": 1, "has_more": True}
    host.respond = lambda asked: answer(body)

    with pytest.raises(SourceUnreadable, match="has_more = true"):
        http_api.extract(connection_to(host, paging), request_for(LEVELS))


@pytest.mark.parametrize(
    "around",
    [
        {"next": None, "has_more": False, "total": 2, "count": 2, "page": 1},
        {"next_cursor": 0, "previous_cursor": 17, "next_cursor_str": "0"},
        # Meta and Plaid give a cursor with the last page as well, to go on from another day.
        {"paging": {"cursors": {"before": "QVFI", "after": "QVFJ"}}},
        {"has_more": False, "next_cursor": "CAEa"},
        {"pageInfo": {"hasNextPage": False, "endCursor": "Y3Vy"}},
        {"last": True, "totalPages": 1, "totalElements": 2, "size": 50, "empty": False},
        # The request is echoed.
        {"cursor": "2026-11-22T00:00:00Z"},
        {"links": {"self": "/v1/levels", "next": "", "last": "/v1/levels"}},
        {"_links": {"next": {"href": None}}},
        {"next_update_at": "2026-11-23", "errors": [], "error": None, "took": 31},
        # A sum of money that is called like a count.
        {"total": "1290.00"},
        {"has_more": "N", "next_cursor": "CAEa"},
    ],
)
def test_an_answer_that_is_marked_as_the_last_is_accepted(host, request_for, landed_rows, around):
    record = {"sku": "a", "cost": "12.30", "next": "b", "has_more": True, "cursor": "c"}
    host.respond = lambda asked: answer({"items": [record, *stock("b")], **around})

    http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a", "b"]


def test_a_header_that_means_something_else_can_be_named(host, request_for, landed_rows):
    host.respond = lambda asked: answer(
        {"items": stock("a")}, **{"X-Total-Count": "900", "Link": "</2>; rel=next"}
    )
    connection = connection_to(
        host, WHOLE, table={"not_next": ["header X-Total-Count", "header Link"]}
    )

    http_api.extract(connection, request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a"]


@pytest.mark.parametrize("header", [{}, {"X-Total-Count": "5"}])
def test_a_total_stated_on_the_first_page_still_holds_on_the_last(host, request_for, header):
    def respond(asked):
        at = int(asked.query.get("at", 0))
        following = "/v1/levels?at=1" if at == 0 else None
        first = {} if at or header else {"summary": {"total_count": "5"}}
        items = stock(*("ab", "cd")[at])
        return answer({"items": items, "next": following, **first}, **({} if at else header))

    host.respond = respond

    with pytest.raises(SourceUnreadable, match=r"announces more: .*total.count = 5"):
        http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS))


def test_totals_may_change_between_linked_pages(host, request_for, landed_rows):
    def respond(asked):
        at = int(asked.query.get("at", 0))
        following = "/v1/levels?at=1" if at == 0 else None
        return answer({"items": stock(*("ab", "c")[at]), "next": following, "total": (4, 3)[at]})

    host.respond = respond

    http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a", "b", "c"]


def test_a_page_may_state_of_how_many_pages_it_is_one(host, request_for):
    host.respond = lambda asked: answer(
        {"items": stock(*"abcdef"), "page": {"current": 1, "total": 3}}
    )

    with pytest.raises(SourceUnreadable, match=r"page\.total = 3"):
        http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))


@pytest.mark.parametrize("pages", ["3", 3.0, "3.0"])
def test_the_number_of_pages_may_be_written_as_text(host, request_for, landed_rows, pages):
    host.respond = shelves("ab", "cd", "e", pages=[pages] * 3, total=["5"] * 3)

    http_api.extract(connection_to(host), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == SHELF


def test_a_list_cut_short_on_an_early_page_is_refused_too(host, request_for):
    cut = {"sku": "a", "lines": {"has_more": True, "data": [1]}}
    pages = {
        None: {"items": [cut], "next": "/v1/levels?at=1"},
        "1": {"items": stock("b"), "next": None},
    }
    host.respond = lambda asked: answer(pages[asked.query.get("at")])

    with pytest.raises(SourceUnreadable, match=r"items\.lines\.has_more = true"):
        http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS))


def test_a_list_that_may_be_cut_short_can_be_named(host, request_for, landed_rows):
    cut = {"sku": "a", "lines": {"has_more": True, "data": [1]}}
    host.respond = lambda asked: answer({"items": [cut]})
    connection = connection_to(host, WHOLE, table={"not_next": ["items.lines.has_more"]})

    http_api.extract(connection, request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a"]


def test_a_field_that_means_something_else_can_be_named(host, request_for, landed_rows):
    host.respond = lambda asked: answer({"items": stock("a"), "meta": {"total": 900}})
    connection = connection_to(host, WHOLE, table={"not_next": ["meta.total"]})

    http_api.extract(connection, request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a"]


def shelves(*pages, **around):
    """Give one page after another by its number."""

    def respond(asked):
        number = int(asked.query["page"])
        more = {name: values[number - 1] for name, values in around.items()}
        return answer({"items": stock(*pages[number - 1]), **more})

    return respond


@pytest.mark.parametrize(
    ("respond", "message"),
    [
        (shelves("ab", "", "e", pages=[3, 3, 3]), "page 2 of 3 without a record"),
        (shelves("", "cd", pages=[2, 2]), "page 1 of 2 without a record"),
        # Five records in pages of two, and their number where that of the pages is looked for.
        (shelves("ab", "cd", "e", "", pages=[5] * 4), "page 4 of 5 .*the number of records"),
        (shelves("ab", "c", "", pages=[3] * 3), "page 3 of 3 .*the number of records"),
        (shelves("ab", "cd", pages=[3, 2]), "pages = 3 and a page later 2; its records moved"),
        (shelves("ab", pages=[0]), "gives 2 records and states pages = 0"),
        (shelves("ab", pages=[-5]), "gives 2 records and states pages = -5"),
        (shelves("", pages=[-1]), "states pages = -1"),
        (shelves("ab", "ab", "ab", pages=[3, 3, 3]), "page 2 with the records of a page before"),
    ],
)
def test_pages_that_contradict_each_other_are_refused(host, request_for, respond, message):
    host.respond = respond

    with pytest.raises(SourceUnreadable, match=message):
        http_api.extract(connection_to(host, BY_NUMBER), request_for(LEVELS))


def test_a_total_that_changes_between_pages_is_refused(host, request_for):
    host.respond = shelves("ab", "de", pages=[2, 2], total=[5, 4])

    with pytest.raises(SourceUnreadable, match="total = 5 and a page later 4"):
        http_api.extract(connection_to(host), request_for(LEVELS))


def linked(*pages):
    """Give one page after another, each with a link to the next."""

    def respond(asked):
        at = int(asked.query.get("at", 0))
        following = f"/v1/levels?at={at + 1}" if at + 1 < len(pages) else None
        return answer({"items": stock(*pages[at]), "next": following})

    return respond


def test_an_empty_page_before_the_last_is_refused_unless_the_source_allows_it(
    host, request_for, landed_rows
):
    host.respond = linked("ab", "", "c")

    with pytest.raises(SourceUnreadable, match=r"page 2 without a record .*may_be_empty"):
        http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS))
    http_api.extract(connection_to(host, {**BY_LINK, "may_be_empty": True}), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a", "b", "c"]


def test_the_last_of_linked_pages_may_be_empty(host, request_for, landed_rows):
    host.respond = linked("ab", "")

    http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a", "b"]


def test_a_range_of_bytes_is_no_whole_answer_whatever_its_status(host, request_for):
    body = b'{"items": []}'
    host.respond = lambda asked: (200, {"Content-Range": "bytes 0-12/9000"}, body)

    with pytest.raises(SourceUnreadable, match=r"incomplete .*header content-range\.is_partial"):
        http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))


@pytest.mark.parametrize("status", [202, 203, 206])
def test_a_part_of_an_answer_is_refused(host, request_for, status):
    host.respond = lambda asked: answer({"items": stock("a")}, status)

    with pytest.raises(SourceUnreadable, match=f"answered {status}, which is not a whole answer"):
        http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))


@pytest.mark.parametrize(
    ("around", "seen"),
    [
        ({"errors": [{"message": "jane@example.org timed out"}]}, "errors = true"),
        ({"incomplete_results": True}, "incomplete_results = true"),
        ({"status": {"isPartial": True}}, r"status\.isPartial = true"),
        ({"errors": {"lines": ["jane@example.org timed out"]}}, "errors = true"),
    ],
)
def test_an_answer_that_calls_itself_partial_is_refused(host, request_for, around, seen):
    host.respond = lambda asked: answer({"items": stock("a"), **around})

    with pytest.raises(SourceUnreadable, match=f"incomplete or wrong: {seen}") as refused:
        http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))
    assert "jane" not in str(refused.value)


def test_a_link_absent_from_the_only_answer_is_noted_with_what_is_there(host, request_for):
    host.respond = lambda asked: answer({"items": stock("a"), "meta": {"page": 1}, "sum": "7"})

    extracted = http_api.extract(
        connection_to(host, {**BY_LINK, "link": "meta.next"}), request_for(LEVELS)
    )

    assert len(extracted.notes) == 1
    assert "has no field meta.next" in extracted.notes[0]
    assert "next to its records it has meta.page, sum." in extracted.notes[0]


@pytest.mark.parametrize(
    ("records", "around", "notes"), [(49, {}, 0), (50, {}, 1), (50, {"has_more": False}, 0)]
)
def test_an_only_page_that_is_exactly_full_is_noted(host, request_for, records, around, notes):
    host.respond = lambda asked: answer({"items": stock(*map(str, range(records))), **around})
    connection = connection_to(
        host, WHOLE, table={"parameters": {"from": "{window_start}", "limit": 50}}
    )

    extracted = http_api.extract(connection, request_for(LEVELS))

    assert len(extracted.notes) == notes
    assert all("exactly what the parameter limit asks for" in note for note in extracted.notes)


@pytest.mark.parametrize("respond", [linked("ab"), linked("ab", "c")])
def test_a_link_that_is_null_is_an_end_like_any_other(host, request_for, respond):
    host.respond = respond

    assert http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS)).notes == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://key:sesa/me@api.shop.example/v1",
        "https://key:sesa?me@api.shop.example/v1",
        "https://key:sesa#me@api.shop.example/v1",
        "https://key:47/sesame@api.shop.example/v1",
        "https://key:sesa@me@api.shop.example/v1",
        "sesame",
        "https://[sesame",
        "https://api.shop.example/v1?key=sesame",
        "https://api.shop.example/v1#sesame",
        "https://me:sesame@api..example",
        f"https://me:sesame@{'a' * 64}.example",
        "https://me:sesame@xn--a-.example",
        "https://me:sesame@api.shop.example:70000",
        "mailto:sesame",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_not_asked_and_not_shown(
    host, request_for, caplog, url
):
    host.url = url

    with pytest.raises(SourceInvalid, match="write @ as %40") as refused:
        http_api.extract(connection_to(host), request_for(LEVELS))

    assert refused.value.__context__ is None
    for part in ("sesa", "me@", "47"):
        assert part not in str(refused.value) + caplog.text


def test_a_login_in_the_address_is_sent_and_never_shown(host, request_for, tmp_path, caplog):
    plain = host.url
    host.url = plain.replace("http://", f"http://key:{quote('k@/:?#', safe='')}@")
    host.respond = lambda asked: answer({}, 500)

    with pytest.raises(SourceUnreachable, match=f"{plain}/v1/levels answered 500") as refused:
        http_api.extract(connection_to(host), request_for(LEVELS))

    sent = b64decode(host.asked[0].headers["Authorization"].removeprefix("Basic "))
    assert sent == b"key:k@/:?#"
    assert "k@" not in str(refused.value) + caplog.text
    assert "%40" not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    ("respond", "message"),
    [
        (answer({}, 302, Location="https://me:sesame@b.example/?t=sesame#sesame"), "redirects to"),
        (answer({}, 302, Location="https://me:ses/sesame@b.example/"), "Invalid URL"),
        (answer({}, 302, Location="me:sesame@b.example/x"), "Invalid URL in location header"),
        (answer({}, 302, Location="mailto:sesame"), "Invalid URL in location header"),
        (answer({}, 302, Location="data:text/html,sesame"), "Invalid URL in location header"),
        (answer({}, 302, Location="//me:sesame@b.example/x"), r"redirects to http://b\.example/x;"),
        (answer({}, 302, Location="http://[sesame/"), "redirects to an address that is not shown"),
        (answer({}, 302, Location="//b..sesame/"), "redirects to an address that is not shown"),
        (answer({}, 302, Location="/v1/ses-a-4me/x"), r"redirects to http://127.*/v1/…/x;"),
        (answer({}, 302, Location="/v1;key=sesame?sesame"), r"redirects to http://127[\d.:]*/…;"),
        (answer({"items": stock("a"), "next": "mailto:sesame"}), "an address that is not shown"),
        (answer({"items": stock("a"), "next": "me:sesame@b/"}), "an address that is not shown"),
        (answer({"items": stock("a"), "next": "https://me:sesame@b.example/?a=1"}), "another host"),
        (answer({"items": stock("a"), "next": "https://me:ses/sesame@b/"}), "next page's address"),
        (answer({"items": stock("a")}, Link="<https://b.example/sesame>; rel=next"), "header Link"),
    ],
)
def test_a_token_in_an_address_that_the_api_names_is_not_shown(host, request_for, respond, message):
    host.respond = lambda asked: respond

    with pytest.raises(SourceError, match=message) as refused:
        http_api.extract(connection_to(host, BY_LINK), request_for(LEVELS))

    assert "ses" not in str(refused.value).replace("address", "").replace("uses", "")
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "token",
    [
        "xoxb7f3a99c0ffee4711deadbeef",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "T0KEN-with-hyphens",
        "hunter2",
        "v1;key=abc",
        "key=abc",
        "abc~def!1",
        "47114711471147",
        "AbCdEfGhIjKlMnOpQrStUvWxYz",
        "a%20b%2Fc",
    ],
)
def test_a_token_in_the_path_is_neither_shown_nor_kept(host, request_for, tmp_path, caplog, token):
    host.respond = failing_first(answer({}, 500))

    http_api.extract(connection_to(host, table={"path": f"/bot/{token}/v1"}), request_for(LEVELS))

    kept = gzip.decompress((tmp_path / "landed" / "raw.jsonl.gz").read_bytes()).decode()
    assert token in host.asked[0].path
    assert token not in caplog.text + kept
    assert f"{host.url}/bot/…/v1 answered 500" in caplog.text


@pytest.mark.parametrize("path", ["/v1/levels", "/v2.1/stock-levels", "/shop/2026-11-22/p2", "/"])
def test_a_path_of_words_and_small_numbers_is_shown(host, request_for, path):
    host.respond = lambda asked: answer({}, 404)

    with pytest.raises(SourceUnreadable, match=f"^{host.url}{path} answered 404"):
        http_api.extract(connection_to(host, table={"path": path}), request_for(LEVELS))


@contextmanager
def raw_host(answered):
    """A host that answers each request with the given bytes, whatever they are."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with suppress(OSError):
                while True:
                    asking, _ = listening.accept()
                    with asking:
                        asking.recv(65536)
                        asking.sendall(answered)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        (
            b"HTTP/1.1 503 no sesame here\r\nContent-Length: 0\r\n\r\n",
            r"503 \(Service Unavailable\);",
        ),
        (
            b"HTTP/1.1 429 sesame\r\nContent-Length: 0\r\n\r\n",
            r"answered 429 \(Too Many Requests\);",
        ),
        (b"HTTP/1.1 599 sesame\r\nContent-Length: 0\r\n\r\n", r"answered 599; try again later"),
        (b"HTTP/1.1 200 OK\r\nsesame sesame\r\n\r\n", "what it sent is not HTTP"),
        (b"sesame\r\n\r\n", "what it sent is not HTTP"),
    ],
)
def test_what_a_host_writes_around_its_answer_is_not_repeated(
    host, request_for, caplog, answered, message
):
    caplog.set_level("DEBUG")
    with raw_host(answered) as host.url, pytest.raises(SourceUnreachable, match=message) as refused:
        http_api.extract(connection_to(host), request_for(LEVELS))

    assert refused.value.__context__ is None
    assert "sesame" not in str(refused.value) + caplog.text


def test_an_address_may_name_the_interface_of_a_link(host, request_for):
    host.url = "http://[fe80::1%25lo]:9"

    with pytest.raises(
        SourceUnreachable, match=r"http://\[fe80::1%lo\]:9/v1/levels did not answer"
    ):
        http_api.extract(connection_to(host), request_for(LEVELS))


def link_local_address():
    """An address of this machine that is good on one of its links only, with the link's name."""
    known = Path("/proc/net/if_inet6")
    for line in known.read_text().splitlines() if known.exists() else []:
        number, *_, name = line.split()
        if number.startswith("fe80"):
            groups = (number[at : at + 4] for at in range(0, 32, 4))
            return f"{':'.join(groups)}%{name}"
    pytest.skip("this machine has no link-local address")


def test_a_host_on_a_link_is_asked_without_the_name_of_the_link(request_for):
    address = link_local_address()
    with hosting(address) as host:
        host.respond = lambda asked: answer({"items": stock("a")})
        port = host.url.rpartition(":")[2]
        host.url = f"http://[{address.replace('%', '%25')}]:{port}"

        http_api.extract(connection_to(host, WHOLE), request_for(LEVELS))

    assert host.asked[0].headers["Host"] == f"[{address.partition('%')[0]}]:{port}"


def test_a_header_that_cannot_be_sent_is_in_no_chained_error(host, request_for):
    host.respond = lambda asked: (200, {"Bad Header": "sesame"}, b"{}")

    with pytest.raises(SourceError) as refused:
        http_api.extract(connection_to(host), request_for(LEVELS))

    assert refused.value.__context__ is None
