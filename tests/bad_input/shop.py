"""A shop in a folder of its own, with real files, databases and hosts behind its doors."""

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from storepulse.errors import WindowHeldBack
from storepulse.extract.land import land
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import Verdict, result, validate
from storepulse.windows import Window
from support.landed_windows import SOURCE, WINDOW
from support.landed_windows import land as land_rows

NAME = "bad_shop"
# A developer's own .env is no part of a case.
Settings.model_config["env_file"] = None


@dataclass(frozen=True)
class Came:
    """What came of an input: the verdict in words, the message, and the first accepted row."""

    verdict: str
    message: str = ""
    first_row: Mapping[str, object] = field(default_factory=dict)


class Shop:
    """Takes an input in at one of four doors, or as landed rows, and gives what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.step = "landing"
        self.settings = Settings(
            home=folder / "var",
            sources_dir=folder / "sources",
            lock_timeout_seconds=1,
            # Whatever the environment says: nobody is to get mail of this.
            smtp_host=None,
        )

    def files(
        self,
        feed: str,
        contents: Mapping[str, bytes],
        mapping: str = "select * from given",
        **table: object,
    ) -> Came:
        """Put files into a folder and take the feed from it."""
        root = self.folder / "share"
        root.mkdir()
        for name, content in contents.items():
            (root / name).write_bytes(content)
            # A while ago: what was written this second is waited for.
            os.utime(root / name, (1_700_000_000, 1_700_000_000))
        described = {"path": "*.csv", "format": "csv", **table}
        return self.take(
            feed,
            {"kind": "files", "root": str(root), "tables": {"given": described}},
            mapping,
        )

    def database(
        self, feed: str, statements: Iterable[str], mapping: str = "select * from given"
    ) -> Came:
        """Make a SQLite database and take the feed from it."""
        place = self.folder / "shop.sqlite"
        connection = sqlite3.connect(place)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return self.take(feed, self.sqlite(place), mapping)

    def sqlite(self, place: Path) -> dict[str, object]:
        """Describe the door to a SQLite file."""
        retry = {"attempts": 2, "first_wait_seconds": 0.01}
        return {
            "kind": "sql",
            "url": f"sqlite:///{place}",
            "timeout_seconds": 0.1,
            "retry": retry,
        }

    def take(self, feed: str, door: Mapping[str, Any], mapping: str, **entry: object) -> Came:
        """Land the feed's day through a door, and judge it."""
        folder = self.settings.sources_dir / NAME
        folder.mkdir(parents=True)
        (folder / f"{feed}.sql").write_text(mapping)
        described = {
            "name": NAME,
            "description": "Sends what it should not.",
            "doors": {"door": dict(door)},
            "feeds": {feed: {"door": "door", "mapping": f"{feed}.sql", **entry}},
        }
        (folder / "source.yaml").write_text(yaml.safe_dump(described, allow_unicode=True))
        land(self.settings, NAME, feed, WINDOW, "matrix", now=WINDOW.end)
        return self.judge(NAME, feed)

    def described(self, text: str) -> Came:
        """Land from a source whose `source.yaml` is the text given."""
        folder = self.settings.sources_dir / NAME
        folder.mkdir(parents=True)
        (folder / "source.yaml").write_text(text)
        land(self.settings, NAME, "fees", WINDOW, "matrix", now=WINDOW.end)
        return Came("landed")

    def rows(
        self,
        feed: str,
        rows: Sequence[Mapping[str, str | None]],
        columns: Sequence[str] | None = None,
        window: Window = WINDOW,
    ) -> Came:
        """Judge rows as a source would have landed them."""
        land_rows(self.settings, feed, rows, window, columns)
        return self.judge(SOURCE, feed, window)

    def judge(self, source: str, feed: str, window: Window = WINDOW) -> Came:
        """Validate what lies in landing."""
        self.step = "validating"
        files = WindowFiles(self.settings, feed, source, window)
        try:
            judged = validate(self.settings, source, feed, window)
        except WindowHeldBack as held:
            failures = result.read(files.verdict)["failures"]
            return Came("held back: " + ", ".join(one["rule"] for one in failures), str(held))
        message = "\n".join(map(str, judged.told))
        return Came(in_words(judged), message, _first_row(files.accepted))


def in_words(judged: Verdict) -> str:
    """Write a verdict the way cases expect it."""
    parts = [f"accepted {judged.accepted}"]
    if judged.quarantined:
        rules = ", ".join(sorted(judged.refused_by_rule))
        parts.append(f"quarantined {judged.quarantined}: {rules}")
    if judged.told:
        parts.append("told: " + ", ".join(finding.rule for finding in judged.told))
    return ", ".join(parts)


def _first_row(accepted: Path) -> dict[str, object]:
    columns = duckdb.execute(f"describe from '{accepted}'").fetchall()
    names = ", ".join(f"cast({name} as varchar)" for name, *_ in columns)
    rows = duckdb.execute(f"select {names} from '{accepted}' order by _position limit 1").fetchall()
    return dict(zip((name for name, *_ in columns), rows[0], strict=True)) if rows else {}
