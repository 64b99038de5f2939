"""Land: fetch one feed's window from one shop and keep it as the shop delivered it.

    landing/<feed>/<source>/<window id>/rows.parquet   every value as text, our column names
                                       /manifest.json  what this is and which source it is from
                                       /raw.jsonl.gz   answers of APIs and pages, as received

The folder is written under a temporary name and renamed when whole. Landing a window again replaces
it; overlapping windows do no harm. Feeds land side by side; two runs at one window of a feed take
turns.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storepulse.errors import NotCaptured
from storepulse.extract import files, sql
from storepulse.extract.request import RAW, Extracted, Request
from storepulse.extract.web import http_api, web_pages
from storepulse.feeds.connections import (
    Connection,
    FilesConnection,
    HttpApiConnection,
    SqlConnection,
    WebPagesConnection,
)
from storepulse.feeds.registry import feed_named
from storepulse.feeds.sources import FeedMapping, load_source
from storepulse.lake.accepted import is_covered, windows_of
from storepulse.lake.atomic import atomic_folder
from storepulse.lake.locks import landing_lock, validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import USUAL_LENGTH, Window, refuse_out_of_time

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class LandedWindow:
    """A window that lies in landing.

    Attributes:
        path: its folder.
        rows: how many the shop delivered; 0 is a window in which nothing happened.
        notes: what a person should look at, though the window landed.
    """

    path: Path
    rows: int
    notes: tuple[str, ...] = ()


def land(  # noqa: PLR0913 - what, from where, for which run and by which clock
    settings: Settings,
    source_name: str,
    feed_name: str,
    window: Window,
    run_id: str,
    data: str | Path | None = None,
    now: datetime | None = None,
    *,
    interval: timedelta = USUAL_LENGTH,
) -> LandedWindow:
    """Fetch a feed's window from a shop and keep it.

    Args:
        settings: where landing and the sources are.
        source_name: a folder under the sources.
        feed_name: a feed of the registry that the source has.
        window: what to ask for.
        run_id: who asked; written to the manifest.
        data: what `${DATA}` in the source stands for.
        now: the current time, aware; None reads the machine's clock.
        interval: how long the schedule's windows are; of a source without a past one alone may
            be filled with what is so now.

    Returns:
        The landed window; an earlier landing of it has been replaced.

    Raises:
        UnknownFeed: no such feed.
        WindowInvalid: it ends more than a day after the clock.
        SourceInvalid, SettingMissing: the source's folder or environment is wrong.
        SourceUnreachable: the shop does not answer; worth another try.
        SourceUnreadable: it answers with something that cannot be read.
        NotCaptured: the source knows only what is so now, and the window is over for longer than
            a usual one lasts, or reaches back over intervals that are and that nothing covers.
        WindowTooLarge: it has more rows than the source allows for one window.
        AnotherRunIsWriting: another run lands or validates this window and does not finish.
        DiskFull: no room. After any error the earlier landing is as it was.
    """
    feed_named(feed_name)
    refuse_out_of_time(window, now)
    source = load_source(settings, source_name)
    mapping = source.mapping_of(feed_name)
    connection = source.resolve_connection(mapping.connection, data)
    place = WindowFiles(settings, feed_name, source_name, window)
    with landing_lock(place), ExitStack() as exchanged, atomic_folder(place.landed) as temp:
        kept_raw = place.landed / RAW
        if not mapping.has_past and not (_is_read_again(connection) and kept_raw.is_file()):
            _refuse_what_is_over(mapping, place, now or datetime.now(UTC), interval)
        request = Request(
            query=mapping.sql,
            name=f"{source_name}/{mapping.path.name}",
            window=window,
            into=temp,
            max_rows=mapping.max_rows,
            kept_raw=kept_raw if kept_raw.is_file() else None,
            connection_label=source.connection_label(mapping.connection),
        )
        extracted = _extract(connection, request)
        _finish(temp, _manifest(mapping, source_name, window, run_id, extracted))
        # Whoever validates the window reads its files one after the other: all old or all new.
        exchanged.enter_context(validation_lock(place))
    for note in extracted.notes:
        logger.warning("%s from %s %s: %s", feed_name, source_name, window, note)
    logger.info("landed %s from %s %s: %d rows", feed_name, source_name, window, extracted.rows)
    return LandedWindow(place.landed, extracted.rows, tuple(extracted.notes))


def _extract(connection: Connection, request: Request) -> Extracted:
    if isinstance(connection, SqlConnection):
        return sql.extract(connection, request)
    if isinstance(connection, FilesConnection):
        return files.extract(connection, request)
    if isinstance(connection, HttpApiConnection):
        return http_api.extract(connection, request)
    return web_pages.extract(connection, request)


def _is_read_again(connection: Connection) -> bool:
    """Whether the pages that were kept of a window are read again instead of the shop's."""
    return isinstance(connection, WebPagesConnection) and connection.archive is None


def _refuse_what_is_over(
    mapping: FeedMapping, place: WindowFiles, now: datetime, interval: timedelta
) -> None:
    window, over_since = place.window, now - place.window.end
    known = f"{mapping.feed} from {place.source} only shows the present"
    remedy = "A scheduled run, or `storepulse ingest --catch-up`, notes"
    if over_since > USUAL_LENGTH:
        raise NotCaptured(
            f"{known}, and {window} ended {over_since / timedelta(hours=1):.0f} hours ago: "
            f"current data would be recorded as of that time. {remedy} it as lost"
        )
    accepted = windows_of(place.settings, mapping.feed, place.source)
    # Before its first window a feed was not expected: a new one may begin with a long window.
    since = max(window.start, accepted[0].start) if accepted else now
    until = now - USUAL_LENGTH - max(interval, USUAL_LENGTH)
    if since < until and not is_covered(Window(since, until), accepted):
        raise NotCaptured(
            f"{known}, and {window} reaches back over past intervals of which nothing was "
            f"accepted: current data would be recorded as of that time. {remedy} them as lost and "
            f"takes in the last one"
        )


def _manifest(
    mapping: FeedMapping, source_name: str, window: Window, run_id: str, extracted: Extracted
) -> dict[str, object]:
    return {
        "feed": mapping.feed,
        "source": source_name,
        "snapshots": mapping.snapshots,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
        "rows": extracted.rows,
        "columns": dict(extracted.columns),
        "schema_hash": _schema_hash(extracted.columns),
        "run_id": run_id,
        "landed_at": datetime.now(UTC).isoformat(),
        "raw": list(extracted.raw),
        "notes": list(extracted.notes),
    }


def _schema_hash(names: Iterable[str]) -> str:
    """Hash the columns' names in order: all that a landed file has of a schema.

    The source's types stay out. Some databases show them only by the values of this very window,
    and a window in which a column happens to be null has not changed its schema.
    """
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _finish(folder: Path, manifest: dict[str, object]) -> None:
    """Write the manifest and force all files to disk, so that what is renamed is whole."""
    shutil.rmtree(folder / "spill", ignore_errors=True)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    for path in folder.iterdir():
        with path.open("rb") as written:
            os.fsync(written.fileno())
