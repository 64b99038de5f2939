"""What an incident costs: the point, the range, the days, and how urgent that makes it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storepulse.i18n import Wording, sentences
from storepulse.monitor.detect import evaluate
from storepulse.monitor.diagnose import explain
from storepulse.monitor.diagnose.money import severity_of
from storepulse.monitor.records import EvaluatedDay, Incident, Money, SeriesKey
from storepulse.serving import catalog
from storepulse.settings import Settings
from support.marts_builder import Shop, write_marts

LAST = Shop().last_day
EN, ZH = Wording("en"), Wording("zh")


def incident_of(tmp_path, shop: Shop) -> Incident:
    settings = Settings(home=tmp_path)
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        evaluation = evaluate(con, catalogue, {})
        (incident,) = explain(con, catalogue, evaluation)
    return incident


def all_channels_fall(shop: Shop, part: float, days: int = 1) -> Shop:
    for back in range(days):
        for channel in shop.orders:
            shop.orders_lost(LAST - timedelta(days=back), channel, part)
    return shop


def test_a_mail_opens_with_the_money_and_its_range(tmp_path):
    incident = incident_of(tmp_path, all_channels_fall(Shop(), 0.6))

    money = incident.money
    assert money.carrier.key == SeriesKey("us_site", "paid_gmv", "all", "all")
    assert money.amount == pytest.approx(money.carrier.expected - money.carrier.value)
    assert 0 < money.low < money.amount < money.high
    first = sentences(incident, EN)[0]
    assert first.startswith(f"About {EN.money(money.amount, 'USD')} less than expected came in")
    assert EN.money(money.low, "USD") in first
    assert EN.money(money.high, "USD") in first
    assert "比预期少收约" in sentences(incident, ZH)[0]


def test_money_that_may_be_chance_is_called_so(tmp_path):
    incident = incident_of(tmp_path, all_channels_fall(Shop(), 0.6))

    may_be_chance = replace(incident, money=replace(incident.money, low=0.0))

    assert incident.money_at_stake == incident.money.amount
    assert "it may also be chance" in sentences(may_be_chance, EN)[0]
    assert "也可能是偶然波动" in sentences(may_be_chance, ZH)[0]


def test_money_is_added_up_over_the_days_it_lasts(tmp_path):
    incident = incident_of(tmp_path, all_channels_fall(Shop(), 0.6, days=3))

    money = incident.money
    assert (money.since, money.days) == (LAST - timedelta(days=2), 3)
    assert money.total > 2 * money.amount
    (sentence,) = [one for one in sentences(incident, EN) if "gone on since" in one]
    assert sentence == (
        f"It has gone on since 20 Nov, for 3 days, in which about "
        f"{EN.money(money.total, 'USD')} less than expected came in."
    )


def test_what_is_given_back_is_money_too(tmp_path):
    shop = Shop()
    shop.refund_wave(LAST, 12)

    incident = incident_of(tmp_path, shop)

    assert incident.money.is_given_back
    assert incident.money.amount == pytest.approx(
        incident.primary.value - incident.primary.expected
    )
    assert "more than expected was given back" in sentences(incident, EN)[0]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda shop: shop.tracking_broken(LAST, "paid_search"),
        lambda shop: shop.duplicate_load(LAST),
    ],
    ids=["lost tracking", "loaded twice"],
)
def test_a_fault_of_the_data_claims_no_money(tmp_path, break_it):
    shop = Shop(sessions_a_day=6000)
    break_it(shop)

    incident = incident_of(tmp_path, shop)

    assert incident.money is None
    assert incident.lead == incident.primary


def money(amount: float, days: int, score: float) -> Money:
    key = SeriesKey("us_site", "paid_gmv", "all", "all")
    carrier = EvaluatedDay(
        key, LAST, 1000.0 - amount, 1000.0, 700.0, 1300.0, score, is_anomaly=True, is_bad=True
    )
    since = LAST - timedelta(days=days - 1)
    return Money(carrier, amount, 0.0, 2 * amount, is_given_back=False, since=since, total=amount)


@pytest.mark.parametrize(
    ("amount", "days", "score", "severity"),
    [
        # nine and a half tenths sure of a fall of 12 %: 11.5 % of a day
        (120.0, 1, -2.0, "high"),
        (90.0, 1, -5.0, "medium"),
        # the same fall on a second day
        (90.0, 2, -5.0, "high"),
        # as much money, but as likely chance as not
        (150.0, 1, -0.67, "medium"),
    ],
)
def test_severity_is_money_times_days_times_certainty(amount, days, score, severity):
    one = money(amount, days, score)

    assert severity_of(one, one.carrier) == severity


def test_without_money_nothing_is_urgent():
    assert severity_of(None, money(500.0, 1, -5.0).carrier) == "medium"
    assert severity_of(money(500.0, 1, -5.0), None) == "medium"
