"""A feed added to a copy of the project with its own files only: registry, suite, mapping, staging.

Then `make feeds` writes what follows, and the feed lands, is validated and built, and the project's
own tests about feeds accept it. A further place that had to be edited would fail here.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from storepulse.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow

COPIED = ("dags", "dbt_project", "docs", "expectations", "include", "plugins", "tests",
          "pyproject.toml")  # fmt: skip
NOT_COPIED = shutil.ignore_patterns("__pycache__", "target", "logs", "var", ".*_cache")

REGISTRY = """
  - name: loyalty_bookings
    label: {en: Loyalty points, zh: 会员积分}
    description: Points that a member was given or has spent.
    flow: service
    counted: true
    key: [store_id, booking_id]
    event_time: booked_at
    change_time: updated_at
    columns:
      store_id: text
      booking_id: text
      kind: text
      points: integer
      booked_at: timestamp
      updated_at: timestamp
"""
SUITE = """\
name: landing.loyalty_bookings
expectations:
  - type: expect_column_values_to_not_be_null
    kwargs: {column: store_id, mostly: 0.99}
    severity: critical
    meta: {id: store_id_present, why: "points are reported by store"}
  - type: expect_column_values_to_not_be_null
    kwargs: {column: booking_id, mostly: 0.99}
    severity: critical
    meta: {id: booking_id_present, why: "a restated booking replaces its older version by it"}
  - type: expect_column_values_to_be_in_set
    kwargs: {column: kind, value_set: [given, spent], mostly: 0.9}
    severity: critical
    meta: {id: kind_known, why: "points given and spent are added up apart"}
  - type: expect_column_values_to_be_between
    kwargs: {column: points, min_value: 0, mostly: 0.95}
    severity: critical
    meta: {id: points_not_negative, why: "the kind has the sign"}
  - type: expect_column_values_to_not_be_null
    kwargs: {column: booked_at, mostly: 0.99}
    severity: critical
    meta: {id: booked_at_present, why: "it sets the day of the booking, permanently"}
  - type: expect_column_values_to_be_between
    kwargs: {column: booked_at, max_value: $window_end_plus_1d, mostly: 0.95}
    severity: critical
    meta: {id: booked_at_not_in_future, why: "a clock that runs fast would open future days"}
  - type: expect_column_values_to_not_be_null
    kwargs: {column: updated_at, mostly: 0.99}
    severity: critical
    meta: {id: updated_at_present, why: "the newest version of a booking counts"}
  - type: expect_column_values_to_be_between
    kwargs: {column: updated_at, max_value: $window_end_plus_1d, mostly: 0.95}
    severity: critical
    meta: {id: updated_at_not_in_future, why: "a clock that runs fast would hide later versions"}
  - type: expect_compound_columns_to_be_unique
    kwargs: {column_list: [store_id, booking_id], mostly: 0.99}
    severity: warning
    meta: {id: key_once, why: "the newest version of a key counts, the others are quarantined"}
  - type: expect_table_row_count_to_be_between
    kwargs: {max_value: $usual_rows_times_50}
    severity: warning
    meta: {id: volume_not_flooded, why: "a campaign may give points to every member at once"}
"""
MAPPING = """\
-- The shop books every gift and every use of points.
select shop as store_id, booking as booking_id, kind, points, booked as booked_at,
    modified as updated_at
from loyalty
where modified >= :window_start and modified < :window_end
"""
MAPPED = "  loyalty_bookings: {connection: shop_database, mapping: loyalty_bookings.sql}\n"
STAGING = """\
with

source as (

    {{ latest_accepted('loyalty_bookings') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        booking_id,

        ---------- text
        kind,

        ---------- numbers
        points,

        ---------- timestamps
        booked_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
"""
STAGING_YAML = """\
models:
  - name: stg_loyalty_bookings
    description: Points of members as they stand now. One row per booking.
    columns:
      - name: store_id
        description: The store.
      - name: booking_id
        description: The booking's number.
      - name: kind
        description: Whether points were given or spent.
      - name: points
        description: How many, never negative.
      - name: booked_at
        description: When, UTC. Never changes.
      - name: updated_at
        description: When the source last changed the row, UTC.
      - name: event_date
        description: UTC day of `booked_at`.
"""
BOOKINGS = [
    ("us_site", "b-1", "given", 20, "2026-11-22 09:00:00", "2026-11-22 09:00:00"),
    ("us_site", "b-2", "spent", 5, "2026-11-22 09:00:00", "2026-11-22 10:00:00"),
    ("us_site", "b-3", "stolen", 20, "2026-11-22 09:00:00", "2026-11-22 09:00:00"),
]
STOREPULSE = "from storepulse.cli.app import main; main()"
PREPARE = """
from storepulse.settings import Settings
from storepulse.transform import build_plan
print(build_plan.prepare(Settings(), full=True).build_id)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of the project with the feed's own files, and what `make feeds` writes of them."""
    copy = tmp_path_factory.mktemp("copy") / "storepulse"
    copy.mkdir()
    for name in COPIED:
        place = PROJECT_ROOT / name
        if place.is_dir():
            shutil.copytree(place, copy / name, ignore=NOT_COPIED)
        else:
            shutil.copy(place, copy / name)
    staging, shop = copy / "dbt_project/models/staging", copy / "include/sources/demo_shop"
    _append(copy / "include/storepulse/feeds/feeds.yaml", REGISTRY)
    (copy / "expectations/loyalty_bookings.yaml").write_text(SUITE, "utf-8")
    (shop / "loyalty_bookings.sql").write_text(MAPPING, "utf-8")
    _append(shop / "source.yaml", MAPPED)
    (staging / "stg_loyalty_bookings.sql").write_text(STAGING, "utf-8")
    (staging / "stg_loyalty_bookings.yml").write_text(STAGING_YAML, "utf-8")
    _python(copy, "-m", "storepulse.feeds.derived_files")
    return copy


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def _python(copy: Path, *arguments: str) -> str:
    """Run the copy's own code; its output."""
    paths = [copy / "include", copy / "plugins", copy / "tests"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "STOREPULSE_HOME": str(copy / "var"),
        "SHOP_DB_URL": f"sqlite:///{copy / 'shop.sqlite'}",
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_its_rows_land_are_validated_and_are_in_the_staging_model(project):
    with sqlite3.connect(project / "shop.sqlite") as shop:
        shop.execute("create table loyalty (shop, booking, kind, points, booked, modified)")
        shop.executemany("insert into loyalty values (?, ?, ?, ?, ?, ?)", BOOKINGS)
    window = ("--from", "2026-11-22", "--until", "2026-11-23")
    variables = {"warehouse_folder": str(project / "var/warehouse"), "reporting_currency": "CNY"}

    _python(project, "-c", STOREPULSE, "ingest", "--feeds", "loyalty_bookings", *window)
    _python(project, "-c", PREPARE)
    _python(
        project, "-m", "dbt.cli.main", "run", "--project-dir", "dbt_project",
        "--profiles-dir", "dbt_project", "--vars", json.dumps(variables),
        "--select", "stg_loyalty_bookings", "+int_feed_rows",
    )  # fmt: skip

    refused = duckdb.sql(f"from '{project}/var/quarantine/loyalty_bookings/**/*.parquet'")
    assert refused.select("booking_id, _rules").fetchall() == [("b-3", ["kind_known"])]
    with duckdb.connect(project / "var/warehouse/storepulse.duckdb", read_only=True) as warehouse:
        built = warehouse.sql(
            "select booking_id, points from staging.stg_loyalty_bookings order by 1"
        )
        assert built.fetchall() == [("b-1", 20), ("b-2", 5)]


@pytest.mark.timeout(900)
def test_the_tests_about_feeds_accept_it(project):
    about_feeds = [
        "tests/unit/feeds/test_registry.py",
        "tests/unit/feeds/test_derived_files.py",
        "tests/unit/feeds/test_sources.py::"
        "test_every_shipped_source_loads_and_its_queries_begin_with_a_comment",
        "tests/test_conventions.py",
        "tests/expectations/test_suites.py",
        "tests/unit/validate/test_conflicts.py",
    ]

    output = _python(
        project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *about_feeds,
        "-k", "loyalty_bookings or feed",
    )  # fmt: skip

    assert " passed" in output
