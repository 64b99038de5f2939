from dataclasses import replace
from datetime import datetime, timedelta

import duckdb

from storepulse.monitor import alert_store
from storepulse.monitor.detect import evaluate
from storepulse.monitor.diagnose import explain
from storepulse.serving import catalog
from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts


def test_a_run_that_is_second_records_nothing_even_with_another_result(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.stock_out(shop.last_day, "kitchen", 0.95)
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    before = alert_store.evaluated_until(settings)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        evaluation = evaluate(con, catalogue, before)
        (incident,) = explain(con, catalogue, evaluation)
    other_view = replace(incident, incident_id="another-view-of-the-same-day")

    assert alert_store.record(settings, evaluation, [incident], before) == 1
    assert alert_store.record(settings, evaluation, [other_view], before) == 0
    assert len(alert_store.reported_incidents(settings, 10)) == 1


def test_an_incident_is_read_from_the_alert_store_as_it_was_written(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.tracking_broken(shop.last_day, "paid_search")
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        evaluation = evaluate(con, catalogue, {})
        (incident,) = explain(con, catalogue, evaluation)

    alert_store.record(settings, evaluation, [incident], {})

    (reported,) = alert_store.reported_incidents(settings, 10)
    assert replace(reported.incident, evidence=()) == replace(incident, evidence=())
    assert [dict(f.values) for f in reported.incident.evidence] == [
        dict(f.values) for f in incident.evidence
    ]


def test_a_day_with_a_late_report_is_evaluated_when_the_report_arrives(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    dear = shop.last_day - timedelta(days=1)
    for ratios in shop.price_ratio.values():
        ratios[shop.at(dear)] *= 1.3
    # the day before is evaluated; then two days at once, of which one is not reported yet
    _publish(settings, shop, days_open=2)
    watch(settings)
    _publish(settings, shop, days_open=0, unreported=dear)
    assert watch(settings).mails_written == 0
    assert alert_store.evaluated_until(settings)["us_site", "price_index"] == shop.last_day

    _publish(settings, shop, days_open=0)

    reported = watch(settings)
    assert (reported.days_evaluated, reported.mails_written) == (1, 1)
    (incident,) = alert_store.reported_incidents(settings, 10)
    assert (incident.incident.kpi.name, incident.incident.day) == ("price_index", dear)
    assert watch(settings).days_evaluated == 0


def test_days_are_evaluated_after_a_window_of_a_far_year_was_watched_and_forgotten(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.stock_out(shop.last_day, "kitchen", 0.95)
    _publish(settings, shop, days_open=3)
    watch(settings)
    # What remains of the mistake after `storepulse forget` withdrew its window.
    with alert_store.opened(settings) as db:
        for table in ("closed_days", "judged_days"):
            db.execute(f"create table mistake as select * from {table}")
            db.execute("update mistake set day = '2062-11-22'")
            db.execute(f"insert or replace into {table} select * from mistake")
            db.execute("drop table mistake")

    _publish(settings, shop, days_open=3)
    assert watch(settings).days_evaluated == 0
    _publish(settings, shop, days_open=2)
    assert watch(settings).days_evaluated == 1
    _publish(settings, shop, days_open=0)
    later = watch(settings)

    assert (later.days_evaluated, later.mails_written) == (2, 1)
    assert watch(settings).days_evaluated == 0


def test_a_home_whose_first_days_were_a_mistake_starts_with_its_newest_closed_day(tmp_path):
    settings = Settings(home=tmp_path)
    _publish(settings, Shop(), days_open=0)
    watch(settings)
    with alert_store.opened(settings) as db:
        for table in ("closed_days", "judged_days"):
            db.execute(f"update {table} set day = '2062-11-22'")

    assert watch(settings).days_evaluated == 1
    assert watch(settings).days_evaluated == 0


def _publish(settings, shop, days_open, unreported=None) -> None:
    last = shop.last_day - timedelta(days=days_open)
    complete = datetime(last.year, last.month, last.day) + timedelta(hours=30)
    file = write_marts(settings.serving / "storepulse.duckdb", [shop], complete)
    if unreported:
        with duckdb.connect(str(file)) as con:
            con.execute(
                "insert into marts.fct_kpi_readiness "
                "(store_id, kpi, kpi_date, status, status_reason, feed) values "
                f"('us_site', 'price_index', date '{unreported}', 'partial', 'not_reported', "
                "'competitor_prices')"
            )
