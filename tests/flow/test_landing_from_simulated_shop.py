"""All feeds of the demo shop, over its four kinds of connections, on SQLite and on PostgreSQL."""

import csv
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest

from shop_simulator.serving.server import serving
from shop_simulator.world import make
from storepulse.errors import SourceUnreadable
from storepulse.extract.land import land
from storepulse.feeds.registry import SQL_TYPES, feed_named
from storepulse.feeds.sources import load_source
from storepulse.settings import Settings
from storepulse.windows import Window
from support.simulated_shop import events_of, query

# Long enough for parcels to come back.
START, UNTIL = datetime(2026, 11, 14, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC)
DAYS = Window(START, UNTIL)
WEEK = Window.from_iso("2026-11-14", "2026-11-21")
REST = Window.from_iso("2026-11-21", "2026-11-22T06:00")
DEMO_SHOP = load_source(Settings(), "demo_shop")
SQL_FEEDS = [
    feed
    for feed, mapping in DEMO_SHOP.feeds.items()
    if DEMO_SHOP.connections[mapping.connection]["kind"] == "sql"
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("shop")
    make(home, START, UNTIL, scale=0.2)
    return home


@pytest.fixture(scope="module")
def shop(home):
    with serving(home) as endpoints, pytest.MonkeyPatch.context() as environment:
        for name, value in endpoints.as_environment().items():
            environment.setenv(name, value)
        yield endpoints


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def landed(shop, settings):
    """Every feed's whole span, landed side by side."""
    with ThreadPoolExecutor(4) as runs:
        windows = runs.map(
            lambda feed: land(settings, "demo_shop", feed, DAYS, "run-1"), DEMO_SHOP.feeds
        )
        return dict(zip(DEMO_SHOP.feeds, windows, strict=True))


def rows_of(window):
    rows = f"from '{window.path}/rows.parquet' order by _position"
    return duckdb.execute(f"select * exclude (_position) {rows}").fetchall()


@pytest.mark.parametrize("feed", DEMO_SHOP.feeds)
def test_every_feed_lands_under_the_columns_of_the_registry(landed, feed):
    window = landed[feed]

    described = duckdb.execute(f"describe from '{window.path}/rows.parquet'").fetchall()
    assert window.rows > 0
    assert [(name, kind) for name, kind, *_ in described] == [
        *((name, "VARCHAR") for name in feed_named(feed).columns),
        ("_position", "BIGINT"),
    ]


@pytest.mark.parametrize("feed", DEMO_SHOP.feeds)
def test_every_value_of_a_sound_shop_can_be_read_as_its_type(landed, feed):
    unreadable = {
        name: f"count({name}) - count(try_cast({name} as {SQL_TYPES[kind]}))"
        for name, kind in feed_named(feed).columns.items()
    }
    counted = duckdb.execute(
        f"select {', '.join(unreadable.values())} from '{landed[feed].path}/rows.parquet'"
    ).fetchall()

    assert dict(zip(unreadable, counted[0], strict=True)) == dict.fromkeys(unreadable, 0)


@pytest.mark.parametrize("feed", DEMO_SHOP.feeds)
def test_moments_are_utc_and_lie_within_the_window(landed, feed):
    change_time = feed_named(feed).change_time

    first, last = duckdb.execute(
        f"select min({change_time}), max({change_time}) from '{landed[feed].path}/rows.parquet'"
    ).fetchall()[0]

    assert first >= "2026-11-14 00:00:00"
    assert last < "2026-11-22 06:00:00"


@pytest.mark.parametrize(
    ("feed", "table"),
    [
        ("stores", "shops"),
        ("products", "items"),
        ("calendar_events", "marketing_calendar"),
        ("fx_rates", "exchange_rates"),
        ("orders", "sales_orders"),
        ("order_lines", "sales_order_items"),
        ("refunds", "refund_slips"),
        ("shipments", "parcels"),
        ("reviews", "reviews"),
        ("purchase_orders", "purchase_lines"),
        ("tasks", "board_tasks"),
        ("experiments", "test_exposures"),
    ],
)
def test_every_row_of_the_database_lands_once(landed, home, feed, table):
    assert query(home, f"select count(*) from {table}") == [(landed[feed].rows,)]


BOOKS = [
    ("products", "items", {"list_price": "msrp", "price": "sell_price", "unit_cost": "cost"}),
    (
        "orders",
        "sales_orders",
        {
            "goods_amount": "goods_total",
            "discount_merchant": "shop_discount",
            "discount_platform": "platform_discount",
            "shipping_charged": "freight",
            "tax": "tax_total",
            "gift_card_amount": "gift_card",
            "deposit_amount": "deposit",
            "paid_amount": "paid_total",
        },
    ),
    (
        "order_lines",
        "sales_order_items",
        {
            "quantity": "qty",
            "unit_price": "unit_price",
            "list_price": "msrp",
            "line_discount": "line_discount",
            "unit_cost": "cost",
        },
    ),
    (
        "refunds",
        "refund_slips",
        {"quantity": "qty", "amount": "amount", "tax": "tax", "shipping_refund": "freight"},
    ),
    ("shipments", "parcels", {"freight_cost": "courier_charge"}),
]


@pytest.mark.parametrize(("feed", "table", "columns"), BOOKS)
def test_every_amount_adds_up_to_the_cent_of_the_shops_books(landed, home, feed, table, columns):
    cents = [f"sum(cast(round({theirs} * 100) as integer))" for theirs in columns.values()]
    expected = query(home, f"select {', '.join(cents)} from {table}")

    sums = [f"cast(sum(cast({ours} as decimal(18, 2))) * 100 as bigint)" for ours in columns]
    found = duckdb.execute(
        f"select {', '.join(sums)} from '{landed[feed].path}/rows.parquet'"
    ).fetchall()

    assert found == expected
    assert any(found[0])


def test_every_delivery_of_an_event_lands_also_a_second_one(landed, home):
    logged = [event["id"] for event in events_of(home)]

    assert sorted(row[1] for row in rows_of(landed["traffic"])) == sorted(logged)
    assert len(set(logged)) < len(logged)


def test_every_step_of_a_cart_lands_also_a_second_delivery(landed, home):
    lines = [
        json.loads(line)
        for path in home.glob("files/checkouts/*/*.jsonl.gz")
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]

    assert sorted(row[1] for row in rows_of(landed["checkouts"])) == sorted(
        line["id"] for line in lines
    )
    assert len({line["id"] for line in lines}) < len(lines)


@pytest.mark.parametrize(("feed", "kept"), [("ads", "ads"), ("tickets", "tickets")])
def test_everything_an_api_keeps_lands_once(landed, home, feed, kept):
    ((expected,),) = duckdb.execute(f"select count(*) from '{home}/{kept}.parquet'").fetchall()

    key = ", ".join(feed_named(feed).key)
    ((found, distinct),) = duckdb.execute(
        f"select count(*), count(distinct ({key})) from '{landed[feed].path}/rows.parquet'"
    ).fetchall()

    assert found == distinct == expected > 50


def test_a_charge_that_was_booked_twice_lands_once_as_it_was_booked_last(landed, home):
    bookings = [
        entry
        for path in sorted(home.glob("files/settlements/*/*.csv"))
        for entry in csv.DictReader(path.read_text().splitlines())
    ]
    last = {(entry["shop"], entry["entry_no"]): entry for entry in bookings}

    found = {(row[0], row[1]): row for row in rows_of(landed["fees"])}

    assert len(bookings) > len(last) == landed["fees"].rows
    assert found.keys() == last.keys()
    for key, entry in last.items():
        amount, settled_at, updated_at = (found[key][place] for place in (5, 7, 8))
        assert amount == entry["charge"]
        assert (settled_at or "") == entry["paid_out_on"].replace("T", " ").rstrip("0Z").rstrip(".")
        assert updated_at == entry["booked"].replace("T", " ").removesuffix("Z")


def test_a_platforms_figure_that_was_restated_lands_once_under_the_name_of_its_variant(
    landed, home
):
    exports = [
        line
        for path in sorted(home.glob("files/platform_reports/*/*.csv"))
        for line in csv.DictReader(path.read_text().splitlines())
    ]
    last = {(line["shop"], line["day"]): line for line in exports}

    found = {(row[0], row[4]): row for row in rows_of(landed["platform_reports"])}

    assert len(exports) > len(last) == landed["platform_reports"].rows
    assert found.keys() == last.keys()
    for key, line in last.items():
        assert (found[key][2], found[key][3]) == (line["ccy"], line["amount"])
        assert found[key][5] == line["exported"].replace("T", " ").removesuffix("Z")
    assert {row[:2] for row in found.values()} == {
        ("cn_market", "paid_gmv_sycm"),
        ("us_site", "net_sales_shopify"),
        ("eu_shop", "rev_daasity"),
    }


@pytest.mark.parametrize(
    ("feed", "file", "amount", "theirs"),
    [("targets", "targets", "value", "target"), ("budgets", "ad_budgets", "amount", "budget")],
)
def test_a_plan_lands_whole_and_to_the_cent(landed, home, feed, file, amount, theirs):
    plan = list(csv.DictReader((home / f"files/plans/{file}.csv").read_text().splitlines()))

    ((rows, total),) = duckdb.execute(
        f"select count(*), sum(cast({amount} as decimal(18, 2))) "
        f"from '{landed[feed].path}/rows.parquet'"
    ).fetchall()

    assert rows == len(plan) > 100
    assert total == sum(Decimal(line[theirs]) for line in plan)


def test_every_closing_stock_lands(landed, home):
    ((expected,),) = duckdb.execute(
        f"select count(*) from '{home}/stock.parquet' where make_timestamp(snapshot_ms * 1000) "
        "between '2026-11-14' and '2026-11-22 05:59:59'"
    ).fetchall()

    assert landed["inventory"].rows == expected


def test_every_product_of_every_competitor_lands_once_a_day(landed, home):
    expected = duckdb.execute(
        f"select competitor, market, count(*) from '{home}/competitors.parquet' "
        "where make_timestamp(day * 86400000000) between '2026-11-14' and '2026-11-22' "
        "group by all order by all"
    ).fetchall()

    found = duckdb.execute(
        "select competitor, left(store_id, 2) as market, count(*) "
        f"from '{landed['competitor_prices'].path}/rows.parquet' group by all order by all"
    ).fetchall()

    assert len(expected) == 9
    assert found == expected


@pytest.mark.parametrize("feed", ["traffic", "inventory", "competitor_prices"])
def test_two_windows_side_by_side_land_what_one_long_window_does(shop, settings, landed, feed):
    whole = rows_of(landed[feed])

    halves = [land(settings, "demo_shop", feed, window, "run-2") for window in (WEEK, REST)]

    assert sorted(rows_of(halves[0]) + rows_of(halves[1]), key=str) == sorted(whole, key=str)
    assert min(window.rows for window in halves) > 0


@pytest.mark.parametrize("feed", DEMO_SHOP.feeds)
def test_landing_again_gives_the_same_rows(shop, settings, landed, feed):
    before = rows_of(landed[feed])

    again = land(settings, "demo_shop", feed, DAYS, "run-2")

    assert rows_of(again) == before
    assert json.loads((again.path / "manifest.json").read_text())["run_id"] == "run-2"


def test_a_window_in_which_nothing_happened_lands_empty(shop, settings):
    before_all = Window.from_iso("2020-01-01", "2020-01-02")

    for feed in ("orders", "traffic", "inventory"):
        assert land(settings, "demo_shop", feed, before_all, "run-1").rows == 0


def test_a_wrong_token_is_reported_and_not_shown(shop, settings, monkeypatch):
    monkeypatch.setenv("SHOP_API_TOKEN", "sesame-7f3a")

    with pytest.raises(SourceUnreadable, match="refused the credentials") as refused:
        land(settings, "demo_shop", "inventory", WEEK, "run-1")
    assert "sesame" not in str(refused.value)


@pytest.mark.postgres
def test_postgres_lands_the_same_values_as_sqlite(
    landed, settings, tmp_path, postgres_url, monkeypatch
):
    make(tmp_path / "shop", START, UNTIL, scale=0.2, db_url=postgres_url)
    monkeypatch.setenv("SHOP_DB_URL", postgres_url)
    elsewhere = Settings(home=tmp_path / "var")

    for feed in SQL_FEEDS:
        from_postgres = land(elsewhere, "demo_shop", feed, DAYS, "run-1")

        assert from_postgres.rows > 0, feed
        assert typed_rows(from_postgres, feed) == typed_rows(landed[feed], feed), feed


def typed_rows(window, feed):
    """Rows as registry types: 258.8 and 258.80 are one amount, however a database writes it."""
    columns = ", ".join(
        f"cast({name} as {SQL_TYPES[kind]})" for name, kind in feed_named(feed).columns.items()
    )
    return sorted(
        duckdb.execute(f"select {columns} from '{window.path}/rows.parquet'").fetchall(), key=str
    )
