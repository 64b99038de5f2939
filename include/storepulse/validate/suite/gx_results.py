"""Great Expectations' own results for a window: `gx.json`, from which its pages are made.

A suite's result in Great Expectations' own format, put together from the groups of columns that
were validated one after the other. Counts and shares are unchanged; of values only what messages
show too: short, and nothing that identifies or traces a person.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from storepulse.lake.atomic import atomic_write
from storepulse.lake.paths import WindowFiles
from storepulse.validate.scratch_db import PERSONAL
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Outcome, Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

# Characters of a value, and values of a list, that are kept.
_SHOWN, _LISTED = 80, 10
# `gx_runner` passes timestamps in nanoseconds, which no source has.
_WHOLE_SECOND = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.0{9}$")


def measured(rule: Rule, result: "ExpectationValidationResult") -> Mapping[str, object]:
    """Keep what was measured for a rule.

    Args:
        rule: which rule.
        result: with counts, shares and some of the failing values.

    Returns:
        The same in plain values: text cut to 80 characters, lists to ten values. Only numbers for a
        rule on a column about a person, and for one that only compares values for equality.
    """
    # Great Expectations calls it JSON of any kind; it is an object.
    found: Mapping[str, object] = result.to_json_dict()["result"]  # type: ignore[assignment]
    if PERSONAL & set(rule.columns) or rule.type in row_rules.UNIQUENESS_TYPES:
        found = {name: value for name, value in found.items() if isinstance(value, int | float)}
    return {name: _plain(value) for name, value in found.items()}


def write(files: WindowFiles, suite: str, run_id: str, outcomes: Sequence[Outcome]) -> None:
    """Write a suite's result next to the landed rows.

    Args:
        files: of the validated window.
        suite: its name.
        run_id: of the run that landed the rows.
        outcomes: of all its rules that were evaluated.

    Raises:
        DiskFull: there was no room.
    """
    passed = sum(outcome.passed for outcome in outcomes)
    document = {
        "success": passed == len(outcomes),
        "suite_name": suite,
        "results": [_result(outcome) for outcome in outcomes],
        "statistics": {
            "evaluated_expectations": len(outcomes),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(outcomes) - passed,
            "success_percent": round(100 * passed / len(outcomes), 4) if outcomes else None,
        },
        "meta": {
            "great_expectations_version": version("great_expectations"),
            "run_id": {
                "run_name": run_id,
                "run_time": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            "batch_spec": {
                "data_asset_name": f"{files.feed}, {files.source}, {files.window}",
            },
        },
    }
    with atomic_write(files.gx_results) as temp:
        # Timestamps and dates in a rule's arguments are written as in messages.
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
        temp.write_text(text, encoding="utf-8")


def _result(outcome: Outcome) -> Mapping[str, object]:
    rule = outcome.rule
    return {
        "success": outcome.passed,
        "expectation_config": {
            "type": rule.type,
            "kwargs": rule.kwargs,
            "meta": {"id": rule.id, "why": rule.why},
            "severity": rule.severity,
        },
        "result": outcome.measured,
        "exception_info": {
            "raised_exception": outcome.error is not None,
            "exception_message": outcome.error and outcome.error.strip().splitlines()[-1],
            "exception_traceback": None,
        },
    }


def _plain(value: object) -> object:
    """Cut long values; NaN and infinity are not valid JSON."""
    if isinstance(value, str):
        value = _WHOLE_SECOND.sub(r"\1", value)
        return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value[:_LISTED]]
    return value
