import dataclasses
import json
from datetime import timedelta

import pytest

from storepulse.errors import SourceInvalid, SourceUnreachable, SourceUnreadable
from storepulse.extract.web import web_pages
from storepulse.extract.web.json_ld import read_page
from storepulse.feeds.connections import WebPagesConnection
from storepulse.windows import Window

PRICES = """
    select product ->> '$.sku' as sku, product ->> '$.offers.price' as price, page_url, captured_at
    from products
"""
QUICK = {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.02}
DAILY = {"parameter": "at", "every": "1d"}


def connection_to(host, *start, **options):
    return WebPagesConnection(
        kind="web_pages", url=host.url, start=start or ("/shop/1",), retry=QUICK, **options
    )


def product(sku, price="9.90"):
    return {"@type": "Product", "sku": sku, "offers": {"@type": "Offer", "price": price}}


def page(*blocks, following=None):
    texts = [block if isinstance(block, str) else json.dumps(block) for block in blocks]
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    link = f'<link rel="next" href="{following}">' if following else ""
    return f"<!doctype html><meta charset=utf-8><head>{link}{scripts}</head><p>hello".encode()


@pytest.fixture
def site(host):
    """Pages by path; the host answers 404 for all others."""
    pages = {}

    def respond(asked):
        body = pages.get(asked.path)
        return (404, {}, b"gone") if body is None else (200, {"Content-Type": "text/html"}, body)

    host.respond = respond
    return pages


def test_products_are_read_from_every_page_that_follows(host, site, request_for, landed_rows):
    site["/shop/1"] = page(product("a"), following="/shop/2")
    site["/shop/2"] = page(product("b"), following="3")
    site["/shop/3"] = page(product("c"))

    web_pages.extract(connection_to(host), request_for(PRICES))

    assert [row[:3] for row in landed_rows()] == [
        ("a", "9.90", f"{host.url}/shop/1"),
        ("b", "9.90", f"{host.url}/shop/2"),
        ("c", "9.90", f"{host.url}/shop/3"),
    ]
    assert host.paths() == ["/robots.txt", "/shop/1", "/shop/2", "/shop/3"]


def test_a_next_page_named_in_a_header_is_followed(host, request_for, landed_rows):
    def respond(asked):
        if asked.path == "/robots.txt":
            return 404, {}, b""
        number = int(asked.path[-1])
        named = {"Link": f'</shop/{number + 1}>; rel="next"'} if number < 3 else {}
        return 200, named, page(product(f"p{number}"))

    host.respond = respond

    web_pages.extract(connection_to(host), request_for(PRICES))

    assert [row[0] for row in landed_rows()] == ["p1", "p2", "p3"]


def test_the_visitor_gives_its_name(host, site, request_for):
    site["/shop/1"] = page(product("a"))

    web_pages.extract(
        connection_to(host, user_agent="storepulse (prices@shop.example)"), request_for(PRICES)
    )

    assert {asked.headers["user-agent"] for asked in host.asked} == {
        "storepulse (prices@shop.example)"
    }


@pytest.mark.parametrize(
    "block",
    [
        product("a"),
        [{"@type": "Organization"}, product("a")],
        {"@graph": [{"@type": "WebSite"}, product("a")]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": product("a")}]},
        {"@type": "ItemList", "itemListElement": [product("a")]},
        {"@type": "ItemPage", "mainEntity": product("a")},
        {"@type": "ProductGroup", "hasVariant": [product("a")]},
        {**product("a"), "@type": ["Product", "Book"]},
        {**product("a"), "@type": "http://schema.org/Product"},
        {**product("a"), "isRelatedTo": product("b")},
        {**product("a"), "hasVariant": [product("b")]},
    ],
)
def test_a_product_is_found_wherever_schema_org_lets_it_stand(block):
    assert [found["sku"] for found in read_page(page(block).decode()).products] == ["a"]


def test_a_price_keeps_its_digits_when_it_is_a_number(host, site, request_for, landed_rows):
    site["/shop/1"] = page('{"@type": "Product", "sku": "a", "offers": {"price": 12.30}}')

    web_pages.extract(connection_to(host), request_for(PRICES))

    assert landed_rows()[0][1] == "12.30"


def test_an_archive_is_asked_for_the_last_moment_of_each_day_in_the_window(
    host, site, request_for, landed_rows
):
    site["/shop/1"] = page(product("a"), following="/shop/2?at=whatever")
    site["/shop/2"] = page(product("b"))
    window = Window.from_iso("2026-11-20T18:00", "2026-11-22T06:00")

    web_pages.extract(connection_to(host, archive=DAILY), request_for(PRICES, window))

    moments = ["2026-11-20 23:59:59", "2026-11-21 23:59:59", "2026-11-22 05:59:59"]
    assert [row[3] for row in landed_rows()] == [moment for moment in moments for _ in "ab"]
    assert [row[2] for row in landed_rows()][:2] == [f"{host.url}/shop/1", f"{host.url}/shop/2"]
    assert [asked.query["at"] for asked in host.asked[1:]] == [
        f"{moment.replace(' ', 'T')}Z" for moment in moments for _ in "ab"
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-22T00:00", "2026-11-22T06:00", ["22 05:59:59"]),
        ("2026-11-22T18:00", "2026-11-23T00:00", ["22 23:59:59"]),
        ("2026-11-21T00:00", "2026-11-23T00:00", ["21 23:59:59", "22 23:59:59"]),
    ],
)
def test_captures_lie_within_the_window(start, end, expected):
    moments = web_pages.moments_of(Window.from_iso(start, end), timedelta(days=1))

    assert [f"{moment:%d %H:%M:%S}" for moment in moments] == expected


def test_what_robots_txt_disallows_is_not_asked_for_and_noted(host, site, request_for, caplog):
    site["/robots.txt"] = b"User-agent: *\nDisallow: /private/\n"
    site["/shop/1"] = page(product("a"), following="/private/2")
    site["/private/2"] = page(product("b"))

    extracted = web_pages.extract(connection_to(host), request_for(PRICES))

    assert extracted.rows == 1
    assert "/private/2" not in host.paths()
    assert extracted.notes == ("1 x page that robots.txt disallows",)
    assert f"skipped {host.url}/private/2" in caplog.text


def test_rules_for_us_by_name_come_before_those_for_all(host, site, request_for):
    site["/robots.txt"] = b"User-agent: *\nDisallow:\n\nUser-agent: storepulse\nDisallow: /\n"
    site["/shop/1"] = page(product("a"))

    with pytest.raises(SourceUnreadable, match=r"1 x page that robots\.txt disallows"):
        web_pages.extract(connection_to(host), request_for(PRICES))
    assert host.paths() == ["/robots.txt"]


def test_a_host_whose_robots_txt_is_broken_is_left_alone(host, request_for):
    host.respond = lambda asked: (500, {}, b"")

    with pytest.raises(SourceUnreachable, match=r"robots\.txt answered 500"):
        web_pages.extract(connection_to(host), request_for(PRICES))
    assert set(host.paths()) == {"/robots.txt"}


def test_the_pause_that_robots_txt_asks_for_is_kept(host, site, request_for, monkeypatch):
    pauses = []
    monkeypatch.setattr("storepulse.extract.web.visits.time.sleep", pauses.append)
    site["/robots.txt"] = b"User-agent: *\nCrawl-delay: 7\n"
    site["/shop/1"] = page(product("a"), following="/shop/2")
    site["/shop/2"] = page(product("b"))

    web_pages.extract(connection_to(host, crawl_delay_seconds=2), request_for(PRICES))

    assert 6 < pauses[-1] <= 7


def test_a_site_without_end_is_left_after_so_many_pages(host, request_for):
    def respond(asked):
        if asked.path == "/robots.txt":
            return 404, {}, b""
        number = int(asked.path.rpartition("/")[2])
        return 200, {}, page(product(str(number)), following=str(number + 1))

    host.respond = respond

    extracted = web_pages.extract(connection_to(host, max_pages=5), request_for(PRICES))

    assert extracted.rows == 5
    assert extracted.notes == ("1 x page beyond max_pages",)


def test_a_page_that_leads_back_is_read_once(host, site, request_for):
    site["/shop/1"] = page(product("a"), following="/shop/2")
    site["/shop/2"] = page(product("b"), following="/shop/1")

    assert web_pages.extract(connection_to(host), request_for(PRICES)).rows == 2


def test_links_and_redirects_to_other_hosts_are_not_followed(host, request_for):
    def respond(asked):
        if asked.path == "/moved":
            return 302, {"Location": "/shop/2"}, b""
        if asked.path == "/away":
            return 302, {"Location": "http://elsewhere.example/"}, b""
        following = "http://elsewhere.example/2"
        return 200, {}, page(product(asked.path), following=following)

    host.respond = respond

    extracted = web_pages.extract(connection_to(host, "/moved", "/away"), request_for(PRICES))

    assert extracted.rows == 1
    assert extracted.notes == ("2 x link to another host",)
    assert host.paths() == ["/robots.txt", "/moved", "/away", "/shop/2"]


def test_what_is_wrong_with_single_pages_is_counted_and_the_others_are_read(
    host, site, request_for, landed_rows
):
    site["/shop/1"] = page("{not json", product("a"))
    site["/shop/2"] = page()
    site["/shop/3"] = "<meta charset=utf-8><p>caf\xe9".encode("latin-1")

    extracted = web_pages.extract(
        connection_to(host, *(f"/shop/{number}" for number in range(1, 5))), request_for(PRICES)
    )

    assert [row[0] for row in landed_rows()] == ["a"]
    assert extracted.notes == (
        "1 x JSON-LD block that is not JSON or states a key twice",
        "1 x page in an encoding it does not state",
        "1 x page that answered 404",
        "1 x page without a Product",
    )


def test_a_page_in_the_charset_it_states_is_read(host, site, request_for, landed_rows):
    site["/shop/1"] = (
        '<meta charset="latin-1"><script type="application/ld+json">'
        '{"@type": "Product", "sku": "café"}</script>'
    ).encode("latin-1")

    web_pages.extract(connection_to(host), request_for(PRICES))

    assert landed_rows()[0][0] == "café"


def test_pages_none_of_which_states_a_product_are_unreadable(host, site, request_for):
    site["/shop/1"] = page({"@type": "WebSite"}, following="/shop/2")
    site["/shop/2"] = page()

    with pytest.raises(SourceUnreadable, match=r"no page .* states .*2 x page without a Product"):
        web_pages.extract(connection_to(host), request_for(PRICES))


def test_a_page_that_cannot_be_had_twice_is_kept_and_read_again(
    host, site, request_for, landed_rows, tmp_path
):
    site["/shop/1"] = page(product("a", "9.90"))
    first = request_for(PRICES)
    web_pages.extract(connection_to(host), first)
    before = landed_rows()
    kept = (tmp_path / "landed" / "raw.jsonl.gz").rename(tmp_path / "raw.jsonl.gz")
    site["/shop/1"] = page(product("a", "19.90"))
    asked = len(host.asked)

    web_pages.extract(connection_to(host), dataclasses.replace(first, kept_raw=kept))

    assert landed_rows() == before
    assert len(host.asked) == asked
    assert (tmp_path / "landed" / "raw.jsonl.gz").read_bytes() == kept.read_bytes()


def test_an_archive_is_asked_again(host, site, request_for, landed_rows, tmp_path):
    site["/shop/1"] = page(product("a", "9.90"))
    first = request_for(PRICES)
    web_pages.extract(connection_to(host, archive=DAILY), first)
    kept = (tmp_path / "landed" / "raw.jsonl.gz").rename(tmp_path / "raw.jsonl.gz")
    site["/shop/1"] = page(product("a", "19.90"))

    web_pages.extract(connection_to(host, archive=DAILY), dataclasses.replace(first, kept_raw=kept))

    assert landed_rows()[0][1] == "19.90"


def test_a_query_must_read_the_products(host, site, request_for):
    with pytest.raises(SourceInvalid, match="reads items; its connection has products"):
        web_pages.extract(connection_to(host), request_for("select * from items"))


def test_a_login_in_the_address_is_sent_and_never_kept(host, site, request_for, landed_rows):
    site["/shop/1"] = page(product("a"), following="/shop/2")
    site["/shop/2"] = page(product("b"))
    plain, host.url = host.url, host.url.replace("http://", "http://me:sesame@")

    web_pages.extract(connection_to(host), request_for(PRICES))

    assert [row[2] for row in landed_rows()] == [f"{plain}/shop/1", f"{plain}/shop/2"]
    assert all("Authorization" in asked.headers for asked in host.asked)


@pytest.mark.parametrize("link", ["mailto:sesame", "me:sesame@b/", "http://[sesame/", "//b..c/"])
def test_a_link_that_leads_to_no_host_is_counted_and_not_shown(
    host, site, request_for, landed_rows, caplog, link
):
    site["/shop/1"] = page(product("a"), following=link)

    extracted = web_pages.extract(connection_to(host), request_for(PRICES))

    assert len(landed_rows()) == 1
    assert extracted.notes == ("1 x link to another host",)
    assert "sesame" not in caplog.text


def test_a_redirect_to_no_address_is_unreachable_and_not_shown(host, request_for, caplog):
    away = {"Location": "me:sesame@b.example/"}
    host.respond = lambda asked: (200 if "robots" in asked.path else 302, away, b"")

    with pytest.raises(SourceUnreachable, match="Invalid URL in location header") as refused:
        web_pages.extract(connection_to(host), request_for(PRICES))
    assert "sesame" not in str(refused.value) + caplog.text
