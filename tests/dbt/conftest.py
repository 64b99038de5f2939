"""Accepted lakes for the tests of the warehouse."""

from pathlib import Path

import pytest

from support import example_shop
from support.accepted_lake import AcceptedLake


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory) -> Path:
    """Where workers of xdist leave what is made once for all of them."""
    return example_shop.session_folder(tmp_path_factory)


@pytest.fixture(scope="session")
def home_of_lakes(tmp_path_factory, session_folder: Path) -> Path:
    """One place for all lakes, where dbt remembers the models: they are parsed once a session."""
    home = tmp_path_factory.mktemp("lakes")
    example_shop.remember_models(home, of=example_shop.models_read_once(session_folder))
    return home


@pytest.fixture
def lake(home_of_lakes: Path) -> AcceptedLake:
    """An empty accepted lake; `dbt_runner.build(lake.settings)` builds it."""
    return AcceptedLake.emptied(home_of_lakes)


@pytest.fixture(scope="session")
def built_shop(session_folder: Path) -> example_shop.ExampleShop:
    """A shop with a row of every feed and a few more, built once; only to be read."""
    return example_shop.built_once(session_folder)


@pytest.fixture
def lake_with_tables(built_shop, home_of_lakes: Path) -> AcceptedLake:
    """An empty accepted lake over a warehouse with every table: `build_only` fills some."""
    return built_shop.tables_copied_to(home_of_lakes)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow for what the first test of a session builds for all others."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "built_shop" in names:
            item.add_marker(pytest.mark.timeout(1800), append=False)
        elif "home_of_lakes" in names and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(900))
