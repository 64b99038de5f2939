import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import duckdb
import pytest

from storepulse.cli.status import feeds_waited_for, look_over
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window
from support.corner_shop import open_corner_shop

DAY = Window.from_iso("2026-11-21", "2026-11-22")
NEXT = Window.from_iso("2026-11-22", "2026-11-23")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def lay_down(settings, window, landed, accepted, refused=()):
    """Write the files of one window: counts, and `(currency, amount)` of each refused row."""
    files = WindowFiles(settings, "orders", "demo_shop", window)
    for folder in (files.landed, files.accepted.parent, files.quarantined.parent):
        folder.mkdir(parents=True, exist_ok=True)
    (files.landed / "manifest.json").write_text(json.dumps({"rows": landed}), encoding="utf-8")
    with duckdb.connect() as con:
        con.execute(f"copy (select * from range({accepted})) to '{files.accepted}'")
        if refused:
            con.execute("create table refused (_currency varchar, _amount decimal(18, 2))")
            con.executemany("insert into refused values (?, ?)", refused)
            con.execute(f"copy refused to '{files.quarantined}'")


def test_windows_of_a_feed_are_summed_and_money_is_kept_by_currency(settings):
    lay_down(settings, DAY, 5, 3, [("EUR", "1.10"), ("CNY", "7.00")])
    lay_down(settings, NEXT, 2, 1, [("EUR", "2.20")])

    (orders,) = look_over(settings).feeds

    assert (orders.windows, orders.landed, orders.accepted, orders.quarantined) == (2, 7, 4, 3)
    assert orders.held == {"EUR": Decimal("3.30"), "CNY": Decimal("7.00")}


def test_refused_rows_without_money_or_currency_are_counted(settings):
    lay_down(settings, DAY, 3, 1, [(None, "4.00"), (None, None)])

    (orders,) = look_over(settings).feeds

    assert orders.quarantined == 2
    assert orders.held == {"?": Decimal("4.00")}


def test_a_window_that_is_still_being_written_is_not_counted(settings):
    lay_down(settings, DAY, 1, 1)
    aside = settings.landing / "orders" / "demo_shop" / ".half.tmp"
    aside.mkdir()
    (aside / "manifest.json").write_text(json.dumps({"rows": 100}), encoding="utf-8")

    assert look_over(settings).feeds[0].landed == 1


def test_how_far_data_is_complete_is_what_readers_were_told(settings):
    lay_down(settings, DAY, 1, 1)
    settings.serving.mkdir()
    manifest = {
        "published_at": "2026-11-22T01:02:03+00:00",
        "as_of": {"demo_shop/orders": "2026-11-22T00:00:00Z"},
        "marts": {"fct_orders": {}, "dim_stores": {}},
    }
    (settings.serving / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    found = look_over(settings)

    assert found.feeds[0].complete_until == datetime(2026, 11, 22, tzinfo=UTC)
    assert found.published_at == datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    assert found.marts == 2
    assert found.built_at is None


def test_a_new_shop_waits_for_each_of_its_feeds_and_for_a_store(tmp_path, monkeypatch):
    for name, value in open_corner_shop(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    accept = partial(WindowFiles, settings, source="corner_shop", window=DAY)

    waits = [feeds_waited_for(settings)]
    for feed, rows in (("inventory", 0), ("stores", 0), ("stores", 1)):
        file = accept(feed=feed).accepted
        file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as con:
            con.execute(f"copy (select * from range({rows})) to '{file}'")
        waits.append(feeds_waited_for(settings))

    assert waits == [["stores", "inventory"], ["stores"], ["stores"], []]


def test_an_empty_home_is_no_error(settings):
    found = look_over(settings)

    assert (found.feeds, found.built_at, found.published_at, found.marts) == ([], None, None, 0)
