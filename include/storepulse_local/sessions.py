"""Programs that outlive the command that started them, each in a process session of its own.

Child processes belong to the program's session, so all of them can be found and stopped, also when
the program itself has died and left them behind.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from storepulse.settings import PROJECT_ROOT

# A garbage-collected Popen warns about a child that is still running; ours are on purpose.
_started: list[subprocess.Popen[bytes]] = []

# Two readings of a process's start time may differ by seconds, when the clock is corrected.
_SAME_PROCESS = 5.0


@dataclass(frozen=True)
class Session:
    """A session we started. Its number alone could belong to another program by now.

    Attributes:
        leader: process id of the program, and number of its session.
        begun: when the program was started, in seconds since 1970.
    """

    leader: int
    begun: float


def start(command: list[str], environment: Mapping[str, str], log: Path) -> Session:
    """Start a Python module that outlives this process.

    Args:
        command: name of the module and its arguments.
        environment: all of its environment variables.
        log: file for its output; overwritten.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    ours = set(psutil.Process().children())
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
                [sys.executable, "-m", *command],
                cwd=PROJECT_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _started.append(process)
        return Session(process.pid, psutil.Process(process.pid).create_time())
    except BaseException:
        # Ctrl-C between the start and the return: nobody else knows of the process.
        for child in set(psutil.Process().children()) - ours:
            with suppress(psutil.NoSuchProcess):
                child.kill()
                child.wait()
        raise


def processes(sessions: Iterable[Session]) -> list[psutil.Process]:
    """Find every living process of these sessions."""
    wanted = {session.leader for session in sessions if _may_live(session)}
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) in wanted and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end(sessions: Iterable[Session]) -> None:
    """Stop every process of these sessions: asked first, killed after twenty seconds."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        living = processes(sessions)
        for process in living:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(sent)
        # A component lets its running task finish a heartbeat before it ends.
        psutil.wait_procs(living, timeout=20)


def _may_live(session: Session) -> bool:
    """Whether the number is still this session's: after a reboot it is not."""
    if session.begun < psutil.boot_time() - _SAME_PROCESS:
        return False
    try:
        leader = psutil.Process(session.leader)
        return abs(leader.create_time() - session.begun) < _SAME_PROCESS
    except psutil.NoSuchProcess:
        # It has died; while children live, the number is not reused.
        return True
