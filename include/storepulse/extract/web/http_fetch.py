"""One GET after another against one host: timeouts, retries, clear refusals, no secrets shown."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import count
from typing import Protocol
from urllib.request import parse_http_list

import httpx

from storepulse.errors import SourceError, SourceInvalid, SourceUnreachable, SourceUnreadable
from storepulse.extract.retries import AskedToWait, retries
from storepulse.feeds.connections import Retry
from storepulse.redaction import NOT_SHOWN, is_host, without_logins

# A page of a thousand records is about a megabyte; beyond this an answer is a fault, not a page.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0
# Beyond it a number is taken modulo 65536, and another port is asked.
_HIGHEST_PORT = 65_535
# What of a path cannot be a token: words, versions, numbers of pages, dates.
_WORDS = re.compile(r"(?=.{0,40}$)[A-Za-z]{0,20}([._-][A-Za-z]{1,20})*")
_NUMBER = re.compile(r"[A-Za-z]?\d{1,6}|v\d{1,3}\.\d{1,3}|\d{4}-\d\d(-\d\d)?")


class HttpConnection(Protocol):
    """What every connection over HTTP has."""

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
        except LookupError:
            # What a host calls its encoding may be anything.
            name = "the encoding it states, which is not known"
        except ValueError:
            # Not only UnicodeDecodeError: a host may name any of Python's codecs.
            pass
        raise SourceUnreadable(
            f"{self.address} is not readable as {name}; ask its owner what it is written in"
        )


@contextmanager
def client_for(
    config: HttpConnection, headers: Mapping[str, str], where: str
) -> Iterator[httpx.Client]:
    """Open a client for one host; it follows no redirect, which could carry headers elsewhere.

    Args:
        config: which host, and its timeout.
        headers: sent with every request.
        where: names the file and the connection in messages.

    Raises:
        SourceInvalid: the address or a header cannot be sent as it is.
    """
    if not _is_clear(config.url):
        raise SourceInvalid(
            f"{where}: the address under `url:` cannot be asked as it is; expected one that can "
            f"be read in one way only, for example https://host/folder, without ? and #; in a "
            f"user or password write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23"
        )
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise SourceInvalid(
                f"{where}: the header {name} for {shown(config.url)} contains characters that "
                f"cannot be sent (a line break?); check the environment variables it is made of"
            )
    timeout = httpx.Timeout(
        config.timeout_seconds, connect=min(CONNECT_SECONDS, config.timeout_seconds)
    )
    sent = {**_host_without_interface(config.url), **headers}
    with httpx.Client(headers=sent, timeout=timeout, follow_redirects=False) as client:
        yield client


def fetch(
    client: httpx.Client,
    config: HttpConnection,
    url: str | httpx.URL,
    *,
    refusals: bool = False,
) -> Page:
    """Get one page, asking again while the host is busy or away.

    Args:
        client: from `client_for`.
        config: timeouts and retries.
        url: with its query.
        refusals: give 4xx answers back instead of raising.

    Raises:
        SourceUnreachable: no answer, or 429 or 5xx to the last attempt.
        SourceUnreadable: refused for good (401, 403, 404 …), or more than a page.
    """
    for attempt in retries(config.retry):
        with attempt:
            page = _fetch_once(client, url, config.timeout_seconds)
            if page.status >= 400 and not refusals:  # noqa: PLR2004
                raise SourceUnreadable(_refusal(page))
            return page
    raise AssertionError("retries either return or raise")


def shown(url: str | httpx.URL) -> str:
    """Write an address without query, user, password, and what in its path may be a token.

    An address from outside may not be one of a web host; then nothing of it is shown.
    """
    parsed = _as_url(url)
    if parsed is None or not _is_of_a_host(parsed):
        return "an address that is not shown"
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    port = "" if parsed.port is None else f":{parsed.port}"
    path = parsed.raw_path.partition(b"?")[0].decode("ascii").split("/")
    return f"{parsed.scheme}://{host}{port}{'/'.join(map(_segment, path))}"


def _segment(segment: str) -> str:
    is_plain = _WORDS.fullmatch(segment) or _NUMBER.fullmatch(segment)
    return segment if is_plain else NOT_SHOWN


def _as_url(url: str | httpx.URL) -> httpx.URL | None:
    """Read an address; None when it is not one. The errors' own messages would repeat it."""
    try:
        parsed = httpx.URL(url)
        # Decoded only when asked for.
        _ = parsed.host
    except (httpx.InvalidURL, ValueError):
        return None
    return parsed


def _is_of_a_host(url: httpx.URL) -> bool:
    return url.scheme in {"http", "https"} and is_host(url.host)


def _is_clear(address: str) -> bool:
    url = _as_url(address)
    return (
        url is not None
        and _is_of_a_host(url)
        and (url.port is None or 0 < url.port <= _HIGHEST_PORT)
        and not {*address} & {*"?#"}
        and address.count("@") == (1 if url.userinfo else 0)
    )


def _host_without_interface(address: str) -> dict[str, str]:
    """Give the header `Host` where the address names an interface, which concerns us only."""
    url = httpx.URL(address)
    host, percent, _ = url.host.partition("%")
    port = "" if url.port is None else f":{url.port}"
    return {"Host": f"[{host}]{port}"} if percent else {}


def joined(url: httpx.URL, link: str) -> httpx.URL | None:
    """Resolve a link against the address it was found at; None when it is not an address."""
    try:
        return _as_url(url.join(link))
    except (httpx.InvalidURL, ValueError):
        return None


def is_same_host(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two addresses have scheme, host and port in common."""
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
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as failure:
        reported = _reported(failure, address)
    # Outside of the block: chained, httpx's error would be printed with what it quotes, the header
    # at fault with its token, or a piece of the address redirected to.
    raise reported


def _reported(failure: Exception, address: str) -> SourceError:
    if isinstance(failure, httpx.DecodingError):
        return SourceUnreadable(f"{address}: the answer's compression is broken")
    if isinstance(failure, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return SourceInvalid(f"{address} cannot be asked: {type(failure).__name__}")
    return SourceUnreachable(
        f"{address} did not answer: {_reason(failure)}; check that it runs and can be reached"
    )


def _reason(failure: Exception) -> str:
    message = str(failure) or type(failure).__name__
    # Our own address was read before: what cannot be read is where the host sends us.
    if "location header" in message or not isinstance(failure, httpx.HTTPError):
        return "Invalid URL in location header"
    if isinstance(failure, httpx.RemoteProtocolError) and re.search(r"['\"]|\d{3}", message):
        return "what it sent is not HTTP, or not all of it"
    return without_logins(message)


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
    message = f"{address} answered {_with_phrase(status)}; try again later"
    seconds = _seconds_to_wait(response.headers.get("retry-after"))
    if seconds is None:
        raise SourceUnreachable(message)
    raise AskedToWait(f"{message}, as it asks, in {seconds:g} s", seconds)


def _with_phrase(status: int) -> str:
    # Not the phrase received: a host may write anything there, our token included.
    known = status in HTTPStatus.__members__.values()
    return f"{status} ({HTTPStatus(status).phrase})" if known else str(status)


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
    except (ValueError, OverflowError):
        return None
    return max(0.0, (moment - datetime.now(moment.tzinfo)).total_seconds())


def _refusal(page: Page) -> str:
    if page.status in {401, 403}:
        return (
            f"{page.address} refused the credentials ({page.status}); "
            f"check the token in the environment variables that source.yaml names"
        )
    return f"{page.address} answered {page.status}; check the address and parameters in source.yaml"
