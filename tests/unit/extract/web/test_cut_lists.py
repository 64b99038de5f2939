import pytest

from storepulse.extract.web.cut_lists import sign_of_a_cut_list


@pytest.mark.parametrize(
    ("within", "seen"),
    [
        ({"lines": {"has_more": True, "data": [1]}}, "items.lines.has_more = true"),
        ({"lines": {"object": "list", "data": [], "has_more": 1}}, "items.lines.has_more = 1"),
        (
            {"lines": {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": "Y3"}}},
            "items.lines.pageInfo.hasNextPage = true",
        ),
        ({"lines": [1], "pageInfo": {"hasNextPage": True}}, "items.pageInfo.hasNextPage = true"),
        ({"lines": {"lines": [1], "hasMore": "Y"}}, "items.lines.hasMore = y"),
        ({"lines": {"data": [1], "paging": {"next": "https://b/"}}}, "items.lines.paging.next = …"),
        ({"lines": {"data": [1], "links": {"next": {"href": "/2"}}}}, "items.lines.links.next = …"),
        ({"lines": {"rows": [1], "nextPageToken": "CAUQAA"}}, "items.lines.nextPageToken = …"),
        ({"box": [{"lines": {"data": [1], "has_more": True}}]}, "items.box.lines.has_more = true"),
        ({"log": {"startAt": 0, "maxResults": 1, "total": 2, "logs": [1]}}, "items.log.total = 2"),
        ({"lines": {"totalCount": 2, "nodes": [1]}}, "items.lines.totalCount = 2"),
        ({"lines": {"hits": [1], "total": {"value": 2}}}, "items.lines.total = 2"),
        ({"lines": {"isLast": False, "values": [1]}}, "items.lines.isLast = false"),
        ({"lines": [1], "has_more_lines": True}, "items.has_more_lines = true"),
        ({"lines": [1], "linesTruncated": True}, "items.linesTruncated = true"),
        ({"Lines": [1], "Lines@odata.nextLink": "https://b/"}, "items.Lines@odata.nextLink = …"),
    ],
)
def test_a_field_that_marks_a_cut_list_is_found(within, seen):
    records = [{"sku": "a"}, {"sku": "b", **within}]

    assert sign_of_a_cut_list(records, "items", ()) == seen


@pytest.mark.parametrize(
    "within",
    [
        {"lines": {"has_more": False, "data": [1], "total_count": 1}},
        {"lines": {"nodes": [1], "pageInfo": {"hasNextPage": False, "endCursor": "Y3"}}},
        {"lines": {"data": [1], "paging": {"cursors": {"before": "QV", "after": "QW"}}}},
        {"lines": {"data": [1], "has_more": "N", "nextPageToken": "CAUQAA"}},
        # Data that is called like something of pages.
        {"basket": {"items": [1], "total": 1290, "total_items": 5, "count": 5}},
        {"chart": {"data": [1], "total": 1290}},
        {"task": {"steps": [1], "done": False, "next": "pack it"}, "last": False},
        {"ships": {"ways": [1], "has_next_day_delivery": True, "more": "see the shop's page"}},
        {"images": [1], "more_images": "/a.jpg", "next_images": 4, "images_done": False},
        {"tags": [], "links": {"next": "/items/c", "prev": "/items/a"}, "next": "c"},
        {"lines": [1], "lines_count": 7, "offset": 5, "total": 1290},
    ],
)
def test_a_list_that_is_whole_is_not_taken_for_a_cut_one(within):
    assert sign_of_a_cut_list([{"sku": "a", **within}], "items", ()) is None


def test_a_record_may_be_nested_deeper_than_python_calls():
    deep = {"lines": {"has_more": True, "data": []}}
    for _ in range(5_000):
        deep = {"box": [deep]}

    assert sign_of_a_cut_list([deep], "items", ()).endswith("lines.has_more = true")
