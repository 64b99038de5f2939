"""Which anomalies may have one cause: on one day, and from one day to the next."""

from collections.abc import Mapping

from storepulse.monitor.records import JudgedDay
from storepulse.serving.catalog import Kpi

# Feeds that say what things are, not what happened; sharing one of these relates nothing.
_DESCRIBING_FEEDS = frozenset({"stores", "products", "calendar_events", "fx_rates"})
# What happens in these makes itself felt in sales.
_CAUSING_FEEDS = frozenset({"traffic", "inventory", "competitor_prices"})
_SALES_FEEDS = frozenset({"orders", "order_lines"})


def have_one_cause(one: JudgedDay, other: JudgedDay, kpis: Mapping[str, Kpi]) -> bool:
    """Tell whether two anomalies of one store can have one cause.

    Their slices must be able to (`_in_one_place`), and they must concern one KPI, share a feed, or
    one be trouble upstream of the other.

    Args:
        one: an anomaly, and
        other: another one of the same store and day.
        kpis: the catalogue; both KPIs are in it.
    """
    feeds, other_feeds = _telling_feeds(kpis[one.key.kpi]), _telling_feeds(kpis[other.key.kpi])
    return _in_one_place(one, other) and (
        one.key.kpi == other.key.kpi
        or bool(feeds & other_feeds)
        or _hurts_sales(one, other, feeds, other_feeds)
        or _hurts_sales(other, one, other_feeds, feeds)
    )


def _hurts_sales(
    cause: JudgedDay, effect: JudgedDay, causing: frozenset[str], hurt: frozenset[str]
) -> bool:
    """Tell whether trouble upstream of sales meets sales that are down.

    A KPI that also counts refunds is no witness: it may be down because of them.
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
    """Tell whether a KPI says only what comes before sales, and the other one is made of sales."""
    before = _telling_feeds(cause)
    return bool(before and before <= _CAUSING_FEEDS and _telling_feeds(effect) & _SALES_FEEDS)


def _telling_feeds(kpi: Kpi) -> frozenset[str]:
    return frozenset(kpi.feeds) - _DESCRIBING_FEEDS


def goes_on(earlier: JudgedDay, later: JudgedDay, kpis: Mapping[str, Kpi]) -> bool:
    """Tell whether an anomaly goes on with one of the day before, although in another series.

    A cause that shows in one slice first, and in the whole store when it lasts, is one cause. What
    hurts and what does not are two.

    Args:
        earlier: an anomaly, and
        later: one of the same store on the next day.
        kpis: the catalogue; both KPIs are in it.
    """
    return earlier.is_bad and later.is_bad and have_one_cause(earlier, later, kpis)


def _in_one_place(one: JudgedDay, other: JudgedDay) -> bool:
    """Tell whether two slices can have one cause: they are the same, or one is the whole store.

    Two slices beside each other (a channel and a category, or two channels) have one cause only if
    it is wider than either. A cause in a channel takes from a category what the channel's share of
    it is, and so about as much of it as of the whole store: then the whole store shows it, or what
    is upstream of both does, and each of the two is related to that one.
    """
    same = (one.key.dimension, one.key.member) == (other.key.dimension, other.key.member)
    return same or one.key.is_total or other.key.is_total
