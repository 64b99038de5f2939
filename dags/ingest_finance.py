"""Take what the business costs, plans and means to reach, and what platforms report of it.

The accountants lay every night's settlement of each store on the share; a charge comes once when it
arises and again when it is paid. The planner keeps budgets and targets in files that are read
whole; what was saved in the window counts. Each morning the sales platforms lay their own figure
of the day before beside them, and those they have restated. What teams have set themselves to do
stands on a board.

- **In**: CSV files on a share, and the board's SQL database; `include/sources/<shop>/` says where
- **Out**: landing, then accepted or quarantine; the assets `accepted/<feed>` start `build_marts`
- **If it fails**: sales do not need it; margins and the platforms' gaps wait. *No
  folder*: mount the share, or set `SHOP_FILES_DIR`, and clear the task. *Cut off* or *lacks a
  column*: ask for the file again, then clear. *Held back*: have the file corrected, then clear from
  `land` on. Any window may run again at any time.
- **History, or a window again**: trigger with `window_start` and `window_end`, as long as wanted
"""

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag

from storepulse_airflow.ingest import PATIENT_WITH_SOURCES, WINDOW_PARAMS, feed_names, ingest_feed


@dag(
    # The six hours that have just closed.
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=WINDOW_PARAMS,
    default_args={"owner": "data-engineering", "retries": 4, **PATIENT_WITH_SOURCES},
    doc_md=__doc__,
    tags=["ingest", "tier-3"],
)
def ingest_finance():
    ingest_feed.expand(feed=feed_names("finance"))


ingest_finance()
