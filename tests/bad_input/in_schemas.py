"""Columns that were added, removed, or changed."""

from bad_input.case import SOMEBODY, Case
from bad_input.inputs import FEES, as_csv, as_json_lines, as_parquet, fees, statement
from bad_input.shop import Outcome, Shop

UNREADABLE = "landing refused: SourceUnreadable"
LISTED = {"columns": FEES}


def _csv(shop: Shop, content: bytes, **table: object) -> Outcome:
    return shop.files("fees", {"fees.csv": content}, **table)


def _renamed() -> bytes:
    return as_csv(fees(3)).replace(b",amount,", b",fee_amount,", 1)


def _reordered(shop: Shop) -> Outcome:
    contents = {"a.csv": as_csv(fees(2)), "b.csv": as_csv(fees(4)[2:], FEES[::-1])}
    return shop.files("fees", contents)


def _with_column(name: str) -> bytes:
    return as_csv([{**row, name: "x"} for row in fees(3)])


def _amount_in_parts(shop: Shop) -> Outcome:
    columns = ", ".join(f"'{value}' as {name}" for name, value in fees(1)[0].items())
    query = f"select * replace ({{units: 2, cents: 48}} as amount) from (select {columns})"
    content = as_parquet(shop, query)
    return shop.files("fees", {"f.parquet": content}, path="*.parquet", format="parquet")


def _parquet_types_differ(shop: Shop) -> Outcome:
    contents = {
        "a.parquet": as_parquet(shop, "select 1 as fee_id"),
        "b.parquet": as_parquet(shop, f"select '{SOMEBODY}' as fee_id"),
    }
    return shop.files("fees", contents, path="*.parquet", format="parquet")


CASES = [
    Case(
        "renamed",
        "schema",
        "the sender renamed a column that the source lists",
        UNREADABLE,
        lambda shop: _csv(shop, _renamed(), **LISTED),
        r"no column 'amount'; its header has .*fee_amount.*correct source\.yaml and the mapping",
    ),
    Case(
        "renamed-unlisted",
        "schema",
        "the sender renamed a column that the mapping passes through",
        "rejected: columns_present",
        lambda shop: _csv(shop, _renamed()),
        r"expected .*amount.*got no amount",
    ),
    Case(
        "gone-from-records",
        "schema",
        "no JSON record has the amount any more",
        UNREADABLE,
        lambda shop: shop.files(
            "fees",
            {"f.jsonl": as_json_lines(fees(3)).replace(b'"amount"', b'"sum"')},
            path="*.jsonl",
            format="jsonl",
            **LISTED,
        ),
        r"no record of .*f\.jsonl has the column 'amount'.*list it under `optional:`",
    ),
    Case(
        "added",
        "schema",
        "the sender added a column",
        "accepted 3, warnings: extra_columns",
        lambda shop: _csv(shop, _with_column("loyalty_tier")),
        r"got loyalty_tier",
    ),
    Case(
        "added-nameless",
        "schema",
        "every line ends with a comma, which adds a column without a name",
        "accepted 3, warnings: extra_columns",
        lambda shop: _csv(shop, _with_column("")),
        r"got column10",
    ),
    Case(
        "added-with-terminal-escape",
        "schema",
        "the name of an added column holds a terminal's escape sequence and SQL",
        "accepted 3, warnings: extra_columns",
        lambda shop: _csv(shop, _with_column('\x1b[2J"; drop table fees; --')),
        r"got \[2J\"; drop table fees; --",
    ),
    Case(
        "name-of-ours",
        "schema",
        "a column is called _position, like one that storepulse writes itself",
        UNREADABLE,
        lambda shop: _csv(shop, _with_column("_position")),
        r"column '_position'.*another name in the mapping",
    ),
    Case(
        "name-of-ours-in-a-database",
        "schema",
        "a database's table has a column called _rules",
        UNREADABLE,
        lambda shop: shop.database(
            "fees", statement("given", [{**row, "_rules": "x"} for row in fees(1)])
        ),
        r"column '_rules'.*another name in the mapping",
    ),
    Case(
        "reordered",
        "schema",
        "one of two files has its columns in another order",
        "accepted 4",
        _reordered,
        reads={"amount": "2.48", "currency": "USD"},
    ),
    Case(
        "name-twice",
        "schema",
        "two column names differ only in the case of a letter",
        UNREADABLE,
        lambda shop: _csv(shop, _with_column("Amount")),
        r"distinct names.*10 names of which some are the same",
    ),
    Case(
        "header-lost",
        "schema",
        "the first line is already a charge",
        UNREADABLE,
        lambda shop: _csv(shop, as_csv(fees(2, order_id=SOMEBODY)).split(b"\n", 1)[1], **LISTED),
        r"some are the same; has it lost its header|none of the expected column names",
    ),
    Case(
        "another-delimiter",
        "schema",
        "the export uses semicolons since somebody changed the locale",
        UNREADABLE,
        lambda shop: _csv(shop, as_csv(fees(2)).replace(b",", b";"), **LISTED),
        r"another `delimiter:` than source\.yaml gives",
    ),
    Case(
        "number-becomes-record",
        "schema",
        "an amount became a record of units and cents",
        "rejected: type_amount",
        _amount_in_parts,
        r"amount to be money.*1 of 1 rows",
    ),
    Case(
        "files-disagree",
        "schema",
        "one of two Parquet files has numbers where the other has text",
        UNREADABLE,
        _parquet_types_differ,
        r"cannot be converted.*Correct the file or the mapping",
    ),
]
