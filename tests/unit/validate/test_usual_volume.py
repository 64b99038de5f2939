import pyarrow as pa
from pyarrow import parquet

from landed_windows import SOURCE
from storepulse.lake import WindowFiles
from storepulse.settings import Settings
from storepulse.validate.usual_volume import usual_rows
from storepulse.windows import Window


def accept(settings, start, end, rows):
    place = WindowFiles(settings, "orders", SOURCE, Window.from_iso(start, end)).accepted
    place.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table({"order_id": ["x"] * rows}), place)


def test_the_usual_is_the_pace_of_earlier_windows_over_this_ones_length(tmp_path):
    settings = Settings(home=tmp_path)
    accept(settings, "2026-11-20", "2026-11-21", 12)
    accept(settings, "2026-11-21", "2026-11-22", 36)
    accept(settings, "2026-11-23", "2026-11-24", 500)
    six_hours = Window.from_iso("2026-11-22", "2026-11-22T06:00")

    assert usual_rows(WindowFiles(settings, "orders", SOURCE, six_hours)) == 6.0


def test_before_the_first_window_nothing_is_usual(tmp_path):
    window = Window.from_iso("2026-11-22", "2026-11-23")

    assert usual_rows(WindowFiles(Settings(home=tmp_path), "orders", SOURCE, window)) is None
