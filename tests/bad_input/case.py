"""One case of the matrix, and what came of it, in the words in which both are written down.

accepted 3
accepted 12, quarantined 1: currency_known
accepted 3, told: extra_columns
held back: columns_present
landing refused: SourceUnreadable
crashed: KeyError                           never expected
"""

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bad_input.shop import Came, Shop
from storepulse.errors import StorepulseError

# Stands in many inputs as somebody's data; no message may ever quote it.
SOMEBODY = "jane.doe@example.org"
# Stands in many as a token or a password; no message may ever show it.
SECRET = "sesame-7f3a"


@dataclass(frozen=True)
class Case:
    """One thing that can be wrong.

    Attributes:
        id: short and unique.
        kind: its class, one of `matrix.KINDS`.
        wrong: what is wrong, in a sentence.
        expected: what has to come of it, in the words above.
        bring: brings the input to a shop's door and hands on what came of it.
        says: what the message must say, as a regular expression: what is wrong and what to do.
        reads: columns of the first accepted row and the values they must have.
    """

    id: str
    kind: str
    wrong: str
    expected: str
    bring: Callable[[Shop], Came]
    says: str = ""
    reads: Mapping[str, object] = field(default_factory=dict)


def outcome(case: Case, shop: Shop) -> str:
    """Let a case happen and say what came of it; anything but `case.expected` is a fault."""
    try:
        came = case.bring(shop)
    except StorepulseError as refused:
        came = Came(f"{shop.step} refused: {type(refused).__name__}", str(refused))
    except Exception as foreign:
        place = traceback.extract_tb(foreign.__traceback__)[-1]
        return f"crashed: {type(foreign).__name__} in {place.name} ({str(foreign)[:80]})"
    return came.verdict + "".join(_faults(case, came))


def _faults(case: Case, came: Came) -> list[str]:
    """Tell what is wrong with an outcome whose verdict may be right."""
    faults = []
    if SOMEBODY in came.message:
        faults.append("; quotes customer data")
    if SECRET in came.message:
        faults.append("; shows a secret")
    if len(came.message) > 4000:
        faults.append(f"; a message of {len(came.message)} characters")
    if not came.message.replace("\n", "").isprintable():
        faults.append("; a message that steers the terminal")
    if case.says and not re.search(case.says, came.message, re.S):
        faults.append(f"; says {came.message[:300]!r}")
    for column, value in case.reads.items():
        found = came.first_row.get(column)
        if found != value:
            faults.append(f"; {column} is read as {str(found)[:60]!r}")
    return faults
