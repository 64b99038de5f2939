"""Take what advertising cost and claims to have brought, and who was shown an experiment.

Platforms report a day on the morning after it, in the account's own time zone, and restate it for
a week: purchases are claimed late, invalid clicks paid back. Each run takes what was written or
restated in its window; the newest version of a line counts. Every six hours.

- **In**: the marketing hub's HTTP API, paged, with a token, and the shop's SQL database;
  `include/sources/<shop>/` says how
- **Out**: landing (with the answers as they came), then accepted or quarantine; the assets
  `accepted/<feed>` start `build_marts`
- **If it fails**: sales and traffic do not need it; only spend and returns on it wait.
  *Unreachable* was retried with growing pauses; once it answers, clear the task. *No such token*:
  set `SHOP_API_TOKEN`. *Held back*: have the source fixed, then clear from `land` on. Any window
  may run again at any time.
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
def ingest_marketing():
    ingest_feed.expand(feed=feed_names("marketing"))


ingest_marketing()
