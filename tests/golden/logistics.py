"""Parcels of the golden shop, and what the KPIs of logistics come to.

Most orders never get a parcel: they wait from their day on, overdue from the second day after it.
"""

from datetime import date, timedelta

from golden.book import NONE, Day, Page, Percentile
from golden.shop import CN, CURRENCY, EU, STORES, US, kpi_days, restated
from support.accepted_lake import Row


def _parcel(store: str, order: str, number: str, created_at: str, **said: object) -> list[Row]:
    """A parcel as the source says it each time it changes."""
    whole = {
        "store_id": store,
        "shipment_id": number,
        "order_id": order,
        "warehouse_id": "east",
        "carrier": "blueline",
        "tracking_no": f"track {number}",
        "currency": CURRENCY[store],
        "created_at": created_at,
        "promised_delivery_at": None,
        **said,
    }
    return restated(whole, created_at, ("shipped_at", "first_scan_at", "delivered_at"))


SHIPMENTS: list[Row] = [
    # us-36, paid at 15:00, in two parcels: one leaves after 5 hours and one after 25; they arrive
    # on one day, after 96 and after 72 hours
    *_parcel(US, "us-36", "p-1", "2026-04-14 16:00:00", shipped_at="2026-04-14 18:00:00",
             first_scan_at="2026-04-14 20:00:00", promised_ship_at="2026-04-16 15:00:00",
             delivered_at="2026-04-18 20:00:00", status="delivered"),
    *_parcel(US, "us-36", "p-2", "2026-04-14 16:00:00", warehouse_id="west", carrier="redwing",
             shipped_at="2026-04-15 10:00:00", first_scan_at="2026-04-15 16:00:00",
             promised_ship_at="2026-04-16 15:00:00", delivered_at="2026-04-18 16:00:00",
             status="delivered"),
    # leaves in time, and is lost
    *_parcel(US, "us-37", "p-3", "2026-04-15 16:00:00", shipped_at="2026-04-15 18:00:00",
             first_scan_at="2026-04-15 20:00:00", promised_ship_at="2026-04-17 15:00:00",
             status="lost"),
    # without a number: it left when it was labelled, but nobody ever scans it
    *_parcel(US, "us-40", "p-4", "2026-05-20 16:00:00", tracking_no=None,
             shipped_at="2026-05-20 18:00:00", promised_ship_at="2026-05-22 15:00:00",
             delivered_at="2026-05-21 18:00:00", status="delivered"),
    # a second later than 48 hours, and than promised
    *_parcel(US, "us-42", "p-5", "2026-07-20 16:00:00", shipped_at="2026-07-22 12:00:00",
             first_scan_at="2026-07-22 15:00:01", promised_ship_at="2026-07-22 15:00:00",
             delivered_at="2026-07-24 15:00:01", status="delivered"),
    # 24 hours to the second; still on its way
    *_parcel(US, "us-43", "p-6", "2026-08-25 16:00:00", shipped_at="2026-08-25 18:00:00",
             first_scan_at="2026-08-26 15:00:00", promised_ship_at="2026-08-27 15:00:00",
             status="in_transit"),
    # labelled, and left lying
    *_parcel(US, "us-44", "p-7", "2026-11-10 16:00:00", shipped_at="2026-11-10 18:00:00",
             promised_ship_at="2026-11-12 15:00:00", status="shipped"),
    # cash on delivery, refused at the door: it was not late for that
    *_parcel(CN, "cn-32", "p-8", "2026-08-10 05:00:00", shipped_at="2026-08-10 08:00:00",
             first_scan_at="2026-08-10 10:00:00", promised_ship_at="2026-08-12 04:00:00",
             status="refused"),
]  # fmt: skip

# The day each order was paid (cash on delivery: placed), and the day it left or was cancelled.
# Gift cards, tests and what was never paid need not leave.
WAITS: dict[str, list[tuple[str, str | None]]] = {
    US: [
        ("2025-11-03", None), ("2025-11-20", None),  # us-21, us-22
        ("2025-11-28", None), ("2025-11-28", None),  # us-23, us-24
        ("2025-12-16", None), ("2025-12-16", None),  # us-26, us-27, paid on the day after
        ("2025-12-20", None),  # us-28
        ("2026-01-15", None), ("2026-01-15", None),  # us-29, us-30
        ("2026-01-30", None),  # us-31
        ("2026-03-08", None), ("2026-03-08", None), ("2026-03-08", None),  # us-32, us-33, us-34
        ("2026-03-09", None),  # us-35
        ("2026-04-14", "2026-04-15"),  # us-36, with its second parcel
        ("2026-04-15", "2026-04-15"),  # us-37
        ("2026-05-12", "2026-05-13"),  # us-38, cancelled
        ("2026-05-20", "2026-05-20"),  # us-40
        ("2026-06-25", None),  # us-41
        ("2026-07-20", "2026-07-22"),  # us-42
        ("2026-08-25", "2026-08-26"),  # us-43
        ("2026-10-24", None), ("2026-10-24", None), ("2026-10-24", None),  # us-1, us-2, us-4
        ("2026-10-25", None), ("2026-10-26", None),  # us-3, us-7
        ("2026-10-28", None),  # us-13, for its mug
        ("2026-11-01", None), ("2026-11-01", None), ("2026-11-01", None),  # us-8, us-9, us-10
        ("2026-11-02", None),  # us-11
        ("2026-11-10", None), ("2026-11-11", None),  # us-44, us-45
    ],
    CN: [
        # the rest of cn-21; cn-23; cn-24, cash on delivery
        ("2025-11-11", None), ("2025-11-11", None), ("2025-11-11", None),
        ("2025-12-20", None), ("2026-02-16", None), ("2026-02-17", None),  # cn-25, cn-26, cn-27
        ("2026-02-20", None), ("2026-06-17", None),  # cn-28, cn-29
        ("2026-06-18", None), ("2026-06-18", None),  # cn-30, cn-31
        ("2026-08-10", "2026-08-10"),  # cn-32
        ("2026-10-24", None), ("2026-10-25", None), ("2026-10-25", None),  # cn-6, cn-5, cn-1
        ("2026-10-27", "2026-10-30"),  # cn-4, cancelled
        ("2026-10-29", None), ("2026-10-31", None), ("2026-11-11", None),  # cn-3, cn-2, cn-33
    ],
    EU: [
        ("2025-11-10", "2025-11-11"),  # eu-21, after 23 hours; its parcel is in `profit.py`
        ("2025-11-28", None), ("2025-12-01", None),  # eu-22, eu-23
        ("2026-01-16", None),  # eu-24
        ("2026-03-29", None), ("2026-03-29", None), ("2026-03-29", None),  # eu-25, eu-26, eu-27
        ("2026-03-30", None), ("2026-04-20", None),  # eu-28, eu-29
        ("2026-07-14", None), ("2026-07-15", None), ("2026-08-12", None),  # eu-30, eu-31, eu-32
        # eu-1, eu-2, eu-3, eu-5
        ("2026-10-25", None), ("2026-10-25", None), ("2026-10-25", None), ("2026-10-25", None),
        ("2026-10-26", "2026-10-27"),  # eu-4, cancelled
        ("2026-11-01", None), ("2026-11-09", None),  # eu-6, eu-33
    ],
}  # fmt: skip

# What is due is scanned by nobody, but for these days; not due is what was cancelled before.
SCANNED_24H: dict[tuple[str, str], tuple[int, int]] = {
    (US, "2026-04-15"): (1, 1),
    (US, "2026-05-12"): NONE,
    (US, "2026-08-25"): (1, 1),
    (CN, "2026-08-10"): (1, 1),
    (EU, "2025-11-10"): (1, 1),
}
SCANNED_48H: dict[tuple[str, str], tuple[int, int]] = SCANNED_24H | {
    (US, "2026-04-14"): (1, 1),
    (EU, "2026-10-26"): NONE,
}


def _waiting(store: str, day: date, for_days: int) -> int:
    """Orders that had come so many days before the day's end or earlier, and not left by then."""
    last = str(day - timedelta(days=for_days))
    return sum(came <= last and not (left and left <= str(day)) for came, left in WAITS[store])


# eu-5 came half an hour after the 25-hour day began: its 48 hours end before the next day does.
OVERDUE_SOONER = {(EU, date(2026, 10, 26)): 1}


def _backlog(store: str) -> list[Day]:
    return [
        Day(
            str(day),
            unshipped_backlog=_waiting(store, day, 0),
            overdue_backlog_share=(
                _waiting(store, day, 2) + OVERDUE_SOONER.get((store, day), 0),
                _waiting(store, day, 0),
            ),
        )
        for day in kpi_days(store)
    ]


def _due(store: str) -> list[Day]:
    days = [came for came, _ in WAITS[store]]
    return [
        Day(
            day,
            ship_rate_24h=SCANNED_24H.get((store, day), (0, days.count(day))),
            ship_rate_48h=SCANNED_48H.get((store, day), (0, days.count(day))),
        )
        for day in sorted(set(days))
    ]


PARCELS: dict[str, list[Day]] = {
    US: [
        Day("2026-04-14", late_shipment_rate=(0, 1)),
        # p-2 and p-3
        Day("2026-04-15", late_shipment_rate=(0, 2)),
        # of 72 and 96 the middle, and nine tenths of the way from one to the other
        Day("2026-04-18", delivery_hours_p50=Percentile((72 + 96) / 2, 2),
            delivery_hours_p90=Percentile(72 + 0.9 * 24, 2)),
        Day("2026-05-20", late_shipment_rate=(0, 1)),
        # since the label was printed
        Day("2026-05-21", delivery_hours_p50=Percentile(24, 1),
            delivery_hours_p90=Percentile(24, 1)),
        Day("2026-07-22", late_shipment_rate=(1, 1)),
        Day("2026-07-24", delivery_hours_p50=Percentile(48, 1),
            delivery_hours_p90=Percentile(48, 1)),
        Day("2026-08-26", late_shipment_rate=(0, 1)),
    ],
    CN: [Day("2026-08-10", late_shipment_rate=(0, 1))],
    EU: [Day("2025-11-11", late_shipment_rate=(0, 1))],
}  # fmt: skip

PAGE = Page(
    nothing={
        "ship_rate_24h": NONE,
        "ship_rate_48h": NONE,
        "late_shipment_rate": NONE,
        "delivery_hours_p50": Percentile(None, 0),
        "delivery_hours_p90": Percentile(None, 0),
        "unshipped_backlog": 0,
        "overdue_backlog_share": NONE,
    },
    days={
        store: [*PARCELS.get(store, []), *_due(store), *_backlog(store)] for store in STORES
    },
    slices={
        ("late_shipment_rate", "2026-04-15", US, "carrier"): {"redwing": 0 / 1, "blueline": 0 / 1},
        ("ship_rate_48h", "2026-04-14", US, "warehouse"): {"several": 1 / 1},
        ("delivery_hours_p50", "2026-04-18", US, "carrier"): {"redwing": 72, "blueline": 96},
        # us-45 of the day, us-44 of the morning before, and all that nobody ever packs
        ("unshipped_backlog", "2026-11-11", US, "age_bucket"): {
            "0-24h": 1, "24-48h": 1, "over_72h": 14 + 1 + 3 + 2 + 1 + 3 + 1,
        },
    },
    rows={"shipments": SHIPMENTS},
)  # fmt: skip
