"""What a newcomer is told before and after `make airflow`."""

import os
import subprocess
import sys
from pathlib import Path

from storepulse_local.first_steps import INGEST, told


def test_before_any_airflow_was_started_its_command_line_says_how_to(tmp_path):
    told_by_it = subprocess.run(
        [sys.executable, "-m", "storepulse_local.airflow", "dags", "list"],
        env={**os.environ, "STOREPULSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told_by_it.returncode == 1
    assert told_by_it.stderr.strip().endswith("start it first: make airflow")
    assert list(tmp_path.iterdir()) == []


def test_the_first_steps_of_the_simulated_shop_are_one_line_to_paste():
    said = told(has_own_shop=True)

    assert (
        "  .venv/bin/python -m storepulse_local.standalone history "
        "--from 2026-09-01T00:00Z --until 2026-11-23T06:00Z\n"
    ) in said
    assert "all 8 ingest DAGs" in said


def test_the_first_steps_of_a_real_shop_ask_for_its_beginning():
    said = told(has_own_shop=False)

    assert "from your shop's beginning until now" in said
    assert "2026" not in said


def test_there_is_a_dag_of_every_name_that_is_switched_on():
    dags = Path(__file__).parents[3] / "dags"

    assert len(INGEST) == 8
    assert {path.stem for path in dags.glob("ingest_*.py")} == set(INGEST)


def test_history_without_an_airflow_says_how_to_start_one(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "storepulse_local.standalone", "history"]
        + ["--from", "2026-09-01", "--until", "2026-11-23"],
        env={**os.environ, "STOREPULSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "start it: make airflow" in ended.stdout
    assert "Traceback" not in ended.stderr
