"""Count the checks of a window while it is validated; see `storepulse.lake.check_counts`."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from storepulse.lake.check_counts import Checks
from storepulse.validate.result import CheckFailure
from storepulse.validate.schema_drift import Columns
from storepulse.validate.suite.rules import Outcome

Severity = Literal["critical", "warning"]


class Tally:
    """A counter of the checks run so far."""

    def __init__(self) -> None:
        self._run: Counter[Severity] = Counter()
        self._passed: Counter[Severity] = Counter()
        self._schema_changes = 0

    def columns(self, columns: Columns) -> None:
        """Count the checks of the landed columns."""
        warned = {warning.rule for warning in columns.warnings}
        self._note("critical", not columns.errors)
        self._note("warning", "extra_columns" not in warned)
        self._note("warning", "unused_columns_present" not in warned)
        self._schema_changes += columns.changes

    def whole(self, errors: Sequence[CheckFailure]) -> None:
        """Count whether all landed rows are there."""
        self._note("critical", not errors)

    def types(self, columns: int, bad: Collection[str], retyped: Sequence[CheckFailure]) -> None:
        """Count whether the values are of their columns' types.

        Args:
            columns: how many there are.
            bad: type rules that some value breaks.
            retyped: errors for columns that changed their type.
        """
        self._run["critical"] += columns
        self._passed["critical"] += columns - len(bad)
        self._schema_changes += len(retyped)

    def emptied(self, errors: Sequence[CheckFailure]) -> None:
        """Count whether columns became empty."""
        self._note("critical", not errors)
        self._schema_changes += len(errors)

    def rules(self, outcomes: Iterable[Outcome]) -> None:
        """Count the rules of the suite."""
        for outcome in outcomes:
            self._note(outcome.rule.severity, outcome.passed and not outcome.failing)

    def counted(self) -> Checks:
        """The counts so far."""
        return Checks(
            self._run["critical"],
            self._passed["critical"],
            self._run["warning"],
            self._passed["warning"],
            self._schema_changes,
        )

    def _note(self, severity: Severity, passed: bool) -> None:
        self._run[severity] += 1
        self._passed[severity] += passed
