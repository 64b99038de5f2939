"""Values that a suite can only name: `$window_end_plus_1d`, `$usual_rows_times_50` and such."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

from storepulse.windows import Window

# Below this many rows a multiple of the usual says nothing: three stores instead of one is news,
# not a flood.
NEVER_TOO_MANY_ROWS = 1000


@dataclass(frozen=True)
class Placeholders:
    """What `$names` stand for while one window is judged.

    Attributes:
        window: bounds for times.
        usual_rows: rows that earlier windows would have brought in a window of this length; None
            before there was one.
    """

    window: Window
    usual_rows: float | None

    def value(self, given: object) -> object:
        """Give the value of an argument; what is no `$name` stays as it is.

        `$window_start`, `$window_end`, with `_plus_1d`, `_minus_6h` and such: an ISO moment, UTC.
        `$usual_rows_times_50`: that many rows, never below NEVER_TOO_MANY_ROWS; None when the
        usual is not known. `$iso_currencies`, `$iana_time_zones`: lists of the codes in use.

        Raises:
            ValueError: an unknown name.
        """
        if not isinstance(given, str) or not given.startswith("$"):
            return given
        if given == "$iso_currencies":
            return iso_currencies()
        if given == "$iana_time_zones":
            return sorted(available_timezones())
        moment = re.fullmatch(r"\$window_(start|end)(?:_(plus|minus)_(\d+)([dh]))?", given)
        if moment:
            return self._moment(*moment.groups())
        times = re.fullmatch(r"\$usual_rows_times_(\d+(?:\.\d+)?)", given)
        if times:
            return self._rows(float(times[1]))
        raise ValueError(f"uses {given}, which is not a known placeholder")

    def _moment(self, bound: str, direction: str | None, count: str | None, unit: str) -> str:
        moment = self.window.start if bound == "start" else self.window.end
        if direction and count:
            span = timedelta(days=int(count)) if unit == "d" else timedelta(hours=int(count))
            moment = moment + span if direction == "plus" else moment - span
        return moment.replace(tzinfo=None).isoformat()

    def _rows(self, times: float) -> int | None:
        if self.usual_rows is None:
            return None
        if times < 1:
            return int(self.usual_rows * times)
        return max(NEVER_TOO_MANY_ROWS, int(self.usual_rows * times))


@cache
def iso_currencies() -> list[str]:
    """ISO 4217 codes that are legal tender somewhere today, from Unicode's CLDR.

    Codes of testing (XTS), of no currency (XXX) and of abolished ones (DEM) are not among them.
    """
    return sorted(
        {
            code
            for entries in get_global("territory_currencies").values()
            for code, _start, end, is_tender in entries
            if end is None and is_tender
        }
    )
