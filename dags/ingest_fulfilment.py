"""Take what the shop's database says about parcels and purchase orders, every six hours.

A parcel changes for weeks (labelled, scanned, delivered, or lost), an order to a supplier until
all of it has come, so a window asks for what *changed* in it.

- **In**: the connected shop's SQL database, read only; `include/sources/<shop>/` says how
- **Out**: landing, then accepted or quarantine; assets `accepted/<feed>` start `build_marts`
- **If it fails**: each feed goes its own way, so the others are in. *Unreachable*: it was retried
  with growing pauses; once the database answers, clear the failed task. *Held back*: have the
  source fixed, then clear from `land` on. Nothing half-done is left and any window may run again
  at any time.
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
def ingest_fulfilment():
    ingest_feed.expand(feed=feed_names("fulfilment"))


ingest_fulfilment()
