"""When an incident that continues is notified again: sequences of days in the alert store."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from storepulse.i18n import Wording, worse_sentences
from storepulse.monitor import alert_store
from storepulse.monitor.dedup import worsenings
from storepulse.monitor.diagnose.grouping import grouped
from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import EvaluatedDay, Evidence, History, Incident, SeriesKey
from storepulse.serving.catalog import Kpi, Store
from storepulse.settings import Settings
from support.marts_builder import KPIS

FIRST = date(2026, 11, 20)
EU = Store("eu_shop", "EU shop", "Europe/Berlin", "EUR", "demo_shop")
CN = Store("cn_market", "CN market", "Asia/Shanghai", "CNY", "demo_shop")
CATALOGUE = {
    name: Kpi(
        name,
        "sales",
        "–",
        en,
        zh,
        unit,
        direction,
        kind,
        tuple(feeds.split(",")),
        minimum or 0.0,
        0,
        en,
        zh,
        "operations",
        True,
    )
    for name, (en, zh, unit, direction, kind, feeds, minimum) in KPIS.items()
}


@dataclass(frozen=True)
class Seen:
    """One series on one day, and what its diagnosis would find."""

    kpi: str
    value: float
    expected: float
    place: str = "all/all"
    severity: str = "medium"
    money: float = 0.0
    evidence: str = ""
    store: Store = EU
    is_anomaly: bool = True

    def on(self, day: date) -> EvaluatedDay:
        lower, upper = self.expected * 0.8, self.expected * 1.2
        key = SeriesKey(self.store.store_id, self.kpi, *self.place.split("/"))
        below = self.value < self.expected
        is_bad = below == (CATALOGUE[self.kpi].direction == "up")
        score = -5.0 if below else 5.0
        return EvaluatedDay(
            key, day, self.value, self.expected, lower, upper, score, self.is_anomaly, is_bad
        )


def fell(kpi: str, percent: float, place: str = "all/all", **more) -> Seen:
    return Seen(kpi, 1000 * (1 - percent / 100), 1000, place, **more)


def usual(kpi: str, place: str = "all/all") -> Seen:
    return Seen(kpi, 1000, 1000, place, is_anomaly=False)


def stock_rate(value: float, **more) -> Seen:
    return Seen("out_of_stock_rate", value, 0.001, **more)


def incidents_of(day: date, seen: Sequence[Seen]) -> list[Incident]:
    """What `explain` makes of a day, without marts to look into."""
    by_day: Mapping[EvaluatedDay, Seen] = {one.on(day): one for one in seen if one.is_anomaly}
    found = []
    for store in dict.fromkeys(one.store for one in seen):
        anomalies = [one for one in by_day if one.key.store_id == store.store_id]
        for group in grouped(anomalies, CATALOGUE):
            of = [by_day[one] for one in group]
            found.append(
                Incident(
                    "-".join(
                        [group[0].key.store_id, group[0].key.kpi, group[0].key.member, f"{day}"]
                    ),
                    store,
                    day,
                    CATALOGUE,
                    group[0],
                    group,
                    (),
                    "high" if any(one.severity == "high" for one in of) else "medium",
                    max(one.money for one in of),
                    False,
                    None,
                    tuple(Evidence(one.evidence, {}) for one in of if one.evidence),
                    (),
                    History(day, (), (), ()),
                )
            )
    return found


def notify(settings: Settings, days: Sequence[Sequence[Seen]]) -> list[list[str]]:
    """Record the days one by one; return the steps that are planned on each."""
    for back, seen in enumerate(days):
        record(settings, FIRST + timedelta(days=back), seen)
    with alert_store.opened(settings) as db:
        steps = db.execute("select day, step from mails order by step").fetchall()
    each = [f"{FIRST + timedelta(days=back)}" for back in range(len(days))]
    return [[step.split("-")[0] for on, step in steps if on == day] for day in each]


def record(settings: Settings, day: date, seen: Sequence[Seen]) -> int:
    days = tuple(one.on(day) for one in seen)
    closed = {(one.key.store_id, one.key.kpi): one.day for one in days}
    evaluation = cast("Evaluation", SimpleNamespace(days=days, closed=closed))
    return alert_store.record(
        settings, evaluation, incidents_of(day, seen), alert_store.evaluated_until(settings)
    )


TOYS, HOME, SEARCH = "category/toys", "category/home", "channel/paid_search"
GMV, ORDERS, GROSS = "paid_gmv", "paid_orders", "gross_sales"

SEQUENCES = {
    "sales fall at high after a mail about stock": (
        [[stock_rate(0.136)], [fell(GMV, 95, severity="high", money=950)]],
        [["new"], ["worse"]],
    ),
    "a stock rate far from almost nothing is no measure for conversion": (
        [[fell("payment_conversion", 54)], [stock_rate(0.02)]],
        [["new"], []],
    ),
    "nor is conversion one for it": (
        [[stock_rate(0.002)], [fell("payment_conversion", 54)]],
        [["new"], []],
    ),
    "the same KPI 1.4 times as far": (
        [[fell(ORDERS, 30)], [fell(ORDERS, 42)]],
        [["new"], []],
    ),
    "the same KPI 1.6 times as far": (
        [[fell(ORDERS, 30)], [fell(ORDERS, 48)]],
        [["new"], ["worse"]],
    ),
    "the same KPI of the same slice, which does not lead": (
        [
            [fell(GMV, 30), fell(ORDERS, 30, TOYS)],
            [fell(GMV, 30), fell(ORDERS, 60, TOYS)],
        ],
        [["new"], ["worse"]],
    ),
    "each day a little: compared with the last notification, not with the day before": (
        [[fell(ORDERS, 30)], [fell(ORDERS, 38)], [fell(ORDERS, 46)]],
        [["new"], [], ["worse"]],
    ),
    "as bad as it was once notified": (
        [[fell(ORDERS, 50)], [fell(ORDERS, 30)], [fell(ORDERS, 52)]],
        [["new"], [], []],
    ),
    "a deep fall that stops all": (
        [[fell(ORDERS, 75)], [fell(ORDERS, 84)], [fell(ORDERS, 100)]],
        [["new"], [], ["worse"]],
    ),
    "a fall of almost two thirds that takes nearly all": (
        [[fell(ORDERS, 66)], [fell(ORDERS, 82)], [fell(ORDERS, 95)]],
        [["new"], [], ["worse"]],
    ),
    "a fall of more than half, then half of what was left": (
        [[fell(ORDERS, 60)], [fell(ORDERS, 79)], [fell(ORDERS, 80)]],
        [["new"], [], ["worse"]],
    ),
    "a fall of half, then half of what was left": (
        [[fell(ORDERS, 50)], [fell(ORDERS, 74)], [fell(ORDERS, 75)]],
        [["new"], [], ["worse"]],
    ),
    "a fall of less than half goes half as far again first": (
        [[fell(ORDERS, 48)], [fell(ORDERS, 71)], [fell(ORDERS, 72)]],
        [["new"], [], ["worse"]],
    ),
    "each notified fall halves what was left, until nine tenths are gone": (
        [[fell(ORDERS, percent)] for percent in (40, 60, 80, 90, 100)],
        [["new"], ["worse"], ["worse"], ["worse"], []],
    ),
    "growth goes half as far again, however far it went": (
        [[Seen("refund_value", 1000 + by, 1000)] for by in (600, 880, 900, 1340, 1350, 9000)],
        [["new"], [], ["worse"], [], ["worse"], ["worse"]],
    ),
    "growth that shrinks is not further": (
        [[Seen("refund_value", 9000, 1000)], [Seen("refund_value", 3000, 1000)]],
        [["new"], []],
    ),
    "hardly anything was left anyway": (
        [[fell(ORDERS, 94)], [fell(ORDERS, 100)]],
        [["new"], []],
    ),
    "to the other side is not further": (
        [[fell("aov", 20)], [Seen("aov", 1500, 1000)]],
        [["new"], []],
    ),
    "severity from medium to high": (
        [[fell(ORDERS, 30)], [fell(ORDERS, 31, severity="high")]],
        [["new"], ["worse"]],
    ),
    "severity from high to medium and back": (
        [
            [fell(ORDERS, 30, severity="high")],
            [fell(ORDERS, 30)],
            [fell(ORDERS, 30, severity="high")],
        ],
        [["new"], [], []],
    ),
    "money known, then unknown": (
        [[fell(ORDERS, 30, money=500)], [fell(ORDERS, 30)]],
        [["new"], []],
    ),
    "money unknown, then known: mailed, but it may not be worse": (
        [[fell(ORDERS, 30)], [fell(ORDERS, 30, money=500)], [fell(ORDERS, 30, money=500)]],
        [["new"], ["more"], []],
    ),
    "money 1.4 times, then 1.6 times the notified amount": (
        [
            [fell(ORDERS, 30, money=500)],
            [fell(ORDERS, 30, money=700)],
            [fell(ORDERS, 30, money=800)],
        ],
        [["new"], [], ["worse"]],
    ),
    "another KPI leads, no graver": (
        [[fell(ORDERS, 30), fell(GROSS, 30)], [fell(GROSS, 32), fell("net_sales", 70)]],
        [["new"], []],
    ),
    "the same incident seen from the whole store": (
        [[fell(GROSS, 60, TOYS)], [fell(GROSS, 30), fell(GROSS, 60, TOYS)]],
        [["new"], ["more"]],
    ),
    "the same incident seen from the whole store, where it is graver": (
        [[fell(GROSS, 60, TOYS)], [fell(GROSS, 30, severity="high")]],
        [["new"], ["worse"]],
    ),
    "its cause was found": (
        [[fell(ORDERS, 30)], [fell(ORDERS, 30, evidence="hero_out_of_stock")]],
        [["new"], ["more"]],
    ),
    "two different slices on one day": (
        [[fell(ORDERS, 40, SEARCH), fell(GROSS, 40, TOYS)]],
        [["new", "new"]],
    ),
    "two slices on one day that the whole store shows as well": (
        [[fell(ORDERS, 40, SEARCH), fell(GROSS, 40, TOYS), fell(GMV, 40)]],
        [["new"]],
    ),
    "two slices on one day with what is upstream of both": (
        [[fell(ORDERS, 40, SEARCH), fell(GROSS, 40, TOYS), Seen("price_index", 120, 100)]],
        [["new"]],
    ),
    "a slice recovers while another goes on": (
        [
            [fell(ORDERS, 40, SEARCH), fell(GROSS, 40, TOYS)],
            [usual(ORDERS, SEARCH), fell(GROSS, 45, TOYS)],
            [usual(ORDERS, SEARCH), fell(GROSS, 70, TOYS)],
        ],
        [["new", "new"], [], ["worse"]],
    ),
    "a second, unrelated cause in the same store": (
        [
            [fell(ORDERS, 40, SEARCH)],
            [fell(ORDERS, 40, SEARCH), fell(GROSS, 40, TOYS)],
        ],
        [["new"], ["new"]],
    ),
    "a second cause elsewhere when the first is over": (
        [[fell(ORDERS, 40, SEARCH)], [usual(ORDERS, SEARCH), fell(ORDERS, 40, TOYS)]],
        [["new"], ["new"]],
    ),
    "a second cause that touches another feed of the whole store": (
        [[fell(ORDERS, 40)], [fell(ORDERS, 40), Seen("refund_value", 3000, 1000)]],
        [["new"], ["new"]],
    ),
    "again after two usual days: it was over": (
        [[fell(ORDERS, 40)], [usual(ORDERS)], [usual(ORDERS)], [fell(ORDERS, 40)]],
        [["new"], [], [], ["new"]],
    ),
    "again after one usual day: chance": (
        [[fell(ORDERS, 40)], [usual(ORDERS)], [fell(ORDERS, 40)]],
        [["new"], [], []],
    ),
    "again after two days that could not be evaluated": (
        [[fell(ORDERS, 40)], [], [], [fell(ORDERS, 40)]],
        [["new"], [], [], []],
    ),
    "the slice is usual, the store is not: not over": (
        [
            [fell(ORDERS, 40), fell(ORDERS, 40, TOYS)],
            [fell(ORDERS, 40), usual(ORDERS, TOYS)],
            [fell(ORDERS, 40), usual(ORDERS, TOYS)],
            [fell(ORDERS, 40, TOYS)],
        ],
        [["new"], [], [], []],
    ),
    "after more than a week": (
        [[fell(ORDERS, 40)], *[[]] * 7, [fell(ORDERS, 40)]],
        [["new"], *[[]] * 7, ["new"]],
    ),
    "two stores alike": (
        [
            [fell(ORDERS, 30), fell(ORDERS, 30, store=CN)],
            [fell(ORDERS, 30), fell(ORDERS, 60, store=CN)],
        ],
        [["new", "new"], ["worse"]],
    ),
}


@pytest.mark.parametrize(("days", "expected"), SEQUENCES.values(), ids=SEQUENCES)
def test_which_days_of_an_incident_are_notified(tmp_path, days, expected):
    assert notify(Settings(home=tmp_path), days) == expected


def test_a_restated_day_is_not_notified_again_and_sets_no_baseline(tmp_path):
    """A day is evaluated once: later days are compared with what was notified of it."""
    settings = Settings(home=tmp_path)
    notify(settings, [[fell(ORDERS, 40)]])

    for restated in (20, 90):
        assert record(settings, FIRST, [fell(ORDERS, restated)]) == 0
    assert record(settings, FIRST + timedelta(days=1), [fell(ORDERS, 55)]) == 0
    assert record(settings, FIRST + timedelta(days=2), [fell(ORDERS, 60)]) == 1


def test_the_report_shows_the_highest_severity(tmp_path):
    settings = Settings(home=tmp_path)
    graver = fell(ORDERS, 30, severity="high")
    notify(
        settings, [[fell(ORDERS, 30)], [graver], [fell(ORDERS, 30, evidence="hero_out_of_stock")]]
    )

    (shown,) = alert_store.reported_incidents(settings, 10)

    assert (shown.incident.severity, shown.severity) == ("medium", "high")


WORSE = (
    (
        "severity",
        {"severity": "high"},
        {},
        "high now, medium when reported on 20 Nov",
        "级别由关注（11月20日通报）升为紧急",
    ),
    (
        "money",
        {"money": 900.0},
        {"money": 500.0},
        "about €900 at stake, €500 when reported on 20 Nov",
        "涉及金额约 €900，11月20日通报时约 €500",
    ),
)


@pytest.mark.parametrize(("what", "now", "before", "en", "zh"), WORSE, ids=["severity", "money"])
def test_a_mail_states_what_is_worse_than_notified_before(what, now, before, en, zh):
    (earlier,) = incidents_of(FIRST, [fell(ORDERS, 30, **before)])
    (incident,) = incidents_of(FIRST + timedelta(days=1), [fell(ORDERS, 30, **now)])

    found = list(worsenings(incident, [earlier]))

    assert [one.what for one in found] == [what]
    assert worse_sentences(found, incident, Wording("en")) == [f"This has got worse: {en}."]
    (sentence,) = worse_sentences(found, incident, Wording("zh"))
    assert sentence.startswith("情况加重：")
    assert zh in sentence


def test_of_several_worse_series_the_primary_one_is_named_with_its_place():
    seen = [fell(GMV, 30), fell(ORDERS, 30, TOYS), fell(GROSS, 30, TOYS)]
    (earlier,) = incidents_of(FIRST, seen)
    (incident,) = incidents_of(FIRST, [replace(one, value=400) for one in seen[1:]] + seen[:1])

    found = list(worsenings(incident, [earlier]))

    assert [one.now.key.kpi for one in found] == [ORDERS, GROSS]
    assert worse_sentences(found, incident, Wording("en")) == [
        "This has got worse: paid orders -60% at EU shop, Toys, -30% when reported on 20 Nov."
    ]
    assert worse_sentences(found, incident, Wording("zh")) == [
        "情况加重：EU shop·玩具支付订单数 -60%，11月20日通报时为 -30%。"
    ]


# The tables as they were before the deviation was kept per KPI.
OLD_TABLES = """
create table incidents (
    incident_id text primary key, store_id text not null, day text not null,
    last_day text not null, severity text not null, told_change real not null,
    record text not null);
"""


@pytest.mark.parametrize("runs", [1, 2])
def test_an_alert_store_of_an_earlier_version_is_migrated(tmp_path, runs):
    settings = Settings(home=tmp_path)
    notify(settings, [[stock_rate(0.136)]])
    with sqlite3.connect(settings.outbox / "ledger.sqlite") as db:
        rows = db.execute("select * from incidents").fetchall()
        db.execute("drop table incidents")
        db.execute("alter table mails drop column listed_in")
        db.executescript(OLD_TABLES)
        db.executemany(
            "insert into incidents values (?, ?, ?, ?, ?, 86.5, ?)",
            [(*row[:5], row[5]) for row in rows],
        )
    db.close()

    for _ in range(runs):
        with alert_store.opened(settings):
            pass
    planned = record(settings, FIRST + timedelta(days=1), [fell(GMV, 95, severity="high")])

    assert planned == 1
    assert alert_store.expired_mails(settings) == []
    (incident,) = alert_store.reported_incidents(settings, 10)
    assert incident.incident.primary.key.kpi == "out_of_stock_rate"
    with alert_store.opened(settings) as db:
        assert [step for (step,) in db.execute("select step from mails order by day")] == [
            "new",
            f"worse-{FIRST + timedelta(days=1)}",
        ]
