import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import duckdb
import pytest

from storepulse.cli.status import collect_status, missing_feeds
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window
from support.corner_shop import open_corner_shop

DAY = Window.from_iso("2026-11-21", "2026-11-22")
NEXT = Window.from_iso("2026-11-22", "2026-11-23")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def write_window(settings, window, landed, accepted, quarantined=()):
    """Write the files of one window: counts, and `(currency, amount)` per quarantined row."""
    files = WindowFiles(settings, "orders", "demo_shop", window)
    for folder in (files.landed, files.accepted.parent, files.quarantined.parent):
        folder.mkdir(parents=True, exist_ok=True)
    (files.landed / "manifest.json").write_text(json.dumps({"rows": landed}), encoding="utf-8")
    with duckdb.connect() as con:
        con.execute(f"copy (select * from range({accepted})) to '{files.accepted}'")
        if quarantined:
            con.execute("create table quarantined (_currency varchar, _amount decimal(18, 2))")
            con.executemany("insert into quarantined values (?, ?)", quarantined)
            con.execute(f"copy quarantined to '{files.quarantined}'")


def test_windows_of_a_feed_are_summed_and_values_by_currency(settings):
    write_window(settings, DAY, 5, 3, [("EUR", "1.10"), ("CNY", "7.00")])
    write_window(settings, NEXT, 2, 1, [("EUR", "2.20")])

    (orders,) = collect_status(settings).feeds

    assert (orders.windows, orders.landed, orders.accepted, orders.quarantined) == (2, 7, 4, 3)
    assert orders.quarantined_value == {"EUR": Decimal("3.30"), "CNY": Decimal("7.00")}


def test_quarantined_rows_without_amount_or_currency_are_counted(settings):
    write_window(settings, DAY, 3, 1, [(None, "4.00"), (None, None)])

    (orders,) = collect_status(settings).feeds

    assert orders.quarantined == 2
    assert orders.quarantined_value == {"?": Decimal("4.00")}


def test_a_window_that_is_still_being_written_is_not_counted(settings):
    write_window(settings, DAY, 1, 1)
    unfinished = settings.landing / "orders" / "demo_shop" / ".half.tmp"
    unfinished.mkdir()
    (unfinished / "manifest.json").write_text(json.dumps({"rows": 100}), encoding="utf-8")

    assert collect_status(settings).feeds[0].landed == 1


def test_completeness_is_that_of_the_published_marts(settings):
    write_window(settings, DAY, 1, 1)
    settings.serving.mkdir()
    manifest = {
        "published_at": "2026-11-22T01:02:03+00:00",
        "as_of": {"demo_shop/orders": "2026-11-22T00:00:00Z"},
        "marts": {"fct_orders": {}, "dim_stores": {}},
    }
    (settings.serving / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    found = collect_status(settings)

    assert found.feeds[0].complete_until == datetime(2026, 11, 22, tzinfo=UTC)
    assert found.published_at == datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    assert found.marts == 2
    assert found.built_at is None


def test_a_new_shop_waits_for_each_of_its_feeds_and_for_a_store(tmp_path, monkeypatch):
    for name, value in open_corner_shop(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    accept = partial(WindowFiles, settings, source="corner_shop", window=DAY)

    missing = [missing_feeds(settings)]
    for feed, rows in (("inventory", 0), ("stores", 0), ("stores", 1)):
        file = accept(feed=feed).accepted
        file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as con:
            con.execute(f"copy (select * from range({rows})) to '{file}'")
        missing.append(missing_feeds(settings))

    assert missing == [["stores", "inventory"], ["stores"], ["stores"], []]


def test_an_empty_home_is_no_error(settings):
    found = collect_status(settings)

    assert (found.feeds, found.built_at, found.published_at, found.marts) == ([], None, None, 0)
