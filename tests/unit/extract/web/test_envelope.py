from datetime import UTC, datetime

import pytest

from storepulse.extract.web.envelope import (
    counting,
    fields_around,
    sign_of_incompleteness,
    sign_of_more,
)
from storepulse.extract.web.http_fetch import Page

SENT = {"from": "2026-11-22T00:00:00Z", "per_page": "2"}


def announced(around, headers=None, sent=SENT):
    """What two records on one page, with these fields around them, announce."""
    fields = fields_around({"items": ["a", "b"], **around}, "items", headers or {}, ())
    counts = [*counting(fields).values()]
    return sign_of_more(fields, counts, sent=sent, pages=1, records=2)


@pytest.mark.parametrize(
    ("around", "seen"),
    [
        # Counts as text, whatever they are called and wherever they stand.
        ({"total": "120"}, "total = 120"),
        ({"pages": " 3 "}, "pages = 3"),
        ({"totalPage": 2}, "totalPage = 2"),
        ({"total_page": 2}, "total_page = 2"),
        ({"totalPageCount": "2"}, "totalPageCount = 2"),
        ({"total_number": 120}, "total_number = 120"),
        ({"total_num": 120}, "total_num = 120"),
        ({"totalRecord": 120}, "totalRecord = 120"),
        ({"nbHits": 120, "page": 0, "nbPages": 1}, "nbHits = 120"),
        ({"nbPages": 3}, "nbPages = 3"),
        ({"total_cnt": 120}, "total_cnt = 120"),
        ({"maxPageNo": 3}, "maxPageNo = 3"),
        ({"d": {"__count": "120"}}, "d.__count = 120"),
        # Where `total` is that of the pages: jqGrid's way.
        ({"page": 1, "total": 2, "records": 120}, "records = 120"),
        ({"row_count": 120}, "row_count = 120"),
        ({"recordsTotal": 120}, "recordsTotal = 120"),
        ({"iTotalRecords": 120}, "iTotalRecords = 120"),
        ({"totalSize": 120, "done": True}, "totalSize = 120"),
        ({"totalResultsCount": 120}, "totalResultsCount = 120"),
        ({"total_entries": 120}, "total_entries = 120"),
        ({"resultCount": 120}, "resultCount = 120"),
        ({"hits": {"total": {"value": 120, "relation": "eq"}}}, "hits.total = 120"),
        ({"page": {"current": 1, "total": 120}}, "page.total = 120"),
        # Flags.
        ({"is_end": False}, "is_end = false"),
        ({"isEnd": 0}, "isEnd = 0"),
        ({"eof": False}, "eof = false"),
        ({"is_last_page": "N"}, "is_last_page = n"),
        ({"end_of_list": "false"}, "end_of_list = false"),
        ({"has_more": {"value": True}}, "has_more = true"),
        ({"has_more": "Y"}, "has_more = y"),
        ({"exceededTransferLimit": True}, "exceededTransferLimit = true"),
        ({"metadata": {"remainingItemCount": 118}}, "metadata.remainingItemCount = 118"),
        # Tokens.
        ({"next_page_info": "eyJsY"}, "next_page_info = …"),
        ({"metadata": {"continue": "eyJ2"}}, "metadata.continue = …"),
        ({"continue": {"apcontinue": "Kettle", "continue": "-||"}}, "continue = …"),
        ({"next_start_token": "eyJz"}, "next_start_token = …"),
        ({"LastEvaluatedKey": {"sku": {"S": "b"}}}, "LastEvaluatedKey = …"),
        ({"offset": "itrQ/recF"}, "offset = …"),
        ({"pcursor": "a1b2"}, "pcursor = …"),
        # The flag that is off stands elsewhere and is about something else.
        ({"stock": {"has_more": False}, "nextPageToken": "CAUQAA"}, "nextPageToken = …"),
        ({"filter": {"next": None, "last": True}, "cursor": "abc"}, "cursor = …"),
        # By chance as many as were asked for.
        ({"next_offset": 2}, "next_offset = 2"),
        ({"next_offset": "2"}, "next_offset = …"),
    ],
)
def test_more_is_announced_in_many_ways(around, seen):
    assert announced(around) == seen


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"Content-Range": "items 0-1/120"}, "header content-range.total = 120"),
        ({"X-Pagination": '{"TotalCount": 120}'}, "header x-pagination.TotalCount = 120"),
        ({"X-Pagination": '{"HasNext": true}'}, "header x-pagination.HasNext = true"),
        ({"Content-Range": "line-items=0-1/120"}, "header content-range.total = 120"),
        ({"Total-Count": "120"}, "header total-count = 120"),
        ({"Pagination-Count": "120"}, "header pagination-count = 120"),
        ({"Next-Page": "2"}, "header next-page = …"),
        ({"x-ms-continuation": "eyJ0"}, "header x-ms-continuation = …"),
        ({"x-ms-continuationtoken": "eyJ0"}, "header x-ms-continuationtoken = …"),
    ],
)
def test_headers_announce_more_too(headers, seen):
    assert announced({}, headers) == seen


@pytest.mark.parametrize(
    "around",
    [
        {"has_more": "N", "next_cursor": "CAEa"},
        {"pcursor": "nomore"},
        {
            "offset": "0",
            "zone": {"offset": "+08:00"},
            "total": {"value": "1290", "currency": "EUR"},
        },
        {"error": {"errorCode": "0000", "text": "fine"}, "status": "OK"},
        {"filter": {"status": "incomplete"}, "state": "complete"},
        # The question is repeated.
        {"params": {"rows": "1000", "start": "0", "size": 1000, "page_num": 7}},
        {"is_end": True, "next_start_token": "eyJz"},
        {"eof": 1, "pages": "1", "page": {"current": 1, "total": 1, "size": 50}},
        {"page": {"current": 1, "total": 2}, "totalSize": "2"},
        {"has_more": {"value": False}, "hits": {"total": {"value": 2}}},
        {"next_page_info": {"has_next": False, "cursor": "eyJsY"}},
        {"LastEvaluatedKey": {}, "continue": "", "metadata": {"continue": None}},
        # Solr gives the mark it was asked with, at the end.
        {"nextCursorMark": "2026-11-22T00:00:00Z"},
        {"errors": {}, "error": {"code": 0, "message": "OK"}, "partial": False},
        {"_shards": {"total": 5, "successful": 5, "failed": 0}, "timed_out": False},
    ],
)
def test_an_end_is_stated_in_many_ways(around):
    assert announced(around) is None
    assert sign_of_incompleteness(fields_around(around, "items", {}, ())) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "items 0-1/2", "Total-Count": "2"},
        {"Content-Range": "items 0-1/*"},
        {"X-Pagination": '{"TotalCount": 2, "TotalPages": 1, "HasNext": false}'},
        {"X-Pagination": "{no JSON"},
        {"X-RateLimit-Remaining": "4999", "Retry-After": "120", "X-Next-Page": ""},
    ],
)
def test_headers_that_name_no_further_page_are_an_end(headers):
    assert announced({}, headers) is None


@pytest.mark.parametrize(
    ("around", "seen"),
    [
        ({"errors": {"lines": ["jane@example.org timed out"]}}, "errors = true"),
        ({"error": {"code": 504, "message": "jane@example.org"}}, "error = true"),
        ({"errors": True}, "errors = true"),
        ({"partial": True}, "partial = true"),
        ({"partialFailureError": {"code": 3}}, "partialFailureError = true"),
        ({"_shards": {"total": 5, "failed": 1}}, "_shards.failed = 1"),
        ({"timed_out": True}, "timed_out = true"),
        ({"terminated_early": True}, "terminated_early = true"),
        ({"incompleteSearch": True}, "incompleteSearch = true"),
        ({"status": "partial"}, "status = partial"),
        ({"status": "ERROR"}, "status = error"),
    ],
)
def test_an_answer_calls_itself_partial_in_many_ways(around, seen):
    assert sign_of_incompleteness(fields_around(around, "items", {}, ())) == seen


@pytest.mark.parametrize(
    ("header", "following"),
    [
        ('</2>; Rel="next"', "/2"),
        ("</2>;\trel=next", "/2"),
        ('</2>; title="all; of, it"; rel=next', "/2"),
        ('</2>; title="the \\"next\\", so"; rel="next"', "/2"),
        ("</1>; rel=prev , </2?a=1,2;b=3>; rel = 'last NEXT'", "/2?a=1,2;b=3"),
        ('</1>; title="next; rel=next, or so"; rel=prev', None),
        ("</1>; rel=prev; rel=next", None),
        ("rel=next", None),
        ("", None),
    ],
)
def test_a_link_header_is_read_as_it_may_be_written(header, following):
    page = Page("shop", 200, b"", datetime.now(UTC), headers={"Link": header})

    assert page.next_link == following
