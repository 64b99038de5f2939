"""The service desk and the reviews: trouble with an order causes tickets and bad reviews."""

from datetime import datetime

import httpx
import numpy as np
import pandas as pd
import pytest

from shop_simulator.api_tables.tickets import tickets_of
from shop_simulator.clock import NEVER
from shop_simulator.database.reviews import reviews_of
from shop_simulator.serving.server import serving
from support.simulated_shop import at, query, simulated_days

SPAN = ("2026-10-01", "2026-10-20")


@pytest.fixture(scope="module")
def days():
    return simulated_days("us_site", *SPAN)


def tickets_from(days):
    return pd.concat([pd.DataFrame(tickets_of(day)) for day in days], ignore_index=True)


def reviews_from(days):
    return pd.concat([pd.DataFrame(reviews_of(day)) for day in days], ignore_index=True)


def orders_from(days):
    return pd.concat([pd.DataFrame(day.taken.orders) for day in days]).set_index("order_no")


def test_complaints_name_what_went_wrong_with_the_order(days):
    orders = orders_from(days)
    complaints = tickets_from(days).query("kind == 'complaint'").set_index("order_no")

    def troubled(reason):
        return orders.loc[complaints[complaints["reason"] == reason].index]

    late = troubled("late_delivery")
    assert len(late) > 5
    assert (late["delivered_ms"] > late["due_ms"]).all()
    assert (troubled("not_received")["failed_ms"] < NEVER).all()
    assert troubled("damaged")["is_damaged"].all()
    assert {"damaged", "not_received", "quality"} <= set(complaints["reason"])


def test_most_contacts_are_questions_and_some_of_those_who_ask_then_buy(days):
    tickets = tickets_from(days)
    orders = orders_from(days)
    asked = tickets[tickets["order_no"].isna()]
    placed = orders.reset_index().groupby("buyer_no")["placed_ms"].max()

    waited = asked["buyer_no"].map(placed) - asked["opened_ms"]

    assert 0.1 < len(tickets) / len(orders) < 0.5
    assert set(asked["kind"]) == {"inquiry"}
    assert 0.2 < waited.between(0, 24 * 3_600_000).mean() < 0.7


def test_tickets_are_answered_in_duty_hours_and_late_answers_are_flagged(days):
    tickets = tickets_from(days)
    local = pd.to_datetime(tickets["replied_ms"], unit="ms", utc=True).dt.tz_convert(
        "America/New_York"
    )
    chats = tickets[(tickets["channel"] == "chat")]
    in_time = chats["replied_ms"] - chats["opened_ms"] <= 180_000

    # A chat that comes at night is answered from eight in the morning on.
    assert (local.dt.hour[tickets["channel"] == "chat"] >= 8).mean() > 0.98
    assert 0.3 < in_time.mean() < 0.8
    assert (chats.loc[in_time, "breached_ms"] == NEVER).all()
    assert 0.02 < (tickets["breached_ms"] < NEVER).mean() < 0.2


def test_moments_of_a_ticket_follow_each_other(days):
    tickets = tickets_from(days)

    assert (tickets["opened_ms"] <= tickets["replied_ms"]).all()
    assert (tickets["replied_ms"] <= tickets["solved_ms"]).all()
    assert (tickets["solved_ms"] <= tickets["rated_ms"]).all()
    assert not tickets.duplicated(["ticket_no"]).any()


def test_disputes_are_about_refused_claims_and_go_to_the_platform(days):
    tickets = tickets_from(days)
    disputes = tickets[tickets["kind"] == "dispute"]
    refused = {
        number
        for day in days
        for number in day.refunds["order_no"][day.refunds["rejected_ms"] < NEVER].tolist()
    }

    assert len(disputes) > 0
    assert set(disputes["order_no"]) <= refused
    assert (disputes["escalated_ms"] < NEVER).all()


def test_a_stuck_carrier_causes_complaints_and_bad_reviews():
    span = ("us_site", "2026-10-12", "2026-10-18", 1.5)
    usual = simulated_days(*span)
    struck = simulated_days(*span, "carrier_delay@2026-10-14:us_site:3")

    late = [(tickets_from(d)["reason"] == "late_delivery").sum() for d in (usual, struck)]
    delivery = [
        reviews_from(d).query("score_delivery > 0")["score_delivery"].mean()
        for d in (usual, struck)
    ]
    assert late[1] > 2 * late[0]
    assert delivery[1] < delivery[0] - 0.1


def test_reviews_are_worse_where_something_went_wrong(days):
    orders = orders_from(days)
    reviews = reviews_from(days)
    own = orders.loc[reviews["order_no"]]
    late = (own["delivered_ms"] > own["due_ms"]).to_numpy()
    damaged = own["is_damaged"].to_numpy(dtype=np.bool_)

    fine = reviews[~late & ~damaged]["score"].mean()

    assert len(reviews) > 80
    assert fine > 4
    assert reviews[late]["score_delivery"].mean() < fine - 1
    assert reviews["score"].between(1, 5).all()
    assert (reviews["written_ms"] > own["delivered_ms"].to_numpy()).all()


def test_a_review_is_of_goods_that_were_ordered_and_delivered(quiet_world):
    strangers = query(
        quiet_world,
        "select count(*) from reviews "
        "left join sales_order_items as lines using (shop_code, order_no, item_no) "
        "where lines.order_no is null",
    )
    early = query(
        quiet_world,
        "select count(*) from reviews inner join sales_orders using (shop_code, order_no) "
        "where confirmed_at is null or confirmed_at > written_at",
    )
    counted = query(
        quiet_world,
        "select count(*), sum(is_negative), sum(score <= 2), count(score_goods) from reviews",
    )[0]

    assert (strangers, early) == ([(0,)], [(0,)])
    assert counted[0] > 50
    assert counted[1] == counted[2]
    # Shops of one's own let the details be left out.
    assert 0 < counted[3] < counted[0]


def test_the_desk_gives_its_tickets_page_by_page_until_there_is_no_next(quiet_world):
    tickets = pd.read_parquet(quiet_world / "tickets.parquet")
    bounds = [at(day).timestamp() * 1000 for day in ("2026-09-08", "2026-09-12")]
    expected = tickets[tickets["modified_ms"].between(*bounds, inclusive="left")]
    first = "/v1/tickets?since=2026-09-08T00:00:00Z&before=2026-09-12T00:00:00Z&size=7"

    found, link = [], first
    with serving(quiet_world) as endpoints:
        headers = {"Authorization": f"Bearer {endpoints.api_token}"}
        with httpx.Client(base_url=endpoints.api_url, headers=headers) as client:
            while link:
                answer = client.get(link)
                if answer.status_code == 500:
                    continue
                found += answer.json()["tickets"]
                link = answer.json()["links"]["next"]
            refused = client.get(first, headers={"Authorization": "no"})

    assert refused.status_code == 401
    assert len(expected) > 20
    assert [ticket["ticket_no"] for ticket in found] == expected["ticket_no"].tolist()
    assert {ticket["survey"] for ticket in found} == {"good", "bad", None}
    changed = [datetime.fromisoformat(ticket["changed"]) for ticket in found]
    assert changed == sorted(changed)


def test_what_has_not_happened_yet_is_not_shown(quiet_world):
    tickets = pd.read_parquet(quiet_world / "tickets.parquet")
    clock = at("2026-09-15T06:00").timestamp() * 1000
    moments = tickets[["opened_ms", "replied_ms", "solved_ms", "rated_ms", "escalated_ms"]]

    assert moments[moments < NEVER].max().max() < clock
    open_ones = tickets[tickets["solved_ms"] == NEVER]
    assert len(open_ones) > 0
    assert (open_ones["content"] == -1).all()
    assert (open_ones["reopens"] == 0).all()
    assert (tickets["modified_ms"] >= tickets["opened_ms"]).all()
