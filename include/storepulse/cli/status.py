"""Rows landed, accepted and quarantined per feed, and the last build and publish.

Reads file footers and manifests only, so it is quick and takes no lock.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from storepulse.feeds.registry import all_feeds
from storepulse.feeds.sources import load_source
from storepulse.lake import walk
from storepulse.notify.expired_mails import to_engineers, to_supervisors
from storepulse.settings import Settings


@dataclass(frozen=True)
class FeedOverview:
    """All windows of one feed of one source; overlapping windows count twice.

    Attributes:
        windows: number of landed windows.
        landed: rows in landed windows.
        accepted: rows in accepted windows.
        quarantined: rows in quarantine.
        quarantined_value: amounts of the quarantined rows, by currency.
        complete_until: end of the feed's gapless data in the published marts, UTC; None before
            the first publish.
    """

    feed: str
    source: str
    windows: int
    landed: int
    accepted: int
    quarantined: int
    quarantined_value: Mapping[str, Decimal]
    complete_until: datetime | None


@dataclass(frozen=True)
class Overview:
    """The state of the whole home folder; times are UTC, None when it never happened.

    Attributes:
        expired: mails that were not sent in time and that no mail has listed yet, one line each.
    """

    feeds: list[FeedOverview]
    built_at: datetime | None
    published_at: datetime | None
    marts: int
    expired: tuple[str, ...]


def collect_status(settings: Settings) -> Overview:
    """Summarize what is under `STOREPULSE_HOME`.

    Returns:
        Feeds in registry order, each once per source with a landed window.
    """
    published = _read_json(settings.serving / "manifest.json")
    as_of = published.get("as_of", {})
    built = settings.warehouse / "built.json"
    return Overview(
        feeds=[
            _feed_overview(settings, feed, source, as_of.get(f"{source}/{feed}"))
            for feed in all_feeds()
            for source in walk.landing_sources(settings, feed)
        ],
        built_at=datetime.fromtimestamp(built.stat().st_mtime, UTC) if built.exists() else None,
        published_at=_moment(published.get("published_at")),
        marts=len(published.get("marts", {})),
        expired=_expired(settings),
    )


def missing_feeds(settings: Settings) -> list[str]:
    """List the feeds that must be accepted before marts can be built for the first time.

    Returns:
        Feeds of the configured source without an accepted window, and `stores` while no store is
        known: without one there is no business day. Empty once all are there.

    Raises:
        SourceInvalid: the configured source cannot be used.
    """
    source = load_source(settings, settings.source)
    missing = []
    for feed in (feed for feed in all_feeds() if feed in source.feeds):
        files = _accepted(settings, feed, source.name)
        if not files or (feed == "stores" and not _rows_of(files)):
            missing.append(feed)
    return missing


def _feed_overview(
    settings: Settings, feed: str, source: str, complete_until: str | None
) -> FeedOverview:
    manifests = [
        manifest
        for files in walk.landed(settings, feed, source)
        if (manifest := _read_json(files.landed / "manifest.json"))
    ]
    refused = [str(files.quarantined) for files in walk.quarantined(settings, feed, source)]
    quarantined, value = _quarantined(refused)
    return FeedOverview(
        feed=feed,
        source=source,
        windows=len(manifests),
        landed=sum(manifest["rows"] for manifest in manifests),
        accepted=_rows_of(_accepted(settings, feed, source)),
        quarantined=quarantined,
        quarantined_value=value,
        complete_until=_moment(complete_until),
    )


def _expired(settings: Settings) -> tuple[str, ...]:
    if not settings.outbox.is_dir():
        return ()
    return (*to_supervisors(settings).lines, *to_engineers(settings).lines)


def _accepted(settings: Settings, feed: str, source: str) -> list[str]:
    return [str(files.accepted) for files in walk.accepted(settings, feed, source)]


def _rows_of(files: list[str]) -> int:
    if not files:
        return 0
    with duckdb.connect() as con:
        sums = con.execute("select sum(num_rows) from parquet_file_metadata(?)", [files])
        return int(sums.fetchall()[0][0])


def _quarantined(files: list[str]) -> tuple[int, dict[str, Decimal]]:
    if not files:
        return 0, {}
    with duckdb.connect() as con:
        sums = con.execute(
            "select _currency, count(*), sum(_amount) "
            "from read_parquet(?, union_by_name = true) group by 1",
            [files],
        ).fetchall()
    value = {currency or "?": amount for currency, _, amount in sums if amount is not None}
    return sum(rows for _, rows, _ in sums), value


def _read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
