"""Write the split rows: good ones to accepted, refused ones to quarantine.

Quarantine is renamed into place before accepted, and the result is written after both. A crash in
between leaves no result, and validating the window again rewrites all three.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from storepulse import sql_quoting
from storepulse.errors import WindowRejected
from storepulse.feeds.registry import Feed
from storepulse.lake.accepted import moment_of_validation
from storepulse.lake.atomic import atomic_write, put_in_place_at
from storepulse.lake.check_counts import Checks
from storepulse.lake.paths import WindowFiles
from storepulse.validate import corrections


def write_split(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    files: WindowFiles,
    landed: Mapping[str, object],
    reasons: Mapping[str, str],
    checks: Checks,
) -> tuple[int, int]:
    """Write the accepted and the quarantined rows of a window in place of those before.

    Args:
        con: the scratch database, after `refuse`.
        feed: whose columns are written, in registry order.
        files: where they go.
        landed: the landed window's manifest.
        reasons: the reason for each rule, by rule id.
        checks: the window's check counts; kept in the accepted file.

    Returns:
        Rows accepted, rows quarantined; together with the dropped ones they are all landed rows.

    Raises:
        DiskFull: there was no room; both files are unchanged.
        WindowRejected: rows do not add up to those landed; both files are unchanged.
    """
    con.execute("create view accepted as select * from typed anti join refusals using (_position)")
    refused = int(con.execute("select count(*) from refusals").fetchall()[0][0])
    dropped = con.execute("select count(*) from decided where action = 'drop'").fetchall()[0][0]
    with ExitStack() as renamed_in_reverse:
        temp = renamed_in_reverse.enter_context(atomic_write(files.accepted))
        accepted = _write_accepted(con, feed, files, landed, checks, temp)
        if refused:
            temp = renamed_in_reverse.enter_context(atomic_write(files.quarantined))
            refused = _write_refused(con, feed, files, reasons, temp)
        if accepted + refused + dropped != landed["rows"]:
            raise WindowRejected(
                f"{feed.name} from {files.source}, window {files.window}: {landed['rows']} rows "
                f"landed, but {accepted} accepted + {refused} quarantined + {dropped} dropped rows "
                f"do not add up to that; nothing was written. "
                f"Land the window again; if this repeats, it is a bug in storepulse"
            )
    if not refused:
        files.quarantined.unlink(missing_ok=True)
    return accepted, refused


def write_rejected(
    con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles, reasons: Mapping[str, str]
) -> None:
    """Write the failing rows of a rejected window, so that people can correct them.

    Args:
        con: the scratch database, after `refuse`.
        feed: whose columns identify a row.
        files: where they go.
        reasons: the reason for each rule, by rule id.

    Raises:
        DiskFull: there was no room.
    """
    with atomic_write(files.rejection_rows) as temp:
        _write_refused(con, feed, files, reasons, temp)


def _write_accepted(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    files: WindowFiles,
    landed: Mapping[str, object],
    checks: Checks,
    place: Path,
) -> int:
    day = f"cast({sql_quoting.name(feed.event_time)} as date)"
    days, rows = con.execute(
        f"select list(distinct {day} order by {day}), count(*) from accepted"
    ).fetchall()[0]
    described = {
        "event_days": [day.isoformat() for day in days or []],
        "rows": rows,
        "window_start": files.window.start.isoformat(),
        "window_end": files.window.end.isoformat(),
        "run_id": landed["run_id"],
        "checks": checks.as_json(),
    }
    columns = ", ".join(sql_quoting.name(column) for column in feed.columns)
    # Of two versions of a row with the same change time, the later accepted one counts.
    moment = moment_of_validation(files)
    copied = _copy(
        con,
        f"""
        -- Constants are added after the sort, which would otherwise carry them along.
        select
            {columns},
            {sql_quoting.literal(files.source)} as _source,
            {sql_quoting.literal(files.window.id)} as _window,
            _position,
            {_utc_literal(str(landed["landed_at"]))} as _landed_at,
            {_utc_literal(moment.isoformat())} as _accepted_at,
            _event_day
        from (
            select {columns}, _position, {day} as _event_day
            from accepted
            order by _event_day, _position
        )
        """,
        place,
        f", kv_metadata {{storepulse: {sql_quoting.literal(json.dumps(described))}}}",
    )
    put_in_place_at(place, moment)
    return copied


def _write_refused(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    files: WindowFiles,
    reasons: Mapping[str, str],
    place: Path,
) -> int:
    ids = ", ".join(sql_quoting.literal(rule) for rule in reasons)
    texts = ", ".join(sql_quoting.literal(f"{rule}: {why}") for rule, why in reasons.items())
    seen_before = _seen_before(con, files)
    return _copy(
        con,
        f"""
        select
            landed.* exclude (_position),
            refusals.rules as _rules,
            array_to_string(
                list_transform(refusals.rules, lambda rule: map([{ids}], [{texts}])[rule])
                || list_filter([refusals.note], lambda note: note is not null),
                '; '
            ) as _reason,
            typed._amount,
            typed._currency,
            landed._position,
            {sql_quoting.literal(files.source)} as _source,
            {sql_quoting.literal(files.window.id)} as _window,
            {corrections.row_id(feed)} as _row_id,
            coalesce(
                seen_before._first_seen, {_utc_literal(datetime.now(UTC).isoformat())}
            ) as _first_seen
        from landed
        inner join raw using (_position)
        inner join refusals using (_position)
        inner join typed using (_position)
        left join ({seen_before}) as seen_before
            on {corrections.row_id(feed)} = seen_before._row_id
        order by landed._position
        """,
        place,
        "",
    )


def _seen_before(con: duckdb.DuckDBPyConnection, files: WindowFiles) -> str:
    """SQL for when each row was first refused, as far as its refusal is still on disk."""
    known = []
    for place in (files.quarantined, files.rejection_rows):
        if place.is_file():
            rows = f"read_parquet({sql_quoting.literal(place)})"
            columns = [name for name, *_ in con.execute(f"describe from {rows}").fetchall()]
            # Files of older versions lack the column.
            if "_first_seen" in columns:
                known.append(f"select _row_id, _first_seen from {rows}")
    rows = " union all ".join(known) or (
        "select null::varchar as _row_id, null::timestamp as _first_seen where false"
    )
    return f"select _row_id, min(_first_seen) as _first_seen from ({rows}) group by _row_id"


def _copy(con: duckdb.DuckDBPyConnection, query: str, place: Path, options: str) -> int:
    copied = con.execute(
        f"copy ({query}) to {sql_quoting.literal(place)} "
        f"(format parquet, compression zstd{options})"
    ).fetchall()
    return int(copied[0][0])


def _utc_literal(moment: str) -> str:
    return f"(timestamptz {sql_quoting.literal(moment)} at time zone 'UTC')"
