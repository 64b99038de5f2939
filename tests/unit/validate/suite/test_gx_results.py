"""Which of Great Expectations' own results are kept, and which are not."""

import json

import pytest

from storepulse.errors import WindowRejected
from storepulse.feeds.registry import feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.validate.suite import gx_runner, suites
from support.landed_windows import (
    GOOD_ROWS,
    SOURCE,
    WINDOW,
    good_rows,
    land,
    with_a_rule_nobody_can_evaluate,
)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def place(settings, feed="orders"):
    return WindowFiles(settings, feed, SOURCE, WINDOW).gx_results


def kept(settings, feed="orders"):
    return json.loads(place(settings, feed).read_text(encoding="utf-8"))


def by_rule(result):
    return {one["expectation_config"]["meta"]["id"]: one for one in result["results"]}


def one_spoilt(feed="orders", **values):
    """Three good rows and one with other values."""
    return [*good_rows(feed, 3), {**GOOD_ROWS[feed], **values}]


def test_a_window_leaves_one_result_of_its_suite_in_the_suites_order(settings):
    land(settings, "orders", one_spoilt(device="fridge"))

    validate(settings, SOURCE, "orders", WINDOW)

    result = kept(settings)
    rules = suites.load(settings.expectations_dir / "orders.yaml", feed_named("orders")).rules
    # Rules on usual volumes and hours wait for windows to compare with.
    waiting = ("volume_", "busy_hours_")
    validated = [rule.id for rule in rules if not rule.id.startswith(waiting)]
    assert list(by_rule(result)) == validated
    assert (result["suite_name"], result["success"]) == ("landing.orders", False)
    assert result["statistics"]["evaluated_expectations"] == len(validated)
    assert result["statistics"]["unsuccessful_expectations"] == 1
    assert result["meta"]["run_id"]["run_name"] == "test-run"
    device = by_rule(result)["device_known"]
    assert device["success"] is False
    assert device["expectation_config"] == {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {
            "column": "device",
            "value_set": ["mobile", "desktop", "app", "tablet"],
            "mostly": 0.9,
        },
        "meta": {
            "id": "device_known",
            "why": "devices need one spelling each, or slices fall apart; "
            "null where a shop does not know",
        },
        "severity": "critical",
    }
    assert device["result"]["unexpected_count"] == 1
    assert device["result"]["partial_unexpected_list"] == ["fridge"]


def test_a_window_validated_in_groups_of_columns_leaves_the_same_result(settings, monkeypatch):
    land(settings, "orders", one_spoilt(device="fridge", tax="-1"))
    validate(settings, SOURCE, "orders", WINDOW)
    in_one = kept(settings)
    monkeypatch.setattr(gx_runner, "SMALL_WINDOW_ROWS", 0)

    validate(settings, SOURCE, "orders", WINDOW)

    assert kept(settings)["results"] == in_one["results"]
    assert kept(settings)["statistics"] == in_one["statistics"]


def test_nothing_about_a_person_is_kept(settings):
    person = {
        "customer_id": "jane-doe-7",
        "visitor_id": "jane-visits",
        "session_id": "jane-sat",
        "user_agent": "Jane's browser " * 200,
    }
    land(settings, "traffic", one_spoilt("traffic", event_id="bad", **person))

    validate(settings, SOURCE, "traffic", WINDOW)

    length = by_rule(kept(settings, "traffic"))["user_agent_length"]
    assert length["success"] is False
    assert length["result"]["unexpected_count"] == 1
    assert "partial_unexpected_list" not in length["result"]
    assert "jane" not in place(settings, "traffic").read_text(encoding="utf-8").lower()


def test_keys_of_repeated_rows_and_long_values_are_not_kept(settings):
    twice = {**GOOD_ROWS["orders"], "order_id": "sent-twice"}
    many = [{**GOOD_ROWS["orders"], "order_id": f"y{n}", "device": f"{n}" * 200} for n in range(12)]
    land(settings, "orders", [*good_rows("orders", 3), twice, twice, *many])

    with pytest.raises(WindowRejected, match="device_known"):
        validate(settings, SOURCE, "orders", WINDOW)

    results = by_rule(kept(settings))
    assert results["key_once"]["result"]["unexpected_count"] == 2
    assert "sent-twice" not in place(settings).read_text(encoding="utf-8")
    values = results["device_known"]["result"]["partial_unexpected_list"]
    assert [len(value) for value in values] == [80] * 10
    assert values[0] == "0" * 79 + "…"


def test_a_rule_that_could_not_be_evaluated_leaves_its_error_in_one_line(settings, tmp_path):
    asking = with_a_rule_nobody_can_evaluate(settings, tmp_path / "suites", "broken", "warning")
    land(settings, "orders", good_rows("orders", 2))

    validate(asking, SOURCE, "orders", WINDOW)

    broken = by_rule(kept(settings))["broken"]
    assert (broken["success"], broken["result"]) == (False, {})
    assert broken["exception_info"]["raised_exception"] is True
    assert len(broken["exception_info"]["exception_message"].splitlines()) == 1
    assert "Traceback" not in place(settings).read_text(encoding="utf-8")


def test_a_window_rejected_before_great_expectations_runs_keeps_no_result_of_an_earlier_run(
    settings,
):
    land(settings, "orders", good_rows("orders", 2))
    validate(settings, SOURCE, "orders", WINDOW)
    assert place(settings).exists()
    columns = [column for column in GOOD_ROWS["orders"] if column != "currency"]
    land(settings, "orders", good_rows("orders", 2), columns=columns)

    with pytest.raises(WindowRejected, match="columns_present"):
        validate(settings, SOURCE, "orders", WINDOW)

    assert not place(settings).exists()
