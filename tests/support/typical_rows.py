"""Rows of a feed that no test describes, from its types in the registry and the rules of its suite.

So a new feed is tested like the others from its first day. A feed with rows that mean something, or
with a rule that these do not fit, has its rows written out in `landed_windows` and `bad_rows`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import yaml

from storepulse.feeds.registry import Feed, feed_named
from storepulse.settings import Settings

Changes = dict[str, str | None]

LONG = "x" * 5000
FUTURE = "2026-11-25 00:00:01"
ANCIENT = "1970-01-01 00:00:00"
OUTSIDE_WINDOW = "2026-11-23 00:00:00"

_TYPICAL = {
    "text": "a1",
    "integer": "1",
    "money": "10.00",
    "price": "10.0000",
    "rate": "0.50000000",
    "boolean": "false",
    "timestamp": "2026-11-22 09:00:00",
    "date": "2026-11-21",
}
_OTHER = {
    "text": "b2",
    "integer": "2",
    "money": "11.00",
    "price": "11.0000",
    "rate": "0.60000000",
    "boolean": "true",
}
_BY_NAME = {"store_id": "us_site", "currency": "USD", "timezone": "America/New_York"}
_PAIR = "expect_column_pair_values_a_to_be_greater_than_b"


class _Rule(NamedTuple):
    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str


@cache
def _rules(feed: str) -> tuple[_Rule, ...]:
    text = (Settings().expectations_dir / f"{feed}.yaml").read_text("utf-8")
    return tuple(
        _Rule(one["meta"]["id"], one["type"], one["kwargs"], one["severity"])
        for one in yaml.safe_load(text)["expectations"]
    )


def typical_row(feed: str) -> dict[str, str]:
    """A landed row that passes every rule, changed an hour after it happened."""
    registered = feed_named(feed)
    row = {name: _BY_NAME.get(name, _TYPICAL[of]) for name, of in registered.columns.items()}
    for rule in _rules(feed):
        if rule.type == "expect_column_values_to_be_in_set" and "currency" not in rule.id:
            row[rule.kwargs["column"]] = str(rule.kwargs["value_set"][0])
    return row | {registered.change_time: "2026-11-22 10:00:00"}


def own_column(feed: str) -> str:
    """The column that distinguishes the rows of one store: the last text of the key."""
    registered = feed_named(feed)
    return [name for name in registered.key if registered.columns[name] == "text"][-1]


def other_value(feed: str) -> dict[str, str]:
    """Another valid value in a column that is neither key nor change time."""
    registered = feed_named(feed)
    limited = {rule.kwargs.get("column") for rule in _rules(feed) if "_set" in rule.type}
    free = [
        (name, of)
        for name, of in registered.columns.items()
        if of in _OTHER and name not in {*registered.key, *limited, *_BY_NAME}
    ]
    return {name: _OTHER[of] for name, of in free[:1]}


def bad_rows(feed: str, severity: str) -> dict[str, Changes]:
    """By rule on single rows of this severity, the change that breaks it."""
    return {
        rule.id: changes
        for rule in _rules(feed)
        if rule.severity == severity and (changes := _breaking(feed_named(feed), rule))
    }


def falls_with(feed: str, rule_id: str) -> set[str]:
    """Rules that fail with one: of a moment too late, those that something is later than it."""
    (rule,) = [one for one in _rules(feed) if one.id == rule_id]
    if "max_value" not in rule.kwargs:
        return set()
    return {
        pair.id
        for pair in _rules(feed)
        if pair.type == _PAIR and pair.kwargs["column_B"] == rule.kwargs.get("column")
    }


def _breaking(feed: Feed, rule: _Rule) -> Changes:
    column = rule.kwargs.get("column")
    if rule.type == _PAIR:
        return {rule.kwargs["column_A"]: "2026-11-22 08:59:59"}
    if rule.id == "change_in_window":
        return {feed.change_time: OUTSIDE_WINDOW}
    if rule.type == "expect_column_values_to_be_between" and column in feed.columns:
        return {column: next(_beyond(feed, rule))}
    return {
        "expect_column_values_to_not_be_null": {column: None},
        "expect_column_value_lengths_to_be_between": {column: LONG},
        "expect_column_values_to_be_in_set": {column: "XXX"},
        "expect_column_values_to_match_regex": {column: "Not one, but a sentence!"},
    }.get(rule.type, {})


def _beyond(feed: Feed, rule: _Rule) -> Iterator[str | None]:
    is_time = feed.columns[rule.kwargs["column"]] in {"timestamp", "date"}
    if "min_value" in rule.kwargs:
        yield ANCIENT if is_time else str(rule.kwargs["min_value"] - 1)
    yield FUTURE if is_time else str(rule.kwargs["max_value"] + 1)
