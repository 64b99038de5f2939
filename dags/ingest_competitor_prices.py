"""Ingest competitors' prices of the products we sell, every six hours.

Crawls their listing pages politely: robots.txt is obeyed, and one page is read at a time. Pages
only show current prices, so the raw pages are kept with the landed rows.

- **In**: the competitors' listing pages; `include/sources/<shop>/` lists them
- **Out**: landing (with the pages), then accepted or quarantine; asset
  `accepted/competitor_prices` starts `build_marts`
- **If it fails**: our own KPIs do not need it; only the price index waits. *Unreachable*: already
  retried with growing pauses. *Rejected*: most often a page was redesigned; compare the kept page
  with the mapping, correct the mapping, clear from `land` on. Any window can be run again.
- **History, or a window again**: trigger with `window_start` and `window_end`; a page without an
  archive can only be read as it is now, and a window that was missed is recorded as lost
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
def ingest_competitor_prices():
    ingest_feed.expand(feed=connected_feeds("competitor_prices"))


ingest_competitor_prices()
