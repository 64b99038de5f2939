"""Take what the stock system says each warehouse holds, every six hours.

One snapshot a day per shop, warehouse and SKU, taken at 23:00 store-local, so that each store's
comes in another of the day's four runs.

- **In**: the connected shop's HTTP API, paged, with a token; `include/sources/<shop>/` says how
- **Out**: landing (with the answers as they came), then accepted or quarantine; asset
  `accepted/inventory` starts `build_marts`
- **If it fails**: *unreachable*, *too many requests* and the API's own errors were retried with
  growing pauses; once it answers, clear the task. *No such token*: set `SHOP_API_TOKEN`. *Held
  back*: have the source fixed, then clear from `land` on. Nothing half-done is left and any
  window may run again at any time.
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
def ingest_inventory():
    ingest_feed.expand(feed=feed_names("inventory"))


ingest_inventory()
