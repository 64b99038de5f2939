"""Which anomalies may have one cause: on one day, and from one day to the next."""

from collections.abc import Mapping

from storepulse.monitor.records import EvaluatedDay
from storepulse.serving.catalog import Kpi

# Feeds that describe things, not events; sharing one of these does not relate two KPIs.
_DESCRIBING_FEEDS = frozenset({"stores", "products", "calendar_events", "fx_rates"})
# Problems in these show up in sales.
_CAUSING_FEEDS = frozenset({"traffic", "inventory", "competitor_prices"})
_SALES_FEEDS = frozenset({"orders", "order_lines"})


def have_one_cause(one: EvaluatedDay, other: EvaluatedDay, kpis: Mapping[str, Kpi]) -> bool:
    """Return whether two anomalies of one store may have one cause.

    Their slices must allow it (`_in_one_place`), and they must concern the same KPI, share a feed,
    or one must be a problem upstream of the other.

    Args:
        one: an anomaly.
        other: another one of the same store and day.
        kpis: the catalogue; both KPIs are in it.
    """
    feeds, other_feeds = _feeds_of(kpis[one.key.kpi]), _feeds_of(kpis[other.key.kpi])
    return _in_one_place(one, other) and (
        one.key.kpi == other.key.kpi
        or bool(feeds & other_feeds)
        or _hurts_sales(one, other, feeds, other_feeds)
        or _hurts_sales(other, one, other_feeds, feeds)
    )


def _hurts_sales(
    cause: EvaluatedDay, effect: EvaluatedDay, causing: frozenset[str], hurt: frozenset[str]
) -> bool:
    """Return whether a problem upstream of sales coincides with lower sales.

    A KPI that also counts refunds is no evidence: it may be down because of them.
    """
    return bool(
        causing & _CAUSING_FEEDS
        and hurt & _SALES_FEEDS
        and hurt <= _SALES_FEEDS | _CAUSING_FEEDS
        and cause.is_bad
        and effect.is_bad
        and effect.score < 0
    )


def is_upstream(cause: Kpi, effect: Kpi) -> bool:
    """Return whether a KPI measures only what precedes sales, and the other one is sales."""
    before = _feeds_of(cause)
    return bool(before and before <= _CAUSING_FEEDS and _feeds_of(effect) & _SALES_FEEDS)


def _feeds_of(kpi: Kpi) -> frozenset[str]:
    return frozenset(kpi.feeds) - _DESCRIBING_FEEDS


def may_continue(earlier: EvaluatedDay, later: EvaluatedDay, kpis: Mapping[str, Kpi]) -> bool:
    """Return whether an anomaly may continue one of the day before in another series.

    A cause that shows in one slice first, and in the whole store when it lasts, is one cause. A
    harmful anomaly and a harmless one are two.

    Args:
        earlier: an anomaly.
        later: one of the same store on the next day.
        kpis: the catalogue; both KPIs are in it.
    """
    return earlier.is_bad and later.is_bad and have_one_cause(earlier, later, kpis)


def _in_one_place(one: EvaluatedDay, other: EvaluatedDay) -> bool:
    """Return whether two slices may have one cause: they are the same, or one is the whole store.

    Two different slices (a channel and a category, or two channels) have one cause only if it is
    wider than either. A cause in a channel takes from a category the channel's share of it, and so
    about as much of it as of the whole store: then the whole store shows it, or something upstream
    of both does, and each of the two is related to that one.
    """
    same = (one.key.dimension, one.key.member) == (other.key.dimension, other.key.member)
    return same or one.key.is_total or other.key.is_total
