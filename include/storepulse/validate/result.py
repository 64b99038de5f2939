"""The verdict on a landed window: as a record, as a file beside the rows, as a message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from storepulse.lake.atomic import atomic_write, put_in_place_at
from storepulse.lake.check_counts import Checks
from storepulse.lake.paths import WindowFiles
from storepulse.windows import Window

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True)
class Finding:
    """Something a rule found: a reason to hold the window back, or something to tell.

    Attributes:
        rule: its id; rules without a suite are `columns_present`, `landed_whole`, `type_<column>`.
        expected: what the rule wanted, in words.
        got: what came instead, in words.
        example: key and value of one row against it, without anything about a customer.
        why: the reason of the rule.
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
class Verdict:
    """What became of one landed window.

    Attributes:
        verdict: accepted, or held (nothing of it was accepted; what was accepted before stays).
        landed: rows the source gave.
        accepted: rows that passed; 0 when held.
        quarantined: rows that were refused; 0 when held.
        dropped: rows that somebody gave up (`storepulse.lake.decisions`), whatever the verdict.
        corrected: accepted rows that pass because somebody corrected them.
        amount_landed: money of all rows by currency, exact, as far as it could be read, corrections
            in place: accepted, held and dropped add up to it.
        amount_accepted: money of the rows that passed.
        amount_dropped: money of the rows that were given up.
        amount_held: money of the rows that were refused; of all rows when the window is held.
        refused_by_rule: refused rows by rule id; a row that breaks two rules counts under both.
        amount_by_rule: their money, by rule id and currency.
        failures: why the window is held back; empty when accepted.
        told: what should be looked at but refuses nothing.
        not_judged: ids of rules that compare with earlier windows, where there are none yet.
        checks: how many checks it was put to and passed.
        run_id: of the run that landed the rows.
    """

    feed: str
    source: str
    window: Window
    verdict: Literal["accepted", "held"]
    landed: int
    accepted: int = 0
    quarantined: int = 0
    dropped: int = 0
    corrected: int = 0
    amount_landed: Amounts = field(default_factory=dict)
    amount_accepted: Amounts = field(default_factory=dict)
    amount_dropped: Amounts = field(default_factory=dict)
    amount_held: Amounts = field(default_factory=dict)
    refused_by_rule: Mapping[str, int] = field(default_factory=dict)
    amount_by_rule: Mapping[str, Amounts] = field(default_factory=dict)
    failures: tuple[Finding, ...] = ()
    told: tuple[Finding, ...] = ()
    not_judged: tuple[str, ...] = ()
    checks: Checks = field(default_factory=Checks)
    run_id: str = ""


def write(verdict: Verdict, files: WindowFiles) -> None:
    """Write the verdict beside the landed rows, and of a window held back where such are listed.

    Raises:
        DiskFull: there was no room.
    """
    text = json.dumps(_as_json(verdict), indent=2, ensure_ascii=False)
    if verdict.verdict == "held":
        with atomic_write(files.held) as temp:
            temp.write_text(text, encoding="utf-8")
            put_in_place_at(temp, files.moment_of_verdict())
    else:
        files.held.unlink(missing_ok=True)
    with atomic_write(files.verdict) as temp:
        temp.write_text(text, encoding="utf-8")


def read(path: Path) -> Mapping[str, object]:
    """Read a written verdict; amounts are exact text."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def held_back_message(verdict: Verdict, suite_path: Path, impact: str) -> str:
    """Say what was expected, what came and what to do, for somebody who sees only this."""
    reasons = "\n".join(f"  - {finding}" for finding in verdict.failures)
    again = command("ingest", verdict.source, verdict.feed, verdict.window)
    return (
        f"{verdict.feed} from {verdict.source}, window {verdict.window}, is held back: none of its "
        f"{verdict.landed:,} rows was accepted, what was accepted before stays.\n{reasons}\n"
        f"Rests on {verdict.feed}: {impact}\n"
        f"The rows against it, where rows are: "
        f"storepulse quarantine show {verdict.feed} --window {verdict.window.id}\n"
        f"Have the source corrected (or, if it is right, the rule in {suite_path}), then run:\n"
        f"  {again}"
    )


def command(step: str, source: str, feed: str, window: Window) -> str:
    """Write the command that runs one step for one window of one feed."""
    return (
        f"storepulse {step} --source {source} --feeds {feed} "
        f"--from {window.start:%Y-%m-%dT%H:%M:%SZ} --until {window.end:%Y-%m-%dT%H:%M:%SZ}"
    )


def _as_json(verdict: Verdict) -> Mapping[str, object]:
    return {
        "feed": verdict.feed,
        "source": verdict.source,
        "window_start": verdict.window.start.isoformat(),
        "window_end": verdict.window.end.isoformat(),
        "run_id": verdict.run_id,
        "judged_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict.verdict,
        "rows": {
            "landed": verdict.landed,
            "accepted": verdict.accepted,
            "quarantined": verdict.quarantined,
            "dropped": verdict.dropped,
            "corrected": verdict.corrected,
        },
        "amount_landed": _amounts(verdict.amount_landed),
        "amount_accepted": _amounts(verdict.amount_accepted),
        "amount_dropped": _amounts(verdict.amount_dropped),
        "amount_held": _amounts(verdict.amount_held),
        "refused_by_rule": {
            rule: {"rows": rows, "amount": _amounts(verdict.amount_by_rule.get(rule, {}))}
            for rule, rows in verdict.refused_by_rule.items()
        },
        "checks": verdict.checks.as_json(),
        "failures": [_finding(finding) for finding in verdict.failures],
        "not_judged": list(verdict.not_judged),
        "told": [_finding(finding) for finding in verdict.told],
    }


def _finding(finding: Finding) -> Mapping[str, str | None]:
    return {
        "rule": finding.rule,
        "expected": finding.expected,
        "got": finding.got,
        "example": finding.example,
        "why": finding.why,
    }


def _amounts(amounts: Amounts) -> Mapping[str, str]:
    return {currency: f"{amount:f}" for currency, amount in sorted(amounts.items())}
