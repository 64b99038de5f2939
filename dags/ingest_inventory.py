"""Ingest the stock of each warehouse from the stock system, every six hours.

One snapshot per day, store, warehouse and SKU, taken at 23:00 store-local, so that each of the
day's four runs has the snapshots of other stores.

- **In**: the connected shop's HTTP API, paged, with a token; see `include/sources/<shop>/`
- **Out**: landing (with the raw responses), then accepted or quarantine; asset
  `accepted/inventory` starts `build_marts`
- **If it fails**: *unreachable*, *too many requests* and server errors of the API were already
  retried with growing pauses; once it answers, clear the task. *No such token*: set
  `SHOP_API_TOKEN`. *Rejected*: have the source fixed, then clear from `land` on. No partial
  results are left, and any window can be run again at any time.
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
def ingest_inventory():
    ingest_feed.expand(feed=connected_feeds("inventory"))


ingest_inventory()
