"""Whatever lands, as many rows and as much money come out as go in."""

import contextlib
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from storepulse.errors import WindowRejected
from storepulse.lake.paths import WindowFiles
from storepulse.replay import release
from storepulse.replay.rows import Choice, chosen
from storepulse.settings import Settings
from storepulse.validate import validate
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, land

LINE = GOOD_ROWS["order_lines"]
PRICES = st.one_of(
    st.decimals("-1000", "1000", places=3).map(str),
    st.sampled_from([None, "free", "0", "12.5", "1e2"]),
)
LINES = st.fixed_dictionaries(
    {
        "order_line_id": st.sampled_from(["1", "2", "3", None]),
        "quantity": st.sampled_from(["1", "3", "-2", "0", "2.5", None, "many"]),
        "unit_price": PRICES,
        "currency": st.sampled_from(["USD", "EUR", "XXX", None]),
        "updated_at": st.sampled_from(["2026-11-22 10:00:00", "2026-11-22 11:00:00", "soon", None]),
    }
)
HOMES = count()


def money(quantity, price):
    """The amount of a line computed from its text; None if it cannot be read."""
    try:
        return Decimal(quantity) * Decimal(price)
    except (TypeError, ArithmeticError):
        return None


def money_of(rows):
    """The money of all rows by currency."""
    total = {}
    for row in rows:
        amount = money(row["quantity"], row["unit_price"])
        if amount is not None:
            currency = row["currency"] or "?"
            total[currency] = total.get(currency, Decimal()) + amount
    return total


def added(*amounts):
    """Amounts by currency, added up."""
    return {
        currency: sum((one.get(currency, Decimal()) for one in amounts), Decimal())
        for currency in {currency for one in amounts for currency in one}
    }


def written(path):
    """The rows of a file of the lake, none when it is not there."""
    return parquet.read_table(path).to_pylist() if path.exists() else []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINES, min_size=1, max_size=25))
def test_landed_equals_accepted_plus_quarantined_in_rows_and_in_money(tmp_path, lines):
    home = Settings(home=tmp_path / str(next(HOMES)))
    rows = [{**LINE, **line} for line in lines]
    land(home, "order_lines", rows)

    try:
        result = validate(home, SOURCE, "order_lines", WINDOW)
    except WindowRejected:
        assert not WindowFiles(home, "order_lines", SOURCE, WINDOW).accepted.exists()
        return

    files = WindowFiles(home, "order_lines", SOURCE, WINDOW)
    positions = [row["_position"] for row in written(files.accepted) + written(files.quarantined)]
    assert sorted(positions) == list(range(1, len(rows) + 1))
    assert added(result.amount_accepted, result.amount_refused) == result.amount_landed
    assert result.amount_landed == money_of(rows)


WHERE = st.sampled_from(
    ["true", "order_line_id = '1'", "currency is null", "try_cast(quantity as double) < 0"]
)
CORRECTIONS = st.sampled_from(
    [
        ("currency", "USD"),
        ("quantity", "1"),
        ("unit_price", "12.50"),
        ("order_line_id", "9"),
        ("updated_at", "2026-11-22 12:00:00"),
    ]
)
DECISIONS = st.lists(
    st.one_of(
        st.tuples(st.just("fix"), WHERE, CORRECTIONS), st.tuples(st.just("drop"), WHERE, st.none())
    ),
    min_size=1,
    max_size=2,
)


class Batch:
    """A landed batch, and its rows with people's decisions applied."""

    def __init__(self, home, rows):
        self.home, self.landed = home, rows
        self.now = [dict(row) for row in rows]
        self.dropped = set()
        land(home, "order_lines", rows)

    def decide(self, action, where, correction):
        """Decide about the selected refused rows; rows with the same text share a decision."""
        meant = Choice("order_lines", where=where)
        texts = [self.landed[row["_position"] - 1] for row in chosen(self.home, meant)]
        if not texts:
            return
        places = {place for place, row in enumerate(self.landed) if row in texts}
        if action == "drop":
            release.drop(self.home, meant, "a trial")
            self.dropped |= places
            return
        column, value = correction
        release.fix(self.home, meant, {column: f"'{value}'"}, "a typo")
        for place in places - self.dropped:
            self.now[place][column] = value

    def money_expected(self):
        """The expected amounts; dropped rows count as they landed."""
        kept = [row for place, row in enumerate(self.now) if place not in self.dropped]
        return added(money_of(kept), money_of(self.landed[place] for place in self.dropped))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINES, min_size=1, max_size=12), decisions=DECISIONS)
def test_nothing_is_lost_or_counted_twice_whatever_people_decide_and_release(
    tmp_path, lines, decisions
):
    home = Settings(home=tmp_path / str(next(HOMES)))
    files = WindowFiles(home, "order_lines", SOURCE, WINDOW)
    # Enough good rows that hardly any batch is rejected as a whole.
    good = [{**LINE, "order_line_id": f"good-{number}"} for number in range(400)]
    batch = Batch(home, good + [{**LINE, **line} for line in lines])
    with contextlib.suppress(WindowRejected):
        validate(home, SOURCE, "order_lines", WINDOW)

    for decision in decisions:
        batch.decide(*decision)
        first = list(release.release(home, Choice("order_lines")))
        second = list(release.release(home, Choice("order_lines")))

        assert [one.result for one in first] == [one.result for one in second]
        result = second[0].result if second else None
        if result is None:
            # Nothing was ever refused, or the window was rejected.
            continue
        accepted, refused = written(files.accepted), written(files.quarantined)
        gone = [place + 1 for place in sorted(batch.dropped)]
        positions = [row["_position"] for row in accepted + refused] + gone
        assert sorted(positions) == list(range(1, len(batch.landed) + 1))
        counts = (result.accepted, result.quarantined, result.dropped)
        assert counts == (len(accepted), len(refused), len(gone))
        repeated = [row for row in refused if row["_rules"] == ["duplicate_key"]]
        assert result.refused_by_rule.get("duplicate_key", 0) == len(repeated)
        conflicting = [row for row in refused if row["_rules"] == ["conflicting_rows"]]
        assert result.refused_by_rule.get("conflicting_rows", 0) == len(conflicting)
        kept = {row["order_line_id"] for row in accepted + conflicting}
        assert {row["order_line_id"] for row in repeated} <= kept
        amounts = (result.amount_accepted, result.amount_refused, result.amount_dropped)
        assert added(*amounts) == result.amount_landed == batch.money_expected()
