"""Accepted lakes for the tests of the warehouse."""

from pathlib import Path

import pytest

from support.accepted_lake import AcceptedLake


@pytest.fixture(scope="session")
def home_of_lakes(tmp_path_factory) -> Path:
    """One place for all lakes, so that dbt reads the models once and not once for each test."""
    return tmp_path_factory.mktemp("lakes")


@pytest.fixture
def lake(home_of_lakes: Path) -> AcceptedLake:
    """An empty accepted lake; `dbt_runner.build(lake.settings)` builds it."""
    return AcceptedLake.emptied(home_of_lakes)
