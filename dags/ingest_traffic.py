"""Ingest visits from the shop's log server, every six hours.

One row per event: page views, carts, checkouts, purchases. Bots are included here and separated in
the marts. Events may arrive hours after they happened, so a window selects those *received* in it.

- **In**: the connected shop's hourly log files; see `include/sources/<shop>/`
- **Out**: landing, then accepted or quarantine; asset `accepted/traffic` starts `build_marts`
- **If it fails**: the mail's first line states what was expected and what was found. A truncated
  file has to be repaired on the log server; then clear the task. *Rejected*: have the source
  fixed, then clear from `land` on. No partial results are left, and any window can be run again at
  any time.
- **History, or a window again**: trigger with `window_start` and `window_end`, of any length
"""

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag

from storepulse_airflow.ingest import SOURCE_RETRIES, WINDOW_PARAMS, connected_feeds, ingest_feed


@dag(
    # The six hours that have just closed, whole log hours.
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=WINDOW_PARAMS,
    default_args={"owner": "data-engineering", "retries": 4, **SOURCE_RETRIES},
    doc_md=__doc__,
    tags=["ingest", "tier-1"],
)
def ingest_traffic():
    ingest_feed.expand(feed=connected_feeds("traffic"))


ingest_traffic()
