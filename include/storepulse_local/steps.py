"""The demo's progress: one status line for what is running, and one line per finished step."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


class Steps:
    """Shows steps, of which several may run at a time, each in a thread of its own.

    Args:
        console: where they are shown.
        is_silent: show nothing.
    """

    def __init__(self, console: Console, *, is_silent: bool) -> None:
        self._console = console
        self._is_silent = is_silent
        self._lock = threading.Lock()
        # Running steps, each with its latest detail.
        self._running: dict[str, str] = {}
        self._status: Status | None = None

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show the step as running for as long as the block runs, and its seconds afterwards."""
        begun = time.monotonic()
        self._show(text, "")
        try:
            yield
        except BaseException:
            self._hide(text)
            raise
        self._hide(text)
        if not self._is_silent:
            self._console.print(f"{text:<60}{time.monotonic() - begun:6.1f} s")

    def show_detail(self, text: str, detail: str) -> None:
        """Show a detail of a running step."""
        if text in self._running:
            self._show(text, detail)

    def _show(self, text: str, detail: str) -> None:
        with self._lock:
            self._running[text] = detail
            self._refresh()

    def _hide(self, text: str) -> None:
        with self._lock:
            del self._running[text]
            self._refresh()

    def _refresh(self) -> None:
        if self._is_silent:
            return
        shown = ", ".join(detail or text for text, detail in self._running.items())
        if not shown:
            if self._status:
                self._status.stop()
            self._status = None
        elif self._status:
            self._status.update(shown)
        else:
            self._status = self._console.status(shown)
            self._status.start()
