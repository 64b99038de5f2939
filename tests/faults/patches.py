"""What the patches state: what is wrong, of which kind it is, and which test catches it."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_HEAD = re.compile(
    r"# (?P<what>.+)\n# kind: (?P<kind>.+)\n# caught by: (?P<test>\S+)\n"
    r"(# unit test: (?P<unit_test>\w+)\n)?"
)


@dataclass(frozen=True)
class Fault:
    """A patch that breaks the project.

    Attributes:
        patch: its file.
        what: what is wrong then, in a sentence.
        kind: what it is an example of, such as `rule amount range` or `mail recovered`.
        test: the cheapest test that fails then, by its pytest id.
        unit_test: the unit test of a dbt model among those that `test` runs; None for other tests.
    """

    patch: Path
    what: str
    kind: str
    test: str
    unit_test: str | None

    @property
    def name(self) -> str:
        """Its number and title."""
        return self.patch.stem

    @property
    def files(self) -> list[str]:
        """The files that it changes, relative to the project's root."""
        return re.findall(r"^\+\+\+ b/(.+)$", self.patch.read_text("utf-8"), re.M)


def all_faults() -> list[Fault]:
    """Read every patch, in the order of the numbers.

    Raises:
        ValueError: a patch lacks the lines at its beginning.
    """
    return [_read(patch) for patch in sorted(FOLDER.glob("*.patch"))]


def _read(patch: Path) -> Fault:
    head = _HEAD.match(patch.read_text("utf-8"))
    if head is None:
        raise ValueError(
            f"{patch} should begin with `# what is wrong`, `# kind: …` and "
            f"`# caught by: tests/…::test_…`; add these lines"
        )
    return Fault(patch, head["what"], head["kind"], head["test"], head["unit_test"])
