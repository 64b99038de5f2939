"""What one feed's page shows, put into words."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from storepulse.i18n import Wording
from storepulse.lake.quarantine import CONFLICT, DUPLICATE, HeldRows
from storepulse.report.data_docs.bars import bars
from storepulse.report.data_docs.judged import JudgedWindow, pass_rate, rules_broken_most
from storepulse.report.data_docs.volumes import DayRows, Volumes, summed
from storepulse.windows import Window

RULES_SHOWN = 10
WINDOWS_SHOWN = 8


@dataclass(frozen=True)
class FeedState:
    """All that is known of one feed.

    Attributes:
        windows: judged ones of the last thirty days, of each source the newest first.
        volumes: of all feeds.
        refused: rows in quarantine now, per source.
        refused_by_rule: the same per source and rule.
        held: windows held back now, oldest first.
        whys: the suite's reasons by rule id.
        pages: windows (source, id) that have a page of Great Expectations.
    """

    feed: str
    windows: Sequence[JudgedWindow]
    volumes: Volumes
    refused: Sequence[HeldRows]
    refused_by_rule: Sequence[HeldRows]
    held: Sequence[JudgedWindow]
    whys: Mapping[str, str]
    pages: frozenset[tuple[str, str]]


def view(state: FeedState, wording: Wording) -> dict[str, Any]:
    """Give the values of `feed.html`."""
    return {
        "say": wording.say,
        "language": wording.say("report.language"),
        "row": row(state, wording),
        "charts": _charts(state, wording),
        "are_published": state.volumes.are_published,
        "rules": [
            {
                "rule": one.rule,
                "why": _why(one.rule, state, wording),
                "rows": f"{one.rows:,}",
                "windows": f"{one.windows:,}",
            }
            for one in rules_broken_most(state.windows, RULES_SHOWN)
        ],
        "quarantine": [_refused(one, wording) for one in state.refused_by_rule],
        "held": [_held(one, state, wording) for one in state.held],
        "windows": [_window(one, _page(one, state), wording) for one in newest(state.windows)],
    }


def row(state: FeedState, wording: Wording) -> dict[str, Any]:
    """Give the feed's line of `index.html`, which also heads its own page."""
    days = summed(state.volumes.by_feed.get(state.feed, {}))
    name = wording.feed(state.feed)
    status = "held" if state.held else "refused" if state.refused else "fine"
    return {
        "feed": state.feed,
        "name": name,
        "passed": _share(pass_rate(state.windows), wording),
        "landed": f"{sum(one.landed for one in state.windows):,}",
        "in_quarantine": f"{sum(one.rows for one in state.refused):,}",
        "money": _money(_added(one.amounts for one in state.refused), wording),
        "held_windows": len(state.held),
        "complete": _complete(state),
        "tone": {"held": "anomaly", "refused": "outside", "fine": "usual"}[status],
        "mark": {"held": "▼", "refused": "○", "fine": "●"}[status],
        "status": wording.say(f"data.statuses.{status}"),
        "bars": _drawn(days, 34, name, wording) if days else "",
    }


def newest(windows: Sequence[JudgedWindow]) -> list[JudgedWindow]:
    """Choose the last windows of each source, newest first."""
    kept: dict[str, list[JudgedWindow]] = {}
    for one in windows:
        kept.setdefault(one.files.source, []).append(one)
    return [one for of_source in kept.values() for one in of_source[:WINDOWS_SHOWN]]


def _share(ratio: float | None, wording: Wording) -> str:
    """Write a pass rate, never rounded up: what is not all of them is not 100 %."""
    return "–" if ratio is None else wording.share(math.floor(ratio * 1000) / 1000)


def _money(amounts: Mapping[str, Decimal], wording: Wording) -> str:
    """Write amounts by currency, a dash when there are none."""
    written = [
        wording.money(float(amount), currency)
        for currency, amount in sorted(amounts.items())
        if amount
    ]
    return ", ".join(written) or "–"


def _span(window: Window) -> str:
    """Write a window's bounds in UTC."""
    return f"{window.start:%Y-%m-%d %H:%M} – {window.end:%Y-%m-%d %H:%M}"


def around_results(one: JudgedWindow, told: Mapping[str, Any], wording: Wording) -> dict[str, Any]:
    """Give the values of `window.html`, the page around what Great Expectations measured."""
    errors = [result for result in told["results"] if result["exception_info"]["raised_exception"]]
    return {
        "say": wording.say,
        "language": wording.say("report.language"),
        "feed": one.files.feed,
        "name": wording.feed(one.files.feed),
        "counted": _window(one, "", wording),
        "failures": [_finding(found, wording) for found in one.verdict["failures"]],
        "told": [_finding(found, wording) for found in one.verdict["told"]],
        "errors": [
            {
                "rule": result["expectation_config"]["meta"]["id"],
                "message": result["exception_info"]["exception_message"],
            }
            for result in errors
        ],
    }


def _finding(told: Mapping[str, Any], wording: Wording) -> dict[str, str]:
    said = [
        wording.say(f"data.{part}", value=told[part])
        for part in ("expected", "got", "example")
        if told[part]
    ]
    return {"rule": told["rule"], "said": wording.say("data.then").join(said), "why": told["why"]}


def _complete(state: FeedState) -> list[str]:
    until = {
        source: f"{until:%Y-%m-%d %H:%M}"
        for (source, feed), until in sorted(state.volumes.complete_until.items())
        if feed == state.feed
    }
    named = len(until) > 1
    return [f"{source} {moment}" if named else moment for source, moment in until.items()]


def _charts(state: FeedState, wording: Wording) -> list[dict[str, Any]]:
    return [
        {
            "store": state.volumes.stores.get(store, store),
            "first": wording.day(days[0].day),
            "last": wording.day(days[-1].day),
            "most": f"{max(one.accepted + one.refused for one in days):,}",
            "bars": _drawn(days, 120, state.volumes.stores.get(store, store), wording),
            "days": [
                {
                    "day": wording.weekday(one.day),
                    "accepted": f"{one.accepted:,}",
                    "refused": f"{one.refused:,}",
                    "usual": "–" if one.usual is None else f"{one.usual:,.0f}",
                    "note": "" if one.is_whole else wording.say("data.open_day"),
                }
                for one in reversed(days)
            ],
        }
        for store, days in state.volumes.by_feed.get(state.feed, {}).items()
    ]


def _drawn(days: Sequence[DayRows], height: int, of: str, wording: Wording) -> Markup:
    rows = [one.accepted for one in days]
    title = wording.say(
        "data.bars_alt",
        what=of,
        first=wording.day(days[0].day),
        last=wording.day(days[-1].day),
        low=f"{min(rows):,}",
        high=f"{max(rows):,}",
    )
    return bars(days, height, title, _about_day(wording))


def _about_day(wording: Wording) -> Callable[[DayRows], str]:
    def about(one: DayRows) -> str:
        return wording.say(
            "data.day_alt",
            day=wording.weekday(one.day),
            accepted=f"{one.accepted:,}",
            refused=f"{one.refused:,}",
            usual="–" if one.usual is None else f"{one.usual:,.0f}",
        )

    return about


def _why(rule: str, state: FeedState, wording: Wording) -> str:
    if rule == DUPLICATE:
        return wording.say("data.whys.duplicate")
    if rule == CONFLICT:
        return wording.say("data.whys.conflict")
    if rule.startswith("type_"):
        return wording.say("data.whys.type", column=rule.removeprefix("type_"))
    return state.whys.get(rule, "")


def _refused(one: HeldRows, wording: Wording) -> dict[str, str]:
    return {
        "source": one.source,
        "rule": one.rule or "",
        "rows": f"{one.rows:,}",
        "windows": f"{one.windows:,}",
        "money": _money(one.amounts, wording),
        "since": f"{one.since:%Y-%m-%d %H:%M}" if one.since else "–",
    }


def _held(one: JudgedWindow, state: FeedState, wording: Wording) -> dict[str, Any]:
    return {
        "source": one.files.source,
        "window": _span(one.window),
        "rows": f"{one.landed:,}",
        "money": _money(one.amount_held, wording),
        "reasons": [_finding(told, wording) for told in one.verdict["failures"]],
        "page": _page(one, state),
    }


def _window(one: JudgedWindow, page: str, wording: Wording) -> dict[str, Any]:
    return {
        "source": one.files.source,
        "window": _span(one.window),
        "landed": f"{one.landed:,}",
        "accepted": f"{one.accepted:,}",
        "refused": f"{one.refused:,}",
        "passed": _share(pass_rate([one]), wording),
        "tone": "anomaly" if one.is_held else "usual",
        "mark": "▼" if one.is_held else "●",
        "verdict": wording.say(f"data.verdicts.{one.verdict['verdict']}"),
        "page": page,
    }


def _page(one: JudgedWindow, state: FeedState) -> str:
    source, window_id = one.key
    return f"{state.feed}/{source}/{window_id}.html" if one.key in state.pages else ""


def _added(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    added: dict[str, Decimal] = {}
    for by_currency in amounts:
        for currency, amount in by_currency.items():
            added[currency] = added.get(currency, Decimal()) + amount
    return added
