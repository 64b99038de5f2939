import gzip
import json
import os
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from storepulse.errors import SourceInvalid, SourceUnreachable, SourceUnreadable, WindowTooLarge
from storepulse.extract import files
from storepulse.feeds.connections import FilesConnection
from storepulse.windows import Window

EVENTS = {
    "path": "dt={date}/hour={hour}/events-*.jsonl.gz",
    "format": "jsonl",
    "columns": ["id", "amount", "received"],
}
ALL_EVENTS = "select id as event_id, amount from events"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "shop's files"
    root.mkdir()
    return root


@pytest.fixture
def write(root):
    def write(name: str, content: bytes) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


def lines(*records: object) -> bytes:
    return gzip.compress(b"".join(json.dumps(record).encode() + b"\n" for record in records))


def connection_to(root: Path, **table: object) -> FilesConnection:
    # Written a while ago, as a window's files are; younger ones are waited for.
    for path in root.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return FilesConnection(kind="files", root=root, tables={"events": table})


def test_a_window_opens_the_files_of_its_own_hours_only(root, write, request_for, landed_rows):
    write("dt=2026-11-21/hour=23/events-a.jsonl.gz", b"not even gzip")
    write("dt=2026-11-22/hour=00/events-b.jsonl.gz", lines({"id": "b", "amount": 1, "received": 1}))
    write("dt=2026-11-22/hour=00/events-a.jsonl.gz", lines({"id": "a", "amount": 2, "received": 1}))
    write("dt=2026-11-22/hour=00/.events-a.jsonl.gz", b"half written by the log server")
    write("dt=2026-11-22/hour=05/events-a.jsonl.gz", lines({"id": "c", "amount": 3, "received": 1}))
    write("dt=2026-11-22/hour=06/events-a.jsonl.gz", b"not even gzip")

    files.extract(connection_to(root, **EVENTS), request_for(ALL_EVENTS))

    assert landed_rows() == [("a", "2"), ("b", "1"), ("c", "3")]


def test_the_query_filters_by_the_window(root, write, request_for, landed_rows):
    at = ["2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z", "2026-11-22T06:00:00Z"]
    events = [{"id": str(n), "amount": 1, "received": moment} for n, moment in enumerate(at)]
    write("dt=2026-11-22/hour=00/events-a.jsonl.gz", lines(*events))

    files.extract(
        connection_to(root, **EVENTS),
        request_for(
            "select id, received::timestamp as received_at, timezone('UTC', received::timestamp) "
            "as zoned from events where received::timestamp >= :window_start "
            "and received::timestamp < :window_end"
        ),
    )

    assert landed_rows() == [("1", "2026-11-22 00:00:00", "2026-11-22 00:00:00")]


def test_hours_without_files_are_hours_without_rows(root, request_for, landed_rows):
    extracted = files.extract(connection_to(root, **EVENTS), request_for(ALL_EVENTS))

    assert landed_rows() == []
    assert list(extracted.columns) == ["event_id", "amount"]


def test_a_root_that_is_not_mounted_is_unreachable(tmp_path, request_for):
    with pytest.raises(SourceUnreachable, match=r"no folder .*absent; check that it is mounted"):
        files.extract(connection_to(tmp_path / "absent", **EVENTS), request_for(ALL_EVENTS))


def test_a_root_that_cannot_be_read_is_unreachable(tmp_path, request_for):
    connection = FilesConnection(
        kind="files", root=tmp_path / ("x" * 5000), tables={"events": EVENTS}
    )

    with pytest.raises(SourceUnreachable, match="cannot be read: File name too long; check"):
        files.extract(connection, request_for(ALL_EVENTS))


def test_a_file_of_no_particular_hour_must_exist(root, request_for):
    connection = connection_to(root, path="export-*.csv", format="csv")

    with pytest.raises(SourceUnreachable, match=r"no file matches .*export-\*\.csv"):
        files.extract(connection, request_for("select * from events"))


EVENT = {"id": "a", "amount": 1, "received": "x"}
GOOD = lines(EVENT)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (
            lines(*({"id": n, "amount": 1, "received": "x"} for n in range(9_999)))[:-900],
            "end of GZ",
        ),
        (GOOD[:-4], "end of GZIP"),
        (b'{"id": "a"}\n', "not a GZIP"),
        (
            gzip.compress(b'{"id": "caf\xe9", "amount": 1, "received": 1}\n'),
            "line 1: .*inv.* UTF-8",
        ),
        (gzip.compress(b'{"id": "a", "amount": 1, "received": 1}\n{"id": "b",\n'), "line 2"),
        (gzip.compress(b'["jane@example.org"]\n'), "line 1: Expected OBJECT"),
    ],
    ids=["empty", "truncated", "no-trailer", "not-gzip", "latin-1", "malformed", "not-an-object"],
)
def test_json_lines_that_cannot_be_read_are_named_with_their_file(
    root, write, request_for, content, message
):
    write("dt=2026-11-22/hour=00/events-a.jsonl.gz", GOOD)
    path = write("dt=2026-11-22/hour=03/events-a.jsonl.gz", content)

    with pytest.raises(SourceUnreadable, match=message) as refused:
        files.extract(connection_to(root, **EVENTS), request_for(ALL_EVENTS))
    assert str(path) in str(refused.value)
    assert "jane" not in str(refused.value)


def test_a_key_that_no_record_has_is_a_missing_column(root, write, request_for):
    write("dt=2026-11-22/hour=00/events-a.jsonl.gz", lines({"id": "a", "total": 1, "received": 1}))

    with pytest.raises(SourceUnreadable, match=r"events-a\.jsonl\.gz has the column 'amount'"):
        files.extract(connection_to(root, **EVENTS), request_for(ALL_EVENTS))


def test_a_key_that_some_records_leave_out_is_null_there(root, write, request_for, landed_rows):
    events = [{"id": "a", "received": 1}, {"id": "b", "amount": "12.30", "received": 1}]
    write("dt=2026-11-22/hour=00/events-a.jsonl.gz", lines(*events))

    files.extract(connection_to(root, **EVENTS), request_for(ALL_EVENTS))

    assert landed_rows() == [("a", None), ("b", "12.30")]


def test_a_key_that_records_may_leave_out_can_be_absent(root, write, request_for, landed_rows):
    write("dt=2026-11-22/hour=00/events-a.jsonl.gz", lines({"id": "a", "received": 1}))

    files.extract(connection_to(root, **EVENTS, optional=["amount"]), request_for(ALL_EVENTS))

    assert landed_rows() == [("a", None)]


CSV = {"path": "*.csv", "format": "csv"}


def test_csv_values_stay_as_they_are_written(root, write, request_for, landed_rows):
    write("a.csv", b'\xef\xbb\xbfid,amount,note\r\n007,12.30,"x, ""y""\r\nz"\r\n1,,\r\n')
    write("b.csv", b"note,amount,id\nn,1e3,8\n")
    write("c.csv", b"id,amount,note\n")
    write(".d.csv", b"half written")

    files.extract(
        connection_to(root, **CSV), request_for("select id, amount, note as remark from events")
    )

    assert landed_rows() == [
        ("007", "12.30", 'x, "y"\r\nz'),
        ("1", None, None),
        ("8", "1e3", "n"),
    ]


def test_a_file_gives_its_name_where_the_table_asks_for_it(root, write, request_for, landed_rows):
    write("2026-11-21/prices_2026-11-21.csv", b"id,amount\n1,12.30\n")
    write("2026-11-22/prices_2026-11-22.csv", b"amount,id\n12.50,1\n")
    by_day = {"path": "{date}/prices_*.csv", "format": "csv", "columns": ["id", "amount"]}

    files.extract(
        connection_to(root, **by_day, file_name="file"),
        request_for("select * from events", Window.from_iso("2026-11-21", "2026-11-24")),
    )

    assert landed_rows() == [
        ("1", "12.30", "prices_2026-11-21.csv"),
        ("1", "12.50", "prices_2026-11-22.csv"),
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_files_of_every_format_give_their_names(root, write, request_for, landed_rows, kind):
    if kind == "jsonl":
        write("a.jsonl", b'{"id": 1}\n')
    else:
        place = str(root / "a.parquet").replace("'", "''")
        duckdb.execute(f"copy (select 1 as id) to '{place}'")

    files.extract(
        connection_to(root, path=f"a.{kind}", format=kind, columns=["id"], file_name="file"),
        request_for("select id, file from events"),
    )

    assert landed_rows() == [("1", f"a.{kind}")]


def test_a_window_without_a_file_has_the_files_name_as_a_column_too(root, request_for, landed_rows):
    files.extract(
        connection_to(root, **EVENTS, file_name="file"), request_for("select id, file from events")
    )

    assert landed_rows() == []


def test_csv_columns_without_a_name_are_called_by_their_place(
    root, write, request_for, landed_rows
):
    write("a.csv", b"id,amount,,\n1,12.30,,\n2,a small,kettle,12.30\n")

    files.extract(
        connection_to(root, **CSV), request_for("select id, column3, column4 from events")
    )

    assert landed_rows() == [("1", None, None), ("2", "kettle", "12.30")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"bad\.csv is empty"),
        (b"id,note\n1,x\n", r"bad\.csv has no column 'amount'; its header has id, note"),
        (b"id,amount,note\n1,2\n", r"bad\.csv.*(Columns|columns)"),
        (b"id,amount,note\n1,2,3,jane@example.org\n", r"bad\.csv.*(Columns|columns)"),
        (b'id,amount,note\n1,"jane@example.org,3\n', r"bad\.csv"),
        ("id,amount,note\n1,2,café\n".encode("latin-1"), r"bad\.csv.*(utf-8|unicode)"),
        (b"id,amount,amount\n1,2,3\n", "distinct names"),
    ],
    ids=["empty", "no-column", "short", "long", "open-quote", "latin-1", "twice"],
)
def test_csv_that_cannot_be_read_is_named_with_its_file(root, write, request_for, content, message):
    write("a.csv", b"id,amount,note\n1,2,3\n")
    write("bad.csv", content)

    with pytest.raises(SourceUnreadable, match=message) as refused:
        files.extract(
            connection_to(root, **CSV), request_for("select id, amount, note from events")
        )
    assert "jane" not in str(refused.value)


def test_csv_in_the_encoding_that_is_configured(root, write, request_for, landed_rows):
    write("a.csv", "id;note\n1;café\n".encode("latin-1"))

    files.extract(
        connection_to(root, **CSV, encoding="latin-1", delimiter=";"),
        request_for("select * from events"),
    )

    assert landed_rows() == [("1", "café")]


def test_parquet_is_read_with_its_own_types_and_landed_as_text(root, request_for, landed_rows):
    place = str(root / "a.parquet").replace("'", "''")
    duckdb.execute(
        "copy (select 1 as id, 2.50::decimal(10, 2) as amount, true as done, "
        f"timestamptz '2026-11-22 08:00:00+08' as at) to '{place}'"
    )

    extracted = files.extract(
        connection_to(root, path="*.parquet", format="parquet"), request_for("select * from events")
    )

    assert landed_rows() == [("1", "2.50", "true", "2026-11-22 00:00:00")]
    assert extracted.columns["amount"] == "decimal(10,2)"


def test_a_parquet_file_cut_off_is_named(root, write, request_for):
    write("a.parquet", b"PAR1 and then nothing")

    with pytest.raises(SourceUnreadable, match=r"a\.parquet"):
        files.extract(
            connection_to(root, path="*.parquet", format="parquet"),
            request_for("select * from events"),
        )


def test_a_column_that_parquet_lacks_is_named(root, request_for):
    duckdb.execute(
        f"copy (select 1 as id) to '{str(root).replace(chr(39), chr(39) * 2)}/a.parquet'"
    )
    connection = connection_to(root, path="*.parquet", format="parquet", columns=["id", "amount"])

    with pytest.raises(SourceUnreadable, match=r"feed\.sql.*amount"):
        files.extract(connection, request_for("select * from events"))


def test_a_value_the_query_cannot_convert_is_not_shown(root, write, request_for):
    write("a.csv", b"id\njane@example.org\n")

    with pytest.raises(SourceUnreadable, match="use try_cast") as refused:
        files.extract(
            connection_to(root, **CSV), request_for("select id::integer as id from events")
        )
    assert "jane" not in str(refused.value)


@pytest.mark.parametrize(
    "query", ["select colour from events", "selct 1", "select id from events, unknown_table"]
)
def test_a_query_that_cannot_run_is_unreadable(root, write, request_for, query):
    write("a.csv", b"id\n1\n")

    with pytest.raises(SourceUnreadable, match=r"shop/feed\.sql"):
        files.extract(connection_to(root, **CSV), request_for(query))


def test_a_query_that_reads_no_table_of_the_connection_is_invalid(root, request_for):
    with pytest.raises(SourceInvalid, match="reads invoices; its connection has events"):
        files.extract(connection_to(root, **CSV), request_for("select * from invoices"))


def test_a_login_in_a_mapping_is_not_shown(root, request_for):
    query = "select * from 'postgresql://me:sesame@db.example/shop'"

    with pytest.raises(SourceInvalid, match=r"reads postgresql://…@db\.example") as refused:
        files.extract(connection_to(root, **CSV), request_for(query))
    assert "sesame" not in str(refused.value)


def test_more_rows_than_allowed_are_refused_before_they_fill_the_disk(
    root, write, request_for, landed_rows
):
    write("a.csv", b"id\n" + b"1\n" * 50_000)

    with pytest.raises(WindowTooLarge, match="max_rows = 100 "):
        files.extract(
            connection_to(root, **CSV), request_for("select id from events", max_rows=100)
        )
    assert len(landed_rows()) == 101


def test_many_files_need_no_more_memory_than_few(root, write, request_for, monkeypatch):
    monkeypatch.setattr("storepulse.extract.local_query.MEMORY_LIMIT", "250MB")
    events = lines(*({"id": "x" * 900} for _ in range(1_000)))
    for number in range(40):
        write(f"dt=2026-11-22/hour=00/events-{number}.jsonl.gz", events)

    extracted = files.extract(
        connection_to(root, **{**EVENTS, "columns": ["id"]}), request_for("select id from events")
    )

    assert extracted.rows == 40_000


def test_a_window_a_hundred_times_too_long_keeps_its_order(root, write, request_for, landed_rows):
    for hour in range(24):
        events = [{"id": f"{hour:02d}-{n:03d}", "amount": 1, "received": 1} for n in range(200)]
        write(f"dt=2026-11-22/hour={hour:02d}/events-a.jsonl.gz", lines(*events))

    files.extract(
        connection_to(root, **EVENTS),
        request_for(ALL_EVENTS, Window.from_iso("2026-11-01", "2026-11-26")),
    )

    ids = [row[0] for row in landed_rows()]
    assert len(ids) == 4_800
    assert ids == sorted(ids)


BY_HOUR = {**EVENTS, "complete_when": {"marker": "dt={date}/hour={hour}/_SUCCESS"}}
BY_PARTS = {**EVENTS, "complete_when": {"parts": 2}}
TWO_HOURS = Window.from_iso("2026-11-22T00:00", "2026-11-22T02:00")


def test_a_window_does_not_land_before_every_hours_marker_is_there(
    root, write, request_for, landed_rows
):
    for hour in ("00", "01"):
        write(f"dt=2026-11-22/hour={hour}/events-a.jsonl.gz", lines({**EVENT, "id": hour}))
    write("dt=2026-11-22/hour=00/_SUCCESS", b"")

    with pytest.raises(SourceUnreachable, match=r"not complete: its marker .*hour=01/_SUCCESS is"):
        files.extract(connection_to(root, **BY_HOUR), request_for(ALL_EVENTS, TWO_HOURS))
    write("dt=2026-11-22/hour=01/_SUCCESS", b"")
    files.extract(connection_to(root, **BY_HOUR), request_for(ALL_EVENTS, TWO_HOURS))

    assert [row[0] for row in landed_rows()] == ["00", "01"]


def test_a_marker_is_no_file_of_data(root, write, request_for, landed_rows):
    write("export-1.csv", b"id\n1\n")
    write("export-done.csv", b"2 files\n")

    files.extract(
        connection_to(
            root, path="*.csv", format="csv", complete_when={"marker": "export-done.csv"}
        ),
        request_for("select id from events"),
    )

    assert landed_rows() == [("1",)]


def test_an_hour_lands_with_as_many_files_as_agreed_no_fewer_and_no_more(
    root, write, request_for, landed_rows
):
    for name in ("00/events-a", "00/events-b", "01/events-a"):
        write(f"dt=2026-11-22/hour={name}.jsonl.gz", lines({**EVENT, "id": name}))

    with pytest.raises(SourceUnreachable, match=r"not complete: 1 of 2 files match .*hour=01"):
        files.extract(connection_to(root, **BY_PARTS), request_for(ALL_EVENTS, TWO_HOURS))
    write("dt=2026-11-22/hour=01/events-b.jsonl.gz", lines({**EVENT, "id": "01/events-b"}))
    files.extract(connection_to(root, **BY_PARTS), request_for(ALL_EVENTS, TWO_HOURS))
    assert len(landed_rows()) == 4

    write("dt=2026-11-22/hour=00/events-old.jsonl.gz", GOOD)
    with pytest.raises(SourceUnreadable, match=r"3 files match .*hour=00.*expected 2"):
        files.extract(connection_to(root, **BY_PARTS), request_for(ALL_EVENTS, TWO_HOURS))


@pytest.mark.parametrize("given", [{}, {"marker": "_SUCCESS", "parts": 2}, {"parts": 0}])
def test_complete_when_has_exactly_one_condition(root, given):
    with pytest.raises(ValueError, match=r"complete_when"):
        connection_to(root, **CSV, complete_when=given)


def test_a_file_that_is_still_being_written_is_not_read(root, write, request_for):
    place = write("a.csv", b"id\n1\n")
    connection = connection_to(root, **CSV)
    os.utime(place)

    def go_on():
        time.sleep(0.5)
        with place.open("ab") as growing:
            growing.write(b"2\n")

    writer = threading.Thread(target=go_on)
    writer.start()
    with pytest.raises(SourceUnreachable, match=r"a\.csv changed .*still being written"):
        files.extract(connection, request_for("select id from events"))
    writer.join()


def test_a_file_that_arrives_while_another_is_waited_for_is_read_too(
    root, write, request_for, landed_rows
):
    place = write("a.csv", b"id\n1\n")
    connection = connection_to(root, **CSV)
    os.utime(place)

    writer = threading.Timer(0.5, write, ("b.csv", b"id\n2\n"))
    writer.start()
    files.extract(connection, request_for("select id from events"))
    writer.join()

    assert landed_rows() == [("1",), ("2",)]


def test_a_file_too_many_that_arrives_while_waiting_is_refused(root, write, request_for):
    write("export-1.csv", b"id\n1\n")
    connection = connection_to(root, **CSV, complete_when={"parts": 1})
    os.utime(root / "export-1.csv")

    writer = threading.Timer(0.5, write, ("export-2.csv", b"id\n2\n"))
    writer.start()
    with pytest.raises(SourceUnreadable, match=r"2 files match .*expected 1"):
        files.extract(connection, request_for("select id from events"))
    writer.join()


def test_a_sender_that_goes_on_and_on_is_not_done(root, write, request_for, monkeypatch):
    monkeypatch.setattr(files, "AT_REST_SECONDS", 0.2)
    connection = connection_to(root, **CSV)
    write("0.csv", b"id\n0\n")
    stopped = threading.Event()

    def go_on():
        number = 0
        while not stopped.wait(0.05):
            number += 1
            # Under a temporary name and then renamed, as it should be: no file ever changes.
            write(".next", b"id\n1\n").rename(root / f"{number}.csv")

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        with pytest.raises(
            SourceUnreachable, match=r"keep arriving, such as .*\.csv.*complete_when"
        ):
            files.extract(connection, request_for("select id from events"))
    finally:
        stopped.set()
        writer.join()


@pytest.fixture
def share(tmp_path):
    """A folder on another file system than ours, whose clock may be wrong."""
    if not Path("/dev/shm").is_dir():
        pytest.skip("this machine has no second file system to write in")
    with TemporaryDirectory(dir="/dev/shm") as folder:
        share = Path(folder)
        assert share.stat().st_dev != tmp_path.stat().st_dev
        yield share


@pytest.mark.parametrize("seconds_wrong", [-300, 3_600])
def test_a_file_being_written_is_seen_by_a_clock_that_is_wrong_too(
    share, request_for, seconds_wrong
):
    place = share / "a.csv"
    connection = FilesConnection(kind="files", root=share, tables={"events": CSV})

    def write(content):
        with place.open("ab") as growing:
            growing.write(content)
        stamped = time.time() + seconds_wrong
        os.utime(place, (stamped, stamped))

    write(b"id\n1\n")
    writer = threading.Timer(0.5, write, (b"2\n",))
    writer.start()
    with pytest.raises(SourceUnreachable, match=r"a\.csv changed .*still being written"):
        files.extract(connection, request_for("select id from events"))
    writer.join()


def test_a_file_of_another_clock_that_rests_is_read(share, request_for, landed_rows):
    for name, age in (("a", 86_400), ("b", 120)):
        (share / f"{name}.csv").write_bytes(b"id\n1\n")
        os.utime(share / f"{name}.csv", (time.time() - age,) * 2)

    files.extract(
        FilesConnection(kind="files", root=share, tables={"events": CSV}),
        request_for("select id from events"),
    )

    assert landed_rows() == [("1",), ("1",)]


def test_a_file_written_just_now_is_read_once_it_has_rested(root, write, request_for, landed_rows):
    place = write("a.csv", b"id\n1\n")
    connection = connection_to(root, **CSV)
    just_now = time.time() - 1
    os.utime(place, (just_now, just_now))

    files.extract(connection, request_for("select id from events"))

    assert time.time() - just_now >= 2
    assert landed_rows() == [("1",)]


def test_a_file_that_changes_while_it_is_read_is_to_be_read_again(
    root, write, request_for, monkeypatch
):
    place = write("a.csv", b"id\n1\n")
    connection = connection_to(root, **CSV)
    read = files.write_rows

    def replaced_meanwhile(*given):
        extracted = read(*given)
        place.write_bytes(b"id\n1\n2\n")
        return extracted

    monkeypatch.setattr(files, "write_rows", replaced_meanwhile)

    with pytest.raises(SourceUnreachable, match=r"a\.csv changed"):
        files.extract(connection, request_for("select id from events"))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_file_without_a_row_among_others_that_have_some_is_noted(root, write, request_for, kind):
    if kind == "parquet":
        for name, rows in (("full", 1), ("none", 0)):
            place = str(root / f"{name}.parquet").replace("'", "''")
            duckdb.execute(f"copy (select 1 as id limit {rows}) to '{place}' (format parquet)")
    else:
        full, none = ("id\n1\n", "id\n") if kind == "csv" else ('{"id": 1}\n', "\n")
        write(f"full.{kind}.gz", gzip.compress(full.encode()))
        write(f"none.{kind}.gz", gzip.compress(none.encode()))
    table = {"path": f"*.{kind}*", "format": kind, "columns": ["id"]}

    extracted = files.extract(connection_to(root, **table), request_for("select id from events"))

    assert extracted.rows == 1
    assert len(extracted.notes) == 1
    assert "1 of 2 files have no row while the others do" in extracted.notes[0]
    assert f"none.{kind}" in extracted.notes[0]


def test_files_that_are_all_without_a_row_are_a_quiet_hour(root, write, request_for):
    for name in "ab":
        write(f"{name}.csv", b"id\n")

    assert (
        files.extract(connection_to(root, **CSV), request_for("select id from events")).notes == ()
    )


def test_a_link_that_leads_out_of_the_root_is_not_followed(root, write, request_for, tmp_path):
    (tmp_path / "secret.csv").write_bytes(b"id\n1\n")
    (root / "a.csv").symlink_to(tmp_path / "secret.csv")

    with pytest.raises(SourceUnreadable, match=r"a\.csv is a link to a file outside of"):
        files.extract(connection_to(root, **CSV), request_for("select id from events"))


@pytest.mark.parametrize("cut", [1, 8, 9, 400])
def test_a_packed_csv_that_was_cut_off_is_not_read(root, write, request_for, cut):
    rows = b"".join(b"%d,note\n" % number for number in range(3_000))
    write("a.csv.gz", gzip.compress(b"id,note\n" + rows)[:-cut])

    with pytest.raises(SourceUnreadable, match=r"a\.csv\.gz"):
        files.extract(
            connection_to(root, path="*.gz", format="csv"),
            request_for("select id, note from events"),
        )
