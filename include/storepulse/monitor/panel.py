"""What detection knows after walking over all days: values, expected ranges and anomalies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from storepulse.monitor.records import EvaluatedDay, SeriesKey

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

NO_EVENT, PROMOTION, HOLIDAY, NEXT_TO_EVENT = 0, 1, 2, 3

Model = Literal["count", "amount", "ratio", "mean", "index"]

# From this score on a day is anomalous: `detect.evaluate` decides which anomalies matter.
ANOMALY_THRESHOLD = 3.5


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
        events: (S, T) one of NO_EVENT, PROMOTION, HOLIDAY, NEXT_TO_EVENT (the day before or after).
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
        """The column of a day."""
        return (day - self.first_day).days

    def day_of(self, column: int) -> date:
        """The day of a column."""
        return self.first_day + timedelta(days=column)


@dataclass(frozen=True)
class Band:
    """Expected ranges, (S, T) each; nan where a series was not known well enough yet.

    Attributes:
        center: expected value in the KPI's own unit.
        lower: and
        upper: bounds of the expected range.
        scores: distance from the expected value, in this series' own standard deviations.
    """

    center: Floats
    lower: Floats
    upper: Floats
    scores: Floats


@dataclass(frozen=True)
class Evaluation:
    """The result of one evaluation run.

    Attributes:
        days: every new closed day of every series that could be evaluated, anomalies marked.
        closed: newest closed day by (store, KPI); a pair without any evaluated day is left out, so
            that the day is evaluated by a later run.
        panel: the values, and
        band: the expected ranges, for diagnosis.
    """

    days: tuple[EvaluatedDay, ...]
    closed: Mapping[tuple[str, str], date]
    panel: Panel
    band: Band

    @property
    def anomalies(self) -> list[EvaluatedDay]:
        """The days that deserve attention."""
        return [day for day in self.days if day.is_anomaly]

    @cached_property
    def rows(self) -> Mapping[SeriesKey, int]:
        """The row of each series in panel and band."""
        return {key: row for row, key in enumerate(self.panel.keys)}

    def seen(self, key: SeriesKey, day: date) -> EvaluatedDay | None:
        """Any series on any day with its expected range; None where it could not be evaluated.

        Days that are not closed could not be evaluated, so nobody can quote them.
        """
        row = self.rows.get(key)
        column = self.panel.column_of(day)
        if row is None or not 0 <= column < self.panel.values.shape[1]:
            return None
        return evaluated_day(self.panel, self.band, row, column)


def evaluated_day(panel: Panel, band: Band, row: int, column: int) -> EvaluatedDay | None:
    """One series on one day with its expected range, not yet marked; None if that is not known."""
    if np.isnan(band.scores[row, column]):
        return None
    return EvaluatedDay(
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
    """How many of the last days were anomalous in the same direction as the last one."""
    same_side = np.nan_to_num(scores * np.sign(scores[-1])) >= ANOMALY_THRESHOLD
    return int(np.argmin(same_side[::-1])) if not same_side.all() else len(same_side)
