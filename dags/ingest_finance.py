"""Ingest fees, budgets, targets, platform reports and tasks, every six hours.

The accountants put each store's settlement on the share every night; a fee is listed when it is
incurred and again when it is paid. Budgets and targets are files that are read as a whole; rows
saved within the window count. Every morning the sales platforms add their own figures of the day
before, and the figures they have restated. Teams keep their tasks on a board.

- **In**: CSV files on a share, and the board's SQL database; see `include/sources/<shop>/`
- **Out**: landing, then accepted or quarantine; the assets `accepted/<feed>` start `build_marts`
- **If it fails**: sales KPIs do not need it; margins and the gaps to platform reports wait. *No
  folder*: mount the share, or set `SHOP_FILES_DIR`, and clear the task. *Cut off* or *lacks a
  column*: ask for the file again, then clear. *Rejected*: have the file corrected, then clear from
  `land` on. Any window can be run again at any time.
- **History, or a window again**: trigger with `window_start` and `window_end`, of any length
"""

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag

from storepulse_airflow.ingest import SOURCE_RETRIES, WINDOW_PARAMS, connected_feeds, ingest_feed


@dag(
    # The six hours that have just closed.
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=WINDOW_PARAMS,
    default_args={"owner": "data-engineering", "retries": 4, **SOURCE_RETRIES},
    doc_md=__doc__,
    tags=["ingest", "tier-3"],
)
def ingest_finance():
    ingest_feed.expand(feed=connected_feeds("finance"))


ingest_finance()
