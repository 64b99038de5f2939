"""What was published of KPIs on any morning can be found again, whatever was restated since."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq
import pytest

from storepulse.errors import TransformFailed
from storepulse.lake.forgetting import forget
from storepulse.transform import as_of_export, dbt_runner
from storepulse.windows import Window
from support.accepted_lake import EXAMPLES, AcceptedLake

pytestmark = pytest.mark.slow

ALL_SEEN = "as_of_at, kpi_date, value, is_withdrawn"


def ledger(lake: AcceptedLake, columns: str, kpi: str = "paid_gmv") -> list[tuple]:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        return warehouse.execute(
            f"select {columns} from marts.fct_kpi_asof where kpi = ? and store_id = 'us_site' "
            "and dimension = 'all' and kpi_date < date '2026-11-03' order by all",
            [kpi],
        ).fetchall()


def change(lake: AcceptedLake, statement: str) -> None:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb") as warehouse:
        warehouse.execute(statement)


def differences(lake: AcceptedLake) -> list[tuple]:
    """KPI days of which the newest entry of the ledger is not what is published now."""
    key = "kpi, store_id, dimension, member, kpi_date"
    last = f"select max_by(value, as_of_at) as value, {key} from marts.fct_kpi_asof group by {key}"
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        return warehouse.execute(
            f"select value, {key} from marts.fct_kpi_daily where value is not null "
            f"except select value, {key} from ({last})"
        ).fetchall()


def paid_order(amount: str, updated_at: str) -> dict[str, object]:
    return {"paid_at": "2026-11-01 12:00:00", "paid_amount": amount, "updated_at": updated_at}


class Begun(NamedTuple):
    """A lake with a built first window of every feed, and where each window lies."""

    lake: AcceptedLake
    places: dict[str, Path]


@pytest.fixture(scope="module")
def first_build(home_of_lakes, tmp_path_factory) -> tuple[Path, Begun]:
    """What these tests begin with, built once; and a copy of its home."""
    lake = AcceptedLake.emptied(home_of_lakes)
    places = {}
    for feed in EXAMPLES:
        delivered = [paid_order("20.00", "2026-11-01 12:00:00")] if feed == "orders" else [{}]
        places[feed] = lake.accept(feed, delivered, "2026-11-01", "2026-11-05")
    dbt_runner.build(lake.settings)
    copied = tmp_path_factory.mktemp("begun")
    shutil.copytree(home_of_lakes, copied, dirs_exist_ok=True)
    return copied, Begun(lake, places)


@pytest.fixture
def begun(home_of_lakes, first_build) -> Begun:
    copied, begun = first_build
    lake = AcceptedLake.emptied(home_of_lakes)
    shutil.copytree(copied, home_of_lakes, dirs_exist_ok=True)
    lake.clock = begun.lake.clock
    return Begun(lake, begun.places)


def test_a_restated_number_is_added_and_the_old_one_stays_even_in_a_full_refresh(begun):
    lake = begun.lake
    for feed in EXAMPLES:
        delivered = [paid_order("15.00", "2026-11-05 09:00:00")] if feed == "orders" else []
        lake.accept(feed, delivered, "2026-11-05", "2026-11-06")

    dbt_runner.build(lake.settings, tested=False)
    restated = ledger(lake, ALL_SEEN)
    dbt_runner.build(lake.settings, full=True)

    first, second = datetime(2026, 11, 5), datetime(2026, 11, 6)
    assert restated == [
        (first, date(2026, 11, 1), 20.0, False),
        (first, date(2026, 11, 2), 0.0, False),
        (second, date(2026, 11, 1), 15.0, False),
    ]
    assert ledger(lake, ALL_SEEN) == restated


def test_building_a_moment_again_even_in_full_writes_it_once(begun):
    lake = begun.lake
    lake.accept("orders", [paid_order("15.00", "2026-11-04 09:00:00")], "2026-11-04", "2026-11-05")
    dbt_runner.build(lake.settings, tested=False)
    once = ledger(lake, ALL_SEEN)

    dbt_runner.build(lake.settings, full=True, tested=False)

    moment = datetime(2026, 11, 5)
    assert once == [
        (moment, date(2026, 11, 1), 15.0, False),
        (moment, date(2026, 11, 2), 0.0, False),
    ]
    assert ledger(lake, ALL_SEEN) == once


def test_what_a_build_published_before_it_broke_off_is_written_down_by_the_next(begun):
    lake = begun.lake
    for feed in EXAMPLES:
        delivered = [paid_order("15.00", "2026-11-05 09:00:00")] if feed == "orders" else []
        lake.accept(feed, delivered, "2026-11-05", "2026-11-06")
    ledger_of = "alter table marts.fct_kpi_asof rename column {} to {}"
    change(lake, ledger_of.format("currency", "broken"))
    with pytest.raises(TransformFailed, match="int_kpi_previous_values"):
        dbt_runner.build(lake.settings, tested=False)
    change(lake, ledger_of.format("broken", "currency"))

    dbt_runner.build(lake.settings, tested=False)

    assert ledger(lake, ALL_SEEN)[-1] == (datetime(2026, 11, 6), date(2026, 11, 1), 15.0, False)
    assert differences(lake) == []


def test_a_day_that_is_not_known_any_more_is_withdrawn(begun):
    lake = begun.lake
    for feed in EXAMPLES:
        lake.accept(feed, [], "2026-11-05", "2026-11-06")
    lake.remove(begun.places["traffic"])

    dbt_runner.build(lake.settings)

    first, second = datetime(2026, 11, 5), datetime(2026, 11, 6)
    assert ledger(lake, ALL_SEEN, "sessions") == [
        (first, date(2026, 11, 1), 1.0, False),
        (first, date(2026, 11, 2), 0.0, False),
        (second, date(2026, 11, 1), None, True),
        (second, date(2026, 11, 2), None, True),
    ]


def test_feeds_that_lost_their_newest_window_do_not_write_into_the_past(begun):
    lake = begun.lake
    places = [lake.accept(feed, [], "2026-11-05", "2026-11-06") for feed in EXAMPLES]
    dbt_runner.build(lake.settings, tested=False)
    for feed in EXAMPLES:
        delivered = [paid_order("15.00", "2026-11-06 09:00:00")] if feed == "orders" else []
        places.append(lake.accept(feed, delivered, "2026-11-06", "2026-11-07"))
    dbt_runner.build(lake.settings, tested=False)
    for place in places:
        lake.remove(place)

    dbt_runner.build(lake.settings)

    # what was published as of the 7th stays, and what is published now comes after it
    assert ledger(lake, ALL_SEEN) == [
        (datetime(2026, 11, 5), date(2026, 11, 1), 20.0, False),
        (datetime(2026, 11, 5), date(2026, 11, 2), 0.0, False),
        (datetime(2026, 11, 7), date(2026, 11, 1), 15.0, False),
        (datetime(2026, 11, 7, 0, 0, 1), date(2026, 11, 1), 20.0, False),
    ]


def whole_ledger(lake: AcceptedLake) -> list[tuple]:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        return warehouse.execute("from marts.fct_kpi_asof order by all").fetchall()


def test_a_lost_warehouse_is_rebuilt_with_all_that_was_ever_published(begun, caplog):
    lake = begun.lake
    for feed in EXAMPLES:
        delivered = [paid_order("15.00", "2026-11-05 09:00:00")] if feed == "orders" else []
        lake.accept(feed, delivered, "2026-11-05", "2026-11-06")
    dbt_runner.build(lake.settings, tested=False)
    before = whole_ledger(lake)
    (lake.home / "warehouse" / "storepulse.duckdb").unlink()

    built = dbt_runner.build(lake.settings)

    assert whole_ledger(lake) == before
    assert [row[2] for row in ledger(lake, ALL_SEEN)] == [20.0, 0.0, 15.0]
    (warning,) = [one for one in built.warnings if one.test == "as_of_ledger_read_back"]
    assert warning.rows == len(before)
    assert "read back from the export of 2 builds" in warning.about
    assert "The warehouse had lost the as-of ledger" in caplog.text
    assert len(as_of_export.exported_files(lake.settings)) == 2


def test_a_ledger_that_was_never_exported_is_though_nothing_is_new(begun):
    settings = begun.lake.settings
    shutil.rmtree(settings.as_of)

    built = dbt_runner.build(settings, tested=False)

    assert built.models > 0
    (export,) = as_of_export.exported_files(settings)
    assert pq.read_metadata(export).num_rows == len(whole_ledger(begun.lake))
    assert dbt_runner.build(settings, tested=False).models == 0


def marts_but_the_ledger(lake: AcceptedLake) -> dict[str, list[str]]:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        names = warehouse.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' "
            "and table_name not in ('fct_kpi_asof', 'fct_kpi_restatements', 'fct_kpi_withdrawals')"
        ).fetchall()
        return {
            name: sorted(
                map(
                    repr,
                    warehouse.execute(f"from marts.{name} {OF_FACTS.get(name, '')}").fetchall(),
                )
            )
            for (name,) in names
        }


# What is measured against the ledger is published again when the ledger grows.
OF_FACTS = dict.fromkeys(
    ("fct_kpi_daily", "fct_kpi_comparisons"),
    "where kpi not in ('restatement_rate', 'withdrawn_kpi_days')",
)


def test_windows_taken_back_leave_nothing_but_what_was_published_of_them(begun):
    """One built and published, and one whose end was a slip: weeks after the clock."""
    lake, clock = begun.lake, datetime(2026, 11, 6, tzinfo=UTC)
    for feed in EXAMPLES.keys() - {"orders"}:
        lake.accept(feed, [], "2026-11-05", "2026-11-06")
    dbt_runner.build(lake.settings, tested=False, now=clock)
    never_had_them = marts_but_the_ledger(lake)
    lake.accept("orders", [paid_order("15.00", "2026-11-05 09:00:00")], "2026-11-05", "2026-11-06")
    dbt_runner.build(lake.settings, tested=False, now=clock)
    previous_values = whole_ledger(lake)
    far = {"budget_date": "2026-12-01", "updated_at": "2026-11-06 09:00:00"}
    lake.accept("budgets", [far], "2026-11-06", "2026-12-20")
    dbt_runner.build(lake.settings, tested=False, now=clock)
    assert latest_moment(lake) == datetime(2026, 12, 20)

    for feed, end in (("budgets", "2026-12-20"), ("orders", "2026-11-06")):
        start = "2026-11-06" if feed == "budgets" else "2026-11-05"
        forget(lake.settings, feed, Window.from_iso(start, end), "a slip")
    dbt_runner.build(lake.settings, now=clock)

    now = marts_but_the_ledger(lake)
    assert [name for name in now if now[name] != never_had_them[name]] == []
    assert set(whole_ledger(lake)) >= set(previous_values)
    assert latest_moment(lake) == datetime(2026, 11, 6, 0, 0, 1)
    assert ledger(lake, ALL_SEEN) == [
        (datetime(2026, 11, 5), date(2026, 11, 1), 20.0, False),
        (datetime(2026, 11, 5), date(2026, 11, 2), 0.0, False),
        (datetime(2026, 11, 6), date(2026, 11, 1), 15.0, False),
        (datetime(2026, 11, 6, 0, 0, 1), date(2026, 11, 1), 20.0, False),
    ]


def latest_moment(lake: AcceptedLake) -> datetime:
    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        return warehouse.execute("select max(as_of_at) from marts.fct_kpi_asof").fetchall()[0][0]


def test_how_far_a_number_moved_is_counted_from_a_day_after_its_day(lake):
    # the 1st ends at five in the morning of the 2nd in UTC, so it is not over for a day at first
    windows = [("2026-11-01", "2026-11-03"), *_days(3, 5)]
    for price, (start, end) in zip(("9.00", "10.00", "8.00"), windows, strict=True):
        for feed in EXAMPLES:
            lake.accept(feed, _of_a_sale(feed, price, start), start, end)
        dbt_runner.build(lake.settings, tested=False)

    with duckdb.connect(lake.home / "warehouse" / "storepulse.duckdb", read_only=True) as warehouse:
        moved = warehouse.execute(
            "select business_date, first_published, first_published_at, value_now, restated_amount "
            "from marts.fct_kpi_restatements where first_published <> 0"
        ).fetchall()
        rate = warehouse.execute(
            "select numerator, denominator, value from marts.fct_kpi_daily "
            "where kpi = 'restatement_rate' and kpi_date = date '2026-11-01' "
            "and store_id = 'us_site'"
        ).fetchall()

    # 9 was published too early, 10 as of the 4th, and 8 as of the 5th
    assert moved == [(date(2026, 11, 1), 10, datetime(2026, 11, 4), 8, 2)]
    assert rate == [(2, 10, 0.2)]


def _days(first: int, last: int) -> list[tuple[str, str]]:
    return [(f"2026-11-{day:02}", f"2026-11-{day + 1:02}") for day in range(first, last)]


def _of_a_sale(feed: str, price: str, updated_at: str) -> list[dict[str, object]]:
    if feed == "orders":
        return [paid_order(price, f"{updated_at} 12:30:00")]
    if feed == "order_lines":
        return [{"unit_price": price, "updated_at": f"{updated_at} 12:30:00"}]
    # one of each describes the shop, nothing is given back
    return [] if feed == "refunds" else [{}]
