"""`make faults`: try every seeded fault, and exit with 1 if a test does not catch its own.

`ARGS='03- mail'` selects the faults whose name or kind contains one of the words.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from faults.patches import FOLDER, Fault, all_faults
from faults.project_copy import CAUGHT, ProjectCopy

PROJECT = Path(__file__).resolve().parents[2]


def main(words: Sequence[str]) -> int:
    """Try the selected faults, print a line for each, and return the exit code."""
    faults = [
        fault
        for fault in all_faults()
        if not words or any(word in f"{fault.name} {fault.kind}" for word in words)
    ]
    if not faults:
        sys.stdout.write(f"no fault matches {' or '.join(words)}; they are in {FOLDER}\n")
        return 1
    missed = 0
    with tempfile.TemporaryDirectory(prefix="storepulse-faults-") as scratch:
        started = time.monotonic()
        for fault, outcome in _outcomes(faults, Path(scratch)):
            seconds, started = time.monotonic() - started, time.monotonic()
            missed += outcome != CAUGHT
            sys.stdout.write(f"{seconds:5.0f} s  {fault.name:<55}  {outcome}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(faults) - missed} of {len(faults)} faults caught\n")
    return int(missed > 0)


def _outcomes(faults: Sequence[Fault], scratch: Path) -> Iterator[tuple[Fault, str]]:
    copy = ProjectCopy(PROJECT, scratch / "project")
    for fault in faults:
        if fault.unit_test is None:
            with copy.with_faults([fault]):
                outcome = copy.outcome_of(fault.test)
            yield fault, outcome
    of_models = [fault for fault in faults if fault.unit_test is not None]
    if of_models:
        copy.build_warehouse(scratch / "home")
        # All at once, because a run of dbt takes so long: each changes a model of its own, and a
        # unit test gives its model the rows of all others.
        with copy.with_faults(of_models):
            failing = copy.failing_unit_tests(scratch / "home")
        for fault in of_models:
            yield fault, CAUGHT if fault.unit_test in failing else "not caught"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
