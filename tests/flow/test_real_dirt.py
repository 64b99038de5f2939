"""Real files that were cut short, shifted or blanked: bad rows are refused, good ones accepted."""

from collections import Counter
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from storepulse.feeds.sources import load_source
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import quarantined_by_rule, rejected_windows
from storepulse.settings import Settings
from storepulse.validate.suite.placeholders import Placeholders
from storepulse.validate.volume import usual_rows
from storepulse.windows import Window
from support import real_dirt
from support.real_dirt import DATA, ELECTRONICS, GROCERY, SHOPS

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(900)]


def needs(pattern):
    return pytest.mark.skipif(
        not any(DATA.glob(pattern)),
        reason=f"no {pattern} in {DATA}; set STOREPULSE_TEST_DATA to its folder",
    )


grocery = needs(f"{GROCERY}/*.csv")
electronics = needs(f"{ELECTRONICS}/*.zip")
olist = needs("olist/olist_orders*.csv")
online_retail = needs("online_retail/*.parquet")

# The first day of each week in which an extract ended early, and how many lines it had.
CUT_SHORT = {
    "foodline": {
        "2025-07-31": 54, "2025-08-07": 9, "2025-08-28": 9, "2025-09-18": 9, "2025-09-25": 9,
    },
    "makro": {},
    "pnp": {"2025-08-28": 72},
}  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Ten weeks of each grocer, landed and validated as if the others did not exist."""
    found = {}
    for shop in SHOPS:
        home = tmp_path_factory.mktemp(shop)
        files = real_dirt.files_of_shop(shop, home / "files")
        found[shop] = real_dirt.grocery_weeks(real_dirt.settings_in(home), files)
    return found


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Ten weeks of all three grocers in one feed, with their settings."""
    settings = real_dirt.settings_in(tmp_path_factory.mktemp("together"))
    return settings, real_dirt.grocery_weeks(settings, DATA / GROCERY)


def first_day(one):
    return f"{one.window.start:%Y-%m-%d}"


@grocery
@pytest.mark.parametrize("shop", SHOPS)
def test_weeks_cut_short_are_rejected_and_all_others_pass(alone, shop):
    rejected = {
        first_day(one): one.result["rows"]["landed"] for one in alone[shop] if one.is_rejected
    }

    assert rejected == CUT_SHORT[shop]
    assert len(alone[shop]) == 10
    for one in alone[shop]:
        assert "snapshot_whole" not in one.result["refused_by_rule"]


@grocery
@pytest.mark.parametrize(
    ("shop", "week", "example"),
    [
        ("pnp", "2025-08-28", "our_grocery, pick_n_pay on 2025-08-28: 72 where 9,967 are usual"),
        ("foodline", "2025-09-18", "our_grocery, foodline on 2025-09-18: 9 where 624 are usual"),
    ],
)
def test_the_message_names_the_snapshot_and_how_much_of_it_arrived(alone, shop, week, example):
    (rejected,) = [one for one in alone[shop] if first_day(one) == week]

    assert [error["rule"] for error in rejected.result["failures"]] == ["snapshot_whole"]
    assert rejected.result["failures"][0]["example"] == example
    assert example in rejected.message


@grocery
def test_one_shop_cut_short_is_refused_while_the_other_two_are_accepted(together):
    _, found = together
    refused = {
        first_day(one): one.result["refused_by_rule"]["snapshot_whole"]["rows"]
        for one in found
        if "snapshot_whole" in one.result["refused_by_rule"]
    }
    in_the_files = Counter()
    for weeks in CUT_SHORT.values():
        in_the_files.update(weeks)

    assert not any(one.is_rejected for one in found)
    assert refused == in_the_files == {
        "2025-07-31": 54, "2025-08-07": 9, "2025-08-28": 81, "2025-09-18": 9, "2025-09-25": 9,
    }  # fmt: skip
    warned = {first_day(one) for one in found for warning in one.result["told"]
              if warning["rule"] == "snapshots_all_whole"}  # fmt: skip
    assert warned == set(refused)


@grocery
def test_other_refused_rows_are_zero_prices_and_repeated_names(together):
    """A name at two prices is two products, or a mistake: its price is not known."""
    settings, _ = together
    ((free, again, conflicting),) = duckdb.sql(
        f"""
        with lines as (
            from read_csv('{DATA}/{GROCERY}/*.csv', all_varchar = true, filename = true)
            select *, count(*) over (partition by filename) as lines_of_file
        ),
        whole as (from lines where lines_of_file > 72),
        with_price as (from whole where price::double > 0),
        names as (
            select count(*) as times, count(distinct (
                round(price::decimal(18, 8), 2), coalesce(old_price::decimal(18, 2)::varchar, '')
            )) as contents
            from with_price group by filename, name
        )
        select
            (select count(*) from whole) - (select count(*) from with_price),
            sum(times - contents),
            sum(contents) filter (contents > 1)
        from names
        """
    ).fetchall()

    by_rule = {quarantined.rule: quarantined.rows for quarantined in quarantined_by_rule(settings)}

    assert by_rule == {
        "snapshot_whole": 162,
        "price_positive": free,
        "duplicate_key": again,
        "conflicting_rows": conflicting,
    }
    assert (free, again, conflicting) == (5, 887, 640)


@grocery
def test_a_history_in_one_window_refuses_the_same_snapshots(tmp_path):
    settings = real_dirt.settings_in(tmp_path)
    span = load_source(settings, GROCERY).history

    one = real_dirt.evaluate(settings, GROCERY, "competitor_prices", span, DATA / GROCERY)

    assert not one.is_rejected
    assert one.result["refused_by_rule"]["snapshot_whole"]["rows"] == 54 + 4 * 9 + 72


@pytest.fixture(scope="module")
def offers(tmp_path_factory):
    """The observations of four years, landed and validated; and a way to query the raw file."""
    home = tmp_path_factory.mktemp("electronics")
    data = real_dirt.unpacked_electronics(home / "files")
    settings = real_dirt.settings_in(home)
    one = real_dirt.electronics(settings, data)
    # Read without its header, which has five columns without a name.
    raw = f"""
        select
            column00 as id, column03 as availability, column04 as condition, column08 as merchant,
            column06 as dates_seen,
            concat_ws('', column26, column27, column28, column29, column30) <> '' as is_shifted
        from read_csv('{next(data.glob("*.csv"))}', all_varchar = true, header = false, skip = 1)
    """

    def ask(sql):
        files = WindowFiles(settings, "competitor_prices", ELECTRONICS, one.window)
        with duckdb.connect() as con:
            con.execute(f"create view raw as {raw}")
            con.execute("create view seen as from raw select *, "
                        "unnest(string_split(dates_seen, ',')) as moment")  # fmt: skip
            con.execute(f"create view accepted as from '{files.accepted}'")
            con.execute(f"create view refused as from '{files.quarantined}'")
            return con.execute(sql).fetchall()

    return one, ask


@electronics
def test_every_time_in_a_comma_list_is_an_observation(offers):
    one, ask = offers

    assert ask("select (select count(*) from raw), (select count(*) from seen)") == [(7249, 22290)]
    assert one.result["rows"] == {
        "landed": 22290, "accepted": 16740, "quarantined": 5550, "dropped": 0, "corrected": 0,
    }  # fmt: skip


@electronics
def test_only_shifted_lines_are_refused_by_that_rule(offers):
    one, ask = offers

    assert ask("select count(*) from raw where is_shifted") == [(45,)]
    assert ask("select count(*) from seen where is_shifted") == [(123,)]
    assert one.result["refused_by_rule"]["url_is_address"]["rows"] == 123
    assert ask(
        "select distinct trim(split_part(url, ',', 1)) from refused "
        "where list_contains(_rules, 'url_is_address') order by 1"
    ) == [("16GB Storage",), ('HD Radio and SiriusXM Ready"',), ("Hd Radio",)]


@electronics
def test_twelve_spellings_of_availability_are_understood_and_others_refused(offers):
    one, ask = offers
    spellings = dict(ask("select availability, count(*) from raw group by 1"))
    understood = set(spellings) - {"32 available", "7 available"}

    assert len(understood) == 12
    assert one.result["refused_by_rule"]["type_is_in_stock"]["rows"] == 2
    assert ask(
        "select is_in_stock from refused where list_contains(_rules, 'type_is_in_stock') order by 1"
    ) == [("32 available",), ("7 available",)]
    assert dict(ask("select is_in_stock, count(*) from accepted group by 1")) == dict(
        ask(
            """
            with kept as (
                select id, merchant, condition, moment, availability,
                    count(*) over (
                        partition by id, lower(condition) = 'new', moment,
                            trim(regexp_replace(lower(merchant), '[^a-z0-9]+', '-', 'g'), '-')
                    ) as times
                from seen
                where not is_shifted and availability not like '% available'
            )
            select case
                when lower(availability) in ('in stock', 'yes', 'true') then true
                when availability <> 'undefined' then false
            end, count(*)
            from kept where times = 1 group by 1
            """
        )
    )


@electronics
def test_an_offer_with_different_values_at_one_time_is_refused(offers):
    """Whenever the file repeats an offer and time, its price or URL differs."""
    one, ask = offers
    ((conflicting,),) = ask(
        """
        with good as (from seen where not is_shifted and availability not like '% available'),
        repeated as (
            select count(*) as times from good group by id, lower(condition) = 'new', moment,
                trim(regexp_replace(lower(merchant), '[^a-z0-9]+', '-', 'g'), '-')
        )
        select sum(times) from repeated where times > 1
        """
    )

    assert "duplicate_key" not in one.result["refused_by_rule"]
    assert one.result["refused_by_rule"]["conflicting_rows"]["rows"] == conflicting == 5425
    assert "snapshot_whole" not in one.result["refused_by_rule"]


@olist
def test_lines_of_commas_reject_the_window_with_a_single_error(tmp_path):
    settings = real_dirt.settings_in(tmp_path)

    one = real_dirt.commas(settings)

    assert [(error["rule"], error["got"]) for error in one.result["failures"]] == [
        ("rows_not_emptied", "89,442 of 99,441 rows that are identical and lack it")
    ]
    assert one.result["told"] == []
    assert one.message.count("\n  - ") == 1
    assert [window.feed for window in rejected_windows(settings)] == ["orders"]
    assert quarantined_by_rule(settings) == []


@pytest.fixture(scope="module")
def lines_by_day():
    """How many invoice lines the UK shop wrote on each day from its first to its last."""
    found = dict(
        duckdb.sql(
            'select "InvoiceDate"::timestamp::date, count(*) '
            f"from '{DATA}/online_retail/*.parquet' group by 1"
        ).fetchall()
    )
    span = (max(found) - min(found)).days
    days = [min(found) + timedelta(days=day) for day in range(span + 1)]
    return {day: found.get(day, 0) for day in days}


@online_retail
def test_in_a_real_year_only_days_when_the_shop_was_closed_give_a_warning(tmp_path, lines_by_day):
    settings = Settings(home=tmp_path)
    warned = []
    for day, lines in lines_by_day.items():
        window = Window.from_iso(f"{day}", f"{day + timedelta(days=1)}")
        files = WindowFiles(settings, "order_lines", "online_retail", window)
        fewest = Placeholders(window, usual_rows(files)).value("$usual_rows_times_0.1")
        if lines < (fewest or 0):
            warned.append(day)
        files.accepted.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"line": pa.nulls(lines)}), files.accepted)

    christmas = [date(2009, 12, 24) + timedelta(days=day) for day in range(11)]
    assert all(lines_by_day[day] == 0 for day in warned)
    assert len(lines_by_day) == 374
    assert warned == [
        date(2009, 12, 12),
        date(2009, 12, 19),
        *[day for day in christmas if day.weekday() != 5],
        date(2010, 4, 2),
        date(2010, 4, 4),
        date(2010, 4, 5),
        date(2010, 5, 3),
        date(2010, 5, 31),
        date(2010, 8, 30),
    ]
