"""Processes that are forked from one that has imported everything, so that a kill costs little.

Run as a program it is that process: it reads requests from its input, a line each, and has no
threads.
"""

import gc
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

# In a step's environment: how far behind its clock is.
CLOCK_BEHIND_SECONDS = "CHAOS_CLOCK_BEHIND_SECONDS"
TESTS = Path(__file__).resolve().parents[1]


class Forks:
    """Starts steps; made by `forks`."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def start(
        self, kind: str, window_id: str = "", feed: str = "", *, tested: bool = True, **more: str
    ) -> "Running":
        """Start a step of the scenario, with `more` in its environment."""
        step = {"kind": kind, "window_id": window_id, "feed": feed, "tested": tested}
        pid = self.ask({"step": step, "environment": more})
        return Running(self, pid)

    def ask(self, order: Mapping[str, Any]) -> int:
        """Send an order and wait for its answer."""
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


@dataclass(frozen=True)
class Running:
    """A step that was started."""

    forks: Forks
    pid: int

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, but no longer."""
        handle = os.pidfd_open(self.pid)
        try:
            return bool(select.select([handle], [], [], max(seconds, 0))[0])
        finally:
            os.close(handle)

    def kill(self) -> None:
        """Kill it and all that it started, as the system does when there is no memory left."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            # It does not lead a process group yet.
            os.kill(self.pid, signal.SIGKILL)

    def exit_code(self) -> int:
        """Wait for its end; below zero is the number of the signal that ended it."""
        return self.forks.ask({"wait": self.pid})


@contextmanager
def forks(folder: Path, environment: Mapping[str, str]) -> Iterator[Forks]:
    """Import everything once, and start steps from there as long as the block runs.

    Args:
        folder: where they run; what they print goes to `steps.log` in it.
        environment: in which they run.
    """
    scratch = folder / "tmp"
    scratch.mkdir(parents=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "chaos.forked"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "TMPDIR": str(scratch), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        server.stdout.readline()
        yield Forks(server)
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait()


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    log = os.open("steps.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for module in ("chaos.steps", "great_expectations", "dbt.cli.main", "matplotlib.figure"):
        import_module(module)
    # What the garbage collector never touches again stays shared between the processes.
    gc.collect()
    gc.freeze()
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        order = json.loads(line)
        if "step" in order:
            answer = os.fork()
            if answer == 0:
                _work(order["step"], order["environment"])
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        answers.write(f"{answer}\n")
        answers.flush()


def _work(step: dict[str, Any], environment: Mapping[str, str]) -> None:
    from chaos.steps import do, set_clock_back

    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(environment)
    sys.stderr.write(f"--- {step} {os.getpid()}\n")
    if back := os.environ.get(CLOCK_BEHIND_SECONDS):
        set_clock_back(timedelta(seconds=int(back)))
    try:
        do(**step)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    _serve()
