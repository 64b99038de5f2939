"""Each expectation on published marts fails on the fault it exists for, and on nothing else."""

import re

import duckdb
import pytest
import yaml

from storepulse.publish.mart_expectations import failed_expectations
from storepulse.settings import Settings
from support.marts_builder import Shop, write_marts

SUITES = Settings().expectations_dir / "marts"


def change(mart: str, to: str, where: str = "true") -> str:
    return f"update marts.{mart} set {to} where {where}"


def duplicate(mart: str, where: str = "true") -> str:
    return f"insert into marts.{mart} from marts.{mart} where {where} limit 1"


def add(mart: str, *rows: str) -> str:
    columns = {
        "fct_kpi_readiness": "store_id, kpi, kpi_date, status, status_reason, feed",
        "fct_refunds": "refund_key, goods_amount",
    }[mart]
    return f"insert into marts.{mart} ({columns}) values {', '.join(rows)}"


AN_ORDER = "order_key = (select min(order_key) from marts.fct_orders)"
A_NUMBER = "kpi = 'paid_orders' and dimension = 'all' and kpi_date = date '2026-09-05'"
A_DAY = "'us_site', 'aov', date '2026-09-05'"

# What each expectation fails on.
FAULTS: dict[str, dict[str, str]] = {
    "dim_kpis": {
        "one_row_per_kpi": duplicate("dim_kpis"),
        "known_unit": change("dim_kpis", "unit = 'parsec'", "kpi = 'aov'"),
        "known_direction": change("dim_kpis", "direction = 'sideways'", "kpi = 'aov'"),
        "known_kind": change("dim_kpis", "kpi_kind = 'guess'", "kpi = 'aov'"),
        "has_feeds": change("dim_kpis", "feeds = null", "kpi = 'aov'"),
        "has_english_name": change("dim_kpis", "name_en = null", "kpi = 'aov'"),
        "has_chinese_name": change("dim_kpis", "name_zh = null", "kpi = 'aov'"),
    },
    "dim_stores": {
        "has_stores": "delete from marts.dim_stores",
        "one_row_per_store": duplicate("dim_stores"),
        "has_key": change("dim_stores", "store_id = null"),
        "currency_code": change("dim_stores", "currency = 'dollars'"),
        "has_timezone": change("dim_stores", "timezone = null"),
    },
    "fct_kpi_daily": {
        "has_rows": "delete from marts.fct_kpi_daily",
        "one_row_per_grain": duplicate("fct_kpi_daily", A_NUMBER),
        "has_day": change("fct_kpi_daily", "kpi_date = null", A_NUMBER),
        "has_store": change("fct_kpi_daily", "store_id = null", A_NUMBER),
        "has_member": change("fct_kpi_daily", "member = null", A_NUMBER),
        "has_value_or_reason": change("fct_kpi_daily", "value = null", A_NUMBER),
        "own_money_needs_no_rate": change(
            "fct_kpi_daily", "missing_reason = 'no_exchange_rate'", A_NUMBER
        ),
        "currency_code": change("fct_kpi_daily", "currency = 'RMB '", A_NUMBER),
    },
    "fct_kpi_readiness": {
        "one_status": add(
            "fct_kpi_readiness",
            f"({A_DAY}, 'ready', 'complete', null)",
            f"({A_DAY}, 'unknown', 'feed_behind', 'orders')",
        ),
        "status_known": add("fct_kpi_readiness", f"({A_DAY}, 'maybe', 'complete', null)"),
        "has_status": add("fct_kpi_readiness", f"({A_DAY}, null, 'complete', null)"),
        "has_reason": add("fct_kpi_readiness", f"({A_DAY}, 'ready', null, null)"),
        "rejected_feed_named": add(
            "fct_kpi_readiness", f"({A_DAY}, 'held_back', 'window_held_back', null)"
        ),
    },
    "fct_orders": {
        "has_key": change("fct_orders", "order_key = null", AN_ORDER),
        "one_row_per_order": duplicate("fct_orders", AN_ORDER),
        "has_store": change("fct_orders", "store_id = null", AN_ORDER),
        "currency_code": change("fct_orders", "currency = 'usd'", AN_ORDER),
        "has_day": change("fct_orders", "order_date = null", AN_ORDER),
        "paid_not_negative": change("fct_orders", "paid_amount = -0.01", AN_ORDER),
    },
    "fct_refunds": {
        "one_row_per_refund": add("fct_refunds", "('a', 1)", "('a', 1)"),
        "has_key": add("fct_refunds", "(null, 1)"),
        "goods_not_negative": add("fct_refunds", "('a', -0.01)"),
    },
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """The marts of a small shop as publish copies them."""
    file = write_marts(tmp_path_factory.mktemp("marts") / "storepulse.duckdb", [Shop(days=10)])
    with duckdb.connect() as con:
        con.execute(f"attach '{file}' as serving")
        con.execute("use serving")
        yield con


def failing(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Mart and rule of every expectation that fails."""
    marts = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
    messages = failed_expectations(con, SUITES, marts)
    return {re.match(r"marts\.(\w+) \w+ (\w+) ", message).groups() for message in messages}


def test_every_expectation_has_a_fault_that_it_fails_on():
    expectations = {
        path.stem: {rule["meta"]["id"] for rule in yaml.safe_load(path.read_text())["expectations"]}
        for path in SUITES.glob("*.yaml")
    }

    assert expectations == {mart: set(rules) for mart, rules in FAULTS.items()}


def test_good_marts_meet_every_expectation(copied):
    assert failing(copied) == set()


@pytest.mark.parametrize(("mart", "rule"), [(m, r) for m, rules in FAULTS.items() for r in rules])
def test_an_expectation_and_no_other_fails_on_its_fault(copied, mart, rule):
    copied.execute("begin")
    try:
        copied.execute(FAULTS[mart][rule])
        assert failing(copied) == {(mart, rule)}
    finally:
        copied.execute("rollback")
