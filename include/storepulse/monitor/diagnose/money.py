"""What an incident costs: which series carries the money, how much is missing, how surely."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from statistics import NormalDist

from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import ALL, EvaluatedDay, Money, SeriesKey, Severity
from storepulse.serving.catalog import Kpi

# The KPI that measures what a day of a store is worth, and what stands for it in slices that only
# lines have, such as categories.
MONEY_KPI, MONEY_OF_SLICES = "paid_gmv", "gross_sales"
# A tenth of a day's money is worth an early phone call.
HIGH_SHARE_OF_DAY = 0.10
# The range of an amount holds 80 of 100 days; the expected range, from which it is taken, 99.
_RANGE_OF_MONEY, _EXPECTED_RANGE = NormalDist().inv_cdf(0.9), NormalDist().inv_cdf(0.995)
# A run of days goes back as long as each is as far off as only one in forty is by chance.
_PART_OF_RUN = NormalDist().inv_cdf(0.975)


def money_of(
    evaluation: Evaluation, anomalies: Sequence[EvaluatedDay], kpis: Mapping[str, Kpi]
) -> Money | None:
    """The money that did not come in, or was given back, on the day of an incident.

    It is read from an amount that is itself anomalous, the whole store's before a slice's;
    otherwise from what the place of the primary series took, or the whole store where that place
    is not counted in money.

    Args:
        evaluation: the values and their expected ranges.
        anomalies: of one incident, as `grouping` sorts them; at least one.
        kpis: the catalogue.

    Returns:
        None when money is as usual, or none is missing.
    """
    primary = anomalies[0]
    if not primary.is_bad:
        return None
    amounts = (one for one in anomalies if one.is_bad and _carries_money(kpis[one.key.kpi]))
    carrier = next(amounts, None) or next(_money_at(evaluation, primary), None)
    if carrier is None or carrier.status == "usual":
        return None
    found = _money(evaluation, primary, carrier, kpis)
    whole = evaluation.seen(SeriesKey(primary.key.store_id, MONEY_KPI, ALL, ALL), primary.day)
    if found is None or found.is_given_back or whole is None or carrier.key.is_total:
        return found
    everywhere = _money(evaluation, primary, whole, kpis)
    # A slice shows its own part more surely, unless far more than that is missing.
    return everywhere if everywhere and everywhere.low > found.amount else found


def _money(
    evaluation: Evaluation, primary: EvaluatedDay, carrier: EvaluatedDay, kpis: Mapping[str, Kpi]
) -> Money | None:
    is_back = kpis[carrier.key.kpi].direction == "down"
    if (carrier.value > carrier.expected) != is_back:
        return None
    since = _start(evaluation, primary)
    days = [carrier.day - timedelta(days=back) for back in range((carrier.day - since).days + 1)]
    seen = [one for day in days if (one := evaluation.seen(carrier.key, day)) is not None]
    nearest, farthest = _range(carrier) if not is_back else reversed(_range(carrier))
    sign = -1 if is_back else 1
    return Money(
        carrier=carrier,
        amount=abs(carrier.value - carrier.expected),
        low=max(sign * (nearest - carrier.value), 0.0),
        high=sign * (farthest - carrier.value),
        is_given_back=is_back,
        since=since,
        total=abs(sum(one.value - one.expected for one in seen)),
    )


def severity_of(money: Money | None, store_day: EvaluatedDay | None) -> Severity:
    """How urgent an incident is: its money, times its days, times how surely it is no chance.

    Args:
        money: what it costs; None when it costs none.
        store_day: what the whole store takes on such a day; None when that is not known.
    """
    if money is None or store_day is None or store_day.expected <= 0:
        return "medium"
    confidence = 2 * NormalDist().cdf(abs(money.carrier.score)) - 1
    stake = money.amount * money.days * confidence
    return "high" if stake >= HIGH_SHARE_OF_DAY * store_day.expected else "medium"


def _carries_money(kpi: Kpi) -> bool:
    """Return whether a KPI is money taken, or given back; net sales are both at once."""
    is_amount = kpi.unit == "money" and kpi.kind == "sum"
    return kpi.name in {MONEY_KPI, MONEY_OF_SLICES} or (is_amount and kpi.direction == "down")


def _money_at(evaluation: Evaluation, primary: EvaluatedDay) -> Iterator[EvaluatedDay]:
    """What the place of a series took that day, in the order in which it is to be believed."""
    store_id, dimension, member = primary.key.store_id, primary.key.dimension, primary.key.member
    for key in (
        SeriesKey(store_id, MONEY_KPI, dimension, member),
        SeriesKey(store_id, MONEY_OF_SLICES, dimension, member),
        SeriesKey(store_id, MONEY_KPI, ALL, ALL),
    ):
        seen = evaluation.seen(key, primary.day)
        if seen is not None:
            yield seen


def _range(one: EvaluatedDay) -> tuple[float, float]:
    """The amounts between which 80 of 100 such days lie, in steps as the expected range has."""
    part = _RANGE_OF_MONEY / _EXPECTED_RANGE

    def between(limit: float) -> float:
        if one.expected > 0 and limit > 0:
            return float(one.expected * (limit / one.expected) ** part)
        return one.expected + part * (limit - one.expected)

    return between(one.lower), between(one.upper)


def _start(evaluation: Evaluation, primary: EvaluatedDay) -> date:
    """The first day of the run of days on which a series was off in the same direction."""
    day = primary.day
    while True:
        before = evaluation.seen(primary.key, day - timedelta(days=1))
        if before is None or before.score * (1 if primary.score > 0 else -1) < _PART_OF_RUN:
            return day
        day = before.day
