"""Real runs of a real DAG: which window they take, what they retry, whom they mail."""

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from support.corner_shop import allow_rows, lose_the_currency, open_corner_shop, sell_off

pytestmark = pytest.mark.airflow

DAGS = Path(__file__).parents[2] / "dags"
WINDOW = {"window_start": "2026-11-20T00:00:00Z", "window_end": "2026-11-22T00:00:00Z"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name, value in open_corner_shop(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "home"


@pytest.fixture
def ingest(airflow_database):
    """Run ingest_inventory without pauses between attempts."""
    return _runs_of("ingest_inventory")


def _runs_of(dag_id):
    """Parsed again each time: in one process, Airflow leaves a run's parameters in the DAG."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(dag_folder=DAGS / f"{dag_id}.py").dags[dag_id]
    for task in dag.tasks:
        task.retries, task.retry_delay, task.retry_exponential_backoff = 2, timedelta(0), 0

    def run(params=None, logical_date=None, **more):
        return dag.test(logical_date=logical_date, run_conf=params or {}, **more)

    return run


def landed_windows(home) -> list[str]:
    return sorted(path.parent.name for path in home.glob("landing/inventory/*/*/manifest.json"))


def attempts(dag_run) -> dict[str, int]:
    return {ti.task_id.split(".")[-1]: ti.try_number for ti in dag_run.get_task_instances()}


def failure_mails(home) -> list[str]:
    mails = [mail.read_bytes() for mail in sorted(home.glob("outbox/failures/*.eml"))]
    return [message_from_bytes(mail, policy=default).get_content() for mail in mails]


def test_a_manual_run_takes_the_last_closed_six_hours(home, ingest):
    ingest(run_after=datetime(2026, 11, 22, 13, 20, tzinfo=UTC))

    assert landed_windows(home) == ["20261122T060000Z-20261122T120000Z"]


def test_a_run_with_a_logical_date_takes_its_data_interval(home, ingest):
    ingest(logical_date=datetime(2026, 11, 22, 6, tzinfo=UTC))

    assert landed_windows(home) == ["20261122T000000Z-20261122T060000Z"]


def test_a_run_takes_the_window_it_is_given_and_updates_its_asset(home, ingest):
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    dag_run = ingest(WINDOW)

    assert dag_run.state == "success"
    assert landed_windows(home) == ["20261120T000000Z-20261122T000000Z"]
    named = {(ti.task_id, ti.rendered_map_index) for ti in dag_run.get_task_instances()}
    assert named == {("connected_feeds", None)} | {
        (f"ingest_feed.{step}", "inventory") for step in ("catch_up", "land", "validate")
    }
    with create_session() as session:
        events = session.execute(
            select(AssetModel.name, AssetEvent.extra)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetEvent.source_run_id == dag_run.run_id)
        ).all()
    counts = {"landed": 1, "accepted": 1, "quarantined": 0}
    window = {"window": "20261120T000000Z-20261122T000000Z"}
    assert [tuple(event) for event in events] == [("accepted/inventory", window | counts)]


@pytest.mark.parametrize(
    ("dag_id", "feeds"), [("ingest_orders", ["stores"]), ("ingest_service", [])]
)
def test_a_run_takes_only_the_feeds_that_the_shop_has(home, airflow_database, dag_id, feeds):
    dag_run = _runs_of(dag_id)(WINDOW)

    assert dag_run.state == "success"
    assert sorted(path.name for path in home.glob("landing/*")) == feeds
    states = {ti.task_id: ti.state for ti in dag_run.get_task_instances()}
    assert states.pop("connected_feeds") == "success"
    assert set(states.values()) == {"success" if feeds else "skipped"}
    assert failure_mails(home) == []


def interval(start: str) -> dict:
    return {"logical_date": datetime.fromisoformat(start).replace(tzinfo=UTC)}


def test_a_run_also_takes_each_interval_that_the_schedule_missed(home, ingest):
    ingest(**interval("2026-11-21T06:00"))

    dag_run = ingest(**interval("2026-11-22T00:00"))

    assert dag_run.state == "success"
    assert landed_windows(home) == [
        "20261121T000000Z-20261121T060000Z",
        "20261121T060000Z-20261121T120000Z",
        "20261121T120000Z-20261121T180000Z",
        "20261121T180000Z-20261122T000000Z",
    ]


def test_an_interval_that_keeps_failing_does_not_block_the_runs_own_window(home, ingest):
    ingest(**interval("2026-11-21T18:00"))
    sell_off(home.parent, "2026-11-21 21:00:00.000000")
    allow_rows(home.parent, 1)

    dag_run = ingest(**interval("2026-11-22T06:00"))

    assert dag_run.state == "failed"
    states = {ti.task_id.split(".")[-1]: ti.state for ti in dag_run.get_task_instances()}
    assert states.pop("connected_feeds") == "success"
    assert states == {"catch_up": "failed", "land": "success", "validate": "success"}
    assert landed_windows(home) == [
        "20261121T120000Z-20261121T180000Z",
        "20261122T000000Z-20261122T060000Z",
    ]


def test_a_shop_that_has_ended_is_not_queried_after_its_end(home, ingest):
    source = home.parent / "sources" / "corner_shop" / "source.yaml"
    source.write_text(source.read_text("utf-8") + "ends: 2026-11-22T00:00:00Z\n", "utf-8")

    dag_run = ingest(**interval("2026-11-22T06:00"))

    assert dag_run.state == "success"
    assert landed_windows(home) == []
    assert failure_mails(home) == []


def test_half_a_window_fails_at_once_and_says_what_is_missing(home, ingest):
    dag_run = ingest({"window_start": "2026-11-20T00:00:00Z"})

    assert dag_run.state == "failed"
    assert attempts(dag_run)["land"] == 1
    assert "give both or neither" in failure_mails(home)[0]


def test_an_invalid_source_is_not_retried(home, ingest, monkeypatch):
    monkeypatch.setenv("STOREPULSE_SOURCE", "no_such_shop")

    dag_run = ingest(WINDOW)

    assert dag_run.state == "failed"
    assert attempts(dag_run)["connected_feeds"] == 1
    assert len(failure_mails(home)) == 1
    assert "no_such_shop" in failure_mails(home)[0]


def test_a_source_that_does_not_answer_is_retried_and_reported_once(home, ingest, monkeypatch):
    monkeypatch.setenv("SHOP_DB_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    dag_run = ingest(WINDOW)

    assert dag_run.state == "failed"
    assert attempts(dag_run)["land"] == 3
    (mail,) = failure_mails(home)
    assert "ingest_feed.land [inventory], tried 3 times" in mail
    assert "127.0.0.1" in mail.splitlines()[0]


def test_a_failure_between_two_checks_is_mailed_by_the_next_one(home, ingest, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(dag_folder=DAGS / "watch_clock.py").dags["watch_clock"]
    first_check = dag.test(logical_date=None)
    monkeypatch.setenv("SHOP_DB_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    ingest(WINDOW)
    mails_of_the_run = failure_mails(home)

    second_check = dag.test(logical_date=None)

    (mail,) = failure_mails(home)
    assert (first_check.state, second_check.state, mails_of_the_run) == ("success", "success", [])
    assert "Feeds   inventory from corner_shop, through stock" in mail


def test_a_run_that_fails_validation_updates_no_asset(home, ingest):
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    lose_the_currency(home.parent)

    dag_run = ingest(WINDOW)

    assert dag_run.state == "failed"
    assert attempts(dag_run) == {"connected_feeds": 1, "catch_up": 1, "land": 1, "validate": 1}
    with create_session() as session:
        found = select(AssetEvent).where(AssetEvent.source_run_id == dag_run.run_id)
        assert session.scalars(found).all() == []
    assert "currency" in failure_mails(home)[0]
    result = home.glob("landing/inventory/*/*/validation.json")
    assert json.loads(next(result).read_text("utf-8"))["verdict"] == "held"


def test_the_build_of_a_newly_connected_shop_waits_for_its_feeds(home, airflow_database):
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(dag_folder=DAGS / "build_marts.py").dags["build_marts"]

    dag_run = dag.test(logical_date=None)

    assert dag_run.state == "success"
    states = {ti.task_id: ti.state for ti in dag_run.get_task_instances()}
    assert states == {"transform": "skipped", "publish": "skipped"}
    assert failure_mails(home) == []
