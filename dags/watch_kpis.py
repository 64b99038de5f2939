"""Evaluate closed KPI days, mail incidents to supervisors, and write the report pages.

A store's day is evaluated once: after its local midnight, when every feed of the KPI is complete
to the end of the day. Shanghai's day is evaluated in Shanghai's morning, whatever the time is in
New York.

- **In**: asset `marts` (the published marts in `serving/`); for Data Docs also `landing/` and
  `quarantine/`
- **Out**: `outbox/*.eml`, sent where SMTP is configured; `report/index.html`; Data Docs in
  `report/data/`
- **If it fails**: supervisors got no wrong mail. `watch`: if the mail server did not answer, mails
  wait in the outbox and are sent with the next run; no mail is sent twice, so clear the task as
  often as needed. `report`, `docs`: the pages stay as they were; clear the task.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import dag, task

from storepulse_airflow.assets import MARTS
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import RETRY_TRANSIENT_ONLY


@dag(
    schedule=[MARTS],
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    # Two at once could both report the same incident as new.
    max_active_runs=1,
    # Triggered by asset events of build_marts, which are lost while it is paused.
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["watch", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
        "retry_policy": RETRY_TRANSIENT_ONLY,
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
            "days_evaluated": seen.days_evaluated,
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
    # Independent of the mails: after rejected data, these are the pages to look at.
    docs()


watch_kpis()
