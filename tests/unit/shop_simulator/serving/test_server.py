"""The HTTP endpoints: the stock API and the competitors' pages."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pandas as pd
import pytest
from selectolax.lexbor import LexborHTMLParser

from shop_simulator.errors import SimulatorError, WorldMissing
from shop_simulator.serving.server import serving
from shop_simulator.world import advance, make
from support.simulated_shop import at

TOKEN = "known"
SPAN = {"from": "2026-09-02T00:00:00Z", "to": "2026-09-05T00:00:00Z"}


@pytest.fixture(scope="module")
def served(quiet_world):
    with serving(quiet_world) as endpoints:
        yield endpoints


@pytest.fixture
def api(served):
    headers = {"Authorization": f"Bearer {served.api_token}"}
    with httpx.Client(base_url=served.api_url, headers=headers) as client:
        yield client


@pytest.fixture
def pages(served):
    with httpx.Client(base_url=served.pages_url) as client:
        yield client


def patiently(client, **parameters):
    """Ask for stock levels as a well-behaved caller does."""
    for _ in range(20):
        answer = client.get("/v1/stock-levels", params={**SPAN, **parameters})
        if answer.status_code == 429:
            time.sleep(float(answer.headers["Retry-After"]))
        elif answer.status_code != 500:
            return answer
    raise AssertionError("the API never answered")


def product_list(page):
    script = LexborHTMLParser(page.text).css_first('script[type="application/ld+json"]')
    return [entry["item"] for entry in json.loads(script.text())["itemListElement"]]


def test_pages_of_stock_levels_hold_every_snapshot_once(api, quiet_world):
    first = patiently(api, per_page=100).json()
    rows = [
        item
        for number in range(1, first["pages"] + 1)
        for item in patiently(api, per_page=100, page=number).json()["items"]
    ]

    assert first["total"] == len(rows)
    assert first["pages"] == -(-len(rows) // 100)
    keys = {(r["shop"], r["warehouse"], r["item_no"], r["snapshot_at"]) for r in rows}
    assert len(keys) == len(rows)
    assert {key[3] for key in keys if key[0] == "cn_market"} == {
        "2026-09-02T15:00:00Z",
        "2026-09-03T15:00:00Z",
        "2026-09-04T15:00:00Z",
    }
    assert list(rows[0]) == [
        *("shop", "warehouse", "item_no", "on_hand", "reserved", "damaged", "available"),
        *("in_transit", "first_in_at", "cost", "ccy", "snapshot_at"),
    ]
    ledger = pd.read_parquet(quiet_world / "stock.parquet")
    begun = ledger["snapshot_ms"].between(1788307200000, 1788566400000, inclusive="left")
    assert sum(r["available"] for r in rows) == ledger.loc[begun, "available"].sum()


def test_a_span_without_snapshots_is_one_empty_page(api):
    answer = patiently(api, **{"from": "2026-09-02T01:00Z", "to": "2026-09-02T02:00Z"})

    assert answer.json() == {"items": [], "page": 1, "pages": 1, "total": 0}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_token_nothing_is_returned(served, header):
    answer = httpx.get(f"{served.api_url}/v1/stock-levels", params=SPAN, headers=header)

    assert answer.status_code == 401
    assert "items" not in answer.json()


def test_a_page_may_not_be_larger_than_a_thousand(api):
    answer = api.get("/v1/stock-levels", params={**SPAN, "per_page": 1001})

    assert answer.status_code == 422


def test_too_many_requests_are_answered_with_when_to_retry(api):
    def ask(_):
        return api.get("/v1/stock-levels", params={**SPAN, "per_page": 1})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(80)))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}


def test_a_broken_answer_works_when_asked_again(quiet_world):
    with serving(quiet_world, 0, TOKEN) as endpoints:
        statuses = [
            httpx.get(
                f"{endpoints.api_url}/v1/stock-levels",
                params=SPAN,
                headers={"Authorization": f"Bearer {TOKEN}"},
            ).status_code
            for _ in range(6)
        ]

    assert statuses == [200, 200, 200, 200, 500, 200]


def test_listing_pages_lead_through_all_products(pages):
    path, seen = "/alpha/us/page/1", []
    while path:
        page = pages.get(path)
        seen += product_list(page)
        following = LexborHTMLParser(page.text).css_first('link[rel="next"]')
        path = following.attributes["href"] if following else None

    assert len(seen) > 30
    assert len({product["sku"] for product in seen}) == len(seen)


def test_a_product_states_what_schema_org_has_fields_for(pages):
    products = product_list(pages.get("/bravo/eu/page/1"))

    for product in products:
        offer = product["offers"]
        assert product["@type"] == "Product"
        assert product["name"]
        assert float(offer["price"]) > 0
        assert offer["priceCurrency"] == "EUR"
        assert offer["availability"] in {
            "https://schema.org/InStock",
            "https://schema.org/OutOfStock",
        }
        assert float(offer["priceSpecification"]["price"]) > 0
        assert 1 <= product["aggregateRating"]["ratingValue"] <= 5
    stated = [product for product in products if "mpn" in product]
    assert 0.5 < len(stated) / len(products) < 1
    assert stated[0]["mpn"] != stated[0]["sku"]
    assert not any("model" in product for product in stated)


def test_some_products_show_our_number_as_the_makers_model_only(pages):
    products = [
        product
        for number in (1, 2)
        for product in product_list(pages.get(f"/bravo/eu/page/{number}"))
        if "model" in product
    ]

    assert products
    assert all(len(product["model"]) == 6 for product in products)


@pytest.mark.parametrize(
    ("shop", "stated"), [("alpha", {"0.00", "6.95"}), ("bravo", {"0.00"}), ("charlie", set())]
)
def test_shops_charge_for_delivery_each_in_its_own_way(pages, shop, stated):
    offers = [product["offers"] for product in product_list(pages.get(f"/{shop}/us/page/1"))]
    rates = [offer["shippingDetails"]["shippingRate"] for offer in offers if stated]

    assert {rate["value"] for rate in rates} == stated
    assert all("shippingDetails" not in offer for offer in offers if not stated)


def test_robots_txt_lists_what_crawlers_may_not_fetch(pages):
    from protego import Protego

    rules = Protego.parse(pages.get("/robots.txt").text)

    assert rules.can_fetch("/alpha/us/page/1", "storepulse")
    assert not rules.can_fetch("/alpha/checkout", "storepulse")
    assert not rules.can_fetch("/private/prices", "storepulse")
    assert rules.crawl_delay("storepulse") == 0


def test_an_archive_shows_a_page_as_it_was(pages):
    then = pages.get("/charlie/cn/page/1?at=2026-09-02T08:00:00Z")
    later = pages.get("/charlie/cn/page/1?at=2026-09-12T08:00:00Z")
    same_day = pages.get("/charlie/cn/page/1?at=2026-09-02T20:00:00Z")

    prices = [
        {p["sku"]: p["offers"]["price"] for p in product_list(page)}
        for page in (then, later, same_day)
    ]
    assert prices[0] != prices[1]
    assert prices[0] == prices[2]
    following = LexborHTMLParser(then.text).css_first('link[rel="next"]').attributes["href"]
    assert following == "/charlie/cn/page/2?at=2026-09-02T08:00:00Z"


@pytest.mark.parametrize(
    "path",
    [
        "/delta/us/page/1",
        "/alpha/us/page/99",
        "/alpha/mars/page/1",
        "/alpha/us/page/1?at=2026-08-01T00:00:00Z",
    ],
)
def test_there_are_no_other_pages(pages, path):
    assert pages.get(path).status_code == 404


def test_a_served_world_may_move_on(tmp_path):
    make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1)
    with serving(tmp_path, 0, TOKEN) as endpoints:
        asked = {
            "url": f"{endpoints.api_url}/v1/stock-levels",
            "params": {"from": "2026-09-01", "to": "2026-09-09"},
            "headers": {"Authorization": f"Bearer {TOKEN}"},
        }
        before = httpx.get(**asked).json()["total"]
        advance(tmp_path, at("2026-09-04"))
        after = httpx.get(**asked).json()["total"]

    assert 0 < before < after


def test_addresses_are_in_the_worlds_folder_while_it_is_served(quiet_world):
    with serving(quiet_world) as endpoints:
        written = json.loads((quiet_world / "endpoints.json").read_text())
        assert written == {
            "api_url": endpoints.api_url,
            "pages_url": endpoints.pages_url,
            "db_url": endpoints.db_url,
            "events_dir": str(quiet_world / "events"),
            "files_dir": str(quiet_world / "files"),
            "api_token": endpoints.api_token,
        }

    with pytest.raises(httpx.ConnectError):
        httpx.get(endpoints.api_url)


def test_a_taken_port_is_reported_plainly(quiet_world):
    import socket

    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SimulatorError, match=f"port {port}"), serving(quiet_world, port):
            pass


def test_an_empty_folder_cannot_be_served(tmp_path):
    with pytest.raises(WorldMissing, match="shop-simulator make"), serving(tmp_path):
        pass
