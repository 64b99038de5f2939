from datetime import UTC, date, datetime

import pytest

from storepulse.windows import Window


def test_a_window_comes_back_from_its_id():
    window = Window.from_iso("2026-11-22T00:00:00+08:00", "2026-11-22T06:00:00+08:00")

    assert window.id == "20261121T160000Z-20261121T220000Z"
    assert Window.from_id(window.id) == window


def test_a_window_that_ends_at_midnight_does_not_touch_the_next_day():
    window = Window.from_iso("2026-11-21T18:00", "2026-11-23")

    assert window.utc_days == [date(2026, 11, 21), date(2026, 11, 22)]


def test_a_window_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Window(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))  # noqa: DTZ001


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="starts before it ends"):
        Window.from_iso("2026-01-01", "2026-01-01")
