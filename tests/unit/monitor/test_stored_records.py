"""An alert store written before the Python names were renamed is read and continued.

`alert_store_before_renames.sql` is the dump of an `outbox/ledger.sqlite` that commit 53479ac wrote:
an incident of two days with every nested record, its first mail sent and its second one planned.
"""

import json
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from storepulse.monitor import alert_store
from storepulse.monitor.evaluated_days import days_evaluated
from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import EvaluatedDay, Evidence, Incident, SeriesKey
from storepulse.notify.outbox import write_planned
from storepulse.settings import Settings

DUMP = Path(__file__).with_name("alert_store_before_renames.sql")
FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path, language="en")
    settings.outbox.mkdir()
    with sqlite3.connect(settings.outbox / "ledger.sqlite") as db:
        db.executescript(DUMP.read_text(encoding="utf-8"))
    db.close()
    return settings


def stored(settings: Settings) -> Incident:
    (reported,) = alert_store.reported_incidents(settings, 10)
    return reported.incident


def record_of(settings: Settings, incident_id: str) -> str:
    with alert_store.opened(settings) as db:
        ((text,),) = db.execute(
            "select record from incidents where incident_id = ?", (incident_id,)
        ).fetchall()
    return text


def record(settings: Settings, incident: Incident) -> int:
    """Record a day on which only the incident's anomalies were evaluated."""
    closed = {(one.key.store_id, one.key.kpi): incident.day for one in incident.anomalies}
    evaluation = cast("Evaluation", SimpleNamespace(days=incident.anomalies, closed=closed))
    before = alert_store.evaluated_until(settings)
    return alert_store.record(settings, evaluation, [incident], before)


def a_day_later(incident: Incident, days: int, **changes) -> Incident:
    day = incident.day + timedelta(days=days)
    anomalies = tuple(replace(one, day=day) for one in incident.anomalies)
    return replace(incident, day=day, primary=anomalies[0], anomalies=anomalies, **changes)


def test_an_old_record_is_read_with_its_evidence(settings):
    incident = stored(settings)

    assert incident.evidence == (
        Evidence("lost_tracking", {"member": "paid_search", "visits": 0.0, "orders": 9.0}),
        Evidence(
            "hero_out_of_stock",
            {
                "sku": "kitchen-0",
                "name": "Kitchen no. 0",
                "category": "kitchen",
                "share": 0.2,
                "since": "2026-11-18",
            },
        ),
    )
    assert incident.primary == EvaluatedDay(
        SeriesKey("eu_shop", "sessions", "all", "all"),
        FIRST, 650.0, 1000.0, 800.0, 1200.0, -5.0,
        is_anomaly=True, is_bad=True, days_in_a_row=1,
    )  # fmt: skip
    assert [one.reason for one in incident.not_ready] == ["window_held_back"]


def test_a_record_keeps_every_key_and_value_of_before(settings, tmp_path):
    incident = stored(settings)
    new = Settings(home=tmp_path / "new")

    record(new, incident)

    before, after = (json.loads(record_of(of, incident.incident_id)) for of in (settings, new))
    assert {key: after.pop(key) for key in ("money", "next_to")} == {"money": None, "next_to": []}
    assert after["history"].pop("expected") == after["history"].pop("special_days") == []
    assert after["store"].pop("distinct_name") == ""
    assert after == before


def test_a_new_store_has_the_same_tables_as_an_old_one(settings, tmp_path):
    def tables(of: Settings) -> list[tuple]:
        with alert_store.opened(of) as db:
            return db.execute("select name, sql from sqlite_master order by name").fetchall()

    assert tables(settings) == tables(Settings(home=tmp_path / "new"))


def test_a_planned_mail_of_an_old_store_is_written(settings):
    assert write_planned(settings) == 1

    (file,) = settings.outbox.glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=default)
    text = mail.get_body(("plain",)).get_content()
    assert mail["X-Storepulse-Incident"] == f"eu_shop-sessions-{FIRST} worse-{SECOND}"
    assert "Paid search shows 0 visits while 9 orders were paid through it" in text
    assert "Best seller Kitchen no. 0 (kitchen-0" in text
    assert "This has got worse: sessions -70% at EU shop, -35% when reported on 20 Nov." in text


def test_days_of_an_old_store_count_as_evaluated(settings):
    with alert_store.opened(settings) as db:
        evaluated = days_evaluated(db)

    assert evaluated["eu_shop", "sessions"] == {FIRST, SECOND}
    assert alert_store.evaluated_until(settings)["eu_shop", "paid_gmv"] == SECOND
    assert {one.is_anomaly for one in alert_store.last_evaluated(settings)} == {True, False}


@pytest.mark.parametrize(("money", "mails"), [(0.0, 0), (500.0, 1)], ids=["as before", "more"])
def test_an_old_incident_continues(settings, money, mails):
    incident = a_day_later(stored(settings), 2, money_at_stake=money)

    assert record(settings, incident) == mails
    (reported,) = alert_store.reported_incidents(settings, 10)
    assert (reported.incident.day, reported.last_day) == (FIRST, incident.day)
