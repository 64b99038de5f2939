"""How many rows a window usually brings, from the windows accepted before it."""

from datetime import timedelta

import duckdb

from storepulse.lake import WindowFiles
from storepulse.windows import Window

# A month of six-hour windows is 120; a week of them covers every hour and weekday once.
_WINDOWS_LOOKED_AT = 28


def usual_rows(files: WindowFiles) -> float | None:
    """Rows that a window of this length would bring at the pace of the windows before it.

    Only windows that start earlier count, the latest 28 of them, so judging an old window again
    gives what it gave then.

    Returns:
        A number of rows; None when no earlier window was accepted.
    """
    earlier = [
        (window, path)
        for path in files.accepted.parent.glob("[0-9]*.parquet")
        if (window := Window.from_id(path.stem)).start < files.window.start
    ]
    latest = sorted(earlier)[-_WINDOWS_LOOKED_AT:]
    if not latest:
        return None
    paths = [str(path) for _, path in latest]
    with duckdb.connect() as con:
        counted = con.execute("select sum(num_rows) from parquet_file_metadata(?)", [paths])
        rows = float(counted.fetchall()[0][0])
    span = sum((window.end - window.start for window, _ in latest), timedelta())
    return rows * (files.window.end - files.window.start) / span
