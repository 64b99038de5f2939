"""A log as servers write it: one gzipped file per shop and hour in which lines came in."""

import gzip
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from shop_simulator.clock import HOUR
from shop_simulator.randomness import Ints
from shop_simulator.whole_files import write_whole


class HourlyLog:
    """A growing log. Hours are written once nothing more can come into them.

    Args:
        folder: gets `dt=<day>/hour=<hour>/<name>.jsonl.gz`, both UTC.
        name: of its files.
        from_ms: hours that ended before are there already and are left alone.
        until_ms: the simulator's clock; what comes in later is not written.
    """

    def __init__(self, folder: Path, name: str, from_ms: int, until_ms: int) -> None:
        self._folder = folder
        self._name = name
        self._first_hour = from_ms // HOUR
        self._until_ms = until_ms
        self._waiting: dict[int, list[str]] = defaultdict(list)
        self.lines_written = 0

    def wanted(self, received_ms: Ints) -> Ints:
        """Positions of what this log still has to write, in the order it came in."""
        in_time = (received_ms >= self._first_hour * HOUR) & (received_ms < self._until_ms)
        chosen = np.flatnonzero(in_time)
        return chosen[np.argsort(received_ms[chosen], kind="stable")]

    def add(self, received_ms: Ints, lines: list[str]) -> None:
        """Take in lines, ordered by when they came in."""
        hours, first = np.unique(received_ms // HOUR, return_index=True)
        bounds = [*first.tolist(), len(lines)]
        for hour, begin, end in zip(hours.tolist(), bounds, bounds[1:], strict=False):
            self._waiting[hour] += lines[begin:end]

    def write_before(self, moment_ms: int) -> None:
        """Write every hour that is over by a moment."""
        end = moment_ms // HOUR
        for hour in sorted(hour for hour in self._waiting if hour < end):
            self._write(hour, self._waiting.pop(hour))

    def close(self) -> None:
        """Write what is left, up to the simulator's clock."""
        self.write_before(self._until_ms + HOUR)

    def _write(self, hour: int, lines: list[str]) -> None:
        moment = datetime.fromtimestamp(hour * 3600, tz=UTC)
        place = self._folder / f"dt={moment:%Y-%m-%d}" / f"hour={moment:%H}"
        place.mkdir(parents=True, exist_ok=True)
        text = "\n".join(lines) + "\n"
        # No time stamp in the file, so that equal lines make equal bytes.
        content = gzip.compress(text.encode(), compresslevel=1, mtime=0)
        write_whole(place / f"{self._name}.jsonl.gz", content)
        self.lines_written += len(lines)
