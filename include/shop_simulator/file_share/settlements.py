"""The accountants' files: what platforms, payment and warehouses charge, day by day.

Each night every shop's settlement of the day before is written to the share: new charges, and older
ones again that have been paid out since. A commission is refunded with the goods. Rules:

- an entry is booked once without `paid_out_on` and restated once with it, under the same number
- payment fees are settled two days after the payment, a marketplace's commission a week after the
  buyer confirmed, warehouses on the fifth of the next month
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shop_simulator.books import Books
from shop_simulator.clock import (
    DAY,
    HOUR,
    NEVER,
    days_between,
    from_ms,
    iso,
    iso_texts,
    local_day_of,
    local_midnight,
)
from shop_simulator.randomness import Ints
from shop_simulator.selling.simulation import Plan
from shop_simulator.setting.stores import Store
from shop_simulator.whole_files import write_whole

_BOOKED_AFTER_MS = 3 * HOUR
_COMMISSION_AFTER_MS, _PAYMENT_AFTER_MS = 7 * DAY, 2 * DAY
_INVOICE_DAY = 5
# Later than any clock, and still a date that can be written.
_FAR_MS = 4_000_000_000_000


@dataclass(frozen=True)
class _Tariff:
    """What a store is charged; cents of its currency, shares of what the buyer paid."""

    commission: float
    payment: float
    payment_fixed: int
    on_delivery: float
    pick_order: int
    pick_line: int
    box: int
    storage_per_unit_day: float
    month: int


_TARIFFS: Mapping[str, _Tariff] = {
    "cn_market": _Tariff(0.05, 0.006, 0, 0.012, 320, 80, 95, 1.8, 180_000),
    "us_site": _Tariff(0.0, 0.029, 30, 0.0, 290, 50, 55, 0.5, 29_900),
    "eu_shop": _Tariff(0.0, 0.015, 25, 0.0, 260, 45, 50, 0.45, 28_900),
}
_HEADER = "shop,entry_no,order_no,entry_type,ccy,charge,charged_on,paid_out_on,booked"


def write_settlements(
    folder: Path, books: Sequence[Books], stock: pd.DataFrame, plan: Plan, from_ms: int
) -> None:
    """Write every settlement that is booked from `from_ms` until the plan's clock.

    Args:
        folder: gets `dt=<UTC day of booking>/settlement-<shop>.csv`.
        books: of all stores.
        stock: their closing stock; see `goods.ledger`.
        plan: of the world.
        from_ms: what was booked before is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for one in books:
        entries = _entries(one, stock[stock["shop"] == one.store.code], plan)
        charged, paid_out = (entries[name].to_numpy() for name in ("charged_ms", "paid_out_ms"))
        runs = _runs(one.store, plan)
        booked, restated = (np.searchsorted(runs, moments) for moments in (charged, paid_out))
        texts = _texts(one.store, entries)
        for number in np.flatnonzero((runs >= from_ms) & (runs < plan.until_ms)).tolist():
            lines = [
                texts[at][0] for at in np.flatnonzero((booked == number) & (restated > number))
            ]
            lines += [texts[at][1] for at in np.flatnonzero(restated == number)]
            _write(folder, one.store, int(runs[number]), lines)


def _runs(store: Store, plan: Plan) -> Ints:
    """The moments of the nightly bookings; one more than the clock reaches."""
    midnights = [local_midnight(store.tz_name, day) for day in plan.local_days(store)]
    first, last = midnights[0], midnights[-1]
    return np.array([first - DAY, *midnights, last + DAY]) + _BOOKED_AFTER_MS


def _entries(books: Books, stock: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Every charge of a store, whenever it comes: number, order, type, cents and its moments."""
    tariff = _TARIFFS[books.store.code]
    orders = books.orders[books.orders["test_order"] == 0]
    lines = books.lines[books.lines["line_type"] == "goods"].groupby("order_no").size()
    paid = orders[orders["paid_ms"] < NEVER]
    confirmed = paid[paid["confirmed_ms"] < NEVER]
    shipped = orders[orders["shipped_ms"] < NEVER]
    picked = lines.reindex(shipped["order_no"]).fillna(0).to_numpy(dtype=np.int64)
    invoiced = _next_invoice(books.store, shipped["shipped_ms"].to_numpy())
    on_delivery = paid["pay_method"] == "cod"
    payment = np.where(
        on_delivery,
        paid["due"] * tariff.on_delivery,
        paid["due"] * tariff.payment + tariff.payment_fixed,
    )
    tables = [
        _charges(paid, "pay_fee", payment, "paid_ms", paid["paid_ms"] + _PAYMENT_AFTER_MS),
        _charges(
            shipped,
            "pick_pack",
            tariff.pick_order + tariff.pick_line * picked,
            "shipped_ms",
            invoiced,
        ),
        _charges(shipped, "box", np.full(len(shipped), tariff.box), "shipped_ms", invoiced),
        _storage(books.store, stock, tariff),
        _months(books.store, plan, tariff),
    ]
    if tariff.commission:
        due = confirmed["confirmed_ms"] + _COMMISSION_AFTER_MS
        commission = confirmed["due"] * tariff.commission
        tables.append(_charges(confirmed, "commission", commission, "confirmed_ms", due))
        tables.append(_given_back(books, set(confirmed["order_no"]), tariff))
    return pd.concat(tables, ignore_index=True)


def _charges(
    orders: pd.DataFrame,
    kind: str,
    cents: npt.ArrayLike,
    charged: str,
    paid_out_ms: npt.ArrayLike,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "entry_no": kind + "-" + orders["order_no"],
            "order_no": orders["order_no"],
            "entry_type": kind,
            "cents": np.round(np.asarray(cents)).astype(np.int64),
            "charged_ms": orders[charged],
            "paid_out_ms": np.asarray(paid_out_ms),
        }
    )


def _given_back(books: Books, confirmed: set[str], tariff: _Tariff) -> pd.DataFrame:
    """The commission on returned goods, as negative entries."""
    slips = books.slips
    slips = slips[(slips["done_ms"] < NEVER) & slips["order_no"].isin(confirmed)]
    return pd.DataFrame(
        {
            "entry_no": "commission-" + slips["slip_no"],
            "order_no": slips["order_no"],
            "entry_type": "commission",
            "cents": -np.round(slips["amount"] * tariff.commission).astype(np.int64),
            "charged_ms": slips["done_ms"],
            "paid_out_ms": slips["done_ms"] + _COMMISSION_AFTER_MS,
        }
    )


def _storage(store: Store, stock: pd.DataFrame, tariff: _Tariff) -> pd.DataFrame:
    """A day's rent of each warehouse, by the units in stock at its end."""
    lying = stock.groupby(["warehouse", "snapshot_ms"], as_index=False)["on_hand"].sum()
    counted = lying["snapshot_ms"].to_numpy()
    days = [local_day_of(store.tz_name, at).isoformat() for at in counted.tolist()]
    return pd.DataFrame(
        {
            "entry_no": "storage-" + store.code + "-" + lying["warehouse"] + "-" + days,
            "order_no": None,
            "entry_type": "storage",
            "cents": np.round(lying["on_hand"] * tariff.storage_per_unit_day).astype(np.int64),
            "charged_ms": counted,
            "paid_out_ms": _next_invoice(store, counted),
        }
    )


def _months(store: Store, plan: Plan, tariff: _Tariff) -> pd.DataFrame:
    """The platform's monthly price, taken on the first; a history begins with one."""
    days = plan.local_days(store)
    firsts = [day for day in days if day == days[0] or day.day == 1]
    midnights = [local_midnight(store.tz_name, day) for day in firsts]
    charged = [max(plan.start_ms, midnight + HOUR) for midnight in midnights]
    return pd.DataFrame(
        {
            "entry_no": [f"subscription-{store.code}-{day:%Y-%m}" for day in firsts],
            "order_no": None,
            "entry_type": "subscription",
            "cents": tariff.month,
            "charged_ms": charged,
            "paid_out_ms": charged,
        }
    ).drop_duplicates("entry_no")


def _next_invoice(store: Store, moments_ms: Ints) -> Ints:
    """When a warehouse's charges are paid: on the fifth of the month after."""
    if len(moments_ms) == 0:
        return moments_ms
    first = local_day_of(store.tz_name, int(moments_ms.min()))
    last = local_day_of(store.tz_name, int(moments_ms.max()))
    days = days_between(first.replace(day=1), last + timedelta(days=45))
    starts = [day for day in days if day.day == 1]
    bounds = [local_midnight(store.tz_name, day) for day in starts]
    dues = [_invoice_of(store, day) for day in starts]
    return np.array(dues)[np.searchsorted(bounds, moments_ms, side="right")]


def _invoice_of(store: Store, first: date) -> int:
    return local_midnight(store.tz_name, first.replace(day=_INVOICE_DAY)) + HOUR


def _texts(store: Store, entries: pd.DataFrame) -> list[tuple[str, str]]:
    """Each entry as a line, before it is paid out and after; the moment of booking is missing."""
    moments = (entries[name].to_numpy(dtype=np.int64) for name in ("charged_ms", "paid_out_ms"))
    charged, paid_out = (iso_texts(np.minimum(column, _FAR_MS)) for column in moments)
    orders = entries["order_no"].astype(object).where(entries["order_no"].notna(), "")
    columns = zip(
        entries["entry_no"], orders, entries["entry_type"], entries["cents"].tolist(), strict=True
    )
    begun = [
        f"{store.code},{number},{order},{kind},{store.currency},{cents / 100:.2f}"
        for number, order, kind, cents in columns
    ]
    return [
        (f"{line},{since},", f"{line},{since},{paid}")
        for line, since, paid in zip(begun, charged, paid_out, strict=True)
    ]


def _write(folder: Path, store: Store, booked_ms: int, lines: Sequence[str]) -> None:
    place = folder / f"dt={from_ms(booked_ms):%Y-%m-%d}"
    place.mkdir(exist_ok=True)
    booked = iso(booked_ms)
    content = "".join([f"{_HEADER}\n", *(f"{line},{booked}\n" for line in lines)])
    write_whole(place / f"settlement-{store.code}.csv", content.encode())
