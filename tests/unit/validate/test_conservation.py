"""Whatever lands, as many rows and as much money come out as went in."""

from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from landed_windows import GOOD_ROWS, SOURCE, WINDOW, land
from storepulse.errors import WindowHeldBack
from storepulse.lake import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import validate

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
    """The money of a line as its text says it; none when it cannot be read."""
    try:
        return Decimal(quantity) * Decimal(price)
    except (TypeError, ArithmeticError):
        return None


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINES, min_size=1, max_size=25))
def test_landed_equals_accepted_plus_quarantined_in_rows_and_in_money(tmp_path, lines):
    home = Settings(home=tmp_path / str(next(HOMES)))
    rows = [{**LINE, **line} for line in lines]
    land(home, "order_lines", rows)
    expected = {}
    for row in rows:
        amount = money(row["quantity"], row["unit_price"])
        if amount is not None:
            currency = row["currency"] or "?"
            expected[currency] = expected.get(currency, Decimal()) + amount

    try:
        verdict = validate(home, SOURCE, "order_lines", WINDOW)
    except WindowHeldBack:
        assert not WindowFiles(home, "order_lines", SOURCE, WINDOW).accepted.exists()
        return

    files = WindowFiles(home, "order_lines", SOURCE, WINDOW)
    positions = parquet.read_table(files.accepted)["_position"].to_pylist()
    if verdict.quarantined:
        positions += parquet.read_table(files.quarantined)["_position"].to_pylist()
    assert sorted(positions) == list(range(1, len(rows) + 1))
    held_and_accepted = {
        currency: verdict.amount_accepted.get(currency, 0) + verdict.amount_held.get(currency, 0)
        for currency in {*verdict.amount_accepted, *verdict.amount_held}
    }
    assert held_and_accepted == expected == verdict.amount_landed
