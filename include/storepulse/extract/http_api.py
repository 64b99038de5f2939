"""The API door: paged JSON, kept raw and read as tables `(record, fetched_at, page)`."""

from collections.abc import Iterator
from datetime import datetime

import httpx

from storepulse.doors import ApiTable, HttpApiDoor, NextLinks, PageNumbers
from storepulse.errors import SourceUnreadable, WindowTooLarge
from storepulse.extract.http_fetch import Page, client_for, fetch, is_same_host, joined, shown
from storepulse.extract.local_query import local_database, tables_asked_for, write_rows
from storepulse.extract.raw_answers import AmbiguousJson, JsonLines, exact_json, lay_out
from storepulse.extract.request import RAW, Extracted, Request

_COLUMNS = (("record", "json"), ("fetched_at", "timestamp"), ("page", "bigint"))


def extract(door: HttpApiDoor, request: Request) -> Extracted:
    """Fetch every page of the tables the query reads and run it over their records.

    Raises:
        SourceUnreachable: no answer, or busy (429, 5xx) to the last attempt.
        SourceUnreadable: refused, not JSON, without the records or page numbers promised.
        WindowTooLarge: more pages or rows than allowed.
    """
    headers = {name: value.get_secret_value() for name, value in door.headers.items()}
    with local_database(request) as connection, client_for(door, headers) as client:
        with JsonLines(request.into / RAW) as raw:
            for name in tables_asked_for(connection, request, door.tables):
                path = request.into / f"{name}.records"
                with JsonLines(path) as records:
                    _fetch_table(client, door, name, request, raw, records)
                lay_out(connection, name, path, _COLUMNS)
        extracted = write_rows(connection, request)
    for path in request.into.glob("*.records"):
        path.unlink()
    return Extracted(extracted.rows, extracted.columns, raw=(RAW,))


def _fetch_table(
    client: httpx.Client,
    door: HttpApiDoor,
    name: str,
    request: Request,
    raw: JsonLines,
    records: JsonLines,
) -> None:
    table = door.tables[name]
    found, total = 0, None
    for number, (page, answer) in enumerate(_pages(client, door, table, request), start=1):
        fetched_at = f"{page.fetched_at:%Y-%m-%d %H:%M:%S.%f}"
        raw.write(
            {
                "table": name,
                "page": number,
                "address": page.address,
                "fetched_at": fetched_at,
                "body": page.text("utf-8"),
            }
        )
        for record in _records(answer, table, page):
            records.write({"record": record, "fetched_at": fetched_at, "page": number})
            found += 1
        total = _stated_total(answer, table, page)
    if total is not None and total != found:
        raise SourceUnreadable(
            f"{shown(door.url)}{table.path} promised {total} records and gave {found}; "
            f"they moved between pages while being read: land the window again"
        )


def _pages(
    client: httpx.Client, door: HttpApiDoor, table: ApiTable, request: Request
) -> Iterator[tuple[Page, object]]:
    """Give each page and what it says, until the last."""
    url: httpx.URL | None = _first_url(door, table, request)
    asked: set[httpx.URL] = set()
    while url is not None:
        if len(asked) >= table.max_pages:
            raise WindowTooLarge(
                f"{shown(url)} has more than max_pages = {table.max_pages} pages for "
                f"{request.window}; land shorter windows, or raise it in source.yaml"
            )
        asked.add(url)
        page = fetch(client, door, url)
        answer = _parsed(page)
        yield page, answer
        url = _next_url(url, table, page, answer)
        if url in asked:
            raise SourceUnreadable(f"{page.address} names a page as next that was read already")


def _first_url(door: HttpApiDoor, table: ApiTable, request: Request) -> httpx.URL:
    def stamp(moment: datetime) -> str:
        return moment.strftime(door.time_format)

    parameters = {
        name: str(value)
        .replace("{window_start}", stamp(request.window.start))
        .replace("{window_end}", stamp(request.window.end))
        for name, value in table.parameters.items()
    }
    if isinstance(table.paging, PageNumbers):
        parameters[table.paging.parameter] = str(table.paging.first)
    return httpx.URL(door.url.rstrip("/") + table.path, params=parameters)


def _next_url(url: httpx.URL, table: ApiTable, page: Page, answer: object) -> httpx.URL | None:
    paging = table.paging
    if isinstance(paging, PageNumbers):
        pages = _whole_number(_at(answer, paging.pages), paging.pages, page)
        number = int(url.params[paging.parameter])
        is_last = number - paging.first + 1 >= pages
        return None if is_last else url.copy_set_param(paging.parameter, str(number + 1))
    if isinstance(paging, NextLinks):
        return _linked(url, paging, page, answer)
    return None


def _linked(url: httpx.URL, paging: NextLinks, page: Page, answer: object) -> httpx.URL | None:
    link = _at(answer, paging.link)
    if not link:
        return None
    following = joined(url, link) if isinstance(link, str) else None
    if following is None:
        raise SourceUnreadable(
            f"{page.address}: expected the next page's address at {paging.link!r}, got something "
            f"else ({type(link).__name__}); has the API changed? Correct `paging:` in source.yaml"
        )
    if not is_same_host(following, url):
        raise SourceUnreadable(
            f"{page.address} names a next page on another host, {following.host}; not followed, "
            f"the token would go with it. If that host is meant, put it under `url:` in source.yaml"
        )
    return following


def _parsed(page: Page) -> object:
    if page.location is not None:
        raise SourceUnreadable(
            f"{page.address} redirects to {shown(page.location)}; "
            f"put the address meant into source.yaml: headers are not sent elsewhere"
        )
    try:
        return exact_json(page.text("utf-8"))
    except AmbiguousJson as ambiguous:
        raise SourceUnreadable(
            f"{page.address}: {ambiguous}; which of them counts cannot be told: ask the API's owner"
        ) from None
    except ValueError:
        raise SourceUnreadable(
            f"{page.address}: expected JSON, got {len(page.body)} bytes of something else; "
            f"check the address, or ask the API's owner"
        ) from None


def _records(answer: object, table: ApiTable, page: Page) -> list[object]:
    records = _at(answer, table.records)
    if not isinstance(records, list):
        raise SourceUnreadable(
            f"{page.address}: expected a list of records at {table.records!r}, "
            f"got {type(records).__name__}; has the API changed? Correct `records:` in source.yaml"
        )
    return records


def _stated_total(answer: object, table: ApiTable, page: Page) -> int | None:
    if not isinstance(table.paging, PageNumbers) or table.paging.total is None:
        return None
    return _whole_number(_at(answer, table.paging.total), table.paging.total, page)


def _whole_number(value: object, where: str, page: Page) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SourceUnreadable(
            f"{page.address}: expected a whole number at {where!r}, got {type(value).__name__}; "
            f"has the API changed? Correct `paging:` in source.yaml"
        )
    return value


def _at(answer: object, where: str) -> object:
    """Follow `data.items` into an answer; None where there is nothing."""
    for key in where.split("."):
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer
