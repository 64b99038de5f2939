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

# A file or pipe has no width; without one, tables would be cut at eighty columns.
WIDTH_OF_A_PIPE = 160

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE)
err = Console(stderr=True, highlight=False)

_NUMBERS = {"windows", "landed", "accepted", "quarantined", "rows", "row", "refused before"}
_NUMBERS |= {"dropped", "corrected"}
# Characters of a value from a source that one line shows.
_SHOWN = 400
# Currency codes have three letters; this is enough to recognize anything else.
_SHOWN_OF_A_CURRENCY = 24


def money(amounts: Mapping[str, Decimal]) -> str:
    """Write amounts by currency: `12.50 CNY, 3.00 USD`; a dash when there are none."""
    written = [one_amount(amount, code) for code, amount in sorted(amounts.items()) if amount]
    return ", ".join(written) or "–"


def one_amount(amount: Decimal, currency: str) -> str:
    """Write an amount: `12.50 CNY`.

    The currency of a quarantined row is whatever the source delivered: it is cut short, and its
    markup is escaped.
    """
    return f"{amount:,.2f} {escape(plain(currency[:_SHOWN_OF_A_CURRENCY]))}"


def plain(value: object, longest: int = _SHOWN) -> str:
    """Write a source's value on one line: short, and with control characters escaped."""
    text = "null" if value is None else str(value)
    written = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text[:longest])
    return written if len(text) <= longest else f"{written}… ({len(text):,} characters)"


def stamp(moment: datetime | None) -> str:
    """Write a UTC time to the minute; a dash when there is none."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def table(*columns: str) -> Table:
    """Make an empty table; columns of counts are aligned to the right."""
    made = Table(box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in _NUMBERS else "left")
    return made


def print_error(what: str, message: str) -> None:
    """Print what failed, and the error's message, on standard error."""
    err.print(f"[bold red]{what}[/]", end=": ")
    err.print(message, markup=False, soft_wrap=True)


def unwrap_help(commands: typer.Typer) -> None:
    """Unwrap the docstrings that `--help` shows, so that they fill the terminal's width."""
    for command in commands.registered_commands:
        paragraphs = (inspect.getdoc(command.callback) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)
