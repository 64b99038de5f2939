"""Measure every step of the pipeline in a process of its own: rows, seconds, peak memory.

    python tests/bench/measure.py --days 30 --days 365 --data ../shared/data

For each length of history the simulated shop is made, its history ingested, built and published,
then one more day on top. With `--data` the UCI year is taken end to end as well. Nothing is
asserted: the table is for people.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

LAST_DAY = datetime(2026, 11, 22, tzinfo=UTC)
ONE_MORE_DAY_ENDS = datetime(2026, 11, 23, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    """One step run once. `rows` is None where the step does not say how many it handled."""

    step: str
    rows: int | None
    seconds: float
    peak_mb: float


def main() -> int:
    """Run what was asked for and print one table."""
    options = _options()
    console = Console()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="storepulse-bench-") as folder:
        for days in options.days:
            console.print(f"[bold]{days} days of history, scale {options.scale}[/]")
            measured += _history_and_one_more_day(Path(folder), days, options.scale, console)
        if options.data is not None:
            console.print("[bold]UCI Online Retail II, one year[/]")
            measured += _online_retail(Path(folder), options.data, console)
    console.print(_table(measured))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, action="append", help="length of history; repeatable")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the simulated shop")
    parser.add_argument("--data", type=Path, help="folder with the real data; adds the UCI year")
    options = parser.parse_args()
    options.days = options.days or [30, 365]
    return options


def _history_and_one_more_day(
    folder: Path, days: int, scale: float, console: Console
) -> list[Measured]:
    from shop_simulator.server import serving

    shop, home = folder / f"shop-{days}", folder / f"home-{days}"
    start = LAST_DAY - timedelta(days=days)
    measured = []
    # The history is taken before the shop lives on: later, it would show restated rows only as
    # they ended, and the last day would rebuild more than a day does.
    for name, since, until in (
        (f"{days} d: history: ", start, LAST_DAY),
        (f"{days} d: one more day: ", LAST_DAY, ONE_MORE_DAY_ENDS),
    ):
        make = ["shop-simulator", "make", "--home", str(shop), "--from", f"{start:%Y-%m-%d}"]
        make += ["--until", until.isoformat(), "--scale", str(scale)]
        measured.append(_run(name + "make the shop", make, {}, console))
        window = ["--from", since.isoformat(), "--until", until.isoformat()]
        with serving(shop) as endpoints:
            environment = {"STOREPULSE_HOME": str(home), **endpoints.as_environment()}
            measured += _steps(name, window, environment, console)
    return measured


def _online_retail(folder: Path, data: Path, console: Console) -> list[Measured]:
    environment = {"STOREPULSE_HOME": str(folder / "home-uci")}
    source = ["--source", "online_retail", "--data", str(data / "online_retail")]
    return _steps("UCI year: ", source, environment, console)


def _steps(
    label: str, ingest: list[str], environment: dict[str, str], console: Console
) -> list[Measured]:
    commands: list[tuple[str, list[str]]] = [
        ("ingest", ["storepulse", "ingest", *ingest]),
        ("build", ["storepulse", "build"]),
        ("publish", ["storepulse", "publish"]),
    ]
    return [_run(label + step, command, environment, console) for step, command in commands]


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
    result = Measured(step, _rows(text), seconds, usage.ru_maxrss / 1024)
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


if __name__ == "__main__":
    raise SystemExit(main())
