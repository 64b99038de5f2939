"""What every KPI of the golden shop comes to, worked out by hand, however its rows come in.

The shop and the book are the package `tests/golden`. Four arrivals of the same rows are built: all
at once, as the year goes, backfilled in random order, and shuffled with duplicates.
"""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from golden.arrivals import ARRIVALS
from golden.book import Book, Entry, known_parts
from golden.bridge import NOT_KNOWN, WALKS
from golden.pages import NOT_YET, PAGES
from golden.periods import OF_KNOWN_DAYS, OF_THE_LAST_DAY, PEOPLE, is_in_part, is_right
from golden.shop import ALL, CURRENCY, STORES, stores_on
from support.accepted_lake import AcceptedLake
from support.semantic_layer import SemanticLayer

pytestmark = pytest.mark.timeout(2400)

SLICES = {
    key: (area, members) for area, page in PAGES.items() for key, members in page.slices.items()
}
# What every build published, and what follows from it: none of that can be rebuilt from what is
# accepted, so it differs with the number of builds. Here it is that of one build, which restates
# and withdraws nothing; several builds are in test_as_of_ledger.py and test_master_data.py.
OF_THE_LEDGER = ("fct_kpi_asof", "fct_kpi_restatements", "fct_kpi_withdrawals")
KPIS_OF_THE_LEDGER = ("restatement_rate", "withdrawn_kpi_days")
# Ways to come in that take several builds.
LATER = [name for name in ARRIVALS if name != "at_once"]


@pytest.fixture(scope="module")
def warehouses(home_of_lakes, tmp_path_factory) -> "Warehouses":
    return Warehouses(home_of_lakes, tmp_path_factory.mktemp("golden"))


class Warehouses:
    """The shop as each arrival left it, built when it is first asked for."""

    def __init__(self, home: Path, place: Path) -> None:
        self.home = home
        self.place = place

    def after(self, arrival: str) -> Path:
        kept = self.place / f"{arrival}.duckdb"
        if not kept.is_file():
            lake = AcceptedLake.emptied(self.home)
            ARRIVALS[arrival](lake)
            shutil.copyfile(lake.settings.warehouse_file, kept)
        return kept


@pytest.fixture(params=["at_once", *(pytest.param(name, marks=pytest.mark.slow) for name in LATER)])
def warehouse(request, warehouses) -> Path:
    return warehouses.after(request.param)


@pytest.fixture(scope="module")
def at_once(warehouses) -> Path:
    return warehouses.after("at_once")


@pytest.fixture(scope="module")
def book(at_once) -> Book:
    money = rows(at_once, "select kpi from marts.dim_kpis where unit = 'money'")
    return Book(PAGES, frozenset(kpi for (kpi,) in money))


def rows(warehouse: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_published_kpi_is_in_the_book(at_once, book):
    published = {kpi for (kpi,) in rows(at_once, "select kpi from marts.dim_kpis")}

    assert published - set(book.kpis) - NOT_YET == set(), "add them to their area's page"
    assert set(book.kpis) - published == set(), "no such KPI is published; is it one of `parts`?"
    assert set(book.kpis) & NOT_YET == set(), "take them off the list: they are in the book"


def test_every_total_of_every_day_of_the_year_is_as_in_the_book(warehouse, book, request):
    is_built_once = request.node.callspec.params["warehouse"] == "at_once"
    unknown = NOT_YET if is_built_once else NOT_YET | {*KPIS_OF_THE_LEDGER}
    expected = {key: entry for key, entry in book.entries().items() if key[0] not in unknown}

    found = {
        (kpi, day, store): (Entry(*numbers), currency)
        for kpi, day, store, *numbers, currency in rows(
            warehouse,
            "select kpi, kpi_date, store_id, numerator, denominator, value, currency "
            "from marts.fct_kpi_daily where dimension = 'all'",
        )
        if kpi not in unknown
    }

    assert len(expected) > 385 * 3 * (len(book.kpis) - 1)
    assert found.keys() == expected.keys()
    wrong = [
        f"{kpi} of {store} on {day}: {_shown(entry)} in the book, {_shown(found[key][0])} found"
        for key, entry in expected.items()
        for kpi, day, store in [key]
        if not _is_like(found[key][0], entry)
    ]
    assert not wrong, "\n".join(wrong)
    assert {
        key for key, (_, currency) in found.items() if currency != _currency(key, book)
    } == set()


def _currency(key: tuple, book: Book) -> str | None:
    kpi, _, store = key
    return CURRENCY[store] if kpi in book.money else None


def _is_like(found: Entry, expected: Entry) -> bool:
    if found[:2] != expected[:2]:
        return False
    if found.value is None or expected.value is None:
        return found.value is expected.value
    return abs(found.value - expected.value) < 1e-9


def _shown(entry: Entry) -> str:
    if entry.denominator is None:
        return f"{entry.numerator}"
    return f"{entry.numerator} / {entry.denominator} = {entry.value}"


def test_all_stores_say_how_many_of_them_have_a_number(at_once, book):
    entries = book.entries()
    days = [
        ("target_attainment", date(2026, 6, 25)),  # New York alone has a target
        ("ad_budget_pacing", date(2026, 10, 1)),  # and a budget, of which nothing was to be spent
        ("landing_forecast", date(2026, 6, 25)),
        ("target_attainment", date(2026, 7, 1)),  # nobody has
        ("reconciliation_gap", date(2026, 10, 27)),  # Berlin's platform reports 0
        ("net_sales", date(2026, 6, 25)),
    ]

    counted = {
        (kpi, day): stores
        for kpi, day, stores in rows(
            at_once,
            "select kpi, kpi_date, stores_counted "
            "from marts.fct_kpi_daily inner join marts.dim_kpis using (kpi) "
            "where (store_id, dimension) = ('all', 'all') and kpi_kind <> 'percentile'",
        )
        if kpi not in NOT_YET
    }

    assert [counted[day] for day in days] == [1, 1, 1, 0, 1, 3]
    wrong = {
        (kpi, str(day)): (found, expected)
        for (kpi, day), found in counted.items()
        for expected in [len(known_parts(kpi, day, stores_on(day), entries))]
        if found != expected
    }
    assert wrong == {}


@pytest.mark.parametrize("slice_", SLICES, ids=" ".join)
def test_slices_are_as_in_the_book(at_once, slice_):
    kpi, day, store, dimension = slice_
    _, expected = SLICES[slice_]

    found = {
        member: (value, numerator, denominator)
        for member, value, numerator, denominator in rows(
            at_once,
            "select member, value, numerator, denominator from marts.fct_kpi_daily "
            f"where (kpi, kpi_date, store_id, dimension) "
            f"= ('{kpi}', date '{day}', '{store}', '{dimension}')",
        )
    }

    assert {member: found[member][0] for member in expected} == {
        member: None if value is None else pytest.approx(value, abs=1e-9)
        for member, value in expected.items()
    }
    unnamed = {member: numbers for member, numbers in found.items() if member not in expected}
    assert [member for member, numbers in unnamed.items() if any(numbers[:2])] == []


def test_weeks_and_months_come_to_what_the_book_says_of_their_days(at_once, book):
    entries = book.entries()
    balances = {
        k for (k,) in rows(at_once, "select kpi from marts.dim_kpis where kpi_kind = 'balance'")
    }
    days: dict[tuple, list] = {}
    for grain, start, day in rows(
        at_once,
        "select grain, period_start, kpi_date from intermediate.int_kpi_period_days order by all",
    ):
        days.setdefault((grain, start), []).append(day)

    seen, wrong = set(), []
    for kpi, grain, start, store, *found in rows(
        at_once,
        "select kpi, grain, period_start, store_id, numerator, denominator "
        "from marts.fct_kpi_periods where dimension = 'all'",
    ):
        if kpi in NOT_YET or (kpi in OF_KNOWN_DAYS and store == "all"):
            continue
        of_days = [entries[kpi, day, store] for day in days[grain, start]]
        whole = [
            one
            for one in STORES
            if _is_whole(kpi, one, days[grain, start], entries)
            and not is_in_part(kpi, (grain, str(start), one))
        ]
        if store == ALL and whole and whole != list(STORES):
            of_days = [book.together(kpi, day, whole, entries) for day in days[grain, start]]
        period = (grain, str(start), store)
        seen.add(period)
        for part, number in zip(("numerator", "denominator"), found, strict=True):
            numbers = [getattr(entry, part) for entry in of_days]
            numbers = numbers[-1:] if kpi in balances else numbers
            if not is_right(number, (kpi, part), numbers, period):
                wrong.append(f"{kpi}, {period}: {part} {number} of {numbers}")

    assert wrong == []
    assert seen >= PEOPLE.keys()


def _is_whole(kpi: str, store: str, days: list[date], entries: dict[tuple, Entry]) -> bool:
    """Whether a store's week or month is known and counts in that of all stores.

    Every day must be, or of a KPI that is as of the last day, that one after days that were.
    """
    of_days = [entries.get((kpi, day, store)) for day in days]
    asked = of_days[-1:] if kpi in OF_THE_LAST_DAY else of_days
    return None not in of_days and all(entry[:2] != (None, None) for entry in asked if entry)


def test_bridges_to_the_platforms_figures_are_as_in_the_book(at_once):
    found: dict[tuple, dict[str, float]] = {walk: {} for walk in WALKS}
    for store, day, variant, line, amount in rows(
        at_once, "select store_id, kpi_date, variant, line, amount from marts.fct_metric_bridge"
    ):
        if amount and (store, str(day), variant) in found:
            found[store, str(day), variant][line] = float(amount)

    assert found == {
        walk: {line: amount for line, amount in lines.items() if amount}
        for walk, lines in WALKS.items()
    }


def test_a_bridge_of_all_stores_is_not_known_where_the_worth_of_an_amount_is_not(at_once):
    store, day = NOT_KNOWN

    amounts = rows(
        at_once,
        "select distinct amount from marts.fct_metric_bridge "
        f"where (store_id, kpi_date) = ('{store}', date '{day}')",
    )

    assert amounts == [(None,)]


@pytest.mark.slow
@pytest.mark.parametrize("arrival", LATER)
def test_however_rows_come_in_every_mart_is_that_of_a_build_at_once(at_once, warehouses, arrival):
    marts = [
        mart
        for (mart,) in rows(
            at_once,
            "select table_name from information_schema.tables where table_schema = 'marts' "
            f"and table_name not in {OF_THE_LEDGER} order by all",
        )
    ]

    other = warehouses.after(arrival)

    assert len(marts) > 12
    differences = {mart: _differences(at_once, other, mart) for mart in marts}
    assert {mart: found for mart, found in differences.items() if found} == {}


def _differences(one: Path, other: Path, mart: str) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        columns = connection.execute(f"describe one.marts.{mart}").fetchall()
        with_kpis = mart != "dim_kpis" and "kpi" in [column for column, *_ in columns]
        where = f"where kpi not in {KPIS_OF_THE_LEDGER}" if with_kpis else ""
        # whether a row came late is about how rows came in
        columns = "select * exclude (rows_late, day_state) " if mart == "fct_feed_daily" else ""
        return connection.execute(
            f"({columns}from one.marts.{mart} {where} "
            f"except all {columns}from other.marts.{mart} {where} limit 5) "
            f"union all "
            f"({columns}from other.marts.{mart} {where} "
            f"except all {columns}from one.marts.{mart} {where} limit 5)"
        ).fetchall()


@pytest.mark.slow
def test_mf_query_answers_every_kpi_with_the_number_of_its_day(at_once, tmp_path):
    kinds = dict(rows(at_once, "select kpi, kpi_kind from marts.dim_kpis"))
    answers = SemanticLayer(at_once, tmp_path).by_day_and_store(list(kinds))

    wrong, confirmed = {}, set()
    for kpi, day, store, value, numerator in rows(
        at_once,
        # the facts do not show that somebody has not reported them
        "select kpi, kpi_date, store_id, value, numerator from marts.fct_kpi_daily "
        "where dimension = 'all' and store_id <> 'all' "
        "and missing_reason is distinct from 'not_reported'",
    ):
        # MetricFlow knows no shares of a total: asked for one it gives the amount that is shared
        ours = numerator if kinds[kpi] == "share" else value
        answer = answers.get((kpi, store, day))
        if not _is_the_same(ours, answer):
            wrong[kpi, store, str(day)] = (ours, answer)
        elif answer:
            confirmed.add(kpi)

    assert wrong == {}
    assert set(kinds) - NOT_YET - {*KPIS_OF_THE_LEDGER} - confirmed == set(), (
        "never anything but nothing"
    )


def _is_the_same(ours: float | None, answer: float | None) -> bool:
    """Nothing happened is 0 for a sum of ours, and no row for MetricFlow.

    Rows of an average are rounded to six places before they are summed.
    """
    if ours is None or answer is None:
        return not ours and not answer
    return float(ours) == pytest.approx(answer, rel=1e-9, abs=5e-7)
