"""Names and values as SQL text, safely quoted."""


def name(column: str) -> str:
    """Quote an identifier."""
    return '"' + column.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Write a value as a literal: text (a path, too), number or truth value.

    Numbers keep the digits a suite wrote, so DuckDB compares decimals exactly.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
