"""The checkout service's log agrees with the page's tag and with the orders."""

import gzip
import json
from collections import Counter, defaultdict

import pytest

from support.simulated_shop import events_of, query

SPAN = ("2026-10-12", "2026-10-17")


def steps_of(home):
    """Every step of every cart, file by file; some are there twice."""
    return [
        json.loads(line)
        for path in sorted(home.glob("files/checkouts/*/*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]


@pytest.fixture(scope="module")
def home(world_of):
    return world_of(*SPAN)


@pytest.fixture(scope="module")
def steps(home):
    return list({step["id"]: step for step in steps_of(home)}.values())


def sessions_with(steps, kind):
    return {step["session"] for step in steps if step["event"] == kind}


@pytest.mark.parametrize(
    ("step", "event"),
    [
        ("cart.created", "add_to_cart"),
        ("checkout.started", "checkout"),
        ("payment.started", "purchase"),
    ],
)
def test_server_and_tag_saw_the_same_sessions_take_a_step(home, steps, step, event):
    tagged = {e["session"] for e in events_of(home) if e["type"] == event}
    logged = sessions_with(steps, step)

    assert len(logged) > 100
    # Either log gets a few of its last lines after the clock.
    assert len(logged ^ tagged) <= 0.03 * len(logged)


def test_server_and_tag_name_visitor_account_and_order_alike(home, steps):
    purchases = {e["session"]: e for e in events_of(home) if e["type"] == "purchase"}
    begun = {s["session"]: s for s in steps if s["event"] == "payment.started"}
    both = purchases.keys() & begun.keys()

    assert len(both) > 100
    for session in both:
        tag, server = purchases[session], begun[session]
        assert (tag["order"], tag["visitor"]) == (server["order"], server["visitor"])
        assert tag["customer"] == server["account"]


def test_a_broken_tag_takes_nothing_from_the_server(world_of, steps):
    struck = world_of(*SPAN, "tracking_broken@2026-10-14:us_site")

    assert {step["id"] for step in steps_of(struck)} == {step["id"] for step in steps}


def test_what_lies_in_the_cart_is_what_is_ordered(home, steps):
    goods = dict(query(home, "select order_no, goods_total from sales_orders"))
    begun = [step for step in steps if step["event"] == "payment.started"]
    last_item = {}
    for step in sorted(steps, key=lambda step: (step["at"], float(step["value"]))):
        if step["event"] == "cart.item_added":
            last_item[step["cart"]] = step["value"]

    assert len(begun) > 100
    for step in begun:
        assert float(step["value"]) == pytest.approx(goods[step["order"]]), step
        assert step["value"] == last_item[step["cart"]]


def test_an_order_is_paid_at_the_checkout_when_it_is_paid_in_the_database(home, steps):
    paid = {s["order"]: s["at"] for s in steps if s["event"] == "payment.succeeded"}
    booked = dict(
        query(home, "select order_no, paid_at from sales_orders where paid_at < '2026-10-16'")
    )

    assert len(booked) > 100
    assert booked.keys() <= paid.keys()
    for order_no, moment in booked.items():
        assert paid[order_no][:19] == moment[:19].replace(" ", "T")


def test_a_cart_is_paid_or_expires_a_day_later_and_never_both(home, steps):
    kinds = defaultdict(set)
    for step in steps:
        kinds[step["cart"]].add(step["event"])
    on_delivery = {n for (n,) in query(home, "select order_no from sales_orders where presale = 0")}
    online = {s["cart"] for s in steps if s["method"] == "online" and s["order"] in on_delivery}
    early = {s["cart"] for s in steps if s["event"] == "cart.created" and s["at"] < "2026-10-15"}

    ends = Counter(
        tuple(sorted(kinds[cart] & {"payment.succeeded", "cart.expired"})) for cart in early
    )

    assert ends["cart.expired", "payment.succeeded"] <= 0.002 * len(early)
    assert 0.55 < ends["cart.expired",] / len(early) < 0.85
    assert all(kinds[cart] & {"payment.succeeded", "cart.expired"} for cart in early & online)


def test_when_payments_fail_carts_are_left_full(world_of, steps):
    struck = steps_of(world_of(*SPAN, "payment_outage@2026-10-14:us_site"))
    failed = [
        Counter(s["event"] for s in logged if s["shop"] == "us_site")["payment.failed"]
        for logged in (steps, struck)
    ]

    assert failed[1] > 2 * failed[0] > 0


def test_steps_are_in_the_file_of_the_day_of_receipt_and_a_few_are_there_twice(home):
    paths = sorted(home.glob("files/checkouts/dt=*/*.gz"))
    times = Counter(step["id"] for step in steps_of(home))

    assert [path.parent.name for path in paths if "us_site" in path.name] == [
        f"dt=2026-10-{day}" for day in (12, 13, 14, 15, 16)
    ]
    for path in paths:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        assert {json.loads(line)["logged"][:10] for line in lines} == {path.parent.name[3:]}
    assert set(times.values()) == {1, 2}
    assert sum(count == 2 for count in times.values()) < 0.01 * len(times)
