"""Queries the semantic layer as an analyst does: MetricFlow's command over the published marts."""

import csv
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Point = tuple[str, str, date]


class SemanticLayer:
    """The project's metrics over some marts, one `mf` process per question.

    MetricFlow reads what dbt parsed from the project's own folder: so a copy, for two test
    processes would write one file.

    Args:
        marts: a DuckDB file with the schema `marts`.
        folder: an empty folder to work in.
    """

    def __init__(self, marts: Path, folder: Path) -> None:
        self.home = folder
        serving = folder / "serving" / "storepulse.duckdb"
        serving.parent.mkdir()
        shutil.copyfile(marts, serving)
        self.folder = folder / "dbt_project"
        shutil.copytree(
            ROOT / "dbt_project", self.folder, ignore=shutil.ignore_patterns("target", "logs")
        )
        self._run("dbt", "--quiet", "parse")

    def by_day_and_store(self, metrics: list[str]) -> dict[Point, float | None]:
        """Ask for metrics by day and store: metric, store and day → value, absent without rows."""
        return {
            (metric, row["store"], date.fromisoformat(row["metric_time__day"][:10])): (
                float(row[metric]) if row[metric] else None
            )
            for row in self.answer(metrics, ["metric_time__day", "store"])
            for metric in metrics
            # rows without a business date belong to no day
            if row["metric_time__day"]
        }

    def answer(self, metrics: list[str], by: list[str], *more: str) -> list[dict[str, str]]:
        """Ask for metrics by some dimensions, with more arguments of `mf query`; rows as texts."""
        table = self.folder / "answer.csv"
        self._run(
            "mf", "query", "--quiet", "--metrics", ",".join(metrics),
            "--group-by", ",".join(by), *more, "--csv", str(table),
        )  # fmt: skip
        with table.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _run(self, *command: str) -> None:
        program, *arguments = command
        outcome = subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "DBT_TARGET": "serving",
                "STOREPULSE_HOME": str(self.home),
                # `mf` checks for newer versions of itself; a test makes no such request
                "HTTPS_PROXY": "http://127.0.0.1:9",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
