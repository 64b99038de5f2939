"""`storepulse quarantine`: what is held, row by row, and how it gets out again."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from storepulse.cli import run_warnings
from storepulse.cli.console import complain, money, one_amount, out, plain, stamp, table
from storepulse.errors import DecisionsDamaged, RepairInvalid
from storepulse.feeds.registry import feed_named
from storepulse.lake.decisions import not_undone
from storepulse.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Look at refused rows, correct them, let them go on, or give them up.\n\n"
    "fix, drop and undo only write down what was decided, by whom and why (decisions/); release "
    "validates the windows again with it. Landing stays what the source said, and every step may "
    "be repeated.",
)

FeedName = Annotated[str, typer.Argument(help="A feed, as `list` shows it.")]
SourceName = Annotated[str | None, typer.Option("--source", help="Only of this source.")]
WindowId = Annotated[
    str | None, typer.Option("--window", help="Only of this window, as `show` names it.")
]
RuleId = Annotated[str | None, typer.Option("--rule", help="Only rows refused for this rule.")]
Condition = Annotated[
    str | None,
    typer.Option("--where", help="SQL over the feed's columns, which are text here."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]

# What identifies or follows a person is shown only when it is asked for.
_SHOWN_AT_ONCE = 20
# A row may break many rules, and each has its reason; they are ours, not the source's.
_LONGEST_REASON = 4000


@app.command("list")
def list_held(
    source: SourceName = None,
) -> None:
    """Show what is held: per feed and rule, with its money and since when."""
    from storepulse.lake.quarantine import DUPLICATE, held_by_rule, held_windows
    from storepulse.transform.currency import NO_CURRENCY, newest_rates, reporting_currency

    settings = Settings()
    rates = newest_rates(settings)
    currency = reporting_currency(settings)
    # Before a store is known there is no currency to add amounts up in.
    together = [] if currency == NO_CURRENCY else [currency]
    results = table("feed", "source", "rule", "rows", "windows", "money held", *together, "since")
    found = held_by_rule(settings, source)
    for held in (one for one in found if one.rule != DUPLICATE):
        results.add_row(
            held.feed,
            held.source,
            held.rule,
            f"{held.rows:,}",
            f"{held.windows:,}",
            money(held.amounts),
            *(_worth(held.amounts, rates) for _ in together),
            stamp(held.since),
        )
    windows = held_windows(settings, source)
    if results.row_count:
        out.print(results)
    elif not windows:
        out.print("nothing is held: no row was refused and no window is held back")
    for held in (one for one in found if one.rule == DUPLICATE):
        out.print(
            f"{held.feed} from {held.source}: {held.rows:,} rows were told again in their window; "
            f"the newest of each key counts, so they need nothing",
            soft_wrap=True,
        )
    for window in windows:
        out.print(
            f"{window.feed} from {window.source}, window {window.window_id}: held back as a whole, "
            f"{window.rows:,} rows, {money(window.amounts)}, for {', '.join(window.rules)}",
            soft_wrap=True,
        )


@app.command()
def show(
    feed: FeedName,
    source: SourceName = None,
    window: WindowId = None,
    rule: RuleId = None,
    where: Condition = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows to show.")] = _SHOWN_AT_ONCE,
    csv_file: Annotated[
        Path | None,
        typer.Option("--csv", help="Write all of them, every column, to this file instead."),
    ] = None,
) -> None:
    """Show refused rows: where they are, what they hold, and why they were refused."""
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
        typer.Option("--set", help="column = SQL, such as \"currency = 'CNY'\"; repeatable."),
    ],
    reason: Reason,
    source: SourceName = None,
    window: WindowId = None,
    rule: RuleId = None,
    where: Condition = None,
) -> None:
    """Correct values of refused rows; `release` then judges them anew."""
    from storepulse.replay.release import fix as fix_rows
    from storepulse.replay.rows import Choice

    pairs = dict(_pair(text) for text in corrections)
    changes = fix_rows(Settings(), Choice(feed, source, window, rule, where), pairs, reason)
    if not changes:
        out.print("nothing changes: these rows hold those values already")
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
    """Give refused rows up, for a reason that is kept; `release` then takes them out."""
    from storepulse.replay.release import drop as drop_rows
    from storepulse.replay.rows import Choice

    rows = drop_rows(Settings(), Choice(feed, source, window, rule, where), reason)
    out.print(f"{rows:,} rows given up; now run")
    out.print(f"  storepulse quarantine release {feed}", markup=False)


@app.command("decisions")
def list_decisions(feed: FeedName, source: SourceName = None, window: WindowId = None) -> None:
    """Show what people decided: when, who, what and why; also what was taken back."""
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
                escape("@".join(filter(None, (first.user, first.host))) or "not kept then"),
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
        complain(type(one).__name__, str(one))
    if damaged:
        raise typer.Exit(1)


@app.command()
def undo(
    feed: FeedName,
    name: Annotated[str, typer.Argument(help="Which decision, as `decisions` names it.")],
    reason: Reason,
    source: SourceName = None,
    window: WindowId = None,
) -> None:
    """Take a decision back, in a line of its own; `release` then judges the rows as before."""
    from storepulse.replay.release import undo as undo_decisions
    from storepulse.replay.rows import Choice

    rows = undo_decisions(Settings(), Choice(feed, source, window), name, reason)
    out.print(f"{name}, about {rows:,} rows, is taken back; now run")
    out.print(f"  storepulse quarantine release {feed}", markup=False)


@app.command()
def release(
    feed: FeedName,
    source: SourceName = None,
    window: WindowId = None,
    from_source: Annotated[
        bool, typer.Option("--from-source", help="Ask the source for the windows again first.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; kept in the windows' decisions.")
    ] = "",
) -> None:
    """Judge again what is held: rows that pass now are accepted, the others stay."""
    from storepulse.replay.release import release as release_windows
    from storepulse.replay.rows import Choice

    settings = Settings()
    results = table(
        "window", "source", "refused before", "quarantined", "dropped", "corrected", "accepted"
    )
    warnings: list[run_warnings.Warned] = []
    is_held, run_id = False, f"release__{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    with out.status(f"{feed}: validating what is held") as progress:
        choice = Choice(feed, source, window)
        for one in release_windows(settings, choice, from_source, run_id, reason):
            progress.update(f"{feed}: validated {one.window}")
            if one.verdict is None:
                is_held = True
                out.print(one.held_because, markup=False, soft_wrap=True)
                continue
            verdict = one.verdict
            warnings += run_warnings.of_verdict(settings, verdict)
            counts = (one.before, verdict.quarantined, verdict.dropped, verdict.corrected)
            results.add_row(
                one.window.id, one.source, *(f"{count:,}" for count in (*counts, verdict.accepted))
            )
    if results.row_count:
        out.print(results)
        run_warnings.show(warnings)
        out.print("`storepulse build` takes what was accepted into the marts")
    elif not is_held:
        out.print(f"nothing of {feed} is held, and nothing was decided about it")
    if is_held:
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    column, separator, sql = text.partition("=")
    if not separator or not sql.strip():
        raise RepairInvalid(f"--set wants column = SQL, such as \"currency = 'CNY'\"; got {text!r}")
    return column.strip(), sql.strip()


def _worth(amounts: Mapping[str, Any], rates: Mapping[str, Any]) -> str:
    from storepulse.transform.currency import summed

    total, is_all = summed(amounts, rates)
    if not amounts:
        return "–"
    return f"{total:,.2f}" if is_all else f"{total:,.2f} + what has no rate"


def _at_stake(row: Mapping[str, Any]) -> str:
    if row["_amount"] is None:
        return "no money that can be read"
    return f"{one_amount(row['_amount'], row['_currency'] or '?')} at stake"


def _how_many(rows: int, limit: int, feed: str) -> str:
    if rows == 0:
        return f"no refused row of {feed} is meant by that"
    if rows > limit:
        return f"{limit:,} of {rows:,} rows; --limit shows more, --csv writes all"
    return f"{rows:,} rows"


def _write_csv(place: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows for a spreadsheet, in which no cell is taken for a formula."""
    names = list(rows[0]) if rows else []
    with place.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow([_cell(row[name]) for name in names])


def _cell(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would calculate; numbers stay numbers.

    Source: OWASP, CSV Injection.
    """
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "; ".join(value) if isinstance(value, list) else value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
