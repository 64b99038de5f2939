"""Accepted lakes for the tests of the warehouse."""

from pathlib import Path

import pytest

from accepted_lake import AcceptedLake


@pytest.fixture
def lake(tmp_path: Path) -> AcceptedLake:
    """An empty accepted lake; `transform.build(lake.settings)` builds it."""
    return AcceptedLake(tmp_path)
