"""Many rows, one case each, validated together among good ones.

Great Expectations costs a second per window, and what is wrong with one row does not depend on the
others as long as most of them are good.
"""

import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import duckdb

from bad_input.shop import Outcome, Shop
from storepulse.lake.paths import WindowFiles
from support.landed_windows import GOOD_ROWS, MARKED_COLUMN, SOURCE, WINDOW, good_rows

# So many that no rule rejects the window as a whole.
GOOD = 400


class OneWindow:
    """The rows of one feed's cases; they are validated when the first outcome is needed."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self._rows: list[Mapping[str, str | None]] = good_rows(feed, GOOD)

    def with_row(self, **changes: str | None) -> Callable[[Shop], Outcome]:
        """Add a good row with changes, and return a function that gives its outcome."""
        name = f"case-{len(self._rows)}"
        self._rows.append({**GOOD_ROWS[self.feed], MARKED_COLUMN[self.feed]: name, **changes})
        position = len(self._rows)
        return lambda shop: self._evaluated.get(position, Outcome("lost"))

    @cached_property
    def _evaluated(self) -> dict[int, Outcome]:
        with tempfile.TemporaryDirectory(prefix="storepulse-bad-input-") as folder:
            shop = Shop(Path(folder))
            outcome = shop.rows(self.feed, self._rows)
            if outcome.result.startswith("rejected"):
                return dict.fromkeys(range(len(self._rows) + 1), outcome)
            files = WindowFiles(shop.settings, self.feed, SOURCE, WINDOW)
            validated = {}
            if files.quarantined.exists():
                refused = duckdb.execute(
                    f"select _position, list_sort(_rules) from '{files.quarantined}'"
                ).fetchall()
                validated = {
                    at: Outcome("quarantined: " + ", ".join(rules)) for at, rules in refused
                }
            accepted = duckdb.execute(f"select * from '{files.accepted}'")
            names = [name for name, *_ in accepted.description]
            for values in accepted.fetchall():
                row = dict(zip(names, map(_as_text, values), strict=True))
                validated[int(row["_position"] or 0)] = Outcome("accepted", "", row)
            return validated


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)
