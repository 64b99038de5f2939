"""The event log: hourly files by the time of receipt, with the flaws of real logs."""

from collections import Counter
from datetime import datetime

from support.simulated_shop import events_of

KEYS = [
    *("id", "session", "visitor", "customer", "channel", "campaign", "device", "ua", "shop"),
    *("type", "path", "sku", "order", "ts", "received"),
]


def moment(text):
    return datetime.fromisoformat(text)


def test_an_event_lies_in_the_file_of_the_hour_it_was_received(quiet_world):
    for path in sorted(quiet_world.glob("events/dt=2026-09-0[3-5]/hour=*/*.gz")):
        hour = f"{path.parts[-3][3:]}T{path.parts[-2][5:]}"
        shop = path.name.removeprefix("events-").removesuffix(".jsonl.gz")
        lines = events_in(path)
        assert lines
        assert {(e["received"][:13], e["shop"]) for e in lines} == {(hour, shop)}


def events_in(path):
    import gzip
    import json

    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_every_event_has_the_same_keys(quiet_world):
    assert {tuple(event) for event in events_of(quiet_world)} == {tuple(KEYS)}


def test_some_events_come_hours_late_and_a_few_a_day_late(quiet_world):
    delays = [
        (moment(e["received"]) - moment(e["ts"])).total_seconds() / 3600
        for e in events_of(quiet_world)
    ]

    assert min(delays) >= 0
    assert 0.005 < sum(delay > 1 for delay in delays) / len(delays) < 0.03
    assert 0.0005 < sum(delay > 20 for delay in delays) / len(delays) < 0.004


def test_some_events_are_delivered_twice_under_one_id(quiet_world):
    events = events_of(quiet_world)
    times = Counter(event["id"] for event in events)
    twice = {event_id for event_id, count in times.items() if count == 2}

    assert 0.0005 < len(twice) / len(times) < 0.005
    assert max(times.values()) == 2
    copies = {(e["id"], e["ts"], e["type"], e["session"]) for e in events if e["id"] in twice}
    assert len(copies) == len(twice)


def test_bots_name_themselves_and_never_buy(quiet_world):
    events = events_of(quiet_world)
    words = ("bot", "spider", "crawl", "headless")
    bots = [e for e in events if any(word in e["ua"].lower() for word in words)]

    share = len({e["session"] for e in bots}) / len({e["session"] for e in events})
    assert 0.02 < share < 0.06
    assert {e["type"] for e in bots} == {"page_view", "product_view"}


def test_a_session_has_one_visitor_one_channel_and_one_device(quiet_world):
    described = {
        (e["session"], e["visitor"], e["channel"], e["campaign"], e["device"], e["customer"])
        for e in events_of(quiet_world)
    }

    assert len(described) == len({session for session, *_ in described})


def test_some_visitors_come_back_on_other_days(quiet_world):
    days = {(e["visitor"], e["ts"][:10]) for e in events_of(quiet_world, "us_site")}
    visitors = Counter(visitor for visitor, _ in days)

    assert 0.05 < sum(count > 1 for count in visitors.values()) / len(visitors) < 0.5


def test_steps_of_a_visit_come_in_order(quiet_world):
    steps = ["page_view", "product_view", "add_to_cart", "checkout", "purchase"]
    by_session = {}
    for event in {e["id"]: e for e in events_of(quiet_world, "eu_shop")}.values():
        by_session.setdefault(event["session"], []).append((event["ts"], event["type"]))
    buyers = [
        sorted(seen)
        for seen in by_session.values()
        if "purchase" in dict(seen).values() or any(kind == "purchase" for _, kind in seen)
    ]

    assert buyers
    for seen in buyers:
        ranks = [steps.index(kind) for _, kind in seen]
        assert ranks == sorted(ranks)


def test_events_name_what_they_concern(quiet_world):
    for event in events_of(quiet_world, "cn_market"):
        assert (event["sku"] is not None) == (event["type"] in {"product_view", "add_to_cart"})
        assert (event["order"] is not None) == (event["type"] == "purchase")
        if event["type"] == "product_view":
            assert event["path"] == f"/p/{event['sku']}"
