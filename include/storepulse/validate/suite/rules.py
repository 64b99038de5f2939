"""One rule of a suite, and its outcome for a window."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# A share means little for a handful of rows: fewer bad rows than this never reject a window while
# they are less than half of it. At night one order in three may be bad.
FEW_ROWS = 5


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite.

    Attributes:
        id: what quarantine and messages call it.
        type: Great Expectations' name, `expect_…`.
        kwargs: its arguments, in Great Expectations' own names.
        severity: critical refuses rows or rejects the window; warning is only reported.
        why: the reason, as the suite words it.
    """

    id: str
    type: str
    kwargs: Mapping[str, object]
    severity: Literal["critical", "warning"]
    why: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it uses, none for a rule on the whole table."""
        listed = self.kwargs.get("column_list")
        if isinstance(listed, list):
            return tuple(str(column) for column in listed)
        single = (self.kwargs.get(name) for name in ("column", "column_A", "column_B"))
        return tuple(str(column) for column in single if column is not None)

    @property
    def mostly(self) -> float:
        """The share of rows that must pass for the rule to pass, 1 if it states none."""
        share = self.kwargs.get("mostly", 1)
        return float(share) if isinstance(share, int | float) else 1.0


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations found for one rule.

    Attributes:
        passed: whether the rule passed, `mostly` considered.
        failing: failing rows; None for a rule on the batch as a whole.
        validated: rows it applied to (nulls are ignored); None as above.
        observed: what a batch rule measured, as text.
        error: the error that kept the rule from being evaluated; None if there was none.
        measured: what Great Expectations measured, without any customer's data.
    """

    rule: Rule
    passed: bool
    failing: int | None = None
    validated: int | None = None
    observed: str | None = None
    error: str | None = None
    measured: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def rejects_window(self) -> bool:
        """Whether the window has to be rejected.

        A critical rule that could not be evaluated counts as failed, not as passed.
        """
        if self.rule.severity != "critical" or self.passed:
            return False
        if self.error is not None or self.failing is None or self.validated is None:
            return True
        return is_too_many(self.failing, self.validated)


def is_too_many(failing: int, validated: int) -> bool:
    """Whether so many failing rows reject the window as a whole."""
    return failing >= FEW_ROWS or failing * 2 >= validated
