"""Work with what is held: look at refused rows, correct them, give them up, let them go on.

    quarantine ─► chosen rows ─► decisions (fix, drop) ─► release: validate the window again
                                                          └► accepted, rest stays quarantined

Nothing is edited in place. `fix` and `drop` write down what was decided (`storepulse.decisions`);
`release` judges the windows again with the decisions in place, so a corrected row is accepted only
if it now passes every rule, doing it twice changes nothing, and landing stays as it was.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storepulse import decisions
from storepulse.decisions import Decision
from storepulse.errors import RepairInvalid, WindowHeldBack
from storepulse.feeds import feed_named
from storepulse.held_rows import Choice, ask, condition, place, rows_in, tables, windows
from storepulse.lake import WindowFiles, judged_alone
from storepulse.landing import land
from storepulse.settings import Settings
from storepulse.validate import Verdict, sql_text, validate
from storepulse.windows import Window

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """One value somebody corrected."""

    window_id: str
    position: int
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Released:
    """What became of one window that was judged again.

    Attributes:
        before: rows that were refused before, or that spoke against it when it was held back.
        verdict: None when the window is held back; then `held_because` says why.
    """

    source: str
    window: Window
    before: int
    verdict: Verdict | None
    held_because: str | None = None


def fix(
    settings: Settings, choice: Choice, corrections: Mapping[str, str], reason: str
) -> list[Change]:
    """Write down corrected values of the rows that are meant.

    Args:
        settings: whose home folder is worked in.
        choice: which rows.
        corrections: SQL by column, over the row's columns as text, such as `upper(currency)`.
        reason: why; kept with each decision.

    Returns:
        Every value that differs now, none when the corrections change nothing. The rows go on when
        their windows are released.

    Raises:
        RepairInvalid: an unknown column, SQL that cannot be understood, or no row is meant.
        AnotherRunIsWriting: somebody is validating one of the windows and does not finish.
    """
    feed = feed_named(choice.feed)
    unknown = [column for column in corrections if column not in feed.columns]
    if unknown or not corrections:
        raise RepairInvalid(
            f"{feed.name} has no column {', '.join(unknown)}; it has {', '.join(feed.columns)}"
            if unknown
            else "nothing to correct: say at least one column = SQL"
        )
    changes: list[Change] = []
    seen = 0
    for files, con in tables(settings, choice):
        listed = ", ".join(
            f"{sql_text.name(column)}, cast(({sql}\n) as varchar)"
            for column, sql in corrections.items()
        )
        rows = ask(
            con,
            f"select _row_id, _rules, _position, {listed} from held "
            f"where {condition(choice)} order by _position",
        ).fetchall()
        seen += len(rows)
        made = []
        for row_id, rules, position, *values in rows:
            pairs = list(zip(corrections, values[::2], values[1::2], strict=True))
            differing = [(name, before, after) for name, before, after in pairs if before != after]
            changes += [Change(files.window.id, position, *one) for one in differing]
            if differing:
                new = {name: after for name, _, after in differing}
                made.append(
                    Decision(row_id, "fix", reason, datetime.now(UTC), new, tuple(rules or ()))
                )
        _append(files, made)
    _somebody(seen, choice)
    return changes


def drop(settings: Settings, choice: Choice, reason: str) -> int:
    """Write down that the rows that are meant are given up.

    Returns:
        How many rows. They are out of quarantine when their windows are released; the decision
        stays in `decisions/`, the rows in landing.

    Raises:
        RepairInvalid: no reason, a condition that cannot be understood, or no row is meant.
        AnotherRunIsWriting: somebody is validating one of the windows and does not finish.
    """
    if not reason.strip():
        raise RepairInvalid("to give rows up needs a reason: --reason 'supplier's test orders'")
    seen = 0
    for files, con in tables(settings, choice):
        rows = ask(
            con, f"select distinct _row_id, _rules from held where {condition(choice)}"
        ).fetchall()
        _append(
            files,
            [
                Decision(row_id, "drop", reason, datetime.now(UTC), rules=tuple(rules or ()))
                for row_id, rules in rows
            ],
        )
        seen += len(rows)
    _somebody(seen, choice)
    return seen


def release(
    settings: Settings, choice: Choice, from_source: bool = False, run_id: str = "release"
) -> Iterator[Released]:
    """Judge every window again that holds refused rows or has decisions about its rows.

    Args:
        settings: whose home folder is worked in.
        choice: which feed, source and window; `rule` and `where` do not matter, for a window is
            judged as a whole.
        from_source: ask the source for the window once more first.
        run_id: who asked; written to the manifest of what is landed again.

    Yields:
        Each window's fate, as soon as it is known, oldest first.

    Raises:
        UnknownFeed, SourceError, SuiteInvalid, DiskFull, AnotherRunIsWriting: as the steps do.
    """
    feed_named(choice.feed)
    for files in windows(settings, choice, decided_too=True):
        before = rows_in(place(files))
        try:
            if from_source:
                land(settings, files.source, files.feed, files.window, run_id)
            verdict = validate(settings, files.source, files.feed, files.window)
        except WindowHeldBack as held:
            yield Released(files.source, files.window, before, None, str(held))
        else:
            yield Released(files.source, files.window, before, verdict)


def _append(files: WindowFiles, made: Sequence[Decision]) -> None:
    if made:
        with judged_alone(files):
            decisions.append(files, made)


def _somebody(seen: int, choice: Choice) -> None:
    if seen == 0:
        raise RepairInvalid(
            f"no refused row of {choice.feed} is meant by that; "
            f"`storepulse quarantine show {choice.feed}` lists those there are"
        )
