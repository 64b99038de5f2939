import gzip
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from storepulse.doors import HttpApiDoor
from storepulse.errors import SourceInvalid, SourceUnreachable, SourceUnreadable, WindowTooLarge
from storepulse.extract import http_api

QUICK = {"attempts": 4, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.5}
NUMBERED = {"style": "page_number", "parameter": "page", "pages": "pages", "total": "total"}
LEVELS = "select record ->> '$.sku' as sku, record ->> '$.cost' as unit_cost from items"
TOKEN = "sesame-7f3a"  # noqa: S105


def door_to(host, paging=None, **options):
    table = {
        "path": "/v1/levels",
        "parameters": {"from": "{window_start}", "to": "{window_end}", "per_page": 2},
        "records": "items",
        "paging": paging or NUMBERED,
        **options.pop("table", {}),
    }
    return HttpApiDoor(
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

    http_api.extract(door_to(host), request_for(LEVELS))

    assert landed_rows() == [(sku, "12.30") for sku in SHELF]
    assert [asked.query["page"] for asked in host.asked] == ["1", "2", "3"]
    assert {asked.headers["Authorization"] for asked in host.asked} == {f"Bearer {TOKEN}"}
    assert host.asked[0].query["from"] == "2026-11-22T00:00:00Z"
    assert host.asked[0].query["to"] == "2026-11-22T06:00:00Z"


def test_pages_are_kept_as_they_came_and_without_the_token(host, request_for, tmp_path):
    host.respond = lambda asked: answer({"items": [{"cost": 12.30}], "pages": 1, "total": 1})

    extracted = http_api.extract(door_to(host), request_for(LEVELS))

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

    http_api.extract(door_to(host), request_for(LEVELS))

    assert landed_rows() == [("9007199254740993", "12.30")]


def test_links_to_the_next_page_are_followed(host, request_for, landed_rows):
    pages = {
        None: {"data": {"rows": stock("a")}, "links": {"next": "/v1/levels?cursor=x1"}},
        "x1": {"data": {"rows": stock("b")}, "links": {"next": f"{host.url}/v1/levels?cursor=x2"}},
        "x2": {"data": {"rows": stock("c")}, "links": {"next": None}},
    }
    host.respond = lambda asked: answer(pages[asked.query.get("cursor")])
    door = door_to(
        host, {"style": "next_link", "link": "links.next"}, table={"records": "data.rows"}
    )

    http_api.extract(door, request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("link", "said"),
    [("http://elsewhere.example/v1", "another host"), ("/v1/levels?cursor=x1", "read already")],
)
def test_a_link_that_leads_astray_is_not_followed(host, request_for, link, said):
    host.respond = lambda asked: answer({"items": [], "next": link})

    with pytest.raises(SourceUnreadable, match=said):
        http_api.extract(door_to(host, {"style": "next_link", "link": "next"}), request_for(LEVELS))


def failing_first(*failures):
    """Answer with the failures one after the other, then as if nothing had been."""
    left = list(failures)
    return lambda asked: left.pop(0) if left else numbered_pages(asked)


def test_a_busy_or_broken_api_is_asked_again(host, request_for, landed_rows, caplog):
    host.respond = failing_first(
        answer({}, 429, **{"Retry-After": "0.4"}), answer({}, 500), (503, {}, b"<html>busy</html>")
    )

    http_api.extract(door_to(host), request_for(LEVELS))

    assert [row[0] for row in landed_rows()] == SHELF
    assert len(host.asked) == 6
    assert "attempt 1 failed, next in 0.4 s" in caplog.text


def test_retry_after_may_be_a_date(host, request_for, landed_rows):
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    host.respond = failing_first(answer({}, 429, **{"Retry-After": past}))

    http_api.extract(door_to(host), request_for(LEVELS))

    assert len(landed_rows()) == 5


def test_an_api_that_wants_a_long_rest_is_left_to_the_next_try_of_the_task(host, request_for):
    host.respond = lambda asked: answer({}, 429, **{"Retry-After": "3600"})

    with pytest.raises(SourceUnreachable, match=r"429 .* 3600 s"):
        http_api.extract(door_to(host), request_for(LEVELS))
    assert len(host.asked) == 1


def test_an_api_that_stays_broken_is_unreachable_after_so_many_attempts(host, request_for):
    host.respond = lambda asked: answer({}, 502)

    with pytest.raises(SourceUnreachable, match=r"/v1/levels answered 502"):
        http_api.extract(door_to(host), request_for(LEVELS))
    assert len(host.asked) == 4


def test_an_api_that_is_down_is_unreachable(host, request_for, caplog):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host.url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(SourceUnreachable, match="did not answer"):
            http_api.extract(door_to(host), request_for(LEVELS))
    assert TOKEN not in caplog.text


def test_an_api_that_never_answers_is_given_up(host, request_for):
    def sleep(asked):
        time.sleep(0.6)
        return numbered_pages(asked)

    host.respond = sleep

    with pytest.raises(SourceUnreachable, match=r"did not answer|took over"):
        http_api.extract(door_to(host, timeout_seconds=0.1), request_for(LEVELS))
    assert len(host.asked) == 4


def test_an_answer_cut_off_is_asked_for_again(host, request_for):
    host.respond = lambda asked: (200, {"Content-Length": "500", "Connection": "close"}, b"{}")

    with pytest.raises(SourceUnreachable, match="did not answer"):
        http_api.extract(door_to(host, timeout_seconds=0.2), request_for(LEVELS))
    assert len(host.asked) == 4


@pytest.mark.parametrize(
    ("response", "said"),
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
        (answer({"items": stock("a"), "pages": 1, "total": 5}), "promised 5 records and gave 1"),
        (answer({}, 302, Location="http://elsewhere.example/"), "redirects to http://elsewhere"),
    ],
)
def test_an_answer_that_asking_again_will_not_mend_is_unreadable_at_once(
    host, request_for, caplog, response, said
):
    host.respond = lambda asked: response

    with pytest.raises(SourceUnreadable, match=said) as refused:
        http_api.extract(door_to(host), request_for(LEVELS))
    assert len(host.asked) == 1
    assert f"{host.url}/v1/levels" in str(refused.value)
    assert TOKEN not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('{"sku": "a", "cost": 1, "cost": 2}', "states 'cost' twice, differently"),
        ('{"sku": "a", "box": {"cost": 1, "cost": 1.0}}', "states 'cost' twice, differently"),
        ('{"sku": "a", "jane@example.org": 1, "jane@example.org": 2}', "states a key twice"),
    ],
)
def test_an_answer_that_says_two_things_of_one_key_is_refused(host, request_for, record, said):
    body = f'{{"items": [{record}], "pages": 1, "total": 1}}'.encode()
    host.respond = lambda asked: (200, {}, body)

    with pytest.raises(SourceUnreadable, match=said) as refused:
        http_api.extract(door_to(host), request_for(LEVELS))

    assert "ask the API's owner" in str(refused.value)
    assert "jane" not in str(refused.value)
    assert len(host.asked) == 1


def test_an_answer_that_says_one_thing_twice_is_taken(host, request_for, landed_rows):
    body = b'{"items": [{"sku": "a", "cost": 12.30, "cost": 12.30}], "pages": 1, "total": 1}'
    host.respond = lambda asked: (200, {}, body)

    http_api.extract(door_to(host), request_for(LEVELS))

    assert landed_rows() == [("a", "12.30")]


def test_pages_without_end_are_refused(host, request_for):
    host.respond = lambda asked: answer({"items": [], "pages": 10**9, "total": 0})

    with pytest.raises(WindowTooLarge, match="max_pages = 3"):
        http_api.extract(door_to(host, table={"max_pages": 3}), request_for(LEVELS))
    assert len(host.asked) == 3


def test_a_window_without_records_lands_empty(host, request_for, landed_rows):
    host.respond = lambda asked: answer({"items": [], "pages": 0, "total": 0})

    extracted = http_api.extract(door_to(host), request_for(LEVELS))

    assert landed_rows() == []
    assert list(extracted.columns) == ["sku", "unit_cost"]


def test_a_token_with_a_line_break_is_refused_unseen(host, request_for):
    door = HttpApiDoor(
        kind="http_api",
        url=host.url,
        headers={"Authorization": f"Bearer {TOKEN}\n"},
        tables={"items": {"path": "/", "records": "items"}},
    )

    with pytest.raises(SourceInvalid, match="the header Authorization") as refused:
        http_api.extract(door, request_for(LEVELS))
    assert TOKEN not in str(refused.value)


def test_an_address_that_is_no_url_is_invalid(host, request_for):
    host.url = "ftp://shop"

    with pytest.raises(SourceInvalid, match="cannot be asked"):
        http_api.extract(door_to(host), request_for(LEVELS))


def test_a_token_in_the_query_is_neither_shown_nor_kept(host, request_for, tmp_path, caplog):
    caplog.set_level("INFO")
    host.respond = failing_first(answer({}, 500))
    door = door_to(host, table={"parameters": {"api_key": TOKEN}})

    http_api.extract(door, request_for(LEVELS))

    kept = gzip.decompress((tmp_path / "landed" / "raw.jsonl.gz").read_bytes()).decode()
    assert host.asked[0].query["api_key"] == TOKEN
    assert TOKEN not in caplog.text + kept
    assert "attempt 1 failed" in caplog.text
