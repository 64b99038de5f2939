"""What is refused: quarantined rows with their reasons and money, and rejected windows.

Nothing refused is lost. Quarantined rows lie as they landed in `quarantine/`, a rejected window in
`landing/` with its validation result in `quarantine/`; both go on once the source, the rule or the
rows (`storepulse.replay.release`) are corrected and the window is validated again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb

from storepulse.feeds.registry import all_feeds
from storepulse.lake import walk
from storepulse.lake.check_counts import Checks
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window

# What stands for the currency of rows that state none.
NO_CURRENCY = "?"
# The rule for an older version of a row that is twice in one window, and for a repeat.
DUPLICATE = "duplicate_key"
# The rule for rows of one key that differ and changed at the same time.
CONFLICT = "conflicting_rows"


@dataclass(frozen=True)
class QuarantinedRows:
    """Quarantined rows of one feed of one source under one rule.

    Attributes:
        rule: its id; None in sums over all rules.
        rows: how many. A row that breaks two rules counts once in a sum and under both rules.
        amounts: the money they carry by currency, exact, as far as it could be read.
        windows: in how many windows they are.
        since: when the first of them was refused, UTC; None in files from before that was kept.
    """

    feed: str
    source: str
    rows: int
    windows: int
    rule: str | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RejectedWindow:
    """One window rejected as a whole.

    Attributes:
        window_id: as in paths.
        rows: how many landed, without those given up.
        rules: ids of the rules that it failed.
        amounts: the money of all its rows by currency.
        findings: what each rule expected and what it got.
        checks: the checks run on it; None of windows rejected before they were kept.
    """

    feed: str
    source: str
    window_id: str
    rows: int
    rules: tuple[str, ...]
    amounts: Mapping[str, Decimal]
    findings: tuple[str, ...] = field(default=(), compare=False)
    checks: Checks | None = field(default=None, compare=False)


def refused_files(settings: Settings, feed: str) -> list[Path]:
    """List the files of a feed's quarantined rows, of all sources, by path."""
    return [files.quarantined for files in walk.quarantined(settings, feed)]


def quarantined_by_feed(settings: Settings, source: str | None = None) -> list[QuarantinedRows]:
    """Sum up quarantined rows per feed and source.

    Args:
        settings: whose home folder is read.
        source: only this one; None for all.

    Returns:
        In registry order; feeds without a quarantined row are left out.
    """
    return _sums(settings, source, "null::varchar", "")


def quarantined_by_rule(settings: Settings, source: str | None = None) -> list[QuarantinedRows]:
    """Sum up quarantined rows per feed, source and rule, the rule with most rows first.

    A row under two rules counts for both, so these do not add up to `quarantined_by_feed`.
    """
    return _sums(settings, source, "rule", ", unnest(_rules) as unnested(rule)")


def rejected_windows(settings: Settings, source: str | None = None) -> list[RejectedWindow]:
    """List the windows that are rejected now, in registry order, oldest first.

    One no longer counts when a longer window that covers it was accepted later.
    """
    return [
        _rejected_window(files, json.loads(files.rejection.read_text(encoding="utf-8")))
        for feed in all_feeds()
        for files in walk.rejected(settings, feed, source)
        if not _is_covered(files)
    ]


def rejected_spans(settings: Settings) -> list[dict[str, Any]]:
    """The same in plain values that can be kept and compared: bounds are UTC without an offset."""
    return [
        {
            "feed": one.feed,
            "source": one.source,
            "window_start": f"{window.start:%Y-%m-%d %H:%M:%S}",
            "window_end": f"{window.end:%Y-%m-%d %H:%M:%S}",
            "rows": one.rows,
            "rules": ",".join(one.rules),
            "checks": one.checks and one.checks.as_json(),
        }
        for one in rejected_windows(settings)
        for window in [Window.from_id(one.window_id)]
    ]


def _is_covered(files: WindowFiles) -> bool:
    window = files.window
    for one in walk.accepted(files.settings, files.feed, files.source):
        is_within = one.window.start <= window.start and window.end <= one.window.end
        if is_within and one.accepted.stat().st_mtime_ns > files.rejection.stat().st_mtime_ns:
            return True
    return False


def _rejected_window(files: WindowFiles, validated: Mapping[str, Any]) -> RejectedWindow:
    return RejectedWindow(
        feed=files.feed,
        source=validated["source"],
        window_id=files.window.id,
        rows=validated["rows"]["landed"] - validated["rows"]["dropped"],
        rules=tuple(failure["rule"] for failure in validated["failures"]),
        amounts={currency: Decimal(text) for currency, text in validated["amount_held"].items()},
        findings=tuple(
            f"{one['rule']}: expected {one.get('expected')}, got {one.get('got')}"
            for one in validated["failures"]
        ),
        checks=Checks.from_json(validated.get("checks")),
    )


def _sums(
    settings: Settings, source: str | None, rule: str, unnested: str
) -> list[QuarantinedRows]:
    with duckdb.connect() as con:
        return [
            rows
            for feed in all_feeds()
            for _, of_source in groupby(
                walk.quarantined(settings, feed, source), key=attrgetter("source")
            )
            for rows in _sums_of(con, list(of_source), rule, unnested)
        ]


def _sums_of(
    con: duckdb.DuckDBPyConnection, windows: Sequence[WindowFiles], rule: str, unnested: str
) -> Iterator[QuarantinedRows]:
    feed, source = windows[0].feed, windows[0].source
    counted = con.execute(
        f"""
        with refused as (
            select {rule} as rule, coalesce(_currency, '{NO_CURRENCY}') as currency,
                _amount, _window, _first_seen
            from (
                from read_parquet(?, union_by_name = true)
                union all by name
                select null::timestamp as _first_seen where false
            ){unnested}
        ),
        by_currency as (
            select rule, currency, count(*) as rows, sum(_amount) as amount,
                list(distinct _window) as windows, min(_first_seen) as since
            from refused group by 1, 2
        )
        select rule, sum(rows)::bigint, len(list_distinct(flatten(list(windows)))),
            map(list(currency order by currency) filter (where amount is not null),
                list(amount order by currency) filter (where amount is not null)),
            min(since)
        from by_currency group by 1 order by 2 desc, 1
        """,
        [[str(files.quarantined) for files in windows]],
    ).fetchall()
    for rule_id, rows, count, amounts, since in counted:
        yield QuarantinedRows(feed, source, rows, count, rule_id, amounts or {}, since)
