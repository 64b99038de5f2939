from datetime import UTC, date, datetime, timedelta

import pendulum
import pytest

from storepulse.errors import WindowInvalid
from storepulse.windows import Window, parse_window, refuse_out_of_time, window_for_run


def test_a_window_is_read_from_its_id():
    window = Window.from_iso("2026-11-22T00:00:00+08:00", "2026-11-22T06:00:00+08:00")

    assert window.id == "20261121T160000Z-20261121T220000Z"
    assert Window.from_id(window.id) == window


def test_a_window_that_ends_at_midnight_does_not_touch_the_next_day():
    window = Window.from_iso("2026-11-21T18:00", "2026-11-23")

    assert window.utc_days == [date(2026, 11, 21), date(2026, 11, 22)]


def test_a_window_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Window(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))


def test_bounds_that_airflow_hands_over_become_plain_moments():
    window = Window(pendulum.datetime(2026, 11, 22), pendulum.datetime(2026, 11, 22, 6))

    assert type(window.start) is type(window.end) is datetime
    # pendulum's own intervals cannot be divided into hours
    assert (window.end - window.start) // timedelta(hours=1) == 6


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="starts before it ends"):
        Window.from_iso("2026-01-01", "2026-01-01")


MOMENT = datetime(2026, 11, 22, 13, 20, tzinfo=UTC)


def test_a_scheduled_run_takes_its_data_interval():
    start, end = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC)

    assert window_for_run(start, end, {}, MOMENT) == Window(start, end)


def test_a_window_asked_for_wins_over_the_data_interval():
    start, end = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC)
    params = {"window_start": "2026-09-01T00:00:00Z", "window_end": "2026-11-22T00:00:00Z"}

    assert window_for_run(start, end, params, MOMENT) == Window.from_iso("2026-09-01", "2026-11-22")


@pytest.mark.parametrize(
    ("run_after", "closed"),
    [
        (MOMENT, ("2026-11-22T06:00", "2026-11-22T12:00")),
        # on the hour, the six hours that end there have closed
        (datetime(2026, 11, 22, 12, tzinfo=UTC), ("2026-11-22T06:00", "2026-11-22T12:00")),
        (datetime(2026, 11, 22, 0, 1, tzinfo=UTC), ("2026-11-21T18:00", "2026-11-22T00:00")),
    ],
)
def test_a_run_by_hand_takes_the_last_closed_six_hours(run_after, closed):
    assert window_for_run(None, None, {"window_start": None, "window_end": None}, run_after) == (
        Window.from_iso(*closed)
    )


def test_a_data_interval_without_length_counts_as_none():
    assert window_for_run(MOMENT, MOMENT, {}, MOMENT) == Window.from_iso(
        "2026-11-22T06:00", "2026-11-22T12:00"
    )


def test_half_a_window_is_refused_with_what_to_give():
    with pytest.raises(WindowInvalid, match=r"only 2026-11-22; give both or neither"):
        window_for_run(None, None, {"window_start": "2026-11-22"}, MOMENT)


@pytest.mark.parametrize(("start", "end"), [("2026-11-23", "2026-11-22"), ("yesterday", "today")])
def test_a_window_that_is_none_is_refused_with_an_example(start, end):
    with pytest.raises(WindowInvalid, match="like 2026-11-22 and"):
        parse_window(start, end)


@pytest.mark.parametrize(
    ("start", "end", "complaint"),
    [
        ("2026-11-22", "2062-11-23", "ends more than a day after the clock"),
        (
            "2026-11-22",
            "2026-11-23T12:30:01",
            r"clock of this machine, which shows 2026-11-22 12:30",
        ),
        ("0001-01-01", "2026-11-22", "starts before 1990"),
    ],
)
def test_a_window_no_source_can_fill_is_refused(start, end, complaint):
    with pytest.raises(WindowInvalid, match=complaint):
        refuse_out_of_time(Window.from_iso(start, end), datetime(2026, 11, 22, 12, 30, tzinfo=UTC))


def test_a_day_that_is_not_over_may_be_asked_for_and_the_clock_is_read_where_none_is_given():
    refuse_out_of_time(
        Window.from_iso("2026-11-22", "2026-11-23T12:30"),
        datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
    )
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    with pytest.raises(WindowInvalid):
        refuse_out_of_time(Window(tomorrow - timedelta(days=1), tomorrow))
