import pytest

from storepulse.validate.suite.placeholders import Placeholders, time_zones
from storepulse.validate.volume import UsualRows
from storepulse.windows import Window

WINDOW = Window.from_iso("2026-11-22", "2026-11-22T06:00")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("$window_end", "2026-11-22T06:00:00"),
        ("$window_end_plus_1d", "2026-11-23T06:00:00"),
        ("$window_start_minus_6h", "2026-11-21T18:00:00"),
        ("$usual_rows_times_50", 10_000),
        ("$usual_rows_times_2", 1000),
        ("$usual_rows_times_0.05", 5),
        ("$busy_hours", ["2026-11-22 03:00"]),
        ("$usual_snapshots", ["us_site: alpha"]),
        ("plain text", "plain text"),
        (7, 7),
    ],
)
def test_a_name_stands_for_its_value(given, value):
    usual = UsualRows(at_this_time=100.0, at_this_pace=200.0)

    known = Placeholders(WINDOW, usual, ["2026-11-22 03:00"], ["us_site: alpha"])

    assert known.value(given) == value


@pytest.mark.parametrize(
    "given", ["$usual_rows_times_50", "$usual_rows_times_0.1", "$busy_hours", "$usual_snapshots"]
)
def test_what_is_usual_has_no_value_before_there_is_a_usual(given):
    assert Placeholders(WINDOW, usual_rows=None).value(given) is None


def test_if_no_hour_is_busy_none_is_expected():
    assert Placeholders(WINDOW, None, busy_hours=[]).value("$busy_hours") is None


def test_abolished_and_invented_currencies_are_not_in_use():
    currencies = Placeholders(WINDOW, None).value("$iso_currencies")

    assert {"CNY", "USD", "EUR", "GBP"} <= set(currencies)
    assert not {"DEM", "XXX", "XTS", "RMB"} & set(currencies)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="not a known placeholder"):
        Placeholders(WINDOW, None).value("$tomorrow")


def test_time_zones_are_those_of_real_places():
    zones = set(time_zones())

    assert {"America/New_York", "Asia/Shanghai", "Japan", "PRC", "UTC", "Etc/GMT-8"} <= zones
    assert not zones & {"Factory", "localtime", "posixrules", "EST", "posix/Europe/Paris"}
    assert not [zone for zone in zones if zone.startswith(("posix/", "right/", "SystemV/"))]
