"""Records of detection and diagnosis that the later steps share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from storepulse.serving.catalog import CalendarEvent, Kpi, Store
from storepulse.serving.readiness import NotReady

ALL = "all"

Severity = Literal["high", "medium"]
Status = Literal["anomaly", "low", "high", "usual"]

# A day is called usual inside the range that holds 80 of 100 such days, and only if less than a
# tenth of the expected value away: a fall of sales by half is never usual, however small the shop.
USUAL_SCORE, USUAL_CHANGE = 1.2816, 0.1


# Evidence that the numbers are wrong rather than the business, and the feeds that are at fault.
DATA_FAULTS: Mapping[str, frozenset[str]] = {
    "lost_tracking": frozenset({"traffic"}),
    "repeated_orders": frozenset({"orders", "order_lines"}),
}


@dataclass(frozen=True, order=True)
class SeriesKey:
    """One time series: a KPI of a store, in total or in one slice."""

    store_id: str
    kpi: str
    dimension: str
    member: str

    @property
    def is_total(self) -> bool:
        """Whether this is the whole store."""
        return self.dimension == ALL


@dataclass(frozen=True)
class EvaluatedDay:
    """One closed day of one series, with the values expected for it.

    Attributes:
        value: in the KPI's own unit.
        expected: the expected value of such a day.
        lower: and
        upper: the expected range: 99 of 100 such days lie inside.
        score: distance from the expected value in standard deviations; negative is below.
        is_anomaly: unusual enough, large enough, and in a direction that matters.
        is_bad: the deviation is in the harmful direction (the other one asks for a check).
        days_in_a_row: closed days up to and including this one that were anomalous in the same
            direction.
    """

    key: SeriesKey
    day: date
    value: float
    expected: float
    lower: float
    upper: float
    score: float
    is_anomaly: bool
    is_bad: bool
    days_in_a_row: int = 0

    @property
    def change(self) -> float:
        """Relative to what was expected: -0.39 is 39 % below."""
        return (self.value - self.expected) / self.expected if self.expected else 0.0

    @property
    def is_outside(self) -> bool:
        """Whether the value is outside the expected range."""
        return not self.lower <= self.value <= self.upper

    @property
    def where(self) -> Literal["anomaly", "outside", "usual"]:
        """An anomaly, outside its expected range, or inside: as stored, to see incidents end."""
        if self.is_anomaly:
            return "anomaly"
        return "outside" if self.is_outside else "usual"

    @property
    def status(self) -> Status:
        """An anomaly, usual, or low or high in a way that could be chance."""
        if self.is_anomaly:
            return "anomaly"
        if abs(self.score) <= USUAL_SCORE and abs(self.change) < USUAL_CHANGE:
            return "usual"
        return "low" if self.value < self.expected else "high"


@dataclass(frozen=True)
class Contribution:
    """What one slice contributed to the change of the whole; the rows of a table add up to it.

    Attributes:
        member: the slice; None for everything that has no row of its own.
        value: and
        expected: of this slice, in the KPI's unit; None in the row for everything else.
        change: its part of the whole's change, in the KPI's unit.
        percent: the same in whole percent of the whole's change; None when the whole hardly moved.
    """

    member: str | None
    value: float | None
    expected: float | None
    change: float
    percent: int | None


@dataclass(frozen=True)
class Breakdown:
    """The change of a KPI of a whole store, split along the dimension that explains it best.

    Attributes:
        culprit: the slice that makes up most of the change, far above its size; None when the
            change is spread.
        whole: the whole store, which the rows add up to; the primary KPI may be a slice of it.
            None in records written before this field existed.
    """

    dimension: str
    rows: tuple[Contribution, ...]
    culprit: str | None
    whole: Contribution | None = None


@dataclass(frozen=True)
class Evidence:
    """Something else that is known about the day and may explain it; `kind` names its sentence."""

    kind: str
    values: Mapping[str, str | float | int | date]


@dataclass(frozen=True)
class History:
    """Eight weeks of a series up to the incident's day, for the chart; None where unknown.

    `expected` and `special_days`, promotions and holidays, are empty in records written before
    these fields existed.
    """

    first_day: date
    values: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    expected: tuple[float | None, ...] = ()
    special_days: tuple[date, ...] = ()


@dataclass(frozen=True)
class Money:
    """The money that an incident costs on its day, in the store's currency.

    Attributes:
        carrier: the amount it is read from, such as paid GMV of the store or of the slice.
        amount: what is missing against the expected value, or given back beyond it; above 0.
        low: and
        high: its range: of 100 such days, 80 would have brought an amount this far away. A low of
            0 says that it could be chance.
        is_given_back: it was given back (refunds) rather than not taken.
        since: first day of the run of days that the incident's primary series is off.
        total: missing, or given back, over all days of that run.
    """

    carrier: EvaluatedDay
    amount: float
    low: float
    high: float
    is_given_back: bool
    since: date
    total: float

    @property
    def days(self) -> int:
        """Length of the run up to and including this day."""
        return (self.carrier.day - self.since).days + 1


@dataclass(frozen=True)
class Incident:
    """One cause on one day of one store; one mail.

    It holds everything its mail needs, independent of language, so that the mail can be written
    again.

    Attributes:
        incident_id: stable name, safe in paths and headers.
        primary: the anomaly that shows the incident best, and names it.
        anomalies: every series that belongs to it, the primary one included.
        surroundings: the other KPIs of the same store (or slice) and day, anomalous or not.
        money_at_stake: the amount of `money`; 0 when no money is missing, or it could be chance.
        is_data_fault: the evidence shows that the data is wrong rather than the business.
        evidence: what else is known of the day; stored under the key `facts`.
        events: the day's calendar events.
        history: eight weeks of the series the mail leads with.
        not_ready: which KPIs of the day are not ready, and why; empty in records written before
            this field existed.
        money: what it costs; None when that is nothing, when the data is at fault, and in records
            written before this field existed.
        next_to: special days that begin the day after or ended the day before; empty in records
            written before this field existed.
    """

    incident_id: str
    store: Store
    day: date
    kpis: Mapping[str, Kpi]
    primary: EvaluatedDay
    anomalies: tuple[EvaluatedDay, ...]
    surroundings: tuple[EvaluatedDay, ...]
    severity: Severity
    money_at_stake: float
    is_data_fault: bool
    breakdown: Breakdown | None
    evidence: Annotated[tuple[Evidence, ...], Field(alias="facts")]
    events: tuple[CalendarEvent, ...]
    history: History
    not_ready: tuple[NotReady, ...] = ()
    money: Money | None = None
    next_to: tuple[CalendarEvent, ...] = ()

    @property
    def kpi(self) -> Kpi:
        """The primary KPI."""
        return self.kpis[self.primary.key.kpi]

    @property
    def lead(self) -> EvaluatedDay:
        """What its mail leads with: the series that carries the money, or the primary one."""
        return self.money.carrier if self.money else self.primary

    @property
    def lead_kpi(self) -> Kpi:
        """The KPI its mail leads with."""
        return self.kpis[self.lead.key.kpi]
