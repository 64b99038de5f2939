"""What people decided about refused rows: a value corrected, or a row given up.

    decisions/<feed>/<source>/<window id>.jsonl    one line per decision, oldest first

Landing stays what the source said. Whoever validates a window reads its decisions beside it: a
corrected value is judged in place of the landed one, a row given up is left out and counted. So
validating again never loses a decision, and taking a line out of the file takes it back.

A row is known by a hash of its landed text (`row_id`), not by its place: the same row landed again
finds the decision made about it, and a row that the source has changed meanwhile does not.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from storepulse.lake import WindowFiles, written_aside


@dataclass(frozen=True)
class Decision:
    """One decision about one row.

    Attributes:
        row_id: hash of the landed row, as `_row_id` in quarantine.
        action: `fix` corrects values, `drop` gives the row up.
        values: corrected text by column, None for null; of a drop, none.
        reason: why, in the words of who decided.
        decided_at: UTC.
        rules: what the row was refused for when it was decided on.
    """

    row_id: str
    action: Literal["fix", "drop"]
    reason: str
    decided_at: datetime
    values: Mapping[str, str | None] = field(default_factory=dict)
    rules: tuple[str, ...] = ()


def read(files: WindowFiles) -> list[Decision]:
    """Every decision ever made about a window's rows, oldest first; empty when there are none."""
    place = files.decided
    if not place.is_file():
        return []
    lines = place.read_text(encoding="utf-8").splitlines()
    return [_decision(json.loads(line)) for line in lines if line.strip()]


def that_stand(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """What holds for each row now, by row id.

    Corrections of different columns add up and the latest of a column counts; a drop ends them.
    """
    standing: dict[str, Decision] = {}
    for decision in decisions:
        before = standing.get(decision.row_id)
        values = dict(decision.values)
        if before is not None and before.action == decision.action == "fix":
            values = {**before.values, **values}
        standing[decision.row_id] = Decision(
            decision.row_id,
            decision.action,
            decision.reason,
            decision.decided_at,
            values,
            decision.rules,
        )
    return standing


def append(files: WindowFiles, decisions: Sequence[Decision]) -> None:
    """Add decisions to a window's file; the file is replaced as a whole.

    One that stands already is left out: who was interrupted may decide the same again. Who calls
    must hold the window alone (`lake.judged_alone`), or a decision made meanwhile is lost.

    Raises:
        DiskFull: there was no room; the file is as it was.
    """
    standing = that_stand(read(files))
    news = [one for one in decisions if not _stands(one, standing.get(one.row_id))]
    if not news:
        return
    known = files.decided.read_text(encoding="utf-8") if files.decided.is_file() else ""
    lines = "".join(json.dumps(_line(one), ensure_ascii=False) + "\n" for one in news)
    with written_aside(files.decided) as aside:
        aside.write_text(known + lines, encoding="utf-8")


def _stands(decision: Decision, standing: Decision | None) -> bool:
    return (
        standing is not None
        and (standing.action, standing.reason) == (decision.action, decision.reason)
        and decision.values.items() <= standing.values.items()
    )


def _decision(line: Mapping[str, object]) -> Decision:
    values, rules = line.get("values"), line.get("rules")
    return Decision(
        row_id=str(line["row_id"]),
        action="drop" if line["action"] == "drop" else "fix",
        reason=str(line["reason"]),
        decided_at=datetime.fromisoformat(str(line["decided_at"])),
        values=dict(values) if isinstance(values, Mapping) else {},
        rules=tuple(rules) if isinstance(rules, list) else (),
    )


def _line(decision: Decision) -> Mapping[str, object]:
    return {
        "row_id": decision.row_id,
        "action": decision.action,
        "reason": decision.reason,
        "decided_at": decision.decided_at.astimezone(UTC).isoformat(timespec="seconds"),
        "values": dict(decision.values),
        "rules": list(decision.rules),
    }
