"""Mail supervisors, by the wall clock, that a store's numbers are not there by its deadline.

`data_not_ready` depends on the data: it mails a day once some feed is past it. When nothing arrives
at all, or nothing is published, only the deadline notices. Both together mail a day once: the mails
share their place in the outbox.
"""

import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb

from storepulse.display_names import shown
from storepulse.errors import NothingPublished, StorepulseError
from storepulse.feeds.sources import load_source
from storepulse.i18n import Wording, not_ready_sentences
from storepulse.lake import walk
from storepulse.lake.accepted import accepted_at
from storepulse.notify.data_not_ready import write_notice
from storepulse.notify.mailer import NOT_READY, send_pending
from storepulse.serving import catalog
from storepulse.serving.catalog import Catalogue, Store
from storepulse.serving.readiness import NotReady
from storepulse.settings import Settings

logger = logging.getLogger(__name__)


def mail_overdue(settings: Settings, now: datetime) -> int:
    """Mail, where SMTP is configured, what is not there by its deadline and was not mailed yet.

    Args:
        settings: whose marts, and whom to write to.
        now: aware.

    Returns:
        How many mails were written.

    Raises:
        DiskFull: there was no room for a mail.
    """
    send_pending(settings, NOT_READY)
    accepted = accepted_at(settings, "*", settings.source)
    if accepted is None:
        return 0
    as_of, written = _as_of(settings, now), 0
    catalogue = _published(settings)
    for store in catalogue.stores.values() if catalogue else _accepted_stores(settings):
        day, by = _due(settings, store, as_of)
        ends = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(store.timezone))
        # A store connected only after that day expects no report of it.
        if store.source == settings.source and accepted[0] < ends:
            found = _behind(catalogue, store, ends) if catalogue else None
            if found is None or found:
                written += _write(settings, store, day, by, found)
    return written


def _as_of(settings: Settings, now: datetime) -> datetime:
    try:
        return load_source(settings, settings.source).as_of(now)
    except StorepulseError as failure:
        # Engineers get a mail about it. Supervisors wait for numbers, whatever the reason.
        logger.warning("%s", failure)
        return now


def _published(settings: Settings) -> Catalogue | None:
    try:
        with catalog.opened(settings) as con:
            return catalog.read_catalogue(con)
    except NothingPublished:
        return None


def _accepted_stores(settings: Settings) -> list[Store]:
    """The stores as last received, where no marts are published yet."""
    files = [str(files.accepted) for files in walk.accepted(settings, "stores", settings.source)]
    if not files:
        return []
    with duckdb.connect() as con:
        rows = con.execute(
            "select store_id, arg_max(store_name, updated_at), arg_max(timezone, updated_at), "
            "arg_max(currency, updated_at) from read_parquet(?) group by 1 order by 1",
            [files],
        ).fetchall()
    return [
        Store(store_id, shown(name or store_id), zone, currency, settings.source)
        for store_id, name, zone, currency in rows
    ]


def _due(settings: Settings, store: Store, now: datetime) -> tuple[date, datetime]:
    """The newest business day whose deadline is over, and the deadline in the store's time zone."""
    local = now.astimezone(ZoneInfo(store.timezone))
    at = settings.deadline_of(store.store_id)
    on = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    return on - timedelta(days=1), datetime.combine(on, at, local.tzinfo)


def _behind(catalogue: Catalogue, store: Store, ends: datetime) -> tuple[NotReady, ...]:
    """Feeds that the marts do not have to the end of a day, with the mailed KPIs made of them."""
    until = {
        feed: moment
        for (source, feed), moment in catalogue.coverage.items()
        if source == store.source and moment < ends
    }
    found = []
    for feed, since in sorted(until.items()):
        kpis = [kpi for kpi in catalogue.kpis.values() if feed in kpi.feeds and kpi.is_mailed]
        if kpis:
            found.append(NotReady("feed_behind", feed, since, tuple(kpis)))
    return tuple(sorted(found, key=lambda one: -len(one.kpis)))


def _write(
    settings: Settings,
    store: Store,
    day: date,
    by: datetime,
    found: tuple[NotReady, ...] | None,
) -> bool:
    """Write the mail of one store; without `found` nothing was ever published."""
    wording = Wording(settings.language)
    lines = [wording.say("not_ready.expected", by=wording.moment(by))]
    if found is None:
        lines.append(wording.say("not_ready.nothing_published"))
    else:
        lines += not_ready_sentences(found, store, wording)
    after = "not_ready.nothing_after" if found is None else "not_ready.after"
    return write_notice(settings, store, day, lines, wording.say(after))
