"""Experiments on visitors: who is shown what, and its true effect.

A visitor's arm follows from its number alone, so that it stays the same from visit to visit.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from shop_simulator.columns import Columns
from shop_simulator.randomness import Bools, Floats, Ints

_TREATED = 0.5


@dataclass(frozen=True)
class Experiment:
    """A test that runs in one store for some of its local days.

    Attributes:
        share: of the visitors who take part; half of them are treated.
        lift: by how much more readily the treated buy; 0 for a test of the test itself.
    """

    number: str
    store: str
    first_day: date
    days: int
    share: float
    lift: float

    def runs_on(self, store: str, day: date) -> bool:
        """Whether visitors of that store are shown it on that day."""
        age = (day - self.first_day).days
        return store == self.store and 0 <= age < self.days

    def takes_part(self, visitor: Ints) -> Bools:
        """Which visitors are in it."""
        return _drawn(visitor, f"{self.number}/share") < self.share

    def treats(self, visitor: Ints) -> Bools:
        """Which visitors see the new variant; the others see the old one."""
        return _drawn(visitor, f"{self.number}/arm") < _TREATED


# Code, store, first ISO week, weeks, share and lift: every thirteenth week another round.
_KINDS = (
    ("one-page-checkout", "us_site", 6, 3, 1.0, 0.18),
    ("a-a", "eu_shop", 7, 2, 0.5, 0.0),
)
_ROUND_WEEKS, _ROUNDS = 13, 4


def experiments_on(store: str, day: date) -> Sequence[Experiment]:
    """The experiments that run in a store on a local day."""
    year = day.isocalendar().year
    return [
        experiment
        for code, where, week, weeks, share, lift in _KINDS
        for experiment in (
            Experiment(
                number=f"{code}-{year}-{number + 1}",
                store=where,
                first_day=date.fromisocalendar(year, week + number * _ROUND_WEEKS, 1),
                days=7 * weeks,
                share=share,
                lift=lift,
            )
            for number in range(_ROUNDS)
        )
        if experiment.runs_on(store, day)
    ]


def persuaded(
    experiments: Sequence[Experiment], rng: np.random.Generator, visitor: Ints, usual: float
) -> Bools:
    """Which visitors about to leave buy after all because of an experiment.

    Args:
        experiments: that run now.
        rng: a stream of its own.
        visitor: of each session.
        usual: share of those about to pay who do so without any experiment.
    """
    convinced = np.zeros(len(visitor), dtype=np.bool_)
    for experiment in experiments:
        chance = experiment.lift * usual / (1 - usual)
        treated = experiment.takes_part(visitor) & experiment.treats(visitor)
        convinced |= treated & (rng.random(len(visitor)) < chance)
    return convinced


def exposures(
    experiments: Sequence[Experiment], visitor: Ints, at_ms: Ints, is_bot: Bools
) -> list[Columns]:
    """Who was shown an experiment on a day, and when first; bots run no scripts."""
    shown = []
    for experiment in experiments:
        taking_part = np.flatnonzero(experiment.takes_part(visitor) & ~is_bot)
        # Sessions come by their start, so the first of a visitor is the first exposure.
        unit, first = np.unique(visitor[taking_part], return_index=True)
        shown.append(
            {
                "test_no": np.full(len(unit), experiment.number, dtype=object),
                "visitor": unit,
                "treated": experiment.treats(unit),
                "seen_ms": at_ms[taking_part][first],
            }
        )
    return shown


def _drawn(visitor: Ints, salt: str) -> Floats:
    """A number in [0, 1) per visitor and salt, always the same."""
    digest = hashlib.blake2b(salt.encode(), digest_size=8).digest()
    mixed = visitor.astype(np.uint64) ^ np.uint64(int.from_bytes(digest, "big"))
    for factor, shift in ((0x9E3779B97F4A7C15, 29), (0xBF58476D1CE4E5B9, 32)):
        mixed = mixed * np.uint64(factor)
        mixed ^= mixed >> np.uint64(shift)
    return np.asarray((mixed >> np.uint64(11)) / float(1 << 53), dtype=np.float64)
