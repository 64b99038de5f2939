"""Who is new, who comes back and who is a guest, for any history of orders in any order (R15).

The models' own SQL runs over small random histories and is compared with what the words say, worked
out buyer by buyer and day by day.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.accepted_lake import AcceptedLake

FIRST_DAY = date(2026, 1, 1)
DAYS = 130
# In the order in which they are built; what they stand on is given.
MODELS = [
    ("marts", "fct_orders"),
    ("intermediate", "int_buyer_orders_in_sequence"),
    ("marts", "fct_buyer_orders"),
    ("intermediate", "int_repeat_buyer_changes"),
    ("marts", "fct_repeat_buyer_daily"),
]
GIVEN = {
    "intermediate": ["int_orders_validity", "int_exchange_rates", "int_feed_spans"],
    "marts": ["fct_order_lines", "dim_calendar"],
}


@dataclass(frozen=True)
class Order:
    """One order as a history has it; customer None is a guest."""

    number: str
    store: str
    customer: str | None
    day: int
    second: int
    counts: bool

    @property
    def settled_at(self) -> datetime:
        return datetime(2026, 1, 1) + timedelta(days=self.day, seconds=self.second)

    @property
    def paid_date(self) -> date:
        return self.settled_at.date()


def _numbered(orders: Sequence[tuple]) -> list[Order]:
    # guests' orders have the numbers of customers, so that keys could be taken for each other
    return [Order(str(number), *order) for number, order in enumerate(orders)]


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from([None, "0", "1", "2"]),
        st.one_of(st.integers(0, 95), st.sampled_from([0, 29, 30, 31, 59, 60, 89, 90, 91])),
        st.sampled_from([0, 43200, 86399]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=14,
).map(_numbered)


class Models:
    """The SQL of the models as dbt compiled it, over tables of one's own."""

    def __init__(self, lake: AcceptedLake) -> None:
        built = lake.settings.warehouse_file
        compiled = (lake.settings.warehouse / "dbt").glob("*/compiled/*/models/**/*.sql")
        self._sql = {path.stem: path.read_text("utf-8") for path in compiled}
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as storepulse")
        self.connection.execute(f"attach '{built}' as built (read_only)")
        for schema, tables in GIVEN.items():
            self.connection.execute(f"create schema storepulse.{schema}")
            for table in tables:
                self._create_empty(schema, table)
        self.connection.execute("detach built")
        self._give_days()

    def _create_empty(self, schema: str, table: str) -> None:
        columns = self.connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = 'built' "
            "and schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        ).fetchall()
        assert columns, table
        typed = ", ".join(f"{name} {kind}" for name, kind in columns)
        self.connection.execute(f"create table storepulse.{schema}.{table} ({typed})")

    def _give_days(self) -> None:
        days = [(FIRST_DAY + timedelta(days=step),) for step in range(DAYS)]
        self.connection.executemany(
            "insert into storepulse.marts.dim_calendar (calendar_date) values (?)", days
        )
        for store in ("a", "b"):
            self.connection.execute(
                "insert into storepulse.intermediate.int_feed_spans "
                "(store_id, feed, first_day, last_day) values (?, 'orders', ?, ?)",
                [store, FIRST_DAY, days[-1][0]],
            )

    def build(self, orders: Sequence[Order]) -> None:
        self.connection.execute("delete from storepulse.intermediate.int_orders_validity")
        if orders:
            self.connection.executemany(
                "insert into storepulse.intermediate.int_orders_validity (order_id, store_id, "
                "customer_id, currency, goods_amount, settled_at, paid_date, is_paid, "
                "is_valid_order) values (?, ?, ?, 'CNY', 1, ?, ?, true, ?)",
                [
                    (o.number, o.store, o.customer, o.settled_at, o.paid_date, o.counts)
                    for o in orders
                ],
            )
        for schema, model in MODELS:
            self.connection.execute(
                f"create or replace table storepulse.{schema}.{model} as {self._sql[model]}"
            )

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def models(built_shop) -> Iterator[Models]:
    found = Models(built_shop.lake)
    yield found
    found.connection.close()


def accounts(orders: Sequence[Order]) -> dict[tuple[str, str], list[Order]]:
    """The orders that count of every customer of a store, the first one first."""
    found = defaultdict(list)
    for order in sorted(orders, key=lambda order: (order.settled_at, order.number)):
        if order.counts and order.customer is not None:
            found[order.store, order.customer].append(order)
    return dict(found)


many_histories = settings(max_examples=60, deadline=None, derandomize=True)


@many_histories
@given(orders=HISTORIES)
def test_the_first_day_of_a_customer_is_new_every_later_one_returning(models, orders):
    models.build(orders)

    expected = {order.number: ("guest", None) for order in orders if order.counts}
    for of_buyer in accounts(orders).values():
        for place, order in enumerate(of_buyer, start=1):
            is_new = order.paid_date == of_buyer[0].paid_date
            expected[order.number] = ("new" if is_new else "returning", place)
    found = models.rows(
        "select order_id, buyer_kind, order_number "
        "from storepulse.marts.fct_buyer_orders inner join storepulse.marts.fct_orders "
        "using (order_key)"
    )
    assert {number: (kind, place) for number, kind, place in found} == expected
    assert len(found) == len(expected)


@many_histories
@given(orders=HISTORIES)
def test_guests_never_become_one_buyer_nor_a_customer(models, orders):
    models.build(orders)

    people = {
        (order.store, order.customer) if order.customer else ("guest", order.number)
        for order in orders
    }
    ((buyers, new, guests),) = models.rows(
        "select count(distinct buyer_key), count(*) filter (is_first_order), "
        "count(*) filter (buyer_kind = 'guest') "
        "from storepulse.marts.fct_orders left join storepulse.marts.fct_buyer_orders "
        "using (order_key, buyer_key)"
    )
    assert buyers == len(people)
    assert new == len(accounts(orders))
    assert guests == sum(order.counts and order.customer is None for order in orders)


@many_histories
@given(orders=HISTORIES)
def test_back_within_thirty_days_is_another_order_on_one_of_the_thirty_days_after(models, orders):
    models.build(orders)

    expected = {
        of_buyer[0].number: any(
            1 <= (order.paid_date - of_buyer[0].paid_date).days <= 30 for order in of_buyer
        )
        for of_buyer in accounts(orders).values()
    }
    found = models.rows(
        "select order_id, is_back_within_30_days "
        "from storepulse.marts.fct_buyer_orders inner join storepulse.marts.fct_orders "
        "using (order_key) where is_first_order"
    )
    assert dict(found) == expected


@many_histories
@given(orders=HISTORIES)
def test_repeat_buyers_are_those_with_two_orders_in_the_window_on_every_day(models, orders):
    models.build(orders)

    days = [FIRST_DAY + timedelta(days=step) for step in range(DAYS)]
    expected = {}
    for store in ("a", "b") if accounts(orders) else ():
        for window in (30, 90):
            for day in days[window - 1 :]:
                numbers = [
                    sum(0 <= (day - order.paid_date).days < window for order in of_buyer)
                    for (of_store, _), of_buyer in accounts(orders).items()
                    if of_store == store
                ]
                expected[store, window, day] = (
                    sum(number >= 1 for number in numbers),
                    sum(number >= 2 for number in numbers),
                )
    found = models.rows(
        "select store_id, window_days, business_date, buyers, repeat_buyers "
        "from storepulse.marts.fct_repeat_buyer_daily"
    )
    assert {tuple(row[:3]): tuple(row[3:]) for row in found} == expected


@many_histories
@given(orders=HISTORIES, random=st.randoms(use_true_random=False))
def test_the_order_in_which_orders_arrive_changes_nothing(models, orders, random):
    query = "from storepulse.marts.fct_buyer_orders order by all"
    models.build(orders)
    as_delivered = models.rows(query)
    shuffled = random.sample(orders, len(orders))

    models.build(shuffled)

    assert models.rows(query) == as_delivered
