"""Windows that were judged, with their verdicts, as they lie in landing."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from storepulse.feeds.registry import all_feeds
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import held_windows
from storepulse.settings import Settings
from storepulse.windows import Window

DAYS_SHOWN = 30


@dataclass(frozen=True)
class JudgedWindow:
    """One landed window and what became of it.

    Attributes:
        files: where it lies.
        verdict: what `validation.json` says.
    """

    files: WindowFiles
    verdict: Mapping[str, Any]

    @property
    def window(self) -> Window:
        """The span its rows are of."""
        return self.files.window

    @property
    def key(self) -> tuple[str, str]:
        """Source and window, which name it within its feed."""
        return self.files.source, self.window.id

    @property
    def is_held(self) -> bool:
        """Whether nothing of it was accepted."""
        return bool(self.verdict["verdict"] == "held")

    @property
    def landed(self) -> int:
        """Rows the source gave."""
        return int(self.verdict["rows"]["landed"])

    @property
    def accepted(self) -> int:
        """Rows that passed; 0 when held."""
        return int(self.verdict["rows"]["accepted"])

    @property
    def refused(self) -> int:
        """Rows in quarantine of it; 0 when held as a whole."""
        return int(self.verdict["rows"]["quarantined"])

    @property
    def amount_held(self) -> dict[str, Decimal]:
        """Money of the refused rows, or of all rows when held, by currency."""
        return {of: Decimal(amount) for of, amount in self.verdict["amount_held"].items()}


def windows_by_feed(settings: Settings) -> dict[str, list[JudgedWindow]]:
    """Read the windows that end within thirty days of the end of the newest one of all.

    Returns:
        Per feed in registry order, newest first; feeds without one are left out. A window that is
        being judged or never was has no verdict and is not among them.
    """
    ids = {
        (feed, folder.name): [path.name for path in folder.glob("[0-9]*-[0-9]*")]
        for feed in all_feeds()
        for folder in sorted((settings.landing / feed).glob("[!.]*"))
    }
    newest = max((one for of_feed in ids.values() for one in of_feed), key=_end, default=None)
    if newest is None:
        return {}
    since = Window.from_id(newest).end - timedelta(days=DAYS_SHOWN)
    found: dict[str, list[JudgedWindow]] = {}
    for (feed, source), of_feed in ids.items():
        # Ends are compared as text: of years of windows only a month's are read.
        recent = [one for one in of_feed if _end(one) > f"{since:%Y%m%dT%H%M%SZ}"]
        for one in sorted(recent, key=_end, reverse=True):
            files = WindowFiles(settings, feed, source, Window.from_id(one))
            if verdict := read_json(files.verdict):
                found.setdefault(feed, []).append(JudgedWindow(files, verdict))
    return found


def held_by_feed(settings: Settings) -> dict[str, list[JudgedWindow]]:
    """Read the windows that are held back now, however old, oldest first."""
    found: dict[str, list[JudgedWindow]] = {}
    for held in held_windows(settings):
        window = Window.from_id(held.window_id)
        files = WindowFiles(settings, held.feed, held.source, window)
        if verdict := read_json(files.held):
            found.setdefault(held.feed, []).append(JudgedWindow(files, verdict))
    return found


@dataclass(frozen=True)
class BrokenRule:
    """What one rule refused.

    Attributes:
        rule: its id.
        rows: refused rows; one under two rules counts for both.
        windows: in how many windows it refused a row or held the window back.
    """

    rule: str
    rows: int
    windows: int


def rules_broken_most(windows: Sequence[JudgedWindow], count: int) -> list[BrokenRule]:
    """Sum up what rules refused, the rule with most rows first; rules that refused nothing not."""
    rows: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for window in windows:
        refused = window.verdict["refused_by_rule"]
        rows.update({rule: int(told["rows"]) for rule, told in refused.items()})
        seen.update({*refused, *(failure["rule"] for failure in window.verdict["failures"])})
    broken = [BrokenRule(rule, rows[rule], windows) for rule, windows in seen.items()]
    return sorted(broken, key=lambda one: (-one.rows, -one.windows, one.rule))[:count]


def pass_rate(windows: Sequence[JudgedWindow]) -> float | None:
    """Rows accepted of rows landed, from 0 to 1; None when none landed."""
    landed = sum(window.landed for window in windows)
    return sum(window.accepted for window in windows) / landed if landed else None


def read_json(path: Path) -> Mapping[str, Any] | None:
    """Read a file that a run beside us may have taken away; None then."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _end(window_id: str) -> str:
    return window_id.split("-")[1]
