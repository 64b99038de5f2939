"""One GET after another against one host: timeouts, retries, clear refusals, no secrets shown."""

import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Protocol
from urllib.request import parse_http_list

import httpx

from storepulse.doors import Retry
from storepulse.errors import SourceError, SourceInvalid, SourceUnreachable, SourceUnreadable
from storepulse.extract.retries import AskedToWait, retries

# httpx logs whole addresses, and some APIs want their token in the query.
logging.getLogger("httpx").setLevel(logging.WARNING)

# A page of a thousand records is about a megabyte; beyond this an answer is a fault, not a page.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0
# Between two slashes, long, of letters and digits without a hyphen: no word and no date.
_TOKEN = re.compile(r"(?<=/)(?=[^/]*\d)(?=[^/]*[A-Za-z])[\w:.%~]{24,}(?=/|$)")


class HttpDoor(Protocol):
    """What every door over HTTP says about asking."""

    @property
    def url(self) -> str:
        """Address of the host, and of a folder on it."""

    @property
    def timeout_seconds(self) -> float:
        """Longest time one answer may take."""

    @property
    def retry(self) -> Retry:
        """How often to ask again."""


@dataclass(frozen=True)
class Page:
    """What the host answered.

    Attributes:
        address: without the query, which may hold a token; safe to show and to keep.
        status: below 400, or 404 and the like where the caller asked to see refusals.
        location: where a redirect points; None otherwise.
        charset: as the host states it.
        headers: of the answer.
    """

    address: str
    status: int
    body: bytes
    fetched_at: datetime
    location: str | None = None
    charset: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def next_link(self) -> str | None:
        """The address that a `Link` header gives with `rel=next`."""
        header = next((text for name, text in self.headers.items() if name.lower() == "link"), "")
        # An address may hold commas, and so may a quoted title, which the list's reader knows.
        addresses: list[str] = re.findall(r"<([^<>]*)>", header)
        number = count()
        numbered = re.sub(r"<[^<>]*>", lambda _: f"<{next(number)}>", header)
        for entry in parse_http_list(numbered):
            link = Message()
            link["link"] = entry
            relations = str(link.get_param("rel", "", "link")).strip(" '").lower().split()
            at = re.match(r"<(\d+)>", entry)
            if at is not None and "next" in relations:
                return addresses[int(at[1])].strip()
        return None

    def text(self, encoding: str | None = None) -> str:
        """Decode the body.

        Raises:
            SourceUnreadable: it is not in that encoding.
        """
        name = encoding or self.charset or "utf-8"
        try:
            return self.body.decode(name)
        except (ValueError, LookupError):
            # Not only UnicodeDecodeError: a host may name any of Python's codecs.
            raise SourceUnreadable(
                f"{self.address} is not readable as {name}; ask its owner what it is written in"
            ) from None


@contextmanager
def client_for(door: HttpDoor, headers: Mapping[str, str]) -> Iterator[httpx.Client]:
    """Open a client for one host; it follows no redirect, which could carry headers elsewhere.

    Raises:
        SourceInvalid: the address or a header cannot be sent as it is.
    """
    if not _is_clear(door.url):
        raise SourceInvalid(
            "the address under `url:` of a door cannot be read in one way only; expected for "
            "example https://host/folder; in a user or password write @ as %40, : as %3A, "
            "/ as %2F, ? as %3F and # as %23"
        )
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise SourceInvalid(
                f"the header {name} for {shown(door.url)} holds characters that cannot be sent "
                f"(a line break?); check the environment variables it is made of"
            )
    timeout = httpx.Timeout(
        door.timeout_seconds, connect=min(CONNECT_SECONDS, door.timeout_seconds)
    )
    with httpx.Client(headers=dict(headers), timeout=timeout, follow_redirects=False) as client:
        yield client


def fetch(
    client: httpx.Client,
    door: HttpDoor,
    url: str | httpx.URL,
    *,
    refusals: bool = False,
) -> Page:
    """Get one page, asking again while the host is busy or away.

    Args:
        client: from `client_for`.
        door: timeouts and retries.
        url: with its query.
        refusals: give 4xx answers back instead of raising.

    Raises:
        SourceUnreachable: no answer, or 429 or 5xx to the last attempt.
        SourceUnreadable: refused for good (401, 403, 404 …), or more than a page.
    """
    for attempt in retries(door.retry):
        with attempt:
            page = _fetch_once(client, url, door.timeout_seconds)
            if page.status >= 400 and not refusals:  # noqa: PLR2004
                raise SourceUnreadable(_refusal(page))
            return page
    raise AssertionError("retries either return or raise")


def shown(url: str | httpx.URL) -> str:
    """Write an address without query, user, password, and what looks like a token in its path."""
    parsed = httpx.URL(url)
    text = str(parsed.copy_with(query=None, fragment=None, userinfo=b""))
    return _TOKEN.sub("…", text)


def _is_clear(address: str) -> bool:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        # Its words repeat what stands where a port should.
        return False
    is_host = re.fullmatch(r"[\w.-]+|[0-9A-Fa-f:]+", url.host) is not None
    return is_host and address.count("@") == (1 if url.userinfo else 0)


def joined(url: httpx.URL, link: str) -> httpx.URL | None:
    """Resolve a link against the address it was found at; None when it is no address at all."""
    try:
        return url.join(link)
    except (httpx.InvalidURL, ValueError):
        return None


def is_same_host(one: httpx.URL, other: httpx.URL) -> bool:
    """Tell whether two addresses have scheme, host and port in common."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _fetch_once(client: httpx.Client, url: str | httpx.URL, timeout_seconds: float) -> Page:
    address = shown(url)
    try:
        with client.stream("GET", url) as response:
            _ask_again_if_busy(response, address)
            body = _read(response, address, timeout_seconds)
            return Page(
                address=address,
                status=response.status_code,
                body=body,
                fetched_at=datetime.now(UTC),
                location=response.headers.get("location") if response.is_redirect else None,
                charset=response.charset_encoding,
                headers=dict(response.headers),
            )
    except httpx.HTTPError as failure:
        reported = _reported(failure, address)
    # Outside of the block: chained, httpx's error would be printed with what it quotes, the header
    # at fault with its token, or a piece of the address redirected to.
    raise reported


def _reported(failure: httpx.HTTPError, address: str) -> SourceError:
    if isinstance(failure, httpx.DecodingError):
        return SourceUnreadable(f"{address}: the answer's compression is broken")
    if isinstance(failure, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return SourceInvalid(f"{address} cannot be asked: {type(failure).__name__}")
    said = str(failure) or type(failure).__name__
    if "location header" in said:
        said = "Invalid URL in location header"
    return SourceUnreachable(
        f"{address} did not answer: {said}; check that it runs and can be reached"
    )


def _read(response: httpx.Response, address: str, timeout_seconds: float) -> bytes:
    # A host that drips byte by byte never trips the timeout between two reads.
    deadline = time.monotonic() + timeout_seconds
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise SourceUnreadable(
                f"{address} answers with more than {MAX_ANSWER_BYTES} bytes; ask for smaller pages"
            )
        if time.monotonic() > deadline:
            raise SourceUnreachable(
                f"{address} took over {timeout_seconds:g} s for one answer; try again later, "
                f"ask for smaller pages, or raise `timeout_seconds:` in source.yaml"
            )
    return bytes(body)


def _ask_again_if_busy(response: httpx.Response, address: str) -> None:
    status = response.status_code
    if status not in {408, 425, 429} and status < 500:  # noqa: PLR2004
        return
    message = f"{address} answered {status} ({response.reason_phrase}); try again later"
    seconds = _seconds_to_wait(response.headers.get("retry-after"))
    if seconds is None:
        raise SourceUnreachable(message)
    raise AskedToWait(f"{message}, as it says in {seconds:g} s", seconds)


def _seconds_to_wait(stated: str | None) -> float | None:
    """Read `Retry-After`: seconds or a date; None when absent or neither."""
    if stated is None:
        return None
    try:
        return max(0.0, float(stated))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(moment.tzinfo)).total_seconds())


def _refusal(page: Page) -> str:
    if page.status in {401, 403}:
        return (
            f"{page.address} refused the credentials ({page.status}); "
            f"check the token in the environment variables that source.yaml names"
        )
    return f"{page.address} answered {page.status}; check the address and parameters in source.yaml"
