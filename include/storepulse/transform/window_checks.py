"""The check counts of validated windows, a row each, as dbt reads them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from storepulse.lake.accepted import AcceptedFile
from storepulse.windows import Window

# Moments are naive UTC, as in every file that dbt reads.
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("source_name", pa.string()),
        ("window_start", pa.timestamp("us")),
        ("window_middle", pa.timestamp("us")),
        ("window_end", pa.timestamp("us")),
        ("is_rejected", pa.bool_()),
        ("critical_run", pa.int64()),
        ("critical_passed", pa.int64()),
        ("warning_run", pa.int64()),
        ("warning_passed", pa.int64()),
        ("schema_changes", pa.int64()),
    ]
)


def remember_window_checks(
    folder: Path, files: Iterable[AcceptedFile], rejected: Sequence[Mapping[str, Any]]
) -> None:
    """Write `window_checks.parquet` into a folder; dbt reads it as a source.

    A window that was accepted before and is rejected now is given as rejected, its last result.
    Windows validated before checks were counted are left out.

    Args:
        folder: made if it is missing.
        files: every accepted file.
        rejected: rejected windows, of `storepulse.lake.quarantine.rejected_spans`.
    """
    checked = {
        (file.feed, file.source, file.window): (False, file.checks.as_json())
        for file in files
        if file.checks is not None
    }
    for one in rejected:
        window = Window.from_iso(one["window_start"], one["window_end"])
        if one["checks"] is not None:
            checked[one["feed"], one["source"], window] = (True, one["checks"])
    rows = [
        {
            "feed": feed,
            "source_name": source,
            "window_start": window.start.replace(tzinfo=None),
            "window_middle": (window.start + (window.end - window.start) / 2).replace(tzinfo=None),
            "window_end": window.end.replace(tzinfo=None),
            "is_rejected": is_rejected,
            **checks,
        }
        for (feed, source, window), (is_rejected, checks) in sorted(checked.items())
    ]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "window_checks.parquet")
