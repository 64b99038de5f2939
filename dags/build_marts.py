"""Build the marts from what was accepted, and open them to readers.

Runs when any feed has a newly accepted window; what several feeds announce while a run is going
is taken by one following run. Only the days those windows touch are rebuilt.

- **In**: assets `accepted/<feed>`, any of them
- **Out**: `warehouse/storepulse.duckdb` by dbt, then `serving/`, swapped in whole; the asset
  `marts` starts `watch_kpis`
- **If it fails**: readers keep the last good marts. `transform`: the mail names the models or
  tests; correct them (or the data, and run its ingest window again) and clear the task.
  `publish`: a mart breaks its promise in `expectations/marts/`; same remedy. Both may be
  repeated at any time.
- **If it skips**: a shop that was just connected has not sent every feed yet, or no store; trigger
  the ingest DAGs with a window that reaches back to its beginning
- **From scratch**: trigger with `full_refresh`; the result is the same, it only takes longer
"""

from datetime import timedelta

import pendulum
from airflow.sdk import AssetAny, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from storepulse_airflow.assets import EVERY_ACCEPTED_FEED, MARTS
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import ONLY_WHAT_PASSES_BY_ITSELF


@dag(
    schedule=AssetAny(*EVERY_ACCEPTED_FEED),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    # Works on what ingest announces; while it is paused, announcements are lost.
    is_paused_upon_creation=False,
    params={"full_refresh": Param(False, type="boolean", description="rebuild every day")},
    doc_md=__doc__,
    tags=["build", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "retry_policy": ONLY_WHAT_PASSES_BY_ITSELF,
        "execution_timeout": timedelta(hours=1),
        "on_failure_callback": [MailDataEngineers()],
        # The warehouse is one file: who opens it, opens it alone.
        "pool": "warehouse_writer",
    },
)
def build_marts():
    @task
    def transform(params=None):
        from storepulse.cli.status import feeds_waited_for
        from storepulse.settings import Settings

        settings = Settings()
        if waited_for := feeds_waited_for(settings):
            raise AirflowSkipException(f"nothing to build before {', '.join(waited_for)} came in")

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
