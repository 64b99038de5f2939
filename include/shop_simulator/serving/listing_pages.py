"""The competitors' pages: listings with schema.org JSON-LD, as shops write for search engines."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from shop_simulator.setting.competitors import COMPETITORS

PER_PAGE = 24
_MONEY_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€"}


def robots_txt() -> str:
    """What crawlers may not fetch. Listings are open, and no delay is asked for."""
    closed = [f"Disallow: /{name}/{path}" for name in COMPETITORS for path in ("checkout", "cart")]
    return "\n".join(["User-agent: *", "Disallow: /private/", *closed, "Crawl-delay: 0", ""])


def page_count(products: pd.DataFrame) -> int:
    """How many listing pages a shop's products fill; at least one."""
    return max(1, -(-len(products) // PER_PAGE))


def listing_page(products: pd.DataFrame, place: str, number: int, query: str) -> str:
    """One page of a competitor's listing.

    Args:
        products: everything the shop shows at that moment; see `api_tables.captures`.
        place: `alpha/us`, the beginning of the page's path.
        number: of the page, from 1.
        query: appended to links, so that an archived listing leads on within the archive.
    """
    shown = products.iloc[(number - 1) * PER_PAGE : number * PER_PAGE]
    records: Sequence[Mapping[str, Any]] = [
        {str(key): value for key, value in record.items()} for record in shown.to_dict("records")
    ]
    links = _link("next", place, number + 1, query) if number < page_count(products) else ""
    links += _link("prev", place, number - 1, query) if number > 1 else ""
    shop = place.split("/", maxsplit=1)[0].capitalize()
    articles = "\n".join(_article(record, place) for record in records)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{shop}: all products, page {number}</title>
{links}<script type="application/ld+json">{_json_ld(records, place)}</script>
</head>
<body>
<h1>{shop}</h1>
{articles}
</body>
</html>
"""


def _link(relation: str, place: str, number: int, query: str) -> str:
    return f'<link rel="{relation}" href="/{place}/page/{number}{escape(query)}">\n'


def _article(record: Mapping[str, Any], place: str) -> str:
    price = f"{_MONEY_SIGNS[record['currency']]}{_decimal(record['price_cents'])}"
    return (
        f'<article><a href="/{place}/p/{record["comp_sku"]}">{escape(record["name"])}</a> '
        f"<b>{price}</b></article>"
    )


def _json_ld(records: Sequence[Mapping[str, Any]], place: str) -> str:
    listing = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": _product(record, place)}
            for position, record in enumerate(records, start=1)
        ],
    }
    # A name must not be able to end the script.
    return json.dumps(listing, ensure_ascii=False).replace("</", "<\\/")


def _product(record: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    currency = record["currency"]
    product: dict[str, Any] = {
        "@type": "Product",
        "sku": record["comp_sku"],
        "name": record["name"],
        "url": f"/{place}/p/{record['comp_sku']}",
        "offers": {
            "@type": "Offer",
            "price": _decimal(record["price_cents"]),
            "priceCurrency": currency,
            "availability": f"https://schema.org/{'In' if record['in_stock'] else 'OutOf'}Stock",
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "priceType": "https://schema.org/ListPrice",
                "price": _decimal(record["list_cents"]),
                "priceCurrency": currency,
            },
        },
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": record["rating"],
            "reviewCount": record["reviews"],
        },
    }
    for name in ("mpn", "model"):
        if isinstance(record[name], str):
            product[name] = record[name]
    if record["ship_cents"] >= 0:
        product["offers"]["shippingDetails"] = {
            "@type": "OfferShippingDetails",
            "shippingRate": {
                "@type": "MonetaryAmount",
                "value": _decimal(record["ship_cents"]),
                "currency": currency,
            },
        }
    return product


def _decimal(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
