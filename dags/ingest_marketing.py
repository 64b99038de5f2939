"""Ingest ad spend, the sales that ad platforms attribute to it, and experiments, every six hours.

Platforms report a day on the following morning, in the account's own time zone, and restate it for
a week: purchases are attributed late, invalid clicks are refunded. Each run takes what was written
or restated in its window; the newest version of a row counts.

- **In**: the marketing hub's HTTP API, paged, with a token, and the shop's SQL database;
  see `include/sources/<shop>/`
- **Out**: landing (with the raw responses), then accepted or quarantine; the assets
  `accepted/<feed>` start `build_marts`
- **If it fails**: sales and traffic KPIs do not need it; only ad spend and its return wait.
  *Unreachable*: already retried with growing pauses; once it answers, clear the task. *No such
  token*: set `SHOP_API_TOKEN`. *Rejected*: have the source fixed, then clear from `land` on. Any
  window can be run again at any time.
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
    tags=["ingest", "tier-2"],
)
def ingest_marketing():
    ingest_feed.expand(feed=connected_feeds("marketing"))


ingest_marketing()
