import gzip
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import duckdb
import pytest
from filelock import FileLock

from storepulse.errors import (
    AnotherRunIsWriting,
    DiskFull,
    SettingMissing,
    SourceInvalid,
    SourceUnreachable,
    SourceUnreadable,
    UnknownFeed,
    WindowInvalid,
    WindowTooLarge,
)
from storepulse.extract.land import land
from storepulse.lake.locks import landing_lock, validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window

MORNING = Window.from_iso("2026-11-22T00:00", "2026-11-22T06:00")
NOON = Window.from_iso("2026-11-22T06:00", "2026-11-22T12:00")
SOURCE = """
name: corner_shop
description: Small and real.
connections:
  database: {kind: sql, url: "${CORNER_DB_URL}", rows_per_fetch: 100}
  logs:
    kind: files
    root: ${DATA}
    tables: {events: {path: "{date}T{hour}.jsonl.gz", format: jsonl, columns: [id]}}
feeds:
  orders: {connection: database, mapping: orders.sql, max_rows: 50000}
  traffic: {connection: logs, mapping: traffic.sql}
"""
ORDERS = """
select order_no as order_id, total as goods_amount from orders
where modified >= :window_start and modified < :window_end
"""


@pytest.fixture
def settings(tmp_path):
    folder = tmp_path / "sources" / "corner_shop"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE)
    (folder / "orders.sql").write_text(ORDERS)
    (folder / "traffic.sql").write_text("select id as event_id from events")
    return Settings(
        home=tmp_path / "var", sources_dir=tmp_path / "sources", lock_timeout_seconds=0.2
    )


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("CORNER_DB_URL", f"sqlite:///{tmp_path}/shop.sqlite")
    connection = sqlite3.connect(tmp_path / "shop.sqlite")
    connection.execute("create table orders (order_no text, total numeric, modified datetime)")

    def place(*numbers: object, at: str = "2026-11-22 01:00:00", total: object = 9.5) -> None:
        rows = [(str(number), total, at) for number in numbers]
        connection.executemany("insert into orders values (?, ?, ?)", rows)
        connection.commit()

    yield place
    connection.close()


def rows_in(folder):
    return duckdb.execute(f"select * from '{folder}/rows.parquet' order by _position").fetchall()


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


@pytest.mark.parametrize("feed", ["orders", "traffic"])
def test_a_window_in_the_future_is_refused_before_anybody_is_asked(settings, feed):
    future = Window.from_iso("2026-11-22", "9999-12-31")

    with pytest.raises(WindowInvalid, match="more than a day after the clock"):
        land(settings, "corner_shop", feed, future, "run-1", now=datetime(2026, 11, 22, tzinfo=UTC))

    assert not settings.landing.exists()


def test_a_window_lands_as_text_with_a_manifest(settings, shop, caplog):
    caplog.set_level("INFO", logger="storepulse")
    shop("a", "b")

    landed = land(settings, "corner_shop", "orders", MORNING, "run-1")

    assert landed.rows == 2
    assert landed.path == settings.landing / "orders" / "corner_shop" / MORNING.id
    assert rows_in(landed.path) == [("a", "9.5", 1), ("b", "9.5", 2)]
    manifest = json.loads((landed.path / "manifest.json").read_text())
    assert manifest.pop("landed_at").endswith("+00:00")
    assert len(manifest.pop("schema_hash")) == 16
    assert manifest == {
        "feed": "orders",
        "source": "corner_shop",
        "snapshots": True,
        "window_start": "2026-11-22T00:00:00+00:00",
        "window_end": "2026-11-22T06:00:00+00:00",
        "rows": 2,
        "columns": {"order_id": "text", "goods_amount": "double"},
        "run_id": "run-1",
        "raw": [],
        "notes": [],
    }
    assert caplog.messages == [
        "landed orders from corner_shop 2026-11-22 00:00 to 2026-11-22 06:00 UTC: 2 rows"
    ]


def test_landing_a_window_again_replaces_it_and_leaves_the_adjacent_one(settings, shop):
    shop("a")
    shop("z", at="2026-11-22 07:00:00")
    land(settings, "corner_shop", "orders", MORNING, "run-1")
    noon = land(settings, "corner_shop", "orders", NOON, "run-1")
    shop("b")

    landed = land(settings, "corner_shop", "orders", MORNING, "run-2")

    assert [row[0] for row in rows_in(landed.path)] == ["a", "b"]
    assert json.loads((landed.path / "manifest.json").read_text())["run_id"] == "run-2"
    assert [row[0] for row in rows_in(noon.path)] == ["z"]
    assert visible(landed.path.parent) == sorted([MORNING.id, NOON.id])


def test_a_window_in_which_nothing_happened_lands_with_its_columns(settings, shop):
    landed = land(settings, "corner_shop", "orders", MORNING, "run-1")

    assert landed.rows == 0
    assert rows_in(landed.path) == []
    described = duckdb.execute(f"describe from '{landed.path}/rows.parquet'").fetchall()
    assert [column[:2] for column in described] == [
        ("order_id", "VARCHAR"),
        ("goods_amount", "VARCHAR"),
        ("_position", "BIGINT"),
    ]


def test_a_full_and_an_empty_window_of_the_same_columns_have_one_schema(settings, shop):
    shop("a")
    full = land(settings, "corner_shop", "orders", MORNING, "run-1")
    empty = land(settings, "corner_shop", "orders", NOON, "run-1")

    hashes = [
        json.loads((window.path / "manifest.json").read_text())["schema_hash"]
        for window in (full, empty)
    ]

    assert hashes[0] == hashes[1]


def test_another_column_makes_another_schema(settings, shop):
    first = land(settings, "corner_shop", "orders", MORNING, "run-1")
    before = json.loads((first.path / "manifest.json").read_text())["schema_hash"]
    mapping = settings.sources_dir / "corner_shop" / "orders.sql"
    mapping.write_text(ORDERS.replace("goods_amount", "goods_total"))

    again = land(settings, "corner_shop", "orders", MORNING, "run-1")

    assert json.loads((again.path / "manifest.json").read_text())["schema_hash"] != before


def test_a_failure_keeps_what_had_landed_before(settings, shop):
    shop("a")
    landed = land(settings, "corner_shop", "orders", MORNING, "run-1")
    (settings.sources_dir / "corner_shop" / "orders.sql").write_text("select * from gone")

    with pytest.raises(SourceUnreadable):
        land(settings, "corner_shop", "orders", MORNING, "run-2")

    assert [row[0] for row in rows_in(landed.path)] == ["a"]
    assert visible(landed.path.parent) == [MORNING.id]


def test_a_window_too_large_leaves_nothing(settings, shop):
    shop(*range(50_001))

    with pytest.raises(WindowTooLarge, match="max_rows = 50000"):
        land(settings, "corner_shop", "orders", MORNING, "run-1")

    assert visible(settings.landing / "orders" / "corner_shop") == []


def test_what_a_killed_run_left_is_cleared_away(settings, shop):
    place = settings.landing / "orders" / "corner_shop"
    (place / f".{MORNING.id}.abc.tmp").mkdir(parents=True)
    (place / f".{MORNING.id}.abc.old").mkdir()
    (place / f".{NOON.id}.abc.tmp").mkdir()

    land(settings, "corner_shop", "orders", MORNING, "run-1")

    assert visible(place) == sorted([f".{NOON.id}.abc.tmp", MORNING.id])


def test_a_kill_between_the_two_renames_costs_nothing_that_cannot_be_asked_for_again(
    settings, shop, monkeypatch
):
    landed = land(settings, "corner_shop", "orders", MORNING, "run-1").path
    (landed / "raw.jsonl.gz").write_bytes(b"what a page showed that morning")
    landed.replace(landed.with_name(f".{MORNING.id}.abc.old"))
    landed.with_name(f".{MORNING.id}.def.tmp").mkdir()

    monkeypatch.setenv("CORNER_DB_URL", "sqlite:////nowhere/shop.sqlite")
    with pytest.raises(SourceUnreachable):
        land(settings, "corner_shop", "orders", MORNING, "run-2")

    assert (landed / "raw.jsonl.gz").read_bytes() == b"what a page showed that morning"
    assert visible(landed.parent) == [MORNING.id]


def test_a_window_is_not_exchanged_while_it_is_being_validated(settings, shop):
    shop(1)
    place = WindowFiles(settings, "orders", "corner_shop", MORNING)
    land(settings, "corner_shop", "orders", MORNING, "run-1")
    shop(2)

    with validation_lock(place), pytest.raises(AnotherRunIsWriting, match="validating orders"):
        land(settings, "corner_shop", "orders", MORNING, "run-2")

    assert len(rows_in(place.landed)) == 1
    assert land(settings, "corner_shop", "orders", MORNING, "run-2").rows == 2


def test_a_second_run_at_the_same_window_waits_and_then_fails(settings, shop):
    place = settings.landing / "orders" / "corner_shop"
    place.mkdir(parents=True)
    started = time.monotonic()

    with (
        FileLock(place / f".{MORNING.id}.lock"),
        pytest.raises(AnotherRunIsWriting, match=r"for 0\.2 s; wait for it or stop it"),
    ):
        land(settings, "corner_shop", "orders", MORNING, "run-2")

    assert 0.2 <= time.monotonic() - started < 4
    assert land(settings, "corner_shop", "orders", MORNING, "run-2").rows == 0


def test_two_runs_at_once_take_turns(settings, shop):
    patient = settings.model_copy(update={"lock_timeout_seconds": 30.0})
    shop(*range(5_000))

    with ThreadPoolExecutor(4) as runs:
        landed = list(
            runs.map(
                lambda run: land(patient, "corner_shop", "orders", MORNING, f"run-{run}"), range(4)
            )
        )

    assert {window.rows for window in landed} == {5_000}
    assert len(rows_in(landed[0].path)) == 5_000
    assert visible(landed[0].path.parent) == [MORNING.id]


def test_another_window_of_the_feed_need_not_wait(settings, shop):
    with landing_lock(WindowFiles(settings, "orders", "corner_shop", MORNING)):
        assert land(settings, "corner_shop", "orders", NOON, "run-1").rows == 0


def test_a_reader_never_sees_a_window_half_written(settings, shop):
    shop(*range(2_000))
    path = land(settings, "corner_shop", "orders", MORNING, "run-0").path
    stop, seen = threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                stated = json.loads((path / "manifest.json").read_text())["rows"]
            except FileNotFoundError:
                continue  # between the two renames: the window counts as not landed
            seen.append(stated)

    reader = threading.Thread(target=read)
    reader.start()
    for run in range(5):
        land(settings, "corner_shop", "orders", MORNING, f"run-{run}")
    stop.set()
    reader.join()

    assert set(seen) == {2_000}


# `ru_maxrss` would count what the process of the tests used when it started this one.
LAND_IN_A_PROCESS_OF_ITS_OWN = """
import re, resource, sys
from pathlib import Path
from storepulse.lake.locks import validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.extract.land import land
from storepulse.settings import Settings
from storepulse.windows import Window

home, sources, feed, data, largest_file = sys.argv[1:]
window = Window.from_iso("2026-11-22T00:00", "2026-11-22T06:00")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
settings = Settings(home=Path(home), sources_dir=Path(sources))
try:
    land(settings, "corner_shop", feed, window, "run-2", data)
except Exception as failure:
    print(type(failure).__name__, failure)
print(int(re.search("VmHWM:[^0-9]*([0-9]+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def land_in_a_process_of_its_own(settings, feed, data, largest_file_bytes=-1):
    """Land the morning; give what went wrong and, last, the peak of memory in MB."""
    arguments = [settings.home, settings.sources_dir, feed, data, largest_file_bytes]
    return subprocess.run(
        [sys.executable, "-c", LAND_IN_A_PROCESS_OF_ITS_OWN, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("feed", ["orders", "traffic"])
def test_a_full_disk_leaves_nothing_half_written(settings, shop, tmp_path, feed):
    noise = [os.urandom(20).hex() for _ in range(5_000)]
    shop(*noise)
    records = b"".join(json.dumps({"id": text}).encode() + b"\n" for text in noise)
    (tmp_path / "2026-11-22T01.jsonl.gz").write_bytes(gzip.compress(records))
    landed = land(settings, "corner_shop", feed, MORNING, "run-1", data=tmp_path)

    output = land_in_a_process_of_its_own(settings, feed, tmp_path, largest_file_bytes=20_000)

    assert output.startswith(f"{DiskFull.__name__} no room to write {landed.path}")
    assert len(rows_in(landed.path)) == 5_000
    assert json.loads((landed.path / "manifest.json").read_text())["run_id"] == "run-1"
    assert visible(landed.path.parent) == [MORNING.id]


def test_landing_needs_what_it_is_asked_for(settings, shop):
    with pytest.raises(UnknownFeed, match="no feed 'parcels'"):
        land(settings, "corner_shop", "parcels", MORNING, "run-1")
    with pytest.raises(SourceInvalid, match="has orders, traffic"):
        land(settings, "corner_shop", "refunds", MORNING, "run-1")
    with pytest.raises(SettingMissing, match="--data PATH"):
        land(settings, "corner_shop", "traffic", MORNING, "run-1")
    assert not settings.landing.exists()


def test_memory_stays_bounded_however_long_the_window(settings, shop, tmp_path):
    records = gzip.compress((b'{"id": "' + b"x" * 1_400 + b'"}\n') * 250_000, 1)
    for hour in range(6):
        (tmp_path / f"2026-11-22T{hour:02d}.jsonl.gz").write_bytes(records)

    output = land_in_a_process_of_its_own(settings, "traffic", tmp_path)

    landed = settings.landing / "traffic" / "corner_shop" / MORNING.id
    assert json.loads((landed / "manifest.json").read_text())["rows"] == 1_500_000
    # The records are 2,100 MB of text; the engine may hold 1 GB of it, the libraries some 150 MB.
    assert int(output) < 1_500
