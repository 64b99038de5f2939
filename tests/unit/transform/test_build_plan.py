"""What is on disk under names of before is read on: the build record and the results of windows."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from storepulse.feeds.registry import feed_named
from storepulse.settings import Settings
from storepulse.transform import build_plan
from storepulse.transform.build_warnings import BuildWarning, standing
from storepulse.transform.currency import reporting_currency
from storepulse.transform.lookback import LOOKBACKS
from support.accepted_lake import AcceptedLake

REJECTED = "quarantine/orders/test_shop/20261102T000000Z-20261103T000000Z.held.json"
# Both as commit 53479ac wrote them.
RESULT_OF_BEFORE = """{
 "feed": "orders", "source": "test_shop", "run_id": "manual",
 "window_start": "2026-11-02T00:00:00+00:00", "window_end": "2026-11-03T00:00:00+00:00",
 "judged_at": "2026-11-03T00:20:00+00:00", "verdict": "held",
 "rows": {"landed": 9, "accepted": 0, "quarantined": 9, "dropped": 0, "corrected": 0},
 "amount_landed": {"CNY": "20.00"}, "amount_accepted": {}, "amount_dropped": {},
 "amount_held": {"CNY": "20.00"}, "refused_by_rule": {},
 "checks": {"critical_run": 9, "critical_passed": 8, "warning_run": 2, "warning_passed": 2,
            "schema_changes": 0},
 "failures": [{"rule": "volume", "expected": "more", "got": "9", "example": null, "why": "few"}],
 "not_judged": [], "told": []
}"""
RECORD_OF_BEFORE = """{
 "build_id": "0f0e", "finished_at": "2026-11-03T00:30:00+00:00", "reporting_currency": "CNY",
 "definitions": "DEFINITIONS", "as_of": "2026-11-02T00:00:00",
 "held": [{"feed": "orders", "source": "test_shop", "window_start": "2026-11-02 00:00:00",
           "window_end": "2026-11-03 00:00:00", "rows": 9, "rules": "volume",
           "checks": {"critical_run": 9, "critical_passed": 8, "warning_run": 2,
                      "warning_passed": 2, "schema_changes": 0}}],
 "warnings": [{"test": "assert_x", "about": "X is wrong.", "rows": 2, "examples": ["a=1"]}],
 "moved": {"orders": [["2026-10-30", "2026-10-31"]], "order_lines": [], "refunds": [],
           "tickets": [], "reviews": [], "fees": [], "shipments": [], "purchase_orders": []},
 "files": {"FILE": {"fingerprint": "FINGERPRINT", "rows": 2, "event_days": ["2026-11-01"],
                    "checks": null, "lost": false}}
}"""


@pytest.fixture
def home_of_before(tmp_path) -> Settings:
    """A home whose last build was by commit 53479ac: one accepted window, one rejected."""
    lake = AcceptedLake(tmp_path)
    stores = [{"currency": "USD"}, {"store_id": "eu_shop", "currency": "EUR"}]
    lake.accept("stores", stores, "2026-11-01", "2026-11-02")
    settings = lake.settings
    rejected = tmp_path / REJECTED
    rejected.parent.mkdir(parents=True)
    rejected.write_text(RESULT_OF_BEFORE)
    now = build_plan.prepare(settings, full=False)
    _make_empty_facts(settings)
    (settings.warehouse / "lookups" / now.build_id).rename(settings.warehouse / "lookups" / "0f0e")
    (file,) = now.files
    record = (
        RECORD_OF_BEFORE.replace("DEFINITIONS", now.definitions)
        .replace("FILE", str(file.path))
        .replace("FINGERPRINT", file.fingerprint)
    )
    (settings.warehouse / "built.json").write_text(record)
    (settings.warehouse / "worklist.json").write_text('{"build_id": "0f0e"}')
    return settings


def _make_empty_facts(settings: Settings) -> None:
    """Every fact that a plan asks for days, with the columns it asks for."""
    feeds = {lookback.feed for lookback in LOOKBACKS.values()}
    texts = {column for feed in feeds for column in feed_named(feed).key}
    texts |= {"store_id", "sku", "currency", "account_currency", "charged_currency"}
    dates = ("event", "paid", "order", "refund", "requested", "report", "charged", "shipped")
    types = dict.fromkeys(sorted(texts), "varchar")
    types |= {f"{name}_date": "date" for name in (*dates, "created")}
    columns = [f"{name} {kind}" for name, kind in types.items()]
    with duckdb.connect(settings.warehouse_file) as con:
        con.execute("create schema marts")
        for fact in LOOKBACKS:
            con.execute(f"create table marts.{fact} ({', '.join(columns)})")


def test_a_home_of_before_has_nothing_to_build(home_of_before):
    assert build_plan.prepare(home_of_before, full=False) is None
    assert build_plan.unfinished_build(home_of_before) == {}


def test_a_home_of_before_keeps_its_warnings_and_its_currency(home_of_before):
    unset = home_of_before.model_copy(update={"reporting_currency": None})

    assert standing(home_of_before) == (BuildWarning("assert_x", "X is wrong.", 2, ("a=1",)),)
    assert reporting_currency(unset) == "CNY"


def test_a_home_of_before_goes_on_when_a_rejected_window_is_gone(home_of_before):
    (home_of_before.home / REJECTED).unlink()

    plan = build_plan.prepare(home_of_before, full=False)

    assert not plan.full
    assert plan.reason == "other windows are rejected than before"
    assert plan.moved["orders"] == {frozenset({date(2026, 10, 30), date(2026, 10, 31)})}


def test_the_record_and_the_plan_keep_their_names_on_disk(home_of_before):
    before = json.loads((home_of_before.warehouse / "built.json").read_text())

    plan = build_plan.prepare(home_of_before, full=True)
    build_plan.finish(home_of_before, plan)

    after = json.loads((home_of_before.warehouse / "built.json").read_text())
    assert after.keys() == before.keys()
    assert after["held"] == before["held"]
    assert _only_file(after).keys() == _only_file(before).keys()
    for_dbt = json.loads((home_of_before.warehouse / "worklist.json").read_text())
    assert {"held", "ledger", "speaks_after", "facts", "feeds", "lost"} <= for_dbt.keys()
    assert for_dbt["held"] == before["held"]


def _only_file(record: dict) -> dict:
    (file,) = record["files"].values()
    assert Path(next(iter(record["files"]))).is_file()
    return file
