"""One case of the matrix, and the wording of its outcome.

accepted 3
accepted 12, quarantined 1: currency_known
accepted 3, warnings: extra_columns
rejected: columns_present
landing refused: SourceUnreadable
crashed: KeyError                           never expected
"""

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bad_input.shop import Outcome, Shop
from storepulse.errors import StorepulseError

# Appears in many inputs as somebody's data; no message may ever quote it.
SOMEBODY = "jane.doe@example.org"
# Appears in many as a token or a password; no message may ever show it.
SECRET = "sesame-7f3a"


@dataclass(frozen=True)
class Case:
    """One thing that can be wrong.

    Attributes:
        id: short and unique.
        kind: its class, one of `matrix.KINDS`.
        wrong: what is wrong, in a sentence.
        expected: the expected outcome, in the wording above.
        provide: gives the input to a shop and returns the outcome.
        message: what the message must contain, as a regular expression: what is wrong, what to do.
        reads: columns of the first accepted row and the values they must have.
    """

    id: str
    kind: str
    wrong: str
    expected: str
    provide: Callable[[Shop], Outcome]
    message: str = ""
    reads: Mapping[str, object] = field(default_factory=dict)


def outcome_of(case: Case, shop: Shop) -> str:
    """Run a case and describe its outcome; anything but `case.expected` is a fault."""
    try:
        outcome = case.provide(shop)
    except StorepulseError as refused:
        outcome = Outcome(f"{shop.step} refused: {type(refused).__name__}", str(refused))
    except Exception as foreign:
        place = traceback.extract_tb(foreign.__traceback__)[-1]
        return f"crashed: {type(foreign).__name__} in {place.name} ({str(foreign)[:80]})"
    return outcome.result + "".join(_faults(case, outcome))


def _faults(case: Case, outcome: Outcome) -> list[str]:
    """List what is wrong with an outcome, even if its result is as expected."""
    faults = []
    if SOMEBODY in outcome.message:
        faults.append("; quotes customer data")
    if SECRET in outcome.message:
        faults.append("; shows a secret")
    if len(outcome.message) > 4000:
        faults.append(f"; a message of {len(outcome.message)} characters")
    if not outcome.message.replace("\n", "").isprintable():
        faults.append("; a message that controls the terminal")
    if case.message and not re.search(case.message, outcome.message, re.S):
        faults.append(f"; its message is {outcome.message[:300]!r}")
    for column, value in case.reads.items():
        found = outcome.first_row.get(column)
        if found != value:
            faults.append(f"; {column} is read as {str(found)[:60]!r}")
    return faults
