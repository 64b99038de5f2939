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

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag

from storepulse_airflow.ingest import PATIENT_WITH_SOURCES, WINDOW_PARAMS, feed_names, ingest_feed


@dag(
    # The six hours that have just closed, whole log hours.
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=WINDOW_PARAMS,
    default_args={"owner": "data-engineering", "retries": 4, **PATIENT_WITH_SOURCES},
    doc_md=__doc__,
    tags=["ingest", "tier-1"],
)
def ingest_traffic():
    ingest_feed.expand(feed=feed_names("traffic"))


ingest_traffic()
