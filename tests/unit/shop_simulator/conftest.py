"""Worlds that several tests share; small, and made once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shop_simulator.setting.incidents import Incident
from shop_simulator.world import make
from support.simulated_shop import at

MakeWorld = Callable[..., Path]


@pytest.fixture(scope="session")
def world_of(tmp_path_factory) -> MakeWorld:
    """Make a world, or give the one made with these arguments before."""
    made: dict[tuple, Path] = {}

    def world_of(start: str, until: str, *incidents: str, scale: float = 0.3) -> Path:
        key = (start, until, scale, *incidents)
        if key not in made:
            home = tmp_path_factory.mktemp("world")
            chosen = [Incident.parse(text) for text in incidents]
            make(home, at(start), at(until), scale=scale, incidents=chosen)
            made[key] = home
        return made[key]

    return world_of


@pytest.fixture(scope="session")
def quiet_world(world_of) -> Path:
    """Two weeks of nothing special."""
    return world_of("2026-09-01", "2026-09-15T06:00")
