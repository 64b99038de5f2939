"""Connections to web pages: other shops' public pages, read politely, as a table of their products.

The table is `products(product, page_url, captured_at)`: schema.org JSON, the page's own address
and the moment it shows, in UTC.
"""

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from storepulse.errors import SourceUnreadable
from storepulse.extract.local_query import local_database, tables_read_by_query, write_rows
from storepulse.extract.request import RAW, Extracted, Request
from storepulse.extract.web.http_fetch import client_for, shown
from storepulse.extract.web.json_ld import read_page
from storepulse.extract.web.raw_answers import JsonLines, lay_out, read_answers
from storepulse.extract.web.visits import Seen, Visitor
from storepulse.feeds.connections import WebPagesConnection
from storepulse.windows import Window

logger = logging.getLogger(__name__)

_TABLE = "products"
_COLUMNS = (("product", "json"), ("page_url", "varchar"), ("captured_at", "timestamp"))


def extract(config: WebPagesConnection, request: Request) -> Extracted:
    """Visit the shops' pages for a window and run the query over their products.

    Without an archive a page cannot be seen again as it was; landing the same window again reads
    the pages kept the first time.

    Raises:
        SourceUnreachable: the host does not answer, or its robots.txt cannot be had.
        SourceUnreadable: robots.txt allows no page, or no page states a product.
        WindowTooLarge: there are more rows than the request allows.
    """
    skipped: Counter[str] = Counter()
    records = request.into / f"{_TABLE}.records"
    with local_database(request) as connection:
        tables_read_by_query(connection, request, {_TABLE: None})
        with JsonLines(records) as lines:
            for seen in _pages(config, request, skipped):
                _write_products(seen, lines, skipped)
        if not skipped.pop("with products", 0):
            raise SourceUnreadable(
                f"{request.name}: no page of {shown(config.url)} states a schema.org Product as "
                f"JSON-LD ({_counts(skipped) or 'no page was read'}); check `start:` in "
                f"source.yaml, or whether the shops changed their pages"
            )
        lay_out(connection, _TABLE, records, _COLUMNS)
        extracted = write_rows(connection, request)
    records.unlink()
    notes = tuple(f"{count} x {what}" for what, count in sorted(skipped.items()))
    return Extracted(extracted.rows, extracted.columns, raw=(RAW,), notes=notes)


def moments_of(window: Window, every: timedelta) -> list[datetime]:
    """List the moments at which an archive is asked: the last second of the window in each span.

    Spans of length `every` are counted from midnight UTC of 1970-01-01, so days are UTC days.
    """
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    end = epoch + ((window.start - epoch) // every + 1) * every
    moments = []
    while end < window.end:
        moments.append(end - timedelta(seconds=1))
        end += every
    return [*moments, window.end - timedelta(seconds=1)]


def _pages(config: WebPagesConnection, request: Request, skipped: Counter[str]) -> Iterator[Seen]:
    if config.archive is None and request.kept_raw is not None:
        logger.info("%s %s: reading the pages kept before", request.name, request.window)
        shutil.copyfile(request.kept_raw, request.into / RAW)
        yield from (Seen.from_kept(answer) for answer in read_answers(request.kept_raw))
        return
    moments: list[datetime | None] = [None]
    if config.archive is not None:
        moments = [*moments_of(request.window, config.archive.every)]
    with (
        JsonLines(request.into / RAW) as raw,
        client_for(config, {"user-agent": config.user_agent}, request.connection_label) as client,
    ):
        visitor = Visitor(client, config, skipped)
        for moment in moments:
            for seen in visitor.capture(moment):
                raw.write(seen.to_keep())
                yield seen


def _write_products(seen: Seen, lines: JsonLines, skipped: Counter[str]) -> None:
    page = read_page(seen.html)
    for product in page.products:
        lines.write(
            {"product": product, "page_url": seen.page_url, "captured_at": seen.captured_at}
        )
    skipped["with products" if page.products else "page without a Product"] += 1
    if page.broken_blocks:
        skipped["JSON-LD block that is not JSON or states a key twice"] += page.broken_blocks


def _counts(skipped: Counter[str]) -> str:
    return ", ".join(f"{count} x {what}" for what, count in sorted(skipped.items()))
