from datetime import date, datetime, timedelta
from unittest import mock

import pytest

from storepulse.monitor.detect import evaluate
from storepulse.monitor.records import ALL, SeriesKey
from storepulse.serving import catalog
from storepulse.settings import Settings
from support.marts_builder import KPIS, Shop, write_marts

LAST = Shop().last_day
SALES = {"paid_orders", "paid_gmv", "gross_sales", "net_sales", "units_sold"}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def evaluated(settings, shops, evaluated_until=None, **options):
    write_marts(settings.serving / "storepulse.duckdb", shops, facts=False, **options)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        return evaluate(con, catalogue, evaluated_until or {})


def anomalous(evaluation) -> set[tuple[str, str]]:
    return {(one.key.kpi, one.key.member) for one in evaluation.anomalies}


def test_a_calm_shop_gives_no_anomaly(settings):
    assert anomalous(evaluated(settings, [Shop()])) == set()


def test_lost_orders_are_found_in_total_and_in_their_channel(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.orders_lost(LAST, "paid_search", 0.95)

    found = anomalous(evaluated(settings, [shop]))

    assert {("paid_orders", ALL), ("paid_orders", "paid_search")} <= found
    assert ("sessions", ALL) not in found


def test_more_refunds_are_bad_and_fewer_are_not(settings):
    more, fewer = Shop(), Shop()
    more.refund_wave(LAST, 12)
    fewer.refund_wave(LAST, 0.05)

    assert ("refund_value", ALL) in anomalous(evaluated(settings, [more]))
    assert ("refund_value", ALL) not in anomalous(evaluated(settings, [fewer]))


def test_net_sales_below_zero_are_reported_for_the_store_and_not_for_each_slice(settings):
    shop = Shop()
    shop.refund_wave(LAST, 20)

    found = anomalous(evaluated(settings, [shop]))

    assert {("refund_value", ALL), ("net_sales", ALL)} <= found
    assert {member for kpi, member in found if kpi == "net_sales"} == {ALL}


def test_twice_the_orders_are_worth_a_check(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.duplicate_load(LAST)

    evaluation = evaluated(settings, [shop])

    assert ("paid_orders", ALL) in anomalous(evaluation)
    assert not next(a for a in evaluation.anomalies if a.key.kpi == "paid_orders").is_bad


def test_a_promotion_on_the_calendar_does_not_alert(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.promotion(LAST - timedelta(days=2), LAST, lift=1.9)

    assert anomalous(evaluated(settings, [shop])) == set()


def test_the_same_promotion_without_a_calendar_does(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.promotion(LAST - timedelta(days=2), LAST, lift=1.9)
    shop.events.clear()

    assert ("sessions", ALL) in anomalous(evaluated(settings, [shop]))


def test_a_change_of_a_few_percent_is_not_reported_however_certain(settings):
    shop = Shop(sessions_a_day=2_000_000, conversion=0.0001)
    evaluation = evaluated(settings, [shop])
    sessions = evaluation.seen(SeriesKey("us_site", "sessions", ALL, ALL), LAST)

    assert sessions is not None
    assert all(abs(one.change) >= 0.03 for one in evaluation.anomalies)


def test_today_is_never_evaluated_because_its_feeds_are_not_complete(settings):
    shop = Shop()
    shop.orders_lost(LAST, "paid_search", 1.0)
    before_midnight_in_new_york = datetime(LAST.year, LAST.month, LAST.day) + timedelta(hours=28)

    evaluation = evaluated(settings, [shop], complete_until=before_midnight_in_new_york)

    assert {one.day for one in evaluation.days} == {LAST - timedelta(days=1)}
    assert evaluation.anomalies == []
    assert evaluation.seen(SeriesKey("us_site", "paid_orders", ALL, ALL), LAST) is None


def test_the_same_moment_closes_a_day_in_shanghai_and_not_in_new_york(settings):
    shops = [Shop(), Shop("cn_market", "Market", "Asia/Shanghai", "CNY", seed=3)]
    noon = datetime(LAST.year, LAST.month, LAST.day) + timedelta(hours=16)

    evaluation = evaluated(settings, shops, complete_until=noon)

    assert {(one.key.store_id, one.day) for one in evaluation.days} == {
        ("cn_market", LAST),
        ("us_site", LAST - timedelta(days=1)),
    }


def test_a_kpi_waits_for_its_slowest_feed(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    import duckdb

    with duckdb.connect(str(settings.serving / "storepulse.duckdb")) as con:
        con.execute(
            "update marts.fct_feed_coverage set complete_until = complete_until - interval 1 day "
            "where feed = 'traffic'"
        )
    with catalog.opened(settings) as con:
        evaluation = evaluate(con, catalog.read_catalogue(con), {})

    newest = {one.key.kpi: one.day for one in evaluation.days}
    assert newest["paid_orders"] == LAST
    assert newest["sessions"] == newest["payment_conversion"] == LAST - timedelta(days=1)


def test_a_kpi_that_matures_is_evaluated_later(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    import duckdb

    with duckdb.connect(str(settings.serving / "storepulse.duckdb")) as con:
        con.execute("update marts.dim_kpis set mature_after_days = 3 where kpi = 'refund_value'")
    with catalog.opened(settings) as con:
        evaluation = evaluate(con, catalog.read_catalogue(con), {})

    days = {one.key.kpi: one.day for one in evaluation.days}
    assert days["refund_value"] == LAST - timedelta(days=3)
    assert days["net_sales"] == LAST


def test_every_day_is_evaluated_once(settings):
    first = evaluated(settings, [Shop()])
    until = dict(first.closed)

    assert evaluated(settings, [Shop()], until).days == ()

    two_days_ago = {pair: last - timedelta(days=2) for pair, last in until.items()}
    days = {one.day for one in evaluated(settings, [Shop()], two_days_ago).days}
    assert days == {LAST - timedelta(days=1), LAST}


def test_a_day_published_before_its_history_is_evaluated_once_the_history_arrives(settings):
    first = evaluated(settings, [Shop(days=1, first_day=LAST)])
    whole = Shop(sessions_a_day=20_000)
    whole.orders_lost(LAST, "paid_search", 0.95)

    then = evaluated(settings, [whole], dict(first.closed))

    assert first.days == ()
    assert ("paid_orders", ALL) in anomalous(then)


def test_after_a_long_gap_only_the_last_week_is_evaluated(settings):
    months_ago = dict.fromkeys(evaluated(settings, [Shop()]).closed, date(2026, 9, 15))

    days = {one.day for one in evaluated(settings, [Shop()], months_ago).days}

    assert days == {LAST - timedelta(days=back) for back in range(7)}


def test_a_shop_of_three_weeks_is_not_evaluated_yet(settings):
    evaluation = evaluated(settings, [Shop(days=21)])

    assert evaluation.days == ()


def test_marts_without_any_kpi_day_are_no_error(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop(days=0)], facts=False)
    with catalog.opened(settings) as con:
        assert evaluate(con, catalog.read_catalogue(con), {}) is None


def test_a_slice_of_five_orders_a_day_may_sell_nothing_for_a_day(settings):
    shop = Shop()
    shop.orders_lost(LAST, "email", 1)

    evaluation = evaluated(settings, [shop])

    (money,) = [d for d in evaluation.days if (d.key.kpi, d.key.member) == ("paid_gmv", "email")]
    assert money.value == 0
    assert money.expected > 150
    assert anomalous(evaluation) == set()


def test_the_same_loss_where_hundreds_order_is_reported(settings):
    shop = Shop(sessions_a_day=80_000)
    shop.orders_lost(LAST, "email", 1)

    assert {("paid_gmv", "email"), ("net_sales", "email")} <= anomalous(evaluated(settings, [shop]))


def test_months_of_small_calm_shops_give_hardly_any_false_mail(settings):
    # Twelve shops of 60 orders a day for eight weeks; tests/bench/alerts.py does the same with
    # simulated shops.
    shops = [Shop(f"shop_{seed}", f"Shop {seed}", seed=seed) for seed in range(12)]
    before = {(shop.store_id, kpi): LAST - timedelta(days=56) for shop in shops for kpi in KPIS}

    with mock.patch("storepulse.monitor.detect.evaluate.DAYS_BACK", 56):
        evaluation = evaluated(settings, shops, before)

    assert len({(d.key.store_id, d.day) for d in evaluation.days}) == 12 * 56
    assert len({(a.key.store_id, a.day) for a in evaluation.anomalies}) <= 6


@pytest.mark.parametrize(("visits_lost", "is_reported"), [(0.2, True), (0.0, False)])
def test_a_slice_needs_less_proof_when_its_cause_is_seen(settings, visits_lost, is_reported):
    shop = Shop(sessions_a_day=20_000)
    shop.orders_lost(LAST, "social", 0.35)
    shop.sessions["social"][shop.at(LAST)] *= 1 - visits_lost

    evaluation = evaluated(settings, [shop])

    scores = [d.score for d in evaluation.days if d.key.member == "social" and d.key.kpi in SALES]
    assert -4.5 < min(scores) < -3.5
    assert (
        bool({kpi for kpi, member in anomalous(evaluation) if member == "social"} & SALES)
        is is_reported
    )
