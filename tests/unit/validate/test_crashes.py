"""A process that dies while writing leaves a state that the next run repairs."""

import json
import subprocess
import sys

import pytest
from pyarrow import parquet

from storepulse.errors import DiskFull
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import validate
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

# Dies, as a kill does, at the n-th rename of a written file into its place.
DYING = """
import os, sys
from pathlib import Path

renames, place = int(sys.argv[2]), Path.replace

def replace(path, target):
    global renames
    renames -= 1
    if renames == 0:
        os._exit(9)
    return place(path, target)

Path.replace = replace
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
validate(Settings(home=Path(sys.argv[1])), "test_shop", "orders", Window.from_id(sys.argv[3]))
"""


def counts(settings):
    files = WindowFiles(settings, "orders", SOURCE, WINDOW)
    return tuple(
        parquet.read_metadata(path).num_rows for path in (files.accepted, files.quarantined)
    )


@pytest.mark.parametrize(
    "at_rename", [2, 3, 4], ids=["before refused", "before accepted", "before the result"]
)
def test_a_kill_at_any_rename_is_repaired_by_running_again(tmp_path, at_rename):
    settings = Settings(home=tmp_path)
    bad = {**GOOD_ROWS["orders"], "device": "fridge"}
    land(settings, "orders", [*good_rows("orders", 4), bad])
    validate(settings, SOURCE, "orders", WINDOW)
    landed = land(settings, "orders", [*good_rows("orders", 5), bad, {**bad, "order_id": "1002"}])

    (landed / "validation.json").write_text("the result of the run before", "utf-8")
    killed = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path), str(at_rename), WINDOW.id], check=False
    )

    assert killed.returncode == 9
    assert not (landed / "validation.json").exists(), "a result exists only for finished work"
    validate(settings, SOURCE, "orders", WINDOW)
    assert counts(settings) == (5, 2)
    assert json.loads((landed / "validation.json").read_text("utf-8"))["rows"]["accepted"] == 5
    assert list(tmp_path.rglob("*.scratch")) == []


FULL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from storepulse.errors import DiskFull
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
try:
    validate(Settings(home=Path(sys.argv[1])), "test_shop", "orders", Window.from_id(sys.argv[2]))
except DiskFull as full:
    print(full)
    sys.exit(7)
"""


def test_a_full_disk_leaves_what_was_accepted_before(tmp_path):
    settings = Settings(home=tmp_path)
    land(settings, "orders", good_rows("orders", 4))
    validate(settings, SOURCE, "orders", WINDOW)
    land(settings, "orders", good_rows("orders", 3000))

    full = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), WINDOW.id],
        check=False,
        capture_output=True,
        text=True,
    )

    assert full.returncode == 7, full.stderr
    assert "no disk space" in full.stdout
    assert DiskFull.__name__ not in full.stderr
    accepted = WindowFiles(settings, "orders", SOURCE, WINDOW).accepted
    assert parquet.read_metadata(accepted).num_rows == 4
    assert list(tmp_path.rglob("*.tmp")) == []
