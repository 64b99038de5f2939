"""Schema drift of a source is detected, and what it affects is named."""

import json

import pytest
from pyarrow import parquet

from storepulse.errors import WindowRejected
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


def rejection_of(settings: Settings) -> str:
    with pytest.raises(WindowRejected) as rejection:
        validate(settings, SOURCE, "orders", NEXT_DAY)
    return str(rejection.value)


def test_a_missing_column_that_is_used_rejects_the_window_and_its_marts_are_named(settings):
    columns = [*(name for name in COLUMNS if name != "coupon_code"), "coupon_codes"]
    land(settings, "orders", [{**ORDER, "coupon_codes": "FALL"}], NEXT_DAY, columns)

    message = rejection_of(settings)

    assert (
        "no coupon_code; compared with the window before: - coupon_code (varchar), perhaps"
        in message
    )
    assert "+ coupon_codes" in message
    assert "Used by: 1 marts (fct_orders); 1 KPIs (Coupon cost), 1 of them with mails" in message
    assert WindowFiles(settings, "orders", SOURCE, WINDOW).accepted.is_file()


def test_a_missing_column_that_nothing_uses_is_read_as_null(settings):
    columns = [name for name in COLUMNS if name != "cancel_reason"]
    land(settings, "orders", good_rows("orders", 3), NEXT_DAY, columns)

    result = validate(settings, SOURCE, "orders", NEXT_DAY)

    rows = parquet.read_table(WindowFiles(settings, "orders", SOURCE, NEXT_DAY).accepted)
    assert result.warnings[0].rule == "unused_columns_present"
    assert result.accepted == 3
    assert rows["cancel_reason"].to_pylist() == [None, None, None]


def test_before_the_first_build_every_column_counts_as_used(tmp_path):
    settings = Settings(home=tmp_path)
    columns = [name for name in COLUMNS if name != "cancel_reason"]
    land(settings, "orders", good_rows("orders", 3), NEXT_DAY, columns)

    assert "nothing is built yet" in rejection_of(settings)


def test_a_used_column_that_becomes_empty_rejects_the_window_though_no_row_is_wrong(settings):
    rows = [{**row, "coupon_code": None} for row in good_rows("orders", 25)]
    land(settings, "orders", rows, NEXT_DAY)

    message = rejection_of(settings)

    assert "column_emptied: expected coupon_code in some of 25 rows, as in 100%" in message
    assert "Used by: 1 marts (fct_orders)" in message


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
