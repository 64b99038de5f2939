"""Look every hour whether everything is as far as it should be, and tell who waits for it.

The other DAGs act on data. This one acts on the clock, so that a source that went silent, a feed
that fails, DAGs that are switched off or marts that nobody publishes are told of, too. It tells at
20 minutes to: what the runs of the full hour failed at is known by then, and told in one mail.

- **In**: what lies in `accepted/`, `quarantine/`, `landing/`, `serving/`; notes of failed tasks in
  `outbox/failures/`
- **Out**: one mail a cause and day to data engineers, and one when it is over; to supervisors "data
  not ready", when a store's numbers are not there by its deadline (`STOREPULSE_DEADLINES`); every
  mail that still waits for the mail server, and a list of those that expired meanwhile; one
  GET of `STOREPULSE_PING_URL`, where it is set, so that somebody outside notices when this stops
- **If it fails**: *no room*: the first mail went straight to the mail server, hourly as long as it
  lasts; free space. Everything else: correct what the mail names; the next hour looks again
"""

from datetime import timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, task

from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import ONLY_WHAT_PASSES_BY_ITSELF


@dag(
    schedule=CronTriggerTimetable("40 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    # Nobody would miss the mails of one that was forgotten.
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["watch", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 1,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": ONLY_WHAT_PASSES_BY_ITSELF,
        "execution_timeout": timedelta(minutes=20),
        "on_failure_callback": [MailDataEngineers()],
    },
)
def watch_clock():
    @task
    def look():
        from dataclasses import asdict
        from datetime import UTC, datetime

        from storepulse.notify.watch_clock import look as look_over
        from storepulse.settings import Settings

        return asdict(look_over(Settings(), datetime.now(UTC)))

    look()


watch_clock()
