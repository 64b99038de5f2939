from dataclasses import replace
from datetime import date, timedelta

import pytest

from storepulse.display_names import short_names
from storepulse.i18n import Wording, context_sentences, sentences, subject
from storepulse.i18n.sentences import evidence_sentence
from storepulse.monitor.detect import evaluate
from storepulse.monitor.diagnose import explain
from storepulse.monitor.diagnose.attribution import whole_percents
from storepulse.monitor.records import EvaluatedDay, Evidence, Incident, SeriesKey
from storepulse.serving import catalog
from storepulse.settings import Settings
from support.marts_builder import Shop, write_marts

LAST = Shop().last_day
EN, ZH = Wording("en"), Wording("zh")


def incidents(tmp_path, *shops: Shop) -> list[Incident]:
    settings = Settings(home=tmp_path)
    write_marts(settings.serving / "storepulse.duckdb", list(shops))
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        evaluation = evaluate(con, catalogue, {})
        assert evaluation is not None
        return explain(con, catalogue, evaluation)


def evidence(incident: Incident) -> set[str]:
    return {one.kind for one in incident.evidence}


def test_broken_tracking_is_one_incident_named_as_a_fault_of_the_data(tmp_path):
    shop = Shop()
    shop.tracking_broken(LAST, "paid_search")

    (incident,) = incidents(tmp_path, shop)

    assert {one.key.kpi for one in incident.anomalies} == {"sessions", "visitors"}
    assert incident.breakdown.culprit == "paid_search"
    assert evidence(incident) == {"lost_tracking"}
    assert incident.is_data_fault
    assert incident.money_at_stake == 0
    assert "its tracking has most likely broken" in " ".join(sentences(incident, EN))
    assert subject(incident, EN).startswith("[Check data] ")
    assert subject(incident, ZH).startswith("【核对数据】US site·付费搜索：11月22日")


def test_a_missing_best_seller_is_named_with_the_category_it_emptied(tmp_path):
    shop = Shop()
    shop.stock_out(LAST, "kitchen", 0.95)

    (incident,) = incidents(tmp_path, shop)

    assert incident.primary.key.kpi == "paid_orders"
    assert (incident.breakdown.dimension, incident.breakdown.culprit) == ("category", "kitchen")
    (one,) = incident.evidence
    assert (one.kind, one.values["sku"], one.values["since"]) == (
        "hero_out_of_stock",
        "kitchen-0",
        LAST,
    )
    assert incident.severity == "high"
    assert not incident.is_data_fault


def test_a_price_war_is_one_incident_from_prices_to_money(tmp_path):
    shop = Shop()
    shop.price_war(LAST, 0.15, 0.5)

    (incident,) = incidents(tmp_path, shop)

    assert {"paid_gmv", "payment_conversion", "price_index"} <= {
        one.key.kpi for one in incident.anomalies
    }
    assert incident.breakdown.culprit is None
    assert evidence(incident) == {"prices_cut", "price_cut_hurts"}
    assert "The drop is spread over all slices" in " ".join(sentences(incident, EN))


def test_orders_loaded_twice_are_a_fault_of_the_data(tmp_path):
    shop = Shop(sessions_a_day=6000)
    shop.duplicate_load(LAST)

    (incident,) = incidents(tmp_path, shop)

    assert not incident.primary.is_bad
    assert "repeated_orders" in evidence(incident)
    assert incident.is_data_fault


def test_two_causes_on_one_day_are_two_incidents(tmp_path):
    shop = Shop()
    shop.tracking_broken(LAST, "paid_search")
    shop.refund_wave(LAST, 12)

    found = incidents(tmp_path, shop)

    assert {incident.primary.key.kpi for incident in found} == {"visitors", "refund_value"}


def test_different_slices_are_two_incidents_unless_the_whole_store_shows_it(tmp_path):
    shop = Shop(sessions_a_day=20_000)
    shop.value_factor[:] = 1.0
    shop.orders_lost(LAST, "social", 0.55)
    shop.category_share["toys"][shop.at(LAST)] *= 0.3

    apart = incidents(tmp_path / "apart", shop)
    for channel in shop.orders:
        shop.orders_lost(LAST, channel, 0.5)
    (wide,) = incidents(tmp_path / "wide", shop)

    assert {one.primary.key.member for one in apart} == {"social", "toys"}
    assert {one.key.member for one in wide.anomalies} >= {"all", "social", "toys"}


def test_what_is_unusual_in_parts_of_the_store_is_named(tmp_path):
    shop = Shop(sessions_a_day=20_000)
    for channel in shop.orders:
        shop.orders_lost(LAST, channel, 0.8 if channel == "social" else 0.4)

    (incident,) = incidents(tmp_path, shop)

    (sentence,) = [one for one in context_sentences(incident, Wording("en")) if "parts" in one]
    assert sentence.startswith("Unusual in parts of the store that day: ")
    assert "paid GMV -80% (Social)" in sentence
    assert sentence.endswith(" more.")
    (sentence,) = [one for one in context_sentences(incident, Wording("zh")) if "局部" in one]
    assert "支付金额 -80%（社交媒体）" in sentence


def test_a_kpi_that_moved_by_a_tenth_is_never_called_usual(tmp_path):
    # of about 67 orders a day a third is missing, which alone is not yet unusual
    shop = Shop()
    shop.tracking_broken(LAST, "paid_search")
    for channel in shop.orders:
        shop.orders_lost(LAST, channel, 0.1)

    (incident,) = incidents(tmp_path, shop)

    in_english, in_chinese = context_sentences(incident, EN), context_sentences(incident, ZH)
    assert (
        "Lower or higher than expected in the whole store, though each by itself could be chance: "
        "paid GMV -36%, paid orders -34%, refunds -32%, net sales -37%, and 4 more."
    ) in in_english
    assert "As usual in the whole store: average order value and price index." in in_english
    assert (
        "全店当日偏离预期、但单看每一项仍可能是偶然波动：支付金额 -36%、支付订单数 -34%、"
        "退款金额 -32%、净销售额 -37%和另外4项。"
    ) in in_chinese


def status_of(value, score, is_anomaly=False):
    key = SeriesKey("us_site", "paid_orders", "all", "all")
    return EvaluatedDay(key, LAST, value, 100.0, 60.0, 140.0, score, is_anomaly, True).status


@pytest.mark.parametrize(
    ("value", "score", "expected"),
    [
        (91.0, -0.6, "usual"),
        (109.0, 1.2, "usual"),
        # a tenth is no longer usual, however much this KPI moves every day
        (89.0, -0.6, "low"),
        (112.0, 0.8, "high"),
        # nor is what is rare, however small
        (96.0, -1.5, "low"),
        (104.0, 1.5, "high"),
    ],
)
def test_a_day_is_usual_near_the_expected_value_only(value, score, expected):
    assert status_of(value, score) == expected
    assert status_of(value, score, is_anomaly=True) == "anomaly"


def test_each_store_has_its_own_incident(tmp_path):
    one = Shop()
    other = Shop("eu_shop", "EU shop", "Europe/Berlin", "EUR", seed=8)
    for shop in (one, other):
        shop.price_war(LAST, 0.15, 0.5)

    found = incidents(tmp_path, one, other)

    assert [incident.store.store_id for incident in found] == ["eu_shop", "us_site"]
    assert len({incident.incident_id for incident in found}) == 2


@pytest.mark.parametrize(
    "break_it",
    [
        lambda shop: shop.stock_out(LAST, "kitchen", 0.95),
        lambda shop: shop.price_war(LAST, 0.15, 0.5),
        lambda shop: shop.refund_wave(LAST, 12),
        lambda shop: shop.tracking_broken(LAST, "paid_search"),
    ],
)
def test_contributions_add_up_to_the_whole_change(tmp_path, break_it):
    shop = Shop()
    break_it(shop)

    (incident,) = incidents(tmp_path, shop)

    one, rows = incident.primary, incident.breakdown.rows
    assert sum(row.change for row in rows) == pytest.approx(one.value - one.expected)
    assert sum(row.percent for row in rows) == 100
    assert 2 <= len(rows) <= 5
    assert rows[-1].member is None


def test_contributions_to_a_ratio_add_up_too(tmp_path):
    shop = Shop(sessions_a_day=20_000)
    shop.orders_lost(LAST, "paid_search", 0.9)
    settings = Settings(home=tmp_path)
    write_marts(settings.serving / "storepulse.duckdb", [shop], facts=False)
    from storepulse.monitor.diagnose.attribution import break_down
    from storepulse.monitor.records import SeriesKey

    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        evaluation = evaluate(con, catalogue, {})
    total = evaluation.seen(SeriesKey("us_site", "payment_conversion", "all", "all"), LAST)

    breakdown = break_down(evaluation, catalogue.kpis["payment_conversion"], "us_site", LAST)

    assert breakdown.culprit == "paid_search"
    assert sum(row.change for row in breakdown.rows) == pytest.approx(total.value - total.expected)
    assert sum(row.percent for row in breakdown.rows) == 100


@pytest.mark.parametrize(
    ("shares", "percents"),
    [([1.0], [100]), ([1 / 3] * 3, [34, 33, 33]), ([1.04, -0.04], [104, -4])]
    + [([0.004, 0.996], [0, 100])],
)
def test_whole_percents_add_up_to_a_hundred(shares, percents):
    assert sum(whole_percents(shares)) == 100
    assert sorted(whole_percents(shares)) == sorted(percents)


@pytest.mark.parametrize("wording", [EN, ZH], ids=["en", "zh"])
def test_the_sentence_says_what_how_much_and_what_is_usual(tmp_path, wording):
    shop = Shop()
    shop.stock_out(LAST, "kitchen", 0.95)
    (incident,) = incidents(tmp_path, shop)
    one = incident.primary

    summary = wording.joined(sentences(incident, wording))

    for number in (one.value, one.expected, one.lower, one.upper):
        assert wording.value(incident.kpi, number, "USD", one.expected) in summary
    assert wording.percent(abs(one.change)) in summary
    assert wording.weekday(LAST) in summary
    assert wording.member("kitchen") in summary
    assert "{" not in summary


def test_the_calendar_is_always_mentioned(tmp_path):
    plain, promoted = Shop(), Shop(sessions_a_day=6000)
    plain.price_war(LAST, 0.15, 0.5)
    for start in (20, 40, 60):
        day = date(2026, 8, 31) + timedelta(days=start)
        promoted.promotion(day, day + timedelta(days=2), 2.0)
    promoted.promotion(LAST, LAST, 2.0, "Black Friday")
    promoted.price_war(LAST, 0.2, 0.9)

    (without,) = incidents(tmp_path / "a", plain)
    (during,) = incidents(tmp_path / "b", promoted)

    assert "names no promotion or holiday" in context_sentences(without, EN)[-1]
    assert "Black Friday" in context_sentences(during, EN)[-1]
    assert "秋季大促" in context_sentences(during, ZH)[-1]


def test_no_number_of_a_day_that_is_not_complete_is_quoted(tmp_path):
    shop = Shop()
    shop.orders_lost(LAST, "paid_search", 1)
    shop.price_war(LAST, 0.15, 0.5)
    settings = Settings(home=tmp_path)
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    import duckdb

    with duckdb.connect(str(settings.serving / "storepulse.duckdb")) as con:
        con.execute(
            "update marts.fct_feed_coverage set complete_until = complete_until - interval 1 day "
            "where feed in ('traffic', 'competitor_prices', 'inventory')"
        )
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        (incident,) = explain(con, catalogue, evaluate(con, catalogue, {}))

    quoted = {one.key.kpi for one in (*incident.anomalies, *incident.surroundings)}
    assert "paid_orders" in quoted
    assert quoted.isdisjoint({"sessions", "visitors", "payment_conversion", "price_index"})
    assert evidence(incident) == set()


@pytest.mark.parametrize(
    "name", ["US site", "抖音官方旗舰店", "A store with quite a long name, Ltd."]
)
@pytest.mark.parametrize("wording", [EN, ZH], ids=["en", "zh"])
def test_a_subject_fits_on_a_phone(tmp_path, wording, name):
    shop = Shop(store_name=name)
    shop.stock_out(LAST, "kitchen", 0.95)
    (incident,) = incidents(tmp_path, shop)

    line = subject(incident, wording)

    assert len(line) <= 60
    assert wording.change(incident.lead.change) in line
    assert name[:8] in line


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Nanshan Living US", "Nanshan Living Europe"], ["US", "Europe"]),
        (["南山生活抖店", "南山生活京东店"], ["抖店", "京东店"]),
        (["Toyland", "Toybox"], ["Toyland", "Toybox"]),
        (["Shop", "Shop DE"], ["Shop", "Shop DE"]),
        (["Shop · DE", "Shop · FR"], ["DE", "FR"]),
        (["Only one"], ["Only one"]),
        ([], []),
    ],
)
def test_a_store_is_known_by_what_its_name_does_not_share(names, short):
    assert short_names(names) == short


def test_every_competitor_that_cut_prices_is_named_and_the_product_it_hurts_most(tmp_path):
    shop = Shop()
    shop.price_war(LAST, 0.15, 0.5)

    (incident,) = incidents(tmp_path, shop)

    cuts = [one.values["competitor"] for one in incident.evidence if one.kind == "prices_cut"]
    (hurt,) = [one for one in incident.evidence if one.kind == "price_cut_hurts"]
    assert len(cuts) == len(set(cuts)) >= 1
    assert hurt.values["competitor"] in cuts
    assert evidence_sentence(hurt, EN).startswith("Of the products that were cut, ")


def test_both_languages_have_the_same_phrases():
    def names(part, path=""):
        if not isinstance(part, dict):
            return {path}
        return {n for key, value in part.items() for n in names(value, f"{path}.{key}")}

    assert names(EN.phrases) == names(ZH.phrases)


def test_fills_of_a_phrase_are_the_same_in_both_languages():
    import re

    def fills(part):
        if isinstance(part, dict):
            return {key: fills(value) for key, value in part.items()}
        return set(re.findall(r"\{(\w+)\}", str(part)))

    assert fills(EN.phrases) == fills(ZH.phrases)


def test_a_return_policy_is_named_without_claiming_that_the_range_allows_for_it(tmp_path):
    shop = Shop()
    shop.price_war(LAST, 0.15, 0.5)
    shop.events.append(("P1", "policy", "Long returns", "延长退货期", LAST, LAST))

    (incident,) = incidents(tmp_path, shop)

    *_, none, policy = context_sentences(incident, EN)
    assert none == "The calendar names no promotion or holiday for this day."
    assert (
        policy
        == "Also in the calendar: Long returns; the expected range makes no allowance for it."
    )


def test_the_parts_of_a_slice_s_incident_add_up_to_the_store(tmp_path):
    shop = Shop(sessions_a_day=20_000)
    shop.orders_lost(LAST, "email", 0.9)

    found = incidents(tmp_path, shop)

    (incident,) = [one for one in found if not one.primary.key.is_total]
    breakdown = incident.breakdown
    store = next(o for o in incident.surroundings if o.key.kpi == incident.primary.key.kpi)
    assert (breakdown.whole.value, breakdown.whole.expected) == (store.value, store.expected)
    assert sum(row.change for row in breakdown.rows) == pytest.approx(breakdown.whole.change)


@pytest.mark.parametrize(("refund_factor", "is_reported"), [(1.0, False), (3.0, True)])
def test_refund_reasons_are_reported_only_when_there_are_more_refunds(
    tmp_path, refund_factor, is_reported
):
    shop = Shop()
    shop.orders_lost(LAST, "paid_search", 0.9)
    shop.orders_lost(LAST, "organic_search", 0.9)
    shop.refund_wave(LAST, refund_factor * 4)
    settings = Settings(home=tmp_path)
    file = write_marts(settings.serving / "storepulse.duckdb", [shop])
    if not is_reported:
        _usual_refunds(file)
    _one_refund(file, "changed_mind")
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        found = explain(con, catalogue, evaluate(con, catalogue, {}))

    kinds = {one.kind for incident in found for one in incident.evidence}
    assert ("refund_reason" in kinds) is is_reported


def _usual_refunds(file) -> None:
    import duckdb

    with duckdb.connect(str(file)) as con:
        con.execute(
            "update marts.fct_kpi_daily as today set value = before.value, "
            "numerator = before.numerator from marts.fct_kpi_daily as before "
            "where today.kpi = 'refund_value' and before.kpi = today.kpi "
            "and before.dimension = today.dimension and before.member = today.member "
            f"and today.kpi_date = date '{LAST}' and before.kpi_date = today.kpi_date - 7"
        )


def _one_refund(file, reason: str) -> None:
    import duckdb

    with duckdb.connect(str(file)) as con:
        con.execute(
            "insert into marts.fct_refunds (refund_key, store_id, sku, reason_code, goods_amount, "
            "is_goods, is_counted, refund_date) values ('r', 'us_site', 'kitchen-0', ?, 90, true, "
            "true, ?)",
            [reason, LAST],
        )


@pytest.mark.parametrize(
    ("wording", "code", "word"),
    [
        (EN, "changed_mind", "changed mind"),
        (ZH, "changed_mind", "不想要了"),
        (EN, "new_code_7", "new_code_7"),
        (ZH, "new_code_7", "new_code_7"),
    ],
)
def test_a_refund_reason_is_written_in_words_and_an_unknown_one_unchanged(wording, code, word):
    evidence = Evidence("refund_reason", {"name": code, "share": 0.43})

    assert f"“{word}”" in evidence_sentence(evidence, wording)


@pytest.mark.parametrize("wording", [EN, ZH], ids=["en", "zh"])
def test_every_code_of_the_demo_shop_has_a_word(wording):
    from shop_simulator.selling.refunds import _REASONS
    from shop_simulator.setting.catalogue import CATEGORIES
    from shop_simulator.setting.stores import DEVICES, STORES

    channels = {channel for store in STORES.values() for channel in store.channels}
    words = wording.phrases
    assert {*channels, *CATEGORIES, *DEVICES} <= set(words["members"])
    assert {reason for reasons in _REASONS.values() for reason in reasons} <= set(words["reasons"])


def test_a_share_of_almost_nothing_is_written_in_points():
    kpi = replace(marts_kpi(), unit="ratio")

    assert EN.deviation(kpi, 0.0508, 0.0004) == "+5.0 points"
    assert ZH.deviation(kpi, 0.0508, 0.0004) == "+5.0 个百分点"
    assert EN.deviation(kpi, 0.0166, 0.0362) == "-54%"
    assert EN.distance(kpi, 0.0508, 0.0004) == "5.0 points"
    assert EN.distance(kpi, 0.0166, 0.0362) == "54%"


def test_how_far_an_amount_is_has_no_sign_where_a_loss_was_expected():
    kpi = replace(marts_kpi(), unit="money")

    assert EN.distance(kpi, -300, -200) == "50%"
    assert EN.distance(kpi, -100, -200) == "50%"


@pytest.mark.parametrize(
    ("wording", "in_subject", "in_sentence"),
    [(EN, "+13.4 points", "13.4 points above"), (ZH, "+13.4 个百分点", "高 13.4 个百分点")],
    ids=["en", "zh"],
)
def test_subject_and_sentence_write_such_a_share_in_points_too(
    tmp_path, wording, in_subject, in_sentence
):
    incident = emptied_kitchen(tmp_path)
    kpi = replace(incident.kpi, unit="ratio")
    primary = replace(incident.primary, value=0.136, expected=0.002, score=9.0)
    kpis = {**incident.kpis, kpi.name: kpi}
    incident = replace(incident, primary=primary, kpis=kpis, money=None)

    assert in_subject in subject(incident, wording)
    assert in_sentence in sentences(incident, wording)[0]


@pytest.mark.parametrize(
    ("percent", "summary"),
    [(64, "Kitchen makes up 64% of the drop."), (101, "All of the drop comes from Kitchen.")],
)
def test_a_slice_never_makes_up_more_than_all_of_a_change(tmp_path, percent, summary):
    incident = emptied_kitchen(tmp_path)
    rows = [replace(row, percent=percent) for row in incident.breakdown.rows]
    incident = replace(incident, breakdown=replace(incident.breakdown, rows=rows))

    assert summary in sentences(incident, EN)


def emptied_kitchen(tmp_path) -> Incident:
    shop = Shop()
    shop.stock_out(LAST, "kitchen", 0.95)
    (incident,) = incidents(tmp_path, shop)
    return incident


def marts_kpi() -> catalog.Kpi:
    return catalog.Kpi("k", "", "", "K", "K", "count", "up", "sum", (), 0.0, 0, "", "", "", True)


def test_time_zones_are_named_as_people_there_do():
    assert (EN.timezone("America/New_York"), EN.timezone("UTC")) == ("Eastern Time", "UTC")
    assert ZH.timezone("Asia/Shanghai") == "中国时间"


def test_chinese_keeps_a_space_around_latin_words():
    assert "Nanshan Living US 的" in ZH.say(
        "below",
        **dict.fromkeys(("kpi", "day", "change", "value", "expected", "lower", "upper"), "1"),
        place="Nanshan Living US",
    )
