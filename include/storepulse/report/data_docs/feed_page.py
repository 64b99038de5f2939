"""The values that one feed's page shows, formatted."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from storepulse.i18n import Wording
from storepulse.lake.quarantine import CONFLICT, DUPLICATE, QuarantinedRows
from storepulse.report.data_docs.bars import bars
from storepulse.report.data_docs.validated_windows import (
    ValidatedWindow,
    pass_rate,
    rules_broken_most,
)
from storepulse.report.data_docs.volumes import DayRows, Volumes, summed
from storepulse.windows import Window

RULES_SHOWN = 10
WINDOWS_SHOWN = 8


@dataclass(frozen=True)
class FeedState:
    """The state of one feed.

    Attributes:
        windows: validated windows of the last thirty days, newest first per source.
        volumes: of all feeds.
        quarantined: rows in quarantine now, per source.
        quarantined_by_rule: the same per source and rule.
        rejected: windows rejected now, oldest first.
        whys: the suite's reasons by rule id.
        pages: windows (source, id) that have a page of Great Expectations.
    """

    feed: str
    windows: Sequence[ValidatedWindow]
    volumes: Volumes
    quarantined: Sequence[QuarantinedRows]
    quarantined_by_rule: Sequence[QuarantinedRows]
    rejected: Sequence[ValidatedWindow]
    whys: Mapping[str, str]
    pages: frozenset[tuple[str, str]]


def view(state: FeedState, wording: Wording) -> dict[str, Any]:
    """The values of `feed.html`."""
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
        "quarantine": [_quarantined(one, wording) for one in state.quarantined_by_rule],
        "rejected": [_rejected(one, state, wording) for one in state.rejected],
        "windows": [_window(one, _page(one, state), wording) for one in newest(state.windows)],
    }


def row(state: FeedState, wording: Wording) -> dict[str, Any]:
    """The feed's row in `index.html`, whose values its own page starts with."""
    days = summed(state.volumes.by_feed.get(state.feed, {}))
    name = wording.feed(state.feed)
    status = "rejected" if state.rejected else "quarantined" if state.quarantined else "fine"
    return {
        "feed": state.feed,
        "name": name,
        "passed": _share(pass_rate(state.windows), wording),
        "landed": f"{sum(one.landed for one in state.windows):,}",
        "in_quarantine": f"{sum(one.rows for one in state.quarantined):,}",
        "money": _money(_summed(one.amounts for one in state.quarantined), wording),
        "rejected_windows": len(state.rejected),
        "complete": _complete(state),
        "tone": {"rejected": "anomaly", "quarantined": "quarantined", "fine": "usual"}[status],
        "mark": {"rejected": "▼", "quarantined": "○", "fine": "●"}[status],
        "status": wording.say(f"data.statuses.{status}"),
        "bars": _drawn(days, 34, name, wording) if days else "",
    }


def newest(windows: Sequence[ValidatedWindow]) -> list[ValidatedWindow]:
    """The latest windows of each source, newest first."""
    by_source: dict[str, list[ValidatedWindow]] = {}
    for one in windows:
        by_source.setdefault(one.files.source, []).append(one)
    return [one for of_source in by_source.values() for one in of_source[:WINDOWS_SHOWN]]


def _share(ratio: float | None, wording: Wording) -> str:
    """Write a pass rate, never rounded up: 100 % means every row."""
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


def around_results(
    one: ValidatedWindow, gx_results: Mapping[str, Any], wording: Wording
) -> dict[str, Any]:
    """The values of `window.html`, the page around Great Expectations' results."""
    errors = [
        result for result in gx_results["results"] if result["exception_info"]["raised_exception"]
    ]
    return {
        "say": wording.say,
        "language": wording.say("report.language"),
        "feed": one.files.feed,
        "name": wording.feed(one.files.feed),
        "counted": _window(one, "", wording),
        "failures": [_finding(found, wording) for found in one.result["failures"]],
        "warnings": [_finding(found, wording) for found in one.result["told"]],
        "errors": [
            {
                "rule": result["expectation_config"]["meta"]["id"],
                "message": result["exception_info"]["exception_message"],
            }
            for result in errors
        ],
    }


def _finding(found: Mapping[str, Any], wording: Wording) -> dict[str, str]:
    parts = [
        wording.say(f"data.{part}", value=found[part])
        for part in ("expected", "got", "example")
        if found[part]
    ]
    text = wording.say("data.then").join(parts)
    return {"rule": found["rule"], "text": text, "why": found["why"]}


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
            "most": f"{max(one.accepted + one.quarantined for one in days):,}",
            "bars": _drawn(days, 120, state.volumes.stores.get(store, store), wording),
            "days": [
                {
                    "day": wording.weekday(one.day),
                    "accepted": f"{one.accepted:,}",
                    "quarantined": f"{one.quarantined:,}",
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
            refused=f"{one.quarantined:,}",
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


def _quarantined(one: QuarantinedRows, wording: Wording) -> dict[str, str]:
    return {
        "source": one.source,
        "rule": one.rule or "",
        "rows": f"{one.rows:,}",
        "windows": f"{one.windows:,}",
        "money": _money(one.amounts, wording),
        "since": f"{one.since:%Y-%m-%d %H:%M}" if one.since else "–",
    }


def _rejected(one: ValidatedWindow, state: FeedState, wording: Wording) -> dict[str, Any]:
    return {
        "source": one.files.source,
        "window": _span(one.window),
        "rows": f"{one.landed:,}",
        "money": _money(one.amount_refused, wording),
        "reasons": [_finding(found, wording) for found in one.result["failures"]],
        "page": _page(one, state),
    }


def _window(one: ValidatedWindow, page: str, wording: Wording) -> dict[str, Any]:
    return {
        "source": one.files.source,
        "window": _span(one.window),
        "landed": f"{one.landed:,}",
        "accepted": f"{one.accepted:,}",
        "quarantined": f"{one.quarantined:,}",
        "passed": _share(pass_rate([one]), wording),
        "tone": "anomaly" if one.is_rejected else "usual",
        "mark": "▼" if one.is_rejected else "●",
        "result": wording.say(f"data.results.{'rejected' if one.is_rejected else 'accepted'}"),
        "page": page,
    }


def _page(one: ValidatedWindow, state: FeedState) -> str:
    source, window_id = one.key
    return f"{state.feed}/{source}/{window_id}.html" if one.key in state.pages else ""


def _summed(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for by_currency in amounts:
        for currency, amount in by_currency.items():
            total[currency] = total.get(currency, Decimal()) + amount
    return total
