"""No mail quotes a number that is not ready: it states so, and since when."""

from datetime import datetime
from email import message_from_bytes
from email.policy import default

import duckdb
import pytest

from storepulse.settings import Settings
from storepulse.watch import watch
from support.marts_builder import Shop, write_marts

# The shop's last day is the 29th of September; its midnight in New York is four in the morning.
LAST_DAY = "2026-09-29"


def marts(settings: Settings, complete_until: datetime) -> None:
    """A calm month; on its last day refunds are rejected, and net sales depend on them."""
    file = settings.serving / "storepulse.duckdb"
    write_marts(file, [Shop("us_site", days=30)], complete_until)
    with duckdb.connect(str(file)) as con:
        con.execute(
            f"""
            insert into marts.fct_kpi_readiness
                (store_id, kpi, kpi_date, status, status_reason, feed, status_since)
            values
                ('us_site', 'net_sales', date '{LAST_DAY}', 'held_back', 'window_held_back',
                    'refunds', timestamp '2026-09-29 12:00:00'),
                ('us_site', 'refund_value', date '{LAST_DAY}', 'held_back', 'window_held_back',
                    'refunds', timestamp '2026-09-29 12:00:00'),
                ('us_site', 'refund_rate_30d', date '{LAST_DAY}', 'partial', 'ripens', null, null),
                ('us_site', 'paid_orders', date '{LAST_DAY}', 'ready', 'complete', null, null),
                ('us_site', 'net_sales', date '2026-09-28', 'partial', 'feed_behind', 'refunds',
                    timestamp '2026-09-28 12:00:00')
            """
        )


def notices(settings: Settings) -> list:
    places = sorted((settings.outbox / "notices").glob("*.eml"))
    return [message_from_bytes(place.read_bytes(), policy=default) for place in places]


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        (
            "en",
            "Data not ready · US site, 29 Sep",
            "Data not ready since 29 Sep 08:00: Refunds rejected by a data check",
        ),
        (
            "zh",
            "数据未就绪 · US site 9月29日",
            "数据未就绪（自9月29日 08:00起）：退款未通过数据检查，被整批扣留",
        ),
    ],
)
def test_supervisors_get_one_mail_with_the_numbers_that_are_not_ready_and_since_when(
    tmp_path, language, subject, sentence
):
    settings = Settings(home=tmp_path, language=language)
    marts(settings, datetime(2026, 9, 30, 10))

    first = watch(settings).not_ready
    again = watch(settings).not_ready

    (mail,) = notices(settings)
    text = mail.get_body(("plain",)).get_content()
    assert (first, again) == (1, 0)
    assert mail["To"] == "operations@localhost"
    assert mail["Subject"] == subject
    assert sentence in text
    assert sentence in mail.get_body(("html",)).get_content()


def test_a_day_is_not_mailed_while_the_other_feeds_may_be_on_their_way(tmp_path):
    settings = Settings(home=tmp_path)
    # five hours and 59 minutes after the day's end in New York
    marts(settings, datetime(2026, 9, 30, 9, 59))

    assert watch(settings).not_ready == 1
    (mail,) = notices(settings)
    assert "9月28日" in mail["Subject"]
