"""How many checks were run on a window, how many it passed, and how its columns changed.

Counted when a window is validated, kept with its rows (an accepted file's own metadata, the result
of a rejected window), and read by the build: `fct_feed_window_checks`, from which the KPIs
`schema_drift_events` and `check_pass_rate` are counted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True)
class Checks:
    """The checks of one validated window.

    A check is passed when it finds nothing at all: a row rule that refuses one row of a thousand
    is not passed, though the window goes on. Checks that a rejected window did not reach, and those
    that have no earlier window to compare with, are not counted.

    Attributes:
        critical_run: checks that refuse rows or reject the window.
        critical_passed: those of them that found nothing.
        warning_run: checks that only warn.
        warning_passed: those of them that found nothing.
        schema_changes: columns added, dropped, emptied or retyped since the window before.
    """

    critical_run: int = 0
    critical_passed: int = 0
    warning_run: int = 0
    warning_passed: int = 0
    schema_changes: int = 0

    def as_json(self) -> dict[str, int]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, int] | None) -> Self | None:
        """Read `as_json` again; None of what was validated before checks were counted."""
        return None if kept is None else cls(**kept)
