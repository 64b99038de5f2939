"""Whatever comes in, in whatever order: rebuilding touched days equals a full refresh."""

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake
from support.random_history import History

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

# How many windows come before each build, and of which feeds if not of any.
STAGES = [
    (24, ()),
    (10, ("order_lines", "refunds", "traffic", "inventory", "competitor_prices", "checkouts")),
    (4, ("tickets", "reviews")),
    (8, ("ads", "fees", "fx_rates")),
    (9, ("targets", "budgets", "platform_reports")),
    (8, ()),
    (10, ("orders",)),
]

# A full build writes down again what it publishes, so the ledger depends on earlier builds.
LEDGER = "fct_kpi_asof"
# No published day goes away in these histories; test_master_data.py takes some away.
STAYS_EMPTY = ["fct_kpi_withdrawals"]


def rows_of_marts(lake: AcceptedLake) -> dict[str, list[str]]:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        marts = warehouse.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' "
            f"and table_name <> '{LEDGER}'"
        ).fetchall()
        return {
            mart: sorted(map(repr, warehouse.execute(f"from marts.{mart}").fetchall()))
            for (mart,) in marts
        }


# An example costs eight builds: so there are few, each a long history, and none is shrunk.
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_incremental_builds_end_where_a_full_refresh_ends(home_of_lakes, seed):
    lake = AcceptedLake.emptied(home_of_lakes)
    history = History(lake, seed)
    history.begin()
    dbt_runner.build(lake.settings, tested=False)
    for windows, feeds in STAGES:
        history.go_on(windows, *feeds)
        # until the next window around it is accepted
        lake.reject_window(
            "refunds", "2026-11-03T06:00:00", "2026-11-03T12:00:00", ["sku_length"], 7
        )
        dbt_runner.build(lake.settings, tested=False)
    by_days = rows_of_marts(lake)

    dbt_runner.build(lake.settings, full=True)
    at_once = rows_of_marts(lake)

    empty = [mart for mart, rows in at_once.items() if not rows]
    assert empty == STAYS_EMPTY, "a history without rows proves nothing"
    assert len(at_once) > 12
    for mart, rows in at_once.items():
        assert by_days[mart] == rows, mart
