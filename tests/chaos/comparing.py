"""Everything a run leaves behind, as text files: equal byte by byte, or the first difference.

DuckDB and Parquet files have no stable bytes of their own: the same rows may lie in them in another
order and in other blocks. So every table is written as CSV, sorted by all its columns, without the
columns that record when something was done by the wall clock.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.policy import default
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

import duckdb

from storepulse.settings import Settings

# When rows were landed, accepted or first quarantined: two runs cannot agree on that.
CLOCK_COLUMNS = ("_landed_at", "_accepted_at", "_first_seen")
CLOCK_KEYS = ("landed_at", "judged_at", "decided_at", "digest")
# When a mail was planned and sent; every other column of the alert store is compared.
CLOCK_COLUMNS_OF_ALERTS = ("planned_at", "sent_at")
ENDINGS_OF_LEFTOVERS = (".tmp", ".old", ".scratch", ".wal", ".records", "spill", ".restoring")


def export(settings: Settings, into: Path) -> dict[str, int]:
    """Write everything below a home as text.

    Returns:
        How many files, by the kind of thing in them.
    """
    kinds = {
        "marts": _marts,
        "landing": _landed,
        "accepted": _accepted,
        "quarantine": _quarantined,
        "decisions": _decisions,
        "alerts": _alerts,
        "outbox": _outbox,
    }
    return {kind: _write(into / kind, tables(settings)) for kind, tables in kinds.items()}


def differences(expected: Path, found: Path) -> list[str]:
    """Compare two exports; each difference with the first lines that differ."""
    names = {path.relative_to(root) for root in (expected, found) for path in root.rglob("*.txt")}
    return [
        f"{name}: {_first_difference(expected / name, found / name)}"
        for name in sorted(names)
        if _bytes(expected / name) != _bytes(found / name)
    ]


def leftovers(home: Path) -> list[str]:
    """What should have been removed, and more than one set of lookups of a finished build."""
    written = [*home.rglob("*"), *home.with_name("backups").rglob("*")]
    left = [path for path in written if path.name.endswith(ENDINGS_OF_LEFTOVERS)]
    left += sorted((home / "warehouse" / "lookups").iterdir())[1:]
    return [str(path.relative_to(home.parent)) for path in left]


def _write(folder: Path, files: Iterable[tuple[str, str]]) -> int:
    folder.mkdir(parents=True)
    texts = dict(files)
    for name, text in texts.items():
        (folder / f"{name.replace('/', '.')}.txt").write_text(text, encoding="utf-8")
    return len(texts)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _first_difference(expected: Path, found: Path) -> str:
    if not (expected.is_file() and found.is_file()):
        return f"is only in {'the undisturbed' if expected.is_file() else 'the disturbed'} run"
    lines = [path.read_text(encoding="utf-8").splitlines() for path in (expected, found)]
    one, other = next(pair for pair in zip_longest(*lines) if pair[0] != pair[1])
    return f"expected {one!r}, got {other!r}"


def _marts(settings: Settings) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(settings.serving / "storepulse.duckdb"), read_only=True) as con:
        for (name,) in con.execute("select table_name from duckdb_tables()").fetchall():
            yield name, _sorted_csv(con, f"select * from marts.{name}")


def _landed(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from _parquet(settings.landing, "*/*/*/rows.parquet")
    for name in ("manifest.json", "validation.json"):
        for path in sorted(settings.landing.glob(f"*/*/*/{name}")):
            content = _without_clock(json.loads(path.read_text(encoding="utf-8")))
            yield str(path.relative_to(settings.landing)), json.dumps(content, indent=1)


def _accepted(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from _parquet(settings.accepted, "*/*/*.parquet")


def _quarantined(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from _parquet(settings.quarantine, "*/*/*.parquet")


def _parquet(root: Path, pattern: str) -> Iterator[tuple[str, str]]:
    with duckdb.connect() as con:
        for path in sorted(root.glob(pattern)):
            rows = f"read_parquet('{path}')"
            columns = [name for name, *_ in con.execute(f"describe from {rows}").fetchall()]
            clock = [name for name in columns if name in CLOCK_COLUMNS]
            left_out = f"exclude ({', '.join(clock)})" if clock else ""
            text = _sorted_csv(con, f"select * {left_out} from {rows}")
            yield str(path.relative_to(root)), text


def _sorted_csv(con: duckdb.DuckDBPyConnection, query: str) -> str:
    found = con.execute(f"select * from ({query}) order by all")
    names = [column[0] for column in found.description or []]
    return "\n".join([",".join(names), *(repr(row) for row in found.fetchall())]) + "\n"


def _decisions(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from _parquet(settings.decisions / "forgotten", "*/*/*/rows.parquet")
    for path in sorted(settings.decisions.glob("*/*/*.jsonl")):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = [json.dumps(_without_clock(line)) for line in lines]
        # A release that was killed and run again is recorded twice.
        yield str(path.relative_to(settings.decisions)), "\n".join(one for one, _ in groupby(texts))


def _without_clock(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in CLOCK_KEYS}


def _alerts(settings: Settings) -> Iterator[tuple[str, str]]:
    with sqlite3.connect(settings.outbox / "ledger.sqlite") as store:
        tables = store.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            columns = [name for _, name, *_ in store.execute(f"pragma table_info({table})")]
            kept = [name for name in columns if name not in CLOCK_COLUMNS_OF_ALERTS]
            rows = store.execute(f"select {', '.join(kept)} from {table}").fetchall()
            yield table, "\n".join(sorted(map(repr, rows)))


def _outbox(settings: Settings) -> Iterator[tuple[str, str]]:
    """Mails without what differs in each copy: the date and the boundaries between the parts."""
    for path in sorted(settings.outbox.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        differing = {"Date", "Content-Type"}
        headers = [f"{name}: {value}" for name, value in mail.items() if name not in differing]
        parts = [repr(part.get_content()) for part in mail.walk() if not part.is_multipart()]
        yield path.name, "\n".join([*headers, *parts])
