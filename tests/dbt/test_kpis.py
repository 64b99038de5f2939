"""A KPI is written in one place; the rest follows, or an error names what is wrong."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from storepulse.settings import PROJECT_ROOT
from storepulse.transform import dbt_runner
from support.accepted_lake import EXAMPLES, AcceptedLake

PROJECT = PROJECT_ROOT / "dbt_project"
# One edit: this is appended to one file. Measures, facts and macros stay as they are.
UNITS_PER_ORDER = """
  - name: units_per_order
    label: Units per order
    description: Units of goods per order paid on the day.
    type: ratio
    type_params:
      numerator: units_sold
      denominator: paid_orders
    config:
      meta:
        code: D3
        name_zh: 连带率
        description_zh: 当日支付订单的商品件数除以支付订单数。
        unit: ratio
        direction: up
        stage: paid
        owner: merchandising
        slices: [channel]
        min_denominator: 20
        mature_after_days: 0
        why: It's what bundles are made to raise.
"""


def rows(lake: AcceptedLake, query: str) -> list[tuple]:
    file = lake.settings.warehouse_file
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def dbt(project: Path, home: Path, *command: str):
    """Run dbt on a project next to the warehouse of a home; its artifacts go to `home/target`."""
    return dbt_runner.invoke(
        ["--quiet", *command]
        + ["--project-dir", str(project), "--profiles-dir", str(project)]
        + ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
        + ["--vars", f"{{warehouse_folder: {home / 'warehouse'}}}"]
    )


def copy_project(home: Path) -> Path:
    copy = home / "dbt_project"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    return copy


def append_definition(project: Path, definition: str) -> None:
    """The one edit that makes a KPI, on the definitions as they are in the project itself."""
    definitions = Path("models", "metrics", "sales.yml")
    text = (PROJECT / definitions).read_text("utf-8") + definition
    (project / definitions).write_text(text, "utf-8")


def accept_first_days(lake: AcceptedLake) -> None:
    rows_by_feed = {
        "orders": {"paid_at": "2026-11-01 12:00:00", "paid_amount": "20.00"},
        "order_lines": {"quantity": 2},
    }
    for feed in EXAMPLES:
        lake.accept(feed, [rows_by_feed.get(feed, {})], "2026-11-01", "2026-11-05")


def test_a_kpi_added_in_its_one_place_is_described_counted_and_known_to_the_semantic_layer(lake):
    project = copy_project(lake.home)
    append_definition(project, UNITS_PER_ORDER)
    accept_first_days(lake)

    dbt_runner.build(lake.settings.model_copy(update={"dbt_project_dir": project}), tested=False)

    assert rows(
        lake,
        "select area, code, name_en, name_zh, stage, date_basis, kpi_kind, grain, feeds, "
        "min_denominator, why, definition_version, valid_from, alerts "
        "from marts.dim_kpis where kpi = 'units_per_order'",
    ) == [
        ("sales", "D3", "Units per order", "连带率", "paid", "paid_date", "ratio",
         "day,store,channel", "orders,order_lines", 20.0,
         "It's what bundles are made to raise.", 1, date(2000, 1, 1), "none"),
    ]  # fmt: skip
    assert rows(
        lake,
        "select store_id, dimension, member, kpi_date, numerator, denominator, value "
        "from marts.fct_kpi_daily where kpi = 'units_per_order' and store_id = 'us_site' "
        "and kpi_date < date '2026-11-03' order by all",
    ) == [
        ("us_site", "all", "all", date(2026, 11, 1), 2, 1, 2.0),
        ("us_site", "all", "all", date(2026, 11, 2), 0, 0, None),
        ("us_site", "channel", "direct", date(2026, 11, 1), 2, 1, 2.0),
        ("us_site", "channel", "direct", date(2026, 11, 2), 0, 0, None),
        # a channel that money was spent on and nobody has bought by
        ("us_site", "channel", "paid_search", date(2026, 11, 1), 0, 0, None),
        ("us_site", "channel", "paid_search", date(2026, 11, 2), 0, 0, None),
    ]
    assert dbt(project, lake.home, "parse").success
    manifest = (lake.home / "target" / "semantic_manifest.json").read_text("utf-8")
    assert '"units_per_order"' in manifest


WRONG = {
    "a measure that does not exist": (
        "      numerator: units_sold",
        "      numerator: no_such_thing",
        ["units_per_order", "no_such_thing"],
    ),
    "no Chinese name": ("        name_zh: 连带率\n", "", ["units_per_order", "name_zh"]),
    "no minimum denominator": (
        "        min_denominator: 20\n", "", ["units_per_order", "min_denominator"],
    ),
    "nothing instead of a default": (
        "        mature_after_days: 0\n",
        "        mature_after_days: 0\n        valid_from:\n",
        ["units_per_order", "valid_from"],
    ),
    "mail to nobody we know": (
        "        mature_after_days: 0\n",
        "        mature_after_days: 0\n        alerts: pager\n",
        ["units_per_order", "pager", "mail, none"],
    ),
    "a unit nobody can show": (
        "unit: ratio", "unit: percent", ["units_per_order", "percent", "count, money, ratio"],
    ),
    "money not made of money": (
        "unit: ratio", "unit: money", ["units_per_order", "money", "line_quantity"],
    ),
    "a slice one of its facts does not have": (
        "slices: [channel]", "slices: [category]", ["units_per_order", "category", "`orders`"],
    ),
    "a reason for what is 0 without rows": (
        "        min_denominator: 20\n",
        "        min_denominator: 20\n        missing_reason: no_rows\n",
        ["units_per_order", "missing_reason", "orders_counted", "without_rows: unknown"],
    ),
    "a ratio of a ratio": (
        "      numerator: units_sold", "      numerator: aov", ["aov", "ratio"],
    ),
    "a quotient written as an expression": (
        "    type: ratio\n    type_params:\n      numerator: units_sold\n"
        "      denominator: paid_orders\n",
        "    type: derived\n    type_params:\n      expr: units_sold / paid_orders\n"
        "      metrics: [{name: units_sold}, {name: paid_orders}]\n",
        ["units_per_order", "units_sold / paid_orders", "ratio metric"],
    ),
}  # fmt: skip


def words_of(outcome) -> str:
    """Why dbt failed, be it before it ran a node or with one."""
    results = outcome.result.results if outcome.exception is None else []
    return str(outcome.exception or [result.message for result in results])


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """A home and a copy of the dbt project, parsed once, to make mistakes in."""
    home = tmp_path_factory.mktemp("mistakes")
    (home / "warehouse").mkdir()
    copy_project(home)
    return home


@pytest.mark.parametrize("mistake", WRONG)
def test_a_definition_that_makes_no_sense_is_refused_by_name(scratch, mistake):
    before, after, words = WRONG[mistake]
    assert before in UNITS_PER_ORDER
    append_definition(scratch / "dbt_project", UNITS_PER_ORDER.replace(before, after))

    outcome = dbt(scratch / "dbt_project", scratch, "compile", "--select", "dim_kpis")

    assert not outcome.success
    message = words_of(outcome)
    assert [word for word in words if word not in message] == [], message


def test_a_slice_in_which_nobody_who_reports_is_looked_for_is_refused_by_name(
    built_shop, home_of_lakes, tmp_path
):
    home = built_shop.copied_to(home_of_lakes).lake.home
    project = copy_project(tmp_path)
    by_state = UNITS_PER_ORDER.replace("slices: [channel]", "slices: [category, is_live]").replace(
        "numerator: units_sold\n      denominator: paid_orders",
        "numerator: out_of_stock_skus\n      denominator: live_skus",
    )
    append_definition(project, by_state)

    outcome = dbt(project, home, "compile", "--select", "int_reporter_slices")

    assert not outcome.success
    message = words_of(outcome)
    words = ("units_per_order", "`inventory`", "`is_live`", "int_reporter_slices")
    assert [word for word in words if word not in message] == [], message


# The KPIs of the catalogue that the first release holds. Growth (A18) is no metric but a table:
# every KPI with the day, the week and the year before, in fct_kpi_comparisons.
FIRST_RELEASE = (
    "A2 A3 A5 A6 A7 A8 A9 A12 A13 A14 B2 B6 B9 B11 B13 C2 C3 C6 C7 D1 D2 D5 "
    "E1 E3 E4 E6 E7 E8 E10 E13 F2 F8 F11 F12 G1 G2 G3 G6 G9 G13 H1 H2 H3 H6 H7 H8 H11 "
    "I5 I6 I8 I11 J1 J2 J3 J4 J5 K2 K5 K6 K8 L1 L2 M2 M3 M7 M8 M9 N1 N2 N3 Q1 Q2 Q3 Q4 Q5"
)


def test_every_kpi_of_the_first_release_is_published(built_shop):
    published = {
        code for (code,) in rows(built_shop.lake, "select distinct code from marts.dim_kpis")
    }

    assert set(FIRST_RELEASE.split()) - published == set()


def test_a_metric_is_defined_once_and_nothing_else_names_it_in_sql():
    kpis = [
        metric["name"]
        for path in (PROJECT / "models").rglob("*.yml")
        for metric in (yaml.safe_load(path.read_text("utf-8")) or {}).get("metrics", [])
    ]
    sql = [
        path
        for folder in ("models", "macros")
        for path in (PROJECT / folder).rglob("*.sql")
        if ("fct_kpi_daily" in path.name or "kpi" in path.parent.name)
        # It has the former names of what was renamed, so that definitions keep their ids.
        and path.name != "kpi_definition_id.sql"
    ]

    assert len(kpis) == len(set(kpis)) > 12
    assert sql
    named = {
        path.name: name for path in sql for name in kpis if f"'{name}'" in path.read_text("utf-8")
    }
    assert named == {}


# By the names that their tables, columns, measures and helper metrics had first.
FIRST_IDS = {
    "available_units": "a1cb048bd01dc2a6462fa439b87ca4de",
    "competitor_price_age": "f0c4ab9005f9593efa96c9c3a82d6c2c",
    "days_of_cover": "44cbf1239249a8833000102833906ae7",
    "dead_stock_share": "d4f18662315737ec5246060fa1137d52",
    "quarantine_rate": "9782d3f0af2a73d7d8a0010f8b8b6ebf",
    "quarantined_amount": "cc62135f22dda798c2837eb60a800649",
    "restatement_rate": "040e7f53de1ca9579139b82481cb2d59",
}


def test_renaming_what_a_kpi_is_made_of_leaves_its_definition_id(built_shop):
    """Or the ledger would take its whole history for restated by another definition."""
    ids = dict(rows(built_shop.lake, "select kpi, definition_id from marts.dim_kpis"))

    assert {kpi: ids[kpi] for kpi in FIRST_IDS} == FIRST_IDS


def test_the_calendar_holds_whole_years_and_their_iso_weeks(built_shop):
    found = rows(
        built_shop.lake,
        "select calendar_date, weekday, iso_year, iso_week, is_weekend, week_start, month_start, "
        "day_of_year, year_number, month_number, day_of_month "
        "from marts.dim_calendar order by calendar_date",
    )

    days = [date(2026, 1, 1) + timedelta(days=step) for step in range(365)]
    assert found == [
        (
            day,
            day.isoweekday(),
            day.isocalendar().year,
            day.isocalendar().week,
            day.isoweekday() >= 6,
            day - timedelta(days=day.weekday()),
            day.replace(day=1),
            int(f"{day:%j}"),
            day.year,
            day.month,
            day.day,
        )
        for day in days
    ]


def test_only_dates_whose_facts_changed_or_that_are_new_are_rebuilt(lake):
    accept_first_days(lake)
    dbt_runner.build(lake.settings, tested=False)
    for feed in EXAMPLES:
        lake.accept(feed, [], "2026-11-05", "2026-11-06")
    # a visit of the 1st is logged late; what looks back over weeks (stock, prices) knows no visits
    visit = {"event_id": "late", "session_id": "late", "visitor_id": "late", "channel": "direct"}
    lake.accept(
        "traffic",
        [visit | {"received_at": "2026-11-05 12:00:00"}],
        "2026-11-05",
        "2026-11-06",
    )

    dbt_runner.build(lake.settings, tested=False)

    assert rows(lake, "select * from intermediate.int_kpi_dates_rebuilt order by all") == [
        (date(2026, 11, 1),),
        # the last day there was: feeds that were late on it are late no more
        (date(2026, 11, 4),),
        (date(2026, 11, 5),),
    ]
    assert rows(
        lake,
        "select kpi_date, value from marts.fct_kpi_daily where kpi = 'visitors' "
        "and store_id = 'us_site' and dimension = 'all' and value > 0",
    ) == [(date(2026, 11, 1), 2.0)]
