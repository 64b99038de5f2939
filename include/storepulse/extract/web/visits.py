"""Walking through a shop's pages as a polite, named visitor who keeps to robots.txt."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

import httpx
from protego import Protego

from storepulse.errors import SourceUnreadable
from storepulse.extract.web.http_fetch import Page, fetch, is_same_host, joined, shown
from storepulse.extract.web.json_ld import read_page, stated_charset
from storepulse.feeds.connections import WebPagesConnection

logger = logging.getLogger(__name__)

# A hundred pages at this pace are more than an hour and a half.
LONGEST_CRAWL_DELAY_SECONDS = 60.0
# RFC 9309: what a reader must at least take of a robots.txt.
LONGEST_RULES_BYTES = 500 * 1024


@dataclass(frozen=True)
class Seen:
    """A page as it was seen.

    Attributes:
        page_url: the page's own address, without the archive's parameter.
        captured_at: the moment it shows, UTC, `YYYY-MM-DD HH:MM:SS[.ffffff]`.
    """

    page_url: str
    captured_at: str
    html: str

    def to_keep(self) -> dict[str, str]:
        """Give what is written to the raw file."""
        return asdict(self)

    @classmethod
    def from_kept(cls, answer: dict[str, object]) -> Self:
        """Read it back."""
        return cls(str(answer["page_url"]), str(answer["captured_at"]), str(answer["html"]))


class Visitor:
    """One visit to one host: its rules, and when it was last asked."""

    def __init__(
        self, client: httpx.Client, config: WebPagesConnection, skipped: Counter[str]
    ) -> None:
        """Read the host's rules.

        Args:
            client: sends our name with every request.
            config: where to start and how far to go.
            skipped: counts, by reason, what was not read; shared with the caller.

        Raises:
            SourceUnreachable: robots.txt cannot be had; then nothing may be read.
            SourceUnreadable: it asks for pauses that no visit can keep.
        """
        self._client = client
        self._config = config
        self._skipped = skipped
        self._asked_at = 0.0
        self._rules = self._read_rules()
        self._delay_seconds = max(self._delay_asked_for(), config.crawl_delay_seconds)

    def capture(self, moment: datetime | None) -> Iterator[Seen]:
        """Read the start pages and what follows them, as they are or as they were at a moment."""
        host = httpx.URL(self._config.url)
        waiting = [httpx.URL(self._config.url.rstrip("/") + path) for path in self._config.start]
        known = set(waiting)
        read = 0
        while waiting:
            url = waiting.pop(0)
            if read >= self._config.max_pages:
                self._skip("page beyond max_pages", url)
                continue
            if not self._rules.can_fetch(str(url), self._config.user_agent):
                self._skip("page that robots.txt disallows", url)
                continue
            page = self._ask(url, moment)
            read += 1
            following = page.location
            seen = self._seen(page, url, moment)
            if seen is not None:
                following = read_page(seen.html).next_link or page.next_link
                yield seen
            next_url = self._on_this_host(url, following, host)
            if next_url is not None and next_url not in known:
                known.add(next_url)
                waiting.append(next_url)

    def _ask(self, url: httpx.URL, moment: datetime | None) -> Page:
        archive = self._config.archive
        if archive is not None and moment is not None:
            url = url.copy_set_param(archive.parameter, moment.strftime(self._config.time_format))
        time.sleep(max(0.0, self._asked_at + self._delay_seconds - time.monotonic()))
        self._asked_at = time.monotonic()
        return fetch(self._client, self._config, url, refusals=True)

    def _seen(self, page: Page, url: httpx.URL, moment: datetime | None) -> Seen | None:
        if page.location is not None:
            return None
        if page.status != httpx.codes.OK:
            self._skip(f"page that answered {page.status}", url)
            return None
        try:
            html = page.text(page.charset or stated_charset(page.body))
        except SourceUnreadable:
            self._skip("page in an encoding it does not state", url)
            return None
        shown_at = (moment or page.fetched_at).replace(tzinfo=None)
        # It becomes a column: a login in the connection's address is not data.
        return Seen(str(url.copy_with(userinfo=b"")), str(shown_at), html)

    def _on_this_host(self, url: httpx.URL, link: str | None, host: httpx.URL) -> httpx.URL | None:
        if not link:
            return None
        following = joined(url, link)
        if following is None:
            self._skip("link that is no address", url)
            return None
        archive = self._config.archive
        if archive is not None:
            # An archive may repeat its own parameter in the links it shows.
            following = following.copy_remove_param(archive.parameter)
        if not is_same_host(following, host):
            self._skip("link to another host", following)
            return None
        return following

    def _delay_asked_for(self) -> float:
        delay = self._rules.crawl_delay(self._config.user_agent) or 0.0
        if not delay <= LONGEST_CRAWL_DELAY_SECONDS:
            host = shown(self._config.url)
            raise SourceUnreadable(
                f"robots.txt of {host} asks for {delay:g} s between two pages; a visit would not "
                f"end within its window. Ask the host for another way, or leave it out of "
                f"source.yaml"
            )
        return delay

    def _read_rules(self) -> Protego:
        page = fetch(
            self._client,
            self._config,
            httpx.URL(self._config.url).join("/robots.txt"),
            refusals=True,
        )
        # As RFC 9309 has it: a host without the file allows everything.
        text = page.body[:LONGEST_RULES_BYTES].decode("utf-8", errors="replace")
        return Protego.parse(text if page.status == httpx.codes.OK else "")

    def _skip(self, reason: str, url: httpx.URL) -> None:
        self._skipped[reason] += 1
        logger.warning("skipped %s: %s", shown(url), reason)
