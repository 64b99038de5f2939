"""One rule of a suite, and what came of judging a window by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# A share says nothing about a handful of rows: fewer than this many bad ones never hold a window
# back while they are the smaller part of it. At night one order in three may be a bad one.
FEW_ROWS = 5


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite.

    Attributes:
        id: what quarantine and messages call it.
        type: Great Expectations' name, `expect_…`.
        kwargs: its arguments, in Great Expectations' own names.
        severity: critical refuses rows or holds the window back; warning is told.
        why: the reason, in the suite's words.
    """

    id: str
    type: str
    kwargs: Mapping[str, object]
    severity: Literal["critical", "warning"]
    why: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at, none for a rule on the whole table."""
        listed = self.kwargs.get("column_list")
        if isinstance(listed, list):
            return tuple(str(column) for column in listed)
        single = (self.kwargs.get(name) for name in ("column", "column_A", "column_B"))
        return tuple(str(column) for column in single if column is not None)

    @property
    def mostly(self) -> float:
        """The share of rows that must pass for the rule to pass, 1 when it says none."""
        share = self.kwargs.get("mostly", 1)
        return float(share) if isinstance(share, int | float) else 1.0


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations said about one rule.

    Attributes:
        passed: the rule held, `mostly` considered.
        failing: rows against it; None for a rule on the batch as a whole.
        judged: rows it applied to (nulls are passed over); None as above.
        observed: what a batch rule measured, as text.
        broke: why the rule could not be judged at all; None when it could.
        measured: what Great Expectations measured, without any customer's data.
    """

    rule: Rule
    passed: bool
    failing: int | None = None
    judged: int | None = None
    observed: str | None = None
    broke: str | None = None
    measured: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def holds_back(self) -> bool:
        """Whether the window must not go on.

        A critical rule that could not be judged counts as broken, not as passed.
        """
        if self.rule.severity != "critical" or self.passed:
            return False
        if self.broke is not None or self.failing is None or self.judged is None:
            return True
        return condemns(self.failing, self.judged)


def condemns(failing: int, judged: int) -> bool:
    """Tell whether that many bad rows of so many speak against the window as a whole."""
    return failing >= FEW_ROWS or failing * 2 >= judged
