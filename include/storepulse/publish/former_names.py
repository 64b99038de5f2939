"""Views that show renamed marts and columns by the names of the release before.

They keep dashboards working until their queries use the new names, and go with the next release.
What was renamed is written at the models: `meta: {renamed_from: ...}`.
"""

from collections.abc import Collection, Iterator, Mapping

import duckdb

from storepulse import sql_quoting
from storepulse.lake.lineage import FormerNames

SCHEMA = "marts_compat"


def add_former_names(
    con: duckdb.DuckDBPyConnection, renamed: Mapping[str, FormerNames], marts: Collection[str]
) -> None:
    """Add schema `marts_compat` to the copy: a view per mart that, or whose columns, was renamed.

    A view shows the mart as it is now, and renamed columns a second time by their former names.

    Args:
        con: connection with the copy attached as `serving`.
        renamed: former names by present name; those of other models are passed over.
        marts: names of the marts in the copy.
    """
    statements = [
        statement
        for mart in sorted(marts)
        if mart in renamed
        for statement in _statements(mart, renamed[mart])
    ]
    if not statements:
        return
    # Names in a view carry no database: readers open or attach the file under any name.
    con.execute("use serving")
    try:
        con.execute(f"create schema {SCHEMA}")
        for statement in statements:
            con.execute(statement)
    finally:
        con.execute("use memory")


def _statements(mart: str, former: FormerNames) -> Iterator[str]:
    columns = [
        "*",
        *(
            f"{sql_quoting.name(now)} as {sql_quoting.name(was)}"
            for now, was in former.columns.items()
        ),
    ]
    view = f"{SCHEMA}.{sql_quoting.name(former.model)}"
    yield f"create view {view} as select {', '.join(columns)} from marts.{sql_quoting.name(mart)}"
    about = f"Former names of marts.{mart}. Goes with the next release: query marts.{mart}."
    yield f"comment on view {view} is {sql_quoting.literal(about)}"
