"""What people decided about quarantined rows and rejected windows: who, where, when and why.

    decisions/<feed>/<source>/<window id>.jsonl    one line per decision, oldest first
                                         .seal     how far the lines went when last written

Landing keeps what the source sent. Validation reads a window's decisions together with it: a
corrected value is validated in place of the landed one, a row given up is left out and counted. So
validating again never loses a decision.

Lines are only ever added. What is taken back stays and is followed by a line of its own (`undo`).
Each line carries a digest of itself and all before it, and the seal repeats the last one: a line
that was changed, removed or put in by hand is found when the file is read, and the file is used no
more. That protects against slips and against changes nobody owns up to, not against somebody who
recomputes the digests.

A row is known by a hash of its landed text (`row_id`), not by its place: the same row landed again
finds the decision made about it, and a row that the source has changed meanwhile does not.
"""

import hashlib
import json
import os
import pwd
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from storepulse.errors import DecisionsDamaged
from storepulse.lake.atomic import atomic_write
from storepulse.lake.paths import WindowFiles

# The first two are about rows, the others about a window as a whole.
Action = Literal["fix", "drop", "undo", "release", "release_from_source", "forget"]
_ACTIONS = frozenset(get_args(Action))


@dataclass(frozen=True)
class Decision:
    """One decision, about one row or about the window.

    Attributes:
        action: `fix` corrects values, `drop` gives the row up, `undo` takes earlier decisions back;
            `release` has the window validated again, `release_from_source` asks the source for it
            first; `forget` takes the window back (`storepulse.lake.forgetting`).
        reason: why, in the words of who decided; may be empty of a release.
        decided_at: UTC.
        user: who, as the operating system knows them; empty in lines from before it was kept.
        host: on which machine; empty likewise.
        row_id: hash of the landed row, as `_row_id` in quarantine; None of a whole window.
        values: corrected text by column, None for null; of a drop, none.
        rules: what the row was refused for when it was decided on.
        undoes: of an undo, the `act` that it takes back.
    """

    action: Action
    reason: str
    decided_at: datetime
    user: str = ""
    host: str = ""
    row_id: str | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    undoes: str | None = None

    @property
    def act(self) -> str:
        """Eight characters that all decisions of one command share, and no others."""
        of = [self.decided_at.isoformat(), self.user, self.host, self.action, self.reason]
        return hashlib.sha256(json.dumps(of).encode()).hexdigest()[:8]


def by_this_user(action: Action, reason: str) -> Decision:
    """Begin a decision of the user of this process, now; rows are added with `replace`."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid {os.getuid()}"
    return Decision(action, reason, datetime.now(UTC), user, socket.gethostname())


def read(files: WindowFiles) -> list[Decision]:
    """Every decision ever made about a window, oldest first; empty when there are none.

    Raises:
        DecisionsDamaged: a line cannot be read, or is not as it was written, or is missing.
    """
    return [decision for decision, _ in _chained(files)]


def that_stand(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """The decision in force for each row, by row id.

    Corrections of different columns add up and the latest of a column counts; a drop ends them.
    What was taken back no longer counts, unless taking it back was itself taken back; nor does
    what was decided before the whole window was taken back.
    """
    standing: dict[str, Decision] = {}
    for decision in not_undone(decisions):
        if decision.action == "forget":
            standing = {}
        if decision.row_id is None:
            continue
        before, values = standing.get(decision.row_id), decision.values
        if before is not None and before.action == decision.action == "fix":
            values = {**before.values, **values}
        standing[decision.row_id] = replace(decision, values=values)
    return standing


def not_undone(decisions: Iterable[Decision]) -> list[Decision]:
    """Leave out what was taken back."""
    undone: set[str | None] = set()
    kept = []
    for decision in reversed(list(decisions)):
        if decision.act in undone:
            continue
        if decision.action == "undo":
            undone.add(decision.undoes)
        kept.append(decision)
    return kept[::-1]


def append(files: WindowFiles, decisions: Sequence[Decision]) -> None:
    """Add decisions to a window's file; the file is replaced as a whole, then its seal.

    One that is in force already for its row is left out: after an interruption the same may be
    decided again.
    The caller must lock the window (`lake.locks.validation_lock`), or a decision made meanwhile is
    lost.

    Raises:
        DecisionsDamaged: the file is not as it was written; nothing is added to it.
        DiskFull: there was no room; the file is as it was.
    """
    known = list(_chained(files))
    standing = that_stand(decision for decision, _ in known)
    digest, lines = known[-1][1] if known else "", []
    for one in decisions:
        if one.row_id is None or not _stands(one, standing.get(one.row_id)):
            line = _line(one)
            digest = _digest(digest, line)
            lines.append(json.dumps({**line, "digest": digest}, ensure_ascii=False) + "\n")
    if not lines:
        return
    before = files.decided.read_text(encoding="utf-8") if known else ""
    with atomic_write(files.decided) as temp:
        temp.write_text(before.rstrip("\n") + "\n" * bool(before) + "".join(lines), "utf-8")
    with atomic_write(files.decided_seal) as temp:
        temp.write_text(json.dumps({"lines": len(known) + len(lines), "digest": digest}), "utf-8")


def _stands(decision: Decision, standing: Decision | None) -> bool:
    return (
        standing is not None
        and (standing.action, standing.reason) == (decision.action, decision.reason)
        and decision.values.items() <= standing.values.items()
    )


def _chained(files: WindowFiles) -> Iterator[tuple[Decision, str]]:
    """Give each decision with the digest of all lines up to it; check what was written."""
    # The seal is read before the lines: it is written after them, so it never runs ahead.
    sealed, place, digest, is_signed = _sealed(files), files.decided, "", False
    texts = place.read_bytes().splitlines() if place.is_file() else []
    found = [(number, text) for number, text in enumerate(texts, 1) if text.strip()]
    digests = [digest]
    for number, text in found:
        where = f"{place}, line {number}"
        try:
            line = json.loads(text)
            written = line.pop("digest", None)
            decision = _decision(line)
        except (ValueError, KeyError, TypeError, AttributeError) as broken:
            raise _damaged(files, f"{where} cannot be read as a decision ({broken})") from broken
        digest = _digest(digest, line)
        if written is None and is_signed:
            raise _damaged(files, f"{where} was put in by hand: it has no digest")
        if written not in (None, digest):
            raise _damaged(
                files, f"{where} was changed since it was written, or one before it was removed"
            )
        is_signed = written is not None
        digests.append(digest)
        yield decision, digest
    if sealed is not None and sealed not in enumerate(digests):
        raise _damaged(
            files, f"{place} has {len(found)} lines and had {sealed[0]}: the last were removed"
        )


def _sealed(files: WindowFiles) -> tuple[int, str] | None:
    """The seal: how many lines there were, and their digest; None where none was written yet."""
    try:
        seal = json.loads(files.decided_seal.read_bytes())
        return seal["lines"], seal["digest"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as broken:
        raise _damaged(files, f"{files.decided_seal} cannot be read ({broken})") from broken


def _damaged(files: WindowFiles, what: str) -> DecisionsDamaged:
    place: Path = files.decided
    return DecisionsDamaged(
        f"{what}. Nothing is validated with decisions that may not be the ones people made. Put "
        f"{place.name} and {files.decided_seal.name} back from a backup; without one, look at the "
        f"lines, move both files out of {place.parent}, and decide again with `storepulse "
        f"quarantine fix` and `drop` ({files.feed}, --window {files.window.id})"
    )


def _digest(before: str, line: Mapping[str, Any]) -> str:
    text = json.dumps(line, sort_keys=True)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()[:32]


def _decision(line: Mapping[str, Any]) -> Decision:
    if line["action"] not in _ACTIONS:
        raise ValueError(f"unknown action {line['action']!r}")
    return Decision(
        action=line["action"],
        reason=str(line["reason"]),
        decided_at=datetime.fromisoformat(line["decided_at"]),
        user=str(line.get("user", "")),
        host=str(line.get("host", "")),
        row_id=line.get("row_id"),
        values=dict(line.get("values", {})),
        rules=tuple(line.get("rules", ())),
        undoes=line.get("undoes"),
    )


def _line(decision: Decision) -> dict[str, Any]:
    line = {
        "row_id": decision.row_id,
        "action": decision.action,
        "reason": decision.reason,
        "decided_at": decision.decided_at.astimezone(UTC).isoformat(),
        "user": decision.user,
        "host": decision.host,
        "values": dict(decision.values),
        "rules": list(decision.rules),
        "undoes": decision.undoes,
    }
    return {name: value for name, value in line.items() if value not in (None, {}, [])}
