"""Counting the checks of a window while it is judged; see `storepulse.lake.check_counts`."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from storepulse.lake.check_counts import Checks
from storepulse.validate.result import Finding
from storepulse.validate.schema_drift import Columns
from storepulse.validate.suite.rules import Outcome

Severity = Literal["critical", "warning"]


class Tally:
    """What was checked so far."""

    def __init__(self) -> None:
        self._run: Counter[Severity] = Counter()
        self._passed: Counter[Severity] = Counter()
        self._schema_changes = 0

    def columns(self, columns: Columns) -> None:
        """Count what was said of the landed columns."""
        told = {finding.rule for finding in columns.told}
        self._note("critical", not columns.failures)
        self._note("warning", "extra_columns" not in told)
        self._note("warning", "unused_columns_present" not in told)
        self._schema_changes += columns.changes

    def whole(self, failures: Sequence[Finding]) -> None:
        """Count whether everything that landed is there."""
        self._note("critical", not failures)

    def types(self, columns: int, bad: Collection[str], retyped: Sequence[Finding]) -> None:
        """Count whether the values are of their columns' types.

        Args:
            columns: how many there are.
            bad: type rules that any value is against.
            retyped: columns of which most values are.
        """
        self._run["critical"] += columns
        self._passed["critical"] += columns - len(bad)
        self._schema_changes += len(retyped)

    def emptied(self, failures: Sequence[Finding]) -> None:
        """Count whether a column ran empty."""
        self._note("critical", not failures)
        self._schema_changes += len(failures)

    def rules(self, outcomes: Iterable[Outcome]) -> None:
        """Count the rules of the suite."""
        for outcome in outcomes:
            self._note(outcome.rule.severity, outcome.passed and not outcome.failing)

    def counted(self) -> Checks:
        """All of it."""
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
