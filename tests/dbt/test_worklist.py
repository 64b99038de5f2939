"""What a build is planned to do, without building."""

import shutil
from dataclasses import replace

import duckdb
import pytest

from storepulse.errors import TransformFailed
from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.accepted import accepted_files, coverage
from storepulse.transform import build_plan
from support.accepted_lake import AcceptedLake


@pytest.fixture
def built(tmp_path) -> AcceptedLake:
    """A lake with one store, whose build plan was carried out once, on an empty warehouse file."""
    lake = AcceptedLake(tmp_path)
    lake.accept("stores", [{}], "2026-11-01", "2026-11-02")
    first = build_plan.prepare(lake.settings, full=False)
    duckdb.connect(lake.settings.warehouse_file).close()
    build_plan.finish(lake.settings, first)
    return lake


def test_the_first_build_is_full(tmp_path):
    lake = AcceptedLake(tmp_path)
    lake.accept("stores", [{}], "2026-11-01", "2026-11-02")

    work = build_plan.prepare(lake.settings, full=False)

    assert work.full
    assert work.reason == "there is no finished build yet"


def test_nothing_accepted_is_nothing_to_do(tmp_path):
    assert build_plan.prepare(AcceptedLake(tmp_path).settings, full=True) is None


def test_nothing_new_is_nothing_to_do(built):
    assert build_plan.prepare(built.settings, full=False) is None


def test_full_is_full_even_when_nothing_is_new(built):
    assert build_plan.prepare(built.settings, full=True).full


@pytest.mark.parametrize(
    "file", ["models/marts/sales/fct_orders.sql", "macros/amount.sql", "dbt_project.yml"]
)
def test_a_changed_model_rebuilds_everything(built, tmp_path, file):
    models = tmp_path / "dbt_project"
    shutil.copytree(built.settings.dbt_project_dir, models)
    with (models / file).open("a") as changed:
        changed.write("\n")

    work = build_plan.prepare(
        built.settings.model_copy(update={"dbt_project_dir": models}), full=False
    )

    assert work is not None
    assert work.reason == "the models changed"


def test_another_key_of_a_feed_rebuilds_everything(built, monkeypatch):
    by_order_alone = replace(feed_named("orders"), key=("order_id",))
    monkeypatch.setitem(all_feeds(), "orders", by_order_alone)

    assert build_plan.prepare(built.settings, full=False).reason == "the models changed"


def test_another_reporting_currency_rebuilds_everything(built):
    in_euro = built.settings.model_copy(update={"reporting_currency": "EUR"})

    assert build_plan.prepare(in_euro, full=False).reason == "the reporting currency changed"


@pytest.mark.parametrize(
    "store",
    [{"timezone": "America/Chicago"}, {"currency": "CAD"}, {"store_id": "cn_market"}],
    ids=["moved", "other money", "new"],
)
def test_a_store_with_another_time_zone_or_currency_rebuilds_everything(built, store):
    built.accept("stores", [store], "2026-11-02", "2026-11-03")

    work = build_plan.prepare(built.settings, full=False)

    assert work.reason == "a store is new or changed its time zone or currency"


def test_a_full_build_that_broke_off_is_full_again(built):
    build_plan.prepare(built.settings, full=True)

    work = build_plan.prepare(built.settings, full=False)

    assert work.reason == "the last full build broke off"


def test_a_file_that_does_not_say_what_it_holds_is_named(built):
    place = built.accept("orders", [{}], "2026-11-01", "2026-11-02")
    duckdb.sql("select 1 as order_id").write_parquet(str(place))

    with pytest.raises(TransformFailed, match=f"{place.name} .* validate that window again"):
        build_plan.prepare(built.settings, full=False)


def test_coverage_ends_where_a_window_is_missing(tmp_path):
    lake = AcceptedLake(tmp_path)
    lake.accept("orders", [], "2026-11-01", "2026-11-03")
    lake.accept("orders", [], "2026-11-02", "2026-11-04")
    lake.accept("orders", [], "2026-11-04", "2026-11-05")
    lake.accept("orders", [], "2026-11-06", "2026-11-07")
    lake.accept("orders", [], "2026-11-09", "2026-11-10", source="other_shop")

    spans = coverage(accepted_files(lake.settings, known={}))

    assert [(span.source, f"{span.start:%m-%d}", f"{span.end:%m-%d}") for span in spans] == [
        ("other_shop", "11-09", "11-10"),
        ("test_shop", "11-01", "11-05"),
    ]
