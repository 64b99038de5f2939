"""A reader that opens what is served again and again, and must never see partial results.

What it saw goes to `seen.jsonl`, a line whenever it has changed.
"""

import json
import os
import time
from collections.abc import Mapping
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import duckdb
from pyarrow import parquet

from storepulse.settings import Settings

PAUSE_SECONDS = 0.3


def keep_reading(settings: Settings) -> None:
    """Read until killed, or until the process that would kill it is gone."""
    before: Mapping[str, Any] | None = None
    started_by = os.getppid()
    with Path("seen.jsonl").open("a", encoding="utf-8") as noted:
        while os.getppid() == started_by:
            home = _home(settings)
            seen = read(settings)
            # A home that was lost meanwhile is not something published.
            if home == _home(settings):
                if seen != before:
                    noted.write(json.dumps(seen) + "\n")
                    noted.flush()
                before = seen
            time.sleep(PAUSE_SECONDS)


def _home(settings: Settings) -> int | None:
    return settings.home.stat().st_ino if settings.home.exists() else None


def read(settings: Settings) -> dict[str, Any]:
    """What a reader sees now: rows by mart for each way to read, and what is wrong, as text."""
    wrong: list[str] = []
    seen: dict[str, Any] = {"wrong": wrong}
    for way, reading in (
        ("database", _database),
        ("current", _current),
        ("manifest", _manifest),
        ("mails", _mails),
    ):
        try:
            seen[way] = reading(settings)
        except Exception as failure:
            wrong.append(f"{way}: {type(failure).__name__}: {failure}")
    return seen


def _database(settings: Settings) -> dict[str, int] | None:
    place = settings.serving / "storepulse.duckdb"
    if not place.exists():
        return None
    with duckdb.connect(str(place), read_only=True) as con:
        names = con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        counts = " union all ".join(
            f"select '{name}', count(*) from marts.{name}" for (name,) in names
        )
        return dict(sorted(con.execute(counts).fetchall()))


def _current(settings: Settings) -> dict[str, int] | None:
    place = settings.serving / "parquet" / "current"
    if not place.is_symlink():
        return None
    folder = place.resolve(strict=True)
    return {
        path.stem: parquet.read_metadata(path).num_rows for path in sorted(folder.glob("*.parquet"))
    }


def _manifest(settings: Settings) -> dict[str, int] | None:
    place = settings.serving / "manifest.json"
    if not place.exists():
        return None
    marts = json.loads(place.read_text(encoding="utf-8"))["marts"]
    for name, entry in marts.items():
        file = settings.serving / entry["file"]
        if file.stat().st_size != entry["bytes"]:
            raise ValueError(f"{name} has {file.stat().st_size} bytes, not {entry['bytes']}")
    return {name: entry["rows"] for name, entry in sorted(marts.items())}


def _mails(settings: Settings) -> list[str]:
    """The names of all mails; each must be complete, and no two may report the same step."""
    mails: dict[str, str] = {}
    for path in sorted(settings.outbox.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        if mail.defects or not path.read_bytes().rstrip().endswith(b"--"):
            raise ValueError(f"{path.name} is incomplete: {mail.defects}")
        step = mail["X-Storepulse-Incident"]
        if step in mails:
            raise ValueError(f"{path.name} and {mails[step]} both report {step}")
        mails[step] = path.name
    return sorted(mails.values())
