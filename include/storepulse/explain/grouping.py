"""Which anomalies of a store's day have one cause, and which of them to read first."""

from collections.abc import Mapping, Sequence

from storepulse.findings import JudgedDay
from storepulse.marts import Kpi

# What comes nearest to money first; KPIs not named here follow in the catalogue's order.
MOST_TELLING_FIRST = (
    "paid_gmv",
    "paid_orders",
    "refund_value",
    "net_sales",
    "gross_sales",
    "units_sold",
    "payment_conversion",
    "aov",
    "visitors",
    "sessions",
    "out_of_stock_rate",
    "price_index",
)

# Feeds that say what things are, not what happened; sharing one of these relates nothing.
_DESCRIBING_FEEDS = frozenset({"stores", "products", "calendar_events", "fx_rates"})
# What happens in these makes itself felt in sales.
_CAUSING_FEEDS = frozenset({"traffic", "inventory", "competitor_prices"})
_SALES_FEEDS = frozenset({"orders", "order_lines"})


def grouped(anomalies: Sequence[JudgedDay], kpis: Mapping[str, Kpi]) -> list[tuple[JudgedDay, ...]]:
    """Put the anomalies of one store and day into groups of one cause, the primary first in each.

    Args:
        anomalies: all of one store and one day.
        kpis: the catalogue.
    """
    groups: list[list[JudgedDay]] = []
    for anomaly in anomalies:
        related = [g for g in groups if any(_have_one_cause(anomaly, one, kpis) for one in g)]
        merged = [anomaly, *(one for group in related for one in group)]
        groups = [group for group in groups if group not in related] + [merged]
    order = _telling_order(kpis)
    return [tuple(sorted(group, key=lambda one: _rank(one, order))) for group in groups]


def _have_one_cause(one: JudgedDay, other: JudgedDay, kpis: Mapping[str, Kpi]) -> bool:
    feeds, other_feeds = _telling_feeds(kpis[one.key.kpi]), _telling_feeds(kpis[other.key.kpi])
    return (
        one.key.kpi == other.key.kpi
        or bool(feeds & other_feeds)
        or _hurts_sales(one, other, feeds, other_feeds)
        or _hurts_sales(other, one, other_feeds, feeds)
    )


def _hurts_sales(
    cause: JudgedDay, effect: JudgedDay, causing: frozenset[str], hurt: frozenset[str]
) -> bool:
    """Tell whether trouble upstream of sales meets sales that are down in the same place.

    A KPI that also counts refunds is no witness: it may be down because of them.
    """
    same_place = (
        cause.key.is_total
        or effect.key.is_total
        or (cause.key.dimension, cause.key.member) == (effect.key.dimension, effect.key.member)
    )
    return bool(
        same_place
        and causing & _CAUSING_FEEDS
        and hurt & _SALES_FEEDS
        and hurt <= _SALES_FEEDS | _CAUSING_FEEDS
        and cause.is_bad
        and effect.is_bad
        and effect.score < 0
    )


def _telling_feeds(kpi: Kpi) -> frozenset[str]:
    return frozenset(kpi.feeds) - _DESCRIBING_FEEDS


def _telling_order(kpis: Mapping[str, Kpi]) -> Mapping[str, int]:
    named = [name for name in MOST_TELLING_FIRST if name in kpis]
    rest = [name for name in kpis if name not in MOST_TELLING_FIRST]
    return {name: place for place, name in enumerate(named + rest)}


def _rank(one: JudgedDay, order: Mapping[str, int]) -> tuple[bool, bool, int, float]:
    return (not one.is_bad, not one.key.is_total, order[one.key.kpi], -abs(one.score))


def most_telling_first(days: Sequence[JudgedDay], kpis: Mapping[str, Kpi]) -> tuple[JudgedDay, ...]:
    """Sort what else is known of a day: odd ones first, then what comes nearest to money."""
    order = _telling_order(kpis)
    return tuple(sorted(days, key=lambda one: (not one.is_anomaly, order[one.key.kpi])))
