"""Values of a database driver as landed text: exact, and the same whatever driver returned them."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

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
    if float in kinds and kinds <= {int, float}:
        # SQLite keeps an amount without cents as an integer among its doubles.
        return _numbers_as_text(values)
    if len(kinds) > 1:
        return pa.array([_as_text(value) for value in values], pa.string())
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
    # A double is exact to 15 decimal digits. SQLite has no other type for 12.30 * 3, and the
    # digits behind the fifteenth are the binary's noise, not the shop's cents.
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _numbers_as_text(values: Sequence[object]) -> pa.Array:
    """Do what `_double` does to a whole column; most time of landing orders goes here."""
    texts = pa.array(
        [f"{v:.15g}" if type(v) is float else None if v is None else str(v) for v in values],
        pa.string(),
    )
    if pc.any(pc.match_substring(texts, "e")).as_py():
        return pa.array([_as_text(value) for value in values], pa.string())
    return texts


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
