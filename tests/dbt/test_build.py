"""A build updates the warehouse to what is accepted, and reports what is wrong."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass

import duckdb
import pytest
from filelock import FileLock
from pyarrow import parquet

from storepulse.errors import AnotherRunIsWriting, TransformFailed
from storepulse.lake.lineage import former_names, impact_of
from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake
from support.example_shop import ExampleShop, build_only


@dataclass(frozen=True)
class BuiltShop:
    """A test's own copy of a shop that was built once with its data tests."""

    copy: ExampleShop

    @property
    def lake(self) -> AcceptedLake:
        return self.copy.lake

    @property
    def first(self) -> dbt_runner.BuildResult:
        return self.copy.first

    def build(self, tested: bool = False) -> dbt_runner.BuildResult:
        return dbt_runner.build(self.lake.settings, tested=tested)

    def build_only(self, *models: str, tested: bool = False) -> dbt_runner.BuildResult:
        return build_only(self.lake.settings, *models, tested=tested)

    def rows(self, query: str) -> list[tuple]:
        file = self.lake.settings.warehouse_file
        with duckdb.connect(file, read_only=True) as warehouse:
            return warehouse.execute(query).fetchall()

    def rebuilt_days(self, fact: str) -> list[str]:
        worklist = (self.lake.settings.warehouse / "worklist.json").read_text("utf-8")
        return json.loads(worklist)["facts"][fact]["days"]


@pytest.fixture
def shop(built_shop, home_of_lakes) -> BuiltShop:
    return BuiltShop(built_shop.copied_to(home_of_lakes))


def test_a_build_passes_its_own_tests_and_the_next_has_nothing_to_do(shop):
    second = shop.build()

    assert shop.first.models > 20
    assert shop.first.tests > 20
    assert (second.models, second.days_rebuilt) == (0, 0)
    # what the first warned of stands
    assert second.warnings == shop.first.warnings != ()


def test_a_full_build_remembers_what_rests_on_a_feed_and_on_a_column(shop):
    def marts(feed: str, *columns: str) -> set[str]:
        return set(impact_of(shop.lake.settings, [feed], columns).marts)

    assert {"fct_refunds", "fct_kpi_daily", "rpt_kpi_scorecard"} <= marts("refunds")
    assert not {"fct_orders", "fct_sessions"} & marts("refunds")
    assert "fct_tickets" in marts("tickets", "ticket_id")
    assert marts("orders", "cancel_reason") == set()


def test_a_full_build_drops_tables_that_no_model_makes_any_more(shop):
    tables = shop.rows("select table_name from duckdb_tables() where schema_name = 'marts'")

    assert ("fct_orders",) in tables
    assert ("fct_former",) not in tables


def test_a_full_build_remembers_what_models_and_columns_were_renamed_from(shop):
    former = former_names(shop.lake.settings)

    assert (former["fct_kpi_daily"].model, former["fct_kpi_daily"].columns) == ("fct_kpi_days", {})
    assert former["dim_kpis"].model == "dim_kpis"
    assert former["dim_kpis"].columns == {"date_basis": "clocks"}
    assert "fct_orders" not in former


def test_a_full_build_remembers_which_kpis_rest_on_a_feed_before_any_is_published(shop):
    tickets, orders = (impact_of(shop.lake.settings, [feed]) for feed in ("tickets", "orders"))

    assert not (shop.lake.settings.serving / "storepulse.duckdb").exists()
    assert "Complaint rate" in tickets.kpis
    assert "Net sales" in orders.kpis
    assert "Net sales" not in tickets.kpis
    assert tickets.mailed == 0 < orders.mailed < len(orders.kpis)


def test_every_branch_of_the_models_does_what_its_unit_test_says(shop):
    assert dbt_runner.check_models(shop.lake.settings) > 40


def test_who_reads_what_the_last_build_left_has_done_so_before_it_is_replaced(built_shop):
    settings = built_shop.lake.settings
    models = json.loads((settings.warehouse / "lineage.json").read_text("utf-8"))["models"]
    readers = {
        (path.stem, read)
        for path in (settings.dbt_project_dir / "models").rglob("*.sql")
        for read in re.findall(r"current_(?:mart|model)\('(\w+)'", path.read_text("utf-8"))
    }

    def comes_before(name: str, later: str) -> bool:
        parents = [parent for parent in models[later]["parents"] if parent in models]
        return name in parents or any(comes_before(name, parent) for parent in parents)

    assert ("int_kpi_dates_rebuilt", "int_kpi_daily") in readers
    assert [pair for pair in sorted(readers) if not comes_before(*pair)] == []


def test_an_old_order_restated_today_rebuilds_its_own_day_and_no_other(shop):
    paid = {
        "channel": "email",
        "paid_at": "2026-11-20 12:00:00",
        "paid_amount": "10.00",
        "updated_at": "2026-11-20 12:00:00",
    }
    shop.lake.accept("orders", [paid], "2026-11-20", "2026-11-21")

    result = shop.build(tested=True)

    assert shop.rebuilt_days("fct_orders") == ["2026-11-01"]
    # the refund asked for on the 2nd is of that order
    assert shop.rebuilt_days("fct_refunds") == ["2026-11-02"]
    assert shop.rebuilt_days("fct_sessions") == []
    assert result.days_rebuilt == 2
    assert shop.rows("select is_paid from marts.fct_orders where order_id = 'order-1'") == [(True,)]
    assert shop.rows("select is_paid, channel from marts.fct_order_lines") == [(True, "email")]
    assert shop.rows("select channel from marts.fct_refunds where refund_id = 'refund-1'") == [
        ("email",)
    ]


def test_a_window_that_is_taken_back_leaves_nothing_behind(shop):
    orders = "select count(*) from marts.fct_orders where order_id = 'order-taken-back'"
    refunds = "select is_order_known from marts.fct_refunds where refund_id = 'refund-of-it'"
    before = shop.rows(orders), shop.rows(refunds)
    shop.lake.remove(shop.copy.window_to_take_back)

    shop.build_only("fct_orders", "fct_refunds")

    assert before == ([(1,)], [(True,)])
    assert (shop.rows(orders), shop.rows(refunds)) == ([(0,)], [(False,)])


def test_an_order_that_turns_out_to_be_a_test_takes_its_refunds_out_of_the_sales(shop):
    refund = {
        "refund_id": "refund-of-a-test",
        "order_id": "order-test",
        "requested_at": "2026-11-09 12:00:00",
        "refunded_at": "2026-11-10 12:00:00",
    }
    order = {"order_id": "order-test", "created_at": "2026-11-08 12:00:00"}
    paid = order | {"paid_at": "2026-11-08 12:00:00"}
    shop.lake.accept("orders", [paid], "2026-11-08", "2026-11-09")
    shop.lake.accept("refunds", [refund], "2026-11-09", "2026-11-10")
    shop.build_only("fct_orders", "fct_refunds")
    counted = "select is_counted from marts.fct_refunds where refund_id = 'refund-of-a-test'"
    before = shop.rows(counted)
    found_out = paid | {"is_test": True, "updated_at": "2026-11-12 12:00:00"}
    shop.lake.accept("orders", [found_out], "2026-11-12", "2026-11-13")

    shop.build(tested=True)

    assert shop.rebuilt_days("fct_refunds") == ["2026-11-09"]
    assert (before, shop.rows(counted)) == ([(True,)], [(False,)])


def test_an_order_whose_source_moves_its_event_time_is_not_counted_twice(shop):
    moved = {
        "order_id": "order-moved",
        "created_at": "2026-11-06 12:00:00",
        "updated_at": "2026-11-06 13:00:00",
    }
    shop.lake.accept("orders", [moved], "2026-11-06", "2026-11-07")

    shop.build_only("fct_orders")

    assert shop.rows(
        "select cast(event_date as varchar) from marts.fct_orders where order_id = 'order-moved'"
    ) == [("2026-11-06",)]


def test_an_order_that_was_moved_stays_so_when_its_former_day_is_built_again(shop):
    moved = {"order_id": "order-wanders", "created_at": "2026-11-15 12:00:00"}
    shop.lake.accept("orders", [moved], "2026-11-15", "2026-11-16")
    shop.build_only("fct_orders")
    moved |= {"created_at": "2026-11-16 12:00:00", "updated_at": "2026-11-16 13:00:00"}
    shop.lake.accept("orders", [moved], "2026-11-16", "2026-11-17")
    shop.build_only("fct_orders")
    late = {
        "order_id": "order-late",
        "created_at": "2026-11-15 12:00:00",
        "updated_at": "2026-11-17 12:00:00",
    }
    shop.lake.accept("orders", [late], "2026-11-17", "2026-11-18")

    shop.build_only("fct_orders")

    assert shop.rows(
        "select order_id, cast(event_date as varchar) from marts.fct_orders "
        "where order_id in ('order-wanders', 'order-late') order by order_id"
    ) == [("order-late", "2026-11-15"), ("order-wanders", "2026-11-16")]


def test_a_late_first_event_moves_its_session_to_the_day_it_started(shop):
    sessions = (
        "select cast(event_date as varchar), page_views from marts.fct_sessions "
        "where session_id = 'session-night'"
    )
    before = shop.rows(sessions)
    late = {
        "event_id": "event-3",
        "session_id": "session-night",
        "occurred_at": "2026-11-04 23:50:00",
        "received_at": "2026-11-06 01:00:00",
    }
    shop.lake.accept("traffic", [late], "2026-11-06", "2026-11-07")

    shop.build_only("fct_sessions")

    assert before == [("2026-11-05", 1)]
    assert shop.rows(sessions) == [("2026-11-04", 2)]


def test_rows_of_an_unknown_store_wait_and_are_reported_until_the_store_arrives(shop):
    orders = "select count(*) from marts.fct_orders where store_id = 'eu_shop'"
    waiting = shop.rows(orders)
    berlin = {"store_id": "eu_shop", "timezone": "Europe/Berlin"}
    shop.lake.accept("stores", [berlin], "2026-11-03", "2026-11-04")

    shop.build_only("fct_orders")

    assert [(one.test, one.rows) for one in shop.first.warnings] == [
        ("assert_every_accepted_row_has_its_store", 1)
    ]
    assert shop.first.warnings[0].about.startswith(
        "Rows of a store that the feed `stores` does not know have no time zone"
    )
    assert shop.first.warnings[0].examples == ("feed=orders, store_id=eu_shop, rows_waiting=1",)
    assert (waiting, shop.rows(orders)) == ([(0,)], [(1,)])


def test_a_build_that_breaks_off_names_the_reason_and_its_days_are_done_again(shop):
    wrong = {"competitor_sku": "a-2", "captured_at": "2026-11-03 12:00:00", "price": "0.00"}
    place = shop.lake.accept("competitor_prices", [wrong], "2026-11-03", "2026-11-04")

    with pytest.raises(TransformFailed) as failure:
        shop.build_only("fct_competitor_prices", tested=True)
    shop.lake.remove(place)
    shop.build_only("fct_competitor_prices", "int_touched_kpi_dates")

    assert "holds_fct_competitor_prices_competitor_price_0" in str(failure.value)
    assert "build again" in str(failure.value)
    assert shop.rebuilt_days("fct_competitor_prices") == ["2026-11-03"]
    assert shop.rows("select competitor_sku from marts.fct_competitor_prices") == [("a-1",)]
    touched = "select cast(kpi_date as varchar) from intermediate.int_touched_kpi_dates"
    assert ("2026-11-03",) in shop.rows(touched)


def test_after_a_build_another_process_can_open_the_file_in_the_old_format(shop):
    opened = subprocess.run(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; print(duckdb.connect(sys.argv[1])"
            '.execute("select tags from duckdb_databases() where not internal").fetchall())',
            str(shop.lake.settings.warehouse_file),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "v1.0.0" in opened.stdout, opened.stderr


def test_a_second_build_waits_for_the_first_and_then_gives_up(shop):
    impatient = shop.lake.settings.model_copy(update={"lock_timeout_seconds": 0.1})

    with (
        FileLock(shop.lake.settings.warehouse / "storepulse.duckdb.lock"),
        pytest.raises(AnotherRunIsWriting, match="another run has been building"),
    ):
        dbt_runner.build(impatient)


def test_rows_accepted_before_their_feed_got_a_column_have_it_with_nulls(shop):
    row = {"sku": "sku-old", "on_hand": 7, "snapshot_at": "2026-11-10 12:00:00"}
    place = shop.lake.accept("inventory", [row], "2026-11-10", "2026-11-11")
    older = parquet.read_table(place).drop_columns(["damaged", "first_received_at"])
    parquet.write_table(older, place)

    shop.build_only("fct_stock_daily")

    assert shop.rows("select on_hand from marts.fct_stock_daily where sku = 'sku-old'") == [(7,)]
