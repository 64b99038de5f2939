"""The alert ledger: what was judged, told and sent. One SQLite file, written in transactions.

    closed_days   newest day judged, by store and KPI: a day is judged once
    judged_days   what each judged day was: for the report, and so that a day that was not ready
                  when later ones were judged is judged once it is
    incidents     open and past incidents with all that their mails need
    incident_series  which series belong to an incident, so that tomorrow's anomaly joins it
    mails         one row per incident and step, and how far it came

A mail's way is `planned → written → sending → sent`. Judging a day and planning its mails is one
transaction: a run that dies leaves both or neither, and of two runs at once one finds the days
judged already and plans nothing. `sending` is set just before the server is given the text; a run
that dies in that instant leaves a mail of which nobody can know whether it arrived. It becomes
`unsure` and is not sent again: a supervisor who gets an alert twice stops trusting all of them,
and one that may be lost is still in the outbox and marked on the report. Death at any other moment
loses nothing: the next run goes on from where the row stands.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter

from storepulse.monitor.dedup import (
    DAYS_OF_ONE_INCIDENT,
    USUAL_DAYS_THAT_END_IT,
    EarlierIncident,
    goes_on_with,
    gravest,
    step_to_tell,
)
from storepulse.monitor.evaluated_days import is_any_judged
from storepulse.monitor.panel import Judgement
from storepulse.monitor.records import ALL, Incident, JudgedDay, SeriesKey, Severity
from storepulse.settings import Settings

MailState = Literal["planned", "written", "sending", "sent", "unsure", "expired"]

_INCIDENT = TypeAdapter(Incident)
_TABLES = """
create table if not exists closed_days (
    store_id text, kpi text, day text not null, primary key (store_id, kpi));
create table if not exists judged_days (
    store_id text, kpi text, dimension text, member text, day text,
    value real, expected real, lower real, upper real, score real, status text,
    primary key (store_id, kpi, dimension, member, day));
create table if not exists incidents (
    incident_id text primary key, store_id text not null, day text not null,
    last_day text not null, severity text not null, record text not null);
create table if not exists incident_series (
    incident_id text, kpi text, dimension text, member text,
    primary key (incident_id, kpi, dimension, member));
create table if not exists mails (
    incident_id text, step text, day text not null, planned_at text not null,
    state text not null, file_name text not null, record text not null,
    sent_at text, note text, listed_in text, primary key (incident_id, step));
"""


@dataclass(frozen=True)
class PlannedMail:
    """A row of `mails` with the incident as it was first told, was told since, and is told now."""

    root: Incident
    before: tuple[Incident, ...]
    incident: Incident
    step: str
    planned_at: datetime
    file_name: str


@contextmanager
def opened(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Open the ledger; statements commit one by one unless inside `transaction`."""
    settings.outbox.mkdir(parents=True, exist_ok=True)
    with closing(
        sqlite3.connect(settings.outbox / "ledger.sqlite", timeout=60, isolation_level=None)
    ) as book:
        book.executescript(_TABLES)
        _brought_up_to_date(book)
        yield book


def _brought_up_to_date(book: sqlite3.Connection) -> None:
    """Take the ledger of an earlier version as it is.

    It kept one distance an incident, of whichever KPI was told last; now each telling's own record
    in `mails` is read, which was there all along. What expired was named nowhere.
    """
    changes = {
        "alter table incidents drop column told_change": ("incidents", "told_change", True),
        "alter table mails add column listed_in text": ("mails", "listed_in", False),
    }
    for change, (table, column, is_old) in changes.items():
        if _has(book, table, column) is is_old:
            with transaction(book):
                # Another run may have been faster.
                if _has(book, table, column) is is_old:
                    book.execute(change)


def _has(book: sqlite3.Connection, table: str, column: str) -> bool:
    return bool(
        book.execute(
            "select 1 from pragma_table_info(?) where name = ?", (table, column)
        ).fetchall()
    )


@contextmanager
def transaction(book: sqlite3.Connection) -> Iterator[None]:
    """Hold the only write lock; all of what is inside happens, or nothing."""
    book.execute("begin immediate")
    try:
        yield
    except BaseException:
        book.execute("rollback")
        raise
    book.execute("commit")


def judged_until(settings: Settings) -> dict[tuple[str, str], date]:
    """The newest day judged so far, by store and KPI."""
    with opened(settings) as book:
        rows = book.execute("select store_id, kpi, day from closed_days").fetchall()
    return {(store, kpi): date.fromisoformat(day) for store, kpi, day in rows}


def record(
    settings: Settings,
    judgement: Judgement,
    incidents: Sequence[Incident],
    judged_before: Mapping[tuple[str, str], date],
) -> int:
    """Note what was judged and plan the mails that follow from it, all or nothing.

    Args:
        settings: where the ledger is.
        judgement: what this run found.
        incidents: what it makes of it, oldest first.
        judged_before: what `judged_until` said before judging; if another run has noted days
            since, this one came second and notes nothing.

    Returns:
        How many mails were planned.
    """
    with opened(settings) as book, transaction(book):
        rows = book.execute("select store_id, kpi, day from closed_days").fetchall()
        if {(store, kpi): date.fromisoformat(day) for store, kpi, day in rows} != judged_before:
            return 0
        if is_any_judged(book, judgement):
            return 0
        _note_judged(book, judgement)
        return sum(_note_incident(book, incident) for incident in incidents)


def _note_judged(book: sqlite3.Connection, judgement: Judgement) -> None:
    book.executemany(
        "insert into closed_days values (?, ?, ?) "
        "on conflict do update set day = max(day, excluded.day)",
        [(store, kpi, day.isoformat()) for (store, kpi), day in judgement.closed.items()],
    )
    book.executemany(
        "insert or ignore into judged_days values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (*_names(d.key), f"{d.day}", d.value, d.expected, d.lower, d.upper, d.score, d.status)
            for d in judgement.days
        ],
    )


def _names(key: SeriesKey) -> tuple[str, str, str, str]:
    return key.store_id, key.kpi, key.dimension, key.member


def _note_incident(book: sqlite3.Connection, incident: Incident) -> bool:
    """Start an incident or go on with an open one; tell whether a mail was planned."""
    earlier = _open_incident(book, incident)
    root_id = earlier.incident_id if earlier else incident.incident_id
    book.executemany(
        "insert or ignore into incident_series values (?, ?, ?, ?)",
        [(root_id, a.key.kpi, a.key.dimension, a.key.member) for a in incident.anomalies],
    )
    if earlier is None:
        text = _INCIDENT.dump_json(incident).decode()
        day = incident.day.isoformat()
        book.execute(
            "insert or ignore into incidents values (?, ?, ?, ?, ?, ?)",
            (root_id, incident.store.store_id, day, day, incident.severity, text),
        )
        return _plan_mail(book, root_id, "new", incident)
    book.execute(
        "update incidents set last_day = max(last_day, ?) where incident_id = ?",
        (incident.day.isoformat(), root_id),
    )
    step = step_to_tell(incident, earlier.tellings)
    if step is None:
        return False
    book.execute(
        "update incidents set severity = ? where incident_id = ?",
        (gravest([*earlier.tellings, incident]).severity, root_id),
    )
    return _plan_mail(book, root_id, f"{step}-{incident.day}", incident)


def _open_incident(book: sqlite3.Connection, incident: Incident) -> EarlierIncident | None:
    """Find the incident that this one goes on with.

    The newest of the last week that shares a series and was not over; else one of the day before
    that can have its cause.
    """
    since = incident.day - timedelta(days=DAYS_OF_ONE_INCIDENT)
    for anomaly in incident.anomalies:
        rows = book.execute(
            "select incident_id, last_day from incidents natural join incident_series "
            "where store_id = ? and kpi = ? and dimension = ? and member = ? "
            "and last_day >= ? and last_day < ? order by last_day desc limit 1",
            (*_names(anomaly.key), since.isoformat(), incident.day.isoformat()),
        ).fetchall()
        if rows and not _was_over(book, rows[0][0], rows[0][1], incident.day):
            return EarlierIncident(rows[0][0], _tellings(book, rows[0][0]))
    rows = book.execute(
        "select incident_id from incidents where store_id = ? and last_day = ? "
        "order by incident_id",
        (incident.store.store_id, (incident.day - timedelta(days=1)).isoformat()),
    ).fetchall()
    opened_before = [EarlierIncident(name, _tellings(book, name)) for (name,) in rows]
    return next((one for one in opened_before if goes_on_with(incident, one)), None)


def _was_over(book: sqlite3.Connection, incident_id: str, last_day: str, now: date) -> bool:
    """Tell whether all series of an incident were usual long enough between two days of it.

    A day on which none of them could be judged says nothing.
    """
    rows = book.execute(
        "select judged_days.day, max(status <> 'usual') from judged_days "
        "inner join incidents using (store_id) "
        "inner join incident_series using (incident_id, kpi, dimension, member) "
        "where incident_id = ? and judged_days.day > ? and judged_days.day < ? "
        "group by judged_days.day order by judged_days.day",
        (incident_id, last_day, now.isoformat()),
    ).fetchall()
    in_a_row = 0
    for _, was_unusual in rows:
        in_a_row = 0 if was_unusual else in_a_row + 1
        if in_a_row == USUAL_DAYS_THAT_END_IT:
            return True
    return False


def _tellings(
    book: sqlite3.Connection, incident_id: str, before: str = "9999-12-31"
) -> tuple[Incident, ...]:
    """All that was told of an incident of days before one, oldest first."""
    rows = book.execute(
        "select record from mails where incident_id = ? and day < ? order by day",
        (incident_id, before),
    ).fetchall()
    return tuple(_INCIDENT.validate_json(text) for (text,) in rows)


def _plan_mail(book: sqlite3.Connection, root_id: str, step: str, incident: Incident) -> bool:
    name, text = f"{incident.day}-{root_id}.eml", _INCIDENT.dump_json(incident).decode()
    planned = book.execute(
        "insert or ignore into mails (incident_id, step, day, planned_at, state, file_name, record)"
        " values (?, ?, ?, ?, 'planned', ?, ?)",
        (root_id, step, incident.day.isoformat(), _now(), name, text),
    )
    return planned.rowcount == 1


def mails_in(book: sqlite3.Connection, state: MailState) -> list[PlannedMail]:
    """All mails in one state, in the order in which they were planned."""
    rows = book.execute(
        "select mails.incident_id, root.record, mails.record, mails.day, step, planned_at, "
        "file_name from mails inner join incidents as root using (incident_id) "
        "where state = ? order by mails.rowid",
        (state,),
    ).fetchall()
    return [
        PlannedMail(
            _INCIDENT.validate_json(root),
            _tellings(book, incident_id, before=day),
            _INCIDENT.validate_json(now),
            step,
            datetime.fromisoformat(planned_at),
            name,
        )
        for incident_id, root, now, day, step, planned_at, name in rows
    ]


def move(
    book: sqlite3.Connection,
    mail: PlannedMail,
    states: tuple[MailState, MailState],
    note: str | None = None,
) -> bool:
    """Move a mail from one state to the next; False when another run was faster."""
    moved = book.execute(
        "update mails set state = ?, note = ?, sent_at = case when ? = 'sent' then ? end "
        "where incident_id = ? and step = ? and state = ?",
        (states[1], note, states[1], _now(), mail.root.incident_id, mail.step, states[0]),
    )
    return moved.rowcount == 1


def waiting_mails(settings: Settings) -> int:
    """Count the mails that are written and that no server took over yet."""
    with opened(settings) as book:
        counted = book.execute("select count(*) from mails where state = 'written'").fetchall()
    return int(counted[0][0])


def expired_mails(settings: Settings) -> list[PlannedMail]:
    """Mails that expired and that no list has named yet, in the order they were planned."""
    with opened(settings) as book:
        rows = book.execute(
            "select incident_id, step from mails where state = 'expired' and listed_in is null"
        ).fetchall()
        mails = mails_in(book, "expired") if rows else []
    return [mail for mail in mails if (mail.root.incident_id, mail.step) in set(rows)]


def list_expired(settings: Settings, mails: Sequence[PlannedMail], name: str | None) -> None:
    """Note which list names these mails; None when none does after all."""
    with opened(settings) as book, transaction(book):
        book.executemany(
            "update mails set listed_in = ? where incident_id = ? and step = ?",
            [(name, mail.root.incident_id, mail.step) for mail in mails],
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class ToldIncident:
    """An incident as the report shows it: as first told, how grave it became, its last mail.

    Attributes:
        severity: the highest it was ever told with.
        last_day: the last day it was seen.
    """

    incident: Incident
    severity: Severity
    last_day: date
    mail_state: MailState


def told_incidents(settings: Settings, most: int) -> list[ToldIncident]:
    """The newest incidents, newest first."""
    with opened(settings) as book:
        rows = book.execute(
            "select incidents.record, severity, last_day, (select state from mails "
            "where mails.incident_id = incidents.incident_id order by mails.rowid desc limit 1) "
            "from incidents order by last_day desc, severity, incident_id limit ?",
            (most,),
        ).fetchall()
    return [
        ToldIncident(_INCIDENT.validate_json(text), severity, date.fromisoformat(last), state)
        for text, severity, last, state in rows
    ]


def last_judged(settings: Settings) -> list[JudgedDay]:
    """The newest judged day of every store's totals."""
    with opened(settings) as book:
        rows = book.execute(
            "select store_id, kpi, day, value, expected, lower, upper, score, status "
            "from judged_days as one where dimension = ? and day = ("
            "select max(day) from judged_days as other where other.store_id = one.store_id "
            "and other.kpi = one.kpi and other.dimension = one.dimension)",
            (ALL,),
        ).fetchall()
    return [
        JudgedDay(
            SeriesKey(store, kpi, ALL, ALL),
            date.fromisoformat(day),
            value,
            expected,
            lower,
            upper,
            score,
            is_anomaly=status == "anomaly",
            is_bad=status == "anomaly",
        )
        for store, kpi, day, value, expected, lower, upper, score, status in rows
    ]
