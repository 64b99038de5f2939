"""Take what the shop's log server received about visits, every six hours.

One row per event: pages seen, carts, checkouts, purchases; bots are in and told apart in the
marts. Events may arrive hours after they happened, so a window asks for what was *received* in it.

- **In**: the connected shop's hourly log files; `include/sources/<shop>/` says how
- **Out**: landing, then accepted or quarantine; asset `accepted/traffic` starts `build_marts`
- **If it fails**: the mail's first line says what was expected and what came. A file that cannot
  be read to its end is the log server's to repair. Once it is, clear the task; *held back*: clear
  from `land` on. Nothing half-done is left and any window may run again at any time.
- **History, or a window again**: trigger with `window_start` and `window_end`, as long as wanted
"""

from datetime import timedelta

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag

from storepulse.feeds import feeds_of
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.ingest import WINDOW_PARAMS, ingest_feed
from storepulse_airflow.retries import ONLY_WHAT_PASSES_BY_ITSELF


@dag(
    # The six hours that have just closed, whole log hours.
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=WINDOW_PARAMS,
    doc_md=__doc__,
    tags=["ingest", "tier-1"],
    default_args={
        "owner": "data-engineering",
        "retries": 4,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": ONLY_WHAT_PASSES_BY_ITSELF,
        # Years of history in one window are minutes of work; more than this is a hang.
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": [MailDataEngineers()],
    },
)
def ingest_traffic():
    ingest_feed.expand(feed=[feed.name for feed in feeds_of("traffic")])


ingest_traffic()
