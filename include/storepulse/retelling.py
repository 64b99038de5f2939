"""Whether an incident goes on with an earlier one, and whether people should hear of it again."""

from dataclasses import dataclass
from typing import Literal

from storepulse.causes import goes_on
from storepulse.findings import Incident

# An anomaly of the same series within a week goes on with the incident instead of starting one.
DAYS_OF_ONE_INCIDENT = 7
# Half as far again from what was expected is clearly worse.
WORSE = 1.5


@dataclass(frozen=True)
class EarlierIncident:
    """An incident that may go on.

    Attributes:
        incident_id: its name.
        told_change: how far from what was expected it was when told last; 0.39 is 39 %.
        tellings: all that was told of it, oldest first.
    """

    incident_id: str
    told_change: float
    tellings: tuple[Incident, ...]


def goes_on_with(incident: Incident, earlier: EarlierIncident) -> bool:
    """Tell whether an incident of the day after has the cause of an earlier one."""
    return any(
        goes_on(before, now, {**told.kpis, **incident.kpis})
        for told in earlier.tellings
        for before in told.anomalies
        for now in incident.anomalies
    )


def step_to_tell(incident: Incident, earlier: EarlierIncident) -> Literal["worse", "more"] | None:
    """Name what is new about an incident that goes on; None when nobody needs to hear of it.

    It is worse when it is half as far again from what was expected; there is more to tell when it
    has reached the whole store or its cause was found.
    """
    if abs(incident.primary.change) >= WORSE * earlier.told_change:
        return "worse"
    known = {fact.kind for told in earlier.tellings for fact in told.facts}
    reached_store = incident.primary.key.is_total and not any(
        told.primary.key.is_total for told in earlier.tellings
    )
    found_cause = any(fact.kind not in known for fact in incident.facts)
    return "more" if reached_store or found_cause else None
