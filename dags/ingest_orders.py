"""Ingest orders from the shop's database, every six hours.

Orders, their lines and refunds, and the data they refer to: products, stores, the marketing
calendar and exchange rates. Rows change later (paid, cancelled, refunded), so a window selects the
rows that *changed* in it.

- **In**: the connected shop's SQL database, read only; see `include/sources/<shop>/`
- **Out**: landing, then accepted or quarantine; assets `accepted/<feed>` start `build_marts`
- **If it fails**: feeds are independent, so the others are ingested. The mail's first line states
  what was expected and what was found. *Unreachable*: already retried with growing pauses; once
  the database answers, clear the failed task. *Rejected*: have the source fixed, then clear from
  `land` on. No partial results are left, and any window can be run again at any time.
- **History, or a window again**: trigger with `window_start` and `window_end`, of any length
"""

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag

from storepulse_airflow.ingest import SOURCE_RETRIES, WINDOW_PARAMS, connected_feeds, ingest_feed


@dag(
    # The six hours that have just closed; Shanghai's day ends at 16:00 UTC, within the third.
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=WINDOW_PARAMS,
    default_args={"owner": "data-engineering", "retries": 4, **SOURCE_RETRIES},
    doc_md=__doc__,
    tags=["ingest", "tier-1"],
)
def ingest_orders():
    ingest_feed.expand(feed=connected_feeds("orders"))


ingest_orders()
