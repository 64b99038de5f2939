"""A small shop and the steps from its data to the marts, window by window."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shop_simulator.serving.server import serving
from shop_simulator.setting.incidents import Incident
from shop_simulator.world import make
from storepulse.feeds.registry import all_feeds
from storepulse.windows import Window

SOURCE = "demo_shop"
KINDS = (
    *("land", "validate", "fix", "drop", "release", "forget"),
    *("build", "publish", "watch", "backup", "restore"),
)
# The window id of steps run once more in a home that was lost and restored.
RESTORED = "restored"
# An anomaly to report on the last closed day of history, and one on the day after it.
INCIDENTS = ("tracking_broken@2026-11-21:cn_market", "tracking_broken@2026-11-22:us_site")
# Bad rows per window: to be corrected (`device_known`) and dropped (`status_known`).
BAD_DEVICES, BAD_STATES = 3, 1


@dataclass(frozen=True)
class Step:
    """One step of the scenario.

    Attributes:
        kind: one of KINDS.
        window_id: of its window; the last one landed for steps without a window.
        feed: empty for steps without a feed.
    """

    kind: str
    window_id: str
    feed: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.feed, self.window_id[:13]) if part)


@dataclass(frozen=True)
class Scenario:
    """A history window and the short ones after it.

    Attributes:
        scale: size of the shop, 1 is about 60 orders per store and day.
        windows: in the order they are run.
        feeds_of_short_windows: the feeds of the short windows; history has all.
        tested: whether builds run the models' tests, too.
        undisturbed_windows: how many of the first windows are run only once, with no step killed.
    """

    scale: float
    windows: tuple[Window, ...]
    feeds_of_short_windows: tuple[str, ...]
    tested: bool = True
    undisturbed_windows: int = 0

    def undisturbed_steps(self) -> list[Step]:
        """The steps that are run only once, in order."""
        return [step for place in range(self.undisturbed_windows) for step in self._steps_of(place)]

    def steps(self) -> list[Step]:
        """The steps that are run undisturbed and once more with kills, in order."""
        places = range(self.undisturbed_windows, len(self.windows))
        return [step for place in places for step in self._steps_of(place)]

    def _steps_of(self, place: int) -> list[Step]:
        window_id = self.windows[place].id
        feeds = all_feeds() if place == 0 else self.feeds_of_short_windows
        ingested = [Step(kind, window_id, feed) for feed in feeds for kind in ("land", "validate")]
        decided = [Step(kind, window_id, "orders") for kind in ("fix", "drop", "release")]
        is_last = place == len(self.windows) - 1
        return [
            *ingested,
            *(decided if "orders" in feeds else []),
            *(self._slip() if is_last else []),
            *(Step(kind, window_id) for kind in ("build", "publish", "watch")),
            *(self._loss() if is_last else []),
        ]

    def _slip(self) -> list[Step]:
        """A window landed by mistake; others cover a part of it."""
        last = self.windows[-1]
        slip = Window(last.start - timedelta(hours=12), last.start + timedelta(hours=6))
        return [Step(kind, slip.id, "orders") for kind in ("land", "validate", "forget")]

    def _loss(self) -> list[Step]:
        """The home is lost, restored, and what depends on it rebuilt."""
        rebuilt = [Step(kind, RESTORED) for kind in ("build", "publish", "watch")]
        return [Step("backup", ""), Step("restore", ""), *rebuilt]


# Five weeks: the expected range of a day needs four.
_HISTORY = Window.from_iso("2026-10-18", "2026-11-22")
# At its end the 22nd has closed in New York, too.
_NEXT_DAY = Window.from_iso("2026-11-22", "2026-11-23T06:00")
LONG = Scenario(
    scale=0.15, windows=(_HISTORY, _NEXT_DAY), feeds_of_short_windows=tuple(all_feeds())
)
# For the tests: kills begin after history, and builds run no tests of models.
SHORT = Scenario(
    scale=0.05,
    windows=(_HISTORY, _NEXT_DAY),
    feeds_of_short_windows=("orders", "traffic", "inventory"),
    tested=False,
    undisturbed_windows=1,
)


@contextmanager
def shop_of(scenario: Scenario, folder: Path) -> Iterator[dict[str, str]]:
    """Make the scenario's shop and serve it.

    Yields:
        The environment in which the pipeline finds it. Its data no longer changes, so that a
        window can be landed again at any time.
    """
    until = scenario.windows[-1].end
    incidents = [Incident.parse(text) for text in INCIDENTS]
    make(folder, scenario.windows[0].start, until, 7, scenario.scale, incidents=incidents)
    with sqlite3.connect(folder / "shop.sqlite") as shop:
        for window in scenario.windows:
            _spoil(shop, window)
    with serving(folder) as endpoints:
        yield endpoints.as_environment()


def _spoil(shop: sqlite3.Connection, window: Window) -> None:
    """Change some orders of a window so that validation quarantines them."""
    bounds = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (window.start, window.end)]
    numbers = [
        number
        for (number,) in shop.execute(
            "select order_no from sales_orders where modified >= ? and modified < ? "
            "order by order_no limit ?",
            [*bounds, BAD_DEVICES + BAD_STATES],
        ).fetchall()
    ]
    for place, number in enumerate(numbers):
        column, value = ("device_type", "fridge") if place < BAD_DEVICES else ("state", "lost")
        shop.execute(f"update sales_orders set {column} = ? where order_no = ?", [value, number])
