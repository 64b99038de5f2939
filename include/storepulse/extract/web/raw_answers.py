"""Answers kept as received, and the records in them laid out for a query.

What an API or a shop window showed this morning cannot be asked for again, so it is kept with the
landed rows, one JSON object a line, gzipped.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from storepulse import sql_quoting
from storepulse.extract.file_tables import JSON_LINES

# Digits of the longest whole number; no database holds a longer one.
_LONGEST_NUMBER = 1000


# A field's name; any other key may be a person's name.
FIELD = re.compile(r"[A-Za-z_][\w-]{0,39}")


class AmbiguousJson(ValueError):
    """Raised when an object states a key twice, differently: it is not known which one counts.

    Attributes:
        key: how to call it in a message.
    """

    def __init__(self, key: str) -> None:
        self.key = repr(key) if FIELD.fullmatch(key) else "a key"
        super().__init__(f"it states {self.key} twice, differently")


class JsonLines:
    """A file of JSON objects, written one by one; gzipped when its name ends in `.gz`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Packed for keeping, not for speed; level 6 costs milliseconds a page.
        self._lines = (
            gzip.open(path, "wt", 6)  # noqa: SIM115
            if path.suffix == ".gz"
            else path.open("w")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()

    def write(self, record: object) -> None:
        """Append one object; non-ASCII is escaped, so the file has no encoding to get wrong."""
        self._lines.write(json.dumps(record) + "\n")


def read_answers(path: Path) -> Iterator[dict[str, object]]:
    """Give kept answers back, in the order received."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            yield json.loads(line)


def lay_out(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, columns: Iterable[tuple[str, str]]
) -> None:
    """Make a table `name` over a JSON-lines file, with the columns and types given."""
    typed = ", ".join(f"{sql_quoting.literal(column)}: '{kind}'" for column, kind in columns)
    connection.execute(
        f"create view {sql_quoting.name(name)} as "
        f"select * from read_json({sql_quoting.literal(path)}, {JSON_LINES}, columns = {{{typed}}})"
    )


def exact_json(text: str) -> object:
    """Parse JSON keeping the digits of its numbers: `12.30` becomes the text `12.30`.

    A key that stands twice in an object with the same value is not ambiguous.

    Raises:
        AmbiguousJson: a key stands twice in an object, with different values.
        ValueError: it is not JSON.
        RecursionError: it is nested deeper than any shop's record.
    """
    # RFC 8259 lets a reader pass over a byte-order mark, and some servers send one.
    return json.loads(
        text.removeprefix("\ufeff"),
        parse_float=str,
        parse_int=_whole_number,
        parse_constant=str,
        object_pairs_hook=_unambiguous,
    )


def _unambiguous(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    stated = dict(pairs)
    if len(stated) < len(pairs):
        for key, value in pairs:
            # By how they are written: to Python, 1 is True.
            if repr(value) != repr(stated[key]):
                raise AmbiguousJson(key)
    return stated


def _whole_number(digits: str) -> int | str:
    # Python refuses to make numbers of thousands of digits; that one value must not cost the page.
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits
