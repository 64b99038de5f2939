"""The warnings of the last build: data tests of severity warn that failed, with some rows of each.

They are kept in the build record (`storepulse.transform.build_plan.finish`), so `storepulse
status`, `storepulse warnings` and the engineers' mail read them later without opening the
warehouse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from storepulse.settings import Settings
from storepulse.transform.build_plan import last_finished


@dataclass(frozen=True)
class BuildWarning:
    """One data test of severity warn that found something.

    Attributes:
        test: its name.
        about: its description: what is wrong, and where to look. Where there is room for one line
            only, its first sentence is shown.
        rows: how many rows it found.
        examples: the first of them, `column=value, …`, in no order.
        look: the command that shows more.
    """

    look: ClassVar[str] = "storepulse warnings"

    test: str
    about: str
    rows: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        sentence = self.about.split(". ")[0].removesuffix(".")
        example = "".join(self.examples[:1])
        such_as = example and f", {'such as ' if self.rows > 1 else ''}{example}"
        return f"{self.test}: {_counted(self.rows)}{such_as}: {sentence}"

    def as_json(self) -> dict[str, Any]:
        """As plain values, for the build record."""
        return asdict(self)


def standing(settings: Settings) -> tuple[BuildWarning, ...]:
    """The warnings of the last finished build; empty when nothing was built."""
    kept: Sequence[Mapping[str, Any]] = last_finished(settings).get("warnings", [])
    return tuple(
        BuildWarning(one["test"], one["about"], one["rows"], tuple(one["examples"])) for one in kept
    )


def described(warning: BuildWarning) -> str:
    """Write a warning out: what the test is about, and its first rows."""
    rows = "\n".join(f"- {row}" for row in warning.examples)
    more = warning.rows - len(warning.examples)
    rest = f"\n- … and {more:,} more" if more > 0 else ""
    return f"{_counted(warning.rows)} against {warning.test}. {warning.about}\n\n{rows}{rest}"


def _counted(rows: int) -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'}"
