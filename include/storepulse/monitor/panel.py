"""What detection knows after walking over all days: the numbers, what was usual, what is odd."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from storepulse.monitor.records import JudgedDay, SeriesKey

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

NO_EVENT, PROMOTION, HOLIDAY, BESIDE = 0, 1, 2, 3

Model = Literal["count", "amount", "ratio", "mean", "index"]

# From here on a day is odd: see `detect.judge` for what is made of it.
ODD = 3.5


@dataclass(frozen=True)
class Panel:
    """All series of all stores over the same days.

    Attributes:
        keys: what each row is, S of them.
        first_day: the day of column 0; there are T columns without a gap.
        values: (S, T) in the KPI's own unit; nan where there is no row, the day is not closed, or
            the denominator is below the KPI's minimum.
        weights: (S, T) denominators of ratios; for sums of money what one order was worth in the
            weeks before, in the same currency; nan for counts and where it is not known.
        events: (S, T) one of NO_EVENT, PROMOTION, HOLIDAY, BESIDE (the day before or after).
        models: (S,) how each series varies.
    """

    keys: tuple[SeriesKey, ...]
    first_day: date
    values: Floats
    weights: Floats
    events: Integers
    models: npt.NDArray[np.str_]

    @property
    def weekdays(self) -> Integers:
        """(T,) Monday is 0."""
        return (self.first_day.weekday() + np.arange(self.values.shape[1])) % 7

    def column_of(self, day: date) -> int:
        """Where a day is."""
        return (day - self.first_day).days

    def day_of(self, column: int) -> date:
        """Which day a column is."""
        return self.first_day + timedelta(days=column)


@dataclass(frozen=True)
class Band:
    """What was usual, (S, T) each; nan where a series was not known well enough yet.

    Attributes:
        center: expected value in the KPI's own unit.
        lower: and
        upper: bounds of the usual range.
        scores: how odd the day was, in this series' own standard deviations.
    """

    center: Floats
    lower: Floats
    upper: Floats
    scores: Floats


@dataclass(frozen=True)
class Judgement:
    """Everything one run found out.

    Attributes:
        days: every new closed day of every series that could be judged, anomalies marked.
        closed: newest closed day by (store, KPI); a pair of which nothing could be judged is left
            out, so that the day is looked at again.
        panel: the numbers, and
        band: what was usual, for those who explain.
    """

    days: tuple[JudgedDay, ...]
    closed: Mapping[tuple[str, str], date]
    panel: Panel
    band: Band

    @property
    def anomalies(self) -> list[JudgedDay]:
        """The days that deserve attention."""
        return [day for day in self.days if day.is_anomaly]

    @cached_property
    def rows(self) -> Mapping[SeriesKey, int]:
        """Where each series is in panel and band."""
        return {key: row for row, key in enumerate(self.panel.keys)}

    def seen(self, key: SeriesKey, day: date) -> JudgedDay | None:
        """What was usual for any series on any day; None where it could not be judged.

        Days that are not closed could not be judged, so nobody can quote them.
        """
        row = self.rows.get(key)
        column = self.panel.column_of(day)
        if row is None or not 0 <= column < self.panel.values.shape[1]:
            return None
        return judged_day(self.panel, self.band, row, column)


def judged_day(panel: Panel, band: Band, row: int, column: int) -> JudgedDay | None:
    """What was usual for one series on one day, not yet weighed; None if it was not known."""
    if np.isnan(band.scores[row, column]):
        return None
    return JudgedDay(
        key=panel.keys[row],
        day=panel.day_of(column),
        value=float(panel.values[row, column]),
        expected=float(band.center[row, column]),
        lower=float(band.lower[row, column]),
        upper=float(band.upper[row, column]),
        score=float(band.scores[row, column]),
        is_anomaly=False,
        is_bad=False,
        days_in_a_row=_days_in_a_row(band.scores[row, : column + 1]),
    )


def _days_in_a_row(scores: np.ndarray) -> int:
    """How many of the last days were odd to the same side as the last one."""
    same_side = np.nan_to_num(scores * np.sign(scores[-1])) >= ODD
    return int(np.argmin(same_side[::-1])) if not same_side.all() else len(same_side)
