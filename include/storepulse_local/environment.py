"""The environment in which Airflow runs on one machine, for the demo, `make airflow` and tests.

Airflow reads its settings when it is first imported, so they must be in the process environment
before that. Nothing here imports Airflow.
"""

import os
import secrets
from pathlib import Path

from storepulse.settings import PROJECT_ROOT, Settings


def airflow_environment(home: Path) -> dict[str, str]:
    """List the variables that make Airflow run this project's DAGs out of one folder.

    Args:
        home: folder for Airflow's database, logs and secret; need not exist.

    Returns:
        Variable to value, to be put into a process environment before Airflow is imported.
    """
    settings = Settings()
    # The demo's three stores have three currencies, so one has to be chosen.
    of_demo = {"STOREPULSE_REPORTING_CURRENCY": settings.reporting_currency or "CNY"}
    return (of_demo if settings.source == "demo_shop" else {}) | {
        "AIRFLOW_HOME": str(home),
        # How long to wait for a lock; the default of five seconds is short on a busy machine.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Airflow's default of 32 worker processes takes 6 GB before any work is done.
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        # The default of 5 seconds is too short on a machine that is busy with dbt.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        # The default of 10 minutes ends a long window's right to report its result.
        "AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME": "14400",
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(home),
        # No usage statistics are sent.
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "GX_ANALYTICS_ENABLED": "False",
    }


def _secret(home: Path) -> str:
    """The signing key, the same on every start; only its owner can read the file."""
    path = home / "jwt_secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(written, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(64))
    return path.read_text(encoding="ascii")
