"""`storepulse quarantine`: list, correct, release and drop quarantined rows."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from storepulse.cli import run_warnings
from storepulse.cli.console import money, one_amount, out, plain, print_error, stamp, table
from storepulse.errors import DecisionsDamaged, RepairInvalid
from storepulse.feeds.registry import feed_named
from storepulse.lake.decisions import not_undone
from storepulse.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Inspect quarantined rows, correct them, release them or drop them.\n\n"
    "fix, drop and undo only record a decision, with user, time and reason (decisions/); release "
    "validates the windows again under these decisions. Landing is never changed, and every step "
    "can be repeated.",
)

FeedName = Annotated[str, typer.Argument(help="A feed, as `list` shows it.")]
SourceName = Annotated[str | None, typer.Option("--source", help="Only this source.")]
WindowId = Annotated[
    str | None, typer.Option("--window", help="Only this window, as `show` prints it.")
]
RuleId = Annotated[str | None, typer.Option("--rule", help="Only rows that fail this rule.")]
Condition = Annotated[
    str | None,
    typer.Option("--where", help="SQL condition over the feed's columns, all of type text."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; recorded with the decision.")]

# Rows may contain personal data: more of them are shown only on request.
_SHOWN_AT_ONCE = 20
# A row may fail many rules, each with its reason; these texts are ours, not the source's.
_LONGEST_REASON = 4000


@app.command("list")
def list_quarantined(
    source: SourceName = None,
) -> None:
    """List quarantined rows per feed and rule with their value and age, and rejected windows."""
    from storepulse.lake.quarantine import DUPLICATE, quarantined_by_rule, rejected_windows
    from storepulse.transform.currency import NO_CURRENCY, newest_rates, reporting_currency

    settings = Settings()
    rates = newest_rates(settings)
    currency = reporting_currency(settings)
    # Before a store is known there is no currency to convert amounts into.
    total = [] if currency == NO_CURRENCY else [currency]
    results = table(
        "feed", "source", "rule", "rows", "windows", "quarantined value", *total, "since"
    )
    found = quarantined_by_rule(settings, source)
    for rows in (rows for rows in found if rows.rule != DUPLICATE):
        results.add_row(
            rows.feed,
            rows.source,
            rows.rule,
            f"{rows.rows:,}",
            f"{rows.windows:,}",
            money(rows.amounts),
            *(_converted(rows.amounts, rates) for _ in total),
            stamp(rows.since),
        )
    windows = rejected_windows(settings, source)
    if results.row_count:
        out.print(results)
    elif not windows:
        out.print("nothing is refused: no row is quarantined and no window is rejected")
    for rows in (rows for rows in found if rows.rule == DUPLICATE):
        out.print(
            f"{rows.feed} from {rows.source}: {rows.rows:,} duplicate rows; the newest row of "
            f"each key counts, so there is nothing to do",
            soft_wrap=True,
        )
    for window in windows:
        out.print(
            f"{window.feed} from {window.source}, window {window.window_id}: rejected, "
            f"{window.rows:,} rows, {money(window.amounts)}, by {', '.join(window.rules)}",
            soft_wrap=True,
        )


@app.command()
def show(
    feed: FeedName,
    source: SourceName = None,
    window: WindowId = None,
    rule: RuleId = None,
    where: Condition = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Number of rows to show.")
    ] = _SHOWN_AT_ONCE,
    csv_file: Annotated[
        Path | None,
        typer.Option("--csv", help="Write all rows with all columns to this file instead."),
    ] = None,
) -> None:
    """Show quarantined rows: key, window, the rules they fail, and the amount."""
    from storepulse.replay.rows import Choice, chosen

    rows = chosen(Settings(), Choice(feed, source, window, rule, where))
    if csv_file is not None:
        _write_csv(csv_file, rows)
        out.print(f"{len(rows):,} rows in {csv_file}", soft_wrap=True)
        return
    for row in rows[:limit]:
        key = ", ".join(f"{name}={plain(row[name])}" for name in feed_named(feed).key)
        where_it_is = f"{row['_source']} {row['_window']} row {row['_position']}"
        out.print(f"[bold]{escape(key)}[/]  {where_it_is}", soft_wrap=True)
        out.print(f"  {escape(plain(row['_reason'], _LONGEST_REASON))}", soft_wrap=True)
        out.print(f"  {_at_stake(row)}, since {stamp(row['_first_seen'])}", soft_wrap=True)
    out.print(_how_many(len(rows), limit, feed))


@app.command()
def fix(
    feed: FeedName,
    corrections: Annotated[
        list[str],
        typer.Option(
            "--set", help="column = SQL expression, such as \"currency = 'CNY'\"; repeatable."
        ),
    ],
    reason: Reason,
    source: SourceName = None,
    window: WindowId = None,
    rule: RuleId = None,
    where: Condition = None,
) -> None:
    """Correct values of quarantined rows; `release` then validates them again."""
    from storepulse.replay.release import fix as fix_rows
    from storepulse.replay.rows import Choice

    pairs = dict(_pair(text) for text in corrections)
    changes = fix_rows(Settings(), Choice(feed, source, window, rule, where), pairs, reason)
    if not changes:
        out.print("nothing changes: these rows already have those values")
        return
    results = table("window", "row", "column", "before", "after")
    for change in changes[:_SHOWN_AT_ONCE]:
        results.add_row(
            change.window_id,
            f"{change.position:,}",
            change.column,
            escape(plain(change.before)),
            escape(plain(change.after)),
        )
    out.print(results)
    rows = len({(change.window_id, change.position) for change in changes})
    out.print(f"{len(changes):,} values of {rows:,} rows corrected; now run")
    out.print(f"  storepulse quarantine release {feed}", markup=False)


@app.command()
def drop(
    feed: FeedName,
    reason: Reason,
    source: SourceName = None,
    window: WindowId = None,
    rule: RuleId = None,
    where: Condition = None,
) -> None:
    """Drop quarantined rows, with a reason; `release` then removes them from quarantine."""
    from storepulse.replay.release import drop as drop_rows
    from storepulse.replay.rows import Choice

    rows = drop_rows(Settings(), Choice(feed, source, window, rule, where), reason)
    out.print(f"{rows:,} rows dropped; now run")
    out.print(f"  storepulse quarantine release {feed}", markup=False)


@app.command("decisions")
def list_decisions(feed: FeedName, source: SourceName = None, window: WindowId = None) -> None:
    """Show all decisions: time, user, action and reason; also those taken back."""
    from storepulse.replay.release import decided
    from storepulse.replay.rows import Choice

    results = table("decided (UTC)", "by", "window", "source", "decision", "rows", "name", "reason")
    damaged = []
    for files, made in decided(Settings(), Choice(feed, source, window)):
        if isinstance(made, DecisionsDamaged):
            damaged.append(made)
            continue
        standing = {one.act for one in not_undone(made)}
        for act, lines in groupby(made, lambda one: one.act):
            first, *more = lines
            results.add_row(
                stamp(first.decided_at),
                escape("@".join(filter(None, (first.user, first.host))) or "not recorded"),
                files.window.id,
                files.source,
                " ".join(filter(None, (first.action, first.undoes))),
                f"{1 + len(more):,}" if first.row_id else "–",
                act if act in standing else f"{act} (taken back)",
                escape(plain(first.reason, _LONGEST_REASON)) or "–",
            )
    if results.row_count:
        out.print(results)
    elif not damaged:
        out.print(f"nothing was decided about {feed}")
    for one in damaged:
        print_error(type(one).__name__, str(one))
    if damaged:
        raise typer.Exit(1)


@app.command()
def undo(
    feed: FeedName,
    name: Annotated[str, typer.Argument(help="Name of the decision, as `decisions` shows it.")],
    reason: Reason,
    source: SourceName = None,
    window: WindowId = None,
) -> None:
    """Take a decision back; `release` then validates the rows without it."""
    from storepulse.replay.release import undo as undo_decisions
    from storepulse.replay.rows import Choice

    rows = undo_decisions(Settings(), Choice(feed, source, window), name, reason)
    out.print(f"{name}, for {rows:,} rows, is taken back; now run")
    out.print(f"  storepulse quarantine release {feed}", markup=False)


@app.command()
def release(
    feed: FeedName,
    source: SourceName = None,
    window: WindowId = None,
    from_source: Annotated[
        bool, typer.Option("--from-source", help="Extract the windows from the source again first.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; recorded with the windows' decisions.")
    ] = "",
) -> None:
    """Validate quarantined and rejected data again: rows that pass are accepted, others stay."""
    from storepulse.replay.release import release as release_windows
    from storepulse.replay.rows import Choice

    settings = Settings()
    results = table(
        "window", "source", "refused before", "quarantined", "dropped", "corrected", "accepted"
    )
    warnings: list[run_warnings.Warned] = []
    is_rejected, run_id = False, f"release__{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    with out.status(f"{feed}: validating again") as progress:
        choice = Choice(feed, source, window)
        for one in release_windows(settings, choice, from_source, run_id, reason):
            progress.update(f"{feed}: validated {one.window}")
            if one.result is None:
                is_rejected = True
                out.print(one.rejected_because, markup=False, soft_wrap=True)
                continue
            result = one.result
            warnings += run_warnings.of_validation(settings, result)
            counts = (one.before, result.quarantined, result.dropped, result.corrected)
            results.add_row(
                one.window.id, one.source, *(f"{count:,}" for count in (*counts, result.accepted))
            )
    if results.row_count:
        out.print(results)
        run_warnings.show(warnings)
        out.print("run `storepulse build` to add the accepted rows to the marts")
    elif not is_rejected:
        out.print(f"nothing of {feed} is refused, and nothing was decided about it")
    if is_rejected:
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    column, separator, sql = text.partition("=")
    if not separator or not sql.strip():
        raise RepairInvalid(
            f"--set expects column = SQL, such as \"currency = 'CNY'\"; got {text!r}"
        )
    return column.strip(), sql.strip()


def _converted(amounts: Mapping[str, Any], rates: Mapping[str, Any]) -> str:
    from storepulse.transform.currency import summed

    total, is_all = summed(amounts, rates)
    if not amounts:
        return "–"
    return f"{total:,.2f}" if is_all else f"{total:,.2f} + amounts without a rate"


def _at_stake(row: Mapping[str, Any]) -> str:
    if row["_amount"] is None:
        return "no readable amount"
    return f"{one_amount(row['_amount'], row['_currency'] or '?')} at stake"


def _how_many(rows: int, limit: int, feed: str) -> str:
    if rows == 0:
        return f"no quarantined row of {feed} matches"
    if rows > limit:
        return f"{limit:,} of {rows:,} rows; --limit shows more, --csv writes all"
    return f"{rows:,} rows"


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows for a spreadsheet, with no cell that it would take for a formula."""
    names = list(rows[0]) if rows else []
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow([_cell(row[name]) for name in names])


def _cell(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would evaluate; numbers stay numbers.

    Source: OWASP, CSV Injection.
    """
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "; ".join(value) if isinstance(value, list) else value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
