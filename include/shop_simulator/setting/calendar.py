"""What everybody knows in advance: promotions, holidays and policies of any year."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

# Buyers wait before a promotion they know of, and have bought enough after it.
_WAITING_DAYS, _SATED_DAYS = 2, 5


@dataclass(frozen=True)
class Occasion:
    """An entry of the marketing calendar and what it does to the shops it concerns.

    Attributes:
        store: a store's code; None for all.
        traffic: sessions on its strongest day, relative to an ordinary one.
        conversion: likewise for how readily visitors buy.
        shop_discount: share of the goods the shop gives on orders that use the coupon.
        platform_discount: the share the marketplace adds.
        markdown: share taken off single lines of the promoted goods.
        coupon: the code buyers enter.
    """

    number: str
    kind: Literal["promo", "holiday", "policy"]
    title_en: str
    title_zh: str
    first_day: date
    last_day: date
    store: str | None = None
    traffic: float = 1.0
    conversion: float = 1.0
    shop_discount: float = 0.0
    platform_discount: float = 0.0
    markdown: float = 0.0
    coupon: str | None = None

    def concerns(self, store: str, day: date) -> bool:
        """Whether it is on in that store on that day."""
        return self.store in (None, store) and self.first_day <= day <= self.last_day

    def strength(self, day: date) -> float:
        """How much of its lift the day gets: most at the opening and most of all at the end."""
        if self.last_day - self.first_day < timedelta(days=4):
            return 1.0
        if day == self.last_day:
            return 1.0
        if day == self.first_day:
            return 0.8
        return 0.7 if self.last_day - day == timedelta(days=1) else 0.4


def occasions(first: date, last: date) -> list[Occasion]:
    """Every entry that touches the days from first to last, by its first day."""
    known = [entry for year in range(first.year - 1, last.year + 2) for entry in _year(year)]
    touching = [e for e in known if e.first_day <= last and e.last_day >= first]
    return sorted(touching, key=lambda entry: (entry.first_day, entry.number))


def traffic_and_conversion(
    entries: Sequence[Occasion], store: str, day: date
) -> tuple[float, float]:
    """What the calendar does to a store's day, after-effects of past promotions included.

    Returns:
        factors for sessions and for conversion; 1 and 1 on an ordinary day.
    """
    traffic = conversion = 1.0
    for entry in entries:
        if entry.concerns(store, day):
            strength = entry.strength(day)
            traffic *= 1 + (entry.traffic - 1) * strength
            conversion *= 1 + (entry.conversion - 1) * strength
        elif entry.kind == "promo" and entry.store in (None, store):
            conversion *= _hesitation(entry, day)
    return traffic, conversion


def _hesitation(entry: Occasion, day: date) -> float:
    """How much a promotion lowers the days around it; 1 when it is far away."""
    weight = min(1.0, (entry.conversion - 1) / 0.4)
    days_before = (entry.first_day - day).days
    days_since = (day - entry.last_day).days
    if 0 < days_before <= _WAITING_DAYS:
        return 1 - 0.08 * weight
    if 0 < days_since <= _SATED_DAYS:
        return 1 - 0.14 * weight * (1 - (days_since - 1) / _SATED_DAYS)
    return 1.0


def promotion_on(entries: Sequence[Occasion], store: str, day: date) -> Occasion | None:
    """The promotion a store runs on a day; the strongest when there are several."""
    running = [e for e in entries if e.kind == "promo" and e.concerns(store, day)]
    return max(running, key=lambda entry: entry.conversion, default=None)


def _year(year: int) -> Iterator[Occasion]:
    yield from _marketplace_festivals(year)
    yield from _western_season(year)
    yield from _holidays(year)
    yield from _own_promotions(year)


def _marketplace_festivals(year: int) -> Iterator[Occasion]:
    festivals = (
        ("618", "618 Festival", "618年中大促", (6, 1), (6, 18), 1.9, 1.45),
        ("D11", "Double 11", "双11", (11, 1), (11, 11), 2.3, 1.6),
        ("D12", "Double 12", "双12", (12, 10), (12, 12), 1.5, 1.3),
    )
    for code, english, chinese, first, last, traffic, conversion in festivals:
        yield Occasion(
            number=f"{code}-{year}",
            kind="promo",
            title_en=english,
            title_zh=chinese,
            first_day=date(year, *first),
            last_day=date(year, *last),
            store="cn_market",
            traffic=traffic,
            conversion=conversion,
            shop_discount=0.10,
            platform_discount=0.06,
            coupon=f"{code}{year % 100}",
        )


def _western_season(year: int) -> Iterator[Occasion]:
    for store in ("us_site", "eu_shop"):
        yield Occasion(
            number=f"BFW-{year}-{store[:2].upper()}",
            kind="promo",
            title_en="Black Friday week",
            title_zh="黑五周",
            first_day=black_friday(year) - timedelta(days=4),
            last_day=black_friday(year) + timedelta(days=3),
            store=store,
            traffic=2.0,
            conversion=1.6,
            shop_discount=0.05,
            markdown=0.20,
            coupon=f"BLACK{year % 100}",
        )


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _holidays(year: int) -> Iterator[Occasion]:
    labor_day = date(year, 9, 1) + timedelta(days=(0 - date(year, 9, 1).weekday()) % 7)
    thanksgiving = black_friday(year) - timedelta(days=1)
    # Store, English, Chinese, first day, length in days, effect on traffic.
    days = (
        ("cn_market", "Labour Day holiday", "劳动节", date(year, 5, 1), 5, 0.90),
        ("cn_market", "National Day holiday", "国庆节", date(year, 10, 1), 7, 0.88),
        ("us_site", "Independence Day", "美国独立日", date(year, 7, 4), 1, 0.82),
        ("us_site", "Labor Day", "美国劳动节", labor_day, 1, 0.88),
        ("us_site", "Thanksgiving", "感恩节", thanksgiving, 1, 0.95),
        ("eu_shop", "German Unity Day", "德国统一日", date(year, 10, 3), 1, 1.08),
        (None, "Christmas", "圣诞节", date(year, 12, 24), 3, 0.80),
        (None, "New Year", "元旦", date(year, 1, 1), 1, 0.85),
    )
    for store, english, chinese, first, length, traffic in days:
        yield Occasion(
            number=f"HOL-{first:%Y%m%d}-{(store or 'all')[:2].upper()}",
            kind="holiday",
            title_en=english,
            title_zh=chinese,
            first_day=first,
            last_day=first + timedelta(days=length - 1),
            store=store,
            traffic=traffic,
        )
    yield Occasion(
        number=f"POL-{year}-RETURNS",
        kind="policy",
        title_en="Holiday purchases may be returned until 31 January",
        title_zh="节日购物可退货至1月31日",
        first_day=date(year, 11, 15),
        last_day=date(year, 12, 31),
    )


def _own_promotions(year: int) -> Iterator[Occasion]:
    """Each store's own long weekend, every fifth week, never in two stores at once."""
    titles = {
        "cn_market": ("Brand weekend", "品牌周末"),
        "us_site": ("Members' weekend", "会员周末"),
        "eu_shop": ("Home weekend", "居家周末"),
    }
    for offset, (store, (english, chinese)) in enumerate(titles.items()):
        for week in range(3 + offset, 43, 5):
            friday = date.fromisocalendar(year, week, 5)
            yield Occasion(
                number=f"OWN-{friday:%Y%m%d}-{store[:2].upper()}",
                kind="promo",
                title_en=english,
                title_zh=chinese,
                first_day=friday,
                last_day=friday + timedelta(days=2),
                store=store,
                traffic=1.35,
                conversion=1.25,
                shop_discount=0.10,
                coupon=f"WEEKEND{week:02d}",
            )
