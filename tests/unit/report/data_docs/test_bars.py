from datetime import date

from storepulse.report.data_docs.bars import bars
from storepulse.report.data_docs.volumes import DayRows, summed

FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)


def drawn(*days: DayRows) -> str:
    return str(bars(days, 104, "rows", lambda one: f"{one.accepted} <rows>"))


def test_bars_start_at_zero_and_the_tallest_fills_the_chart():
    svg = drawn(DayRows(FIRST, 100, 0, None, True), DayRows(SECOND, 25, 0, None, True))

    assert '<rect class="bar" x="2" y="2.0" width="16" height="100.0"/>' in svg
    assert '<rect class="bar" x="22" y="77.0" width="16" height="25.0"/>' in svg


def test_quarantined_rows_are_on_top_and_never_too_small_to_see():
    svg = drawn(DayRows(FIRST, 9_999, 1, None, True))

    assert '<rect class="bar-refused" x="2" y="0.0" width="16" height="2.0"/>' in svg


def test_a_day_without_rows_shows_the_usual_rows_and_has_a_tooltip():
    svg = drawn(DayRows(FIRST, 0, 0, 50, False))

    assert '<path class="bar-usual" d="M0 2.0h20"/>' in svg
    assert "<title>0 &lt;rows&gt;</title>" in svg


def test_a_day_of_several_stores_has_a_usual_only_when_each_of_them_has_one():
    us = [DayRows(FIRST, 3, 1, 2.0, True), DayRows(SECOND, 4, 0, 3.0, True)]
    eu = [DayRows(FIRST, 5, 0, 4.0, True), DayRows(SECOND, 6, 0, None, False)]

    assert summed({"us": us, "eu": eu}) == [
        DayRows(FIRST, 8, 1, 6.0, True),
        DayRows(SECOND, 10, 0, None, False),
    ]
