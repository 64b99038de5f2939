"""What rivals of the golden shop ask, and what the KPIs of competition come to."""

from datetime import date, timedelta

from golden.book import NONE, Day, Page
from golden.shop import CURRENCY, EU, LAST_DAY, US
from support.accepted_lake import Row


def _offer(store: str, competitor: str, sku: str, price: str, at: str, **said: object) -> Row:
    return {"store_id": store, "competitor": competitor, "competitor_sku": f"{competitor} {sku}",
            "sku": sku, "price": price, "currency": CURRENCY[store], "captured_at": at,
            **said}  # fmt: skip


COMPETITOR_PRICES = [
    _offer(US, "alpha", "kettle", "40.00", "2026-10-24 16:00:00"),
    _offer(US, "bravo", "kettle", "62.50", "2026-10-24 16:00:00"),
    # sold out, so no choice; and a price in another currency, so not comparable
    _offer(US, "charlie", "kettle", "10.00", "2026-10-24 16:00:00", is_in_stock=False),
    _offer(US, "alpha", "lamp", "30.00", "2026-10-24 16:00:00", currency="EUR"),
    # likely another kettle
    _offer(US, "delta", "kettle", "5.00", "2026-10-24 16:00:00", match_confidence="0.79"),
    _offer(US, "alpha", "kettle", "50.00", "2026-10-26 16:00:00", match_confidence="0.80"),
    # ours is 55 by now
    _offer(US, "alpha", "kettle", "50.00", "2026-10-28 16:00:00"),
    _offer(EU, "alpha", "kettle", "90.00", "2026-10-26 12:00:00"),
    # ours was sent for nothing (eu-5)
    _offer(EU, "alpha", "lamp", "28.00", "2026-10-26 12:00:00", shipping_price="2.00"),
]


def _ageing(since: str, *hours: float) -> list[Day]:
    """Days on which nobody captures anything: what was captured last gets a day older each."""
    first = date.fromisoformat(since)
    return [
        Day(str(first + timedelta(days=step)),
            competitor_price_age=(sum(age + 24 * step for age in hours), len(hours)))
        for step in range((LAST_DAY - first).days + 1)
    ]  # fmt: skip


PAGE = Page(
    nothing={
        "price_index": NONE,
        "price_gap_to_lowest": NONE,
        "price_win_rate": NONE,
        "competitor_out_of_stock_rate": NONE,
        # kettle, mug and lamp are on sale in every store
        "match_coverage": (0, 3),
        "competitor_price_age": NONE,
        "price_exposed_gmv": 0,
    },
    days={
        US: [
            # Of the kettle's offers those at 40 and 62.50 count, on that day and, 36 hours old, on
            # the next; of the lamp's none, though it is matched. 45 of kettles were paid (us-1: 50
            # less 5 of its discount), and their visitors stay.
            Day("2026-10-24", price_index=(round(100 * (50 + 50) / (40 + 62.50), 4), 1),
                price_gap_to_lowest=(50 - 40, 40), price_win_rate=(0, 1),
                competitor_out_of_stock_rate=(1, 4), match_coverage=(2, 3),
                competitor_price_age=(12 + 12, 2), price_exposed_gmv=45),
            Day("2026-10-25", price_index=(round(100 * (50 + 50) / (40 + 62.50), 4), 1),
                price_gap_to_lowest=(50 - 40, 40), price_win_rate=(0, 1), match_coverage=(2, 3),
                competitor_price_age=(36 + 36, 2), price_exposed_gmv=45),
            # no dearer than the lowest; the lamp's capture is 60 hours old
            Day("2026-10-26", price_index=(100, 1), price_gap_to_lowest=(50 - 50, 50),
                price_win_rate=(1, 1), competitor_out_of_stock_rate=(0, 1),
                match_coverage=(1, 3), competitor_price_age=(12 + 60, 2)),
            # ours is 55 from 20:00 in New York
            Day("2026-10-27", price_index=(100 * 55 / 50, 1), price_gap_to_lowest=(55 - 50, 50),
                price_win_rate=(0, 1), match_coverage=(1, 3),
                competitor_price_age=(36 + 84, 2), price_exposed_gmv=45),
            Day("2026-10-28", price_index=(100 * 55 / 50, 1), price_gap_to_lowest=(55 - 50, 50),
                price_win_rate=(0, 1), competitor_out_of_stock_rate=(0, 1),
                match_coverage=(1, 3), competitor_price_age=(12 + 108, 2), price_exposed_gmv=45),
            Day("2026-10-29", price_index=(100 * 55 / 50, 1), price_gap_to_lowest=(55 - 50, 50),
                price_win_rate=(0, 1), match_coverage=(1, 3),
                competitor_price_age=(36 + 132, 2), price_exposed_gmv=45),
            Day("2026-10-30", competitor_price_age=(60 + 156, 2)),
            Day("2026-10-31", competitor_price_age=(84 + 180, 2)),
            # the day has 25 hours
            *_ageing("2026-11-01", 84 + 25, 180 + 25),
        ],
        # 90 of kettles (eu-3, eu-4) and 27 of lamps (eu-5) were paid: the kettle weighs
        # 2 * 90 / 117 = 1.5385, the lamp 2 * 27 / 117 = 0.4615
        EU: [
            *(Day(day, price_index=(round(1.5385 * 50 + 0.4615 * 90, 4), 2),
                  price_gap_to_lowest=(45 - 90 + 27 - (28 + 2), 90 + 28 + 2),
                  price_win_rate=(2, 2), match_coverage=(2, 3))
              for day in ("2026-10-26", "2026-10-27")),
            Day("2026-10-26", competitor_out_of_stock_rate=(0, 2)),
            *_ageing("2026-10-26", 11, 11),
        ],
    },
    slices={
        ("price_index", "2026-10-26", EU, "category"): {"kitchen": 100 * 45 / 90,
                                                        "home": 100 * 27 / 30},
        ("match_coverage", "2026-10-24", US, "category"): {"kitchen": 1 / 2, "home": 1 / 1},
        ("competitor_out_of_stock_rate", "2026-10-24", US, "competitor"): {
            "alpha": 0 / 2, "bravo": 0 / 1, "charlie": 1 / 1,
        },
        ("price_exposed_gmv", "2026-10-24", US, "category"): {"kitchen": 45, "home": 0},
    },
    money_ratios=frozenset({"price_gap_to_lowest"}),
    rows={"competitor_prices": COMPETITOR_PRICES},
)  # fmt: skip
