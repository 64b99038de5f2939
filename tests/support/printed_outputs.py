"""Printed outputs in README and docs: written by the commands themselves, and compared with them.

    <!-- output of: make help -->       the whole output
    <!-- excerpt of: make run -->       some lines of it, with `…` for what is left out

A fenced block follows the comment. `make readme` rewrites every block; `make run` takes minutes, so
its excerpts are rewritten from a file: `make readme ARGS='--run output.txt'`.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^<!-- (output|excerpt) of: ([^\n]+) -->\n```text\n(.*?)^```$", re.M | re.S)
_NUMBER = re.compile(r"[-−]?(?:CN¥|€|\$|US\$)?\d[\d,.:-]*%?|–")
LEFT_OUT = "…"


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        page: path of the page, relative to the project.
        is_whole: the whole output, not an excerpt.
        command: the command that prints it.
        lines: the lines between the fences.
    """

    page: str
    is_whole: bool
    command: str
    lines: tuple[str, ...]


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> Iterator[Block]:
    for page in pages():
        for kind, command, body in _BLOCK.findall(page.read_text(encoding="utf-8")):
            name = page.relative_to(ROOT).as_posix()
            yield Block(name, kind == "output", command, tuple(body.splitlines()))


def _help_of_make() -> str:
    return subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        # Not those of the `make` that may have started us.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _help_of_storepulse() -> str:
    from typer.testing import CliRunner

    from storepulse.cli.app import app

    plain = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "TERM": "dumb", "NO_COLOR": "1"}
    return CliRunner().invoke(app, ["--help"], env=plain, prog_name="storepulse").output


# Cheap, and the same on every machine.
OUTPUTS: Mapping[str, Callable[[], str]] = {
    "make help": _help_of_make,
    "storepulse --help": _help_of_storepulse,
}


def printed(output: str) -> tuple[str, ...]:
    """An output's lines without blanks at their ends and without empty lines around them."""
    return tuple("\n".join(line.rstrip() for line in output.splitlines()).strip("\n").splitlines())


def lines_that_differ(command: str, output: str) -> list[str]:
    """What blocks show of a command and its output lacks, as `page: line`.

    In an excerpt numbers, places and the room between columns may differ, because a test runs the
    command on less data than a reader does.
    """
    lines = printed(output)
    shapes = {shape(line) for line in lines}
    return [
        f"{block.page}: {line}"
        for block in blocks()
        if block.command == command and not (block.is_whole and block.lines == lines)
        for line in block.lines
        if block.is_whole or (line.strip(f" {LEFT_OUT}") and shape(line) not in shapes)
    ]


def shape(line: str) -> str:
    """A line without what differs from run to run."""
    line = re.sub(r"\S*/(?=(?:serving|outbox|report)\b)", "/", line)
    return " ".join(_NUMBER.sub("#", line).split())


def rewritten(text: str, outputs: Mapping[str, str]) -> str:
    """A page with every block as its command prints it now."""

    def replaced(block: re.Match[str]) -> str:
        kind, command, body = block.groups()
        if command not in outputs:
            return block[0]
        lines = printed(outputs[command])
        if kind == "excerpt":
            lines = tuple(_line_like(line, lines) for line in body.splitlines())
        return "\n".join([f"<!-- {kind} of: {command} -->", "```text", *lines, "```"])

    return _BLOCK.sub(replaced, text)


def _line_like(line: str, lines: tuple[str, ...]) -> str:
    """The line that begins as this one does; this one when there is none."""
    if not line.strip(f" {LEFT_OUT}"):
        return line
    return next((one for one in lines if _label(one) == _label(line)), line)


def _label(line: str) -> str:
    """What a line begins with: its first column, or its words before the first number."""
    return re.split(r"\s{2,}|\s*(?=\d)", line.strip(), maxsplit=1)[0]


def main() -> None:
    """Rewrite the blocks of every page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--run", type=Path, help="a file with what `make run` printed")
    given = parser.parse_args()
    outputs = {command: output() for command, output in OUTPUTS.items()}
    if given.run:
        # Nobody else's home is named there.
        shown = given.run.read_text(encoding="utf-8").replace(str(ROOT), "/…/storepulse")
        outputs["make run"] = shown
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = rewritten(before, outputs)
        if after != before:
            page.write_text(after, encoding="utf-8")
            sys.stdout.write(f"rewrote {page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
