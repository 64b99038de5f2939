"""Reads a simulated world from outside, as its clients do."""

import gzip
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shop_simulator.clock import to_ms
from shop_simulator.selling.simulation import Plan, StoreDay, StoreHistory
from shop_simulator.setting.incidents import Incident
from shop_simulator.setting.stores import STORES


def at(text: str) -> datetime:
    """A UTC moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    """Query a world's SQLite database."""
    with sqlite3.connect(home / "shop.sqlite") as connection:
        return connection.execute(sql).fetchall()


def events_of(home: Path, shop: str = "*") -> list[dict[str, Any]]:
    """Every line of the event logs, file by file."""
    return [
        json.loads(line)
        for path in sorted(home.glob(f"events/*/*/events-{shop}.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]


def simulated_days(
    store: str, first: str, last: str, scale: float = 1.0, *incidents: str
) -> list[StoreDay]:
    """Simulate one store from the first to the last day, both included."""
    chosen = tuple(Incident.parse(text) for text in incidents)
    plan = Plan(to_ms(at(first)), to_ms(at(last)) + 86_400_000, 7, scale, chosen)
    days = list(StoreHistory(plan, STORES[store]).simulate())
    return [day for day in days if first <= day.scene.day.isoformat() <= last]
