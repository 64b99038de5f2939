"""The instructions for a newcomer before and after `make airflow`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storepulse.windows import Window
from storepulse_local.first_steps import INGEST, NotTriggered, instructions, load_history
from support.web_host import hosting


def test_before_any_airflow_was_started_its_command_line_says_how_to(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "storepulse_local.airflow", "dags", "list"],
        env={**os.environ, "STOREPULSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("start it first: make airflow")
    assert list(tmp_path.iterdir()) == []


def test_the_first_steps_of_the_simulated_shop_are_one_line_to_paste():
    text = instructions(has_own_shop=True)

    assert (
        "  .venv/bin/python -m storepulse_local.standalone history "
        "--from 2026-09-01T00:00Z --until 2026-11-23T06:00Z\n"
    ) in text
    assert "all 8 ingest DAGs" in text


def test_the_first_steps_of_a_real_shop_ask_for_its_beginning():
    text = instructions(has_own_shop=False)

    assert "from your shop's beginning until now" in text
    assert "2026" not in text


def test_every_dag_that_is_switched_on_exists():
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


def test_a_busy_airflow_is_not_reported_as_down():
    def too_late(_asked):
        time.sleep(1)
        return 200, {}, b"{}"

    with hosting() as host:
        host.respond = too_late
        with pytest.raises(NotTriggered) as refused:
            load_history(host.url, Window.from_iso("2026-09-01", "2026-11-23"), patience=0.2)

    assert str(refused.value) == (
        f"{host.url}/auth/token has not answered for 0.2 seconds: Airflow is up, but too busy. "
        "Try again once it is idle; runs triggered twice run one after the other"
    )


def test_an_airflow_that_does_not_answer_is_reported_as_down():
    with hosting() as host:
        url = host.url

    with pytest.raises(NotTriggered, match=r"does not answer \(.*\); start it: make airflow"):
        load_history(url, Window.from_iso("2026-09-01", "2026-11-23"))
