"""Take what customers tell the service desk, and what they say in reviews, every six hours.

A ticket comes again when it is answered, solved or rated, a review when it is changed; each run
takes what changed in its window, and the newest version counts.

- **In**: the service desk's HTTP API, page by page, with a token; the shop's SQL database;
  `include/sources/<shop>/` says how
- **Out**: landing (with the API's answers as they came), then accepted or quarantine; the assets
  `accepted/<feed>` start `build_marts`
- **If it fails**: sales and traffic do not need it; only service KPIs wait. *Unreachable* was
  retried with growing pauses; once it answers, clear the task. *No such token*: set
  `SHOP_API_TOKEN`. *Held back*: have the source fixed, then clear from `land` on. Any window may
  run again at any time.
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
    tags=["ingest", "tier-2"],
)
def ingest_service():
    ingest_feed.expand(feed=feed_names("service"))


ingest_service()
