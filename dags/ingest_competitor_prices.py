"""Take what competing shops ask for the products we sell too, every six hours.

Reads their product lists as a polite visitor does: robots.txt is obeyed, one page at a time. What
a page says is only there now, so the pages are kept as they came, beside the landed rows.

- **In**: the competitors' listing pages; `include/sources/<shop>/` says which
- **Out**: landing (with the pages), then accepted or quarantine; asset
  `accepted/competitor_prices` starts `build_marts`
- **If it fails**: our own figures do not need it; only the price index waits. *Unreachable* was
  retried with growing pauses. *Held back*: most often a page was rebuilt; compare the kept page
  with the mapping, correct the mapping, clear from `land` on. Any window may run again.
- **History, or a window again**: trigger with `window_start` and `window_end`; a page that is not
  archived can only be read as it is now, and a window that nobody asked in time is noted as lost
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
def ingest_competitor_prices():
    ingest_feed.expand(feed=feed_names("competitor_prices"))


ingest_competitor_prices()
