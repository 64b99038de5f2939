"""Many rows, one case each, judged together among good ones.

Great Expectations costs a second a window, and what is wrong with one row does not depend on the
others as long as most of them are good.
"""

import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import duckdb

from bad_input.shop import Came, Shop
from storepulse.lake.paths import WindowFiles
from support.landed_windows import GOOD_ROWS, SOURCE, TELLING_COLUMN, WINDOW, good_rows

# So many that no rule speaks against the window as a whole.
GOOD = 400


class OneWindow:
    """The rows of one feed's cases; they are judged when the first of them is asked for."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self._rows: list[Mapping[str, str | None]] = good_rows(feed, GOOD)

    def with_row(self, **changes: str | None) -> Callable[[Shop], Came]:
        """Add a good row with changes, and give what asks for its verdict."""
        name = f"case-{len(self._rows)}"
        self._rows.append({**GOOD_ROWS[self.feed], TELLING_COLUMN[self.feed]: name, **changes})
        position = len(self._rows)
        return lambda shop: self._judged.get(position, Came("lost"))

    @cached_property
    def _judged(self) -> dict[int, Came]:
        with tempfile.TemporaryDirectory(prefix="storepulse-bad-input-") as folder:
            shop = Shop(Path(folder))
            came = shop.rows(self.feed, self._rows)
            if came.verdict.startswith("held back"):
                return dict.fromkeys(range(len(self._rows) + 1), came)
            files = WindowFiles(shop.settings, self.feed, SOURCE, WINDOW)
            judged = {}
            if files.quarantined.exists():
                refused = duckdb.execute(
                    f"select _position, list_sort(_rules) from '{files.quarantined}'"
                ).fetchall()
                judged = {at: Came("quarantined: " + ", ".join(rules)) for at, rules in refused}
            accepted = duckdb.execute(f"select * from '{files.accepted}'")
            names = [name for name, *_ in accepted.description]
            for values in accepted.fetchall():
                row = dict(zip(names, map(_as_text, values), strict=True))
                judged[int(row["_position"] or 0)] = Came("accepted", "", row)
            return judged


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)
