"""The alert store: what was evaluated, planned and sent. One SQLite file, written in transactions.

    closed_days   newest day evaluated, by store and KPI: each day is evaluated once
    judged_days   the result of each evaluated day: for the report, and so that a day that was not
                  ready when later ones were evaluated is evaluated once it is ready
    incidents     open and past incidents with everything their mails need
    incident_series  which series belong to an incident, so that tomorrow's anomaly joins it
    mails         one row per incident and step, with its state

Recording a day and planning its mails is one transaction: a run that dies leaves both or neither,
and of two concurrent runs the second finds the days already evaluated and plans nothing. After that
a run that dies loses nothing either: the next one resumes from the mail's state, whose changes
`storepulse.notify.mail_states` draws.

File name, tables, columns and keys of JSON records never change: earlier stores must be readable.
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
    continues,
    follow_up,
    most_severe,
)
from storepulse.monitor.evaluated_days import is_any_evaluated
from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import ALL, EvaluatedDay, Incident, SeriesKey, Severity
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
    """A row of `mails`: the incident as first notified, all notifications since, and this one."""

    root: Incident
    before: tuple[Incident, ...]
    incident: Incident
    step: str
    planned_at: datetime
    file_name: str


@contextmanager
def opened(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Open the alert store; statements commit one by one unless inside `transaction`."""
    settings.outbox.mkdir(parents=True, exist_ok=True)
    with closing(
        sqlite3.connect(settings.outbox / "ledger.sqlite", timeout=60, isolation_level=None)
    ) as db:
        db.executescript(_TABLES)
        _migrate(db)
        yield db


def _migrate(db: sqlite3.Connection) -> None:
    """Migrate the tables of an earlier version in place.

    It kept one deviation per incident; now the records in `mails` are read, which were always
    there. Expired mails were listed nowhere.
    """
    changes = {
        "alter table incidents drop column told_change": ("incidents", "told_change", True),
        "alter table mails add column listed_in text": ("mails", "listed_in", False),
    }
    for change, (table, column, is_old) in changes.items():
        if _has(db, table, column) is is_old:
            with transaction(db):
                # Another run may have been faster.
                if _has(db, table, column) is is_old:
                    db.execute(change)


def _has(db: sqlite3.Connection, table: str, column: str) -> bool:
    return bool(
        db.execute("select 1 from pragma_table_info(?) where name = ?", (table, column)).fetchall()
    )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold the only write lock; commit everything inside, or nothing."""
    db.execute("begin immediate")
    try:
        yield
    except BaseException:
        db.execute("rollback")
        raise
    db.execute("commit")


def evaluated_until(settings: Settings) -> dict[tuple[str, str], date]:
    """The newest day evaluated so far, by store and KPI."""
    with opened(settings) as db:
        rows = db.execute("select store_id, kpi, day from closed_days").fetchall()
    return {(store, kpi): date.fromisoformat(day) for store, kpi, day in rows}


def record(
    settings: Settings,
    evaluation: Evaluation,
    incidents: Sequence[Incident],
    evaluated_before: Mapping[tuple[str, str], date],
) -> int:
    """Record an evaluation and plan the mails that follow from it, all or nothing.

    Args:
        settings: where the alert store is.
        evaluation: what this run found.
        incidents: the incidents made of it, oldest first.
        evaluated_before: what `evaluated_until` returned before evaluating; if another run has
            recorded days since, this run was second and records nothing.

    Returns:
        How many mails were planned.
    """
    with opened(settings) as db, transaction(db):
        rows = db.execute("select store_id, kpi, day from closed_days").fetchall()
        if {(store, kpi): date.fromisoformat(day) for store, kpi, day in rows} != evaluated_before:
            return 0
        if is_any_evaluated(db, evaluation):
            return 0
        _record_evaluated(db, evaluation)
        return sum(_record_incident(db, incident) for incident in incidents)


def _record_evaluated(db: sqlite3.Connection, evaluation: Evaluation) -> None:
    db.executemany(
        "insert into closed_days values (?, ?, ?) "
        "on conflict do update set day = max(day, excluded.day)",
        [(store, kpi, day.isoformat()) for (store, kpi), day in evaluation.closed.items()],
    )
    db.executemany(
        "insert or ignore into judged_days values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (*_names(d.key), f"{d.day}", d.value, d.expected, d.lower, d.upper, d.score, d.where)
            for d in evaluation.days
        ],
    )


def _serialized(incident: Incident) -> str:
    return _INCIDENT.dump_json(incident, by_alias=True).decode()


def _names(key: SeriesKey) -> tuple[str, str, str, str]:
    return key.store_id, key.kpi, key.dimension, key.member


def _record_incident(db: sqlite3.Connection, incident: Incident) -> bool:
    """Start an incident or continue an open one; return whether a mail was planned."""
    earlier = _open_incident(db, incident)
    root_id = earlier.incident_id if earlier else incident.incident_id
    db.executemany(
        "insert or ignore into incident_series values (?, ?, ?, ?)",
        [(root_id, a.key.kpi, a.key.dimension, a.key.member) for a in incident.anomalies],
    )
    if earlier is None:
        text = _serialized(incident)
        day = incident.day.isoformat()
        db.execute(
            "insert or ignore into incidents values (?, ?, ?, ?, ?, ?)",
            (root_id, incident.store.store_id, day, day, incident.severity, text),
        )
        return _plan_mail(db, root_id, "new", incident)
    db.execute(
        "update incidents set last_day = max(last_day, ?) where incident_id = ?",
        (incident.day.isoformat(), root_id),
    )
    step = follow_up(incident, earlier.notifications)
    if step is None:
        return False
    db.execute(
        "update incidents set severity = ? where incident_id = ?",
        (most_severe([*earlier.notifications, incident]).severity, root_id),
    )
    return _plan_mail(db, root_id, f"{step}-{incident.day}", incident)


def _open_incident(db: sqlite3.Connection, incident: Incident) -> EarlierIncident | None:
    """Find the earlier incident that this one continues.

    The newest of the last week that shares a series and was not over; otherwise one of the day
    before that may have the same cause.
    """
    since = incident.day - timedelta(days=DAYS_OF_ONE_INCIDENT)
    for anomaly in incident.anomalies:
        rows = db.execute(
            "select incident_id, last_day from incidents natural join incident_series "
            "where store_id = ? and kpi = ? and dimension = ? and member = ? "
            "and last_day >= ? and last_day < ? order by last_day desc limit 1",
            (*_names(anomaly.key), since.isoformat(), incident.day.isoformat()),
        ).fetchall()
        if rows and not _was_over(db, rows[0][0], rows[0][1], incident.day):
            return EarlierIncident(rows[0][0], _notifications(db, rows[0][0]))
    rows = db.execute(
        "select incident_id from incidents where store_id = ? and last_day = ? "
        "order by incident_id",
        (incident.store.store_id, (incident.day - timedelta(days=1)).isoformat()),
    ).fetchall()
    candidates = [EarlierIncident(name, _notifications(db, name)) for (name,) in rows]
    return next((one for one in candidates if continues(incident, one)), None)


def _was_over(db: sqlite3.Connection, incident_id: str, last_day: str, now: date) -> bool:
    """Return whether all its series stayed in their ranges long enough between two of its days.

    A day on which none of them could be evaluated does not count.
    """
    rows = db.execute(
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


def _notifications(
    db: sqlite3.Connection, incident_id: str, before: str = "9999-12-31"
) -> tuple[Incident, ...]:
    """Every version of an incident that was mailed for days before `before`, oldest first."""
    rows = db.execute(
        "select record from mails where incident_id = ? and day < ? order by day",
        (incident_id, before),
    ).fetchall()
    return tuple(_INCIDENT.validate_json(text) for (text,) in rows)


def _plan_mail(db: sqlite3.Connection, root_id: str, step: str, incident: Incident) -> bool:
    name, text = f"{incident.day}-{root_id}.eml", _serialized(incident)
    planned = db.execute(
        "insert or ignore into mails (incident_id, step, day, planned_at, state, file_name, record)"
        " values (?, ?, ?, ?, 'planned', ?, ?)",
        (root_id, step, incident.day.isoformat(), _now(), name, text),
    )
    return planned.rowcount == 1


def mails_in(db: sqlite3.Connection, state: MailState) -> list[PlannedMail]:
    """All mails in one state, in the order in which they were planned."""
    rows = db.execute(
        "select mails.incident_id, root.record, mails.record, mails.day, step, planned_at, "
        "file_name from mails inner join incidents as root using (incident_id) "
        "where state = ? order by mails.rowid",
        (state,),
    ).fetchall()
    return [
        PlannedMail(
            _INCIDENT.validate_json(root),
            _notifications(db, incident_id, before=day),
            _INCIDENT.validate_json(now),
            step,
            datetime.fromisoformat(planned_at),
            name,
        )
        for incident_id, root, now, day, step, planned_at, name in rows
    ]


def move(
    db: sqlite3.Connection,
    file_name: str,
    states: tuple[MailState, MailState],
    note: str | None = None,
) -> bool:
    """Move a mail from one state to the next; False when another run was faster.

    Args:
        db: the store.
        file_name: of the mail; an incident has at most one a day.
        states: before and after.
        note: why.
    """
    moved = db.execute(
        "update mails set state = ?, note = ?, sent_at = case when ? = 'sent' then ? end "
        "where file_name = ? and state = ?",
        (states[1], note, states[1], _now(), file_name, states[0]),
    )
    return moved.rowcount == 1


def expired_mails(settings: Settings) -> list[PlannedMail]:
    """Expired mails that no list has named yet, in the order they were planned."""
    with opened(settings) as db:
        rows = db.execute(
            "select incident_id, step from mails where state = 'expired' and listed_in is null"
        ).fetchall()
        mails = mails_in(db, "expired") if rows else []
    return [mail for mail in mails if (mail.root.incident_id, mail.step) in set(rows)]


def list_expired(settings: Settings, mails: Sequence[PlannedMail], name: str | None) -> None:
    """Record which list names these mails; None when none does after all."""
    with opened(settings) as db, transaction(db):
        db.executemany(
            "update mails set listed_in = ? where incident_id = ? and step = ?",
            [(name, mail.root.incident_id, mail.step) for mail in mails],
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class ReportedIncident:
    """An incident as the report shows it: as first notified, its highest severity, its last mail.

    Attributes:
        severity: the highest it was ever notified with.
        last_day: the last day on which it was seen.
    """

    incident: Incident
    severity: Severity
    last_day: date
    mail_state: MailState


def reported_incidents(settings: Settings, most: int) -> list[ReportedIncident]:
    """The newest incidents, newest first."""
    with opened(settings) as db:
        rows = db.execute(
            "select incidents.record, severity, last_day, (select state from mails "
            "where mails.incident_id = incidents.incident_id order by mails.rowid desc limit 1) "
            "from incidents order by last_day desc, severity, incident_id limit ?",
            (most,),
        ).fetchall()
    return [
        ReportedIncident(_INCIDENT.validate_json(text), severity, date.fromisoformat(last), state)
        for text, severity, last, state in rows
    ]


def last_evaluated(settings: Settings) -> list[EvaluatedDay]:
    """The newest evaluated day of every store's totals."""
    with opened(settings) as db:
        rows = db.execute(
            "select store_id, kpi, day, value, expected, lower, upper, score, status "
            "from judged_days as one where dimension = ? and day = ("
            "select max(day) from judged_days as other where other.store_id = one.store_id "
            "and other.kpi = one.kpi and other.dimension = one.dimension)",
            (ALL,),
        ).fetchall()
    return [
        EvaluatedDay(
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
