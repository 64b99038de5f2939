"""A small table as its columns: what a day's few dozen orders are, without the cost of a frame."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

# Every column has one entry per row; texts are objects, None where there is none.
Columns: TypeAlias = dict[str, npt.NDArray[Any]]


def taken(columns: Columns, rows: npt.NDArray[Any]) -> Columns:
    """Some rows of a table, chosen by position or by mask, in that order."""
    return {name: values[rows] for name, values in columns.items()}


def stacked(tables: Sequence[Columns]) -> Columns:
    """Tables of the same columns, one below the other; at least one."""
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def frame_of(tables: Sequence[Columns]) -> pd.DataFrame:
    """Tables of the same columns as one frame."""
    return pd.DataFrame(stacked(tables))


def texts(values: Sequence[str | None]) -> npt.NDArray[np.object_]:
    """A column of texts."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def same(value: str | int, count: int) -> npt.NDArray[Any]:
    """A column with the same value in every row."""
    return np.full(count, value, dtype=object if isinstance(value, str) else np.int64)


def named(names: Sequence[str], positions: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """A column of texts from positions in a list of names."""
    return texts(names)[positions]


def rows_in(columns: Columns) -> int:
    """How many rows a table has."""
    return len(next(iter(columns.values())))
