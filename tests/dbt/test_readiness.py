"""Whether a KPI's number of a day may be used, by what arrived and what was refused."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from storepulse.feeds.registry import all_feeds
from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake
from support.semantic_layer import SemanticLayer

NET_SALES = """
    select kpi_date::varchar, status, status_reason, feed, status_since
    from marts.fct_kpi_readiness
    where store_id = 'us_site' and kpi = 'net_sales' order by kpi_date
"""
SCORECARD = """
    select kpi_date::varchar, name_zh, value, missing_reason, status, status_reason, worst_feed
    from marts.rpt_kpi_scorecard
    where store_id = '{store}' and kpi = '{kpi}' and dimension = 'all' order by kpi_date
"""
REASONS = """
    select distinct value, missing_reason from marts.fct_kpi_daily
    inner join marts.dim_kpis using (kpi)
    where kpi_date = date '{day}' and store_id in ('us_site', 'all')
        and contains(dim_kpis.feeds, 'competitor_prices')
"""
READY = ("ready", "complete", None, None)
# midnight in New York
DAY_3, DAY_4, DAY_5 = "2026-11-03T05:00:00", "2026-11-04T05:00:00", "2026-11-05T05:00:00"
DAY_6 = "2026-11-06T05:00:00"


@pytest.mark.timeout(900)
def test_a_kpi_is_ready_when_all_its_feeds_are_and_says_which_is_not(home_of_lakes):
    lake = AcceptedLake.emptied(home_of_lakes)
    for feed in all_feeds():
        whole = DAY_3 if feed == "refunds" else DAY_4
        lake.accept(feed, [{}] if feed in {"stores", "fx_rates"} else [], "2026-11-01", whole)
    dbt_runner.build(lake.settings, tested=False)

    behind = _rows(lake, NET_SALES)

    assert behind == [
        ("2026-11-01", *READY),
        ("2026-11-02", *READY),
        ("2026-11-03", "unknown", "feed_behind", "refunds", datetime(2026, 11, 3, 5)),
    ]

    lake.reject_window("refunds", DAY_3, DAY_4, ["currency_known"], 40)
    news = dbt_runner.build(lake.settings, tested=False)

    rejected = _rows(lake, NET_SALES)

    assert news.models > 0
    assert rejected == [
        ("2026-11-01", *READY),
        ("2026-11-02", *READY),
        ("2026-11-03", "held_back", "window_held_back", "refunds", datetime(2026, 11, 3, 5)),
    ]
    assert _rows(lake, "select feed, rows_refused, rules from marts.fct_rejected_windows") == [
        ("refunds", 40, "currency_known")
    ]
    for store in ("us_site", "all"):
        assert _rows(lake, SCORECARD.format(store=store, kpi="net_sales")) == [
            ("2026-11-01", "净销售额", 0.0, None, "ready", "complete", None),
            ("2026-11-02", "净销售额", 0.0, None, "ready", "complete", None),
            # not counted without its refunds
            (
                "2026-11-03",
                "净销售额",
                None,
                "not_counted",
                "held_back",
                "window_held_back",
                "refunds",
            ),
        ]
    assert _rows(lake, SCORECARD.format(store="us_site", kpi="quarantine_rate"))[0] == (
        ("2026-11-01", "隔离率", None, "zero_denominator", "ready", "complete", None)
    )
    assert dbt_runner.build(lake.settings, tested=False).models == 0

    lake.accept("refunds", [], DAY_3, DAY_4)
    lake.undo_rejection("refunds", DAY_3, DAY_4)
    # the orders of a day that was known are delivered again and refused
    lake.reject_window(
        "orders", "2026-11-02T12:00:00", "2026-11-02T18:00:00", ["volume_not_flooded"], 9
    )
    # nobody asked for prices of the 4th while they were to be seen
    lake.lose("competitor_prices", DAY_4, DAY_5)
    lake.accept("competitor_prices", [], DAY_5, DAY_6)
    lake.accept("products", [], DAY_4, DAY_6)
    dbt_runner.build(lake.settings)

    assert _rows(lake, NET_SALES) == [
        ("2026-11-01", *READY),
        ("2026-11-02", "partial", "newer_window_held_back", "orders", datetime(2026, 11, 2, 12)),
        ("2026-11-03", *READY),
        ("2026-11-04", "unknown", "feed_behind", "order_lines", datetime(2026, 11, 4, 5)),
        ("2026-11-05", "unknown", "feed_behind", "order_lines", datetime(2026, 11, 4, 5)),
    ]
    assert _rows(lake, NET_SALES.replace("net_sales", "price_index")) == [
        ("2026-11-01", *READY),
        ("2026-11-02", *READY),
        ("2026-11-03", *READY),
        ("2026-11-04", "unknown", "not_captured", "competitor_prices", datetime(2026, 11, 4, 5)),
        ("2026-11-05", *READY),
    ]
    # nor is it given as a number, 0 or another
    assert _rows(lake, REASONS.format(day="2026-11-04")) == [(None, "not_captured")]
    assert (None, "not_captured") not in _rows(lake, REASONS.format(day="2026-11-05"))


@pytest.mark.timeout(900)
def test_a_tenth_of_a_day_in_quarantine_makes_it_partial_and_its_money_is_shown(
    home_of_lakes, tmp_path
):
    lake = AcceptedLake.emptied(home_of_lakes)
    for feed in all_feeds():
        lake.accept(feed, [{}] if feed in {"stores", "fx_rates"} else [], "2026-11-01", DAY_5)
    noon = {"created_at": "2026-11-03 17:00:00"}
    paid = {**noon, "paid_at": "2026-11-03 17:00:00"}
    orders = [{**paid, "order_id": f"good-{number}"} for number in range(9)]
    lake.accept("orders", orders, "2026-11-01", DAY_5)
    bad = {**noon, "store_id": "us_site", "order_id": "bad", "_amount": "8", "_currency": "USD"}
    lake.refuse("orders", [bad], "2026-11-01", DAY_5)
    dbt_runner.build(lake.settings, tested=False)

    found = _rows(
        lake,
        "select kpi_date::varchar, status, status_reason, feed, rows_refused, "
        "amount_refused::varchar from marts.fct_kpi_readiness "
        "where store_id = 'us_site' and kpi = 'paid_orders'",
    )

    assert sorted(found) == [
        ("2026-11-01", "ready", "complete", None, 0, "0.00"),
        ("2026-11-02", "ready", "complete", None, 0, "0.00"),
        ("2026-11-03", "partial", "rows_in_quarantine", "orders", 1, "8.00"),
        ("2026-11-04", "ready", "complete", None, 0, "0.00"),
    ]
    # BI reads the same next to each number, and of each slice
    assert _rows(
        lake,
        "select dimension, value, status, status_reason, worst_feed, rows_refused, "
        "amount_refused::varchar from marts.rpt_kpi_scorecard where store_id = 'us_site' "
        "and kpi = 'paid_orders' and kpi_date = date '2026-11-03' and value > 0 "
        "and dimension in ('all', 'channel') order by dimension",
    ) == [
        ("all", 9.0, "partial", "rows_in_quarantine", "orders", 1, "8.00"),
        ("channel", 9.0, "partial", "rows_in_quarantine", "orders", 1, "8.00"),
    ]
    assert _answers_of_metricflow(lake, tmp_path) == [
        ("2026-11-01", "us_site", "paid_orders", "ready", 1.0, 0.0),
        ("2026-11-02", "us_site", "paid_orders", "ready", 1.0, 0.0),
        ("2026-11-03", "us_site", "paid_orders", "partial", 1.0, 1.0),
        ("2026-11-04", "us_site", "paid_orders", "ready", 1.0, 0.0),
    ]


def _answers_of_metricflow(lake: AcceptedLake, folder: Path) -> list[tuple]:
    layer = SemanticLayer(lake.settings.warehouse_file, folder)
    rows = layer.answer(
        ["kpi_days_evaluated", "kpi_days_not_ready"],
        ["metric_time__day", "store", "kpi_day__kpi", "kpi_day__status"],
        *("--where", "{{ Dimension('kpi_day__kpi') }} = 'paid_orders'"),
        *("--order", "metric_time__day"),
    )
    return [
        (
            *(row["metric_time__day"][:10], row["store"]),
            *(row["kpi_day__kpi"], row["kpi_day__status"]),
            *(float(row["kpi_days_evaluated"]), float(row["kpi_days_not_ready"])),
        )
        for row in rows
    ]


def _rows(lake: AcceptedLake, query: str) -> list[tuple]:
    file = lake.settings.warehouse_file
    with duckdb.connect(file, read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()
