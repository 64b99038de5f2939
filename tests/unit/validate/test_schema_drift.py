"""A source that changes its shape is noticed, and what rests on it is said."""

import json

import pytest
from pyarrow import parquet

from storepulse.errors import WindowHeldBack
from storepulse.feeds.registry import feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

ORDER = GOOD_ROWS["orders"]
COLUMNS = list(feed_named("orders").columns)
NEXT_DAY = Window.from_iso("2026-11-23", "2026-11-24")


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home where 25 orders were accepted, and where only fct_orders reads coupon_code."""
    settings = Settings(home=tmp_path)
    models = {
        "stg_orders": {"parents": ["accepted.orders"], "columns": COLUMNS},
        "int_orders_dated": {"parents": ["stg_orders"], "columns": ["currency"]},
        "fct_orders": {"parents": ["int_orders_dated"], "columns": ["coupon_code"]},
        "fct_sessions": {"parents": ["stg_traffic"], "columns": ["channel"]},
    }
    settings.warehouse.mkdir()
    kpis = [
        {"name_en": "Coupon cost", "feeds": ["orders"], "is_mailed": True},
        {"name_en": "Sessions", "feeds": ["traffic"], "is_mailed": True},
    ]
    lineage = {"models": models, "kpis": kpis}
    (settings.warehouse / "lineage.json").write_text(json.dumps(lineage), "utf-8")
    land(settings, "orders", good_rows("orders", 25))
    validate(settings, SOURCE, "orders", WINDOW)
    return settings


def held_back(settings: Settings) -> str:
    with pytest.raises(WindowHeldBack) as held:
        validate(settings, SOURCE, "orders", NEXT_DAY)
    return str(held.value)


def test_a_column_that_is_used_and_gone_holds_back_and_its_marts_are_named(settings):
    columns = [*(name for name in COLUMNS if name != "coupon_code"), "coupon_codes"]
    land(settings, "orders", [{**ORDER, "coupon_codes": "FALL"}], NEXT_DAY, columns)

    told = held_back(settings)

    assert "no coupon_code; against the window before: - coupon_code (varchar), perhaps" in told
    assert "+ coupon_codes" in told
    assert "Rests on it: 1 marts (fct_orders); 1 KPIs (Coupon cost), 1 of them with mails" in told
    assert WindowFiles(settings, "orders", SOURCE, WINDOW).accepted.is_file()


def test_a_column_that_nothing_uses_may_go_and_is_read_as_null(settings):
    columns = [name for name in COLUMNS if name != "cancel_reason"]
    land(settings, "orders", good_rows("orders", 3), NEXT_DAY, columns)

    verdict = validate(settings, SOURCE, "orders", NEXT_DAY)

    rows = parquet.read_table(WindowFiles(settings, "orders", SOURCE, NEXT_DAY).accepted)
    assert verdict.told[0].rule == "unused_columns_present"
    assert verdict.accepted == 3
    assert rows["cancel_reason"].to_pylist() == [None, None, None]


def test_before_the_first_build_every_column_counts_as_used(tmp_path):
    settings = Settings(home=tmp_path)
    columns = [name for name in COLUMNS if name != "cancel_reason"]
    land(settings, "orders", good_rows("orders", 3), NEXT_DAY, columns)

    assert "nothing is built yet" in held_back(settings)


def test_a_used_column_that_runs_empty_holds_back_though_no_row_is_wrong(settings):
    rows = [{**row, "coupon_code": None} for row in good_rows("orders", 25)]
    land(settings, "orders", rows, NEXT_DAY)

    told = held_back(settings)

    assert "column_emptied: expected coupon_code in some of 25 rows, as 100%" in told
    assert "Rests on it: 1 marts (fct_orders)" in told


@pytest.mark.parametrize(
    ("column", "rows"),
    [("coupon_code", 19), ("cancel_reason", 25)],
    ids=["in a few rows", "that nothing uses"],
)
def test_a_column_may_be_empty(settings, column, rows):
    landed = [{**row, column: None} for row in good_rows("orders", rows)]
    land(settings, "orders", landed, NEXT_DAY)

    assert validate(settings, SOURCE, "orders", NEXT_DAY).accepted == rows


def test_a_column_that_half_of_the_rows_never_had_may_be_empty(settings):
    filled = good_rows("orders", 60)
    without = [{**row, "coupon_code": None} for row in filled]
    land(settings, "orders", [*filled[:20], *without[20:]])
    validate(settings, SOURCE, "orders", WINDOW)
    land(settings, "orders", without, NEXT_DAY)

    assert validate(settings, SOURCE, "orders", NEXT_DAY).accepted == 60
