import os
import re
import sqlite3
import traceback
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import structlog
from sqlalchemy import create_engine, make_url, text

from storepulse.errors import (
    SourceError,
    SourceInvalid,
    SourceUnreachable,
    SourceUnreadable,
    WindowTooLarge,
)
from storepulse.extract import sql
from storepulse.extract.as_text import column_as_text
from storepulse.feeds.connections import SqlConnection
from storepulse.notify.task_failures import Failure, mail_engineers, note
from storepulse.settings import Settings
from storepulse.windows import Window

ORDERS = """
    select order_no as order_id, paid_total as paid_amount, modified as updated_at
    from orders
    where modified >= :window_start and modified < :window_end
    order by order_no
"""
QUICK = {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.02}


@pytest.fixture
def shop(tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.sqlite")
    connection.execute(
        "create table orders (order_no text, paid_total numeric(18, 2), modified datetime)"
    )

    def place(*orders: tuple[object, ...]) -> None:
        connection.executemany("insert into orders values (?, ?, ?)", orders)
        connection.commit()

    yield place
    connection.close()


@pytest.fixture
def config(tmp_path):
    return SqlConnection(kind="sql", url=f"sqlite:///{tmp_path}/shop.sqlite", retry=QUICK)


def test_a_window_takes_its_first_moment_and_not_its_last(shop, config, request_for, landed_rows):
    shop(
        ("before", 1, "2026-11-21 23:59:59.999999"),
        ("first", 1, "2026-11-22 00:00:00.000000"),
        ("first, no fraction", 1, "2026-11-22 00:00:00"),
        ("last", 1, "2026-11-22 05:59:59.999999"),
        ("next", 1, "2026-11-22 06:00:00.000000"),
        ("next, no fraction", 1, "2026-11-22 06:00:00"),
    )

    sql.extract(config, request_for(ORDERS))

    assert [row[0] for row in landed_rows()] == ["first", "first, no fraction", "last"]


def test_amounts_come_out_to_the_cent_without_the_noise_of_doubles(
    shop, config, request_for, landed_rows
):
    at = "2026-11-22 01:00:00"
    shop(("a", "12.3", at), ("b", "12", at), ("c", 12.3 * 3, at), ("d", None, at))
    shop(("e", 123456789012.34, at), ("f", 0.00001, at), ("g", 9007199254740993, at))

    extracted = sql.extract(config, request_for(ORDERS))

    assert [row[1] for row in landed_rows()] == [
        "12.3",
        "12",
        "36.9",
        None,
        "123456789012.34",
        "0.00001",
        "9007199254740993",
    ]
    assert extracted.columns["paid_amount"] == "double or integer"


def test_amounts_without_exponents_take_a_short_cut_to_the_same_text(
    shop, config, request_for, landed_rows
):
    at = "2026-11-22 01:00:00"
    shop(("a", 12.3 * 3, at), ("b", 7, at), ("c", None, at), ("d", 0.1 + 0.2, at))

    sql.extract(config, request_for(ORDERS))

    assert [row[1] for row in landed_rows()] == ["36.9", "7", None, "0.3"]


def test_a_value_of_the_wrong_type_is_landed_for_validation_to_refuse(
    shop, config, request_for, landed_rows
):
    shop(("a", 1.5, "2026-11-22 01:00:00"), ("b", "n/a", "2026-11-22 01:00:00"))

    sql.extract(config, request_for(ORDERS))

    assert [row[1] for row in landed_rows()] == ["1.5", "n/a"]


def test_rows_come_in_batches_and_keep_their_order(shop, tmp_path, request_for, landed_rows):
    shop(*((f"{number:05d}", number, "2026-11-22 01:00:00") for number in range(1_001)))
    config = SqlConnection(kind="sql", url=f"sqlite:///{tmp_path}/shop.sqlite", rows_per_fetch=100)

    extracted = sql.extract(config, request_for(ORDERS))

    assert extracted.rows == 1_001
    assert [int(row[1]) for row in landed_rows()] == list(range(1_001))


def test_a_window_without_rows_still_has_its_columns(shop, config, request_for, landed_rows):
    extracted = sql.extract(config, request_for(ORDERS))

    assert landed_rows() == []
    assert extracted.columns == {
        "order_id": "null",
        "paid_amount": "null",
        "updated_at": "null",
    }


def test_more_rows_than_the_source_allows_are_refused(shop, config, request_for):
    shop(*((str(number), 1, "2026-11-22 01:00:00") for number in range(11)))

    sql.extract(config, request_for(ORDERS, max_rows=11))
    with pytest.raises(WindowTooLarge, match=r"max_rows = 10 .* shorter windows"):
        sql.extract(config, request_for(ORDERS, max_rows=10))


def test_a_database_file_that_is_not_there_is_unreachable_and_not_created(tmp_path, request_for):
    config = SqlConnection(kind="sql", url=f"sqlite:///{tmp_path}/absent.sqlite", retry=QUICK)

    with pytest.raises(SourceUnreachable, match=r"no SQLite file .*absent\.sqlite"):
        sql.extract(config, request_for(ORDERS))
    assert not (tmp_path / "absent.sqlite").exists()


def test_a_database_that_refuses_connections_is_asked_again_and_then_unreachable(
    request_for, caplog
):
    # Port 9 of loopback: nobody listens.
    url = "postgresql+psycopg://reader:s3cret@127.0.0.1:9/shop"
    config = SqlConnection(kind="sql", url=url, retry=QUICK)

    with pytest.raises(SourceUnreachable, match="did not answer") as refused:
        sql.extract(config, request_for(ORDERS))
    assert len([r for r in caplog.records if "attempt" in r.getMessage()]) == 2
    assert "s3cret" not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select colour from orders", "no such column"),
        ("select order_no from invoices", "no such table"),
        ("selct 1", "syntax error"),
        ("select order_no as a, modified as a from orders", "'a' twice"),
    ],
)
def test_a_query_the_database_refuses_is_not_asked_again(
    shop, config, request_for, caplog, query, message
):
    with pytest.raises(SourceUnreadable, match=rf"shop/feed\.sql.*{message}"):
        sql.extract(config, request_for(query))
    assert "attempt" not in caplog.text


ENDLESS = """
    with recursive again (n) as (select 1 union all select 1 from again)
    select max(n) as order_id from again
"""


def test_a_query_that_never_ends_is_given_up_and_not_asked_again_at_once(
    shop, tmp_path, request_for, monkeypatch
):
    asked = []
    stream = sql._stream
    monkeypatch.setattr(sql, "_stream", lambda *given: asked.append(given) or stream(*given))
    config = SqlConnection(
        kind="sql", url=f"sqlite:///{tmp_path}/shop.sqlite", timeout_seconds=0.2, retry=QUICK
    )

    with pytest.raises(
        SourceUnreachable,
        match=r"shop\.sqlite gave no rows of .* for 0\.2 s;.*index.*raise timeout_seconds",
    ):
        sql.extract(config, request_for(ENDLESS))

    assert len(asked) == 1


def test_the_time_is_that_of_a_batch_and_not_of_a_long_window(
    shop, tmp_path, request_for, monkeypatch
):
    seconds = [0.0]
    monkeypatch.setattr(sql, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    as_text = sql.column_as_text

    def written_in_a_second(values):
        seconds[0] += 1
        return as_text(values)

    monkeypatch.setattr(sql, "column_as_text", written_in_a_second)
    config = SqlConnection(
        kind="sql",
        url=f"sqlite:///{tmp_path}/shop.sqlite",
        timeout_seconds=1.5,
        rows_per_fetch=20_000,
    )
    many = "with recursive r (n) as (select 1 union all select n + 1 from r limit 100000) "

    assert sql.extract(config, request_for(many + "select n as order_id from r")).rows == 100_000


def test_a_file_that_is_no_database_is_unreadable(tmp_path, request_for):
    (tmp_path / "shop.sqlite").write_text("order_no,paid_total\n" * 100)
    config = SqlConnection(kind="sql", url=f"sqlite:///{tmp_path}/shop.sqlite", retry=QUICK)

    with pytest.raises(SourceUnreadable, match="not a database"):
        sql.extract(config, request_for(ORDERS))


def test_text_in_another_encoding_is_unreadable(tmp_path, shop, config, request_for):
    connection = sqlite3.connect(tmp_path / "shop.sqlite")
    connection.execute(
        "insert into orders values (cast(x'636166e9' as text), 1, '2026-11-22 01:00:00')"
    )
    connection.commit()
    connection.close()

    with pytest.raises(SourceUnreadable, match=r"[Cc]ould not decode"):
        sql.extract(config, request_for(ORDERS))


def test_a_parameter_nobody_fills_is_a_fault_of_the_mapping(shop, config, request_for):
    with pytest.raises(SourceInvalid, match=r"asks for \['store'\]"):
        sql.extract(config, request_for("select 1 from orders where shop = :store"))


def test_an_address_that_is_none_is_invalid_and_not_shown(request_for):
    config = SqlConnection(kind="sql", url="mydb://reader:s3cret@shop", retry=QUICK)

    with pytest.raises(SourceInvalid) as refused:
        sql.extract(config, request_for(ORDERS))
    assert "s3cret" not in str(refused.value)
    assert refused.value.__context__ is None


def test_values_of_every_driver_are_written_the_same_way():
    values = [
        True,
        Decimal("1E+2"),
        Decimal("12.30"),
        datetime(2026, 11, 22, 16, 0, tzinfo=timezone(timedelta(hours=8))),
        datetime(2026, 11, 22, 8, 0, 0, 250_000),
        date(2026, 11, 22),
        b"\x01\xff",
        {"a": [1]},
        None,
    ]

    assert column_as_text(values).to_pylist() == [
        "true",
        "100",
        "12.30",
        "2026-11-22 08:00:00",
        "2026-11-22 08:00:00.250000",
        "2026-11-22",
        "01ff",
        '{"a": [1]}',
        None,
    ]


@pytest.mark.postgres
def test_postgres_gives_exact_amounts_moments_in_utc_and_booleans(
    postgres_url, request_for, landed_rows
):
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        # A shop's server keeps its own clock; ours is set for the session.
        database = make_url(postgres_url).database
        connection.execute(text(f"alter database {database} set timezone to 'Asia/Shanghai'"))
        connection.execute(
            text(
                "create table slips (amount numeric(30, 10), done boolean, day date, "
                "modified timestamp, seen timestamptz)"
            )
        )
        connection.execute(
            text(
                "insert into slips values "
                "(12345678901234567890.30, true, '2026-11-22', '2026-11-22 00:00', "
                "'2026-11-22 08:00:00.5+08'), "
                "(0.1, false, null, '2026-11-22 06:00', '2026-11-22 14:00+08')"
            )
        )
    engine.dispose()

    extracted = sql.extract(
        SqlConnection(kind="sql", url=postgres_url, retry=QUICK),
        request_for(
            "select amount, done, day, modified, seen from slips "
            "where modified >= :window_start and modified < :window_end "
            "and seen >= :window_start and seen < :window_end"
        ),
    )

    assert landed_rows() == [
        (
            "12345678901234567890.3000000000",
            "true",
            "2026-11-22",
            "2026-11-22 00:00:00",
            "2026-11-22 00:00:00.500000",
        )
    ]
    assert list(extracted.columns.values()) == [
        "numeric",
        "boolean",
        "date",
        "timestamp",
        "timestamp",
    ]


@pytest.mark.postgres
def test_postgres_refusing_a_query_or_a_password_is_unreadable(postgres_url, request_for):
    config = SqlConnection(kind="sql", url=postgres_url, retry=QUICK)

    with pytest.raises(SourceUnreadable, match="does not exist"):
        sql.extract(config, request_for("select * from no_such_table"))


@pytest.mark.postgres
def test_postgres_gives_up_a_query_that_takes_too_long_and_is_not_asked_again_at_once(
    postgres_url, request_for, caplog
):
    config = SqlConnection(kind="sql", url=postgres_url, timeout_seconds=0.2, retry=QUICK)

    with pytest.raises(SourceUnreachable, match=r"gave no rows of .* for 0\.2 s"):
        sql.extract(config, request_for("select pg_sleep(60)::text as order_id"))

    assert "attempt 1 failed" not in caplog.text


def test_a_long_window_streams_from_postgres_without_filling_memory(postgres_url, request_for):
    psutil = pytest.importorskip("psutil")
    config = SqlConnection(kind="sql", url=postgres_url, rows_per_fetch=5_000)
    rows = 600_000
    query = f"select number, repeat('x', 500) as filling from generate_series(1, {rows}) as number"
    year = Window.from_iso("2026-01-01", "2027-01-01")
    before = psutil.Process().memory_info().rss

    extracted = sql.extract(config, request_for(query, year))

    assert extracted.rows == rows
    # The whole result is 300 MB of text.
    assert psutil.Process().memory_info().rss - before < 150 * 1024 * 1024


@pytest.mark.postgres
@pytest.mark.parametrize("times", [1, 3])
def test_a_connection_lost_in_mid_fetch_never_lands_a_part(
    postgres_url, postgres_cluster, request_for, landed_rows, monkeypatch, times
):
    """The server ends the session after the first batch, once or at each of three attempts."""
    rows = 5_000
    query = f"select number, repeat('x', 500) as filling from generate_series(1, {rows}) as number"
    config = SqlConnection(kind="sql", url=postgres_url, rows_per_fetch=100, retry=QUICK)
    left, sent = [times], []
    as_text = sql.column_as_text

    def end_the_session(values):
        sent.append(len(values))
        if left[0] and len(sent) % 2 == 0:
            left[0] -= 1
            with postgres_cluster.connect() as connection:
                ended = connection.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                    "where datname = %s",
                    (make_url(postgres_url).database,),
                ).fetchall()
            assert ended == [(True,)]
        return as_text(values)

    monkeypatch.setattr(sql, "column_as_text", end_the_session)

    if times == 1:
        assert sql.extract(config, request_for(query)).rows == rows
        assert [int(row[0]) for row in landed_rows()] == list(range(1, rows + 1))
    else:
        with pytest.raises(SourceUnreachable, match="terminating connection"):
            sql.extract(config, request_for(query))
    assert left == [0]


@pytest.mark.parametrize("kept", [0.9, 0.5, 0.1])
def test_a_database_file_that_was_cut_off_never_lands_a_part(
    shop, config, tmp_path, request_for, kept
):
    shop(*((f"{number:05d}" * 20, number, "2026-11-22 01:00:00") for number in range(3_000)))
    place = tmp_path / "shop.sqlite"
    os.truncate(place, int(place.stat().st_size * kept))

    with pytest.raises(SourceUnreadable, match="malformed"):
        sql.extract(config, request_for(ORDERS.replace("order by order_no", "")))


UNUSUAL_PASSWORDS = {
    "two-ats": "Kiwi@Plum!",
    "at-and-colon": "Kiwi@Plum:Fig",
    "at-and-slash": "Kiwi@Plum/Fig",
    "at-and-question": "Kiwi@Plum?Fig",
    "at-and-hash": "Kiwi@Plum#Fig",
    "slash": "Kiwi/Plum",
    "question": "Kiwi?Plum=Fig",
    "percent": "Kiwi%Plum%zz",
    "bracket": "Kiwi[Plum]",
    "blank": "Kiwi Plum",
    "quotes": "Kiwi'Plum\"",
    "line-break": "Kiwi\nPlum",
}
ADDRESSES = {
    **{
        id: f"postgresql+psycopg://shopreader:{password}@127.0.0.1:9/books"
        for id, password in UNUSUAL_PASSWORDS.items()
    },
    "no-at": "postgresql+psycopg://shopreader:KiwiPlum/127.0.0.1:9/books",
    "digits-for-a-port": "postgresql+psycopg://shopreader:4711Kiwi",
    "slash-in-the-user": "postgresql+psycopg://127.0.0.1/Plum:KiwiPlum@127.0.0.1:9/books",
    "no-scheme": "shopreader:KiwiPlum@127.0.0.1:9/books",
    "empty-label": "postgresql+psycopg://shopreader:KiwiPlum@db..host:9/books",
    "in-the-query": "postgresql+psycopg://127.0.0.1:9/books?user=shopreader&password=KiwiPlum",
    "unknown-option": "postgresql+psycopg://127.0.0.1:9/books?KiwiPlum=Fig",
    "wrong-option": "postgresql+psycopg://127.0.0.1:9/books?sslmode=KiwiPlum",
    "nul-in-the-password": "postgresql+psycopg://shopreader:Kiwi%00Plum@127.0.0.1:9/books",
    "nul-in-the-database": "postgresql+psycopg://shopreader:Fig@127.0.0.1:9/books%00KiwiPlum",
    "nul-in-an-option": "postgresql+psycopg://127.0.0.1:9/books?options=Kiwi%00",
    "nul-in-a-path": "sqlite:///%00KiwiPlum",
    "login-in-an-option": "postgresql+psycopg:///books?host=shopreader:KiwiPlum@127.0.0.1:9",
    "hosts-with-commas": "postgresql+psycopg://shopreader:KiwiPlum@127.0.0.1,127.0.0.2:9/books",
    "hosts-and-ports": "postgresql+psycopg://shopreader:KiwiPlum@one:9,two:9/books",
    "hosts-as-options": "postgresql+psycopg://shopreader:KiwiPlum@/books?host=127.0.0.1:9"
    "&host=127.0.0.2:9",
    "hosts-in-one-option": "postgresql+psycopg://shopreader:KiwiPlum@/books"
    "?host=127.0.0.1,127.0.0.2&port=9,9",
    "port-of-no-number": "postgresql+psycopg://shopreader:KiwiPlum@127.0.0.1:94711/books",
    "on-a-link": "postgresql+psycopg://shopreader:KiwiPlum@[fe80::1%25lo]:9/books",
    "sqlite-on-a-host": "sqlite://shopreader:KiwiPlum@127.0.0.1:/",
}


def whatever_is_printed(failure):
    """What a log or a mail can show of an error: as Python and as Airflow's logger write it."""
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)(
        (type(failure), failure, failure.__traceback__)
    )
    kept = [failure.__cause__, failure.__context__, failure.args]
    # Lines of the test's own source are printed with a traceback; the connector's are what counts.
    printed = "".join(traceback.format_exception(failure, limit=0))
    return f"{printed} {kept} {[frame['exc_value'] for frame in frames]}"


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_nothing_of_an_address_but_host_and_database_is_ever_shown(
    request_for, caplog, tmp_path, address
):
    caplog.set_level("DEBUG")
    config = SqlConnection(kind="sql", url=address, retry=QUICK)

    with pytest.raises(SourceError) as refused:
        sql.extract(config, request_for(ORDERS))

    settings = Settings(home=tmp_path, smtp_host=None)
    failure = Failure("ingest", "land", "run", 1, refused.value, "http://log", "")
    mail_engineers(settings, failure)
    note(settings, replace(failure, feed="orders"))
    mails = [path.read_text("utf-8") for path in settings.outbox.rglob("*.*") if path.is_file()]
    assert [type(refused.value).__name__ in text for text in mails].count(True) >= 2
    # A mail's own number has digits enough to hold any.
    text = re.sub(r"<[\d.]+@", "<", "".join(mails))
    shown = whatever_is_printed(refused.value) + caplog.text + text + repr(config)
    for part in ("Kiwi", "Plum", "Fig", "shopreader", "4711", "port 9", ":9"):
        assert part not in shown


@pytest.mark.parametrize("id", ["two-ats", "at-and-colon", "at-and-slash", "at-and-question"])
def test_an_at_in_a_password_is_to_be_escaped(request_for, caplog, id):
    with pytest.raises(SourceInvalid, match=r"write @ as %40"):
        sql.extract(SqlConnection(kind="sql", url=ADDRESSES[id], retry=QUICK), request_for(ORDERS))

    escaped = quote(UNUSUAL_PASSWORDS[id], safe="")
    url = f"postgresql+psycopg://shopreader:{escaped}@127.0.0.1:9/books"
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1/books did not answer"):
        sql.extract(SqlConnection(kind="sql", url=url, retry=QUICK), request_for(ORDERS))
    assert "Plum" not in caplog.text


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            ADDRESSES["nul-in-the-database"],
            r"^source\.yaml: the .* address contains a NUL .*take it out",
        ),
        (ADDRESSES["nul-in-a-path"], "contains a NUL"),
        (ADDRESSES["hosts-with-commas"], r"several hosts .* /name\?host=one:5432&host=two:5432"),
        (ADDRESSES["hosts-and-ports"], r"several hosts .* /name\?host=one:5432&host=two:5432"),
        (ADDRESSES["port-of-no-number"], "in one way only"),
        ("sqlite://", "names no file; expected for example sqlite:////folder/shop.sqlite"),
        ("sqlite:///:memory:", "names no file"),
        (f"sqlite:////{'x' * 5000}", "cannot be read: File name too long; correct it"),
    ],
)
def test_an_address_that_a_driver_would_read_otherwise_is_refused_with_its_reason(
    request_for, address, message
):
    with pytest.raises(SourceInvalid, match=message.replace(" /name", " .*/name")):
        sql.extract(SqlConnection(kind="sql", url=address, retry=QUICK), request_for(ORDERS))


@pytest.mark.parametrize(
    ("id", "place"),
    [
        ("on-a-link", "fe80::1%lo/books"),
        ("hosts-as-options", "127.0.0.1, 127.0.0.2/books"),
        ("hosts-in-one-option", "127.0.0.1, 127.0.0.2/books"),
    ],
)
def test_hosts_are_named_however_an_address_gives_them(request_for, id, place):
    with pytest.raises(SourceUnreachable, match=f"^{re.escape(place)} did not answer") as refused:
        sql.extract(SqlConnection(kind="sql", url=ADDRESSES[id], retry=QUICK), request_for(ORDERS))
    assert "Is the server running on that host" in str(refused.value) or id == "on-a-link"


@pytest.mark.postgres
def test_the_second_host_is_asked_where_the_first_is_down(postgres_url, request_for, landed_rows):
    url = make_url(postgres_url)
    hosts = {"host": ["127.0.0.1:9", f"127.0.0.1:{url.port}"]}
    several = url.set(host=None, port=None, query=hosts)
    config = SqlConnection(
        kind="sql", url=several.render_as_string(hide_password=False), retry=QUICK
    )

    sql.extract(config, request_for("select 7 as order_id"))

    assert landed_rows() == [("7",)]


@pytest.mark.postgres
def test_a_wrong_password_is_reported_without_user_and_password(postgres_url, request_for):
    url = make_url(postgres_url).set(password="Kiwi@Plum")
    config = SqlConnection(kind="sql", url=url.render_as_string(hide_password=False), retry=QUICK)

    with pytest.raises(SourceUnreadable, match="authentication failed") as refused:
        sql.extract(config, request_for(ORDERS))

    assert refused.value.__context__ is None
    for part in ("Kiwi", "Plum", '"shop"', str(url.port)):
        assert part not in str(refused.value)


@pytest.mark.postgres
def test_what_a_driver_quotes_of_a_row_is_in_no_chained_error(postgres_url, request_for):
    config = SqlConnection(kind="sql", url=postgres_url, retry=QUICK)

    with pytest.raises(SourceUnreadable) as refused:
        sql.extract(config, request_for("select 'jane@example.org'::text::integer as order_id"))

    assert "jane" not in whatever_is_printed(refused.value)
