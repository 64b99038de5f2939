"""Validated windows and their results, read from landing."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from storepulse.feeds.registry import all_feeds
from storepulse.lake import walk
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import rejected_windows
from storepulse.settings import Settings
from storepulse.windows import Window

DAYS_SHOWN = 30


@dataclass(frozen=True)
class ValidatedWindow:
    """One landed window and the result of its validation.

    Attributes:
        files: its files.
        result: content of `validation.json`.
    """

    files: WindowFiles
    result: Mapping[str, Any]

    @property
    def window(self) -> Window:
        """The window itself."""
        return self.files.window

    @property
    def key(self) -> tuple[str, str]:
        """Source and window, which identify it within its feed."""
        return self.files.source, self.window.id

    @property
    def is_rejected(self) -> bool:
        """Whether the window was rejected, so that nothing of it was accepted."""
        return bool(self.result["verdict"] == "held")

    @property
    def landed(self) -> int:
        """Rows landed."""
        return int(self.result["rows"]["landed"])

    @property
    def accepted(self) -> int:
        """Rows accepted; 0 when rejected."""
        return int(self.result["rows"]["accepted"])

    @property
    def quarantined(self) -> int:
        """Rows quarantined; 0 when rejected."""
        return int(self.result["rows"]["quarantined"])

    @property
    def amount_refused(self) -> dict[str, Decimal]:
        """Amounts of the quarantined rows, or of all rows when rejected, by currency."""
        return {of: Decimal(amount) for of, amount in self.result["amount_held"].items()}


def windows_by_feed(settings: Settings) -> dict[str, list[ValidatedWindow]]:
    """Read the windows that end within thirty days before the end of the newest window of all.

    Returns:
        Per feed in registry order, newest first per source; feeds without one are left out. A
        window that has no result, because it was never validated or is just being, is left out.
    """
    landed = {feed: walk.landed(settings, feed) for feed in all_feeds()}
    ends = (files.window.end for of_feed in landed.values() for files in of_feed)
    newest = max(ends, default=None)
    if newest is None:
        return {}
    since = newest - timedelta(days=DAYS_SHOWN)
    found: dict[str, list[ValidatedWindow]] = {}
    for feed, of_feed in landed.items():
        # Only these are read, of the windows of many years.
        recent = [files for files in of_feed if files.window.end > since]
        recent.sort(key=lambda one: one.window.end, reverse=True)
        for files in sorted(recent, key=lambda one: one.source):
            if result := read_json(files.validation):
                found.setdefault(feed, []).append(ValidatedWindow(files, result))
    return found


def rejected_by_feed(settings: Settings) -> dict[str, list[ValidatedWindow]]:
    """Read the windows that are rejected now, however old, oldest first."""
    found: dict[str, list[ValidatedWindow]] = {}
    for one in rejected_windows(settings):
        files = WindowFiles(settings, one.feed, one.source, Window.from_id(one.window_id))
        if result := read_json(files.rejection):
            found.setdefault(one.feed, []).append(ValidatedWindow(files, result))
    return found


@dataclass(frozen=True)
class BrokenRule:
    """What one rule refused.

    Attributes:
        rule: its id.
        rows: quarantined rows; a row that fails two rules counts for both.
        windows: number of windows with such rows, or rejected by the rule.
    """

    rule: str
    rows: int
    windows: int


def rules_broken_most(windows: Sequence[ValidatedWindow], count: int) -> list[BrokenRule]:
    """Sum up the failures per rule, most rows first; rules without failures are left out."""
    rows: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for window in windows:
        refused = window.result["refused_by_rule"]
        rows.update({rule: int(counts["rows"]) for rule, counts in refused.items()})
        seen.update({*refused, *(failure["rule"] for failure in window.result["failures"])})
    broken = [BrokenRule(rule, rows[rule], windows) for rule, windows in seen.items()]
    return sorted(broken, key=lambda one: (-one.rows, -one.windows, one.rule))[:count]


def pass_rate(windows: Sequence[ValidatedWindow]) -> float | None:
    """Accepted rows divided by landed rows; None when none landed."""
    landed = sum(window.landed for window in windows)
    return sum(window.accepted for window in windows) / landed if landed else None


def read_json(path: Path) -> Mapping[str, Any] | None:
    """Read a file; None when a concurrent run has removed it."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
