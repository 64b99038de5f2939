"""Logs as servers write them: a gzipped file per shop and hour, or day, of receipt."""

import gzip
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from shop_simulator.clock import DAY
from shop_simulator.randomness import Ints
from shop_simulator.whole_files import write_whole


class LogFiles:
    """A growing log. A file is written once no more lines can be added, or at the clock.

    Args:
        folder: gets `dt=<day>/hour=<hour>/<name>.jsonl.gz`, or without the hour; both UTC.
        name: of its files.
        span_ms: what one file covers, HOUR or DAY.
        from_ms: files that were full before are there already and are left alone.
        until_ms: the simulator's clock; what is received later is not written.
    """

    def __init__(self, folder: Path, name: str, span_ms: int, from_ms: int, until_ms: int) -> None:
        self._folder = folder
        self._name = name
        self._span_ms = span_ms
        self._first = from_ms // span_ms
        self._until_ms = until_ms
        self._waiting: dict[int, list[str]] = defaultdict(list)
        self.lines_written = 0

    def wanted(self, received_ms: Ints) -> Ints:
        """Positions of what this log still has to write, in order of receipt."""
        in_time = (received_ms >= self._first * self._span_ms) & (received_ms < self._until_ms)
        chosen = np.flatnonzero(in_time)
        return chosen[np.argsort(received_ms[chosen], kind="stable")]

    def add(self, received_ms: Ints, lines: list[str]) -> None:
        """Add lines, in order of receipt."""
        spans, first = np.unique(received_ms // self._span_ms, return_index=True)
        bounds = [*first.tolist(), len(lines)]
        for span, begin, end in zip(spans.tolist(), bounds, bounds[1:], strict=False):
            self._waiting[span] += lines[begin:end]

    def write_before(self, moment_ms: int) -> None:
        """Write every file that is full at a moment."""
        end = moment_ms // self._span_ms
        for span in sorted(span for span in self._waiting if span < end):
            self._write(span, self._waiting.pop(span))

    def close(self) -> None:
        """Write what is left, up to the simulator's clock."""
        self.write_before(self._until_ms + self._span_ms)

    def _write(self, span: int, lines: list[str]) -> None:
        moment = datetime.fromtimestamp(span * self._span_ms / 1000, tz=UTC)
        place = self._folder / f"dt={moment:%Y-%m-%d}"
        if self._span_ms < DAY:
            place /= f"hour={moment:%H}"
        place.mkdir(parents=True, exist_ok=True)
        text = "\n".join(lines) + "\n"
        # No time stamp in the file, so that equal lines make equal bytes.
        content = gzip.compress(text.encode(), compresslevel=1, mtime=0)
        write_whole(place / f"{self._name}.jsonl.gz", content)
        self.lines_written += len(lines)
