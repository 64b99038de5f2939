"""Connections to APIs: paged JSON, kept raw and read as tables `(record, fetched_at, page)`."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

import httpx

from storepulse.errors import SourceUnreadable, WindowTooLarge
from storepulse.extract.local_query import local_database, tables_read_by_query, write_rows
from storepulse.extract.request import RAW, Extracted, Request
from storepulse.extract.web.cut_lists import sign_of_a_cut_list
from storepulse.extract.web.envelope import (
    Field,
    counting,
    fields_around,
    is_about_paging,
    is_left_out,
    names_of,
    sign_of_incompleteness,
    sign_of_more,
    whole_number,
)
from storepulse.extract.web.http_fetch import Page, client_for, fetch, is_same_host, joined, shown
from storepulse.extract.web.raw_answers import AmbiguousJson, JsonLines, exact_json, lay_out
from storepulse.feeds.connections import (
    ApiTable,
    HttpApiConnection,
    NextLinks,
    OnePage,
    PageNumbers,
)

# Of fewer, a parameter may have that value by chance.
_FEWEST_OF_A_FULL_PAGE = 10
_COLUMNS = (("record", "json"), ("fetched_at", "timestamp"), ("page", "bigint"))


def extract(config: HttpApiConnection, request: Request) -> Extracted:
    """Fetch every page of the tables the query reads and run it over their records.

    Raises:
        SourceUnreachable: no answer, or busy (429, 5xx) to the last attempt.
        SourceUnreadable: refused, not JSON, without the records or page numbers announced, or an
            answer that states, in whatever way, that there is more than was read.
        WindowTooLarge: more pages or rows than allowed.
    """
    headers = {name: value.get_secret_value() for name, value in config.headers.items()}
    notes: list[str] = []
    with (
        local_database(request) as connection,
        client_for(config, headers, request.connection_label) as client,
    ):
        with JsonLines(request.into / RAW) as raw:
            for name in tables_read_by_query(connection, request, config.tables):
                path = request.into / f"{name}.records"
                with JsonLines(path) as records:
                    reading = _Reading(client, config, config.tables[name], request, notes)
                    _keep(reading, name, raw, records)
                lay_out(connection, name, path, _COLUMNS)
        extracted = write_rows(connection, request)
    for path in request.into.glob("*.records"):
        path.unlink()
    return Extracted(extracted.rows, extracted.columns, raw=(RAW,), notes=tuple(notes))


def _keep(reading: "_Reading", name: str, raw: JsonLines, records: JsonLines) -> None:
    """Write a table's pages as received, and their records one by one."""
    for number, (page, found) in enumerate(reading.pages(), start=1):
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
        for record in found:
            records.write({"record": record, "fetched_at": fetched_at, "page": number})


class _Reading:
    """One table read page by page, until it is sure that nothing is missing."""

    def __init__(
        self,
        client: httpx.Client,
        config: HttpApiConnection,
        table: ApiTable,
        request: Request,
        notes: list[str],
    ) -> None:
        self._client = client
        self._config = config
        self._table = table
        self._request = request
        self._notes = notes
        self._asked: set[httpx.URL] = set()
        self._seen: set[bytes] = set()
        self._stated: dict[str, int] = {}
        self._counts: dict[str, Field] = {}
        self._found = 0

    def pages(self) -> Iterator[tuple[Page, list[object]]]:
        """Give each page and its records, until the last.

        Raises:
            SourceUnreadable: a page contradicts itself, another, or `paging:` in source.yaml.
            WindowTooLarge: there are more pages than allowed.
        """
        url: httpx.URL | None = _first_url(self._config, self._table, self._request)
        while url is not None:
            if len(self._asked) >= self._table.max_pages:
                raise WindowTooLarge(
                    f"{shown(url)} has more than max_pages = {self._table.max_pages} pages for "
                    f"{self._request.window}; land shorter windows, or raise it in source.yaml"
                )
            self._asked.add(url)
            page = fetch(self._client, self._config, url)
            answer = _parsed(url, page)
            records = _records(answer, self._table, page)
            self._found += len(records)
            self._refuse_repeated(page, records)
            self._compare_counts(page, answer, records)
            self._refuse_cut_lists(page, records)
            yield page, records
            following = self._next_url(url, page, answer)
            self._refuse_part(url, page, answer, is_last=following is None)
            self._refuse_gap(page, records, following)
            url = following

    def _next_url(self, url: httpx.URL, page: Page, answer: object) -> httpx.URL | None:
        paging = self._table.paging
        if isinstance(paging, PageNumbers):
            number = int(url.params[paging.parameter])
            is_last = number - paging.first + 1 >= self._stated[paging.pages]
            return None if is_last else url.copy_set_param(paging.parameter, str(number + 1))
        if isinstance(paging, NextLinks):
            following = _linked(url, paging, page, answer)
            if following in self._asked:
                raise SourceUnreadable(f"{page.address} names a page as next that was read already")
            return following
        return None

    def _compare_counts(self, page: Page, answer: object, records: list[object]) -> None:
        """Refuse counts that no list of records has, or that differ from those a page ago."""
        paging = self._table.paging
        if not isinstance(paging, PageNumbers):
            return
        for where in filter(None, (paging.pages, paging.total)):
            count = _whole_number(_at(answer, where), where, page)
            if count < 0 or (count == 0 and records):
                raise SourceUnreadable(
                    f"{page.address} gives {len(records)} records and states {where} = {count}; "
                    f"correct `paging:` in source.yaml, or ask the API's owner"
                )
            if self._stated.setdefault(where, count) != count:
                raise SourceUnreadable(
                    f"{page.address} stated {where} = {self._stated[where]} and a page later "
                    f"{count}; its records moved between pages while being read: "
                    f"land the window again"
                )

    def _refuse_repeated(self, page: Page, records: list[object]) -> None:
        digest = hashlib.sha256(json.dumps(records).encode()).digest()
        if records and digest in self._seen:
            raise SourceUnreadable(
                f"{page.address} gave page {len(self._asked)} with the records of a page before, "
                f"so those of its own are missing; does `paging:` in source.yaml name the right "
                f"parameter?"
            )
        self._seen.add(digest)

    def _refuse_gap(self, page: Page, records: list[object], following: httpx.URL | None) -> None:
        """Refuse an empty page where the pages' numbers, or a next page, announce records."""
        paging, number = self._table.paging, len(self._asked)
        if records or (number == 1 and following is None):
            return
        if isinstance(paging, NextLinks) and following is not None and not paging.may_be_empty:
            raise SourceUnreadable(
                f"{page.address} gave page {number} without a record and names a next one; records "
                f"may be missing: ask the API's owner, and if its pages may be empty, set "
                f"`may_be_empty: true` under `paging:` in source.yaml"
            )
        if isinstance(paging, PageNumbers):
            raise SourceUnreadable(
                f"{page.address} gave page {number} of {self._stated[paging.pages]} without a "
                f"record; land the window again, and if it stays so: is {paging.pages!r} "
                f"the number of records, not of pages? Correct `paging:` in source.yaml"
            )

    def _refuse_part(self, url: httpx.URL, page: Page, answer: object, *, is_last: bool) -> None:
        """Refuse an answer that marks itself as not whole, or not the last."""
        table = self._table
        fields = fields_around(answer, table.records, page.headers, table.not_next)
        if sign := sign_of_incompleteness(fields):
            raise SourceUnreadable(
                f"{page.address} calls its own answer incomplete or wrong: {sign}; ask the API's "
                f"owner, and if that field means something else, list it under `not_next:` of "
                f"its table in source.yaml"
            )
        # Some state how much there is on the first page only.
        self._counts |= counting(fields)
        if not is_last:
            return
        self._refuse_less_than_stated(page)
        pages, found = len(self._asked), self._found
        sign = sign_of_more(
            fields, [*self._counts.values()], sent=dict(url.params), pages=pages, records=found
        )
        is_linked = page.next_link is not None and not is_left_out("header link", table.not_next)
        if sign is None and is_linked:
            sign = "a header Link with rel=next"
        if sign is not None:
            raise SourceUnreadable(
                f"{page.address}: read {pages} pages with {found} records as the whole, but the "
                f"last one announces more: {sign}. State under `paging:` in source.yaml how the "
                f"API pages; if that field means something else, list it under `not_next:` of its "
                f"table"
            )
        if isinstance(table.paging, OnePage) and not any(map(is_about_paging, fields)):
            self._note_full_page(url, page)
        if isinstance(table.paging, NextLinks) and pages == 1:
            self._note_absent_link(page, answer, table.paging, fields)

    def _refuse_cut_lists(self, page: Page, records: list[object]) -> None:
        """Refuse records with a list that goes on elsewhere."""
        table = self._table
        if sign := sign_of_a_cut_list(records, table.records, table.not_next):
            raise SourceUnreadable(
                f"{page.address} gives a list within a record that is cut short: {sign}; ask for "
                f"longer lists under `parameters:` in source.yaml, or read what is in them from an "
                f"address of its own; if that field means something else, list it under "
                f"`not_next:` of its table"
            )

    def _refuse_less_than_stated(self, page: Page) -> None:
        paging = self._table.paging
        total = self._stated.get(paging.total or "") if isinstance(paging, PageNumbers) else None
        if total is not None and total != self._found:
            raise SourceUnreadable(
                f"{page.address} announced {total} records and gave {self._found}; "
                f"they moved between pages while being read: land the window again"
            )

    def _note_full_page(self, url: httpx.URL, page: Page) -> None:
        """Note exactly as many records as a parameter asks for: others may be left out silently."""
        asked = [name for name, value in url.params.items() if value == str(self._found)]
        if asked and self._found >= _FEWEST_OF_A_FULL_PAGE:
            self._notes.append(
                f"{page.address}: the only answer gives {self._found} records, exactly what the "
                f"parameter {asked[0]} asks for; if the API has more, state under `paging:` in "
                f"source.yaml how it pages, or ask for more at once"
            )

    def _note_absent_link(
        self, page: Page, answer: object, paging: NextLinks, fields: Sequence[Field]
    ) -> None:
        if not _has(answer, paging.link):
            self._notes.append(
                f"{page.address}: the only answer has no field {paging.link}, where `paging:` in "
                f"source.yaml looks for the next page; next to its records it has "
                f"{names_of(fields)}. If one of them leads to the next page, correct `paging:`"
            )


def _first_url(config: HttpApiConnection, table: ApiTable, request: Request) -> httpx.URL:
    def stamp(moment: datetime) -> str:
        return moment.strftime(config.time_format)

    parameters = {
        name: str(value)
        .replace("{window_start}", stamp(request.window.start))
        .replace("{window_end}", stamp(request.window.end))
        for name, value in table.parameters.items()
    }
    if isinstance(table.paging, PageNumbers):
        parameters[table.paging.parameter] = str(table.paging.first)
    return httpx.URL(config.url.rstrip("/") + table.path, params=parameters)


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
            f"{page.address} names a next page on another host, {shown(following)}; not followed, "
            f"the token would go with it. If that host is meant, put it under `url:` in source.yaml"
        )
    return following


def _parsed(url: httpx.URL, page: Page) -> object:
    if page.location is not None:
        elsewhere = joined(url, page.location)
        raise SourceUnreadable(
            f"{page.address} redirects to {shown(elsewhere or '')}; "
            f"put the address meant into source.yaml: headers are not sent elsewhere"
        )
    if page.status != httpx.codes.OK:
        raise SourceUnreadable(
            f"{page.address} answered {page.status}, which is not a whole answer (206 is a part, "
            f"202 is not ready); check path and parameters in source.yaml"
        )
    try:
        return exact_json(page.text("utf-8"))
    except AmbiguousJson as ambiguous:
        raise SourceUnreadable(
            f"{page.address}: {ambiguous}; it is not known which of them counts: ask the API's "
            f"owner"
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


def _whole_number(value: object, where: str, page: Page) -> int:
    # Some divide to get it: 3.0 pages are three.
    number = whole_number(re.sub(r"\.0+$", "", value) if isinstance(value, str) else value)
    if number is None:
        raise SourceUnreadable(
            f"{page.address}: expected a whole number at {where!r}, got {type(value).__name__}; "
            f"has the API changed? Correct `paging:` in source.yaml"
        )
    return number


def _at(answer: object, where: str) -> object:
    """Follow `data.items` into an answer; None where there is nothing."""
    for key in where.split("."):
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer


def _has(answer: object, where: str) -> bool:
    """Whether a place exists, even if it is null."""
    place, _, key = where.rpartition(".")
    holder = _at(answer, place) if place else answer
    return isinstance(holder, dict) and key in holder
