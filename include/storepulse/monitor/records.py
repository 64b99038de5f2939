"""What detection finds and explanation tells, as records that the later steps share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from storepulse.serving.catalog import CalendarEvent, Kpi, Store
from storepulse.serving.readiness import NotReady

ALL = "all"

Severity = Literal["high", "medium"]
Status = Literal["anomaly", "outside", "usual"]


@dataclass(frozen=True, order=True)
class SeriesKey:
    """One line of numbers: a KPI of a store, in total or in one slice."""

    store_id: str
    kpi: str
    dimension: str
    member: str

    @property
    def is_total(self) -> bool:
        """Tell whether this is the whole store."""
        return self.dimension == ALL


@dataclass(frozen=True)
class JudgedDay:
    """One closed day of one series, and what was usual for it.

    Attributes:
        value: in the KPI's own unit.
        expected: middle of what was usual for such a day.
        lower: and
        upper: the usual range: 99 of 100 such days lie inside.
        score: how odd, in standard deviations; negative is below.
        is_anomaly: odd enough, large enough, and in a direction that matters.
        is_bad: the deviation is to the side that hurts (the other one asks for a check).
        days_in_a_row: closed days up to this one that were odd the same way, this one included.
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
    def status(self) -> Status:
        """How the day reads in a table: usual, outside the usual range, or an anomaly."""
        if self.is_anomaly:
            return "anomaly"
        return "usual" if self.lower <= self.value <= self.upper else "outside"


@dataclass(frozen=True)
class Contribution:
    """What one slice did to the change of the whole; a table of them adds up to it.

    Attributes:
        member: the slice; None for everything that has no line of its own.
        value: and
        expected: of this slice, in the KPI's unit; None in the line of everything else.
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
        whole: the store that the rows add up to, which the primary KPI may be a slice of; None
            in records of before it was kept.
    """

    dimension: str
    rows: tuple[Contribution, ...]
    culprit: str | None
    whole: Contribution | None = None


@dataclass(frozen=True)
class Fact:
    """Something else that is known about the day and bears on it; `kind` names its sentence."""

    kind: str
    values: Mapping[str, str | float | int | date]


@dataclass(frozen=True)
class History:
    """Eight weeks of the primary series up to its day, for the chart; None where unknown."""

    first_day: date
    values: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]


@dataclass(frozen=True)
class Incident:
    """One cause on one day of one store, as far as it can be told; one mail.

    It holds all that its mail needs, in no language, so that the mail can be written again.

    Attributes:
        incident_id: stable name, safe in paths and headers.
        primary: the KPI that says best what is at stake.
        anomalies: every series that belongs to it, the primary one included.
        surroundings: the other KPIs of the same store (or slice) and day, odd or not.
        money_at_stake: in the store's currency; 0 when no money moved.
        is_data_fault: the facts say that the data is wrong rather than the business.
        events: what the calendar says of the day.
        not_ready: what cannot be told of the day, and why; empty in records of before it was kept.
    """

    incident_id: str
    store: Store
    day: date
    kpis: Mapping[str, Kpi]
    primary: JudgedDay
    anomalies: tuple[JudgedDay, ...]
    surroundings: tuple[JudgedDay, ...]
    severity: Severity
    money_at_stake: float
    is_data_fault: bool
    breakdown: Breakdown | None
    facts: tuple[Fact, ...]
    events: tuple[CalendarEvent, ...]
    history: History
    not_ready: tuple[NotReady, ...] = ()

    @property
    def kpi(self) -> Kpi:
        """The primary KPI."""
        return self.kpis[self.primary.key.kpi]
