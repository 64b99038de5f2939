"""Data Docs over real landed windows, validated by the real Great Expectations."""

import re
import subprocess
import sys
from contextlib import suppress
from datetime import date, timedelta

import duckdb
import pytest

from storepulse.errors import WindowRejected
from storepulse.lake.paths import WindowFiles
from storepulse.report import data_docs
from storepulse.report.data_docs import site
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import (
    GOOD_ROWS,
    SOURCE,
    good_rows,
    land,
    with_a_rule_nobody_can_evaluate,
)
from support.marts_builder import Shop, write_marts

HOSTILE = "<script>document.title='taken over'</script>$PARAMETER"
THE_20TH, THE_21ST, THE_22ND = (date(2026, 11, day) for day in (20, 21, 22))


def window_of(day: date) -> Window:
    return Window.from_iso(f"{day}", f"{day + timedelta(days=1)}")


def land_and_validate(settings: Settings, feed: str, day: date, rows: list, **given) -> None:
    """Land rows as of one day and validate them; a rejected window is no failure here."""
    moved = [
        {name: value.replace("2026-11-22", f"{day}") for name, value in row.items()} for row in rows
    ]
    land(settings, feed, moved, window_of(day), **given)
    with suppress(WindowRejected):
        validate(settings, SOURCE, feed, window_of(day))


def order(**values) -> dict:
    return {**GOOD_ROWS["orders"], **values}


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A good day of orders, one with a quarantined row, one rejected; refunds lack a column."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), language="en")
    land_and_validate(settings, "orders", THE_20TH, good_rows("orders", 4))
    land_and_validate(
        settings, "orders", THE_21ST, [*good_rows("orders", 3), order(device=HOSTILE)]
    )
    land_and_validate(
        settings, "orders", THE_22ND, [order(order_id=f"{n}", currency="XXX") for n in range(6)]
    )
    columns = [column for column in GOOD_ROWS["refunds"] if column != "amount"]
    land_and_validate(settings, "refunds", THE_22ND, good_rows("refunds", 2), columns=columns)
    marts = write_marts(settings.serving / "storepulse.duckdb", [Shop(store_name="<b>US</b>")])
    with duckdb.connect(str(marts)) as con:
        con.execute(
            "insert into marts.fct_feed_daily values "
            "('a', 'us_site', 'orders', 'USD', '2026-11-20', true, 4, 0, 0, null, 0), "
            "('b', 'us_site', 'orders', 'USD', '2026-11-21', true, 3, 1, 75, 1234.5, 0), "
            "('c', 'us_site', 'orders', 'USD', '2026-11-22', false, 0, 0, 0, 4, 24)"
        )
    data_docs.write(settings)
    return settings


def page(settings: Settings, *parts: str) -> str:
    return settings.report.joinpath("data", *parts).read_text(encoding="utf-8")


def window_page(day: date) -> tuple[str, ...]:
    return "orders", SOURCE, f"{window_of(day).id}.html"


def text_of(html: str) -> str:
    """The visible text, on one line."""
    shown = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", shown)


def test_there_is_an_overview_a_page_per_feed_and_one_per_validated_window(settings):
    pages = {
        path.relative_to(settings.report / "data").as_posix()
        for path in settings.report.rglob("*")
        if path.is_file()
    }

    assert pages == {
        "index.html",
        "orders.html",
        "refunds.html",
        *("/".join(window_page(day)) for day in (THE_20TH, THE_21ST, THE_22ND)),
    }


def test_no_page_loads_anything_or_runs_a_script(settings):
    for path in (settings.report / "data").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|(src|href)=[\"']?//|@import|url\(", html), path
        assert not re.search(r"<script|<link(?! rel=\"icon\" href=\"data:,\")| on\w+=\"", html), (
            path
        )
        assert "default-src 'none'" in html


def test_the_overview_shows_the_state_of_each_feed(settings):
    text = text_of(page(settings, "index.html"))

    assert "The newest window ends 2026-11-23 00:00 UTC." in text
    # 4 of 4, 3 of 4 and none of 6; the quarantined row's amount is what was paid.
    assert "Orders ▼ window rejected 14 50.0% 1 $75.00" in text
    assert "Refunds ▼ window rejected 2 0.00% 0 –" in text


def test_a_feeds_page_shows_the_rejected_windows_and_why(settings):
    orders = page(settings, "orders.html")
    text = text_of(orders)

    assert "2026-11-22 00:00 – 2026-11-23 00:00 · test_shop" in text
    assert "currency_known expected currency one of AED, AFN" in text
    assert "got 6 of 6 rows failing; for example store_id=&#39;us_site&#39;" in text
    assert 'href="orders/test_shop/20261122T000000Z-20261123T000000Z.html"' in orders
    refunds = text_of(page(settings, "refunds.html"))
    assert "columns_present expected" in refunds
    assert "got no amount" in refunds


def test_a_feeds_page_shows_its_days_rules_and_quarantine(settings):
    orders = page(settings, "orders.html")
    text = text_of(orders)

    assert orders.count("<g><title>") == 3
    assert "Sat 21 Nov: 3 accepted, 1 in quarantine, usual 1,234" in text
    assert "Sun 22 Nov 0 4 0 not complete" in text
    assert "device_known 1 1 devices need one spelling" in text
    assert "device_known test_shop 1 1 $75.00" in text
    assert "2026-11-21 00:00 – 2026-11-22 00:00 test_shop ● accepted 4 3 1 75.0%" in text
    assert "&lt;b&gt;US&lt;/b&gt;" in orders
    assert "<b>US</b>" not in orders


def test_a_windows_page_has_every_rule_with_its_reason_and_failing_values(settings):
    html = page(settings, *window_page(THE_21ST))
    text = text_of(html)

    assert "values must belong to this set: mobile desktop app tablet" in text
    assert "device_known devices need one spelling" in text
    assert "&lt;script&gt;document.title=" in html
    assert "$PARAMETER" in html
    assert "<script" not in html
    assert "Sampled Unexpected Values" in text
    assert 'href="../../orders.html"' in html
    rules = re.findall(r'class="rule" *>', html)
    assert len(rules) == int(re.search(r"Evaluated Expectations (\d+)", text)[1])


def test_in_chinese_everything_but_great_expectations_texts_is_chinese(settings):
    chinese = settings.model_copy(update={"language": "zh"})
    data_docs.write(chinese)
    try:
        assert "订单 ▼ 有批次被扣留 14 50.0% 1 US$75.00" in text_of(page(chinese, "index.html"))
        text = text_of(page(chinese, *window_page(THE_21ST)))
        assert "通过率" in text
        assert "Great Expectations 的检查结果（英文）" in text
    finally:
        data_docs.write(settings)


def test_nothing_is_rendered_twice_and_great_expectations_stays_unimported(settings):
    places = sorted((settings.report / "data").glob("*/*/*.html"))
    made = [path.stat().st_mtime_ns for path in places]
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from storepulse.report import data_docs\n"
        "from storepulse.settings import Settings\n"
        "data_docs.write(Settings(home=Path(sys.argv[1]), language='en'))\n"
        "print('great_expectations' in sys.modules)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code, str(settings.home)], check=True, capture_output=True, text=True
    )

    assert ran.stdout == "False\n"
    assert len(places) == 3
    assert [path.stat().st_mtime_ns for path in places] == made


def test_values_of_a_rule_about_two_columns_are_separated(tmp_path):
    settings = Settings(home=tmp_path, language="en")
    early = order(paid_at="2026-11-22 08:00:00")
    land_and_validate(settings, "orders", THE_22ND, [*good_rows("orders", 3), early])

    data_docs.write(settings)

    text = text_of(page(settings, *window_page(THE_22ND)))
    assert "Sampled Unexpected Values 2026-11-22T08:00:00, 2026-11-22T09:00:00" in text


@pytest.fixture
def empty(tmp_path) -> Settings:
    return Settings(home=tmp_path, language="en")


def test_pages_of_a_home_without_marts_or_landed_windows_say_so(empty):
    overview = data_docs.write(empty)

    assert overview == empty.report / "data" / "index.html"
    assert "The newest window ends – UTC." in text_of(overview.read_text(encoding="utf-8"))

    land_and_validate(empty, "orders", THE_22ND, good_rows("orders", 2))
    data_docs.write(empty)
    assert "No marts have been published yet" in text_of(page(empty, "orders.html"))


def test_a_window_validated_again_gets_a_new_page_and_the_others_keep_theirs(empty):
    for day in (THE_20TH, THE_21ST):
        land_and_validate(empty, "orders", day, good_rows("orders", 2))
    data_docs.write(empty)
    kept = empty.report.joinpath("data", *window_page(THE_20TH))
    made = kept.stat().st_mtime_ns

    land_and_validate(empty, "orders", THE_21ST, [*good_rows("orders", 3), order(device="fridge")])
    data_docs.write(empty)

    assert "fridge" in page(empty, *window_page(THE_21ST))
    assert kept.stat().st_mtime_ns == made


def test_only_the_newest_windows_and_all_rejected_ones_have_a_page(empty, monkeypatch):
    monkeypatch.setattr("storepulse.report.data_docs.feed_page.WINDOWS_SHOWN", 1)
    long_ago = date(2026, 9, 1)
    land_and_validate(
        empty, "orders", long_ago, [order(order_id=f"{n}", currency="XXX") for n in range(6)]
    )
    land_and_validate(empty, "orders", THE_21ST, good_rows("orders", 2))
    data_docs.write(empty)
    land_and_validate(empty, "orders", THE_22ND, good_rows("orders", 2))

    data_docs.write(empty)

    pages = sorted(path.name for path in empty.report.glob("data/orders/*/*.html"))
    assert pages == [f"{window_of(day).id}.html" for day in (long_ago, THE_22ND)]
    # Its rows are no longer among those of the last thirty days.
    assert "Orders ▼ window rejected 4 100.0% 0 –" in text_of(page(empty, "index.html"))


def test_pages_of_older_windows_follow_with_the_next_run_when_there_are_many(empty, monkeypatch):
    monkeypatch.setattr(site, "PAGES_A_RUN", 1)
    for day in (THE_20TH, THE_21ST):
        land_and_validate(empty, "orders", day, good_rows("orders", 2))

    data_docs.write(empty)
    first = [path.name for path in empty.report.glob("data/orders/*/*.html")]
    data_docs.write(empty)

    assert first == [f"{window_of(THE_21ST).id}.html"]
    assert len(list(empty.report.glob("data/orders/*/*.html"))) == 2


def test_a_rule_that_raised_an_error_is_named_with_it(empty, tmp_path):
    given = with_a_rule_nobody_can_evaluate(empty, tmp_path / "suites", "sum_of_text", "warning")
    land_and_validate(given, "orders", THE_22ND, good_rows("orders", 2))

    data_docs.write(given)

    text = text_of(page(empty, *window_page(THE_22ND)))
    assert "Rules that gave an error instead of an answer sum_of_text" in text


def test_a_window_being_validated_is_left_out(empty):
    for day in (THE_21ST, THE_22ND):
        land_and_validate(empty, "orders", day, good_rows("orders", 2))
    WindowFiles(empty, "orders", SOURCE, window_of(THE_22ND)).validation.unlink()

    data_docs.write(empty)

    assert "Orders ● all passed 2 100.0%" in text_of(page(empty, "index.html"))
    assert [path.name for path in empty.report.glob("data/orders/*/*.html")] == [
        f"{window_of(THE_21ST).id}.html"
    ]


def test_leftovers_of_a_killed_run_are_removed(empty):
    land_and_validate(empty, "orders", THE_22ND, [order()])
    data_docs.write(empty)
    folder = empty.report / "data"
    left = [
        below / ".some.html.0123456789abcdef0123456789abcdef.tmp"
        for below in (folder, folder / "orders" / SOURCE)
    ]
    for half in left:
        half.write_text("<html>ha")

    data_docs.write(empty)

    assert list(folder.rglob("*.tmp")) == []
    assert len(list((folder / "orders" / SOURCE).glob("*.html"))) == 1
