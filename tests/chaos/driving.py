"""The story told undisturbed, and told again with kills."""

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
from chaos.onlooker import look
from chaos.plan import planned
from chaos.story import Step, Story, shop_of
from storepulse.settings import Settings

# Where several kills of one step come after each other, the last run must get to its end.
LONGEST_STEP_SECONDS = 600.0
# In the telling with kills, the clock steps back by two days once history is told.
STEPS_BACK_SECONDS = 2 * 24 * 3600


class StepFailed(Exception):
    """A step ended with an error though nobody killed it."""


@dataclass(frozen=True)
class Blow:
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
    """What came of it.

    Attributes:
        blows: every run that was to be killed, until each kill of the plan had hit.
        compared: files that were compared, by the kind of thing in them.
        differing: what is not as in the undisturbed run, with the first line of difference.
        lost: what a home that was lost and restored, undisturbed, does not have as it had it.
        left: files that runs should have cleared away.
        sights: how often what the reader saw was not what it saw before.
        wrong: what the reader should not have seen.
    """

    blows: list[Blow]
    compared: Mapping[str, int]
    differing: list[str]
    lost: list[str]
    left: list[str]
    sights: int
    wrong: list[str]

    @property
    def is_good(self) -> bool:
        """Tell whether the kills did no harm."""
        faults = (self.differing, self.lost, self.left, self.wrong)
        return bool(self.compared) and not any(faults)


@dataclass(frozen=True)
class Stage:
    """Where a story is told: the folder, its shop with open doors, and processes to start."""

    folder: Path
    story: Story
    forks: Forks

    @property
    def home(self) -> Path:
        """The pipeline's home, in the undisturbed telling and in the other one."""
        return self.folder / "home"

    def start(self, step: Step, **more: str) -> Running:
        """Begin with a step, with `more` in its environment."""
        return self.forks.start(
            step.kind, step.window_id, step.feed, tested=self.story.tested, **more
        )

    def clock(self, step: Step) -> dict[str, str]:
        """The environment by which a step's clock is behind; history's is right."""
        is_history = step.window_id == self.story.windows[0].id
        return {} if is_history else {CLOCK_BEHIND_SECONDS: str(STEPS_BACK_SECONDS)}

    def do(self, step: Step, **more: str) -> float:
        """Do a step to its end, with `more` in its environment.

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
def stage_for(story: Story, folder: Path) -> Iterator[Stage]:
    """Make the story's shop and import everything; both are there as long as the block runs."""
    with shop_of(story, folder / "shop") as doors:
        environment = {**doors, "STOREPULSE_HOME": str(folder / "home")}
        with forks(folder, environment) as starting:
            yield Stage(folder, story, starting)


def run(stage: Stage, kills: int, seed: int, tell: Callable[[str], None]) -> Outcome:
    """Tell the story twice, and compare.

    Args:
        stage: nothing was told there yet.
        kills: how many steps are to be killed in the second telling.
        seed: equal seeds make equal plans.
        tell: is told what goes on.

    Raises:
        StepFailed: a step ended with an error; `steps.log` says which.
    """
    home, folder, settings = stage.home, stage.folder, Settings(home=stage.home)
    plan = planned(stage.story.steps(), kills, seed)
    tell("undisturbed run")
    _, published = _undisturbed(stage, stage.story.steps_in_peace())
    if home.is_dir():
        shutil.copytree(home, folder / "before", symlinks=True)
    usual, published_then = _undisturbed(stage, stage.story.steps())
    export(settings, folder / "expected")
    lost = differences(folder / "before-the-loss", folder / "expected")
    home.rename(folder / "undisturbed")
    for leftover in ("backups", "lost"):
        shutil.rmtree(folder / leftover)
    if (folder / "before").is_dir():
        (folder / "before").rename(home)
    tell(f"the same, {kills} kills planned with seed {seed}")
    with _looked_on(stage):
        blows = list(_disturbed(stage, plan, usual, tell))
    compared = export(settings, folder / "found")
    sights, wrong = _judged(folder / "seen.jsonl", published + published_then)
    differing = differences(folder / "expected", folder / "found")
    return Outcome(blows, compared, differing, lost, leftovers(home), sights, wrong)


def _undisturbed(
    stage: Stage, steps: Sequence[Step]
) -> tuple[dict[Step, float], list[dict[str, Any]]]:
    """Do steps; say how long each took and what readers saw after each publish."""
    usual, published = {}, []
    for step in steps:
        if step.kind == "backup":
            export(Settings(home=stage.home), stage.folder / "before-the-loss")
        usual[step] = stage.do(step)
        if step.kind == "publish":
            published.append(look(Settings(home=stage.home)))
    return usual, published


@contextmanager
def _looked_on(stage: Stage) -> Iterator[None]:
    onlooker = stage.start(Step("look on", ""))
    try:
        yield
        # Once more, for it to see how the story ended.
        onlooker.ends_within(2.0)
    finally:
        onlooker.kill()
        onlooker.exit_code()


def _disturbed(
    stage: Stage,
    plan: Mapping[Step, tuple[float, ...]],
    usual: Mapping[Step, float],
    tell: Callable[[str], None],
) -> Iterator[Blow]:
    for step in stage.story.steps():
        for part in plan.get(step, ()):
            after, is_hit = part * usual[step], False
            while not is_hit:
                blow = _struck(stage.start(step, **stage.clock(step)), step, after)
                fate = "killed" if blow.hit else "had ended"
                tell(f"{step}: {fate} after {after * 1000:.0f} ms of {usual[step] * 1000:.0f}")
                yield blow
                # One that was quicker than usual is done again and killed earlier.
                after, is_hit = after / 2, blow.hit
        stage.do(step, **stage.clock(step))


def _struck(running: Running, step: Step, after: float) -> Blow:
    if not running.ends_within(after):
        with suppress(ProcessLookupError):
            running.kill()
    code = running.exit_code()
    if code > 0:
        raise StepFailed(f"{step} failed before it was killed; see steps.log")
    return Blow(step, after, hit=code < 0)


def _judged(seen: Path, published: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Hold what the reader saw against the sets of marts that were published undisturbed."""
    wrong = []
    sights = [json.loads(line) for line in seen.read_text(encoding="utf-8").splitlines()]
    for sight in sights:
        wrong += sight["wrong"]
        for way in ("database", "current", "manifest"):
            rows = sight.get(way)
            known = [one[way] for one in published]
            if rows is not None and rows not in known:
                wrong.append(f"{way}: rows that were never published together: {rows}")
    if not sights or sights[-1].get("database") != published[-1]["database"]:
        wrong.append("the reader did not see how the story ended")
    return len(sights), wrong
