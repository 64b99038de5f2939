import duckdb
import pytest

from storepulse.feeds.registry import feed_named
from storepulse.validate import casting


def read(text, of):
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        sql = f"select cast({casting.exactly('landed', of)} as varchar) from (select ? as landed)"
        return con.execute(sql, [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "of", "value"),
    [
        ("12", "integer", "12"),
        ("12.0", "integer", "12"),
        ("3.5", "integer", None),
        ("", "integer", None),
        ("twelve", "integer", None),
        ("1.1", "money", "1.10"),
        ("0.30000000000000004", "money", "0.30"),
        ("0.001", "money", None),
        ("0.001", "price", "0.0010"),
        ("0.00001", "price", None),
        ("1,200.00", "money", None),
        ("NaN", "money", None),
        ("99999999999999999999", "money", None),
        ("1_000", "money", None),
        ("1_0", "integer", None),
        ("7.12345678", "rate", "7.12345678"),
        ("true", "boolean", "true"),
        ("perhaps", "boolean", None),
        ("2026-11-22 09:00:00.25", "timestamp", "2026-11-22 09:00:00.25"),
        ("2026-11-22T09:00:00+08:00", "timestamp", "2026-11-22 01:00:00"),
        ("2026-11-22T09:00:00Z", "timestamp", "2026-11-22 09:00:00"),
        ("22/11/2026", "timestamp", None),
        ("infinity", "timestamp", None),
        ("epoch", "timestamp", None),
        ("2026-11-22 09:00:00 CST", "timestamp", None),
        ("2026-11-22T09:00:00+99:00", "timestamp", None),
        ("2026-11-22 17:00:00 Asia/Shanghai", "timestamp", "2026-11-22 09:00:00"),
        ("2026-11-22 09:00:00+00", "timestamp", "2026-11-22 09:00:00"),
        # New York skipped from 02:00 to 03:00 that night, Lord Howe by half an hour.
        ("2026-03-08 01:59:59 America/New_York", "timestamp", "2026-03-08 06:59:59"),
        ("2026-03-08 02:30:00 America/New_York", "timestamp", None),
        ("2026-03-08 03:00:00 America/New_York", "timestamp", "2026-03-08 07:00:00"),
        ("2026/03/08 02:30 America/New_York", "timestamp", None),
        ("2026-10-04 02:15:00 Australia/Lord_Howe", "timestamp", None),
        ("2026-10-04 02:30:00 Australia/Lord_Howe", "timestamp", "2026-10-03 15:30:00"),
        # And had 01:30 twice; the later one, in standard time, is taken.
        ("2026-11-01 01:30:00 America/New_York", "timestamp", "2026-11-01 06:30:00"),
        ("2026-03-08 02:30:00 America/Nowhere", "timestamp", None),
        # With an offset, or in UTC, every time exists.
        ("2026-03-08T02:30:00-05:00", "timestamp", "2026-03-08 07:30:00"),
        ("2026-03-08 02:30:00", "timestamp", "2026-03-08 02:30:00"),
        ("2026/03/08 02:30:00", "timestamp", "2026-03-08 02:30:00"),
        ("20261-11-22 09:00:00", "timestamp", None),
        ("9999-12-31 23:00:00-14:00", "timestamp", None),
        ("2026-11-22", "date", "2026-11-22"),
        ("2026-11-22 00:00:00", "date", "2026-11-22"),
        ("2026-11-22 09:00:00", "date", None),
        ("as it is ", "text", "as it is "),
        ("x" * 20_000, "text", "x" * 20_000),
        ("x" * 20_001, "text", None),
        ("with a \0 in it", "text", None),
    ],
)
def test_a_value_is_read_exactly_or_not_at_all(text, of, value):
    assert read(text, of) == value


def test_a_row_keeps_its_amount_even_if_a_value_is_too_fine_for_its_column():
    feed = feed_named("order_lines")
    columns = ", ".join(f"null::varchar as {name}" for name in feed.columns)
    landed = (
        f"select * replace ('3' as quantity, '0.00001' as unit_price, 'GBP' as currency), "
        f"1 as _position from (select {columns})"
    )
    with duckdb.connect() as con:
        found = con.execute(
            f"select unit_price, _mistyped, _amount, _currency "
            f"from ({casting.typed_rows(feed, landed)})"
        ).fetchall()

    assert [(price, rules, str(amount), currency) for price, rules, amount, currency in found] == [
        (None, ["type_unit_price"], "0.00003000", "GBP")
    ]


@pytest.mark.parametrize(
    ("order_id", "is_a_key"),
    [
        ("1001", True),
        ("单号-1", True),
        ("单号 1\u3000甲", True),
        ("caf\u00e9", True),
        ("cafe\u0301", False),
        ("1001 ", False),
        (" 1001", False),
        ("\u00a01001", False),
        ("1001\u3000", False),
        ("1001\n", False),
        # A grocer's real names have such spaces between words.
        ("10\u00a001", True),
        ("10\t01", False),
        ("10\n01", False),
        ("10\r\n01", False),
        ("10\u000b01", False),
        ("10\u000c01", False),
        ("10\u008501", False),
        ("10\u168001", False),
        ("10\u200301", False),
        ("10\u200901", False),
        ("10\u202801", False),
        ("10\u202f01", False),
        ("10\u205f01", False),
        ("1001\ufe0f", False),
        ("1001\u3164", False),
        ("1001\ue000", False),
        ("1001\U000e0101", False),
        ("", False),
        (" \u3000", False),
        ("1001\u200b", False),
        ("\x1b[31m1001", False),
        ("\u202e1001", False),
    ],
)
def test_a_key_has_one_spelling_and_no_invisible_characters(order_id, is_a_key):
    feed = feed_named("orders")
    columns = ", ".join(f"null::varchar as {name}" for name in feed.columns)
    landed = f"select * replace (? as order_id), 1 as _position from (select {columns})"
    with duckdb.connect() as con:
        (found,) = con.execute(
            f"select order_id, _mistyped from ({casting.typed_rows(feed, landed)})", [order_id]
        ).fetchall()

    assert found == ((order_id, None) if is_a_key else (None, ["type_order_id"]))


@pytest.mark.parametrize(
    ("store_id", "is_a_store"),
    [("all", False), ("All", False), ("ALL", False), (" all", False), ("all_in", True)],
)
@pytest.mark.parametrize("feed", ["stores", "orders", "calendar_events"])
def test_no_store_has_the_name_of_the_total(feed, store_id, is_a_store):
    columns = ", ".join(f"null::varchar as {name}" for name in feed_named(feed).columns)
    landed = f"select * replace (? as store_id), 1 as _position from (select {columns})"
    with duckdb.connect() as con:
        (found,) = con.execute(
            f"select store_id, _mistyped from ({casting.typed_rows(feed_named(feed), landed)})",
            [store_id],
        ).fetchall()

    assert found == ((store_id, None) if is_a_store else (None, ["type_store_id"]))


def test_a_key_has_a_reason_of_its_own():
    assert "two spellings" in casting.why(feed_named("orders"), "order_id")
    assert "two spellings" in casting.why(feed_named("tasks"), "store_id")
    assert "neither summed" in casting.why(feed_named("orders"), "paid_amount")
