"""The demo's progress display while several steps run at a time."""

from io import StringIO

import pytest
from rich.console import Console

from storepulse_local.steps import Steps


@pytest.fixture
def screen():
    return StringIO()


@pytest.fixture
def steps(screen):
    return Steps(Console(file=screen, width=100), is_silent=False)


def test_each_step_gets_a_line_when_it_ends_not_when_it_begins(steps, screen):
    with steps.step("build"):
        with steps.step("ingest"):
            assert "ingest " not in screen.getvalue()
        steps.show_detail("build", "build.transform")

    lines = [line.split() for line in screen.getvalue().splitlines()]
    assert [line[0] for line in lines] == ["ingest", "build"]
    assert all(line[-1] == "s" and float(line[-2]) >= 0 for line in lines)


def test_a_step_that_fails_gets_no_line(steps, screen):
    with pytest.raises(ZeroDivisionError), steps.step("build"):
        raise ZeroDivisionError

    assert screen.getvalue() == ""


def test_a_detail_of_a_step_that_has_ended_is_not_shown(steps, screen):
    with steps.step("build"):
        pass
    steps.show_detail("build", "build.late")

    assert "late" not in screen.getvalue()


def test_silent_steps_show_nothing(screen):
    steps = Steps(Console(file=screen), is_silent=True)

    with steps.step("build"):
        steps.show_detail("build", "build.transform")

    assert screen.getvalue() == ""
