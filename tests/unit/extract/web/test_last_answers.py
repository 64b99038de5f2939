"""Last answers in the shapes of well-known APIs: none of them is to be refused."""

import pytest

from storepulse.extract.web.cut_lists import sign_of_a_cut_list
from storepulse.extract.web.envelope import (
    counting,
    fields_around,
    sign_of_incompleteness,
    sign_of_more,
)

LAST = {
    "pagination with links": (
        "data",
        {
            "data": [{"images": [], "options": [{"option_values": []}]}],
            "meta": {
                "pagination": {
                    "total": 1,
                    "count": 1,
                    "per_page": 50,
                    "current_page": 1,
                    "total_pages": 1,
                    "links": {"current": "?page=1"},
                }
            },
        },
    ),
    "lists of lists": (
        "data",
        {
            "object": "list",
            "url": "/v1/charges",
            "has_more": False,
            "data": [
                {"refunds": {"object": "list", "data": [], "has_more": False, "total_count": 0}}
            ],
        },
    ),
    "pageable": (
        "content",
        {
            "content": [{"sku": "a"}],
            "pageable": {"offset": 0, "pageNumber": 0, "pageSize": 20, "paged": True},
            "last": True,
            "totalElements": 1,
            "totalPages": 1,
            "size": 20,
            "number": 0,
            "first": True,
            "numberOfElements": 1,
        },
    ),
    "links by label": (
        "data",
        {
            "data": [{"sku": "a"}],
            "links": {"first": "/?page=1", "last": "/?page=1", "prev": None, "next": None},
            "meta": {
                "current_page": 1,
                "last_page": 1,
                "links": [{"url": None, "label": "Next »", "active": False}],
                "to": 1,
                "total": 1,
            },
        },
    ),
    "search": (
        "hits.hits",
        {
            "timed_out": False,
            "_shards": {"total": 5, "successful": 5, "skipped": 0, "failed": 0},
            "hits": {
                "total": {"value": 1, "relation": "eq"},
                "hits": [{"_source": {"lines": [1], "total": 900}}],
            },
            "aggregations": {"by_store": {"sum_other_doc_count": 120, "buckets": []}},
        },
    ),
    "graph": (
        "data.orders.edges",
        {
            "data": {
                "orders": {
                    "edges": [
                        {
                            "cursor": "eyJsY",
                            "node": {
                                "tags": [],
                                "lineItems": {
                                    "edges": [{"node": {}, "cursor": "eyJsZ"}],
                                    "pageInfo": {"hasNextPage": False, "endCursor": "eyJsZ"},
                                },
                            },
                        }
                    ],
                    "pageInfo": {"hasNextPage": False, "endCursor": "eyJsY"},
                }
            },
            "extensions": {"cost": {"actualQueryCost": 3, "throttleStatus": {"restoreRate": 100}}},
        },
    ),
    "marketplace": (
        "orders",
        {
            "href": "/orders",
            "total": 1,
            "limit": 50,
            "offset": 0,
            "warnings": [],
            "orders": [
                {
                    "pricingSummary": {"total": {"value": "1290", "currency": "USD"}},
                    "lineItems": [{"taxes": [], "total": {"value": "1290", "currency": "USD"}}],
                    "paymentSummary": {"totalDueSeller": {"value": "1"}, "payments": [{}]},
                }
            ],
        },
    ),
    "criteria": (
        "items",
        {
            "items": [
                {
                    "extension_attributes": {"shipping_assignments": [{"items": []}]},
                    "total_item_count": 3,
                    "payment": {"additional_information": ["card"], "amount_paid": 1},
                }
            ],
            "search_criteria": {"filter_groups": [], "page_size": 100, "current_page": 1},
            "total_count": 1,
        },
    ),
    "cursors with the last page": (
        "data",
        {
            "data": [
                {"actions": [], "sets": {"data": [{}], "paging": {"cursors": {"after": "Q"}}}}
            ],
            "paging": {"cursors": {"before": "QVFI", "after": "QVFJ"}},
        },
    ),
    "attributes as text": (
        "Sale",
        {
            "@attributes": {"count": "1", "offset": "0", "limit": "100"},
            "Sale": [{"SaleLines": {"SaleLine": [{}]}, "total": "120", "completed": "true"}],
        },
    ),
    "codes": (
        "order_list",
        {"errcode": 0, "errmsg": "ok", "order_list": ["1"], "next_key": "abc", "has_more": False},
    ),
}


@pytest.mark.parametrize("shape", LAST)
def test_the_last_answer_of_a_well_known_shape_is_taken_for_the_whole(shape):
    place, answer = LAST[shape]
    records = answer
    for key in place.split("."):
        records = records[key]
    fields = fields_around(answer, place, {}, ())
    counts = [*counting(fields).values()]

    assert len(records) == 1
    assert sign_of_incompleteness(fields) is None
    assert sign_of_more(fields, counts, sent={}, pages=1, records=1) is None
    assert sign_of_a_cut_list(records, place, ()) is None
