"""Which steps are killed, how often, and how far they get: decided by a seed before any run."""

import random
from collections.abc import Mapping, Sequence

from chaos.scenario import KINDS, Step

# Weights of the kills. Most go to steps of a second; one of a build costs as much as twenty others.
SHARES = {
    "land": 62,
    "validate": 56,
    "fix": 8,
    "drop": 6,
    "release": 16,
    "forget": 8,
    "build": 10,
    "publish": 26,
    "watch": 16,
    "backup": 10,
    "restore": 12,
}


def planned(steps: Sequence[Step], kills: int, seed: int) -> Mapping[Step, tuple[float, ...]]:
    """Choose at which shares of its usual duration each step is killed, run after run.

    Every kind of step is killed at least once when there are as many kills as kinds.
    """
    chance = random.Random(seed)
    plan: dict[Step, tuple[float, ...]] = {}
    for kind, count in _by_kind(kills).items():
        of_kind = [step for step in steps if step.kind == kind]
        for _ in range(count):
            step = chance.choice(of_kind)
            plan[step] = (*plan.get(step, ()), chance.random())
    return plan


def _by_kind(kills: int) -> dict[str, int]:
    """Distribute the kills: one each, the rest by SHARES, the remainder to the first kinds."""
    counts = dict.fromkeys(KINDS, 1 if kills >= len(KINDS) else 0)
    rest = kills - sum(counts.values())
    for kind in KINDS:
        counts[kind] += rest * SHARES[kind] // sum(SHARES.values())
    for kind in KINDS[: kills - sum(counts.values())]:
        counts[kind] += 1
    return counts
