"""Data incidents are mailed to data engineers, one mail per cause and day."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import duckdb
import pytest

from storepulse.errors import SourceUnreachable, WindowRejected
from storepulse.lake.paths import WindowFiles
from storepulse.notify import data_incident_mails, task_failures
from storepulse.settings import Settings
from storepulse.transform.build_warnings import BuildWarning
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import SOURCE, WINDOW, good_rows, land
from support.marts_builder import Shop, write_marts

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=UTC)
FAILED = task_failures.Failure(
    flow="ingest_orders",
    step="ingest_feed.land [orders]",
    run="scheduled__2026-11-24",
    attempt=5,
    error=SourceUnreachable("shop.example:5432 did not answer"),
    log_url="http://127.0.0.1:8080/log",
    page="",
    feed="orders",
)
NEXT_DAY = Window.from_iso("2026-11-23", "2026-11-24")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def mails(settings: Settings) -> dict[str, str]:
    """Subjects and texts of the mails in the outbox."""
    found = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted((settings.outbox / "failures").glob("*.eml"))
    ]
    return {mail["Subject"]: mail.get_content().replace("\r\n", "\n") for mail in found}


def reject(settings: Settings, window: Window) -> None:
    land(
        settings, "orders", [{**row, "device": "fridge"} for row in good_rows("orders", 6)], window
    )
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", window)


def test_a_rejected_feed_is_mailed_once_a_day_however_many_windows_are_rejected(settings):
    reject(settings, WINDOW)
    first = data_incident_mails.mail_data_incidents(settings, NOW)
    reject(settings, NEXT_DAY)

    again = data_incident_mails.mail_data_incidents(settings, NOW)

    text = mails(settings)["orders from test_shop: rejected"]
    assert (first, again) == (1, 0)
    assert text.startswith("1 window with 6 rows: rejected as a whole, for device_known.")
    assert "Since   2026-11-22 00:00 UTC" in text
    assert "Impact  nothing is built yet" in text
    assert "storepulse quarantine show orders --source test_shop" in text
    assert "storepulse ingest --source test_shop --feeds orders --catch-up" in text


def test_another_rule_that_rejects_the_same_feed_is_another_cause(settings):
    reject(settings, WINDOW)
    data_incident_mails.mail_data_incidents(settings, NOW)
    bad = [{**row, "status": "teleported"} for row in good_rows("orders", 6)]
    land(settings, "orders", bad, NEXT_DAY)
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", NEXT_DAY)

    assert data_incident_mails.mail_data_incidents(settings, NOW) == 1
    assert len(list((settings.outbox / "failures").glob("*.eml"))) == 2
    assert data_incident_mails.mail_data_incidents(settings, NOW) == 0


def test_a_feed_that_gained_a_column_is_mailed_with_the_column(settings):
    columns = [*good_rows("orders", 1)[0], "loyalty_tier"]
    land(settings, "orders", [{**good_rows("orders", 1)[0], "loyalty_tier": "x"}], columns=columns)
    validate(settings, SOURCE, "orders", WINDOW)

    data_incident_mails.mail_data_incidents(settings, NOW)

    text = mails(settings)["orders from test_shop: drifted"]
    assert "loyalty_tier as well; compared with the registry: + loyalty_tier" in text


def test_misspelled_references_are_mailed_with_where_to_look(settings):
    land(settings, "products", [{**good_rows("products", 1)[0], "sku": "KIT-001"}])
    validate(settings, SOURCE, "products", WINDOW)
    land(settings, "order_lines", [{**good_rows("order_lines", 1)[0], "sku": "kit-001"}])
    validate(settings, SOURCE, "order_lines", WINDOW)

    data_incident_mails.mail_data_incidents(settings, NOW)

    text = mails(settings)["order_lines from test_shop: misspelled"]
    assert "1 row where it differs from a key there only in case, blanks or width" in text
    files = WindowFiles(settings, "order_lines", SOURCE, WINDOW)
    assert f"To look:\n  cat {files.validation}\n" in text


@pytest.fixture
def published(settings) -> Settings:
    write_marts(settings.serving / "storepulse.duckdb", [Shop("us_site", days=30)])
    return settings


def change(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.serving / "storepulse.duckdb")) as con:
        con.execute(statement)


def test_nothing_is_mailed_when_all_is_well(published):
    assert data_incident_mails.mail_data_incidents(published, NOW) == 0
    assert mails(published) == {}


def test_a_day_whose_kpis_are_not_reported_for_its_quarantine_is_mailed(published):
    change(
        published,
        """
        insert into marts.fct_feed_daily (
            feed_day_key, store_id, feed, business_date, is_whole, rows_accepted, rows_quarantined
        ) values
            ('a', 'us_site', 'orders', date '2026-09-28', true, 90, 10),
            ('b', 'us_site', 'orders', date '2026-09-29', true, 91, 9);
        insert into marts.fct_kpi_readiness
            (store_id, kpi, kpi_date, status, status_reason, feed)
        values
            ('us_site', 'aov', date '2026-09-28', 'partial', 'rows_in_quarantine', 'orders'),
            ('us_site', 'visitors', date '2026-09-28', 'partial', 'rows_in_quarantine', 'orders'),
            ('us_site', 'aov', date '2026-09-29', 'ready', 'complete', null)
        """,
    )

    task_failures.note(published.model_copy(update={"source": "demo_shop"}), FAILED)

    data_incident_mails.mail_data_incidents(published, NOW)

    assert "orders from demo_shop: source unreachable" in mails(published)
    text = mails(published)["orders from demo_shop: quarantined"]
    assert text.startswith("10 rows of 100 are in quarantine on days from 2026-09-28 on")
    assert "storepulse quarantine release orders --source demo_shop" in text


def warned_of(settings: Settings, *warnings: BuildWarning) -> None:
    """Write the build record of a build with these warnings."""
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    record = {"warnings": [warning.as_json() for warning in warnings]}
    (settings.warehouse / "built.json").write_text(json.dumps(record), encoding="utf-8")


def test_warnings_of_the_last_build_are_mailed_once_a_day(settings):
    about = "Refunds wait for their order. The mapping may write its number in two ways."
    waiting = BuildWarning("assert_every_refund_has_its_order", about, 2, ("order_id=1001",))
    warned_of(settings, waiting)
    first = data_incident_mails.mail_data_incidents(settings, NOW)
    more = BuildWarning("assert_every_refund_has_its_order", about, 3, ("order_id=1001",))
    stock = BuildWarning("assert_stock_adds_up", "Stock does not add up.", 1, ("store_id=us_site",))
    warned_of(settings, more, stock)

    second = data_incident_mails.mail_data_incidents(settings, NOW)

    text = mails(settings)["the build warns: every refund has its order"]
    assert (first, second, data_incident_mails.mail_data_incidents(settings, NOW)) == (1, 1, 0)
    assert text.startswith(
        f"2 rows against assert_every_refund_has_its_order. {about}\n\n"
        f"- order_id=1001\n- … and 1 more\n"
    )
    assert "storepulse warnings" in text
    assert "the build warns: stock adds up" in mails(settings)


def test_a_build_without_warnings_is_not_mailed(settings):
    warned_of(settings)

    assert data_incident_mails.mail_data_incidents(settings, NOW) == 0


def test_a_window_with_almost_no_rows_is_mailed(settings):
    weeks = [
        ("2026-11-08", "2026-11-09"),
        ("2026-11-15", "2026-11-16"),
        ("2026-11-22", "2026-11-23"),
    ]
    for (start, end), rows in zip(weeks, (60, 60, 5), strict=True):
        window = Window.from_iso(start, end)
        of_the_day = [
            {name: text and text.replace("2026-11-22", start) for name, text in row.items()}
            for row in good_rows("orders", rows)
        ]
        land(settings, "orders", of_the_day, window)
        validate(settings, SOURCE, "orders", window)

    data_incident_mails.mail_data_incidents(settings, NOW)

    text = mails(settings)["orders from test_shop: shrunk"]
    assert "Expected table row count to be between at least 6, got 5" in text
    assert "Since   2026-11-22 00:00 UTC" in text


def test_a_missing_competitor_is_mailed_with_since_when(settings):
    for days, competitors in ((8, "ab"), (15, "ab"), (22, "b")):
        window = Window.from_iso(f"2026-11-{days:02}", f"2026-11-{days + 1:02}")
        shown = [
            {**row, "competitor": one, "captured_at": f"2026-11-{days:02} 09:00:00"}
            for one in competitors
            for row in good_rows("competitor_prices", 30)
        ]
        land(settings, "competitor_prices", shown, window)
        validate(settings, SOURCE, "competitor_prices", window)

    data_incident_mails.mail_data_incidents(settings, NOW)

    text = mails(settings)["competitor_prices from test_shop: shrunk"]
    assert (
        "Expected rows for each snapshot: us_site: a, us_site: b, got none of us_site: a "
        "(last seen 2026-11-15 09:00 UTC, 30 rows are usual)"
    ) in text
    assert "Since   2026-11-22 00:00 UTC" in text
