import pytest

from storepulse.validate.placeholders import Placeholders
from storepulse.windows import Window

WINDOW = Window.from_iso("2026-11-22", "2026-11-22T06:00")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("$window_end", "2026-11-22T06:00:00"),
        ("$window_end_plus_1d", "2026-11-23T06:00:00"),
        ("$window_start_minus_6h", "2026-11-21T18:00:00"),
        ("$usual_rows_times_50", 5000),
        ("$usual_rows_times_2", 1000),
        ("$usual_rows_times_0.05", 5),
        ("plain text", "plain text"),
        (7, 7),
    ],
)
def test_a_name_stands_for_its_value(given, value):
    assert Placeholders(WINDOW, usual_rows=100.0).value(given) == value


def test_a_share_of_the_usual_has_no_value_before_there_is_a_usual():
    assert Placeholders(WINDOW, usual_rows=None).value("$usual_rows_times_50") is None


def test_abolished_and_invented_currencies_are_not_in_use():
    currencies = Placeholders(WINDOW, None).value("$iso_currencies")

    assert {"CNY", "USD", "EUR", "GBP"} <= set(currencies)
    assert not {"DEM", "XXX", "XTS", "RMB"} & set(currencies)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="not a known placeholder"):
        Placeholders(WINDOW, None).value("$tomorrow")
