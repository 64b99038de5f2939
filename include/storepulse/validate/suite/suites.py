"""Expectation suites: what a feed's rows must look like, read from `expectations/<feed>.yaml`.

A suite is plain YAML in Great Expectations' own fields. In addition every expectation has
`severity` (critical or warning), `meta.id` (short, unique in its suite; the rule's name in
quarantine and messages) and `meta.why`. A value such as `$window_end_plus_1d` is filled in when a
window is validated: see `placeholders`. Besides the feed's columns a rule may use `_hour` and,
where the feed has snapshots, `_snapshot` and `_snapshot_share`: see `casting.validated_columns`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from storepulse.errors import SuiteInvalid
from storepulse.feeds.registry import Feed
from storepulse.validate import casting
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.placeholders import Placeholders
from storepulse.validate.suite.rules import Rule
from storepulse.yaml_files import read_yaml

# Rules on the batch as a whole; these run in Great Expectations only.
BATCH_TYPES = frozenset(
    {
        "expect_table_row_count_to_be_between",
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_unique_value_count_to_be_between",
    }
)


def wants_rows(rule: Rule) -> bool:
    """Whether a rule fails on a window without a single row."""
    if rule.type == "expect_table_row_count_to_be_between":
        return bool(rule.kwargs.get("min_value"))
    return rule.type == "expect_column_distinct_values_to_contain_set"


@dataclass(frozen=True)
class Suite:
    """The rules for one feed's windows.

    Attributes:
        name: its name in Great Expectations, `landing.<feed>`.
        path: the file, for messages.
        rules: in the file's order.
    """

    name: str
    path: Path
    rules: tuple[Rule, ...]

    def uses(self, placeholder: str) -> bool:
        """Whether some rule uses a placeholder."""
        return any(placeholder in rule.kwargs.values() for rule in self.rules)

    def filled_in(self, placeholders: Placeholders) -> tuple["Suite", list[Rule]]:
        """Replace `$names` by their values.

        Returns:
            The suite without the rules that cannot be evaluated yet, and those rules (a share of
            the usual volume means nothing before a first window was accepted).

        Raises:
            SuiteInvalid: an unknown `$name`.
        """
        ready, waiting = [], []
        for rule in self.rules:
            try:
                kwargs = {name: placeholders.value(given) for name, given in rule.kwargs.items()}
            except ValueError as unknown:
                raise _invalid(self.path, rule.id, str(unknown)) from unknown
            if None in kwargs.values():
                waiting.append(rule)
            else:
                ready.append(replace(rule, kwargs=kwargs))
        return replace(self, rules=tuple(ready)), waiting


def load(path: Path, feed: Feed) -> Suite:
    """Read a feed's suite and check that every rule can run.

    Raises:
        SuiteInvalid: the file is missing or not a suite, or a rule names an unknown column, does
            not fit its column's type, is critical but of a type that cannot run on single rows, or
            has no reason. The message names file and rule.
    """
    name, rules = _read(path)
    for rule in rules:
        _check(path, rule, feed)
    _check_guards(path, rules, feed)
    return Suite(name, path, rules)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read the rules of any suite, of a feed or of a mart, in the file's order.

    Raises:
        SuiteInvalid: the file is missing or not a suite, or a rule has no id, reason or severity,
            or another's id. The message names file and rule.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[str, tuple[Rule, ...]]:
    if not path.is_file():
        raise SuiteInvalid(f"{path} does not exist; every feed needs a suite of expectations")
    try:
        content = _parsed(path, path.read_bytes())
    except ValueError as broken:
        raise SuiteInvalid(f"{path} is not YAML: {broken}") from broken
    if not isinstance(content, dict) or not isinstance(content.get("expectations"), list):
        raise SuiteInvalid(f"{path}: expected a name and a list called expectations")
    rules = tuple(
        _rule(path, number, entry) for number, entry in enumerate(content["expectations"], start=1)
    )
    ids = [rule.id for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise _invalid(path, rule_id, "is defined twice; rule ids are unique in a suite")
    return str(content.get("name", path.stem)), rules


@lru_cache(maxsize=64)
def _parsed(path: Path, _: bytes) -> object:
    """What a file says; read again when its bytes are others than they were."""
    return read_yaml(path)


def _rule(path: Path, number: int, entry: object) -> Rule:
    if not isinstance(entry, Mapping):
        raise _invalid(path, f"number {number}", "is not a mapping with type, kwargs, meta")
    meta = entry.get("meta") or {}
    rule_id = str(meta.get("id") or f"number {number}")
    for holder, field in ((meta, "id"), (meta, "why"), (entry, "type"), (entry, "severity")):
        if not holder.get(field):
            raise _invalid(path, rule_id, f"has no {field}")
    if entry["severity"] not in {"critical", "warning"}:
        raise _invalid(path, rule_id, "has a severity other than critical or warning")
    return Rule(
        id=rule_id,
        type=str(entry["type"]),
        kwargs=dict(entry.get("kwargs") or {}),
        severity=cast('Literal["critical", "warning"]', entry["severity"]),
        why=str(meta["why"]),
    )


def _check(path: Path, rule: Rule, feed: Feed) -> None:
    columns = casting.validated_columns(feed)
    unknown = [column for column in rule.columns if column not in columns]
    if unknown:
        raise _invalid(
            path, rule.id, f"uses {', '.join(unknown)}, which feed {feed.name} does not have"
        )
    if rule.type in row_rules.TYPES:
        problem = row_rules.problem_with(rule, columns)
        if problem:
            raise _invalid(path, rule.id, problem)
    elif rule.type not in BATCH_TYPES and rule.severity == "critical":
        raise _invalid(
            path,
            rule.id,
            f"is critical, but {rule.type} cannot run on single rows; "
            f"use one of {', '.join(sorted(row_rules.TYPES))}, or severity warning",
        )


def _check_guards(path: Path, rules: Sequence[Rule], feed: Feed) -> None:
    """Require not-null rules on key and times: without them a row cannot be placed anywhere."""
    guarded = {
        rule.columns[0]
        for rule in rules
        if rule.type == "expect_column_values_to_not_be_null" and rule.severity == "critical"
    }
    for column in (*feed.key, feed.event_time, feed.change_time):
        if column not in guarded:
            raise SuiteInvalid(
                f"{path}: expected a critical expect_column_values_to_not_be_null on {column}, "
                f"because accepted rows of {feed.name} are looked up by it; add it"
            )


def _invalid(path: Path, rule_id: str, problem: str) -> SuiteInvalid:
    return SuiteInvalid(f"{path}: rule {rule_id} {problem}; correct the file and run again")
