"""What a connector is asked for and what it returns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from storepulse.errors import SourceUnreadable, WindowTooLarge
from storepulse.windows import Window

ROWS = "rows.parquet"
RAW = "raw.jsonl.gz"
POSITION = "_position"


@dataclass(frozen=True)
class Request:
    """One query over one window.

    Attributes:
        query: the mapping's SQL; `:window_start` and `:window_end` are UTC moments.
        name: what to call the query in messages, `demo_shop/orders.sql`.
        into: an empty folder for `rows.parquet` and, from connections that cannot be
            asked the same thing again, `raw.jsonl.gz`.
        max_rows: more rows than this are refused; None takes any number.
        kept_raw: the raw answers of an earlier landing of the same window, if there are any.
        connection_label: how messages refer to the connection: the file that describes it, and its
            name there.
    """

    query: str
    name: str
    window: Window
    into: Path
    max_rows: int | None = None
    kept_raw: Path | None = None
    connection_label: str = "source.yaml"

    def refuse_beyond_max_rows(self, rows: int) -> None:
        """Stop when there are more rows than one window may have.

        Raises:
            WindowTooLarge: there are more than `max_rows`.
        """
        if self.max_rows is not None and rows > self.max_rows:
            raise WindowTooLarge(
                f"{self.name} gives more than max_rows = {self.max_rows} rows for {self.window}; "
                f"nothing was kept. Land shorter windows, or raise max_rows in source.yaml"
            )

    def refuse_own_names(self, columns: Iterable[str]) -> None:
        """Stop at a column that would stand where storepulse writes its own.

        Raises:
            SourceUnreadable: a column's name begins with an underscore.
        """
        for column in columns:
            if column.startswith("_"):
                raise SourceUnreadable(
                    f"{self.name} gives a column {column[:40]!r}; names that begin with an "
                    f"underscore are storepulse's own. Give it another name in the mapping, or "
                    f"leave it out"
                )


@dataclass(frozen=True)
class Extracted:
    """What was written.

    Attributes:
        columns: each column and the type the source gave it, in the query's order.
        raw: names of the files with raw answers.
        notes: what was skipped and why, for people; empty when all went well.
    """

    rows: int
    columns: Mapping[str, str]
    raw: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
