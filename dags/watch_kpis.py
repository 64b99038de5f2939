"""Judge the KPI days that have closed, mail what went wrong, and write the pages.

A store's day is judged once: after its local midnight, when every feed its KPI needs is complete
to its end. So Shanghai's day is judged in Shanghai's morning, whatever New York is doing.

- **In**: asset `marts` (the published marts in `serving/`); for Data Docs also what lies in
  `landing/` and `quarantine/`
- **Out**: `outbox/*.eml`, sent where SMTP is configured; `report/index.html`; Data Docs in
  `report/data/`
- **If it fails**: no supervisor was told anything wrong. `watch`: when the mail server did not
  answer, mails wait in the outbox and go with the next run; no mail is sent twice, so clear the
  task as often as you like. `report`, `docs`: the pages stay as they were; clear the task.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import dag, task

from storepulse_airflow.assets import MARTS
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import ONLY_WHAT_PASSES_BY_ITSELF


@dag(
    schedule=[MARTS],
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    # Two at once could both find the same incident new.
    max_active_runs=1,
    # Works on what build_marts announces; while it is paused, announcements are lost.
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["watch", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "retry_policy": ONLY_WHAT_PASSES_BY_ITSELF,
        "execution_timeout": timedelta(minutes=30),
        "on_failure_callback": [MailDataEngineers()],
    },
)
def watch_kpis():
    @task
    def watch():
        from storepulse.settings import Settings
        from storepulse.watch import watch as watch_marts

        seen = watch_marts(Settings())
        return {
            "days_judged": seen.days_judged,
            "anomalies": seen.anomalies,
            "incidents": seen.incidents,
            "mails_written": seen.mails_written,
            "mails_sent": seen.mails_sent,
        }

    @task
    def report():
        from storepulse.report import write
        from storepulse.settings import Settings

        return str(write(Settings()))

    @task
    def docs():
        from storepulse.report.data_docs import write
        from storepulse.settings import Settings

        return str(write(Settings()))

    watch() >> report()
    # Whatever becomes of mails: where checks stopped the data, this is the page to look at.
    docs()


watch_kpis()
