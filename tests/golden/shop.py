"""The golden shop: three stores watched for a year, what they sell, and what money is worth there.

All moments are UTC. Rows arrive as a source restates them: in the window in which they changed.

    us_site    America/New_York   USD   UTC-5, summer time (UTC-4) from 2026-03-08 07:00 until
                                        2026-11-01 06:00
    cn_market  Asia/Shanghai      CNY   UTC+8
    eu_shop    Europe/Berlin      EUR   UTC+1, summer time (UTC+2) from 2026-03-29 01:00 until
                                        2026-10-25 01:00
"""

from datetime import date, datetime, timedelta

from support.accepted_lake import Row

# What the feeds were watched for; the last day is open in every store.
FIRST, LAST = datetime(2025, 11, 1), datetime(2026, 11, 20, 6)
# One feed stalls, which no KPI of the shop is made of.
STALLED, STALLED_AT = "experiments", datetime(2026, 11, 18)
US, CN, EU, ALL = "us_site", "cn_market", "eu_shop", "all"
STORES = (US, CN, EU)
CURRENCY = {US: "USD", CN: "CNY", EU: "EUR", ALL: "CNY"}
ZONE = {US: "America/New_York", CN: "Asia/Shanghai", EU: "Europe/Berlin"}
# The first day that was whole: watching began at 20:00 of the day before in New York, in the
# morning in Shanghai and an hour past midnight in Berlin.
FIRST_DAY = {US: date(2025, 11, 1), CN: date(2025, 11, 2), EU: date(2025, 11, 2)}
LAST_DAY = date(2026, 11, 20)

CATEGORY = {"kettle": "kitchen", "mug": "kitchen", "lamp": "home"}
PRICES = {US: {"kettle": "50.00", "mug": "10.00", "lamp": "30.00"},
          CN: {"kettle": "350.00", "mug": "70.00", "lamp": "210.00"},
          EU: {"kettle": "45.00", "mug": "9.00", "lamp": "27.00"}}  # fmt: skip
COSTS = {US: {"kettle": "20.00", "mug": "4.00", "lamp": "12.00"},
         CN: {"kettle": "140.00", "mug": "28.00", "lamp": "84.00"},
         EU: {"kettle": "18.00", "mug": "3.00", "lamp": "9.00"}}  # fmt: skip


def rate(store: str, day: date) -> float | None:
    """What one unit of a store's money was worth in CNY, None when nobody knew."""
    if store == CN:
        return 1
    if store == US:
        return 7.1 if day >= date(2026, 11, 1) else 7
    return None if date(2026, 11, 1) <= day < date(2026, 11, 8) else 8


def kpi_days(store: str) -> list[date]:
    """The days of which a store's KPIs are known."""
    first = FIRST_DAY[US if store == ALL else store]
    return [first + timedelta(days=step) for step in range((LAST_DAY - first).days + 1)]


def stores_on(day: date) -> list[str]:
    """The stores that are known on a day: on the first one, New York alone."""
    return [store for store in STORES if day >= FIRST_DAY[store]]


def restated(whole: Row, created_at: str, clocks: tuple[str, ...]) -> list[Row]:
    """A record as its source tells it: when it is made and again whenever one of its clocks stops.

    Args:
        whole: everything there will ever be to say of it.
        created_at: when it was made.
        clocks: columns with moments that are not known before they come.
    """
    moments = {created_at, *(str(whole[clock]) for clock in clocks if whole.get(clock))}
    return [
        {key: said for key, said in whole.items() if key not in clocks or str(said) <= moment}
        | {"updated_at": moment}
        for moment in sorted(moments)
    ]


def _weeks(first: date, until: date) -> list[date]:
    return [first + timedelta(days=step) for step in range(0, (until - first).days, 7)]


def _rates() -> list[Row]:
    # Quoted once a week, since a rate holds for seven days more. Between 2026-10-24 and 2026-11-08
    # nobody quotes the euro: from 2026-11-01 its rate is too old.
    quoted = [("USD", "7.0", day) for day in _weeks(date(2025, 11, 1), date(2026, 11, 1))]
    quoted += [("USD", "7.1", day) for day in _weeks(date(2026, 11, 1), LAST_DAY)]
    quoted += [("EUR", "8.0", day) for day in _weeks(date(2025, 11, 1), date(2026, 10, 25))]
    quoted += [("EUR", "8.0", day) for day in _weeks(date(2026, 11, 8), LAST_DAY)]
    return [
        {"rate_date": str(day), "from_currency": currency, "rate": worth,
         "updated_at": f"{day} 06:00:00"}
        for currency, worth, day in quoted
    ]  # fmt: skip


ROWS: dict[str, list[Row]] = {
    "stores": [
        {"store_id": store, "currency": CURRENCY[store], "timezone": ZONE[store],
         "updated_at": str(FIRST)}
        for store in STORES
    ],
    "products": [
        {"store_id": store, "sku": sku, "category": CATEGORY[sku], "price": price,
         "unit_cost": COSTS[store][sku], "currency": CURRENCY[store], "updated_at": str(FIRST)}
        for store, prices in PRICES.items()
        for sku, price in prices.items()
    ] + [
        # taken off sale: never live, whatever is counted of it
        {"store_id": US, "sku": "sign", "category": "home", "status": "off",
         "updated_at": str(FIRST)},
        # dearer from the 28th
        {"store_id": US, "sku": "kettle", "price": "55.00", "unit_cost": "20.00",
         "updated_at": "2026-10-28 00:00:00"},
    ],
    "fx_rates": _rates(),
}  # fmt: skip
