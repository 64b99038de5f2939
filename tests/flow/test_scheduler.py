"""A whole Airflow, started and stopped as by `make airflow`, runs the chain of assets."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from shop_simulator.serving.server import serving
from shop_simulator.world import make
from storepulse.windows import Window
from storepulse_local import standalone
from storepulse_local.first_steps import INGEST, PATIENCE, load_history
from storepulse_local.shop import LAST_DAY, SEED

pytestmark = [pytest.mark.slow, pytest.mark.scheduler, pytest.mark.timeout(5400)]

# Seconds after which a run counts as hanging. Alone on two cores, loading takes four minutes.
HISTORY_LOADED, CHAIN_RUN = 2700, 900

FORTNIGHT = Window(LAST_DAY.end - timedelta(days=14), LAST_DAY.end)


class Api:
    """Airflow's REST API, as a person at its pages would use it."""

    def __init__(self, url: str):
        token = httpx.get(f"{url}/auth/token", timeout=PATIENCE).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{url}/api/v2", headers=headers, timeout=PATIENCE)

    def get(self, path: str) -> dict:
        return self._client.get(path).raise_for_status().json()

    def trigger(self, dag_id: str) -> str:
        answer = self._client.post(f"/dags/{dag_id}/dagRuns", json={"logical_date": None})
        return answer.raise_for_status().json()["dag_run_id"]

    def states(self, dag_id: str) -> dict[str, str]:
        runs = self.get(f"/dags/{dag_id}/dagRuns")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in runs}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """Airflow with a fresh home and a served shop; stopped afterwards, whatever happens."""
    home = tmp_path_factory.mktemp("scheduler")
    make(home / "shop", FORTNIGHT.start, FORTNIGHT.end, SEED, scale=0.1)
    with serving(home / "shop") as endpoints:
        extra = endpoints.as_environment() | {
            "STOREPULSE_HOME": str(home),
            "STOREPULSE_SOURCE": "demo_shop",
        }
        try:
            yield standalone.start(home / "airflow", 0, extra)
        finally:
            standalone.stop(home / "airflow")


@pytest.fixture(scope="module")
def api(airflow):
    api = Api(airflow.url)
    _wait_for(lambda: len(api.get("/dags")["dags"]) == 11, "the eleven DAGs are there", 120)
    return api


def _wait_for(reached, what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain until {what}"
        time.sleep(2)


def test_the_pool_is_there_and_every_file_was_imported(api):
    assert api.get("/pools/warehouse_writer")["slots"] == 1
    assert api.get("/importErrors")["import_errors"] == []


def test_airflows_command_line_uses_it(airflow, api):
    ended = subprocess.run(
        [sys.executable, "-m", "storepulse_local.airflow", "dags", "list", "--output", "plain"],
        env={**os.environ, "STOREPULSE_HOME": str(_home_of(airflow).parent)},
        capture_output=True,
        text=True,
        check=True,
    )

    listed = {line.split()[0] for line in ended.stdout.splitlines() if "data-engineering" in line}
    assert listed == {*INGEST, "build_marts", "watch_clock", "watch_kpis"}


def test_ingested_feeds_start_the_build_and_the_marts_start_the_watch(airflow, api):
    triggered = load_history(airflow.url, FORTNIGHT)

    def ended():
        finished = [
            api.states(dag_id)[run] in {"success", "failed"} for dag_id, run in triggered.items()
        ]
        return all(finished)

    _wait_for(ended, "all ingest runs have ended", HISTORY_LOADED)
    assert {api.states(dag_id)[run] for dag_id, run in triggered.items()} == {"success"}
    _wait_for(lambda: "success" in api.states("watch_kpis").values(), "watch_kpis ran", CHAIN_RUN)
    busy = {"queued", "running"}
    _wait_for(
        lambda: (
            not busy & {*api.states("build_marts").values(), *api.states("watch_kpis").values()}
        ),
        "the chain is idle",
        CHAIN_RUN,
    )
    assert set(api.states("build_marts").values()) == {"success"}
    assert set(api.states("watch_kpis").values()) == {"success"}
    # Feeds accepted during a build are taken by one further build, not by one each.
    assert len(api.states("build_marts")) <= 12


def test_the_first_steps_cause_no_mail_to_data_engineers(airflow, api):
    run = api.trigger("watch_clock")
    _wait_for(lambda: api.states("watch_clock")[run] in {"success", "failed"}, "it checked", 300)

    assert api.states("watch_clock")[run] == "success"
    assert list((_home_of(airflow).parent / "outbox" / "failures").glob("*.eml")) == []


def test_stopping_it_leaves_no_process_behind(airflow, api):
    session = airflow.sessions[0].leader
    assert len(_of_session(session)) > 3

    assert standalone.stop(_home_of(airflow))

    assert _of_session(session) == []
    assert standalone.running(_home_of(airflow)) is None
    assert not standalone.stop(_home_of(airflow))


def _home_of(airflow):
    return Path(airflow.log).parent


def _of_session(session: int) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session:
                found.append(process.pid)
        except (ProcessLookupError, psutil.Error):
            continue
    return found
