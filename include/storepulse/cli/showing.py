"""`storepulse kpis`, `status`: what is there now; nothing is run or written."""

import typer

from storepulse.cli import run_warnings
from storepulse.cli.console import money, out, stamp, table
from storepulse.settings import Settings

# What reads files and marts is imported within the commands, as in `app`.
app = typer.Typer()


@app.command()
def kpis() -> None:
    """Show the latest value of every KPI per store, by area, in English and Chinese."""
    from storepulse.cli.kpi_table import as_table, read_sheet

    sheet = read_sheet(Settings())
    out.print(as_table(sheet))
    out.print(f"latest day: {sheet.last_day}; a KPI that is still maturing shows an older day")


@app.command()
def status() -> None:
    """Show rows and quarantined value per feed, data completeness, last build and publish."""
    from storepulse.cli.status import collect_status
    from storepulse.transform.build_warnings import standing

    settings = Settings()
    found = collect_status(settings)
    results = table(
        "feed",
        "source",
        "windows",
        "landed",
        "accepted",
        "quarantined",
        "quarantined value",
        "complete until (UTC)",
    )
    for feed in found.feeds:
        counts = (feed.windows, feed.landed, feed.accepted, feed.quarantined)
        results.add_row(
            feed.feed,
            feed.source,
            *(f"{count:,}" for count in counts),
            money(feed.quarantined_value),
            stamp(feed.complete_until),
        )
    out.print(results if found.feeds else f"nothing has landed in {settings.landing}")
    out.print(f"last build: {stamp(found.built_at)}")
    out.print(f"last publish: {stamp(found.published_at)}, {found.marts} marts")
    if found.expired:
        out.print(
            f"mails that were not sent within three days: {len(found.expired)}; one mail lists "
            f"them when {settings.smtp_host or 'a mail server'} is there:"
        )
    for line in found.expired:
        out.print(f"  {line}", markup=False, soft_wrap=True)
    run_warnings.show(run_warnings.of_build(standing(settings)))
