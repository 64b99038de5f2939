"""Stock of the golden shop, and what the KPIs of inventory come to."""

from accepted_lake import Row
from golden.book import NONE, Day, Page
from golden.shop import CN, CURRENCY, EU, US


def _stock(store: str, at: str, **available: int) -> list[Row]:
    return [
        {"store_id": store, "sku": sku, "warehouse_id": "main", "available": pieces,
         "on_hand": pieces, "currency": CURRENCY[store], "snapshot_at": at}
        for sku, pieces in available.items()
    ]  # fmt: skip


# Counted at 23:00 of the store; a day that was not counted has no stock KPI.
INVENTORY: list[Row] = [
    *_stock(US, "2026-10-25 03:00:00", kettle=5, mug=0, lamp=3, sign=0),
    *_stock(US, "2026-10-26 03:00:00", kettle=5, mug=0, lamp=0),
    # there are mugs in the other warehouse
    {**_stock(US, "2026-10-26 03:00:00", mug=2)[0], "warehouse_id": "west"},
    *_stock(US, "2026-11-01 03:00:00", kettle=0, mug=0, lamp=0),
    *_stock(US, "2026-11-02 04:00:00", kettle=1, lamp=1),
    *_stock(CN, "2026-10-25 15:00:00", kettle=0, mug=4),
    *_stock(EU, "2026-10-25 22:00:00", kettle=1),
]

PAGE = Page(
    nothing={"out_of_stock_rate": NONE},
    days={
        US: [
            # mugs are out, of kettle, mug and lamp
            Day("2026-10-24", out_of_stock_rate=(1, 3)),
            # lamps are
            Day("2026-10-25", out_of_stock_rate=(1, 3)),
            Day("2026-10-31", out_of_stock_rate=(3, 3)),
            Day("2026-11-01", out_of_stock_rate=(0, 2)),
        ],
        CN: [Day("2026-10-25", out_of_stock_rate=(1, 2))],
        EU: [Day("2026-10-25", out_of_stock_rate=(0, 1))],
    },
    slices={
        ("out_of_stock_rate", "2026-10-24", US, "category"): {"kitchen": 1 / 2, "home": 0 / 1},
    },
    rows={"inventory": INVENTORY},
)
