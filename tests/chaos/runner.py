"""Runs the scenario undisturbed, and again with kills."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.comparing import differences, export, leftovers
from chaos.forked import CLOCK_BEHIND_SECONDS, Forks, Running, forks
from chaos.plan import planned
from chaos.reader import read
from chaos.scenario import Scenario, Step, shop_of
from storepulse.settings import Settings

# Where one step is killed several times in a row, its last run must finish.
LONGEST_STEP_SECONDS = 600.0
# In the run with kills, the clock is set back by two days after history.
STEPS_BACK_SECONDS = 2 * 24 * 3600


class StepFailed(Exception):
    """A step ended with an error though nobody killed it."""


@dataclass(frozen=True)
class Kill:
    """One run of a step that was to be killed.

    Attributes:
        after: seconds from its start to the kill.
        hit: False when the step had ended before.
    """

    step: Step
    after: float
    hit: bool


@dataclass(frozen=True)
class Outcome:
    """The outcome of both runs.

    Attributes:
        kills: every run that was to be killed, until each kill of the plan had hit.
        compared: files that were compared, by the kind of thing in them.
        differing: what differs from the undisturbed run, with the first differing line.
        lost: what differs in the undisturbed run after its home was lost and restored.
        left: files that runs should have removed.
        observations: how often what the reader saw had changed.
        wrong: what the reader should not have seen.
    """

    kills: list[Kill]
    compared: Mapping[str, int]
    differing: list[str]
    lost: list[str]
    left: list[str]
    observations: int
    wrong: list[str]

    @property
    def is_good(self) -> bool:
        """Whether the kills did no harm."""
        faults = (self.differing, self.lost, self.left, self.wrong)
        return bool(self.compared) and not any(faults)


@dataclass(frozen=True)
class Stage:
    """Where a scenario runs: its folder, its served shop, and the processes to start."""

    folder: Path
    scenario: Scenario
    forks: Forks

    @property
    def home(self) -> Path:
        """The pipeline's home, in the undisturbed run and in the other one."""
        return self.folder / "home"

    def start(self, step: Step, **more: str) -> Running:
        """Start a step, with `more` in its environment."""
        return self.forks.start(
            step.kind, step.window_id, step.feed, tested=self.scenario.tested, **more
        )

    def clock(self, step: Step) -> dict[str, str]:
        """The environment that sets a step's clock back; history's is right."""
        is_history = step.window_id == self.scenario.windows[0].id
        return {} if is_history else {CLOCK_BEHIND_SECONDS: str(STEPS_BACK_SECONDS)}

    def do(self, step: Step, **more: str) -> float:
        """Run a step to its end, with `more` in its environment.

        Returns:
            How many seconds it took.

        Raises:
            StepFailed: it ended with an error.
        """
        begun = time.monotonic()
        running = self.start(step, **more)
        if not running.ends_within(LONGEST_STEP_SECONDS):
            running.kill()
        if running.exit_code() != 0:
            raise StepFailed(f"{step} failed; see steps.log")
        return time.monotonic() - begun


@contextmanager
def stage_for(scenario: Scenario, folder: Path) -> Iterator[Stage]:
    """Make the scenario's shop and import everything; both last as long as the block runs."""
    with shop_of(scenario, folder / "shop") as connections:
        environment = {**connections, "STOREPULSE_HOME": str(folder / "home")}
        with forks(folder, environment) as starting:
            yield Stage(folder, scenario, starting)


def run(stage: Stage, kills: int, seed: int, report: Callable[[str], None]) -> Outcome:
    """Run the scenario twice, and compare.

    Args:
        stage: nothing has run there yet.
        kills: how many steps are to be killed in the second run.
        seed: equal seeds make equal plans.
        report: called with the progress.

    Raises:
        StepFailed: a step ended with an error; `steps.log` says which.
    """
    home, folder, settings = stage.home, stage.folder, Settings(home=stage.home)
    plan = planned(stage.scenario.steps(), kills, seed)
    report("undisturbed run")
    _, published = _undisturbed(stage, stage.scenario.undisturbed_steps())
    if home.is_dir():
        shutil.copytree(home, folder / "before", symlinks=True)
    usual, published_then = _undisturbed(stage, stage.scenario.steps())
    export(settings, folder / "expected")
    lost = differences(folder / "before-the-loss", folder / "expected")
    home.rename(folder / "undisturbed")
    for leftover in ("backups", "lost"):
        shutil.rmtree(folder / leftover)
    if (folder / "before").is_dir():
        (folder / "before").rename(home)
    report(f"the same, {kills} kills planned with seed {seed}")
    with _with_reader(stage):
        done = list(_disturbed(stage, plan, usual, report))
    compared = export(settings, folder / "found")
    observations, wrong = _check_reader(folder / "seen.jsonl", published + published_then)
    differing = differences(folder / "expected", folder / "found")
    return Outcome(done, compared, differing, lost, leftovers(home), observations, wrong)


def _undisturbed(
    stage: Stage, steps: Sequence[Step]
) -> tuple[dict[Step, float], list[dict[str, Any]]]:
    """Run steps; return how long each took and what readers saw after each publish."""
    usual, published = {}, []
    for step in steps:
        if step.kind == "backup":
            export(Settings(home=stage.home), stage.folder / "before-the-loss")
        usual[step] = stage.do(step)
        if step.kind == "publish":
            published.append(read(Settings(home=stage.home)))
    return usual, published


@contextmanager
def _with_reader(stage: Stage) -> Iterator[None]:
    reader = stage.start(Step("read", ""))
    try:
        yield
        # Wait, so that it sees the end of the run.
        reader.ends_within(2.0)
    finally:
        reader.kill()
        reader.exit_code()


def _disturbed(
    stage: Stage,
    plan: Mapping[Step, tuple[float, ...]],
    usual: Mapping[Step, float],
    report: Callable[[str], None],
) -> Iterator[Kill]:
    for step in stage.scenario.steps():
        for part in plan.get(step, ()):
            after, is_hit = part * usual[step], False
            while not is_hit:
                kill = _kill(stage.start(step, **stage.clock(step)), step, after)
                fate = "killed" if kill.hit else "had ended"
                report(f"{step}: {fate} after {after * 1000:.0f} ms of {usual[step] * 1000:.0f}")
                yield kill
                # A step that was quicker than usual is run again and killed earlier.
                after, is_hit = after / 2, kill.hit
        stage.do(step, **stage.clock(step))


def _kill(running: Running, step: Step, after: float) -> Kill:
    if not running.ends_within(after):
        with suppress(ProcessLookupError):
            running.kill()
    code = running.exit_code()
    if code > 0:
        raise StepFailed(f"{step} failed before it was killed; see steps.log")
    return Kill(step, after, hit=code < 0)


def _check_reader(seen: Path, published: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Compare what the reader saw with the sets of marts published undisturbed."""
    wrong = []
    observations = [json.loads(line) for line in seen.read_text(encoding="utf-8").splitlines()]
    for seen_marts in observations:
        wrong += seen_marts["wrong"]
        for way in ("database", "current", "manifest"):
            rows = seen_marts.get(way)
            known = [one[way] for one in published]
            if rows is not None and rows not in known:
                wrong.append(f"{way}: rows that were never published together: {rows}")
    if not observations or observations[-1].get("database") != published[-1]["database"]:
        wrong.append("the reader did not see the end of the run")
    return len(observations), wrong
