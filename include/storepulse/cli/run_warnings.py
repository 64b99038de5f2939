"""What steps found and let pass, one line each below what they print, with the command to look."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from storepulse.cli.console import out, plain
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings

if TYPE_CHECKING:
    from storepulse.extract.land import LandedWindow
    from storepulse.transform.build_warnings import BuildWarning
    from storepulse.validate import Verdict

# A finding names the columns that came, an example and its reason; what shows more is beside it.
_LONGEST = 2000

# What it is about, what was found, the command that shows more.
Warned = tuple[str, str, str]


def of_landing(feed: str, landed: "LandedWindow") -> Iterator[Warned]:
    """What was noticed while the window was fetched."""
    for note in landed.notes:
        yield feed, note, f"cat {landed.path / 'manifest.json'}"


def of_verdict(settings: Settings, verdict: "Verdict") -> Iterator[Warned]:
    """What speaks against a window that was accepted all the same."""
    place: Path = WindowFiles(settings, verdict.feed, verdict.source, verdict.window).verdict
    for finding in verdict.told:
        yield verdict.feed, str(finding), f"cat {place}"


def of_build(found: "Iterable[BuildWarning]") -> Iterator[Warned]:
    """What the data tests of a build want a person to look at."""
    for warning in found:
        yield "build", str(warning), warning.look


def show(warnings: Iterable[Warned]) -> None:
    """Print each on a line of its own."""
    for what, found, look in warnings:
        out.print(f"[bold yellow]warning[/] {escape(what)}", end=": ")
        out.print(f"{plain(found, _LONGEST)}; to look: {look}", markup=False, soft_wrap=True)
