"""Reproducible random numbers: every decision has its own stream, named by what it decides.

A store's day draws from streams named after that store and day, so a day comes out the same however
long the history before it or after it is.
"""

import hashlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Open the random stream of one decision, e.g. `stream(7, "us_site", "orders", 739941)`."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "big")])


def opaque(numbers: Ints, salt: int) -> list[str]:
    """Turn counters into ids that show nothing: 14 hex digits, unique for equal salts.

    Args:
        numbers: shape (n,), 0 ≤ number < 2**56.
        salt: distinguishes kinds of ids.
    """
    mask = np.uint64((1 << 56) - 1)
    mixed = numbers.astype(np.uint64) ^ np.uint64(salt & 0xFFFFFFFF)
    # Each step can be undone modulo 2**56, so two numbers never meet in one id.
    for factor, shift in ((0x9E3779B97F4A7C15, 29), (0xBF58476D1CE4E5B9, 27)):
        mixed = (mixed * np.uint64(factor)) & mask
        mixed ^= mixed >> np.uint64(shift)
    return [f"{number:014x}" for number in mixed.tolist()]


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Draw `count` positions of `weights`, each as often as its weight says."""
    cumulative = np.cumsum(weights)
    drawn = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(weights) - 1), dtype=np.int64)
