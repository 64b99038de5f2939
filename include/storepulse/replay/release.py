"""Work with what is held: look at refused rows, correct them, give them up, let them go on.

    quarantine ─► chosen rows ─► decisions (fix, drop, undo) ─► release: validate the window again
                                                                └► accepted, rest stays quarantined

Nothing is edited in place. `fix`, `drop` and `undo` write down what was decided and by whom
(`storepulse.lake.decisions`), so does `release`, which then judges the windows again with the
decisions in place. A corrected row is accepted only if it now passes every rule, doing it twice
changes nothing but the history, and landing stays as it was.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from storepulse import sql_quoting
from storepulse.errors import DecisionsDamaged, RepairInvalid, WindowHeldBack
from storepulse.extract.land import land
from storepulse.feeds.registry import feed_named
from storepulse.lake import decisions
from storepulse.lake.decisions import Action, Decision
from storepulse.lake.locks import validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.replay.rows import (
    Choice,
    ask,
    condition,
    decided_windows,
    place,
    rows_in,
    tables,
    windows,
)
from storepulse.settings import Settings
from storepulse.validate import Verdict, validate
from storepulse.windows import Window

logger = logging.getLogger(__name__)

# What is about rows, so that it can be taken back; a release is done.
_TAKEN_BACK = frozenset({"fix", "drop", "undo"})


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
    decision = _reasoned("fix", reason)
    seen = 0
    for files, con in tables(settings, choice):
        listed = ", ".join(
            f"{sql_quoting.name(column)}, cast(({sql}\n) as varchar)"
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
                made.append(replace(decision, row_id=row_id, values=new, rules=tuple(rules or ())))
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
    decision = _reasoned("drop", reason)
    seen = 0
    for files, con in tables(settings, choice):
        rows = ask(
            con, f"select distinct _row_id, _rules from held where {condition(choice)}"
        ).fetchall()
        _append(
            files,
            [replace(decision, row_id=row_id, rules=tuple(rules or ())) for row_id, rules in rows],
        )
        seen += len(rows)
    _somebody(seen, choice)
    return seen


def undo(settings: Settings, choice: Choice, act: str, reason: str) -> int:
    """Write down that what one command decided is taken back; its lines stay.

    Args:
        settings: whose home folder is worked in.
        choice: which feed, source and window; `rule` and `where` do not matter.
        act: which, as `storepulse quarantine decisions` names it.
        reason: why; kept with the decision.

    Returns:
        About how many rows it was. They are judged as before when their windows are released.

    Raises:
        RepairInvalid: no reason, or nothing of that name stands.
        DecisionsDamaged: a file of decisions is not as it was written.
        AnotherRunIsWriting: somebody is validating one of the windows and does not finish.
    """
    decision = replace(_reasoned("undo", reason), undoes=act)
    undone: list[Decision] = []
    for files in decided_windows(settings, choice):
        standing = decisions.not_undone(decisions.read(files))
        meant = [one for one in standing if one.act == act and one.action in _TAKEN_BACK]
        _append(files, [decision] if meant else [])
        undone += meant
    if not undone:
        raise RepairInvalid(
            f"no fix, drop or undo of {choice.feed} is named {act} and still stands; "
            f"`storepulse quarantine decisions {choice.feed}` lists them"
        )
    return sum(one.row_id is not None for one in undone)


def decided(
    settings: Settings, choice: Choice
) -> Iterator[tuple[WindowFiles, Sequence[Decision] | DecisionsDamaged]]:
    """Give each window's decisions, oldest first, or what is wrong with the file of them."""
    feed_named(choice.feed)
    for files in decided_windows(settings, choice):
        try:
            yield files, decisions.read(files)
        except DecisionsDamaged as damaged:
            yield files, damaged


def release(
    settings: Settings,
    choice: Choice,
    from_source: bool = False,
    run_id: str = "release",
    reason: str = "",
) -> Iterator[Released]:
    """Judge every window again that holds refused rows or has decisions about its rows.

    Args:
        settings: whose home folder is worked in.
        choice: which feed, source and window; `rule` and `where` do not matter, for a window is
            judged as a whole.
        from_source: ask the source for the window once more first.
        run_id: who asked; written to the manifest of what is landed again.
        reason: why; kept in the window's decisions with who released it.

    Yields:
        Each window's fate, as soon as it is known, oldest first.

    Raises:
        UnknownFeed, SourceError, SuiteInvalid, DiskFull, AnotherRunIsWriting: as the steps do.
    """
    feed_named(choice.feed)
    action: Action = "release_from_source" if from_source else "release"
    decision = decisions.by_this_user(action, reason)
    for files in _to_release(settings, choice):
        before = rows_in(place(files))
        try:
            _append(files, [decision])
            if from_source:
                land(settings, files.source, files.feed, files.window, run_id)
            verdict = validate(settings, files.source, files.feed, files.window)
        except (WindowHeldBack, DecisionsDamaged) as held:
            yield Released(files.source, files.window, before, None, str(held))
        else:
            yield Released(files.source, files.window, before, verdict)


def _to_release(settings: Settings, choice: Choice) -> list[WindowFiles]:
    """Those with refused rows and those with decisions about rows, by time, then source."""
    found = windows(settings, choice)
    for files, made in decided(settings, choice):
        # One that was only released before has nothing to judge again.
        concerns_rows = isinstance(made, DecisionsDamaged) or any(
            one.action in _TAKEN_BACK for one in made
        )
        if concerns_rows and files.landed.is_dir() and files not in found:
            found.append(files)
    return sorted(found, key=lambda files: (files.window.id, files.source))


def _reasoned(action: Action, reason: str) -> Decision:
    if not reason.strip():
        raise RepairInvalid(f"to {action} needs a reason: --reason 'supplier's test orders'")
    return decisions.by_this_user(action, reason)


def _append(files: WindowFiles, made: Sequence[Decision]) -> None:
    if made:
        with validation_lock(files):
            decisions.append(files, made)


def _somebody(seen: int, choice: Choice) -> None:
    if seen == 0:
        raise RepairInvalid(
            f"no refused row of {choice.feed} is meant by that; "
            f"`storepulse quarantine show {choice.feed}` lists those there are"
        )
