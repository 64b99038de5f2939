"""Row rules of a suite as SQL, so that every failing row is found.

Great Expectations lists only some of the failing rows; quarantine needs all of them. Both read the
same suite, and a test compares their counts on dirty rows. In both, every rule but
`expect_column_values_to_not_be_null` ignores nulls.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from storepulse import sql_quoting
from storepulse.feeds.registry import SQL_TYPES, ColumnType
from storepulse.validate.suite.rules import Rule

# Values of a set that a message lists before it only counts them.
_SHOWN = 12

_EVERY: tuple[ColumnType, ...] = tuple(SQL_TYPES)
_ORDERED = tuple(of for of in SQL_TYPES if of not in {"text", "boolean"})
_LISTABLE: tuple[ColumnType, ...] = ("text", "integer", "boolean")


@dataclass(frozen=True)
class _RowType:
    """How one type of expectation runs on rows.

    Attributes:
        failing: SQL that is true for a failing row, and false, never null, for any other.
        expected: what is expected, in words, for messages.
        needs: required arguments.
        fits: column types it can be used on.
    """

    failing: Callable[[Rule], str]
    expected: Callable[[Rule], str]
    needs: tuple[str, ...]
    fits: tuple[ColumnType, ...]


def failing(rule: Rule) -> str:
    """SQL that is true for rows that break the rule and false for all others, nulls included."""
    return TYPES[rule.type].failing(rule)


def applies(rule: Rule) -> str:
    """SQL that is true for the rows a rule applies to: those whose values it does not ignore."""
    if rule.type == "expect_column_values_to_not_be_null":
        return "true"
    present = [f"{sql_quoting.name(column)} is not null" for column in rule.columns]
    if rule.type in UNIQUENESS_TYPES:
        return _present(rule, present)
    return f"({' and '.join(present)})"


def expected(rule: Rule) -> str:
    """What the rule expects, in words."""
    if rule.type in TYPES:
        return TYPES[rule.type].expected(rule)
    if "value_set" in rule.kwargs:
        return f"rows for each {rule.columns[0].removeprefix('_')}: {_set_in_words(rule)}"
    return f"{rule.type.removeprefix('expect_').replace('_', ' ')} {_range(rule.kwargs)}"


def problem_with(rule: Rule, columns: Mapping[str, ColumnType]) -> str | None:
    """Explain why a row rule cannot run on these columns; None if it can."""
    row_type = TYPES[rule.type]
    missing = [need for need in row_type.needs if rule.kwargs.get(need) in (None, [])]
    if missing:
        return f"lacks {', '.join(missing)}"
    for column in rule.columns:
        if columns[column] not in row_type.fits:
            return f"does not fit {column}, which is of type {columns[column]}"
    if "row_condition" in rule.kwargs:
        return "has a row_condition, which is not supported"
    if rule.type.startswith("expect_column_pair") and not _ignores_nulls(rule):
        return "needs ignore_row_if: either_value_is_missing, so that nulls are ignored"
    return _problem_with_arguments(rule, columns)


def _ignores_nulls(rule: Rule) -> bool:
    return rule.kwargs.get("ignore_row_if") == "either_value_is_missing"


def _problem_with_arguments(rule: Rule, columns: Mapping[str, ColumnType]) -> str | None:
    bounds = [rule.kwargs[key] for key in ("min_value", "max_value") if key in rule.kwargs]
    if rule.type.endswith("_between") and not bounds:
        return "has neither min_value nor max_value"
    if rule.type.endswith("values_to_be_between"):
        is_time = columns[rule.columns[0]] in {"timestamp", "date"}
        if any(isinstance(bound, str) != is_time for bound in bounds):
            return "needs bounds of its column's type: numbers, or moments as quoted ISO text"
    values = rule.kwargs.get("value_set", [])
    if isinstance(values, list) and columns[rule.columns[0]] == "text":
        untexted = [value for value in values if not isinstance(value, str)]
        if untexted:
            # YAML reads off, no and 12 as other types.
            return f"lists {untexted[0]!r}, which is not text; put it in quotes"
    try:
        re.compile(str(rule.kwargs.get("regex", "")))
    except re.error as broken:
        return f"has a broken regular expression: {broken}"
    return None


def _column(rule: Rule) -> str:
    return sql_quoting.name(rule.columns[0])


def _unless_null(rule: Rule, condition: str) -> str:
    return f"({_column(rule)} is not null and {condition})"


def _null(rule: Rule) -> str:
    return f"({_column(rule)} is null)"


def _outside(rule: Rule, measured: str) -> str:
    parts = []
    lowest, highest = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    if lowest is not None:
        sign = "<=" if rule.kwargs.get("strict_min") else "<"
        parts.append(f"{measured} {sign} {_bound(lowest)}")
    if highest is not None:
        sign = ">=" if rule.kwargs.get("strict_max") else ">"
        parts.append(f"{measured} {sign} {_bound(highest)}")
    return _unless_null(rule, f"({' or '.join(parts)})")


def _bound(value: object) -> str:
    return (
        f"timestamp {sql_quoting.literal(value)}"
        if isinstance(value, str)
        else sql_quoting.literal(value)
    )


def _listed(rule: Rule) -> str:
    return f"{_column(rule)} in ({', '.join(sql_quoting.literal(value) for value in _set(rule))})"


def _set(rule: Rule) -> list[object]:
    values = rule.kwargs["value_set"]
    return values if isinstance(values, list) else [values]


def _matching(rule: Rule) -> str:
    return f"regexp_matches({_column(rule)}, {sql_quoting.literal(rule.kwargs['regex'])})"


def _pair(rule: Rule, sign: str) -> str:
    first, second = (sql_quoting.name(column) for column in rule.columns)
    return f"({first} is not null and {second} is not null and not {first} {sign} {second})"


def _greater_sign(rule: Rule) -> str:
    return ">=" if rule.kwargs.get("or_equal") else ">"


def _repeated(rule: Rule) -> str:
    names = [sql_quoting.name(column) for column in rule.columns]
    repeated = f"count(*) over (partition by {', '.join(names)}) > 1"
    present = _present(rule, [f"{column} is not null" for column in names])
    return f"({present} and {repeated})"


def _present(rule: Rule, present: list[str]) -> str:
    """SQL that is false for the rows a uniqueness rule ignores."""
    ignored = rule.kwargs.get("ignore_row_if", "all_values_are_missing")
    if ignored == "never":
        return "true"
    any_or_all = " or " if ignored == "all_values_are_missing" else " and "
    return f"({any_or_all.join(present)})"


def _range(kwargs: Mapping[str, object]) -> str:
    lowest, highest = kwargs.get("min_value"), kwargs.get("max_value")
    parts = []
    if lowest is not None:
        parts.append(f"{'above' if kwargs.get('strict_min') else 'at least'} {lowest}")
    if highest is not None:
        parts.append(f"{'below' if kwargs.get('strict_max') else 'at most'} {highest}")
    return " and ".join(parts)


def _set_in_words(rule: Rule) -> str:
    values = _set(rule)
    shown = ", ".join(str(value) for value in values[:_SHOWN])
    return shown if len(values) <= _SHOWN else f"{shown} … ({len(values)} values)"


TYPES: Mapping[str, _RowType] = {
    "expect_column_values_to_not_be_null": _RowType(
        _null, lambda rule: f"{rule.columns[0]} not null", ("column",), _EVERY
    ),
    "expect_column_values_to_be_between": _RowType(
        lambda rule: _outside(rule, _column(rule)),
        lambda rule: f"{rule.columns[0]} {_range(rule.kwargs)}",
        ("column",),
        _ORDERED,
    ),
    "expect_column_value_lengths_to_be_between": _RowType(
        lambda rule: _outside(rule, f"length({_column(rule)})"),
        lambda rule: f"length of {rule.columns[0]} {_range(rule.kwargs)}",
        ("column",),
        ("text",),
    ),
    "expect_column_values_to_be_in_set": _RowType(
        lambda rule: _unless_null(rule, f"not {_listed(rule)}"),
        lambda rule: f"{rule.columns[0]} one of {_set_in_words(rule)}",
        ("column", "value_set"),
        _LISTABLE,
    ),
    "expect_column_values_to_not_be_in_set": _RowType(
        lambda rule: _unless_null(rule, _listed(rule)),
        lambda rule: f"{rule.columns[0]} none of {_set_in_words(rule)}",
        ("column", "value_set"),
        _LISTABLE,
    ),
    "expect_column_values_to_match_regex": _RowType(
        lambda rule: _unless_null(rule, f"not {_matching(rule)}"),
        lambda rule: f"{rule.columns[0]} matching {rule.kwargs['regex']}",
        ("column", "regex"),
        ("text",),
    ),
    "expect_column_values_to_not_match_regex": _RowType(
        lambda rule: _unless_null(rule, _matching(rule)),
        lambda rule: f"{rule.columns[0]} not matching {rule.kwargs['regex']}",
        ("column", "regex"),
        ("text",),
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": _RowType(
        lambda rule: _pair(rule, _greater_sign(rule)),
        lambda rule: f"{rule.columns[0]} {_greater_sign(rule)} {rule.columns[1]}",
        ("column_A", "column_B"),
        _ORDERED,
    ),
    "expect_column_pair_values_to_be_equal": _RowType(
        lambda rule: _pair(rule, "="),
        lambda rule: f"{rule.columns[0]} equal to {rule.columns[1]}",
        ("column_A", "column_B"),
        _EVERY,
    ),
    "expect_column_values_to_be_unique": _RowType(
        _repeated, lambda rule: f"unique {rule.columns[0]}", ("column",), _EVERY
    ),
    "expect_compound_columns_to_be_unique": _RowType(
        _repeated,
        lambda rule: f"unique combinations of {', '.join(rule.columns)}",
        ("column_list",),
        _EVERY,
    ),
}

# Rules that only compare values for equality.
UNIQUENESS_TYPES = frozenset(
    {"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"}
)
