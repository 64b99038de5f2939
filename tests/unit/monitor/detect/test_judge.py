from datetime import date, datetime, timedelta
from unittest import mock

import pytest

from storepulse.monitor.detect import judge
from storepulse.monitor.records import ALL, SeriesKey
from storepulse.serving import catalog
from storepulse.settings import Settings
from support.marts_builder import KPIS, Shop, write_marts

LAST = Shop().last_day
SALES = {"paid_orders", "paid_gmv", "gross_sales", "net_sales", "units_sold"}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def judged(settings, shops, judged_until=None, **options):
    write_marts(settings.serving / "storepulse.duckdb", shops, facts=False, **options)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        return judge(con, catalogue, judged_until or {})


def odd(judgement) -> set[tuple[str, str]]:
    return {(one.key.kpi, one.key.member) for one in judgement.anomalies}


def test_a_calm_shop_gives_no_anomaly(settings):
    assert odd(judged(settings, [Shop()])) == set()


def test_lost_orders_are_found_in_total_and_in_their_channel(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.orders_lost(LAST, "paid_search", 0.95)

    found = odd(judged(settings, [shop]))

    assert {("paid_orders", ALL), ("paid_orders", "paid_search")} <= found
    assert ("sessions", ALL) not in found


def test_more_refunds_are_bad_and_fewer_are_not(settings):
    more, fewer = Shop(), Shop()
    more.refund_wave(LAST, 12)
    fewer.refund_wave(LAST, 0.05)

    assert ("refund_value", ALL) in odd(judged(settings, [more]))
    assert ("refund_value", ALL) not in odd(judged(settings, [fewer]))


def test_net_sales_below_zero_are_told_of_the_store_and_not_of_each_slice(settings):
    shop = Shop()
    shop.refund_wave(LAST, 20)

    found = odd(judged(settings, [shop]))

    assert {("refund_value", ALL), ("net_sales", ALL)} <= found
    assert {member for kpi, member in found if kpi == "net_sales"} == {ALL}


def test_twice_the_orders_are_worth_a_check(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.duplicate_load(LAST)

    judgement = judged(settings, [shop])

    assert ("paid_orders", ALL) in odd(judgement)
    assert not next(a for a in judgement.anomalies if a.key.kpi == "paid_orders").is_bad


def test_a_promotion_on_the_calendar_does_not_alert(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.promotion(LAST - timedelta(days=2), LAST, lift=1.9)

    assert odd(judged(settings, [shop])) == set()


def test_the_same_promotion_without_a_calendar_does(settings):
    shop = Shop(sessions_a_day=20_000)
    shop.promotion(LAST - timedelta(days=2), LAST, lift=1.9)
    shop.events.clear()

    assert ("sessions", ALL) in odd(judged(settings, [shop]))


def test_a_move_of_a_few_percent_is_not_told_however_sure(settings):
    shop = Shop(sessions_a_day=2_000_000, conversion=0.0001)
    judgement = judged(settings, [shop])
    sessions = judgement.seen(SeriesKey("us_site", "sessions", ALL, ALL), LAST)

    assert sessions is not None
    assert all(abs(one.change) >= 0.03 for one in judgement.anomalies)


def test_today_is_never_judged_because_its_feeds_are_not_complete(settings):
    shop = Shop()
    shop.orders_lost(LAST, "paid_search", 1.0)
    before_midnight_in_new_york = datetime(LAST.year, LAST.month, LAST.day) + timedelta(hours=28)

    judgement = judged(settings, [shop], complete_until=before_midnight_in_new_york)

    assert {one.day for one in judgement.days} == {LAST - timedelta(days=1)}
    assert judgement.anomalies == []
    assert judgement.seen(SeriesKey("us_site", "paid_orders", ALL, ALL), LAST) is None


def test_the_same_moment_closes_a_day_in_shanghai_and_not_in_new_york(settings):
    shops = [Shop(), Shop("cn_market", "Market", "Asia/Shanghai", "CNY", seed=3)]
    noon = datetime(LAST.year, LAST.month, LAST.day) + timedelta(hours=16)

    judgement = judged(settings, shops, complete_until=noon)

    assert {(one.key.store_id, one.day) for one in judgement.days} == {
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
        judgement = judge(con, catalog.read_catalogue(con), {})

    newest = {one.key.kpi: one.day for one in judgement.days}
    assert newest["paid_orders"] == LAST
    assert newest["sessions"] == newest["payment_conversion"] == LAST - timedelta(days=1)


def test_a_kpi_that_ripens_is_judged_later(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    import duckdb

    with duckdb.connect(str(settings.serving / "storepulse.duckdb")) as con:
        con.execute("update marts.dim_kpis set mature_after_days = 3 where kpi = 'refund_value'")
    with catalog.opened(settings) as con:
        judgement = judge(con, catalog.read_catalogue(con), {})

    days = {one.key.kpi: one.day for one in judgement.days}
    assert days["refund_value"] == LAST - timedelta(days=3)
    assert days["net_sales"] == LAST


def test_every_day_is_judged_once(settings):
    first = judged(settings, [Shop()])
    until = dict(first.closed)

    assert judged(settings, [Shop()], until).days == ()

    two_days_ago = {pair: last - timedelta(days=2) for pair, last in until.items()}
    days = {one.day for one in judged(settings, [Shop()], two_days_ago).days}
    assert days == {LAST - timedelta(days=1), LAST}


def test_a_day_published_before_its_history_is_judged_once_that_has_come(settings):
    first = judged(settings, [Shop(days=1, first_day=LAST)])
    whole = Shop(sessions_a_day=20_000)
    whole.orders_lost(LAST, "paid_search", 0.95)

    then = judged(settings, [whole], dict(first.closed))

    assert first.days == ()
    assert ("paid_orders", ALL) in odd(then)


def test_after_a_long_gap_only_the_last_week_is_judged(settings):
    months_ago = dict.fromkeys(judged(settings, [Shop()]).closed, date(2026, 9, 15))

    days = {one.day for one in judged(settings, [Shop()], months_ago).days}

    assert days == {LAST - timedelta(days=back) for back in range(7)}


def test_a_shop_of_three_weeks_is_not_judged_yet(settings):
    judgement = judged(settings, [Shop(days=21)])

    assert judgement.days == ()


def test_marts_without_any_kpi_day_are_no_error(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop(days=0)], facts=False)
    with catalog.opened(settings) as con:
        assert judge(con, catalog.read_catalogue(con), {}) is None


def test_a_slice_of_five_orders_a_day_may_sell_nothing_for_a_day(settings):
    shop = Shop()
    shop.orders_lost(LAST, "email", 1)

    judgement = judged(settings, [shop])

    (money,) = [d for d in judgement.days if (d.key.kpi, d.key.member) == ("paid_gmv", "email")]
    assert money.value == 0
    assert money.expected > 150
    assert odd(judgement) == set()


def test_the_same_loss_where_hundreds_order_is_told(settings):
    shop = Shop(sessions_a_day=80_000)
    shop.orders_lost(LAST, "email", 1)

    assert {("paid_gmv", "email"), ("net_sales", "email")} <= odd(judged(settings, [shop]))


def test_months_of_small_calm_shops_give_hardly_any_false_mail(settings):
    # Twelve shops of 60 orders a day for eight weeks: the bench counts the same on simulated ones.
    shops = [Shop(f"shop_{seed}", f"Shop {seed}", seed=seed) for seed in range(12)]
    before = {(shop.store_id, kpi): LAST - timedelta(days=56) for shop in shops for kpi in KPIS}

    with mock.patch("storepulse.monitor.detect.judge.DAYS_BACK", 56):
        judgement = judged(settings, shops, before)

    assert len({(d.key.store_id, d.day) for d in judgement.days}) == 12 * 56
    assert len({(a.key.store_id, a.day) for a in judgement.anomalies}) <= 6


@pytest.mark.parametrize(("visits_lost", "told"), [(0.2, True), (0.0, False)])
def test_a_slice_needs_less_proof_when_its_cause_is_seen(settings, visits_lost, told):
    shop = Shop(sessions_a_day=20_000)
    shop.orders_lost(LAST, "social", 0.35)
    shop.sessions["social"][shop.at(LAST)] *= 1 - visits_lost

    judgement = judged(settings, [shop])

    scores = [d.score for d in judgement.days if d.key.member == "social" and d.key.kpi in SALES]
    assert -4.5 < min(scores) < -3.5
    assert bool({kpi for kpi, member in odd(judgement) if member == "social"} & SALES) is told
