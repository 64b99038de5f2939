"""The mail itself: what it holds, what it never holds."""

import re
import shutil
from copy import copy
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from PIL import Image

from storepulse.monitor import alert_store
from storepulse.notify.outbox import write_planned
from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts

LAST = Shop().last_day


def settings_in(tmp_path, **more) -> Settings:
    return Settings(home=tmp_path, **more)


def broken_shop(**more) -> Shop:
    shop = Shop(**more)
    shop.stock_out(LAST, "kitchen", 0.95)
    return shop


@pytest.fixture(scope="module")
def marts_of_the_broken_shop(tmp_path_factory) -> Path:
    return write_marts(tmp_path_factory.mktemp("marts") / "storepulse.duckdb", [broken_shop()])


@pytest.fixture
def broken(marts_of_the_broken_shop):
    """Mail the incident of the broken shop."""

    def mail(settings: Settings) -> EmailMessage:
        settings.serving.mkdir(parents=True)
        shutil.copy(marts_of_the_broken_shop, settings.serving)
        return the_mail(settings)

    return mail


def test_a_mail_names_the_kpis_that_are_not_ready(tmp_path):
    settings = settings_in(tmp_path, language="en")
    file = write_marts(settings.serving / "storepulse.duckdb", [broken_shop()])
    with duckdb.connect(str(file)) as con:
        con.execute(
            "insert into marts.fct_kpi_readiness "
            "(store_id, kpi, kpi_date, status, status_reason, feed) "
            f"values ('us_site', 'refund_value', date '{LAST}', 'unknown', 'feed_never_came', "
            "'refunds')"
        )

    mail = the_mail(settings)

    sentence = "Data not ready: Refunds never arrived; not reported: refunds."
    assert sentence in text_of(mail)
    assert sentence in html_of(mail)
    assert "Refunds: $" not in text_of(mail)
    assert "Net sales: $" in text_of(mail)


def mail_of(settings: Settings, shop: Shop) -> EmailMessage:
    write_marts(settings.serving / "storepulse.duckdb", [shop])
    return the_mail(settings)


def the_mail(settings: Settings) -> EmailMessage:
    watch(settings)
    (file,) = settings.outbox.glob("*.eml")
    return message_from_bytes(file.read_bytes(), policy=default)


def html_of(mail: EmailMessage) -> str:
    return mail.get_body(("html",)).get_content()


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def picture_of(mail: EmailMessage) -> EmailMessage:
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    return picture


def without_last_day(shop: Shop) -> Shop:
    """The same shop as it stood a day earlier."""
    earlier = copy(shop)
    earlier.days -= 1
    return earlier


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "[High] Paid GMV -100% on 22 Nov: US site, Kitchen"),
        ("zh", "【紧急】US site·厨房用品：11月22日支付金额-100%"),
    ],
)
def test_a_mail_has_the_main_finding_in_its_subject(tmp_path, language, title, broken):
    settings = settings_in(tmp_path, language=language)

    mail = broken(settings)

    assert mail["Subject"] == title
    assert (settings.outbox / f"{LAST}-us_site-paid_orders-{LAST}.eml").is_file()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_html_and_text_have_the_same_content(tmp_path, language, broken):
    mail = broken(settings_in(tmp_path, language=language))

    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(mail)))
    for line in text_of(mail).splitlines():
        if line.startswith(("- ", "1. ", "2. ", "3. ")) and "(" not in line:
            assert line.split(maxsplit=1)[1].split(":")[0] in shown


def test_the_other_kpis_stand_beside_what_was_expected_of_them(tmp_path, broken):
    mail = broken(settings_in(tmp_path, language="en"))

    table = html_of(mail).partition("The whole store that day")[2].partition("</table>")[0]
    rows = [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.split(r"</t[hd]>", row)[:-1]]
        for row in table.split("</tr>")[:-1]
    ]
    assert rows[0][1:] == ["Value", "Expected", "Change", "Status"]
    assert rows[3] == ["Payment conversion", "1.59%", "3.46%", "-54%", "▼ unusual"]
    assert rows[4] == ["Paid GMV", "$1,609", "$3,477", "-54%", "▼ low"]
    assert rows[9] == ["Visitors", "2,016", "1,973", "+2%", "● as usual"]
    assert "▼ Paid GMV: $1,609 (Expected $3,477, -54%) low" in text_of(mail).splitlines()


def test_mail_programs_can_thread_it_and_auto_responders_ignore_it(tmp_path, broken):
    mail = broken(settings_in(tmp_path, mail_from="Shop <alerts@shop.example>"))

    root = f"<us_site-paid_orders-{LAST}.root@shop.example>"
    assert mail["Message-ID"] == f"<us_site-paid_orders-{LAST}.new@shop.example>"
    assert mail["In-Reply-To"] == mail["References"] == root
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"].endswith("<alerts.shop.example>")
    assert mail["List-Unsubscribe"] == "<mailto:alerts@shop.example?subject=unsubscribe>"
    assert mail["From"].addresses[0].display_name == "Shop"


def test_a_mail_is_small_and_its_picture_is_inside(tmp_path, broken):
    mail = broken(settings_in(tmp_path))

    html, picture = html_of(mail), picture_of(mail)
    assert len(html.encode()) < 40_000
    assert len(mail.as_bytes()) < 100_000
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html
    assert picture.get_content_disposition() == "inline"
    assert Image.open(BytesIO(picture.get_content())).size == (1120, 560)
    assert not re.search(r"(src|href)=[\"']?https?:", html)
    assert "url(" not in html


def test_the_picture_repeats_in_words_what_it_shows(tmp_path, broken):
    html = html_of(broken(settings_in(tmp_path, language="en")))

    (alt,) = re.findall(r'<img [^>]*alt="([^"]+)"', html)
    assert re.search(r"Paid GMV, 28 Sep to 22 Nov: \$\d+ on the last day, expected range", alt)


def test_styles_are_inline_for_programs_that_drop_style_blocks(tmp_path, broken):
    html = html_of(broken(settings_in(tmp_path)))

    assert re.search(r'<h1 style="[^"]*font-size', html)
    assert "@media (prefers-color-scheme: dark)" in html


HOSTILE = '<script>alert("1")</script> & Co\r\nBcc: victim@shop.example'


def test_hostile_names_stay_text(tmp_path):
    settings = settings_in(tmp_path, language="en")
    shop = broken_shop(store_name=HOSTILE)

    mail = mail_of(settings, shop)

    assert "<script" not in html_of(mail)
    assert "&lt;script&gt;" in html_of(mail)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert [str(a) for a in mail["To"].addresses] == ["operations@localhost"]


def test_a_hostile_channel_cannot_leave_the_outbox_or_the_headers(tmp_path):
    settings = settings_in(tmp_path, language="en")
    shop = Shop()
    evil = "../../evil\r\nBcc: victim@shop.example<img src=x onerror=alert(1)>"
    shop.sessions[evil] = shop.sessions.pop("paid_search")
    shop.orders[evil] = shop.orders.pop("paid_search")
    shop.sessions[evil][shop.at(LAST)] = 0

    mail = mail_of(settings, shop)

    assert mail["Bcc"] is None
    assert "<img src=x" not in html_of(mail)
    folders = {settings.outbox, settings.outbox / "notices"}
    assert {path.parent for path in tmp_path.rglob("*.eml")} == folders


@pytest.mark.parametrize(
    ("language", "tag", "not_to_use"),
    [
        (
            "en",
            "[Check data]",
            "Do not use these numbers of the day until the data is corrected: "
            "visitors, sessions, and payment conversion.",
        ),
        (
            "zh",
            "【核对数据】",
            "数据更正前，请勿使用当日的以下数字：访客数、访问次数和支付转化率。",
        ),
    ],
)
def test_a_fault_of_the_data_goes_to_engineers_and_supervisors_read_what_not_to_use(
    tmp_path, language, tag, not_to_use
):
    settings = settings_in(tmp_path, language=language)
    shop = Shop()
    shop.tracking_broken(LAST, "paid_search")

    mail = mail_of(settings, shop)

    assert mail["To"] == settings.failures_mail_to
    assert mail["Subject"].startswith(tag)
    assert not_to_use in text_of(mail)
    (file,) = (settings.outbox / "notices").glob("*.eml")
    notice = message_from_bytes(file.read_bytes(), policy=default)
    assert notice["To"] == settings.mail_to
    assert not_to_use in text_of(notice)
    assert "-100%" not in text_of(notice)


def test_without_a_report_address_there_is_no_link_and_with_one_there_is(tmp_path, broken):
    plain = html_of(broken(settings_in(tmp_path / "a")))
    linked = html_of(broken(settings_in(tmp_path / "b", report_url="https://shop.example/kpi")))

    assert "<a " not in plain
    assert 'href="https://shop.example/kpi"' in linked


def test_a_second_run_evaluates_and_writes_nothing(tmp_path, broken):
    settings = settings_in(tmp_path)
    broken(settings)

    again = watch(settings)

    assert (again.days_evaluated, again.mails_written) == (0, 0)
    assert len(list(settings.outbox.glob("*.eml"))) == 1


def test_a_calm_day_is_evaluated_and_nothing_is_mailed(tmp_path):
    settings = settings_in(tmp_path)
    write_marts(settings.serving / "storepulse.duckdb", [Shop()])

    result = watch(settings)

    assert (result.days_evaluated, result.anomalies, result.mails_written) == (1, 0, 0)
    assert list(settings.outbox.glob("*.eml")) == []


def test_a_run_that_died_before_writing_is_finished_by_the_next(tmp_path, broken):
    settings = settings_in(tmp_path)
    broken(settings)
    (file,) = settings.outbox.glob("*.eml")
    file.unlink()
    with alert_store.opened(settings) as db:
        db.execute("update mails set state = 'planned'")

    assert write_planned(settings) == 1
    assert file.is_file()


def test_an_incident_that_continues_is_mailed_once(tmp_path, broken):
    settings = settings_in(tmp_path)
    shop = Shop(days=86)
    first = shop.last_day - timedelta(days=2)
    for back in range(3):
        shop.tracking_broken(first + timedelta(days=back), "paid_search")

    for back in (2, 1, 0):
        shown = Shop(days=86 - back)
        for channel in shown.sessions:
            shown.sessions[channel] = shop.sessions[channel][: shown.days]
            shown.orders[channel] = shop.orders[channel][: shown.days]
        write_marts(settings.serving / "storepulse.duckdb", [shown])
        watch(settings)

    (reported,) = alert_store.reported_incidents(settings, 10)
    assert len(list(settings.outbox.glob("*.eml"))) == 1
    assert (reported.incident.day, reported.last_day) == (first, shop.last_day)


def test_an_incident_that_gets_clearly_worse_is_mailed_again_in_its_thread(tmp_path):
    settings = settings_in(tmp_path, language="en")
    shop = Shop(days=85, sessions_a_day=20_000)
    day_before = shop.last_day - timedelta(days=1)
    for channel in shop.orders:
        shop.orders[channel][shop.at(day_before)] *= 0.55
        shop.orders[channel][shop.at(shop.last_day)] *= 0.1
    for shop_so_far in (without_last_day(shop), shop):
        write_marts(settings.serving / "storepulse.duckdb", [shop_so_far], facts=False)
        watch(settings)

    mails = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted(settings.outbox.glob("*.eml"))
    ]
    assert len(mails) == 2
    assert mails[0]["Subject"] == mails[1]["Subject"]
    assert mails[0]["References"] == mails[1]["References"]
    assert mails[0]["Message-ID"] != mails[1]["Message-ID"]
    (sentence,) = re.findall(r"This has got worse: paid GMV[^.]*\.", text_of(mails[1]))
    assert re.search(r"-9\d% at US site, -4\d% when reported on 22 Nov\.", sentence)
    assert sentence in html_of(mails[1])


def test_a_cause_that_reaches_the_whole_store_is_one_incident_with_two_mails_in_one_thread(
    tmp_path,
):
    settings = settings_in(tmp_path, language="en")
    shop = Shop(days=85, sessions_a_day=20_000)
    day_before = shop.last_day - timedelta(days=1)
    shop.orders_lost(day_before, "social", 0.5)
    for channel in shop.orders:
        shop.orders_lost(shop.last_day, channel, 0.6)
    shop.value_factor[-2:] = 1.0
    for shop_so_far in (without_last_day(shop), shop):
        write_marts(settings.serving / "storepulse.duckdb", [shop_so_far], facts=False)
        watch(settings)

    first, second = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted(settings.outbox.glob("*.eml"))
    ]
    (reported,) = alert_store.reported_incidents(settings, 10)
    assert reported.last_day == shop.last_day
    assert "Social" in first["Subject"]
    assert first["Subject"] == second["Subject"]
    assert first["References"] == second["References"]
    # Social alone was a small part of the store's money.
    assert f".worse-{shop.last_day}@" in second["Message-ID"]
    assert "This has got worse: high now, medium when reported on 22 Nov." in text_of(second)
    assert "This has got worse" not in text_of(first)
    assert "This goes on from" in text_of(second)
    assert "This goes on from" not in text_of(first)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This has got worse: high now, medium when reported on 22 Nov."),
        ("zh", "情况加重：级别由关注（11月22日通报）升为紧急。"),
    ],
)
def test_sales_that_fall_after_a_mail_about_stock_are_mailed(tmp_path, language, sentence):
    settings = settings_in(tmp_path, language=language)
    shop = Shop(days=85)
    for category in shop.stockouts:
        shop.stockouts[category][-2:] = 3
    for channel in shop.orders:
        shop.orders[channel][-1] *= 0.05
    for shop_so_far in (without_last_day(shop), shop):
        write_marts(settings.serving / "storepulse.duckdb", [shop_so_far], facts=False)
        watch(settings)

    first, second = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted(settings.outbox.glob("*.eml"))
    ]
    assert first["X-Storepulse-Incident"] == f"us_site-out_of_stock_rate-{LAST} new"
    assert second["X-Storepulse-Incident"].endswith(f" worse-{shop.last_day}")
    assert first["References"] == second["References"]
    assert sentence in text_of(second)
    assert sentence in html_of(second)


def test_a_second_cause_next_to_the_first_is_mailed_on_its_first_day(tmp_path):
    settings = settings_in(tmp_path, language="en")
    shop = Shop(days=85, sessions_a_day=20_000)
    shop.value_factor[:] = 1.0
    shop.orders["social"][-2:] = shop.orders["social"][-2:] * 0.55
    shop.category_share["toys"][-1] *= 0.3
    for shop_so_far in (without_last_day(shop), shop):
        write_marts(settings.serving / "storepulse.duckdb", [shop_so_far], facts=False)
        watch(settings)

    incidents = [
        message_from_bytes(path.read_bytes(), policy=default)["X-Storepulse-Incident"]
        for path in sorted(settings.outbox.glob("*.eml"))
    ]
    new = [one for one in incidents if one.endswith(" new")]
    assert len(new) == 2
    assert "social" in new[0]
    assert "toys" in new[1]


def test_half_a_mail_of_a_killed_run_is_removed(tmp_path, broken):
    settings = settings_in(tmp_path)
    settings.outbox.mkdir()
    (settings.outbox / ".2026-11-22-us_site.eml.abc.tmp").write_text("half a m")

    broken(settings)

    assert list(settings.outbox.glob("*.tmp")) == []
