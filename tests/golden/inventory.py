"""Stock of the golden shop, and what the KPIs of inventory come to."""

from golden.book import NONE, Carried, Day, Page
from golden.shop import CN, CURRENCY, EU, US
from support.accepted_lake import Row


def _stock(store: str, at: str, **available: int) -> list[Row]:
    return [
        {"store_id": store, "sku": sku, "warehouse_id": "main", "available": pieces,
         "on_hand": max(pieces, 0), "currency": CURRENCY[store], "snapshot_at": at}
        for sku, pieces in available.items()
    ]  # fmt: skip


# Counted at 23:00 of the store, each piece at a cost of 4; a day that was not counted has no
# stock KPI.
INVENTORY: list[Row] = [
    *_stock(US, "2026-10-25 03:00:00", kettle=5, mug=0, lamp=3, sign=0),
    *_stock(US, "2026-10-26 03:00:00", kettle=5, mug=0, lamp=0),
    # there are mugs in the other warehouse
    {**_stock(US, "2026-10-26 03:00:00", mug=2)[0], "warehouse_id": "west"},
    *_stock(US, "2026-11-01 03:00:00", kettle=0, mug=0, lamp=0),
    *_stock(US, "2026-11-02 04:00:00", kettle=1, lamp=1),
    # two kettles were sold that were not there; nobody knows what a mug costs
    *_stock(US, "2026-11-12 04:00:00", kettle=-2, lamp=2, sign=4),
    {**_stock(US, "2026-11-12 04:00:00", mug=3)[0], "unit_cost": None},
    *_stock(CN, "2026-10-25 15:00:00", kettle=0, mug=4),
    *_stock(EU, "2026-10-25 22:00:00", kettle=1),
]


def _purchase(number: str, sku: str, pieces: int, ordered: str, received: str | None) -> list[Row]:
    """A line of an order, open until all of it comes."""
    line: Row = {
        "store_id": US,
        "po_line_id": number,
        "sku": sku,
        "qty_ordered": pieces,
        "qty_received": 0,
        "status": "open",
        "ordered_at": f"{ordered} 15:00:00",
        "updated_at": f"{ordered} 15:00:00",
    }
    if received is None:
        return [line]
    came = f"{received} 15:00:00"
    complete = {"qty_received": pieces, "status": "received", "received_at": came}
    return [line, {**line, **complete, "updated_at": came}]


# Three purchases of mugs took 4, 6 and 8 days: 6 in the mean, with a deviation of 2. That is what
# the other SKUs are believed to take as well.
PURCHASES: list[Row] = [
    *_purchase("po-1", "mug", 5, "2026-06-01", "2026-06-05"),
    *_purchase("po-2", "mug", 5, "2026-07-01", "2026-07-07"),
    *_purchase("po-3", "mug", 5, "2026-08-01", "2026-08-09"),
    *_purchase("po-4", "lamp", 10, "2026-10-27", None),
]

# What a SKU sold a day, by its last 28 days in stock, to four digits as the mart keeps it: 2 of 28.
D1, D2, D3 = 0.0357, 0.0714, 0.1071

PAGE = Page(
    nothing={
        "out_of_stock_rate": NONE,
        "available_units": None,
        "oversold_units": None,
        "stock_value": None,
        "stock_cost_coverage": (None, None),
        "days_of_cover": NONE,
        "weighted_in_stock_rate": NONE,
        "lost_units": None,
        "lost_profit": None,
        "lost_profit_coverage": (None, None),
        "skus_to_reorder": None,
        # stock values of 30 days added up, over what was sold of it at cost
        "stock_turn_days": Carried(NONE),
        "inventory_turnover": lambda of: (
            365 * of("stock_turn_days")[1], of("stock_turn_days")[0],
        ),
    },
    days={
        US: [
            # mugs are out, of kettle, mug and lamp, but 3 were sold before. Within 28 days one
            # kettle, 3 mugs and one lamp were sold (us-1, us-2, us-4). Reorder points are 1 for
            # kettles and lamps, 3 for mugs: 6 days of 3/28 are 0.64, and 1.65 times the root of
            # 6 days of a variance of 0.3214 and of (3/28 * 2)^2 is 2.32
            Day("2026-10-24", out_of_stock_rate=(1, 3), available_units=5 + 3, oversold_units=0,
                stock_value=5 * 4 + 3 * 4, stock_cost_coverage=(8, 8),
                days_of_cover=(5 + 3, D1 + D3 + D1), weighted_in_stock_rate=(D1 + D1, D1 + D3 + D1),
                lost_units=0, lost_profit=0, lost_profit_coverage=NONE, skus_to_reorder=1,
                stock_turn_days=(32, 20 + 3 * 4 + 12)),
            # lamps are (us-3 took one); the two mugs are fewer than 3, and the lamps' point is 2
            Day("2026-10-25", out_of_stock_rate=(1, 3), available_units=5 + 2, oversold_units=0,
                stock_value=7 * 4, stock_cost_coverage=(7, 7),
                days_of_cover=(5 + 2, D1 + D3 + D2), weighted_in_stock_rate=(D1 + D3, D1 + D3 + D2),
                lost_units=0, lost_profit=0, lost_profit_coverage=NONE, skus_to_reorder=2,
                stock_turn_days=(32 + 28, 44 + 12)),
            # all are, and would have sold 1/28, 7/28 and 2/28: at 55, 10 and 30 less 4 each. Ten
            # lamps are on order
            Day("2026-10-31", out_of_stock_rate=(3, 3), available_units=0, oversold_units=0,
                stock_value=0, stock_cost_coverage=NONE,
                days_of_cover=(0, D1 + 0.25 + D2), weighted_in_stock_rate=(0, D1 + 0.25 + D2),
                lost_units=D1 + 0.25 + D2, lost_profit=1.82 + 1.50 + 1.86,
                lost_profit_coverage=(D1 + 0.25 + D2, D1 + 0.25 + D2), skus_to_reorder=2),
            # mugs are not counted; one kettle is not below one
            Day("2026-11-01", out_of_stock_rate=(0, 2), available_units=1 + 1, oversold_units=0,
                stock_value=2 * 4, stock_cost_coverage=(2, 2),
                days_of_cover=(1 + 1, D1 + D2), weighted_in_stock_rate=(D1 + D2, D1 + D2),
                lost_units=0, lost_profit=0, lost_profit_coverage=NONE, skus_to_reorder=0,
                stock_turn_days=(60 + 8, 56)),
            # signs are no longer sold but lie there; mugs sold 13 of 28 and have a point of 8.
            # What mugs cost is on neither side of the turnover
            Day("2026-11-11", out_of_stock_rate=(1, 3), available_units=3 + 2 + 4,
                oversold_units=2, stock_value=2 * 4 + 4 * 4, stock_cost_coverage=(2 + 4, 9),
                days_of_cover=(3 + 2, 0.4643 + D3 + D1),
                weighted_in_stock_rate=(0.4643 + D3, 0.4643 + D3 + D1),
                lost_units=D1, lost_profit=1.82, lost_profit_coverage=(D1, D1), skus_to_reorder=2,
                stock_turn_days=(68 + 8 + 16, 56)),
        ],
        CN: [
            # of 4 mugs, 2 were sold in 28 days (cn-5 and cn-6); nobody wanted a kettle
            Day("2026-10-25", out_of_stock_rate=(1, 2), available_units=4, oversold_units=0,
                stock_value=4 * 4, stock_cost_coverage=(4, 4), days_of_cover=(4, D2),
                weighted_in_stock_rate=(D2, D2), lost_units=0, lost_profit=0,
                lost_profit_coverage=NONE, stock_turn_days=(16, 28)),
        ],
        EU: [
            # eu-3 bought one
            Day("2026-10-25", out_of_stock_rate=(0, 1), available_units=1, oversold_units=0,
                stock_value=4, stock_cost_coverage=(1, 1), days_of_cover=(1, D1),
                weighted_in_stock_rate=(D1, D1), lost_units=0, lost_profit=0,
                lost_profit_coverage=NONE, stock_turn_days=(4, 18)),
        ],
    },
    all_stores={
        ("available_units", "2026-10-25"): 7 + 4 + 1,
        ("stock_value", "2026-10-25"): 28 * 7 + 16 + 4 * 8,
        # no purchase of the other stores has ever come, so their points are not known
        ("skus_to_reorder", "2026-10-25"): 2,
        # what was counted in New York alone
        ("stock_cost_coverage", "2026-11-11"): (2 + 4, 9),
    },
    # New York's warehouse has told nothing since; Shanghai's and Berlin's have stopped
    unreported={
        (US, "2026-11-12"): dict.fromkeys(
            ["out_of_stock_rate", "days_of_cover", "weighted_in_stock_rate"], (None, None)
        ),
    },
    slices={
        ("out_of_stock_rate", "2026-10-24", US, "category"): {"kitchen": 1 / 2, "home": 0 / 1},
        ("available_units", "2026-11-11", US, "category"): {"kitchen": 3, "home": 2 + 4},
    },
    money_ratios=frozenset({"stock_turn_days", "inventory_turnover"}),
    rows={"inventory": INVENTORY, "purchase_orders": PURCHASES},
)  # fmt: skip
