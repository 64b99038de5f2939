"""Suite arguments filled in per window: `$window_end_plus_1d`, `$usual_rows_times_50` and such."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

from storepulse.validate.volume import UsualRows
from storepulse.windows import Window

BUSY_HOURS, USUAL_SNAPSHOTS = "$busy_hours", "$usual_snapshots"

# Below this many rows a multiple of the usual means little: three stores instead of one is news,
# not a flood.
NEVER_TOO_MANY_ROWS = 1000


@dataclass(frozen=True)
class Placeholders:
    """The values of `$names` for one window.

    Attributes:
        window: bounds for times.
        usual_rows: rows that a window of this length usually has; None before the first one.
        busy_hours: its hours that had many rows in each of the weeks before; None until there
            are two such weeks.
        usual_snapshots: whose snapshots arrived at this time before (`us_site: alpha`); None until
            there are two such times.
    """

    window: Window
    usual_rows: UsualRows | None
    busy_hours: Sequence[str] | None = None
    usual_snapshots: Sequence[str] | None = None

    def value(self, given: object) -> object:
        """Give the value of an argument; anything but a `$name` stays as it is.

        `$window_start`, `$window_end`, with `_plus_1d`, `_minus_6h` and such: an ISO moment, UTC.
        `$usual_rows_times_0.1`: that share of the rows usual at this time of the week.
        `$usual_rows_times_50`: that multiple of them, or of the general pace if that is more, never
        below NEVER_TOO_MANY_ROWS. `$busy_hours`: a list of hours. `$usual_snapshots`: a list such
        as `us_site: alpha`. None where the usual is not known. `$iso_currencies`,
        `$iana_time_zones`: lists of the codes in use.

        Raises:
            ValueError: an unknown name.
        """
        if not isinstance(given, str) or not given.startswith("$"):
            return given
        if given == "$iso_currencies":
            return iso_currencies()
        if given == "$iana_time_zones":
            return time_zones()
        if given in {BUSY_HOURS, USUAL_SNAPSHOTS}:
            known = self.busy_hours if given == BUSY_HOURS else self.usual_snapshots
            return known or None
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
        usual = self.usual_rows
        if times < 1:
            return int(usual.at_this_time * times)
        # A shop may open on its first Saturday: as many rows as on other days are no flood.
        most = max(usual.at_this_time, usual.at_this_pace)
        return max(NEVER_TOO_MANY_ROWS, int(most * times))


@cache
def time_zones() -> list[str]:
    """Names of time zones of real places, and of UTC and its fixed offsets.

    Excluded are the names of a computer's own setting (`localtime`, `posixrules`, `Factory`),
    copies with other rules for leap seconds, and EST, MST and HST, which look like zones with
    daylight saving time and have none.
    """
    no_places = {"Factory", "localtime", "posixrules", "EST", "MST", "HST"}
    copies = ("posix/", "right/", "SystemV/")
    return sorted(
        zone
        for zone in available_timezones()
        if zone not in no_places and not zone.startswith(copies)
    )


@cache
def iso_currencies() -> list[str]:
    """ISO 4217 codes that are legal tender somewhere today, from Unicode's CLDR.

    Excluded are the codes for testing (XTS), for no currency (XXX) and for abolished ones (DEM).
    """
    return sorted(
        {
            code
            for entries in get_global("territory_currencies").values()
            for code, _start, end, is_tender in entries
            if end is None and is_tender
        }
    )
