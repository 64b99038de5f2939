"""Whatever comes in, in whatever order: rebuilding touched days equals a full refresh."""

import duckdb
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from accepted_lake import AcceptedLake
from random_history import History
from storepulse import transform

FACTS = [
    "fct_orders",
    "fct_order_lines",
    "fct_refunds",
    "fct_sessions",
    "fct_stock_days",
    "fct_competitor_prices",
    "fct_kpi_days",
]
# How many windows come before each build, and of which feeds if not of any.
STAGES = [
    (24, ()),
    (8, ("order_lines", "refunds", "traffic", "inventory", "competitor_prices")),
    (8, ()),
    (10, ("orders",)),
]


def rows_of_facts(lake: AcceptedLake) -> dict[str, list[str]]:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        return {
            fact: sorted(map(repr, warehouse.execute(f"from marts.{fact}").fetchall()))
            for fact in FACTS
        }


# An example costs six builds: so there are few, each a long history, and none is shrunk.
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_incremental_builds_end_where_a_full_refresh_ends(home_of_lakes, seed):
    lake = AcceptedLake.emptied(home_of_lakes)
    history = History(lake, seed)
    history.begin()
    transform.build(lake.settings, tested=False)
    for windows, feeds in STAGES:
        history.go_on(windows, *feeds)
        transform.build(lake.settings, tested=False)
    by_days = rows_of_facts(lake)

    transform.build(lake.settings, full=True, tested=False)
    at_once = rows_of_facts(lake)

    empty = [fact for fact in FACTS if not at_once[fact]]
    assert empty == [], "a history without rows proves nothing"
    for fact in FACTS:
        assert by_days[fact] == at_once[fact], fact
