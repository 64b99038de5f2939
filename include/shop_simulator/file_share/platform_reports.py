"""The sales platforms' files: what each reports as a day's sales, by its own rules.

At six every morning, the shop's time, a platform exports the day before, and once more every older
day whose figure has changed since. Rules:

- the marketplace counts what was paid, freight included; later refunds change nothing. It
  books a payment when its clearing house has confirmed it, a minute after the shop knows of it,
  so a payment just before midnight is of the next day there
- the American site's platform counts goods on the day of the order, less discounts, less what was
  returned on the day; tests and cancelled orders are out, so that an order cancelled later is
  taken off its day. It spreads discounts over single units and drops fractions of a cent
- the European shop's analysts do the same without the returns, in whole euros
- the day on which history begins is left out, since nobody has the whole of it; one morning the
  European export failed, and its day was never asked for again
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from shop_simulator.books import Books
from shop_simulator.clock import MINUTE, NEVER, from_ms, iso, local_midnight, local_moment
from shop_simulator.randomness import Ints
from shop_simulator.selling.simulation import Plan
from shop_simulator.setting.stores import Store
from shop_simulator.whole_files import write_whole

_EXPORT_HOUR = 6
_CLEARED_AFTER_MS = MINUTE
# A day of no incident whose export failed: store, month and day.
_FAILED = ("eu_shop", 10, 8)
_HEADER = "shop,platform,figure,day,ccy,amount,exported"


@dataclass(frozen=True)
class _Platform:
    """The platform of a store, what it calls its figure and how it counts it.

    Attributes:
        amounts: rows of `dated_ms` (the moment that decides on the day), `known_ms` (from when on
            the platform counts it) and `cents`.
        step_cents: what its figure is rounded to.
    """

    name: str
    figure: str
    amounts: Callable[[Books], pd.DataFrame]
    step_cents: int = 1


def write_platform_reports(folder: Path, books: Sequence[Books], plan: Plan, from_ms: int) -> None:
    """Write every export that is made from `from_ms` until the plan's clock.

    Args:
        folder: gets `dt=<UTC day of the export>/report-<shop>.csv`.
        books: of all stores.
        plan: of the world.
        from_ms: what was exported before is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for one in books:
        days = plan.local_days(one.store)
        mornings = [
            local_moment(one.store.tz_name, day + timedelta(days=1), _EXPORT_HOUR) for day in days
        ]
        figures = _figures(one, days, np.array(mornings))
        for number, morning in enumerate(mornings):
            if from_ms <= morning < plan.until_ms and not _fails(one.store, days[number]):
                lines = list(_lines(one.store, days, figures, number, plan))
                _write(folder, one.store, morning, lines)


def _figures(books: Books, days: Sequence[date], mornings: Ints) -> Ints:
    """The platform's figure of each day as of each morning, in its rounding steps."""
    platform = _PLATFORMS[books.store.code]
    amounts = platform.amounts(books)
    ends = [local_midnight(books.store.tz_name, day + timedelta(days=1)) for day in days]
    day = np.searchsorted(ends, amounts["dated_ms"], side="right")
    morning = np.searchsorted(mornings, amounts["known_ms"], side="right")
    known = (day < len(days)) & (morning < len(days))
    changes = np.zeros((len(days), len(days)), dtype=np.int64)
    np.add.at(changes, (day[known], morning[known]), amounts["cents"].to_numpy()[known])
    cents = np.cumsum(changes, axis=1)
    return np.asarray((cents + platform.step_cents // 2) // platform.step_cents)


def _lines(
    store: Store, days: Sequence[date], figures: Ints, number: int, plan: Plan
) -> Iterator[str]:
    """A morning's lines: the day before, and older ones that have changed since the last export."""
    platform = _PLATFORMS[store.code]
    before = number - 2 if number and _fails(store, days[number - 1]) else number - 1
    exported = local_moment(store.tz_name, days[number] + timedelta(days=1), _EXPORT_HOUR)
    for at, day in enumerate(days[: number + 1]):
        is_new = at == number or figures[at, number] != figures[at, before]
        is_reported = local_midnight(store.tz_name, day) >= plan.start_ms and not _fails(store, day)
        if is_new and is_reported:
            amount = int(figures[at, number]) * platform.step_cents / 100
            yield (
                f"{store.code},{platform.name},{platform.figure},{day},{store.currency},"
                f"{amount:.2f},{iso(exported)}"
            )


def _fails(store: Store, day: date) -> bool:
    """Whether the export of a day fails."""
    return (store.code, day.month, day.day) == _FAILED


def _write(folder: Path, store: Store, exported_ms: int, lines: Sequence[str]) -> None:
    if not lines:
        return
    day = folder / f"dt={from_ms(exported_ms).date()}"
    day.mkdir(exist_ok=True)
    content = "\n".join([_HEADER, *lines]) + "\n"
    write_whole(day / f"report-{store.code}.csv", content.encode())


def _paid(books: Books) -> pd.DataFrame:
    """What buyers paid, when it was cleared."""
    paid = books.orders[books.orders["paid_ms"] < NEVER]
    cleared = paid["paid_ms"] + _CLEARED_AFTER_MS
    return pd.DataFrame({"dated_ms": cleared, "known_ms": cleared, "cents": paid["due"]})


def _placed(books: Books) -> pd.DataFrame:
    """Goods of orders that are no tests, less discounts; off again when an order is cancelled."""
    orders = _no_tests(books)
    net = orders["goods_total"] - orders["marked_down"]
    net = net - orders["shop_discount"] - orders["platform_discount"]
    return _until_cancelled(orders, net)


def _placed_and_returned(books: Books) -> pd.DataFrame:
    """The same with discounts per unit, and less what was returned."""
    orders = _no_tests(books)
    net = orders["order_no"].map(_net_by_unit(books)).fillna(0).astype(np.int64)
    kept = set(orders["order_no"][orders["cancelled_ms"] >= NEVER])
    slips = books.slips[(books.slips["done_ms"] < NEVER) & books.slips["order_no"].isin(kept)]
    returned = pd.DataFrame(
        {"dated_ms": slips["done_ms"], "known_ms": slips["done_ms"], "cents": -slips["amount"]}
    )
    return pd.concat([_until_cancelled(orders, net), returned], ignore_index=True)


def _no_tests(books: Books) -> pd.DataFrame:
    return books.orders[books.orders["test_order"] == 0]


def _until_cancelled(orders: pd.DataFrame, cents: "pd.Series[int]") -> pd.DataFrame:
    placed = pd.DataFrame(
        {"dated_ms": orders["placed_ms"], "known_ms": orders["placed_ms"], "cents": cents}
    )
    cancelled = placed.assign(known_ms=orders["cancelled_ms"], cents=-cents)
    return pd.concat([placed, cancelled[cancelled["known_ms"] < NEVER]], ignore_index=True)


def _net_by_unit(books: Books) -> "pd.Series[int]":
    """Each order's goods less discounts, with a discount per unit in whole cents."""
    goods = books.lines[books.lines["line_type"] == "goods"]
    order = books.orders.set_index("order_no").loc[goods["order_no"]]
    gross = (goods["qty"] * goods["unit_price"]).to_numpy()
    marked_down = goods["line_discount"].to_numpy()
    before = np.maximum(1, (order["goods_total"] - order["marked_down"]).to_numpy())
    of_order = (order["shop_discount"] + order["platform_discount"]).to_numpy()
    discount = marked_down + of_order * (gross - marked_down) / before
    units = goods["qty"].to_numpy()
    net = gross - units * np.floor(discount / units + 1e-9).astype(np.int64)
    return pd.Series(net).groupby(goods["order_no"].to_numpy()).sum()


_PLATFORMS: Mapping[str, _Platform] = {
    "cn_market": _Platform("sycm", "pay_amount", _paid),
    "us_site": _Platform("shopify", "net_sales", _placed_and_returned),
    "eu_shop": _Platform("daasity", "revenue", _placed, step_cents=100),
}
