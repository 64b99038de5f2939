"""What the pages of the areas say, put together: an entry for every KPI, store and day."""

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from golden.shop import ALL, STORES, kpi_days, rate, stores_on
from support.accepted_lake import Row


class Percentile(NamedTuple):
    """A percentile and the number of rows it was read off."""

    value: float | None
    rows: int


Number = float | Decimal
Ratio = tuple[Number | None, Number | None]
# A sum, a distinct count or a balance; numerator and denominator of a ratio; a percentile.
Said = Number | Ratio | Percentile | None
Key = tuple[str, date, str]
NONE: Ratio = (0, 0)
# Of a ratio of which nothing is known, such as that to a target which nobody has set.
UNKNOWN: Ratio = (None, None)


@dataclass(frozen=True)
class Carried:
    """A balance: what was said last stands until something else is said."""

    at_first: Said


Rule = Callable[[Callable[[str], Said]], Said]
Nothing = Said | Carried | Rule


class Day:
    """What one store's day comes to, by KPI; the rest is what `nothing` of the page says."""

    def __init__(self, day: str, **said: Said) -> None:
        self.day = date.fromisoformat(day)
        self.said = said


@dataclass(frozen=True)
class Page:
    """One area's rows and what its KPIs come to.

    Attributes:
        nothing: every KPI of the area, with what it comes to on a day that is not said: a number,
            a ratio, `Carried`, or a rule that reads other KPIs of the same store and day, such as
            `lambda of: (of("paid_gmv"), of("paid_orders"))`.
        days: by store, the days on which something happens.
        parts: like `nothing`, for what is no KPI of its own but is named by rules.
        all_stores: (kpi, day): what all stores come to, where it is not what the stores' entries
            add up to or is worth writing out. A percentile must be said when two stores have rows.
        slices: (kpi, day, store, dimension): value of each member; one that is not named has 0, or
            0 of 0.
        unreported: (store, first day): what KPIs come to from then on, None or a ratio of it,
            because somebody who reports what they stand on has not done so since.
        money_ratios: ratios of money to money; of a KPI in money only the numerator is.
        rows: by feed, rows that serve this area alone.
    """

    nothing: Mapping[str, Nothing]
    days: Mapping[str, list[Day]]
    parts: Mapping[str, Nothing] = field(default_factory=dict)
    all_stores: Mapping[tuple[str, str], Said] = field(default_factory=dict)
    slices: Mapping[tuple[str, str, str, str], Mapping[str, float | None]] = field(
        default_factory=dict
    )
    unreported: Mapping[tuple[str, str], Mapping[str, Said]] = field(default_factory=dict)
    money_ratios: frozenset[str] = frozenset()
    rows: Mapping[str, list[Row]] = field(default_factory=dict)


class Entry(NamedTuple):
    """What `fct_kpi_daily` must say."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: float | None


class Book:
    """All pages together.

    Args:
        pages: by area.
        money: KPIs whose unit is money.
    """

    def __init__(self, pages: Mapping[str, Page], money: frozenset[str]) -> None:
        self.pages = pages
        self.money = money
        self.money_ratios = frozenset().union(*(page.money_ratios for page in pages.values()))
        self.kpis = _without_repeats([kpi for page in pages.values() for kpi in page.nothing])
        self._nothing: dict[str, Nothing] = {}
        self._said: dict[Key, Said] = {}
        self._days: dict[tuple[str, str], list[date]] = {}
        self._unreported: dict[tuple[str, str], tuple[date, Said]] = {
            (kpi, store): (date.fromisoformat(since), said)
            for page in pages.values()
            for (store, since), kpis in page.unreported.items()
            for kpi, said in kpis.items()
        }
        for page in pages.values():
            self._nothing |= {**page.parts, **page.nothing}
            for store, days in page.days.items():
                for day in days:
                    self._open(store, day)

    def _open(self, store: str, day: Day) -> None:
        assert day.day in kpi_days(store), f"{store} has no KPIs on {day.day}"
        for kpi, said in day.said.items():
            assert kpi in self._nothing, f"`nothing` of no page names {kpi}"
            assert (kpi, day.day, store) not in self._said, f"{kpi} of {store} twice: {day.day}"
            self._said[kpi, day.day, store] = said
            insort(self._days.setdefault((kpi, store), []), day.day)

    def said(self, kpi: str, day: date, store: str) -> Said:
        """What one store's day comes to."""
        since, unreported = self._unreported.get((kpi, store), (date.max, None))
        if day >= since:
            return unreported
        if (kpi, day, store) in self._said:
            return self._said[kpi, day, store]
        nothing = self._nothing[kpi]
        if isinstance(nothing, Carried):
            days = self._days.get((kpi, store), [])
            before = bisect_left(days, day)
            return self._said[kpi, days[before - 1], store] if before else nothing.at_first
        if callable(nothing):
            return nothing(lambda other: self.said(other, day, store))
        return nothing

    def entries(self) -> dict[Key, Entry]:
        """Every total of every store and of all of them together."""
        found = {
            (kpi, day, store): entry(self.said(kpi, day, store))
            for store in STORES
            for day in kpi_days(store)
            for kpi in self.kpis
        }
        written_out = {
            (kpi, date.fromisoformat(day)): said
            for page in self.pages.values()
            for (kpi, day), said in page.all_stores.items()
        }
        together = {
            (kpi, day, ALL): (
                entry(written_out[kpi, day])
                if (kpi, day) in written_out
                else self.together(kpi, day, stores_on(day), found)
            )
            for day in kpi_days(ALL)
            for kpi in self.kpis
        }
        return found | together

    def together(
        self, kpi: str, day: date, stores: Sequence[str], found: Mapping[Key, Entry]
    ) -> Entry:
        """What those of some stores come to of whom both sides are known, money to the cent."""
        if isinstance(self.said(kpi, day, STORES[0]), Percentile):
            with_rows = [found[kpi, day, one] for one in stores if found[kpi, day, one].denominator]
            assert len(with_rows) < 2, f"say {kpi} of all stores on {day}"
            return with_rows[0] if with_rows else entry(Percentile(None, 0))
        parts = known_parts(kpi, day, stores, found)
        is_ratio = any(part.denominator is not None for part in parts.values())
        above = _sum(parts, 0, day, is_money=kpi in self.money | self.money_ratios)
        if not is_ratio:
            return Entry(above, None, None if above is None else float(above))
        return _ratio(above, _sum(parts, 1, day, is_money=kpi in self.money_ratios))


def known_parts(
    kpi: str, day: date, stores: Sequence[str], found: Mapping[Key, Entry]
) -> dict[str, Entry]:
    """What those stores say that have a number to be counted among those of others."""
    parts = {store: found[kpi, day, store] for store in stores}
    is_ratio = any(part.denominator is not None for part in parts.values())
    return {
        store: part
        for store, part in parts.items()
        if part.numerator is not None and (part.denominator is not None or not is_ratio)
    }


def _sum(parts: Mapping[str, Entry], position: int, day: date, is_money: bool) -> Decimal | None:
    """Sum of one column over the stores; unknown when the worth of money is."""
    if not parts:
        return None
    amount = Decimal(0)
    for store, part in parts.items():
        worth = rate(store, day) if is_money else 1
        if part[position] and worth is None:
            return None
        amount += (part[position] or 0) * Decimal(str(worth or 0))
    return _exact(amount.quantize(Decimal("0.01"), ROUND_HALF_UP) if is_money else amount)


def entry(said: Said) -> Entry:
    """The row that something said stands for."""
    if isinstance(said, Percentile):
        return Entry(None, _exact(said.rows), said.value)
    if isinstance(said, tuple):
        return _ratio(_exact(said[0]), _exact(said[1]))
    return Entry(_exact(said), None, None if said is None else float(said))


def _ratio(above: Decimal | None, below: Decimal | None) -> Entry:
    known = above is not None and below
    return Entry(above, below, float(above) / float(below) if known else None)


def _exact(amount: Number | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount)).quantize(Decimal("0.0001"))


def _without_repeats(kpis: list[str]) -> list[str]:
    repeated = sorted({kpi for kpi in kpis if kpis.count(kpi) > 1})
    assert not repeated, f"on two pages: {repeated}"
    return kpis
