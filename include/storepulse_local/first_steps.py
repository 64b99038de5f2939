"""A new Airflow's first steps: switch every ingest DAG on, with the history as its first run.

A DAG that is only switched on would start with the last six hours; a run that is triggered while
its DAG is off waits for ever.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from storepulse.feeds.registry import all_feeds
from storepulse.windows import Window
from storepulse_local.shop import HISTORY, LAST_DAY

INGEST = tuple(dict.fromkeys(f"ingest_{feed.flow}" for feed in all_feeds().values()))
COMMAND = ".venv/bin/python -m storepulse_local.standalone history"

PATIENCE = 300.0
"""Seconds. An Airflow on SQLite has one writer at a time: while it parses or runs, others wait."""


class NotTriggered(Exception):
    """Raised when Airflow does not accept a run; contains its answer."""


def instructions(*, has_own_shop: bool) -> str:
    """Explain how to load the history, without which nothing is built."""
    window = "--from YYYY-MM-DD --until YYYY-MM-DD, from your shop's beginning until now"
    if has_own_shop:
        window = (
            f"--from {HISTORY.start:%Y-%m-%dT%H:%MZ} --until {LAST_DAY.end:%Y-%m-%dT%H:%MZ}"
            f"\n\nThat is the whole history of the simulated shop."
        )
    return (
        f"Nothing is built before the history is loaded. To load it, and to switch on all "
        f"{len(INGEST)} ingest DAGs:\n\n  {COMMAND} {window}\n"
        f"build_marts and watch_kpis then start automatically. To do the same by hand, trigger "
        f"each of the {len(INGEST)} with window_start and window_end, and switch it on; a run of "
        f"a DAG that is off waits."
    )


def load_history(url: str, window: Window, patience: float = PATIENCE) -> dict[str, str]:
    """Trigger every ingest DAG with one window, then switch all of them on at once.

    Nothing runs before the last has been triggered, so that none has to wait for those before it.

    Args:
        url: of an Airflow on this machine that needs no login.
        window: the history to ingest.
        patience: seconds to wait for each response.

    Returns:
        The run's id by DAG.

    Raises:
        NotTriggered: Airflow does not know a DAG (yet), refuses, is too busy, or is not running.
    """
    bounds = {"window_start": window.start.isoformat(), "window_end": window.end.isoformat()}
    wait = httpx.Timeout(patience, connect=10)
    try:
        with httpx.Client(base_url=url, timeout=wait) as api:
            token = api.get("/auth/token").raise_for_status().json()["access_token"]
            api.headers["Authorization"] = f"Bearer {token}"
            runs = {dag_id: _triggered(api, dag_id, bounds) for dag_id in INGEST}
            _switch_on(api)
            return runs
    except httpx.HTTPStatusError as refused:
        raise NotTriggered(
            f"{refused.request.url} answered {refused.response.status_code}: "
            f"{refused.response.text[:300]}; a new Airflow lists the DAGs within a minute"
        ) from refused
    except httpx.ReadTimeout as busy:
        raise NotTriggered(
            f"{busy.request.url} has not answered for {patience:g} seconds: Airflow is up, but too "
            f"busy. Try again once it is idle; runs triggered twice run one after the other"
        ) from busy
    except httpx.HTTPError as away:
        raise NotTriggered(f"{url} does not answer ({away}); start it: make airflow") from away


def _triggered(api: httpx.Client, dag_id: str, bounds: Mapping[str, str]) -> str:
    # Instead of the run that the scheduler would create at once, for a window of today.
    due = api.get(f"/api/v2/dags/{dag_id}").raise_for_status().json()["next_dagrun_logical_date"]
    run: dict[str, Any] = {"logical_date": due, "conf": dict(bounds)}
    triggered = api.post(f"/api/v2/dags/{dag_id}/dagRuns", json=run)
    if triggered.status_code == httpx.codes.CONFLICT:
        # Triggered twice: this one waits for the first.
        triggered = api.post(f"/api/v2/dags/{dag_id}/dagRuns", json=run | {"logical_date": None})
    return str(triggered.raise_for_status().json()["dag_run_id"])


def _switch_on(api: httpx.Client) -> None:
    every = {"dag_id_pattern": "|".join(INGEST)}
    answer = api.patch("/api/v2/dags", params=every, json={"is_paused": False})
    on = {dag["dag_id"] for dag in answer.raise_for_status().json()["dags"]}
    if off := sorted(set(INGEST) - on):
        raise NotTriggered(f"Airflow left {', '.join(off)} off; switch them on at {api.base_url}")
