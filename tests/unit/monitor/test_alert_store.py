from dataclasses import replace
from datetime import datetime, timedelta

import duckdb

from storepulse.monitor import alert_store
from storepulse.monitor.detect import judge
from storepulse.monitor.diagnose import explain
from storepulse.serving import catalog
from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts


def test_a_run_that_comes_second_notes_nothing_even_when_it_sees_it_otherwise(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.stock_out(shop.last_day, "kitchen", 0.95)
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    before = alert_store.judged_until(settings)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        judgement = judge(con, catalogue, before)
        (incident,) = explain(con, catalogue, judgement)
    other_view = replace(incident, incident_id="the-same-day-seen-otherwise")

    assert alert_store.record(settings, judgement, [incident], before) == 1
    assert alert_store.record(settings, judgement, [other_view], before) == 0
    assert len(alert_store.told_incidents(settings, 10)) == 1


def test_an_incident_comes_back_from_the_ledger_as_it_was(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.tracking_broken(shop.last_day, "paid_search")
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        judgement = judge(con, catalogue, {})
        (incident,) = explain(con, catalogue, judgement)

    alert_store.record(settings, judgement, [incident], {})

    (told,) = alert_store.told_incidents(settings, 10)
    assert replace(told.incident, facts=()) == replace(incident, facts=())
    assert [dict(f.values) for f in told.incident.facts] == [dict(f.values) for f in incident.facts]


def test_a_day_that_somebody_had_not_reported_is_told_when_the_report_comes(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    dear = shop.last_day - timedelta(days=1)
    for ratios in shop.price_ratio.values():
        ratios[shop.at(dear)] *= 1.3
    # the day before is judged; then two days at once, of which one is not reported yet
    _publish(settings, shop, days_open=2)
    watch(settings)
    _publish(settings, shop, days_open=0, unreported=dear)
    assert watch(settings).mails_written == 0
    assert alert_store.judged_until(settings)["us_site", "price_index"] == shop.last_day

    _publish(settings, shop, days_open=0)

    told = watch(settings)
    assert (told.days_judged, told.mails_written) == (1, 1)
    (incident,) = alert_store.told_incidents(settings, 10)
    assert (incident.incident.kpi.name, incident.incident.day) == ("price_index", dear)
    assert watch(settings).days_judged == 0


def test_days_go_on_being_judged_after_a_window_of_a_far_year_was_watched_and_forgotten(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.stock_out(shop.last_day, "kitchen", 0.95)
    _publish(settings, shop, days_open=3)
    watch(settings)
    # What is left of the slip, once `storepulse forget` took its window back.
    with alert_store.opened(settings) as book:
        for table in ("closed_days", "judged_days"):
            book.execute(f"create table slip as select * from {table}")
            book.execute("update slip set day = '2062-11-22'")
            book.execute(f"insert or replace into {table} select * from slip")
            book.execute("drop table slip")

    _publish(settings, shop, days_open=3)
    assert watch(settings).days_judged == 0
    _publish(settings, shop, days_open=2)
    assert watch(settings).days_judged == 1
    _publish(settings, shop, days_open=0)
    later = watch(settings)

    assert (later.days_judged, later.mails_written) == (2, 1)
    assert watch(settings).days_judged == 0


def test_a_home_whose_first_days_were_a_slip_begins_with_its_newest_closed_day(tmp_path):
    settings = Settings(home=tmp_path)
    _publish(settings, Shop(), days_open=0)
    watch(settings)
    with alert_store.opened(settings) as book:
        for table in ("closed_days", "judged_days"):
            book.execute(f"update {table} set day = '2062-11-22'")

    assert watch(settings).days_judged == 1
    assert watch(settings).days_judged == 0


def _publish(settings, shop, days_open, unreported=None) -> None:
    last = shop.last_day - timedelta(days=days_open)
    complete = datetime(last.year, last.month, last.day) + timedelta(hours=30)
    file = write_marts(settings.serving / "storepulse.duckdb", [shop], complete)
    if unreported:
        with duckdb.connect(str(file)) as con:
            con.execute(
                "insert into marts.fct_kpi_readiness "
                "(store_id, kpi, kpi_date, verdict, reason, feed) values "
                f"('us_site', 'price_index', date '{unreported}', 'partial', 'not_reported', "
                "'competitor_prices')"
            )
