"""Experiments split visitors evenly, and change what the treated do by what they truly do."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from shop_simulator.selling import demand
from shop_simulator.setting.experiments import experiments_on
from support.simulated_shop import events_of, query, simulated_days

MONDAY = date(2026, 11, 2)
SPAN = ("2026-10-31", "2026-11-05")


def test_one_store_tests_its_checkout_and_another_the_test_itself():
    (checkout,), (idle,) = (
        experiments_on(store, date(2026, 11, 12)) for store in ("us_site", "eu_shop")
    )

    assert (checkout.first_day, checkout.days, checkout.lift) == (MONDAY, 21, 0.18)
    assert (idle.first_day, idle.days, idle.lift) == (date(2026, 11, 9), 14, 0.0)
    assert experiments_on("cn_market", date(2026, 11, 12)) == []
    assert experiments_on("us_site", date(2026, 11, 1)) == []
    assert experiments_on("us_site", date(2026, 11, 23)) == []


def test_arms_are_of_one_size_and_independent_of_who_takes_part():
    (idle,) = experiments_on("eu_shop", date(2026, 11, 12))
    visitors = np.arange(100_000, dtype=np.int64)

    part, treated = idle.takes_part(visitors), idle.treats(visitors)

    assert abs(part.mean() - 0.5) < 0.01
    assert abs(treated[part].mean() - 0.5) < 0.01


def test_the_treated_buy_more_and_nobody_else_does(monkeypatch):
    (checkout,) = experiments_on("us_site", MONDAY)
    tested = simulated_days("us_site", "2026-11-02", "2026-11-03", 6.0)
    monkeypatch.setattr(demand, "experiments_on", lambda _store, _day: [])
    usual = simulated_days("us_site", "2026-11-02", "2026-11-03", 6.0)

    before, after = Counter(), Counter()
    for days, counts in ((usual, before), (tested, after)):
        for day in days:
            treated = checkout.treats(day.sessions.visitor[day.sessions.buys])
            counts.update(treated.tolist())

    assert before[False] > 150
    assert after[False] == before[False]
    assert after[True] / before[True] == pytest.approx(1.18, abs=0.07)


def test_a_visitor_is_exposed_once_at_its_first_visit_and_is_known_in_the_log(world_of):
    home = world_of(*SPAN, scale=0.2)
    rows = query(
        home, "select shop_code, visitor_no, variant, seen_at, modified from test_exposures"
    )
    first_seen = {}
    for event in events_of(home, "us_site"):
        if event["ts"] >= "2026-11-02T05":
            known = first_seen.get(event["visitor"], event["ts"])
            first_seen[event["visitor"]] = min(known, event["ts"])

    assert {row[0] for row in rows} == {"us_site"}
    assert len({row[1] for row in rows}) == len(rows) > 500
    assert {row[2] for row in rows} == {"A", "B"}
    assert min(row[3] for row in rows) >= "2026-11-02 05:00:00"
    assert all(row[3] == row[4] for row in rows)
    in_the_log = [row for row in rows if row[1] in first_seen]
    assert len(in_the_log) > 0.98 * len(rows)
    same = [
        first_seen[visitor][:19] == seen[:19].replace(" ", "T")
        for _, visitor, _, seen, _ in in_the_log
    ]
    assert np.mean(same) > 0.97
