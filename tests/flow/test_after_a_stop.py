"""Two days without a scheduler, then a start: the marts are those of a run without a stop."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from shop_simulator.world import make
from storepulse.extract.land import land
from storepulse.lake.accepted import unbroken, windows_of
from storepulse.replay.catch_up import catch_up
from storepulse.settings import Settings
from storepulse.transform import dbt_runner
from storepulse.validate import validate
from storepulse.windows import USUAL_LENGTH, Window

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SHOP = "demo_shop"
# Orders, and the feeds they refer to.
FEEDS = ("stores", "products", "fx_rates", "orders", "order_lines", "refunds")
HISTORY = Window.from_iso("2026-11-12", "2026-11-20T06:00")
SCHEDULED = [
    Window(HISTORY.end + step * USUAL_LENGTH, HISTORY.end + (step + 1) * USUAL_LENGTH)
    for step in range(10)
]
# The scheduler runs the first, stands still for two days, and runs the last.
STOPPED = SCHEDULED[1:-1]
# Only numbers about the windows themselves differ after a stop: when a value was published, how
# many rows a window had, and how many arrived late. The source overwrites its rows, so a window
# that is extracted late has late rows, in their state of then.
ABOUT_WINDOWS = ("fct_kpi_asof", "fct_kpi_restatements", "fct_feed_window_checks")
COLUMNS_LEFT_OUT = {"fct_feed_daily": "exclude (day_state, rows_late)"}
BUSINESS_ONLY = "where kpi in (select kpi from marts.dim_kpis where area <> 'trust')"
ROWS_KEPT = dict.fromkeys(("fct_kpi_daily", "fct_kpi_periods", "rpt_kpi_scorecard"), BUSINESS_ONLY)


class Life:
    """A simulated shop, and a home that ingests its data."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = folder / "shop"
        self.settings = Settings(home=folder / "home")
        monkeypatch.setenv("SHOP_DB_URL", f"sqlite:///{self.shop / 'shop.sqlite'}")

    def until(self, window: Window) -> None:
        make(self.shop, HISTORY.start, window.end, seed=7, scale=0.05)

    def take(self, window: Window) -> None:
        for feed in FEEDS:
            land(self.settings, SHOP, feed, window, "test")
            validate(self.settings, SHOP, feed, window)

    def run(self, window: Window) -> None:
        """Do what a scheduled run does, at its scheduled time."""
        self.until(window)
        for feed in FEEDS:
            catch_up(self.settings, SHOP, feed, window, "test", window.end)
        self.take(window)


def marts_of(settings: Settings) -> dict[str, list[tuple]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        names = con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        return {
            name: con.execute(
                f"select * {COLUMNS_LEFT_OUT.get(name, '')} from marts.{name} "
                f"{ROWS_KEPT.get(name, '')} order by all"
            ).fetchall()
            for (name,) in names
            if name not in ABOUT_WINDOWS
        }


def test_two_days_without_a_scheduler_leave_the_same_marts(tmp_path, monkeypatch):
    on = Life(tmp_path / "on", monkeypatch)
    on.until(HISTORY)
    on.take(HISTORY)
    for window in SCHEDULED:
        on.run(window)
    dbt_runner.build(on.settings, tested=False)
    off = Life(tmp_path / "off", monkeypatch)
    off.until(HISTORY)
    off.take(HISTORY)
    off.run(SCHEDULED[0])
    dbt_runner.build(off.settings, tested=False)

    off.run(SCHEDULED[-1])
    dbt_runner.build(off.settings, tested=False)

    assert STOPPED[-1].end - STOPPED[0].start == timedelta(days=2)
    for feed in FEEDS:
        assert windows_of(off.settings, feed, SHOP) == [HISTORY, *SCHEDULED]
        assert unbroken(windows_of(off.settings, feed, SHOP)).end == SCHEDULED[-1].end
    expected, found = marts_of(on.settings), marts_of(off.settings)
    assert len(expected["fct_orders"]) > 100
    assert set(found) == set(expected)
    assert {"fct_kpi_daily", "fct_feed_daily", "rpt_kpi_scorecard"} <= set(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
