"""The unit tests of the dbt models, on a warehouse that was built without any fault.

They read only the types of its tables, so that one build is enough for all faults:
`python -m faults.model_tests build HOME`, then, with the faults applied, `… test HOME`.
"""

import sys
from pathlib import Path

from storepulse.errors import TransformFailed
from storepulse.transform import dbt_runner
from support.accepted_lake import EXAMPLES, AcceptedLake


def build_warehouse(home: Path) -> None:
    """Build a warehouse with one row of every feed."""
    home.mkdir()
    lake = AcceptedLake(home)
    for feed in EXAMPLES:
        lake.accept(feed, [{}], "2026-11-01", "2026-11-03")
    dbt_runner.build(lake.settings, tested=False)


def run_unit_tests(home: Path) -> None:
    """Run the unit tests, and print the error that lists those that fail."""
    try:
        dbt_runner.check_models(AcceptedLake(home).settings)
    except TransformFailed as failure:
        sys.stdout.write(f"{failure}\n")


if __name__ == "__main__":
    {"build": build_warehouse, "test": run_unit_tests}[sys.argv[1]](Path(sys.argv[2]))
