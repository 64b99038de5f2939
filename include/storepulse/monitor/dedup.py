"""Whether an incident goes on with an earlier one, and whether people should hear of it again.

What is known now is compared with everything that was told of the incident, not with the day
before: whoever read that a KPI is 80 % down learns nothing from a second day at 80 %.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from storepulse.monitor.correlation import goes_on
from storepulse.monitor.records import Incident, JudgedDay, SeriesKey, Severity

# An anomaly of the same series within a week goes on with the incident instead of starting one.
DAYS_OF_ONE_INCIDENT = 7
# One usual day may be chance where the range is wide; after two in a row it was over.
USUAL_DAYS_THAT_END_IT = 2
# Half as far again is clearly worse. A weekend brings up to a fifth more orders than a weekday, and
# with them a fifth more of both the money that is missing and the cases that are.
WORSE = 1.5
# A deep fall has little room to go half as far again, and beyond two thirds none. From a half on,
# where both are the same, half of what was left is worse, until nine tenths are gone: the rest is
# chance.
_DEEP, _GONE = -1 / 2, -0.9
# A share of a count is rarely exact in binary.
_EXACT = 1e-9

_GRAVITY: dict[Severity, int] = {"medium": 0, "high": 1}


@dataclass(frozen=True)
class EarlierIncident:
    """An incident that may go on.

    Attributes:
        incident_id: its name.
        tellings: all that was told of it, oldest first.
    """

    incident_id: str
    tellings: tuple[Incident, ...]


@dataclass(frozen=True)
class Worsening:
    """One way in which an incident is worse than it was ever told.

    Attributes:
        what: `severity`, `money`, or `distance` of one KPI of one slice.
        told: the telling that comes nearest to what is known now.
        before: what that telling said of the KPI, and
        now: what is known now; both None unless it is about `distance`.
    """

    what: Literal["severity", "money", "distance"]
    told: Incident
    before: JudgedDay | None = None
    now: JudgedDay | None = None


def goes_on_with(incident: Incident, earlier: EarlierIncident) -> bool:
    """Tell whether an incident of the day after has the cause of an earlier one."""
    return any(
        goes_on(before, now, {**told.kpis, **incident.kpis})
        for told in earlier.tellings
        for before in told.anomalies
        for now in incident.anomalies
    )


def step_to_tell(
    incident: Incident, tellings: Sequence[Incident]
) -> Literal["worse", "more"] | None:
    """Name what is new about an incident that goes on; None when nobody needs to hear of it.

    It is worse as `worsenings` says; there is more to tell when it has reached the whole store, its
    cause was found, or it costs money where none was known of before.
    """
    if any(worsenings(incident, tellings)):
        return "worse"
    known = {fact.kind for told in tellings for fact in told.facts}
    reached_store = incident.primary.key.is_total and not any(
        told.primary.key.is_total for told in tellings
    )
    found_cause = any(fact.kind not in known for fact in incident.facts)
    found_money = incident.money_at_stake > 0 and not any(told.money_at_stake for told in tellings)
    return "more" if reached_store or found_cause or found_money else None


def worsenings(incident: Incident, tellings: Sequence[Incident]) -> Iterator[Worsening]:
    """Give each way in which an incident is worse than anything that was told of it.

    A higher severity; half as much money again at stake, where it is known both times; the same KPI
    of the same slice half as far again from what was expected. Different KPIs are never compared: a
    rate that goes from 0.1 to 13 % is no measure for sales.

    Args:
        incident: what is known now.
        tellings: all that was told of it, oldest first; at least one.
    """
    before = gravest(tellings)
    if _GRAVITY[incident.severity] > _GRAVITY[before.severity]:
        yield Worsening("severity", before)
    dearest = max(tellings, key=lambda told: told.money_at_stake)
    if 0 < dearest.money_at_stake * WORSE <= incident.money_at_stake:
        yield Worsening("money", dearest)
    for now in incident.anomalies:
        told = [(one, told) for told in tellings for one in _of(now.key, told) if _alike(one, now)]
        if told:
            farthest, telling = max(told, key=lambda pair: abs(pair[0].change))
            if _is_further(farthest.change, now.change):
                yield Worsening("distance", telling, farthest, now)


def gravest(tellings: Sequence[Incident]) -> Incident:
    """The first telling with the highest severity."""
    return max(tellings, key=lambda told: _GRAVITY[told.severity])


def _of(key: SeriesKey, told: Incident) -> Iterator[JudgedDay]:
    yield from (one for one in told.anomalies if one.key == key)


def _alike(before: JudgedDay, now: JudgedDay) -> bool:
    """Tell whether both are to the same side of what was expected."""
    return before.change * now.change > 0


def _is_further(told: float, now: float) -> bool:
    if told < _DEEP:
        return 1 + now <= (1 + told) / 2 + _EXACT and told > _GONE + _EXACT
    return abs(now) >= WORSE * abs(told) - _EXACT
