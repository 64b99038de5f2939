"""Check every hour that everything is on time, and notify whoever is waiting for it.

The other DAGs react to data. This one runs by the clock, so it also notices a silent source, a
failing feed, paused DAGs and marts that are not published. It runs at 20 minutes to the hour: by
then the failures of the runs at the full hour are known and go into one mail.

- **In**: state of `accepted/`, `quarantine/`, `landing/`, `serving/`; notes of failed tasks in
  `outbox/failures/`
- **Out**: to data engineers, one mail per cause and day, and one when it is resolved; to
  supervisors, "data not ready" when a store's numbers are missing at its deadline
  (`STOREPULSE_DEADLINES`); every mail still waiting for the mail server, and a list of the mails
  that expired; one GET of `STOREPULSE_PING_URL`, if set, so that an outside service notices when
  this DAG stops
- **If it fails**: *no space*: the first mail went straight to the mail server, and is repeated
  hourly; free disk space. Anything else: correct what the mail names; the next hour checks again
"""

from datetime import timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, task

from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import RETRY_TRANSIENT_ONLY


@dag(
    schedule=CronTriggerTimetable("40 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    # Nobody would notice that it is still paused.
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["watch", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 1,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": RETRY_TRANSIENT_ONLY,
        "execution_timeout": timedelta(minutes=20),
        "on_failure_callback": [MailDataEngineers()],
    },
)
def watch_clock():
    @task
    def look():
        from dataclasses import asdict
        from datetime import UTC, datetime

        from storepulse.notify.watch_clock import check_pipeline
        from storepulse.settings import Settings

        return asdict(check_pipeline(Settings(), datetime.now(UTC)))

    look()


watch_clock()
