"""What lies where: rows landed, accepted and refused per feed, and the last build and publish.

Reads file footers and manifests only, so it is quick and never in anybody's way.
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
from storepulse.notify.expired_mails import to_engineers, to_supervisors
from storepulse.settings import Settings


@dataclass(frozen=True)
class FeedOverview:
    """All windows of one feed of one source, as they lie; overlapping ones count twice.

    Attributes:
        windows: landed windows.
        landed: rows of them.
        accepted: rows of accepted windows.
        quarantined: rows that were refused.
        held: money the refused rows carry, by currency.
        complete_until: how far the published marts have the feed without a gap, UTC; None before
            the first publish.
    """

    feed: str
    source: str
    windows: int
    landed: int
    accepted: int
    quarantined: int
    held: Mapping[str, Decimal]
    complete_until: datetime | None


@dataclass(frozen=True)
class Overview:
    """The state of the whole home folder; moments are UTC, None when it never happened.

    Attributes:
        expired: mails that were not sent in time and that no list has named yet, in a line each.
    """

    feeds: list[FeedOverview]
    built_at: datetime | None
    published_at: datetime | None
    marts: int
    expired: tuple[str, ...]


def look_over(settings: Settings) -> Overview:
    """Sum up what is under `STOREPULSE_HOME`.

    Returns:
        Feeds in registry order, each once per source that landed anything.
    """
    published = _read_json(settings.serving / "manifest.json")
    as_of = published.get("as_of", {})
    built = settings.warehouse / "built.json"
    return Overview(
        feeds=[
            _feed_overview(settings, feed, folder.name, as_of.get(f"{folder.name}/{feed}"))
            for feed in all_feeds()
            for folder in sorted((settings.landing / feed).glob("[!.]*"))
        ],
        built_at=datetime.fromtimestamp(built.stat().st_mtime, UTC) if built.exists() else None,
        published_at=_moment(published.get("published_at")),
        marts=len(published.get("marts", {})),
        expired=_expired(settings),
    )


def feeds_waited_for(settings: Settings) -> list[str]:
    """Tell what must be accepted before marts can be built for the first time.

    Returns:
        Feeds of the configured source without an accepted window, and `stores` while no store is
        known: without one there is no business day. Empty from then on.

    Raises:
        SourceInvalid: the configured source cannot be used.
    """
    source = load_source(settings, settings.source)
    waited_for = []
    for feed in (feed for feed in all_feeds() if feed in source.feeds):
        files = _files(settings.accepted / feed / source.name)
        if not files or (feed == "stores" and not _rows_of(files)):
            waited_for.append(feed)
    return waited_for


def _feed_overview(
    settings: Settings, feed: str, source: str, complete_until: str | None
) -> FeedOverview:
    manifests = sorted((settings.landing / feed / source).glob("[!.]*/manifest.json"))
    quarantined, held = _refused(_files(settings.quarantine / feed / source))
    return FeedOverview(
        feed=feed,
        source=source,
        windows=len(manifests),
        landed=sum(_read_json(manifest)["rows"] for manifest in manifests),
        accepted=_rows_of(_files(settings.accepted / feed / source)),
        quarantined=quarantined,
        held=held,
        complete_until=_moment(complete_until),
    )


def _expired(settings: Settings) -> tuple[str, ...]:
    if not settings.outbox.is_dir():
        return ()
    return (*to_supervisors(settings).lines, *to_engineers(settings).lines)


def _files(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob("[!.]*.parquet"))]


def _rows_of(files: list[str]) -> int:
    if not files:
        return 0
    with duckdb.connect() as con:
        sums = con.execute("select sum(num_rows) from parquet_file_metadata(?)", [files])
        return int(sums.fetchall()[0][0])


def _refused(files: list[str]) -> tuple[int, dict[str, Decimal]]:
    if not files:
        return 0, {}
    with duckdb.connect() as con:
        sums = con.execute(
            "select _currency, count(*), sum(_amount) "
            "from read_parquet(?, union_by_name = true) group by 1",
            [files],
        ).fetchall()
    held = {currency or "?": amount for currency, _, amount in sums if amount is not None}
    return sum(rows for _, rows, _ in sums), held


def _read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
