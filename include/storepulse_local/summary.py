"""The summary that the demo prints at its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from storepulse.cli.console import money, table
from storepulse.cli.kpi_table import as_table, read_sheet
from storepulse.cli.status import FeedOverview, collect_status
from storepulse.settings import Settings
from storepulse.windows import Window


@dataclass(frozen=True)
class Results:
    """Results of the demo.

    Attributes:
        window: from the start to the end of all ingested data.
        built: return value of `transform` of the last build.
        published: return value of the last `publish`.
        watched: return values of `watch`, summed over its runs.
        report: the page to open.
        seconds: duration of the whole demo.
    """

    window: Window
    built: Mapping[str, Any]
    published: Mapping[str, Any]
    watched: Mapping[str, int]
    report: Path
    seconds: float


def print_summary(console: Console, settings: Settings, results: Results) -> None:
    """Print the feeds, every KPI's latest value, and one line per later step."""
    feeds = [feed for feed in collect_status(settings).feeds if feed.source == settings.source]
    console.print()
    console.print(_feeds_table(feeds))
    sheet = read_sheet(settings)
    console.print(f"\nKPIs of {sheet.last_day}; a KPI that is still maturing shows an older day")
    console.print(as_table(sheet))
    console.print()
    for name, text in _lines(settings, results):
        console.print(f"{name:<10}{text}", soft_wrap=True)


def _feeds_table(feeds: list[FeedOverview]) -> Table:
    made = table("feed", "landed", "accepted", "quarantined", "quarantined value")
    for feed in feeds:
        counts = (feed.landed, feed.accepted, feed.quarantined)
        made.add_row(feed.feed, *(f"{count:,}" for count in counts), money(feed.quarantined_value))
    totals = (
        sum(feed.landed for feed in feeds),
        sum(feed.accepted for feed in feeds),
        sum(feed.quarantined for feed in feeds),
    )
    made.add_row("all", *(f"{total:,}" for total in totals), "", style="bold")
    return made


def _lines(settings: Settings, results: Results) -> list[tuple[str, str]]:
    built, published, watched = results.built, results.published, results.watched
    path = _shown(published["path"])
    sent = (
        f"{watched['mails_sent']} sent" if settings.smtp_host else "none sent: no SMTP host is set"
    )
    return [
        ("window", f"{results.window}, in {results.seconds:.0f} s"),
        ("built", f"{built['models']} models, {built['tests']} tests passed"),
        (
            "published",
            f"{published['marts']} marts, {published['rows']:,} rows in {path}",
        ),
        (
            "watched",
            f"{watched['days_evaluated']} days evaluated, {watched['anomalies']} anomalies "
            f"in {watched['incidents']} incidents",
        ),
        ("mails", f"{watched['mails_written']} in {_shown(settings.outbox)} ({sent})"),
        ("open", f"file://{results.report.resolve()}"),
    ]


def _shown(path: str | Path) -> str:
    """Shorten a path that lies under the working directory."""
    shown = Path(path)
    return str(shown.relative_to(Path.cwd()) if shown.is_relative_to(Path.cwd()) else shown)
