"""Everything started in the background is stopped, and nothing else is."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict

import psutil
import pytest

from storepulse_local import sessions, standalone

PROGRAM = """
import subprocess, sys, time
if sys.argv[1:] == []:
    subprocess.Popen([sys.executable, __file__, "child"])
time.sleep(120)
"""


@pytest.fixture
def program(tmp_path):
    """A program with one child, started as `make airflow` starts Airflow."""
    (tmp_path / "with_a_child.py").write_text(PROGRAM, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    session = sessions.start(["with_a_child"], environment, tmp_path / "log")
    try:
        wait_until(lambda: len(sessions.processes([session])) == 2)
        yield session
    finally:
        sessions.end([session])


@pytest.fixture
def stranger():
    """Another program that leads a session of its own."""
    with subprocess.Popen(["sleep", "120"], start_new_session=True) as process:
        yield process
        process.kill()


def wait_until(reached):
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, "waited a minute in vain"
        time.sleep(0.05)


def test_a_program_and_its_child_are_stopped_together(program):
    sessions.end([program])

    assert sessions.processes([program]) == []


def test_a_child_that_outlived_its_program_is_stopped(program):
    os.kill(program.leader, signal.SIGKILL)
    wait_until(lambda: len(sessions.processes([program])) == 1)

    sessions.end([program])

    assert sessions.processes([program]) == []


def test_another_program_that_got_the_number_later_is_left_alone(tmp_path, stranger):
    begun = psutil.Process(stranger.pid).create_time() - 3600
    ours = sessions.Session(stranger.pid, begun)
    left_behind = standalone.Running("http://127.0.0.1:8080", str(tmp_path / "log"), [ours])
    (tmp_path / "standalone.json").write_text(json.dumps(asdict(left_behind)), encoding="utf-8")

    assert standalone.running(tmp_path) is None
    assert not standalone.stop(tmp_path)
    assert stranger.poll() is None


def test_a_session_from_before_a_reboot_has_no_processes(program):
    os.kill(program.leader, signal.SIGKILL)
    wait_until(lambda: len(sessions.processes([program])) == 1)

    earlier = sessions.Session(program.leader, psutil.boot_time() - 3600)

    assert sessions.processes([earlier]) == []


def test_ctrl_c_while_the_shop_is_simulated_leaves_nothing_running(tmp_path):
    home = str(tmp_path / "home")
    command = [sys.executable, "-m", "storepulse_local.standalone"]
    environment = {**os.environ, "STOREPULSE_HOME": home, "STOREPULSE_SOURCE": "demo_shop"}

    def of_this_home():
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("STOREPULSE_HOME") == home:
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found

    # Tests that run in the background inherit that Ctrl-C is not for them, and so would a child.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen([*command, "start"], env=environment, start_new_session=True) as starting:
        signal.signal(signal.SIGINT, inherited)
        try:
            wait_until((tmp_path / "home" / "logs" / "shop.log").exists)
            wait_until(lambda: len(of_this_home()) == 2)
            starting.send_signal(signal.SIGINT)
            starting.wait(timeout=60)
            left = of_this_home()
        finally:
            subprocess.run([*command, "stop", "--quiet"], env=environment, check=False)
            for pid in of_this_home():
                os.kill(pid, signal.SIGKILL)

    assert left == []


def test_ctrl_c_while_a_process_starts_leaves_it_not_running(tmp_path, monkeypatch):
    started = []

    class Interrupted(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)
            raise KeyboardInterrupt

    monkeypatch.setattr(sessions.subprocess, "Popen", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        sessions.start(["http.server", "0"], os.environ, tmp_path / "log")

    (process,) = started
    process.wait(timeout=10)
    assert not psutil.pid_exists(process.pid)
