"""Refused rows can be listed, corrected, dropped and released without losing anything."""

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest

from storepulse.errors import RepairInvalid, WindowRejected
from storepulse.lake import decisions
from storepulse.lake.paths import WindowFiles
from storepulse.replay import release
from storepulse.replay.release import Change
from storepulse.replay.rows import Choice, chosen
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

ORDER = GOOD_ROWS["orders"]
SMALL_LETTERS = {**ORDER, "order_id": "small", "currency": "usd"}
FRIDGE = {**ORDER, "order_id": "fridge", "device": "fridge"}
NEXT_DAY = Window.from_iso("2026-11-23", "2026-11-24")
ORDERS = Choice("orders")


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home with ten good orders and two refused ones, of 75 each."""
    settings = Settings(home=tmp_path)
    land(settings, "orders", [*good_rows("orders", 10), SMALL_LETTERS, FRIDGE])
    validate(settings, SOURCE, "orders", WINDOW)
    return settings


def files(settings: Settings, window: Window = WINDOW) -> WindowFiles:
    return WindowFiles(settings, "orders", SOURCE, window)


def accepted(settings: Settings, window: Window = WINDOW) -> dict[str, str]:
    rows = duckdb.sql(f"select order_id, currency from '{files(settings, window).accepted}'")
    return dict(rows.fetchall())


def test_a_refused_row_is_listed_with_its_values_reason_and_first_refusal(settings):
    before = datetime.now(UTC).replace(tzinfo=None)

    small, fridge = chosen(settings, ORDERS)

    assert (small["order_id"], small["_rules"]) == ("small", ["currency_known"])
    assert (fridge["order_id"], fridge["_rules"]) == ("fridge", ["device_known"])
    assert fridge["_reason"].startswith("device_known: devices need one spelling")
    assert (fridge["_amount"], fridge["_currency"]) == (Decimal(75), "USD")
    assert (before - fridge["_first_seen"]).total_seconds() < 600
    assert fridge["_first_seen"] <= before


def test_rows_are_chosen_by_rule_condition_window_and_source(settings):
    def ids(**choice: str) -> list[str]:
        return [row["order_id"] for row in chosen(settings, Choice("orders", **choice))]

    assert ids(rule="device_known") == ["fridge"]
    assert ids(where="currency = 'usd' -- small letters") == ["small"]
    assert ids(window_id=WINDOW.id, source=SOURCE) == ["small", "fridge"]
    assert ids(window_id=NEXT_DAY.id) == []
    assert ids(source="another_shop") == []


def test_a_corrected_row_is_accepted_on_release_and_releasing_twice_changes_nothing(settings):
    changes = release.fix(
        settings, Choice("orders", rule="currency_known"), {"currency": "upper(currency)"}, "typo"
    )

    first = list(release.release(settings, ORDERS))
    second = list(release.release(settings, ORDERS))

    assert changes == [Change(WINDOW.id, 11, "currency", "usd", "USD")]
    assert [(one.before, one.result.accepted, one.result.quarantined) for one in first] == [
        (2, 11, 1)
    ]
    assert [(one.before, one.result.accepted, one.result.quarantined) for one in second] == [
        (1, 11, 1)
    ]
    assert accepted(settings)["small"] == "USD"
    landed = duckdb.sql(
        f"select currency from '{files(settings).landed}/rows.parquet' where order_id = 'small'"
    )
    assert landed.fetchall() == [("usd",)]


def test_a_decision_repeated_after_a_kill_is_recorded_once(settings):
    for _ in range(2):
        release.fix(settings, ORDERS, {"currency": "'USD'"}, "typo")
        release.drop(settings, Choice("orders", rule="device_known"), "a test kiosk")
    release.drop(settings, Choice("orders", rule="device_known"), "asked the shop: a test kiosk")

    made = [(one.action, one.reason) for one in decisions.read(files(settings))]
    assert made == [
        ("fix", "typo"),
        ("drop", "a test kiosk"),
        ("drop", "asked the shop: a test kiosk"),
    ]


def test_a_correction_that_is_still_wrong_leaves_the_row_in_quarantine_as_corrected(settings):
    release.fix(settings, Choice("orders", rule="device_known"), {"device": "'oven'"}, "guess")
    first_seen = chosen(settings, Choice("orders", rule="device_known"))[0]["_first_seen"]

    (released,) = release.release(settings, ORDERS)

    (row,) = chosen(settings, Choice("orders", rule="device_known"))
    assert (released.result.accepted, released.result.quarantined) == (10, 2)
    assert (row["device"], row["_first_seen"]) == ("oven", first_seen)


def test_corrections_of_several_columns_add_up_and_the_latest_of_one_counts(settings):
    meant = Choice("orders", rule="device_known")
    release.fix(settings, meant, {"device": "'oven'", "channel": "'direct'"}, "guess")
    list(release.release(settings, ORDERS))
    release.fix(settings, meant, {"device": "'app'"}, "asked the shop")
    list(release.release(settings, ORDERS))

    row = duckdb.sql(
        f"select device, channel from '{files(settings).accepted}' where order_id = 'fridge'"
    )
    assert row.fetchall() == [("app", "direct")]


def test_a_value_can_be_corrected_to_null(settings):
    release.fix(settings, Choice("orders", rule="device_known"), {"device": "null"}, "unknown")
    list(release.release(settings, ORDERS))

    row = duckdb.sql(f"select device from '{files(settings).accepted}' where order_id = 'fridge'")
    assert row.fetchall() == [(None,)]


def test_a_dropped_row_is_counted_with_its_money_and_its_reason_is_kept(settings):
    rows = release.drop(settings, Choice("orders", where="device = 'fridge'"), "a test kiosk")
    (released,) = release.release(settings, ORDERS)

    result = released.result
    kept, _ = decisions.read(files(settings))
    assert rows == 1
    assert (result.landed, result.accepted, result.quarantined, result.dropped) == (
        12,
        10,
        1,
        1,
    )
    assert result.amount_dropped == {"USD": Decimal(75)}
    # ten good orders and the dropped one; the one in lower case has a currency of its own
    assert result.amount_landed == {"USD": Decimal(75) * 11, "usd": Decimal(75)}
    assert (kept.action, kept.reason, kept.rules) == ("drop", "a test kiosk", ("device_known",))


def test_a_rejected_window_is_accepted_once_its_bad_rows_are_corrected(tmp_path):
    settings = Settings(home=tmp_path)
    many = [{**SMALL_LETTERS, "order_id": f"small-{number}"} for number in range(6)]
    land(settings, "orders", [*good_rows("orders", 10), *many])
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)
    (still_rejected,) = release.release(settings, ORDERS)

    changes = release.fix(settings, ORDERS, {"currency": "'USD'"}, "typo")
    (released,) = release.release(settings, ORDERS)

    assert still_rejected.result is None
    assert "currency_known" in still_rejected.rejected_because
    assert len(changes) == 6
    assert (released.before, released.result.accepted, released.result.corrected) == (6, 16, 6)
    assert chosen(settings, ORDERS) == []


def test_a_decision_applies_when_the_same_row_is_landed_again_and_not_to_another(settings):
    release.fix(settings, Choice("orders", rule="currency_known"), {"currency": "'USD'"}, "typo")
    changed = {**SMALL_LETTERS, "channel": "direct"}
    land(settings, "orders", [FRIDGE, SMALL_LETTERS, *good_rows("orders", 10)])
    same = validate(settings, SOURCE, "orders", WINDOW)
    land(settings, "orders", [changed, *good_rows("orders", 10)])
    other = validate(settings, SOURCE, "orders", WINDOW)

    assert (same.accepted, same.corrected) == (11, 1)
    assert (other.accepted, other.quarantined, other.corrected) == (10, 1, 0)


def test_duplicate_rows_are_selected_only_if_their_rule_is_named(tmp_path):
    settings = Settings(home=tmp_path)
    land(settings, "orders", [*good_rows("orders", 10), good_rows("orders", 1)[0]])
    validate(settings, SOURCE, "orders", WINDOW)

    assert chosen(settings, ORDERS) == []
    assert len(chosen(settings, Choice("orders", rule="duplicate_key"))) == 1


@pytest.mark.parametrize(
    ("choice", "corrections", "message"),
    [
        (ORDERS, {"colour": "'red'"}, "orders has no column colour"),
        (ORDERS, {"device": "upper(device"}, "this SQL fails"),
        (ORDERS, {"device": "1) as text); select cast((1"}, "without a semicolon"),
        (ORDERS, {"device": "(select content from read_text('/etc/hostname'))"}, "this SQL fails"),
        (Choice("orders", where="device ="), {"device": "'app'"}, "this SQL fails"),
        (
            Choice("orders", rule="no_such"),
            {"device": "'app'"},
            "no refused row of orders",
        ),
    ],
)
def test_an_invalid_correction_is_explained_and_nothing_is_recorded(
    settings, choice, corrections, message
):
    with pytest.raises(RepairInvalid, match="(?s)" + message.replace("(", r"\(")):
        release.fix(settings, choice, corrections, "try")

    assert decisions.read(files(settings)) == []


def test_rows_are_not_dropped_without_a_reason(settings):
    with pytest.raises(RepairInvalid, match="needs a reason"):
        release.drop(settings, ORDERS, " ")
