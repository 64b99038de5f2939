"""What a shop's page states about its products for search engines: schema.org JSON-LD."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from storepulse.extract.web.raw_answers import exact_json

# Where a Product may stand. Others (isRelatedTo, itemReviewed) name products of other pages.
_CONTAINERS = ("@graph", "itemListElement", "item", "mainEntity", "hasVariant")


@dataclass(frozen=True)
class ProductPage:
    """What one page contains.

    Attributes:
        products: JSON-LD objects of type Product, in page order.
        broken_blocks: JSON-LD blocks that are not JSON, state a key twice and differently, or are
            too deep to be read.
        next_link: the `href` of `rel=next`, as written; None on the last page.
    """

    products: list[dict[str, object]]
    broken_blocks: int
    next_link: str | None


def read_page(html: str) -> ProductPage:
    """Find a page's products and the link to the next page."""
    tree = LexborHTMLParser(html)
    products: list[dict[str, object]] = []
    broken_blocks = 0
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            products.extend(_products(exact_json(script.text())))
        except (ValueError, RecursionError):
            broken_blocks += 1
    link = tree.css_first('link[rel~="next"][href], a[rel~="next"][href]')
    return ProductPage(products, broken_blocks, link.attributes["href"] if link else None)


def stated_charset(body: bytes) -> str | None:
    """Read `<meta charset=…>`; it must stand within the first 1024 bytes."""
    match = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", body[:1024], re.IGNORECASE)
    return match[1].decode("ascii") if match else None


def _products(node: object) -> Iterator[dict[str, object]]:
    if isinstance(node, list):
        for entry in node:
            yield from _products(entry)
    elif isinstance(node, dict):
        if _is_product(node.get("@type")):
            yield node
            return
        for key in _CONTAINERS:
            yield from _products(node.get(key))


def _is_product(kind: object) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(str(name).rpartition("/")[2] == "Product" for name in kinds)
