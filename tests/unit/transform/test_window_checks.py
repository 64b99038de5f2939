"""The check counts of validated windows, as dbt reads them."""

from datetime import datetime
from pathlib import Path

from pyarrow import parquet

from storepulse.lake.accepted import AcceptedFile
from storepulse.lake.check_counts import Checks
from storepulse.transform.window_checks import remember_window_checks
from storepulse.windows import Window

FIRST = Window.from_iso("2026-11-22", "2026-11-23")
SECOND = Window.from_iso("2026-11-23", "2026-11-24")


def accepted(window: Window, checks: Checks | None) -> AcceptedFile:
    return AcceptedFile(Path("x.parquet"), "orders", "shop", window, "1-1", 9, (), checks)


def rejected(start: str, end: str, checks: Checks | None) -> dict[str, object]:
    return {
        "feed": "orders",
        "source": "shop",
        "window_start": start,
        "window_end": end,
        "checks": checks and checks.as_json(),
    }


def rows_of(folder: Path) -> list[tuple[object, ...]]:
    return [
        tuple(row.values())
        for row in parquet.read_table(folder / "window_checks.parquet").to_pylist()
    ]


def test_a_window_has_its_last_result_and_its_middle(tmp_path):
    files = [accepted(FIRST, Checks(9, 9, 3, 2, 1)), accepted(SECOND, Checks(9, 8, 3, 3, 0))]
    spans = [rejected("2026-11-23 00:00:00", "2026-11-24 00:00:00", Checks(1, 0, 2, 2, 4))]

    remember_window_checks(tmp_path / "build", files, spans)

    noon = [datetime(2026, 11, 22, 12), datetime(2026, 11, 23, 12)]
    days = [datetime(2026, 11, 22), datetime(2026, 11, 23), datetime(2026, 11, 24)]
    assert rows_of(tmp_path / "build") == [
        ("orders", "shop", days[0], noon[0], days[1], False, 9, 9, 3, 2, 1),
        ("orders", "shop", days[1], noon[1], days[2], True, 1, 0, 2, 2, 4),
    ]


def test_windows_validated_before_checks_were_counted_are_left_out(tmp_path):
    spans = [rejected("2026-11-23 00:00:00", "2026-11-24 00:00:00", None)]

    remember_window_checks(tmp_path, [accepted(FIRST, None)], spans)

    assert rows_of(tmp_path) == []
