"""Measure every step of the pipeline in a process of its own: rows, seconds, peak memory.

    python tests/bench/measure.py --days 30 --days 365 --data ../shared/data

For each length of history the simulated shop is made, its history ingested, built and published,
then one more day on top. Each build's SQL is then run once more in one bare DuckDB process, to see
what dbt adds. A year holds about a million order lines and ten million traffic events: the
simulated shops, somewhat larger than usual, with each order multiplied to several buyers. With
`--data` the UCI year is run end to end as well. Nothing is asserted: the tables are for people.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from buyers_multiplied import with_more_buyers
from rich.console import Console
from rich.table import Table

LAST_DAY = datetime(2026, 11, 22, tzinfo=UTC)
ONE_MORE_DAY_ENDS = datetime(2026, 11, 23, 6, tzinfo=UTC)
OVERHEAD = Path(__file__).with_name("dbt_overhead.py")


@dataclass(frozen=True)
class Measured:
    """One step run once.

    Attributes:
        rows: None where the step does not report how many it processed.
        reported_seconds: the duration the step itself reports, without the start of its process.
    """

    step: str
    rows: int | None
    seconds: float
    peak_mb: float
    reported_seconds: float | None = None


@dataclass(frozen=True)
class Shop:
    """A history to be measured: where, how long, and how large."""

    place: Path
    days: int
    scale: float
    buyers: int

    @property
    def folder(self) -> Path:
        """All that is written about it."""
        return self.place / f"{self.days}-days"

    @property
    def home(self) -> Path:
        """The pipeline's home."""
        return self.folder / "home"


def main() -> int:
    """Run with the given options and print the tables."""
    options = _options()
    console = Console()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="storepulse-bench-") as folder:
        for days in options.days:
            console.print(f"[bold]{days} days of history[/]")
            shop = Shop(Path(folder), days, options.scale, options.buyers)
            measured += _history_and_one_more_day(shop, console)
            shutil.rmtree(shop.folder)
        if options.data is not None:
            console.print("[bold]UCI Online Retail II, one year[/]")
            measured += _online_retail(Path(folder), options.data, console)
    console.print(_table(measured))
    console.print(_builds_compared(measured))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, action="append", help="length of history; repeatable")
    parser.add_argument("--scale", type=float, default=1.3, help="size of the simulated shop")
    parser.add_argument("--buyers", type=int, default=5, help="copies of each order")
    parser.add_argument("--data", type=Path, help="folder with the real data; adds the UCI year")
    options = parser.parse_args()
    options.days = options.days or [30, 365]
    return options


def _history_and_one_more_day(shop: Shop, console: Console) -> list[Measured]:
    from shop_simulator.serving.server import serving

    world = shop.folder / "shop"
    start = LAST_DAY - timedelta(days=shop.days)
    measured = []
    # History is ingested before the shop advances: later, it would show restated rows only in
    # their last state, and the last day would rebuild more than a day does.
    for name, since, until in (
        (f"{shop.days} d: history: ", start, LAST_DAY),
        (f"{shop.days} d: one more day: ", LAST_DAY, ONE_MORE_DAY_ENDS),
    ):
        make = ["shop-simulator", "make", "--home", str(world), "--from", f"{start:%Y-%m-%d}"]
        make += ["--until", until.isoformat(), "--scale", str(shop.scale)]
        measured.append(_run(name + "make the shop", make, {}, console))
        window = ["--from", since.isoformat(), "--until", until.isoformat()]
        with serving(world) as endpoints:
            environment = {"STOREPULSE_HOME": str(shop.home), **endpoints.as_environment()}
            measured.append(_run(name + "ingest", _ingest(window), environment, console))
        lines = with_more_buyers(shop.home / "accepted", since, shop.buyers)
        console.print(f"  {lines:,} order lines, with {shop.buyers} copies of each order")
        measured += _build_with_and_without_dbt(name, shop.home, console)
        environment = {"STOREPULSE_HOME": str(shop.home)}
        measured.append(_run(name + "publish", ["storepulse", "publish"], environment, console))
    return measured


def _build_with_and_without_dbt(label: str, home: Path, console: Console) -> list[Measured]:
    """Build; then run what dbt sent once more on a copy of the warehouse as it was before."""
    before, statements = home.with_name("before"), home.with_name("statements.jsonl")
    before.mkdir()
    built = home / "warehouse" / "storepulse.duckdb"
    if built.is_file():
        shutil.copy2(built, before)
    environment = {"STOREPULSE_HOME": str(home)}
    record = ["python", str(OVERHEAD), "record", str(statements)]
    replay = ["python", str(OVERHEAD), "replay", str(statements), str(before)]
    with_dbt = _run(label + "build", record, environment, console)
    without = _run(label + "build, bare SQL", replay, {}, console)
    shutil.rmtree(before)
    return [with_dbt, without]


def _online_retail(folder: Path, data: Path, console: Console) -> list[Measured]:
    environment = {"STOREPULSE_HOME": str(folder / "home-uci")}
    source = ["--source", "online_retail", "--data", str(data / "online_retail")]
    commands: list[tuple[str, list[str]]] = [
        ("ingest", _ingest(source)),
        ("build", ["storepulse", "build"]),
        ("publish", ["storepulse", "publish"]),
    ]
    return [_run(f"UCI year: {step}", command, environment, console) for step, command in commands]


def _ingest(what: list[str]) -> list[str]:
    return ["storepulse", "ingest", *what]


def _run(step: str, command: list[str], environment: dict[str, str], console: Console) -> Measured:
    program = Path(sys.executable).with_name(command[0])
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(
            [str(program), *command[1:]],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        output.seek(0)
        text = output.read()
    if status != 0:
        console.print(text[-4000:])
        raise SystemExit(f"{step} failed: {' '.join(command)}")
    reported = re.search(r" in ([\d.]+) s", text)
    result = Measured(
        step, _rows(text), seconds, usage.ru_maxrss / 1024, float(reported[1]) if reported else None
    )
    console.print(f"  {step}: {seconds:.1f} s, {result.peak_mb:.0f} MB")
    return result


def _rows(text: str) -> int | None:
    """Add up the rows landed in the table `ingest` ends with; other commands have none."""
    landed = re.findall(r"^\w+ +([\d,]+) +[\d,]+ +[\d,]+ ", text, re.MULTILINE)
    return sum(int(count.replace(",", "")) for count in landed) if landed else None


def _table(measured: list[Measured]) -> Table:
    table = Table("step", title="storepulse, each step in its own process")
    for column in ("rows", "s", "rows/s", "peak MB"):
        table.add_column(column, justify="right")
    for one in measured:
        rows = f"{one.rows:,}" if one.rows is not None else ""
        per_second = f"{one.rows / one.seconds:,.0f}" if one.rows else ""
        table.add_row(one.step, rows, f"{one.seconds:.1f}", per_second, f"{one.peak_mb:.0f}")
    return table


def _builds_compared(measured: list[Measured]) -> Table:
    """Compare each build with its SQL without dbt, and each day with that of the first history."""
    table = Table("build", title="dbt and its SQL; process start left out")
    for column in ("dbt s", "bare SQL s", "dbt / SQL", "day / first day", "peak MB"):
        table.add_column(column, justify="right")
    by_step = {one.step: one for one in measured}
    first_day = None
    for step, built in by_step.items():
        bare = by_step.get(f"{step}, bare SQL")
        if bare is None or not built.reported_seconds or not bare.reported_seconds:
            continue
        compared = ""
        if "one more day" in step:
            first_day = first_day or built.reported_seconds
            compared = f"{built.reported_seconds / first_day:.2f}"
        ratio = f"{built.reported_seconds / bare.reported_seconds:.2f}"
        seconds = f"{built.reported_seconds:.1f}", f"{bare.reported_seconds:.1f}"
        table.add_row(step, *seconds, ratio, compared, f"{built.peak_mb:.0f}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
