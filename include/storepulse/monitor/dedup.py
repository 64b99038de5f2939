"""Whether an incident continues an earlier one, and whether people should be notified again.

What is known now is compared with every notification of the incident, not with the day before:
someone who has read that a KPI is 80 % down learns nothing from a second day at 80 %.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from storepulse.monitor.correlation import may_continue
from storepulse.monitor.records import EvaluatedDay, Incident, SeriesKey, Severity

# An anomaly of the same series within a week continues the incident instead of starting a new one.
DAYS_OF_ONE_INCIDENT = 7
# One usual day may be chance where the range is wide; after two in a row it was over.
USUAL_DAYS_THAT_END_IT = 2
# 1.5 times as far is clearly worse. A weekend has up to a fifth more orders than a weekday, and so
# up to a fifth more missing money and missing cases.
WORSE = 1.5
# A deep fall has little room to become 1.5 times as deep, and beyond two thirds none. From one half
# on, where both rules agree, losing half of the rest is worse, until nine tenths are gone: below
# that it is chance.
_DEEP, _GONE = -1 / 2, -0.9
# A share of a count is rarely exact in binary.
_EXACT = 1e-9

_RANK: dict[Severity, int] = {"medium": 0, "high": 1}


@dataclass(frozen=True)
class EarlierIncident:
    """An earlier incident that may continue.

    Attributes:
        incident_id: its name.
        notifications: every version of it that was mailed, oldest first.
    """

    incident_id: str
    notifications: tuple[Incident, ...]


@dataclass(frozen=True)
class Worsening:
    """One way in which an incident is worse than in every notification so far.

    Attributes:
        what: `severity`, `money`, or `distance` of one KPI of one slice.
        notified: the notification that is closest to what is known now.
        before: the KPI's day in that notification, and
        now: its day now; both None unless `what` is `distance`.
    """

    what: Literal["severity", "money", "distance"]
    notified: Incident
    before: EvaluatedDay | None = None
    now: EvaluatedDay | None = None


def continues(incident: Incident, earlier: EarlierIncident) -> bool:
    """Return whether an incident may have the same cause as one of the day before."""
    return any(
        may_continue(before, now, {**notified.kpis, **incident.kpis})
        for notified in earlier.notifications
        for before in notified.anomalies
        for now in incident.anomalies
    )


def follow_up(
    incident: Incident, notifications: Sequence[Incident]
) -> Literal["worse", "more"] | None:
    """Name what is new about an incident that continues; None when no mail is needed.

    `worse` is what `worsenings` finds. `more` means that it has reached the whole store, that new
    evidence was found, or that it costs money where no cost was known before.
    """
    if any(worsenings(incident, notifications)):
        return "worse"
    known = {one.kind for notified in notifications for one in notified.evidence}
    reached_store = incident.primary.key.is_total and not any(
        notified.primary.key.is_total for notified in notifications
    )
    found_cause = any(one.kind not in known for one in incident.evidence)
    found_money = incident.money_at_stake > 0 and not any(
        notified.money_at_stake for notified in notifications
    )
    return "more" if reached_store or found_cause or found_money else None


def worsenings(incident: Incident, notifications: Sequence[Incident]) -> Iterator[Worsening]:
    """Yield each way in which an incident is worse than in all its notifications so far.

    A higher severity; 1.5 times the money at stake, where it is known both times; the same KPI of
    the same slice 1.5 times as far from its expected value. Different KPIs are never compared: a
    rate that goes from 0.1 to 13 % does not compare with a fall in sales.

    Args:
        incident: what is known now.
        notifications: every version of it that was mailed, oldest first; at least one.
    """
    worst = most_severe(notifications)
    if _RANK[incident.severity] > _RANK[worst.severity]:
        yield Worsening("severity", worst)
    costliest = max(notifications, key=lambda notified: notified.money_at_stake)
    if 0 < costliest.money_at_stake * WORSE <= incident.money_at_stake:
        yield Worsening("money", costliest)
    for now in incident.anomalies:
        before = [
            (one, notified)
            for notified in notifications
            for one in _of(now.key, notified)
            if _same_direction(one, now)
        ]
        if before:
            farthest, notified = max(before, key=lambda pair: abs(pair[0].change))
            if _is_further(farthest.change, now.change):
                yield Worsening("distance", notified, farthest, now)


def most_severe(notifications: Sequence[Incident]) -> Incident:
    """The first notification with the highest severity."""
    return max(notifications, key=lambda notified: _RANK[notified.severity])


def _of(key: SeriesKey, notified: Incident) -> Iterator[EvaluatedDay]:
    yield from (one for one in notified.anomalies if one.key == key)


def _same_direction(before: EvaluatedDay, now: EvaluatedDay) -> bool:
    """Return whether both are on the same side of the expected value."""
    return before.change * now.change > 0


def _is_further(before: float, now: float) -> bool:
    if before < _DEEP:
        return 1 + now <= (1 + before) / 2 + _EXACT and before > _GONE + _EXACT
    return abs(now) >= WORSE * abs(before) - _EXACT
