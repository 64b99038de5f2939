"""A run of the tests cleans up after itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

A_FEW_TESTS = Path(__file__).parent / "unit" / "test_display_names.py"


@pytest.mark.parametrize("processes", [0, 1])
def test_a_run_of_tests_leaves_no_folder_of_airflow_behind(tmp_path, processes):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(A_FEW_TESTS)]

    ran = subprocess.run(
        [*command, "--numprocesses", str(processes)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout
    assert [path.name for path in tmp_path.glob("storepulse-*")] == []
