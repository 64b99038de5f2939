"""How results and errors look in a terminal."""

import inspect
import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

# A file or pipe has no width of its own; tables in it are not to be cut at a terminal's eighty.
WIDTH_OF_A_PIPE = 160

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE)
err = Console(stderr=True, highlight=False)

_NUMBERS = {"windows", "landed", "accepted", "quarantined", "rows", "row", "refused before"}
_NUMBERS |= {"dropped", "corrected"}
# Characters of a value from a source that one line shows.
_SHOWN = 400
# Codes have three letters; as much tells what stands there instead.
_SHOWN_OF_A_CURRENCY = 24


def money(amounts: Mapping[str, Decimal]) -> str:
    """Write amounts by currency: `12.50 CNY, 3.00 USD`; a dash when there are none."""
    written = [one_amount(amount, code) for code, amount in sorted(amounts.items()) if amount]
    return ", ".join(written) or "–"


def one_amount(amount: Decimal, currency: str) -> str:
    """Write an amount: `12.50 CNY`.

    The currency of a refused row is whatever the source said: it is kept short, and markup in it
    is not obeyed.
    """
    return f"{amount:,.2f} {escape(plain(currency[:_SHOWN_OF_A_CURRENCY]))}"


def plain(value: object, longest: int = _SHOWN) -> str:
    """Write a source's value on one line: short, and nothing in it steers the terminal."""
    text = "null" if value is None else str(value)
    written = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text[:longest])
    return written if len(text) <= longest else f"{written}… ({len(text):,} characters)"


def stamp(moment: datetime | None) -> str:
    """Write a UTC moment to the minute; a dash when there is none."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def table(*columns: str) -> Table:
    """Make an empty table; columns that hold counts are aligned to the right."""
    made = Table(box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in _NUMBERS else "left")
    return made


def complain(what: str, message: str) -> None:
    """Say on standard error what failed, in the error's own words."""
    err.print(f"[bold red]{what}[/]", end=": ")
    err.print(message, markup=False, soft_wrap=True)


def let_help_flow(commands: typer.Typer) -> None:
    """Take docstrings' line ends out of what `--help` shows, which is as wide as the terminal."""
    for command in commands.registered_commands:
        paragraphs = (inspect.getdoc(command.callback) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)
