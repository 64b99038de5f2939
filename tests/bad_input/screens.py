"""Whether hostile text does anything where people see it: mails, pages, terminals, spreadsheets."""

import csv
from email import message_from_bytes
from email.policy import default

from typer.testing import CliRunner

from bad_input.shop import Outcome, Shop
from storepulse import report
from storepulse.cli.app import app
from storepulse.watch import watch
from support.landed_windows import GOOD_ROWS, good_rows
from support.marts_builder import Shop as ShopInMarts
from support.marts_builder import write_marts

TEMPLATE = "{{7*7}}"
HOSTILE = (
    f"[bold]\x1b[31m<img src=x onerror=alert(1)>{TEMPLATE}\u202eevil\r\nBcc: v@x.example\n"
    f"{'x' * 999}"
)
CONTROL_TEXTS = ("\x1b", "\u202e", "\r\nBcc:", "x" * 200)


def _outcome(places: dict[str, str], live: tuple[str, ...]) -> Outcome:
    active = [f"{name}: {text!r}" for name, seen in places.items() for text in live if text in seen]
    return Outcome(f"active in {', '.join(active)}" if active else "shown as text")


def mail_and_page(shop: Shop) -> Outcome:
    """Give a store, a channel and a category such names, and inspect what is sent."""
    settings = shop.settings.model_copy(update={"language": "en"})
    sold = ShopInMarts(store_name=HOSTILE)
    sold.sessions[HOSTILE] = sold.sessions.pop("paid_search")
    sold.orders[HOSTILE] = sold.orders.pop("paid_search")
    sold.sessions[HOSTILE][sold.at(sold.last_day)] = 0
    write_marts(settings.serving / "storepulse.duckdb", [sold])
    watch(settings)
    seen = {"page": report.write(settings).read_text(encoding="utf-8")}
    mails = sorted(settings.outbox.glob("*.eml"))
    for number, file in enumerate(mails):
        mail = message_from_bytes(file.read_bytes(), policy=default)
        seen[f"html {number}"] = mail.get_body(("html",)).get_content()
        seen[f"text {number}"] = mail.get_body(("plain",)).get_content()
        seen[f"headers {number}"] = "".join(f"\r\n{name}: {text}" for name, text in mail.items())
    if not mails or TEMPLATE not in seen["page"] or TEMPLATE not in seen["text 0"]:
        return Outcome("the text is missing from mail or page")
    as_html = {name: text for name, text in seen.items() if name.startswith(("page", "html"))}
    outcome = _outcome(as_html, ("<img src=x",))
    return outcome if outcome.result != "shown as text" else _outcome(seen, CONTROL_TEXTS)


def _refused(shop: Shop, **changes: str) -> None:
    """Have one order among good ones refused for its device, and for what `changes` break."""
    bad = {**GOOD_ROWS["orders"], "order_id": "bad", "device": "fridge", **changes}
    shop.rows("orders", [*good_rows("orders", 12), bad])


def _run(shop: Shop, *arguments: str) -> str:
    ran = CliRunner().invoke(
        app, arguments, env={"STOREPULSE_HOME": str(shop.settings.home)}, catch_exceptions=False
    )
    return ran.output


def refused_rows_in_a_terminal(shop: Shop) -> Outcome:
    """List, show and try to correct refused rows whose values would control a terminal."""
    _refused(shop, currency=HOSTILE, order_id=HOSTILE, campaign_id=HOSTILE)
    seen = {
        "list": _run(shop, "quarantine", "list"),
        "show": _run(shop, "quarantine", "show", "orders"),
        "fix": _run(
            shop, "quarantine", "fix", "orders", "--set", "campaign_id = 'x'", "--reason", "why"
        ),
        "status": _run(shop, "status"),
    }
    # Markup that was rendered is gone from the text: once for each place it appears in.
    shown = {"list": 1, "show": 2, "fix": 1}
    rendered = [name for name, times in shown.items() if seen[name].count("[bold]") != times]
    if rendered:
        return Outcome(f"markup is rendered in {', '.join(rendered)}: {seen[rendered[0]][:300]}")
    return _outcome(seen, (*CONTROL_TEXTS[:3], "x" * 600))


def csv_for_a_spreadsheet(shop: Shop) -> Outcome:
    """Export refused rows whose values a spreadsheet would calculate."""
    formulas = {
        "customer_id": "=cmd|' /C calc'!A0",
        "campaign_id": "@SUM(1)",
        "coupon_code": "+1+cmd",
        "cancel_reason": "-2+3",
    }
    _refused(shop, **formulas)
    place = shop.folder / "refused.csv"
    _run(shop, "quarantine", "show", "orders", "--csv", str(place))
    with place.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    live = [name for name, formula in formulas.items() if row[name] != f"'{formula}"]
    return Outcome(f"a spreadsheet runs {', '.join(live)}" if live else "shown as text")
