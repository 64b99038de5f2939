"""Ingest shipments and purchase orders from the shop's database, every six hours.

A shipment changes for weeks (labelled, scanned, delivered, or lost), a purchase order until all of
it has arrived, so a window selects the rows that *changed* in it.

- **In**: the connected shop's SQL database, read only; see `include/sources/<shop>/`
- **Out**: landing, then accepted or quarantine; assets `accepted/<feed>` start `build_marts`
- **If it fails**: feeds are independent, so the others are ingested. *Unreachable*: already
  retried with growing pauses; once the database answers, clear the failed task. *Rejected*: have
  the source fixed, then clear from `land` on. No partial results are left, and any window can be
  run again at any time.
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
def ingest_fulfilment():
    ingest_feed.expand(feed=connected_feeds("fulfilment"))


ingest_fulfilment()
