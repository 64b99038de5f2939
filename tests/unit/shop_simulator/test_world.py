"""A world follows from its arguments, and time moves on in it."""

import hashlib
import json
import shutil
from datetime import timedelta

import pytest

from shop_simulator.errors import WorldInvalid, WorldMissing
from shop_simulator.setting.incidents import DEMO_INCIDENTS, Incident
from shop_simulator.world import advance, make
from support.simulated_shop import at, events_of, query

TABLES = (
    "shops",
    "items",
    "sales_orders",
    "sales_order_items",
    "parcels",
    "reviews",
    "purchase_lines",
    "test_exposures",
    "board_tasks",
    "refund_slips",
    "marketing_calendar",
    "exchange_rates",
)


def contents(home):
    """A fingerprint of everything a world shows; database rows in the order of their keys."""
    shown = {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.suffix in {".gz", ".parquet", ".csv"} or path.name == "truth.json"
    }
    return shown | {table: sorted(query(home, f"select * from {table}")) for table in TABLES}


def test_the_same_arguments_make_the_same_world(tmp_path):
    for name in ("one", "other"):
        make(tmp_path / name, at("2026-09-01"), at("2026-09-03"), seed=3, scale=0.2)

    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")

    assert len(one) > 100
    assert one == other


def test_another_seed_makes_another_world(tmp_path):
    for seed in (1, 2):
        make(tmp_path / str(seed), at("2026-09-01"), at("2026-09-02"), seed=seed, scale=0.2)

    numbers = [
        query(tmp_path / str(seed), "select goods_total from sales_orders") for seed in (1, 2)
    ]

    assert numbers[0] != numbers[1]


def test_making_a_world_that_is_there_does_nothing(tmp_path):
    first = make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1)
    before = (tmp_path / "stock.parquet").stat().st_mtime_ns

    second = make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1)

    assert (first.made, second.made) == (True, False)
    assert (tmp_path / "stock.parquet").stat().st_mtime_ns == before


def test_a_world_is_made_again_when_its_database_is_gone(tmp_path):
    make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1)
    (tmp_path / "shop.sqlite").unlink()

    again = make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1)

    assert again.made
    assert query(tmp_path, "select count(*) from sales_orders")[0][0] > 0


def test_a_world_whose_clock_moved_on_equals_one_made_in_one_go(tmp_path):
    make(tmp_path / "grown", at("2026-09-01"), at("2026-09-04T09:20"), scale=0.2)
    advance(tmp_path / "grown", at("2026-09-08T06:00"))
    make(tmp_path / "at_once", at("2026-09-01"), at("2026-09-08T06:00"), scale=0.2)

    assert contents(tmp_path / "grown") == contents(tmp_path / "at_once")


def test_moving_the_clock_restates_old_orders_and_moves_modified(tmp_path):
    make(tmp_path, at("2026-09-01"), at("2026-09-03"), scale=0.3)
    asked = "select shop_code, order_no, state, paid_at, modified from sales_orders"
    before = {row[:2]: row[2:] for row in query(tmp_path, asked)}

    advance(tmp_path, at("2026-09-06"))
    after = {row[:2]: row[2:] for row in query(tmp_path, asked)}

    restated = {key for key in before if before[key] != after[key]}
    assert {before[key][0] for key in restated} >= {"paid", "shipped"}
    assert all(after[key][2] >= "2026-09-03 00:00:00.000000" for key in restated)
    assert all(after[key] == before[key] for key in before if key not in restated)


def test_nothing_of_the_clock_or_later_is_visible(quiet_world):
    until = "2026-09-15 06:00:00.000000"
    moments = {
        "sales_orders": ("placed_at", "deposit_at", "paid_at", "cancelled_at", "confirmed_at"),
        "reviews": ("written_at",),
        "parcels": ("labelled_at", "picked_up_at", "signed_at", "created_at"),
        "purchase_lines": ("ordered_at", "last_receipt_at"),
        "board_tasks": ("created_at", "done_at"),
        "test_exposures": ("seen_at",),
        "refund_slips": ("requested_at", "done_at"),
        "items": ("on_shelf_at", "off_shelf_at"),
    }

    for table in TABLES:
        for column in ("modified", *moments.get(table, ())):
            latest = query(quiet_world, f"select max({column}) from {table}")[0][0]
            assert latest is None or latest < until, f"{table}.{column}"
    assert max(event["received"] for event in events_of(quiet_world)) < "2026-09-15T06:00"


def test_nothing_is_modified_before_history_begins(quiet_world):
    for table in TABLES:
        earliest = query(quiet_world, f"select min(modified) from {table}")[0][0]
        # In September no experiment runs.
        assert earliest is None or earliest >= "2026-09-01 00:00:00.000000", table


def test_a_day_is_the_same_however_long_the_history_after_it(world_of, quiet_world):
    shorter = world_of("2026-09-01", "2026-09-06")
    asked = (
        "select order_no, placed_at, goods_total from sales_orders "
        "where placed_at < '2026-09-06' order by 1"
    )

    assert query(shorter, asked) == query(quiet_world, asked)


def test_an_incident_leaves_the_days_before_it_alone(world_of, quiet_world):
    struck = world_of("2026-09-01", "2026-09-15T06:00", "coupon_leak@2026-09-10:eu_shop")
    asked = (
        "select * from sales_orders "
        "where placed_at < '2026-09-09' and modified < '2026-09-09' order by 1, 2"
    )

    assert query(struck, asked) == query(quiet_world, asked)


def test_a_bigger_scale_has_more_of_everything(world_of):
    small, big = (
        world_of("2026-09-01", "2026-09-03", scale=0.2),
        world_of("2026-09-01", "2026-09-03", scale=0.8),
    )

    assert 3 < len(events_of(big)) / len(events_of(small)) < 5
    orders = [query(home, "select count(*) from sales_orders")[0][0] for home in (small, big)]
    assert 3 < orders[1] / orders[0] < 5


def test_truth_names_every_incident_the_clock_has_reached(tmp_path):
    make(
        tmp_path,
        at("2026-11-20"),
        at("2026-11-23T06:00"),
        scale=0.1,
        incidents=[*DEMO_INCIDENTS, Incident.parse("bot_wave@2026-12-24:us_site")],
    )

    truth = json.loads((tmp_path / "truth.json").read_text())["incidents"]

    assert [entry["name"] for entry in truth] == [
        "tracking_broken",
        "hero_recalled",
        "competitor_price_war",
    ]
    assert truth[0]["start"] == "2026-11-22T05:00:00Z"
    assert truth[0]["end"] == "2026-11-23T05:00:00Z"
    assert truth[0]["changed"] == {"lost_channel": "paid_search"}
    assert {
        "kpi": "sessions",
        "direction": "down",
        "dimension": "channel",
        "member": "paid_search",
    } in (truth[0]["expected"])
    assert truth[1]["changed"]["skus"] == [
        *("EL1801", "EL1802", "EL1803"),
        *("EL1901", "EL1902", "EL1903"),
        *("EL2001", "EL2002", "EL2003"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "bot_wave",
        "storm@2026-11-01:us_site",
        "bot_wave@2026-11-01:mars",
        "bot_wave@2026-11-01:us_site:0",
    ],
)
def test_an_incident_that_cannot_be_is_refused_with_what_can(text):
    with pytest.raises(WorldInvalid, match=r"name@|there are tracking_broken|cn_market, us_site"):
        Incident.parse(text)


def test_a_world_needs_time_to_happen_in(tmp_path):
    with pytest.raises(WorldInvalid, match="until after start"):
        make(tmp_path, at("2026-09-01"), at("2026-09-01"))


def test_only_a_made_world_can_move_on(tmp_path):
    with pytest.raises(WorldMissing, match="shop-simulator make"):
        advance(tmp_path, at("2026-09-01") + timedelta(days=1))


def test_an_interrupted_make_starts_over(tmp_path):
    make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1)
    (tmp_path / "world.json").unlink()
    shutil.rmtree(tmp_path / "events")

    assert make(tmp_path, at("2026-09-01"), at("2026-09-02"), scale=0.1).made
    assert events_of(tmp_path)


def test_every_fifth_order_or_so_is_placed_by_somebody_who_bought_before(world_of):
    home = world_of("2026-08-01", "2026-11-01", scale=0.2)

    placed = query(
        home,
        "select shop_code || buyer_no, placed_at from sales_orders "
        "where buyer_no is not null order by placed_at",
    )
    bought: set[str] = set()
    again = []
    for buyer, moment in placed:
        if moment >= "2026-10-01":
            again.append(buyer in bought)
        bought.add(buyer)

    assert len(again) > 500
    assert 0.16 < sum(again) / len(again) < 0.24
