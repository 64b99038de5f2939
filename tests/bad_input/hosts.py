"""A shop's API and its competitors' pages on a real host that answers as the case defines."""

import json
from collections.abc import Callable, Mapping
from functools import partial

from bad_input.case import SECRET
from bad_input.shop import Outcome, Shop
from support.landed_windows import GOOD_ROWS
from support.web_host import Answer, Asked, hosting

FEES = ", ".join(f"record ->> '$.{name}' as {name}" for name in GOOD_ROWS["fees"])
PRICES = ", ".join(f"product ->> '$.{name}' as {name}" for name in GOOD_ROWS["competitor_prices"])
UNPAGED = {"style": "none"}
NUMBERED = {"style": "page_number", "pages": "pages", "total": "total"}
LINKED = {"style": "next_link", "link": "next"}
RETRY = {"attempts": 2, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.1}


def api(
    shop: Shop,
    respond: Callable[[Asked], Answer],
    paging: Mapping[str, str] | None = None,
    timeout_seconds: float = 30.0,
) -> Outcome:
    """Ingest charges from an API with the given responses."""
    table = {"path": "/fees", "records": "fees", "paging": dict(paging or UNPAGED)}
    with hosting() as host:
        host.respond = respond
        connection = {
            "kind": "http_api",
            "url": host.url,
            "headers": {"Authorization": f"Bearer {SECRET}"},
            "retry": RETRY,
            "timeout_seconds": timeout_seconds,
            "tables": {"given": table},
        }
        return shop.take("fees", connection, f"select {FEES} from given")


def answers(
    body: object, status: int = 200, paging: Mapping[str, str] | None = None, **headers: str
) -> Callable[[Shop], Outcome]:
    """Give one response to every request; `body` is JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return partial(api, respond=lambda asked: (status, headers, content), paging=paging)


def pages(shop: Shop, respond: Callable[[Asked], Answer]) -> Outcome:
    """Read competitors' prices from pages with the given responses."""
    with hosting() as host:
        host.respond = respond
        connection = {"kind": "web_pages", "url": host.url, "start": ["/page/1"], "retry": RETRY}
        return shop.take("competitor_prices", connection, f"select {PRICES} from products")


def shown(html: bytes, robots: bytes = b"", **headers: str) -> Callable[[Shop], Outcome]:
    """Serve one page at every URL, and a robots.txt."""

    def respond(asked: Asked) -> Answer:
        return (200, {}, robots) if asked.path == "/robots.txt" else (200, headers, html)

    return partial(pages, respond=respond)


def page_of(product: Mapping[str, str | None], more: str = "") -> bytes:
    """Write a page with one product."""
    stated = json.dumps({"@type": "Product", **product})
    return f'<script type="application/ld+json">{stated}</script>{more}'.encode()
