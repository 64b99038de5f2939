"""The pipeline's steps as commands, for a shell, a cron line or another scheduler than Airflow."""

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from storepulse.cli import keeping, quarantine, run_warnings, showing
from storepulse.cli.console import money, out, print_error, table, unwrap_help
from storepulse.errors import StorepulseError, WindowInvalid
from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.feeds.sources import Source, load_source
from storepulse.settings import Settings
from storepulse.windows import Window, moment_of, parse_window, refuse_out_of_time, window_for_run

# Steps are imported within their commands: dbt and Great Expectations take seconds to import, and
# `storepulse --help` needs neither.


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Run the pipeline: from a shop's source systems to checked KPIs, BI marts and mail to "
    "supervisors.\n\n"
    "Every step can be repeated at any time. Paths and connections are set in .env; see "
    ".env.example.",
)
app.add_typer(showing.app)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(keeping.app)


def main() -> None:
    """Run the command; print our own errors without a stack trace and exit with 1."""
    try:
        app()
    except (StorepulseError, ValidationError) as error:
        if "--debug" in sys.argv:
            raise
        if isinstance(error, ValidationError):
            print_error("settings", _invalid_settings(error))
        else:
            print_error(type(error).__name__, str(error))
        sys.exit(1)


SourceName = Annotated[
    str | None,
    typer.Option(
        "--source", help="Folder under include/sources.", show_default="STOREPULSE_SOURCE"
    ),
]
DataPath = Annotated[
    Path | None,
    typer.Option("--data", exists=True, help="Folder that ${DATA} in source.yaml stands for."),
]
WindowStart = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="Start of the window (inclusive), ISO 8601; UTC if no time zone is given.",
        show_default="the source's history",
    ),
]
WindowEnd = Annotated[
    str | None,
    typer.Option("--until", help="End of the window (exclusive). Give both or neither."),
]
FeedNames = Annotated[
    str | None,
    typer.Option("--feeds", help="Comma-separated.", show_default="all feeds of the source"),
]
CatchUp = Annotated[
    bool,
    typer.Option(
        "--catch-up",
        help="Ingest the last closed six hours, after every missing window before them.",
    ),
]


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the stack trace of an error.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show log lines.")] = False,
) -> None:
    """Set the options that all commands share."""
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
    """Land and validate a window of each feed; a failed feed does not stop the others."""
    from storepulse.extract.land import land as land_window
    from storepulse.validate import validate as validate_window

    window_for = _scheduled if catch_up else _requested
    settings, shop, window = window_for(source, start, end)
    failures = list[StorepulseError]()
    results = table("feed", "landed", "accepted", "quarantined", "quarantined value")
    warnings: list[run_warnings.Warned] = []
    for feed in _feeds_of(shop, feeds):
        failures += _catch_up(settings, shop, feed, window, data) if catch_up else []
        try:
            with out.status(f"{feed}: landing {window}"):
                landed = land_window(settings, shop.name, feed, window, _run_id(), data)
            warnings += run_warnings.of_landing(feed, landed)
            with out.status(f"{feed}: validating"):
                result = validate_window(settings, shop.name, feed, window)
        except StorepulseError as error:
            failures.append(error)
            print_error(f"{feed}: {type(error).__name__}", str(error))
        else:
            counts = (result.landed, result.accepted, result.quarantined)
            results.add_row(feed, *(f"{count:,}" for count in counts), money(result.amount_refused))
            warnings += run_warnings.of_validation(settings, result)
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
    """Extract a window of each feed from the source into landing, unchanged."""
    from storepulse.extract.land import land as land_window

    settings, shop, window = _requested(source, start, end)
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
    """Validate a landed window of each feed: good rows are accepted, bad ones quarantined."""
    from storepulse.validate import validate as validate_window

    settings, shop, window = _requested(source, start, end)
    for feed in _feeds_of(shop, feeds):
        with out.status(f"{feed}: validating {window}"):
            result = validate_window(settings, shop.name, feed, window)
        out.print(
            f"{feed}: {result.landed:,} landed = {result.accepted:,} accepted + "
            f"{result.quarantined:,} quarantined (value {money(result.amount_refused)})"
        )
        run_warnings.show(run_warnings.of_validation(settings, result))


@app.command()
def build(
    full: Annotated[
        bool, typer.Option("--full", help="Rebuild all days, not only those with new data.")
    ] = False,
    without_ledger: Annotated[
        bool,
        typer.Option(
            "--without-ledger",
            help="Start a new as-of ledger when the old one is lost and there is no backup.",
        ),
    ] = False,
) -> None:
    """Build and test the marts from accepted data."""
    from storepulse.transform.dbt_runner import build as build_marts

    with out.status("building the marts"):
        built = build_marts(Settings(), full=full, without_ledger=without_ledger)
    if built.models == 0:
        out.print(
            "nothing to build: no window was accepted since the last build; "
            "run `storepulse ingest` first"
        )
    else:
        out.print(
            f"{built.models} models and {built.tests} tests in {built.seconds:.1f} s, "
            f"{built.days_rebuilt} days rebuilt"
        )
    run_warnings.show(run_warnings.of_build(built.warnings))


@app.command()
def warnings() -> None:
    """Show the last build's warnings: what each data test checks, and the first failing rows."""
    from storepulse.transform.build_warnings import described, standing

    found = standing(Settings())
    for warning in found:
        out.print(described(warning), markup=False, soft_wrap=True)
    if not found:
        out.print("the last build had no warnings")


@app.command()
def publish() -> None:
    """Publish the built marts to readers, if they meet their expectations."""
    from storepulse.publish import publish as publish_marts

    with out.status("publishing"):
        published = publish_marts(Settings())
    out.print(f"{published.marts} marts with {published.rows:,} rows in {published.path}")


@app.command()
def watch() -> None:
    """Evaluate closed KPI days and mail incidents to supervisors."""
    from storepulse.watch import watch as watch_marts

    with out.status("evaluating closed days"):
        seen = watch_marts(Settings())
    out.print(
        f"{seen.days_evaluated} days evaluated: {seen.anomalies} anomalies in {seen.incidents} "
        f"incidents, {seen.mails_written} mails written, {seen.mails_sent} sent"
    )


@app.command()
def clock(
    now: Annotated[
        str | None,
        typer.Option(
            "--now",
            help="Time to check against, ISO 8601; UTC if no time zone is given.",
            show_default="now",
        ),
    ] = None,
) -> None:
    """Check what failed or is late, and mail data engineers and supervisors about it."""
    from storepulse.notify.watch_clock import check_pipeline

    seen = check_pipeline(Settings(), moment_of(now) if now else datetime.now(UTC))
    pinged = {None: "", True: ", pinged", False: ", the ping failed"}[seen.pinged]
    out.print(
        f"{seen.engineers} mails to data engineers, {seen.supervisors} to supervisors{pinged}"
    )


@app.command()
def report() -> None:
    """Write the supervisors' report page."""
    from storepulse.report import write

    out.print(str(write(Settings())))


@app.command()
def docs() -> None:
    """Write Data Docs: a page per feed, and one per recent window with its expectations."""
    from storepulse.report.data_docs import write

    with out.status("writing Data Docs"):
        overview = write(Settings())
    out.print(str(overview))


def _requested(
    source: str | None, start: str | None, end: str | None
) -> tuple[Settings, Source, Window]:
    """Resolve the settings, the source and the window that an ingest command was given."""
    settings = Settings()
    shop = load_source(settings, source or settings.source)
    window = parse_window(start, end) or shop.history
    if window is None:
        raise WindowInvalid(
            f"source {shop.name} does not define its history; give --from and --until, "
            f"like --from 2026-11-22 --until 2026-11-23"
        )
    # Here, so that the error is printed once and not per feed.
    refuse_out_of_time(window)
    return settings, shop, window


def _scheduled(
    source: str | None, start: str | None, end: str | None
) -> tuple[Settings, Source, Window]:
    """Resolve the same with the window that a scheduled run would take now."""
    if start or end:
        raise WindowInvalid("--catch-up finds its windows itself; leave out --from and --until")
    settings = Settings()
    shop = load_source(settings, source or settings.source)
    return settings, shop, window_for_run(None, None, {}, shop.as_of(datetime.now(UTC)))


def _catch_up(
    settings: Settings, shop: Source, feed: str, window: Window, data: Path | None
) -> list[StorepulseError]:
    """Ingest the windows missing before a window; print the error of what failed."""
    from storepulse.replay.catch_up import catch_up

    try:
        with out.status(f"{feed}: catching up until {window.start:%Y-%m-%d %H:%M} UTC"):
            now = datetime.now(UTC)
            caught_up = catch_up(settings, shop.name, feed, window, _run_id(), now, data)
    except StorepulseError as error:
        print_error(f"{feed}: {type(error).__name__}", str(error))
        return [error]
    for one in caught_up.accepted:
        out.print(f"{feed}: caught up {one}")
    for one in caught_up.lost:
        out.print(f"{feed}: lost {one}: the source no longer has its data")
    return []


def _feeds_of(shop: Source, names: str | None) -> list[str]:
    """Put the feeds in registry order: feeds that others refer to come first."""
    wanted = [feed_named(name.strip()).name for name in names.split(",")] if names else shop.feeds
    return [feed for feed in all_feeds() if feed in set(wanted)]


def _run_id() -> str:
    return f"cli__{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _invalid_settings(error: ValidationError) -> str:
    invalid = [
        # Pydantic puts this prefix before the messages of our own validators.
        f"STOREPULSE_{str(problem['loc'][0]).upper()}: "
        f"{problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False)
    ]
    return f"{'; '.join(invalid)}. Correct it in .env or the environment; see .env.example"


for commands in (app, showing.app, keeping.app, quarantine.app):
    unwrap_help(commands)
