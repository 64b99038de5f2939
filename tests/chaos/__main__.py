"""Kill steps of the pipeline at random instants, run them again, compare with an undisturbed run.

    make chaos ARGS='--kills 200 --seed 1'

Exits with 1 when anything differs from the undisturbed run, or a reader saw partial results.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chaos.plan import planned
from chaos.runner import Outcome, StepFailed, run, stage_for
from chaos.scenario import KINDS, LONG


def main() -> int:
    """Run with the given options; print the plan, the progress and a summary."""
    options = _options()
    console, begun = Console(highlight=False, width=110), time.monotonic()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="storepulse-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    console.print(f"everything is written to {folder}")
    console.print(_plan(options.kills, options.seed))
    try:
        with stage_for(LONG, folder) as stage:
            outcome = run(
                stage, options.kills, options.seed, lambda text: _report(console, begun, text)
            )
    except StepFailed as failure:
        console.print(f"{failure}\n{(folder / 'steps.log').read_text()[-4000:]}", markup=False)
        return 1
    console.print(_summary(outcome))
    _print_comparison(console, outcome)
    console.print(f"{time.monotonic() - begun:.0f} s")
    return 0 if outcome.is_good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40, help="how many (40)")
    parser.add_argument("--seed", type=int, default=1, help="of the plan: equal seeds, equal plans")
    parser.add_argument("--folder", help="an empty folder to work in, kept (a temporary one)")
    return parser.parse_args()


def _report(console: Console, begun: float, text: str) -> None:
    console.print(f"{time.monotonic() - begun:6.1f} s  {text}", markup=False)


def _plan(kills: int, seed: int) -> Table:
    table = Table("step", "killed at these shares of its usual duration", title=f"seed {seed}")
    for step, parts in planned(LONG.steps(), kills, seed).items():
        table.add_row(str(step), ", ".join(f"{part:.0%}" for part in parts))
    return table


def _summary(outcome: Outcome) -> Table:
    table = Table("step", title="kills")
    for column in ("runs", "killed", "ended before", "from ms", "to ms"):
        table.add_column(column, justify="right")
    for kind in (*KINDS, "all"):
        kills = [kill for kill in outcome.kills if kind in {kill.step.kind, "all"}]
        hits = [kill.after * 1000 for kill in kills if kill.hit]
        span = (f"{min(hits):,.0f}", f"{max(hits):,.0f}") if hits else ("", "")
        table.add_row(kind, f"{len(kills)}", f"{len(hits)}", f"{len(kills) - len(hits)}", *span)
    return table


def _print_comparison(console: Console, outcome: Outcome) -> None:
    compared: Mapping[str, int] = outcome.compared
    files = ", ".join(f"{count} of {kind}" for kind, count in compared.items())
    console.print(f"tables and files compared: {files}")
    for title, found in (
        ("different from the undisturbed run", outcome.differing),
        ("different from before the home was lost", outcome.lost),
        ("left over", outcome.left),
        (
            f"wrong in what a reader saw ({outcome.observations} different observations)",
            outcome.wrong,
        ),
    ):
        console.print(f"{title}: {len(found) or 'nothing'}")
        for line in found[:20]:
            console.print(f"  {line[:2000]}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
