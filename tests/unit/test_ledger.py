from dataclasses import replace

from marts_builder import Shop, write_marts
from storepulse import ledger, marts
from storepulse.detect import judge
from storepulse.explain import explain
from storepulse.settings import Settings


def test_a_run_that_comes_second_notes_nothing_even_when_it_sees_it_otherwise(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.stock_out(shop.last_day, "kitchen", 0.95)
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    before = ledger.judged_until(settings)
    with marts.opened(settings) as con:
        catalogue = marts.read_catalogue(con)
        judgement = judge(con, catalogue, before)
        (incident,) = explain(con, catalogue, judgement)
    other_view = replace(incident, incident_id="the-same-day-seen-otherwise")

    assert ledger.record(settings, judgement, [incident], before) == 1
    assert ledger.record(settings, judgement, [other_view], before) == 0
    assert len(ledger.told_incidents(settings, 10)) == 1


def test_an_incident_comes_back_from_the_ledger_as_it_was(tmp_path):
    settings = Settings(home=tmp_path)
    shop = Shop()
    shop.tracking_broken(shop.last_day, "paid_search")
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    with marts.opened(settings) as con:
        catalogue = marts.read_catalogue(con)
        judgement = judge(con, catalogue, {})
        (incident,) = explain(con, catalogue, judgement)

    ledger.record(settings, judgement, [incident], {})

    (told,) = ledger.told_incidents(settings, 10)
    assert replace(told.incident, facts=()) == replace(incident, facts=())
    assert [dict(f.values) for f in told.incident.facts] == [dict(f.values) for f in incident.facts]
