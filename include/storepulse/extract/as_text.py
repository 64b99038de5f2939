"""Values of a database driver as landed text: exact, and the same whatever driver gave them."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pyarrow as pa

_TYPE_NAMES: dict[type, str] = {
    str: "text",
    int: "integer",
    float: "double",
    Decimal: "numeric",
    bool: "boolean",
    datetime: "timestamp",
    date: "date",
    time: "time",
    bytes: "binary",
    memoryview: "binary",
}
_NONE = type(None)


def column_as_text(values: Sequence[object]) -> pa.Array:
    """Write one column's values as text; null stays null.

    Decimals keep their digits, moments become `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, booleans
    `true` and `false`.
    """
    kinds = set(map(type, values)) - {_NONE}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {int, float}:
        # A SQLite amount without cents is stored as an integer: the usual case, so a fast one.
        write: Callable[..., str] = _number
    elif len(kinds) > 1:
        return pa.array([_as_text(value) for value in values], pa.string())
    else:
        write = _writer_of(kinds.pop())
    return pa.array([None if value is None else write(value) for value in values], pa.string())


def type_names(values: Sequence[object]) -> set[str]:
    """Name the types a column's values have; empty when all are null."""
    return {_TYPE_NAMES.get(kind, kind.__name__) for kind in set(map(type, values)) - {_NONE}}


def _as_text(value: object) -> str | None:
    return None if value is None else _writer_of(type(value))(value)


def _writer_of(kind: type) -> Callable[..., str]:
    return _WRITERS.get(kind, str)


def _moment(value: datetime) -> str:
    return str(value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None))


def _double(value: float) -> str:
    # A double holds 15 decimal digits faithfully. SQLite has no other type for 12.30 * 3, and the
    # digits behind the fifteenth are the binary's noise, not the shop's cents.
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _number(value: int | float) -> str:
    return str(value) if type(value) is int else _double(value)


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _binary(value: bytes | memoryview) -> str:
    return bytes(value).hex()


_WRITERS: dict[type, Callable[..., str]] = {
    str: str,
    float: _double,
    Decimal: _decimal,
    bool: _boolean,
    datetime: _moment,
    bytes: _binary,
    memoryview: _binary,
    UUID: str,
    dict: json.dumps,
    list: json.dumps,
}
