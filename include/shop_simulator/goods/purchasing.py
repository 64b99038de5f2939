"""What a store has ordered from its suppliers: promised for a day, delivered on another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from shop_simulator.clock import local_moment
from shop_simulator.columns import Columns, stacked
from shop_simulator.randomness import Floats, Ints, stream
from shop_simulator.setting.catalogue import SKU_COUNT, VARIANTS

# Goods are ordered in the evening before the stock count and received before the shop opens.
ORDERED_AT_HOUR, RECEIVED_AT_HOUR, CANCELLED_AT_HOUR, PROMISED_AT_HOUR = 22, 6, 10, 18
PROMISED_DAYS = 9
_CANCELLED, _IN_TWO, _SHORT = 0.01, 0.05, 0.04
_STYLES_PER_SUPPLIER = 2


@dataclass(frozen=True)
class Supplier:
    """Who makes two of the styles.

    Attributes:
        slowness: factor on the usual time of delivery.
        defects: share of delivered units that inspection rejects.
    """

    number: str
    slowness: float
    defects: float


# One is late as a habit, one is careless.
SUPPLIERS: Sequence[Supplier] = (
    Supplier("V1001", 1.0, 0.006),
    Supplier("V1004", 0.9, 0.004),
    Supplier("V1007", 1.0, 0.009),
    Supplier("V1010", 1.7, 0.008),
    Supplier("V1013", 1.0, 0.005),
    Supplier("V1016", 1.1, 0.035),
    Supplier("V1019", 0.9, 0.006),
    Supplier("V1022", 1.0, 0.007),
    Supplier("V1025", 0.8, 0.005),
    Supplier("V1028", 1.2, 0.010),
)


def sku_suppliers() -> Ints:
    """The supplier of each SKU, as a position in SUPPLIERS."""
    return np.arange(SKU_COUNT, dtype=np.int64) // (VARIANTS * _STYLES_PER_SUPPLIER)


def sku_slowness() -> Floats:
    """How much slower than usual each SKU's supplier delivers."""
    return np.array([one.slowness for one in SUPPLIERS], dtype=np.float64)[sku_suppliers()]


class OrderBook:
    """A store's orders to its suppliers, per warehouse and SKU (a location).

    Args:
        seed: of the world.
        store_code: names the streams of chance.
        locations: how many there are.
    """

    def __init__(self, seed: int, store_code: str, locations: int) -> None:
        self._seed = seed
        self._store_code = store_code
        self._nothing: Ints = np.zeros(locations, dtype=np.int64)
        # By day: what is received, how much of it is defective, and what is no longer on its way.
        self._receipts: dict[int, Ints] = {}
        self._defects: dict[int, Ints] = {}
        self._settled: dict[int, Ints] = {}
        self._written: list[Columns] = []
        self.coming: Ints = self._nothing.copy()

    def open_day(self, ordinal: int) -> tuple[Ints, Ints]:
        """Receive what is due on a day, and remove what is cancelled or will not be delivered.

        Returns:
            units received and, of these, units rejected by inspection; shape (locations,).
        """
        self.coming = self.coming - self._settled.pop(ordinal, self._nothing)
        received = self._receipts.pop(ordinal, self._nothing)
        return received, self._defects.pop(ordinal, self._nothing)

    def order(self, day: date, lot: Ints, lead_days: Ints) -> None:
        """Order goods in the evening.

        Args:
            day: local.
            lot: units wanted; 0 where none are; shape (locations,).
            lead_days: until the first of them come; same shape.
        """
        ordinal = day.toordinal()
        written = _outcomes(stream(self._seed, self._store_code, "purchasing", ordinal), lot)
        written["ordered_day"] = np.full(len(lot), ordinal, dtype=np.int64)
        written["first_day"] = ordinal + lead_days
        written["rest_day"] = written["first_day"] + written.pop("rest_wait")
        written["cancelled_day"] = ordinal + np.minimum(written.pop("cancel_wait"), lead_days)
        written = {name: values[lot > 0] for name, values in written.items()}
        self._written.append(written)
        self.coming = self.coming + lot
        for part in ("first", "rest"):
            _note(self._receipts, written, f"{part}_day", f"{part}_qty", len(lot))
            _note(self._defects, written, f"{part}_day", f"{part}_defect", len(lot))
            _note(self._settled, written, f"{part}_day", f"{part}_settled", len(lot))
        _note(self._settled, written, "cancelled_day", "cancelled_qty", len(lot))

    def lines(self) -> Columns:
        """Every line ever ordered, oldest first, with its outcome.

        Returns:
            `location, qty, first_qty, rest_qty, first_defect, rest_defect, cancelled_qty` (units)
            and the local days `ordered_day, first_day, rest_day, cancelled_day` (ordinals; they
            mean something where their quantity is above 0).
        """
        return stacked(self._written)


def _outcomes(rng: np.random.Generator, lot: Ints) -> Columns:
    """The outcome of each line: all at once, in two parts, short for good, or cancelled."""
    count = len(lot)
    fate = rng.random(count)
    cancelled = fate < _CANCELLED
    in_two = ~cancelled & (fate < _CANCELLED + _IN_TWO)
    short = ~cancelled & ~in_two & (fate < _CANCELLED + _IN_TWO + _SHORT)
    part = np.where(short, rng.uniform(0.75, 0.97, count), rng.uniform(0.4, 0.8, count))
    first = np.where(in_two | short, np.floor(lot * part), lot).astype(np.int64)
    first = np.where(cancelled, 0, first)
    rest = np.where(in_two, lot - first, 0)
    rate = np.array([one.defects for one in SUPPLIERS])[sku_suppliers()]
    rate = np.tile(rate, count // SKU_COUNT)
    return {
        "location": np.arange(count, dtype=np.int64),
        "qty": lot,
        "first_qty": first,
        "first_defect": rng.binomial(first, rate).astype(np.int64),
        # The rest of a short line is not waited for.
        "first_settled": np.where(short, lot, first),
        "rest_qty": rest,
        "rest_defect": rng.binomial(rest, rate).astype(np.int64),
        "rest_settled": rest,
        "rest_wait": rng.integers(2, 7, count),
        "cancelled_qty": np.where(cancelled, lot, 0),
        "cancel_wait": rng.integers(2, 6, count),
    }


def _note(book: dict[int, Ints], lines: Columns, day: str, quantity: str, size: int) -> None:
    """Note quantities under the day they are due."""
    for due in np.unique(lines[day][lines[quantity] > 0]).tolist():
        mine = lines[day] == due
        noted = book.get(due, np.zeros(size, dtype=np.int64)).copy()
        noted[lines["location"][mine]] += lines[quantity][mine]
        book[due] = noted


def moments_of(tz_name: str, days: Ints, hour: int) -> Ints:
    """The UTC moments, in milliseconds, of a wall-clock hour on local days (ordinals)."""
    unique, inverse = np.unique(days, return_inverse=True)
    at = [local_moment(tz_name, date.fromordinal(day), hour) for day in unique.tolist()]
    return np.array(at, dtype=np.int64)[inverse] if at else np.zeros(0, dtype=np.int64)
