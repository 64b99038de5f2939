"""`make run` at a tenth of its size: every real part of the pipeline, in one process."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from storepulse.cli.status import collect_status
from storepulse.feeds.registry import all_feeds
from storepulse.settings import Settings
from support.printed_outputs import lines_that_differ

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.timeout(1200)]

# A tenth of the demo's traffic: six orders per store and day.
SCALE = "0.1"


def run_demo(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make run`'s command as a user would, in a process of its own."""
    ours = ("AIRFLOW", "STOREPULSE_", "SHOP_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "storepulse_local.demo", "--home", home, *arguments],
        env={**inherited, "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder of the demo, and its output."""
    home = tmp_path_factory.mktemp("demo")
    return home, run_demo(home, "--scale", SCALE)


@pytest.fixture
def home(demo):
    folder, outcome = demo
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder


@pytest.fixture
def output(demo, home):
    return demo[1].stdout


def marts(home, query):
    with duckdb.connect(str(home / "serving" / "storepulse.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def test_it_ends_with_a_table_of_every_feed_and_a_line_per_step(home, output):
    lines = output.splitlines()

    for feed in collect_status(Settings(home=home)).feeds:
        counts = f"{feed.landed:,} {feed.accepted:,} {feed.quarantined:,}".split()
        row = next(line.split() for line in lines if line.startswith(f"{feed.feed} "))
        assert row[1:4] == counts
    for step in ("built", "published", "watched", "mails", "open"):
        assert any(line.startswith(f"{step} ") for line in lines), step


def test_airflow_logs_to_the_file_and_not_to_the_terminal(home, output):
    assert "airflow." not in output
    assert "airflow." in (home / "logs" / "demo.log").read_text(encoding="utf-8")


def test_every_feed_landed_and_no_row_was_lost(home):
    feeds = collect_status(Settings(home=home)).feeds

    assert {feed.feed for feed in feeds} == set(all_feeds())
    for feed in feeds:
        assert feed.windows == 2, feed.feed
        assert feed.landed == feed.accepted + feed.quarantined, feed.feed
        assert feed.accepted > 0, feed.feed


def test_the_marts_have_each_order_once_in_its_current_state(home):
    with sqlite3.connect(home / "shop" / "shop.sqlite") as shop:
        orders = shop.execute("select count(*), sum(state = 'cancelled') from sales_orders")
        expected = orders.fetchone()

    assert marts(
        home,
        "select count(*), count(*) filter (where cancelled_at is not null) from marts.fct_orders",
    ) == [expected]


def test_platform_reports_nearly_match_the_marts_by_the_platforms_definitions(home):
    # three days before the end everything is paid or closed, and reported by the platforms
    gaps = marts(
        home,
        "select store_id, variant, count(report_amount) as days, "
        "sum(abs(gap_amount)) / sum(abs(report_amount)) as gap, "
        "list(business_date) filter (report_amount is null) as missing "
        "from marts.fct_platform_gaps where business_date < date '2026-11-20' "
        "group by all order by all",
    )

    assert [(store, variant) for store, variant, *_ in gaps] == [
        ("cn_market", "paid_gmv_sycm"),
        ("eu_shop", "rev_daasity"),
        ("us_site", "net_sales_shopify"),
    ]
    assert min(days for _, _, days, *_ in gaps) > 75
    assert max(gap for *_, gap, _ in gaps) < 0.01
    assert sum(gap for *_, gap, _ in gaps) > 0
    assert [missing for *_, missing in gaps] == [None, [date(2026, 10, 8)], None]


def test_every_store_has_its_last_day(home):
    days = marts(
        home,
        "select store_id, max(kpi_date)::varchar from marts.fct_kpi_daily "
        "where kpi = 'paid_orders' and dimension = 'all' and value > 0 group by 1 order by 1",
    )

    assert [store for store, _ in days] == ["all", "cn_market", "eu_shop", "us_site"]
    assert {day for _, day in days} <= {"2026-11-22", "2026-11-23"}


def test_each_mail_it_counts_is_in_the_outbox(home, output):
    counted = int(re.search(r"^mails +(\d+) in ", output, re.M)[1])
    mails = list((home / "outbox").glob("*.eml"))

    assert len(mails) == counted
    for mail in mails:
        message = message_from_bytes(mail.read_bytes(), policy=default)
        assert message["Subject"]
        assert message.get_body(("plain",)).get_content().strip()


def test_the_page_it_names_is_there(home, output):
    page = re.search(r"^open +file://(\S+)$", output, re.M)[1]

    assert page == str(home / "report" / "index.html")
    assert (home / "report" / "index.html").read_text(encoding="utf-8").strip()


def test_a_second_run_changes_nothing_and_sends_no_mail(home, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(home, again, symlinks=True)
    before = sorted(path.name for path in again.glob("outbox/*.eml"))

    outcome = run_demo(again, "--scale", SCALE, "--quiet")

    assert outcome.returncode == 0, outcome.stdout
    assert sorted(path.name for path in again.glob("outbox/*.eml")) == before
    assert re.search(r"^mails +0 in ", outcome.stdout, re.M)
    orders = "select * from marts.fct_orders order by order_key"
    assert marts(again, orders) == marts(home, orders)
    kpis = "select * from marts.fct_kpi_daily order by all"
    assert marts(again, kpis) == marts(home, kpis)


def test_a_second_one_in_the_same_folder_is_refused(home):
    with FileLock(home / ".demo.lock"):
        outcome = run_demo(home)

    assert outcome.returncode == 1
    assert "another demo is running in" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr


def test_a_failure_names_dag_task_and_error(home, tmp_path):
    shutil.copytree(home / "airflow", tmp_path / "airflow")

    outcome = run_demo(tmp_path, "--scale", SCALE, STOREPULSE_EXPECTATIONS_DIR=str(tmp_path))

    assert outcome.returncode == 1
    assert "ingest_orders.validate [orders]: SuiteInvalid: " in outcome.stdout
    assert f"Airflow's full output is in {tmp_path / 'logs' / 'demo.log'}" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr


def test_the_readme_shows_what_it_prints(demo):
    assert lines_that_differ("make run", demo[1].stdout) == []
