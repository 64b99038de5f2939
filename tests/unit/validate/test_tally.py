"""How many checks ran on a window, how many passed, and how its columns changed."""

import json
from dataclasses import replace

import pytest
from pyarrow import parquet

from storepulse.errors import WindowRejected
from storepulse.feeds.registry import feed_named
from storepulse.lake.accepted import accepted_files
from storepulse.lake.check_counts import Checks
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import rejected_windows
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

ORDER = GOOD_ROWS["orders"]
COLUMNS = list(feed_named("orders").columns)
NEXT_DAY = Window.from_iso("2026-11-23", "2026-11-24")
THIRD_DAY = Window.from_iso("2026-11-24", "2026-11-25")
# no column is missing, no row is missing, no column is empty; and 28 columns have valid types
BEFORE_THE_SUITE = 3 + 28


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home where 25 good orders were accepted."""
    settings = Settings(home=tmp_path)
    land(settings, "orders", good_rows("orders", 25))
    validate(settings, SOURCE, "orders", WINDOW)
    return settings


def kept(settings: Settings, window: Window = NEXT_DAY) -> Checks | None:
    """The check counts in the accepted file of a window."""
    return next(file.checks for file in accepted_files(settings, {}) if file.window == window)


def test_a_good_window_passes_all_its_checks_and_its_file_records_them(settings):
    # of the suite's 40 critical rules one waits for windows to compare with, of its 4 warnings two
    assert kept(settings, WINDOW) == Checks(
        critical_run=BEFORE_THE_SUITE + 39,
        critical_passed=BEFORE_THE_SUITE + 39,
        warning_run=2 + 2,
        warning_passed=2 + 2,
        schema_changes=0,
    )


def test_a_check_that_refuses_one_row_is_not_passed(settings):
    good = kept(settings, WINDOW)
    rows = good_rows("orders", 25)
    rows[3] = {**rows[3], "currency": "dollars"}
    rows[4] = {**rows[4], "created_at": "yesterday"}
    land(settings, "orders", rows, WINDOW)

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert result.quarantined == 2
    assert result.checks == replace(good, critical_passed=good.critical_passed - 2)
    assert kept(settings, WINDOW) == result.checks


def test_a_new_column_is_one_change_once(settings):
    more = [*COLUMNS, "loyalty_tier"]
    for window in (NEXT_DAY, THIRD_DAY):
        changes = {"loyalty_tier": "gold", "updated_at": f"{window.start:%F} 10:00:00"}
        rows = [{**row, **changes} for row in good_rows("orders", 25)]
        land(settings, "orders", rows, window, more)
        validate(settings, SOURCE, "orders", window)

    first, second = kept(settings, NEXT_DAY), kept(settings, THIRD_DAY)

    assert (first.schema_changes, second.schema_changes) == (1, 0)
    # the registry has no such column on either day
    assert first.warning_run - first.warning_passed == 1
    assert second.warning_run - second.warning_passed == 1


def test_a_rejected_window_counts_the_checks_that_ran(settings):
    land(settings, "orders", good_rows("orders", 25), NEXT_DAY, COLUMNS[:-1])
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", NEXT_DAY)

    [rejected] = rejected_windows(settings)

    # missing columns (failed), extra ones, and missing ones that no model uses
    assert rejected.checks == Checks(1, 0, 2, 2, 1)


@pytest.mark.parametrize(
    ("change", "checks"),
    [
        ({"coupon_code": None}, Checks(BEFORE_THE_SUITE, BEFORE_THE_SUITE - 1, 2, 2, 1)),
        (
            {"goods_amount": "many"},
            Checks(BEFORE_THE_SUITE - 1, BEFORE_THE_SUITE - 2, 2, 2, 1),
        ),
    ],
    ids=["that became empty", "of another type"],
)
def test_a_column_can_change_without_being_gone(settings, change, checks):
    land(settings, "orders", [{**row, **change} for row in good_rows("orders", 25)], NEXT_DAY)

    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", NEXT_DAY)

    files = WindowFiles(settings, "orders", SOURCE, NEXT_DAY)
    result = json.loads(files.validation.read_text(encoding="utf-8"))
    assert Checks.from_json(result["checks"]) == checks


def test_files_accepted_before_checks_were_counted_have_none(settings):
    place = WindowFiles(settings, "orders", SOURCE, WINDOW).accepted
    table = parquet.read_table(place)
    described = json.loads(table.schema.metadata[b"storepulse"])
    del described["checks"]
    parquet.write_table(table.replace_schema_metadata({"storepulse": json.dumps(described)}), place)

    assert kept(settings, WINDOW) is None
