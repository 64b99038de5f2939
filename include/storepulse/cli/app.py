"""The pipeline's steps as commands, for a shell, a cron line or another scheduler than Airflow."""

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from storepulse.cli import keeping, quarantine, run_warnings
from storepulse.cli.console import complain, let_help_flow, money, out, stamp, table
from storepulse.errors import StorepulseError, WindowInvalid
from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.feeds.sources import Source, load_source
from storepulse.settings import Settings
from storepulse.windows import Window, asked_for, moment_of, of_run, refuse_out_of_time

# Steps are imported within their commands: dbt and Great Expectations take seconds to import, and
# `storepulse --help` needs neither.


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Take a shop's data from its systems to checked KPIs, BI marts and supervisors' mail.\n\n"
    "Every step may be repeated at any time. Where things are is set in .env; see .env.example.",
)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(keeping.app)


def main() -> None:
    """Run the command given; an error of ours is printed in its own words, with exit code 1."""
    try:
        app()
    except (StorepulseError, ValidationError) as error:
        if "--debug" in sys.argv:
            raise
        if isinstance(error, ValidationError):
            complain("settings", _wrong_settings(error))
        else:
            complain(type(error).__name__, str(error))
        sys.exit(1)


SourceName = Annotated[
    str | None,
    typer.Option(
        "--source", help="A folder under include/sources.", show_default="STOREPULSE_SOURCE"
    ),
]
DataPath = Annotated[
    Path | None,
    typer.Option("--data", exists=True, help="What ${DATA} stands for in the source: a folder."),
]
WindowStart = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="First moment to take, ISO 8601; UTC unless it says.",
        show_default="the source's history",
    ),
]
WindowEnd = Annotated[
    str | None, typer.Option("--until", help="First moment not to take. Give both or neither.")
]
FeedNames = Annotated[
    str | None,
    typer.Option("--feeds", help="Comma-separated.", show_default="all the source brings"),
]
CatchUp = Annotated[
    bool,
    typer.Option(
        "--catch-up",
        help="Take the last six hours that have closed, and first all that is missing before them.",
    ),
]


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the stack trace of an error.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show log lines.")] = False,
) -> None:
    """Hold the options that every command has."""
    handler = logging.StreamHandler()
    # On the handler, not the root: some libraries set the levels of their own loggers.
    handler.setLevel(logging.INFO if verbose or debug else logging.ERROR)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


@app.command()
def ingest(
    source: SourceName = None,
    data: DataPath = None,
    start: WindowStart = None,
    end: WindowEnd = None,
    feeds: FeedNames = None,
    catch_up: CatchUp = False,
) -> None:
    """Land and validate a window of each feed; a feed that fails does not hold up the others."""
    from storepulse.extract.land import land as land_window
    from storepulse.validate import validate as validate_window

    settings, shop, window = _due(source, start, end) if catch_up else _asked(source, start, end)
    failures = list[StorepulseError]()
    results = table("feed", "landed", "accepted", "quarantined", "money held")
    warnings: list[run_warnings.Warned] = []
    for feed in _feeds_of(shop, feeds):
        failures += _catch_up(settings, shop, feed, window, data) if catch_up else []
        try:
            with out.status(f"{feed}: landing {window}"):
                landed = land_window(settings, shop.name, feed, window, _run_id(), data)
            warnings += run_warnings.of_landing(feed, landed)
            with out.status(f"{feed}: validating"):
                verdict = validate_window(settings, shop.name, feed, window)
        except StorepulseError as error:
            failures.append(error)
            complain(f"{feed}: {type(error).__name__}", str(error))
        else:
            counts = (verdict.landed, verdict.accepted, verdict.quarantined)
            results.add_row(feed, *(f"{count:,}" for count in counts), money(verdict.amount_held))
            warnings += run_warnings.of_verdict(settings, verdict)
    out.print(results)
    run_warnings.show(warnings)
    if failures:
        raise typer.Exit(1)


@app.command()
def land(
    source: SourceName = None,
    data: DataPath = None,
    start: WindowStart = None,
    end: WindowEnd = None,
    feeds: FeedNames = None,
) -> None:
    """Fetch a window of each feed into landing, as the source gave it."""
    from storepulse.extract.land import land as land_window

    settings, shop, window = _asked(source, start, end)
    for feed in _feeds_of(shop, feeds):
        with out.status(f"{feed}: landing {window}"):
            landed = land_window(settings, shop.name, feed, window, _run_id(), data)
        out.print(f"{feed}: {landed.rows:,} rows in {landed.path}")
        run_warnings.show(run_warnings.of_landing(feed, landed))


@app.command()
def validate(
    source: SourceName = None,
    start: WindowStart = None,
    end: WindowEnd = None,
    feeds: FeedNames = None,
) -> None:
    """Judge a landed window of each feed: good rows are accepted, bad ones quarantined."""
    from storepulse.validate import validate as validate_window

    settings, shop, window = _asked(source, start, end)
    for feed in _feeds_of(shop, feeds):
        with out.status(f"{feed}: validating {window}"):
            verdict = validate_window(settings, shop.name, feed, window)
        out.print(
            f"{feed}: {verdict.landed:,} landed = {verdict.accepted:,} accepted + "
            f"{verdict.quarantined:,} quarantined, holding {money(verdict.amount_held)}"
        )
        run_warnings.show(run_warnings.of_verdict(settings, verdict))


@app.command()
def build(
    full: Annotated[
        bool, typer.Option("--full", help="Rebuild every day, not only touched ones.")
    ] = False,
    without_ledger: Annotated[
        bool,
        typer.Option(
            "--without-ledger",
            help="Begin a new as-of ledger where the old one is lost and nothing can restore it.",
        ),
    ] = False,
) -> None:
    """Build and test the marts from what was accepted."""
    from storepulse.transform.dbt_runner import build as build_marts

    with out.status("building the marts"):
        built = build_marts(Settings(), full=full, without_ledger=without_ledger)
    if built.models == 0:
        out.print(
            "nothing to build: no window was accepted since the last build; "
            "`storepulse ingest` brings one"
        )
    else:
        out.print(
            f"{built.models} models and {built.tests} tests in {built.seconds:.1f} s, "
            f"{built.days_rebuilt} days rebuilt"
        )
    run_warnings.show(run_warnings.of_build(built.warnings))


@app.command()
def warnings() -> None:
    """Show what the last build warned of: what each data test is about, and its first rows."""
    from storepulse.transform.build_warnings import described, standing

    found = standing(Settings())
    for warning in found:
        out.print(described(warning), markup=False, soft_wrap=True)
    if not found:
        out.print("the last build warned of nothing")


@app.command()
def publish() -> None:
    """Open the built marts to readers, if they keep their promises."""
    from storepulse.publish import publish as publish_marts

    with out.status("publishing"):
        published = publish_marts(Settings())
    out.print(f"{published.marts} marts with {published.rows:,} rows in {published.path}")


@app.command()
def watch() -> None:
    """Judge the KPI days that have closed and mail what went wrong."""
    from storepulse.watch import watch as watch_marts

    with out.status("judging closed days"):
        seen = watch_marts(Settings())
    out.print(
        f"{seen.days_judged} days judged: {seen.anomalies} anomalies in {seen.incidents} "
        f"incidents, {seen.mails_written} mails written, {seen.mails_sent} sent"
    )


@app.command()
def clock(
    now: Annotated[
        str | None,
        typer.Option("--now", help="ISO 8601; UTC unless it says.", show_default="this moment"),
    ] = None,
) -> None:
    """Tell data engineers and supervisors what is not as far as it should be by now."""
    from storepulse.notify.watch_clock import look

    seen = look(Settings(), moment_of(now) if now else datetime.now(UTC))
    pinged = {None: "", True: ", pinged", False: ", the ping failed"}[seen.pinged]
    out.print(
        f"{seen.engineers} mails to data engineers, {seen.supervisors} to supervisors{pinged}"
    )


@app.command()
def report() -> None:
    """Write the report page."""
    from storepulse.report import write

    out.print(str(write(Settings())))


@app.command()
def docs() -> None:
    """Write Data Docs: a page per feed, and one of each newest window's expectations."""
    from storepulse.report.data_docs import write

    with out.status("writing Data Docs"):
        overview = write(Settings())
    out.print(str(overview))


@app.command()
def kpis() -> None:
    """Show every KPI's newest number of each store, by area, in English and Chinese."""
    from storepulse.cli.kpi_table import as_table, read_sheet

    sheet = read_sheet(Settings())
    out.print(as_table(sheet))
    out.print(f"newest day: {sheet.last_day}; a KPI that ripens shows an older one")


@app.command()
def status() -> None:
    """Show what lies where: rows per feed, money held, how far data is complete, last steps."""
    from storepulse.cli.status import look_over
    from storepulse.transform.build_warnings import standing

    settings = Settings()
    found = look_over(settings)
    results = table(
        "feed",
        "source",
        "windows",
        "landed",
        "accepted",
        "quarantined",
        "money held",
        "until (UTC)",
    )
    for feed in found.feeds:
        counts = (feed.windows, feed.landed, feed.accepted, feed.quarantined)
        results.add_row(
            feed.feed,
            feed.source,
            *(f"{count:,}" for count in counts),
            money(feed.held),
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


def _asked(
    source: str | None, start: str | None, end: str | None
) -> tuple[Settings, Source, Window]:
    """Answer three questions every ingest command has: under which settings, whom, and when."""
    settings = Settings()
    shop = load_source(settings, source or settings.source)
    window = asked_for(start, end) or shop.history
    if window is None:
        raise WindowInvalid(
            f"source {shop.name} does not say how far its history goes; give --from and --until, "
            f"like --from 2026-11-22 --until 2026-11-23"
        )
    # Once, and not by each feed.
    refuse_out_of_time(window)
    return settings, shop, window


def _due(source: str | None, start: str | None, end: str | None) -> tuple[Settings, Source, Window]:
    """Answer the same with the window that a scheduled run would take now."""
    if start or end:
        raise WindowInvalid("--catch-up finds its windows by itself; leave out --from and --until")
    settings = Settings()
    shop = load_source(settings, source or settings.source)
    return settings, shop, of_run(None, None, {}, shop.as_of(datetime.now(UTC)))


def _catch_up(
    settings: Settings, shop: Source, feed: str, window: Window, data: Path | None
) -> list[StorepulseError]:
    """Take in what is missing before a window; what failed has been complained of."""
    from storepulse.replay.catch_up import catch_up

    try:
        with out.status(f"{feed}: catching up until {window.start:%Y-%m-%d %H:%M} UTC"):
            now = datetime.now(UTC)
            caught_up = catch_up(settings, shop.name, feed, window, _run_id(), now, data)
    except StorepulseError as error:
        complain(f"{feed}: {type(error).__name__}", str(error))
        return [error]
    for one in caught_up.accepted:
        out.print(f"{feed}: caught up {one}")
    for one in caught_up.lost:
        out.print(f"{feed}: lost {one}, of which the source knows nothing any more")
    return []


def _feeds_of(shop: Source, asked: str | None) -> list[str]:
    """Put the feeds in registry order: what others refer to comes first."""
    wanted = [feed_named(name.strip()).name for name in asked.split(",")] if asked else shop.feeds
    return [feed for feed in all_feeds() if feed in set(wanted)]


def _run_id() -> str:
    return f"cli__{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _wrong_settings(error: ValidationError) -> str:
    wrong = [
        # What our own checks say comes with pydantic's words before it.
        f"STOREPULSE_{str(problem['loc'][0]).upper()}: "
        f"{problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False)
    ]
    return f"{'; '.join(wrong)}. Correct it in .env or the environment; see .env.example"


for commands in (app, keeping.app, quarantine.app):
    let_help_flow(commands)
