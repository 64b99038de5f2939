"""Measure validating a large window of order lines: seconds, peak memory, and bare SQL besides.

    python tests/bench/validation.py --rows 5000000

The window is one good row repeated many times under different keys, one row in a hundred bad in
one of five ways. Validation runs in its own process, quarantine split included. To compare, the
same suite's row rules run as one SQL statement over the same file: the cost of the checks without
Great Expectations, types, keys and files to write. Nothing is asserted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from storepulse.feeds.registry import feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import casting
from storepulse.validate.suite import row_rules, suites
from storepulse.validate.suite.placeholders import Placeholders
from storepulse.windows import Window

WINDOW = Window.from_iso("2026-11-22", "2026-11-23")
FEED = feed_named("order_lines")
# A line that passes every rule; `{n}` is the row's number.
LINE = {
    "store_id": "'us_site'",
    "order_id": "'o-' || n // 2",
    "order_line_id": "n::varchar",
    "sku": "'SKU-' || n % 5000",
    "category": "'kitchen'",
    "line_kind": "'goods'",
    "currency": "case when n % 500 = 0 then 'XXX' else 'USD' end",
    "quantity": "case when n % 500 = 100 then '-1' else '2' end",
    "unit_price": "case when n % 500 = 200 then 'free' else '19.90' end",
    "list_price": "'25.00'",
    "line_discount": "case when n % 500 = 300 then '-0.01' else '1.00' end",
    "unit_cost": "'8.00'",
    "created_at": "case when n % 500 = 400 then '1970-01-01 00:00:00' "
    "else '2026-11-22 ' || lpad((n % 24)::varchar, 2, '0') || ':10:00' end",
    "updated_at": "'2026-11-22 ' || lpad((n % 24)::varchar, 2, '0') || ':10:00'",
}
VALIDATE = """
import resource, sys, time
started = time.perf_counter()
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
import great_expectations
imported = time.perf_counter()
result = validate(Settings(), "bench", "order_lines", Window.from_id(sys.argv[1]))
print(imported - started, time.perf_counter() - imported, result.accepted, result.quarantined,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> int:
    """Make the window, measure both, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000, help="order lines in the window")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="storepulse-bench-") as folder:
        settings = Settings(home=Path(folder))
        files = WindowFiles(settings, FEED.name, "bench", WINDOW)
        _land(files, rows)
        imports, seconds, accepted, refused, peak = _validated(settings)
        bare, found = _bare_sql(settings, files)
    table = Table("step", "rows", "s", "peak MB", title=f"{rows:,} order lines in one window")
    table.add_row("imports", "", f"{imports:.1f}", "")
    counts = f"{accepted:,.0f} accepted, {refused:,.0f} quarantined"
    table.add_row("validate, split included", counts, f"{seconds:.1f}", f"{peak:.0f}")
    table.add_row("row rules as bare SQL", f"{found:,} refused", f"{bare:.1f}", "")
    table.add_row("ratio", "", f"{seconds / bare:.1f}", "")
    Console().print(table)
    return 0


def _land(files: WindowFiles, rows: int) -> None:
    files.landed.mkdir(parents=True)
    columns = ", ".join(
        f"{LINE.get(column, 'null::varchar')} as {column}" for column in FEED.columns
    )
    duckdb.sql(
        f"copy (select {columns}, n + 1 as _position from range({rows}) as numbers(n)) "
        f"to '{files.landed}/rows.parquet' (format parquet, compression zstd)"
    )
    manifest = {
        "feed": FEED.name,
        "source": files.source,
        "rows": rows,
        "run_id": "bench",
        "landed_at": "2026-11-23T00:10:00+00:00",
        "columns": dict.fromkeys(FEED.columns, "varchar"),
    }
    (files.landed / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _validated(settings: Settings) -> list[float]:
    output = subprocess.run(
        [sys.executable, "-c", VALIDATE, WINDOW.id],
        env={**os.environ, "STOREPULSE_HOME": str(settings.home)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [float(number) for number in output.splitlines()[-1].split()]


def _bare_sql(settings: Settings, files: WindowFiles) -> tuple[float, int]:
    suite = suites.load(settings.expectations_dir / f"{FEED.name}.yaml", FEED)
    ready, _ = suite.filled_in(Placeholders(WINDOW, None))
    rules = [
        rule for rule in ready.rules if rule.severity == "critical" and rule.type in row_rules.TYPES
    ]
    broken = " or ".join(f"({row_rules.failing(rule)})" for rule in rules)
    typed = casting.typed_rows(FEED, f"select * from '{files.landed}/rows.parquet'")
    started = time.perf_counter()
    found = duckdb.sql(f"select count(*) from ({typed}) where _mistyped is not null or {broken}")
    count = int(found.fetchall()[0][0])
    return time.perf_counter() - started, count


if __name__ == "__main__":
    raise SystemExit(main())
