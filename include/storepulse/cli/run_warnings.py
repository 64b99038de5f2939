"""The warnings of a step, one line each below its output, with the command that shows more."""

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
    from storepulse.validate import ValidationResult

# A finding lists the received columns, an example and its reason.
_LONGEST = 2000

# Feed or step, the finding, and the command that shows more.
Warned = tuple[str, str, str]


def of_landing(feed: str, landed: "LandedWindow") -> Iterator[Warned]:
    """What was noticed while the window was extracted."""
    for note in landed.notes:
        yield feed, note, f"cat {landed.path / 'manifest.json'}"


def of_validation(settings: Settings, result: "ValidationResult") -> Iterator[Warned]:
    """The warnings of an accepted window."""
    path: Path = WindowFiles(settings, result.feed, result.source, result.window).validation
    for finding in result.warnings:
        yield result.feed, str(finding), f"cat {path}"


def of_build(found: "Iterable[BuildWarning]") -> Iterator[Warned]:
    """The data tests of severity warn that failed in a build."""
    for warning in found:
        yield "build", str(warning), warning.look


def show(warnings: Iterable[Warned]) -> None:
    """Print one line per warning."""
    for what, found, command in warnings:
        out.print(f"[bold yellow]warning[/] {escape(what)}", end=": ")
        out.print(f"{plain(found, _LONGEST)}; details: {command}", markup=False, soft_wrap=True)
