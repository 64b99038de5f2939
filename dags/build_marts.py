"""Build the marts from accepted data and publish them.

Starts when a window of any feed was accepted. Windows accepted during a run are taken by the next
run, by one run for all of them. Only the days with new data are rebuilt.

- **In**: assets `accepted/<feed>`, any of them
- **Out**: `warehouse/storepulse.duckdb` by dbt, then `serving/`, replaced as a whole; the asset
  `marts` starts `watch_kpis`
- **If it fails**: readers keep the last published marts. `transform`: the mail names the failed
  models or tests; correct them (or the data, and run its ingest window again) and clear the task.
  `publish`: a mart fails its expectations in `expectations/marts/`; same remedy. Both tasks can be
  repeated at any time.
- **If it skips**: a newly connected shop has not delivered every feed yet, or no store; trigger
  the ingest DAGs with a window that starts with the shop's history
- **Full rebuild**: trigger with `full_refresh`; the result is the same, it only takes longer
"""

from datetime import timedelta

import pendulum
from airflow.sdk import AssetAny, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from storepulse_airflow.assets import EVERY_ACCEPTED_FEED, MARTS
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import RETRY_TRANSIENT_ONLY


@dag(
    schedule=AssetAny(*EVERY_ACCEPTED_FEED),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    # Triggered by asset events of the ingest DAGs, which are lost while it is paused.
    is_paused_upon_creation=False,
    params={"full_refresh": Param(False, type="boolean", description="rebuild all days")},
    doc_md=__doc__,
    tags=["build", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "retry_policy": RETRY_TRANSIENT_ONLY,
        "execution_timeout": timedelta(hours=1),
        "on_failure_callback": [MailDataEngineers()],
        # The warehouse is one file with one writer at a time.
        "pool": "warehouse_writer",
    },
)
def build_marts():
    @task
    def transform(params=None):
        from storepulse.cli.status import missing_feeds
        from storepulse.settings import Settings

        settings = Settings()
        if missing := missing_feeds(settings):
            raise AirflowSkipException(f"nothing to build yet; waiting for {', '.join(missing)}")

        from storepulse.transform.dbt_runner import build

        built = build(settings, full=params["full_refresh"])
        return {"models": built.models, "tests": built.tests, "days_rebuilt": built.days_rebuilt}

    @task(outlets=[MARTS])
    def publish(outlet_events=None):
        from storepulse.publish import publish as publish_marts
        from storepulse.settings import Settings

        published = publish_marts(Settings())
        counts = {"marts": published.marts, "rows": published.rows}
        outlet_events[MARTS].extra = counts
        return {**counts, "path": str(published.path)}

    transform() >> publish()


build_marts()
