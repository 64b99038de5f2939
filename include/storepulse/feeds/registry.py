"""The feed registry: what the pipeline takes in, whichever shop it is from.

`feeds.yaml` next to this module is the registry; this module reads it into typed records. Adding a
feed is one entry there, one suite in `expectations/`, one mapping in each source that has it, and
one staging model; `make feeds` then writes what names every feed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from storepulse.errors import UnknownFeed

ColumnType = Literal["text", "integer", "money", "price", "rate", "boolean", "timestamp", "date"]

# Without sales tax or VAT, with it, that tax itself, or as the platform or metric defines it.
Tax = Literal["net", "gross", "tax", "as_stated"]

# How each registry type is written in the accepted Parquet files (DuckDB's names).
SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "money": "decimal(18, 2)",
    # What one unit costs: screws and cushion pads are sold at less than a cent apiece.
    "price": "decimal(18, 4)",
    "rate": "decimal(18, 8)",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "date": "date",
}


@dataclass(frozen=True)
class Feed:
    """One kind of record that sources hand over.

    Attributes:
        name: plural noun; names its suite, mapping, folders and staging model.
        label: its name for people, by language (en, zh).
        description: what one row is.
        flow: the ingest DAG that lands it, without its `ingest_` prefix.
        key: columns that identify a row within its source; the latest version of a key wins.
        event_time: immutable moment (or date) the row belongs to; its UTC day is the unit in which
            facts are rebuilt.
        change_time: the column a window asks by, `[start, end)`.
        columns: our column name to its type; all timestamps are UTC without offset.
        tax: of each amount (money or price), whether sales tax or VAT is in it.
        amount: SQL over the columns giving the money a row carries, in the row's `currency`; what
            quarantine reports as the value of refused rows. None when the feed carries no money.
        snapshot: of a feed of snapshots, the columns that identify whose snapshot a row belongs
            to: each holds all that its competitor, or its warehouse, showed.
        reported_by: columns that identify who within a store reports day by day, so that a day
            without a row is not known before the same one reports a later day. Of a feed of
            snapshots they are those of `snapshot`. Empty when rows are events: a day without one
            had none.
        counted: rows happen in a store on a day, and so can be expected and missed. The other feeds
            describe (stores, products, rates, the calendar) or plan (targets, budgets, tasks):
            their rows are restated, not added to.
    """

    name: str
    label: Mapping[str, str]
    description: str
    flow: str
    key: tuple[str, ...]
    event_time: str
    change_time: str
    columns: Mapping[str, ColumnType]
    tax: Mapping[str, Tax] = field(default_factory=dict)
    amount: str | None = None
    snapshot: tuple[str, ...] = ()
    reported_by: tuple[str, ...] = ()
    counted: bool = False


@cache
def all_feeds() -> Mapping[str, Feed]:
    """Every feed by name, in the order of the registry (feeds that others refer to first)."""
    text = (Path(__file__).parent / "feeds.yaml").read_text(encoding="utf-8")
    entries = yaml.safe_load(text)["feeds"]
    return {entry["name"]: _feed(entry) for entry in entries}


def _feed(entry: Mapping[str, Any]) -> Feed:
    lists = ("key", "snapshot", "reported_by")
    listed = {name: tuple(entry[name]) for name in lists if name in entry}
    if "snapshot" in listed:
        listed["reported_by"] = tuple(name for name in listed["snapshot"] if name != "store_id")
    return Feed(**{**entry, **listed})


def feed_named(name: str) -> Feed:
    """Look a feed up.

    Raises:
        UnknownFeed: no such entry; the message lists those that exist.
    """
    feeds = all_feeds()
    if name not in feeds:
        raise UnknownFeed(f"there is no feed {name!r}; the registry has {', '.join(feeds)}")
    return feeds[name]


@cache
def referred_to() -> Mapping[str, str]:
    """Columns that name a row of a feed wherever they stand, and that feed.

    They are its key, alone or within a store; what is the key of several feeds, as `event_id` is,
    names a row of none.
    """
    homes: dict[str, list[str]] = {}
    for feed in all_feeds().values():
        *within, column = feed.key
        if within in ([], ["store_id"]) and feed.columns[column] == "text":
            homes.setdefault(column, []).append(feed.name)
    return {column: names[0] for column, names in homes.items() if len(names) == 1}


def feeds_of(flow: str) -> list[Feed]:
    """The feeds one ingest DAG lands, in registry order."""
    return [feed for feed in all_feeds().values() if feed.flow == flow]
