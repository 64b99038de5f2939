"""Rules for every DAG file; they cover a new one from its first day."""

import ast
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = {"pandas", "duckdb", "great_expectations", "dbt", "httpx", "matplotlib", "pyarrow"}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def dag(dag_bag, path):
    return dag_bag.dags[path.stem]


def test_there_are_dags_to_test():
    assert len(FILES) >= 6


def test_every_dag_file_imports(dag_bag):
    assert dag_bag.import_errors == {}


def test_a_file_contains_the_one_dag_it_is_named_after(dag_bag, path):
    found = [dag_id for dag_id, dag in dag_bag.dags.items() if Path(dag.fileloc) == path]

    assert found == [path.stem]


def test_the_docstring_is_the_on_call_page(dag):
    for heading in ("- **In**: ", "- **Out**: ", "- **If it fails**: "):
        assert heading in dag.doc_md, f"{dag.dag_id} has no section {heading}"


def test_a_dag_file_is_short_and_has_no_heavy_imports(path):
    text = path.read_text(encoding="utf-8")
    at_the_top = {
        name.split(".")[0]
        for node in ast.parse(text).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or node.names[0].name]
    }

    assert len(text.splitlines()) <= 120
    assert at_the_top & HEAVY == set(), "import it inside the task; DAG files are parsed all day"


def test_a_dag_neither_catches_up_nor_runs_twice_at_once(dag):
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.start_date.utcoffset().total_seconds() == 0


def test_a_dag_has_a_tier_and_a_kind(dag):
    assert {"tier-1", "tier-2", "tier-3"} & dag.tags
    assert {"ingest", "build", "watch"} & dag.tags


def test_every_task_has_an_owner_limits_and_a_failure_mail(dag):
    from storepulse_airflow.failures import MailDataEngineers

    assert dag.tasks
    for task in dag.tasks:
        kwargs = getattr(task, "partial_kwargs", None) or {}

        def setting(name, task=task, kwargs=kwargs):
            return kwargs.get(name, getattr(task, name, None))

        assert setting("owner") == "data-engineering", task.task_id
        assert setting("retries") >= 1, task.task_id
        assert setting("retry_policy") is not None, task.task_id
        assert setting("execution_timeout") is not None, task.task_id
        callbacks = setting("on_failure_callback")
        assert any(isinstance(one, MailDataEngineers) for one in callbacks), task.task_id


def test_the_pools_of_all_tasks_exist(dag):
    pools = json.loads((ROOT / "pools.json").read_text(encoding="utf-8"))

    used = {
        (getattr(task, "partial_kwargs", None) or {}).get("pool", task.pool) for task in dag.tasks
    }
    assert used - {"default_pool"} <= set(pools)


def test_tasks_that_open_the_warehouse_share_a_pool_of_one_slot(dag_bag):
    pools = json.loads((ROOT / "pools.json").read_text(encoding="utf-8"))
    tasks = dag_bag.dags["build_marts"].tasks

    assert pools["warehouse_writer"]["slots"] == 1
    assert {task.task_id: task.pool for task in tasks} == {
        "transform": "warehouse_writer",
        "publish": "warehouse_writer",
    }


def test_every_asset_a_dag_waits_for_is_updated_by_some_task(dag_bag):
    from airflow.serialization.encoders import coerce_to_core_timetable

    from storepulse.feeds.registry import feeds_of
    from storepulse_airflow.assets import ACCEPTED_FEED, accepted

    updated, awaited = set(), set()
    for dag in dag_bag.dags.values():
        if condition := coerce_to_core_timetable(dag.timetable).asset_condition:
            awaited |= {asset.name for asset, _ in condition.iter_assets()}
        for task in dag.tasks:
            for outlet in task.outlets:
                if outlet == ACCEPTED_FEED:
                    flow = dag.dag_id.removeprefix("ingest_")
                    updated |= {accepted(feed.name).name for feed in feeds_of(flow)}
                else:
                    updated.add(outlet.name)

    assert awaited
    assert awaited - updated == set()


def test_every_feed_of_the_registry_is_ingested_by_a_dag(dag_bag):
    from storepulse.feeds.registry import all_feeds

    flows = {feed.flow for feed in all_feeds().values()}

    assert {f"ingest_{flow}" for flow in flows} == {
        dag_id for dag_id in dag_bag.dags if dag_id.startswith("ingest_")
    }


def test_a_scheduled_ingest_run_has_a_window_of_six_hours(dag_bag):
    import pendulum
    from airflow.serialization.encoders import coerce_to_core_timetable

    for dag_id in [name for name in dag_bag.dags if name.startswith("ingest_")]:
        timetable = coerce_to_core_timetable(dag_bag.dags[dag_id].timetable)
        interval = timetable.infer_manual_data_interval(
            run_after=pendulum.datetime(2026, 11, 22, 12, tz="UTC")
        )

        assert (interval.start.hour, interval.end.hour) == (6, 12)


def test_parsing_a_file_is_quick(dag_bag):
    slow = {
        stat.file: stat.duration.total_seconds()
        for stat in dag_bag.dagbag_stats
        if stat.duration.total_seconds() > 2
    }

    assert slow == {}


def test_parsing_twice_gives_the_same_dags(dag_bag):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    again = DagBag(dag_folder=ROOT / "dags")

    for dag_id, dag in dag_bag.dags.items():
        first = DagSerialization.serialize_dag(dag)
        second = DagSerialization.serialize_dag(again.dags[dag_id])
        assert first == second, f"{dag_id} would get a new version at every parse"


def test_the_timetable_lists_every_dag_and_the_errors_that_exist(dag_bag):
    from storepulse import errors

    timetable = (ROOT / "dags" / "README.md").read_text(encoding="utf-8")

    listed = set(re.findall(r"^\| `([a-z_]+)` \|", timetable, re.M))
    explained = set(re.findall(r"`([A-Z][a-z]\w+)`", timetable))
    assert listed == set(dag_bag.dags)
    assert explained
    assert [name for name in explained if not hasattr(errors, name)] == []


def test_mails_and_data_docs_do_not_block_each_other(dag_bag, tmp_path, monkeypatch):
    monkeypatch.setenv("STOREPULSE_HOME", str(tmp_path))
    docs = dag_bag.dags["watch_kpis"].get_task("docs")

    assert docs.upstream_task_ids | docs.downstream_task_ids == set()
    assert docs.python_callable() == str(tmp_path / "report" / "data" / "index.html")
