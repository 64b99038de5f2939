"""The validation result of a window: as a record, as a file next to its rows, as a message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from storepulse.lake.accepted import moment_of_validation
from storepulse.lake.atomic import atomic_write, put_in_place_at
from storepulse.lake.check_counts import Checks
from storepulse.lake.paths import WindowFiles
from storepulse.windows import Window

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True)
class CheckFailure:
    """A failed check: an error, which rejects the window, or a warning.

    Attributes:
        rule: its id; rules outside suites are `columns_present`, `landed_whole`, `type_<column>`.
        expected: what the rule expects, in words.
        got: what arrived instead, in words.
        example: key and value of one failing row, without anything about a customer.
        why: the reason for the rule.
    """

    rule: str
    expected: str
    got: str
    why: str
    example: str | None = None

    def __str__(self) -> str:
        example = f", for example {self.example}" if self.example else ""
        return f"{self.rule}: expected {self.expected}, got {self.got}{example} ({self.why})"


@dataclass(frozen=True)
class ValidationResult:
    """What validating one landed window gave.

    Attributes:
        status: accepted, or rejected (none of its rows accepted; those accepted before stay).
        landed: rows the source delivered.
        accepted: rows that passed; 0 when rejected.
        quarantined: rows that were refused; 0 when rejected.
        dropped: rows that somebody dropped (`storepulse.lake.decisions`), whatever the status.
        corrected: accepted rows that pass because somebody corrected them.
        amount_landed: money of all rows by currency, exact, as far as it could be read, with
            corrections applied: accepted, refused and dropped add up to it.
        amount_accepted: money of the rows that passed.
        amount_dropped: money of the dropped rows.
        amount_refused: money of the quarantined rows; of all rows when the window is rejected.
        refused_by_rule: refused rows by rule id; a row that breaks two rules counts under both.
        amount_by_rule: their money, by rule id and currency.
        errors: why the window is rejected; empty when accepted.
        warnings: failed checks that refuse nothing, but should be looked at.
        not_evaluated: ids of rules that compare with earlier windows, where there are none yet.
        checks: how many checks were run and how many passed.
        run_id: of the run that landed the rows.
    """

    feed: str
    source: str
    window: Window
    status: Literal["accepted", "rejected"]
    landed: int
    accepted: int = 0
    quarantined: int = 0
    dropped: int = 0
    corrected: int = 0
    amount_landed: Amounts = field(default_factory=dict)
    amount_accepted: Amounts = field(default_factory=dict)
    amount_dropped: Amounts = field(default_factory=dict)
    amount_refused: Amounts = field(default_factory=dict)
    refused_by_rule: Mapping[str, int] = field(default_factory=dict)
    amount_by_rule: Mapping[str, Amounts] = field(default_factory=dict)
    errors: tuple[CheckFailure, ...] = ()
    warnings: tuple[CheckFailure, ...] = ()
    not_evaluated: tuple[str, ...] = ()
    checks: Checks = field(default_factory=Checks)
    run_id: str = ""


def write(result: ValidationResult, files: WindowFiles) -> None:
    """Write the result next to the landed rows; list a rejected window with the others, too.

    Raises:
        DiskFull: there was no room.
    """
    text = json.dumps(_as_json(result), indent=2, ensure_ascii=False)
    if result.status == "rejected":
        with atomic_write(files.rejection) as temp:
            temp.write_text(text, encoding="utf-8")
            put_in_place_at(temp, moment_of_validation(files))
    else:
        files.rejection.unlink(missing_ok=True)
    with atomic_write(files.validation) as temp:
        temp.write_text(text, encoding="utf-8")


def read(path: Path) -> Mapping[str, object]:
    """Read a written result; amounts are exact text."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def rejection_message(result: ValidationResult, suite_path: Path, impact: str) -> str:
    """State what was expected, what arrived and what to do, for a reader who sees only this."""
    errors = "\n".join(f"  - {error}" for error in result.errors)
    again = command("ingest", result.source, result.feed, result.window)
    return (
        f"{result.feed} from {result.source}, window {result.window}, was rejected. None of its "
        f"{result.landed:,} rows was accepted; rows accepted earlier for this window stay in use.\n"
        f"Failed checks:\n{errors}\n"
        f"Affected marts and KPIs: {impact}\n"
        f"To see the failing rows, if any:\n"
        f"  storepulse quarantine show {result.feed} --window {result.window.id}\n"
        f"Fix the source (or, if the data is right, the rule in {suite_path}), then run:\n"
        f"  {again}"
    )


def command(step: str, source: str, feed: str, window: Window) -> str:
    """Write the command that runs one step for one window of one feed."""
    return (
        f"storepulse {step} --source {source} --feeds {feed} "
        f"--from {window.start:%Y-%m-%dT%H:%M:%SZ} --until {window.end:%Y-%m-%dT%H:%M:%SZ}"
    )


def _as_json(result: ValidationResult) -> Mapping[str, object]:
    return {
        "feed": result.feed,
        "source": result.source,
        "window_start": result.window.start.isoformat(),
        "window_end": result.window.end.isoformat(),
        "run_id": result.run_id,
        "judged_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": "held" if result.status == "rejected" else result.status,
        "rows": {
            "landed": result.landed,
            "accepted": result.accepted,
            "quarantined": result.quarantined,
            "dropped": result.dropped,
            "corrected": result.corrected,
        },
        "amount_landed": _amounts(result.amount_landed),
        "amount_accepted": _amounts(result.amount_accepted),
        "amount_dropped": _amounts(result.amount_dropped),
        "amount_held": _amounts(result.amount_refused),
        "refused_by_rule": {
            rule: {"rows": rows, "amount": _amounts(result.amount_by_rule.get(rule, {}))}
            for rule, rows in result.refused_by_rule.items()
        },
        "checks": result.checks.as_json(),
        "failures": [_failed_check(error) for error in result.errors],
        "not_judged": list(result.not_evaluated),
        "told": [_failed_check(warning) for warning in result.warnings],
    }


def _failed_check(failure: CheckFailure) -> Mapping[str, str | None]:
    return {
        "rule": failure.rule,
        "expected": failure.expected,
        "got": failure.got,
        "example": failure.example,
        "why": failure.why,
    }


def _amounts(amounts: Amounts) -> Mapping[str, str]:
    return {currency: f"{amount:f}" for currency, amount in sorted(amounts.items())}
