"""How many checks a window was put to, how many it passed, and how its columns changed.

Counted when a window is judged, kept beside its rows (an accepted file's own metadata, the verdict
of a window held back), and read by the build: `fct_feed_window_checks`, from which the KPIs
`schema_drift_events` and `check_pass_rate` are counted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True)
class Checks:
    """The checks of one judged window.

    A check is passed when nothing at all speaks against it: a row rule that refuses one row of
    a thousand is not, though the window goes on. Checks that a window held back did not come to,
    and those that have no earlier window to compare with, are not counted.

    Attributes:
        critical_run: checks that refuse rows or hold the window back.
        critical_passed: those of them that found nothing.
        warning_run: checks that are only told.
        warning_passed: those of them that found nothing.
        schema_changes: columns that came, went, ran empty or were retyped since the window before.
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
        """Read `as_json` again; None of what was judged before checks were counted."""
        return None if kept is None else cls(**kept)
