"""Many buyers in a small lake: every accepted order and its related rows, copied several times.

A simulated visit seldom ends with an order. A lake with a million order lines and ten million
traffic events has more buyers than the simulated shops find, so the orders are multiplied after
they were accepted, each copy under ids of its own.
"""

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

IDS_BY_FEED = {
    "orders": ["order_id", "customer_id"],
    "order_lines": ["order_id", "order_line_id"],
    "refunds": ["order_id", "order_line_id", "refund_id", "customer_id"],
    "shipments": ["order_id", "shipment_id"],
    "fees": ["order_id", "fee_id"],
    "tickets": ["order_id", "ticket_id", "customer_id"],
    "reviews": ["order_id", "review_id"],
}


def with_more_buyers(accepted: Path, since: datetime, buyers: int) -> int:
    """Replace the accepted files of one window.

    Args:
        accepted: the lake.
        since: start of the window; earlier ones were multiplied already.
        buyers: how many copies of each order there will be.

    Returns:
        Order lines in the window.
    """
    lines = 0
    for feed, ids in IDS_BY_FEED.items():
        for path in accepted.glob(f"{feed}/*/{since:%Y%m%dT%H%M%SZ}-*.parquet"):
            rows = _multiply(path, ids, buyers)
            lines += rows if feed == "order_lines" else 0
    return lines


def _multiply(path: Path, ids: list[str], times: int) -> int:
    facts = json.loads(pq.read_metadata(path).metadata[b"storepulse"])
    facts["rows"] *= times
    own = ", ".join(f"if(copy = 0, {name}, {name} || '-' || copy) as {name}" for name in ids)
    temporary = path.with_suffix(".tmp")
    with duckdb.connect() as con:
        con.execute(
            f"""
            copy (
                select * exclude (copy) replace ({own})
                from read_parquet('{path}'), range({times}) as copies(copy)
                order by _event_day, _position
            ) to '{temporary}' (format parquet, kv_metadata {{storepulse: '{json.dumps(facts)}'}})
            """
        )
    temporary.replace(path)
    return int(facts["rows"])
