import re

import duckdb
import pytest

from storepulse import report
from storepulse.errors import AnotherRunIsWriting, NothingPublished
from storepulse.report import pages
from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, language="en")


def test_the_page_is_one_file_without_outside_requests(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    watch(settings)

    page = report.write(settings).read_text(encoding="utf-8")

    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert "@import" not in page
    assert 'href="data/index.html"' in page
    assert sorted(path.name for path in settings.report.iterdir()) == [
        "glossary.html",
        "index.html",
    ]
    assert len(page.encode()) < 200_000


def test_the_page_begins_with_the_incidents_and_marks_nothing_green_that_moved(settings):
    shop = Shop()
    shop.tracking_broken(shop.last_day, "paid_search")
    for channel in shop.orders:
        shop.orders_lost(shop.last_day, channel, 0.1)
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    watch(settings)

    page = report.write(settings).read_text(encoding="utf-8")

    assert page.index('id="incidents"') < page.index('id="store-1"')
    marks = re.findall(r'td class="name".*?>([^<]+)</td>.*?status-(\w+)">(.) ', page)
    assert ("Paid orders", "low", "▼") in marks
    assert ("Visitors", "anomaly", "▼") in marks
    assert ("Average order value", "usual", "●") in marks


def test_values_are_shown_before_anything_could_be_evaluated(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop(days=10)], facts=False)
    watch(settings)

    page = report.write(settings).read_text(encoding="utf-8")

    assert page.count("not evaluated yet") >= 12
    assert "No incident has been recorded" in page


def test_a_kpi_that_is_not_ready_is_named_without_its_number(settings):
    marts = write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    with duckdb.connect(str(marts)) as con:
        con.execute(
            "insert into marts.fct_kpi_readiness "
            "(store_id, kpi, kpi_date, status, status_reason, feed, status_since) "
            "select 'us_site', 'visitors', max(kpi_date), 'held_back', 'window_held_back', "
            "'traffic', max(kpi_date) + interval 17 hour from marts.fct_kpi_daily"
        )
    watch(settings)

    page = report.write(settings).read_text(encoding="utf-8")

    assert "Traffic rejected by a data check; not reported: visitors." in page
    assert ">Visitors</td>" not in page
    assert ">Sessions</td>" in page


def test_every_kpi_is_in_the_glossary_in_both_languages_whatever_the_mails_are_in(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)

    report.write(settings)

    page = (settings.report / "glossary.html").read_text(encoding="utf-8")
    assert page.count("<article") == 12
    assert "支付转化率的口径说明。" in page
    assert "What payment conversion means" in page
    assert "Sales · 销售" in page
    assert "Orders and Traffic · 订单和流量" in page
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)


def test_the_glossary_follows_the_catalogue_and_writes_a_base_as_people_do(settings):
    marts = write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    with duckdb.connect(str(marts)) as con:
        con.execute("update marts.dim_kpis set code = case kpi when 'aov' then 'A2' end")
        con.execute("update marts.dim_kpis set code = 'A10' where kpi = 'visitors'")
        con.execute("update marts.dim_kpis set min_denominator = 50 where kpi = 'aov'")

    report.write(settings)

    page = (settings.report / "glossary.html").read_text(encoding="utf-8")
    titles = re.findall(r'<article[^>]*id="(\w+)"', page)
    assert titles[:2] == ["aov", "visitors"]
    assert "<dd>50</dd>" in page


def test_a_kpi_without_mails_is_in_the_glossary_and_not_evaluated(settings):
    marts = write_marts(settings.serving / "storepulse.duckdb", [Shop()], facts=False)
    with duckdb.connect(str(marts)) as con:
        con.execute("update marts.dim_kpis set alerts = 'none' where kpi = 'aov'")
    watch(settings)

    page = report.write(settings).read_text(encoding="utf-8")

    assert "Average order value" not in page
    assert "Average order value" in (settings.report / "glossary.html").read_text(encoding="utf-8")


def test_a_report_before_the_first_publish_names_the_command_to_run(settings):
    with pytest.raises(NothingPublished, match="run `storepulse publish` first"):
        report.write(settings)


def test_leftovers_of_a_killed_run_next_to_the_pages_are_removed(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop("us_site", days=30)])
    report.write(settings)
    left = settings.report / ".index.html.0123456789abcdef0123456789abcdef.tmp"
    left.write_text("<html>ha")

    report.write(settings)

    assert sorted(path.name for path in settings.report.glob("*.html")) == [
        "glossary.html", "index.html",
    ]  # fmt: skip
    assert list(settings.report.glob("*.tmp")) == []


def test_files_that_another_run_is_writing_are_not_removed(settings):
    write_marts(settings.serving / "storepulse.duckdb", [Shop("us_site", days=30)])
    report.write(settings)
    hasty = settings.model_copy(update={"lock_timeout_seconds": 0.1})

    with pages.pages_lock(settings.report, settings):
        half = settings.report / ".index.html.0123456789abcdef0123456789abcdef.tmp"
        half.write_text("<html>ha")
        with pytest.raises(AnotherRunIsWriting, match=r"writing the pages in .*report"):
            report.write(hasty)

        assert half.read_text() == "<html>ha"
