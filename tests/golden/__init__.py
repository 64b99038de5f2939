"""The golden book: a shop small enough to check every KPI by hand, and what each comes to.

`shop.py` is the shop: its stores, prices, rates and the span that was watched. The rows of a feed
lie in one module, with why each is there beside it; a page per area says what its KPIs come to,
with the arithmetic written out. `book.py` puts the pages together, `arrivals.py` tells the rows to
a lake in four ways, and `tests/dbt/test_kpi_golden_book.py` compares.

**To add a KPI**: give it a line in `nothing` of its area's page (what it comes to on a day that the
page does not name) and say it on the days that differ. `not_yet.py` names what is still missing.

**To add rows**: the feed's module. A row must be told between `FIRST` and `LAST` (its change time),
on any day; days of their own need no entry anywhere. An order changes the KPIs of many areas, so
look for one that serves before adding another.
"""
