"""What a newcomer is told before and after `make airflow`."""

import os
import subprocess
import sys

from storepulse_local.standalone import first_steps


def test_before_any_airflow_was_started_its_command_line_says_how_to(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "storepulse_local.airflow", "dags", "list"],
        env={**os.environ, "STOREPULSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 1
    assert told.stderr.strip().endswith("start it first: make airflow")
    assert list(tmp_path.iterdir()) == []


def test_the_first_steps_name_the_days_the_simulated_shop_has_lived_through():
    told = first_steps(has_own_shop=True)

    assert "window_start 2026-09-01T00:00Z and window_end 2026-11-23T06:00Z" in told


def test_the_first_steps_of_a_real_shop_ask_for_its_beginning():
    told = first_steps(has_own_shop=False)

    assert "reaches back to your shop's beginning" in told
    assert "2026" not in told
