"""What is held: refused rows with their reasons and money, and windows held back as a whole.

Nothing held is lost. Refused rows lie as they landed in `quarantine/`, a window held back lies in
`landing/` with its verdict in `quarantine/`; both go on once the source, the rule or the rows
(`storepulse.replay.release`) are corrected and the window is validated again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from storepulse.feeds.registry import all_feeds
from storepulse.lake.check_counts import Checks
from storepulse.settings import Settings
from storepulse.windows import Window

# What stands for the currency of rows that state none.
NO_CURRENCY = "?"
# The rule under which an older version of a row lies that came twice in one window, and a repeat.
DUPLICATE = "duplicate_key"
# The rule under which rows of one key lie that differ and changed at the same time.
CONFLICT = "conflicting_rows"


@dataclass(frozen=True)
class HeldRows:
    """Refused rows of one feed of one source under one rule.

    Attributes:
        rule: its id; None in sums over all rules.
        rows: how many. A row that breaks two rules counts once in a sum and under both rules.
        amounts: the money they carry by currency, exact, as far as it could be read.
        windows: in how many windows they are.
        since: when the first of them was refused, UTC; None in files of before that was kept.
    """

    feed: str
    source: str
    rows: int
    windows: int
    rule: str | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class HeldWindow:
    """One window held back as a whole.

    Attributes:
        window_id: as in paths.
        rows: how many landed, without those that somebody gave up.
        rules: ids of the rules that speak against it.
        amounts: the money of all its rows by currency.
        findings: what each rule expected and what it got.
        checks: what it was put to; None of windows held back before that was kept.
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
    """List the files of a feed's refused rows, of all sources, by path."""
    return sorted((settings.quarantine / feed).glob("[!.]*/[!.]*.parquet"))


def held_by_feed(settings: Settings, source: str | None = None) -> list[HeldRows]:
    """Sum up refused rows per feed and source.

    Args:
        settings: whose home folder is looked at.
        source: only this one; None for all.

    Returns:
        In registry order; feeds without a refused row are left out.
    """
    return _sums(settings, source, "null::varchar", "")


def held_by_rule(settings: Settings, source: str | None = None) -> list[HeldRows]:
    """Sum up refused rows per feed, source and rule, the rule with most rows first.

    A row under two rules counts for both, so these do not add up to `held_by_feed`.
    """
    return _sums(settings, source, "rule", ", unnest(_rules) as unnested(rule)")


def held_windows(settings: Settings, source: str | None = None) -> list[HeldWindow]:
    """List the windows that are held back now, in registry order, oldest first.

    One is over when a longer window that covers it was accepted later.
    """
    wanted = source or "[!.]*"
    return [
        _held_window(feed, path.name.removesuffix(".held.json"), judged)
        for feed in all_feeds()
        for path in sorted((settings.quarantine / feed).glob(f"{wanted}/[0-9]*.held.json"))
        if not _is_covered(settings, feed, path)
        for judged in [json.loads(path.read_text(encoding="utf-8"))]
    ]


def held_spans(settings: Settings) -> list[dict[str, Any]]:
    """The same in plain values that can be kept and compared: bounds are UTC without an offset."""
    return [
        {
            "feed": held.feed,
            "source": held.source,
            "window_start": f"{window.start:%Y-%m-%d %H:%M:%S}",
            "window_end": f"{window.end:%Y-%m-%d %H:%M:%S}",
            "rows": held.rows,
            "rules": ",".join(held.rules),
            "checks": held.checks and held.checks.as_json(),
        }
        for held in held_windows(settings)
        for window in [Window.from_id(held.window_id)]
    ]


def _is_covered(settings: Settings, feed: str, held: Path) -> bool:
    window = Window.from_id(held.name.removesuffix(".held.json"))
    for accepted in (settings.accepted / feed / held.parent.name).glob("[0-9]*.parquet"):
        longer = Window.from_id(accepted.stem)
        is_within = longer.start <= window.start and window.end <= longer.end
        if is_within and accepted.stat().st_mtime_ns > held.stat().st_mtime_ns:
            return True
    return False


def _held_window(feed: str, window_id: str, judged: Mapping[str, Any]) -> HeldWindow:
    return HeldWindow(
        feed=feed,
        source=judged["source"],
        window_id=window_id,
        rows=judged["rows"]["landed"] - judged["rows"]["dropped"],
        rules=tuple(failure["rule"] for failure in judged["failures"]),
        amounts={currency: Decimal(text) for currency, text in judged["amount_held"].items()},
        findings=tuple(
            f"{one['rule']}: expected {one.get('expected')}, got {one.get('got')}"
            for one in judged["failures"]
        ),
        checks=Checks.from_json(judged.get("checks")),
    )


def _sums(settings: Settings, source: str | None, rule: str, unnested: str) -> list[HeldRows]:
    with duckdb.connect() as con:
        return [
            held
            for feed in all_feeds()
            for folder in sorted((settings.quarantine / feed).glob(source or "[!.]*"))
            for held in _sums_of(con, feed, folder, rule, unnested)
        ]


def _sums_of(
    con: duckdb.DuckDBPyConnection, feed: str, folder: Path, rule: str, unnested: str
) -> Iterator[HeldRows]:
    files = [str(path) for path in sorted(folder.glob("[!.]*.parquet"))]
    if not files:
        return
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
        [files],
    ).fetchall()
    for rule_id, rows, windows, amounts, since in counted:
        yield HeldRows(feed, folder.name, rows, windows, rule_id, amounts or {}, since)
