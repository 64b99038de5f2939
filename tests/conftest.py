"""Fixtures and settings that all tests share."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from storepulse.settings import Settings
from storepulse_local.environment import airflow_environment
from support.postgres_cluster import postgres_cluster, postgres_url

# Fixtures of all tests.
__all__ = ["postgres_cluster", "postgres_url"]

ROOT = Path(__file__).resolve().parents[1]

# Airflow reads its settings when it is first imported, so they are set here, before any test.
AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="storepulse-airflow-"))
os.environ.update(airflow_environment(AIRFLOW_HOME))
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
# A developer's own .env may name a mail server; no test may write to its users.
Settings.model_config["env_file"] = None
os.environ["STOREPULSE_HOME"] = str(AIRFLOW_HOME / "default-home")


# xdist hands out whole files in order: the longest first, or one of them runs alone at the end.
# The first builds the warehouse that others share, so those follow when it is there.
LONGEST = (
    "test_demo_run.py",
    "test_kpi_golden_book.py",
    "test_incremental_equals_full_refresh.py",
    "test_chaos.py",
    "test_as_of_ledger.py",
    "test_build.py",
    "test_suites.py",
    "test_kpis.py",
    "test_readiness.py",
    "test_not_reported.py",
    "test_real_dirt.py",
    "test_refunds_of_paid_orders.py",
    "test_pages.py",
    "test_bad_input.py",
)


def pytest_unconfigure() -> None:
    """Remove this process's Airflow; every worker of xdist has one of its own."""
    # A process that a test stopped may write its last line while the folder goes.
    for _ in range(10):
        shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)
        if not AIRFLOW_HOME.exists():
            return
        time.sleep(0.2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all others stay as they are."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def airflow_database():
    """One metadata database for all tests that need Airflow; making it takes seconds."""
    from airflow.utils import db

    db.initdb()


@pytest.fixture(scope="session")
def dag_bag(airflow_database):
    """The project's DAGs, parsed once."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=ROOT / "dags")
