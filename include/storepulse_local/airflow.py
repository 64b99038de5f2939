"""Airflow's own command line, for the Airflow that `make airflow` started.

    .venv/bin/python -m storepulse_local.airflow dags list

A bare `airflow` would not find that one: it would look for a database in the user's home folder,
and create one there.
"""

import os
import sys
from runpy import run_module

from storepulse.settings import Settings
from storepulse_local.environment import airflow_environment


def main() -> None:
    """Run one command, with the arguments of the command line."""
    home = Settings().home.resolve() / "airflow"
    if not (home / "airflow.db").exists():
        sys.exit(f"no Airflow was started in {home} yet; start it first: make airflow")
    os.environ.update(airflow_environment(home))
    run_module("airflow", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
