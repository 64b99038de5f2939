from decimal import Decimal

import pytest

from storepulse.errors import WindowRejected
from storepulse.lake.quarantine import (
    QuarantinedRows,
    RejectedWindow,
    quarantined_by_feed,
    quarantined_by_rule,
    rejected_windows,
)
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

ORDER = GOOD_ROWS["orders"]
THE_DAY_BEFORE = Window.from_iso("2026-11-21", "2026-11-22")


def test_quarantined_rows_are_counted_with_their_money_by_feed_and_by_rule(tmp_path):
    settings = Settings(home=tmp_path)
    both = {**ORDER, "currency": "XXX", "device": "fridge"}
    one = {**ORDER, "order_id": "1002", "device": "fridge"}
    for window in (THE_DAY_BEFORE, WINDOW):
        land(settings, "orders", [*good_rows("orders", 5), both, one], window)
        validate(settings, SOURCE, "orders", window)

    assert quarantined_by_feed(settings) == [
        QuarantinedRows(
            "orders", SOURCE, 4, 2, None, {"USD": Decimal("150"), "XXX": Decimal("150")}
        )
    ]
    assert quarantined_by_rule(settings) == [
        QuarantinedRows(
            "orders", SOURCE, 4, 2, "device_known", {"USD": Decimal("150"), "XXX": Decimal("150")}
        ),
        QuarantinedRows("orders", SOURCE, 2, 2, "currency_known", {"XXX": Decimal("150")}),
    ]
    assert quarantined_by_feed(settings, source="another_shop") == []


def test_a_rejected_window_is_listed_with_all_its_money(tmp_path):
    settings = Settings(home=tmp_path)
    land(settings, "orders", [{**row, "device": "fridge"} for row in good_rows("orders", 3)])
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)

    assert rejected_windows(settings) == [
        RejectedWindow("orders", SOURCE, WINDOW.id, 3, ("device_known",), {"USD": Decimal("225")})
    ]
    assert quarantined_by_feed(settings) == []


def test_a_rejected_window_no_longer_counts_once_a_longer_one_around_it_is_accepted(tmp_path):
    settings = Settings(home=tmp_path)
    bad = [{**row, "device": "fridge"} for row in good_rows("orders", 3)]
    land(settings, "orders", bad)
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)
    rejected = [window.window_id for window in rejected_windows(settings)]
    two_days = Window.from_iso("2026-11-21", "2026-11-23")

    land(settings, "orders", good_rows("orders", 3), two_days)
    validate(settings, SOURCE, "orders", two_days)

    assert rejected == [WINDOW.id]
    assert rejected_windows(settings) == []


def test_a_window_accepted_later_is_rejected_no_more(tmp_path):
    settings = Settings(home=tmp_path)
    land(settings, "orders", [{**row, "device": "fridge"} for row in good_rows("orders", 3)])
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)

    land(settings, "orders", good_rows("orders", 3))
    validate(settings, SOURCE, "orders", WINDOW)

    assert rejected_windows(settings) == []
