"""The report, Data Docs and a mail as people see them, in a real browser."""

import shutil
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import duckdb
import pytest

from storepulse import report
from storepulse.errors import WindowRejected
from storepulse.report import data_docs
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.watch import watch
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land
from support.marts_builder import Shop, write_marts

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LAST = Shop().last_day
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
HOSTILE = "<script>document.title='taken over'</script>"


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: install the Debian package to see the pages")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=["en", "zh"])
def pages(request, tmp_path_factory) -> dict[str, Path]:
    """A report and a mail about a missing best seller, and Data Docs of a day with bad rows."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), language=request.param)
    shop = Shop(store_name=HOSTILE)
    shop.stock_out(LAST, "kitchen", 0.95)
    calm = Shop("eu_shop", "EU shop", "Europe/Berlin", "EUR", seed=8)
    calm.promotion(LAST - timedelta(days=20), LAST - timedelta(days=18), 1.8)
    marts = write_marts(settings.serving / "storepulse.duckdb", [shop, calm])
    watch(settings)
    overview = documented(settings, marts)
    return {
        "report": report.write(settings),
        "mail": opened_mail(settings),
        "data": overview,
        "feed": overview.with_name("orders.html"),
        "window": overview.with_name("orders") / SOURCE / f"{WINDOW.id}.html",
    }


def documented(settings: Settings, marts: Path) -> Path:
    """Validate a good day of refunds and a rejected one of orders, and write Data Docs."""
    order = GOOD_ROWS["orders"] | {"device": HOSTILE}
    bad = [order | {"order_id": f"bad-{number}", "tax": "-1.00"} for number in range(6)]
    land(settings, "refunds", good_rows("refunds", 3))
    land(settings, "orders", [*good_rows("orders", 5), *bad])
    validate(settings, SOURCE, "refunds", WINDOW)
    with suppress(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)
    with duckdb.connect(str(marts)) as con:
        con.execute(
            "insert into marts.fct_feed_daily select '', store_id, 'orders', 'USD', day::date, "
            "day < '2026-11-22', 40 + day_of_week * 3, day_of_week % 2, 0, 50, 0 from (select "
            "unnest(['us_site', 'eu_shop']) as store_id, day, dayofweek(day) as day_of_week from "
            "range(timestamp '2026-10-20', timestamp '2026-11-23', interval 1 day) as days(day))"
        )
    return data_docs.write(settings)


def opened_mail(settings: Settings) -> Path:
    """Lay a mail out as a mail program does: the picture next to the page."""
    (file,) = settings.outbox.glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=default)
    html = mail.get_body(("html",)).get_content()
    for part in mail.walk():
        if part.get_content_type() == "image/png":
            (settings.home / "chart.png").write_bytes(part.get_content())
            html = html.replace(f"cid:{part['Content-ID'].strip('<>')}", "chart.png")
    page = settings.home / "mail.html"
    page.write_text(html, encoding="utf-8")
    return page


@pytest.fixture(params=["report", "mail", "data", "feed", "window"])
def page_file(request, pages) -> Path:
    return pages[request.param]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_renders_without_outside_requests(browser, page_file, screen, scheme, tmp_path):
    context = browser.new_context(viewport=screen, color_scheme=scheme)
    page = context.new_page()
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))

    page.goto(page_file.as_uri())
    picture = page.screenshot(path=tmp_path / "page.png", full_page=True)

    assert all(url.startswith(("file://", "data:")) for url in requests), requests
    assert messages == []
    assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    assert page.title() != "taken over"
    assert len(picture) > 20_000
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    context.close()


def test_the_report_marks_anomalies_and_names_the_incident(browser, pages):
    page = browser.new_page()
    page.goto(pages["report"].as_uri())

    assert page.locator("table.kpis tr.anomaly").count() >= 2
    assert page.locator(".incidents li").count() == 1
    assert page.locator("section").count() == 5
    assert page.locator("svg.spark").count() == 24
    assert HOSTILE in page.locator("h2").all_inner_texts()
    page.close()


def test_the_report_can_be_read_without_seeing_it(browser, pages):
    page = browser.new_page()
    page.goto(pages["report"].as_uri())

    assert page.evaluate("document.documentElement.lang") in {"en", "zh-CN"}
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("svg.spark:not([aria-label])").count() == 0
    assert page.locator("section:not([aria-labelledby])").count() == 0
    page.close()


def test_data_docs_lead_from_the_report_to_every_rule_of_a_window(browser, pages):
    page = browser.new_page()
    page.goto(pages["report"].as_uri())

    for link in ("data/index.html", "orders.html", f"orders/{SOURCE}/{WINDOW.id}.html"):
        page.locator(f'a[href="{link}"]').first.click()
    assert page.url == pages["window"].as_uri()
    assert HOSTILE in page.locator(".gx").inner_text()
    assert page.locator(".gx .rule").count() == 41
    page.locator('a[href="../../orders.html"]').click()
    assert page.locator("svg.bars").count() == 2
    assert page.locator("svg.bars:not([aria-label])").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    page.close()


CONTRAST = """
() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = rgb => {
    const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = rgb.map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const own_colour = parse(getComputedStyle(element).color).slice(0, 3);
    const [a, b] = [light(own_colour), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(element.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return faint;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(browser, page_file, scheme):
    context = browser.new_context(viewport=DESKTOP, color_scheme=scheme)
    page = context.new_page()
    page.goto(page_file.as_uri())

    assert page.evaluate(CONTRAST) == []
    context.close()
