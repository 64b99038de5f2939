"""Work with refused rows: correct them, drop them, release them.

    quarantine ─► chosen rows ─► decisions (fix, drop, undo) ─► release: validate the window again
                                                                └► accepted, rest stays quarantined

Nothing is edited in place. `fix`, `drop` and `undo` record what was decided and by whom
(`storepulse.lake.decisions`); so does `release`, which then validates the windows again with these
decisions applied. A corrected row is accepted only if it now passes every rule, repeating a command
changes nothing but the history, and landing stays unchanged.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from storepulse import sql_quoting
from storepulse.errors import DecisionsDamaged, RepairInvalid, WindowRejected
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
from storepulse.validate import ValidationResult, validate
from storepulse.windows import Window

logger = logging.getLogger(__name__)

# Decisions about rows, which can be undone; a release cannot.
_UNDOABLE = frozenset({"fix", "drop", "undo"})


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
    """The outcome of releasing one window.

    Attributes:
        before: rows that were quarantined before, or failing rows if the window was rejected.
        result: None if the window is rejected; then `rejected_because` has the reason.
    """

    source: str
    window: Window
    before: int
    result: ValidationResult | None
    rejected_because: str | None = None


def fix(
    settings: Settings, choice: Choice, corrections: Mapping[str, str], reason: str
) -> list[Change]:
    """Record corrected values for the selected rows.

    Args:
        settings: whose home folder is used.
        choice: which rows.
        corrections: SQL by column, over the row's columns as text, such as `upper(currency)`.
        reason: why; kept with each decision.

    Returns:
        Every value that changes, none if the corrections change nothing. They take effect when the
        windows are released.

    Raises:
        RepairInvalid: an unknown column, invalid SQL, or no row selected.
        AnotherRunIsWriting: somebody is validating one of the windows and does not finish.
    """
    feed = feed_named(choice.feed)
    unknown = [column for column in corrections if column not in feed.columns]
    if unknown or not corrections:
        raise RepairInvalid(
            f"{feed.name} has no column {', '.join(unknown)}; it has {', '.join(feed.columns)}"
            if unknown
            else "nothing to correct: give at least one column = SQL"
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
            f"select _row_id, _rules, _position, {listed} from refused "
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
    _require_rows(seen, choice)
    return changes


def drop(settings: Settings, choice: Choice, reason: str) -> int:
    """Record that the selected rows are dropped.

    Returns:
        How many rows. They leave quarantine when their windows are released; the decision stays in
        `decisions/`, the rows in landing.

    Raises:
        RepairInvalid: no reason, an invalid condition, or no row selected.
        AnotherRunIsWriting: somebody is validating one of the windows and does not finish.
    """
    decision = _reasoned("drop", reason)
    seen = 0
    for files, con in tables(settings, choice):
        rows = ask(
            con, f"select distinct _row_id, _rules from refused where {condition(choice)}"
        ).fetchall()
        _append(
            files,
            [replace(decision, row_id=row_id, rules=tuple(rules or ())) for row_id, rules in rows],
        )
        seen += len(rows)
    _require_rows(seen, choice)
    return seen


def undo(settings: Settings, choice: Choice, act: str, reason: str) -> int:
    """Record that one command's decisions are undone; their lines stay.

    Args:
        settings: whose home folder is used.
        choice: which feed, source and window; `rule` and `where` are ignored.
        act: the command's name in `storepulse quarantine decisions`.
        reason: why; kept with the decision.

    Returns:
        How many rows it concerned. They are validated as before when their windows are released.

    Raises:
        RepairInvalid: no reason, or no decision of that name is in force.
        DecisionsDamaged: a decisions file was altered.
        AnotherRunIsWriting: somebody is validating one of the windows and does not finish.
    """
    decision = replace(_reasoned("undo", reason), undoes=act)
    undone: list[Decision] = []
    for files in decided_windows(settings, choice):
        in_force = decisions.not_undone(decisions.read(files))
        matching = [one for one in in_force if one.act == act and one.action in _UNDOABLE]
        _append(files, [decision] if matching else [])
        undone += matching
    if not undone:
        raise RepairInvalid(
            f"no fix, drop or undo of {choice.feed} named {act} is in force; "
            f"`storepulse quarantine decisions {choice.feed}` lists them"
        )
    return sum(one.row_id is not None for one in undone)


def decided(
    settings: Settings, choice: Choice
) -> Iterator[tuple[WindowFiles, Sequence[Decision] | DecisionsDamaged]]:
    """Give each window's decisions, oldest first, or what is wrong with their file."""
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
    """Validate again every window that has refused rows or decisions about its rows.

    Args:
        settings: whose home folder is used.
        choice: which feed, source and window; `rule` and `where` are ignored, since a window is
            validated as a whole.
        from_source: land the window from the source again first.
        run_id: of this run; written to the manifest of a window landed again.
        reason: why; kept in the window's decisions with who released it.

    Yields:
        Each window's outcome, as soon as it is known, oldest first.

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
            result = validate(settings, files.source, files.feed, files.window)
        except (WindowRejected, DecisionsDamaged) as rejected:
            yield Released(files.source, files.window, before, None, str(rejected))
        else:
            yield Released(files.source, files.window, before, result)


def _to_release(settings: Settings, choice: Choice) -> list[WindowFiles]:
    """Windows with refused rows or with decisions about rows, by time, then source."""
    found = windows(settings, choice)
    for files, made in decided(settings, choice):
        # A window that was only released before has nothing to validate again.
        concerns_rows = isinstance(made, DecisionsDamaged) or any(
            one.action in _UNDOABLE for one in made
        )
        if concerns_rows and files.landed.is_dir() and files not in found:
            found.append(files)
    return sorted(found, key=lambda files: (files.window.id, files.source))


def _reasoned(action: Action, reason: str) -> Decision:
    if not reason.strip():
        raise RepairInvalid(
            f"{action} needs a reason, such as --reason 'test orders of a supplier'"
        )
    return decisions.by_this_user(action, reason)


def _append(files: WindowFiles, made: Sequence[Decision]) -> None:
    if made:
        with validation_lock(files):
            decisions.append(files, made)


def _require_rows(seen: int, choice: Choice) -> None:
    if seen == 0:
        raise RepairInvalid(
            f"no refused row of {choice.feed} matches; "
            f"`storepulse quarantine show {choice.feed}` lists them"
        )
