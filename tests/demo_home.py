"""The demo's outcome, made once for all tests that look at it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A tenth of the demo's traffic: six orders per store and day.
SCALE = "0.1"


def run_demo(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make run`'s command as a user would, in a process of its own."""
    ours = ("AIRFLOW", "STOREPULSE_", "SHOP_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "storepulse_local.demo", "--home", home, *arguments],
        env={**inherited, "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder the demo filled, and what it said."""
    home = tmp_path_factory.mktemp("demo")
    return home, run_demo(home, "--scale", SCALE)
