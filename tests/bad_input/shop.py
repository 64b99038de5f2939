"""A shop in its own folder, with connections to real files, databases and hosts."""

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from storepulse.errors import WindowRejected
from storepulse.extract.land import land
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import ValidationResult, result, validate
from storepulse.windows import Window
from support.landed_windows import SOURCE, WINDOW
from support.landed_windows import land as land_rows

NAME = "bad_shop"
# A developer's own .env is no part of a case.
Settings.model_config["env_file"] = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of an input: the result in words, the message, and the first accepted row."""

    result: str
    message: str = ""
    first_row: Mapping[str, object] = field(default_factory=dict)


class Shop:
    """Takes an input through one of four kinds of connection, or as landed rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.step = "landing"
        self.settings = Settings(
            home=folder / "var",
            sources_dir=folder / "sources",
            lock_timeout_seconds=1,
            # Whatever the environment says: these cases must send no mail.
            smtp_host=None,
        )

    def files(
        self,
        feed: str,
        contents: Mapping[str, bytes],
        mapping: str = "select * from given",
        **table: object,
    ) -> Outcome:
        """Put files into a folder and ingest the feed from it."""
        root = self.folder / "share"
        root.mkdir()
        for name, content in contents.items():
            (root / name).write_bytes(content)
            # Written a while ago: land waits for files that were written just now.
            os.utime(root / name, (1_700_000_000, 1_700_000_000))
        described = {"path": "*.csv", "format": "csv", **table}
        return self.take(
            feed,
            {"kind": "files", "root": str(root), "tables": {"given": described}},
            mapping,
        )

    def database(
        self, feed: str, statements: Iterable[str], mapping: str = "select * from given"
    ) -> Outcome:
        """Make a SQLite database and ingest the feed from it."""
        place = self.folder / "shop.sqlite"
        connection = sqlite3.connect(place)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return self.take(feed, self.sqlite(place), mapping)

    def sqlite(self, place: Path) -> dict[str, object]:
        """Describe the connection to a SQLite file."""
        retry = {"attempts": 2, "first_wait_seconds": 0.01}
        return {
            "kind": "sql",
            "url": f"sqlite:///{place}",
            "timeout_seconds": 0.1,
            "retry": retry,
        }

    def take(
        self, feed: str, connection: Mapping[str, Any], mapping: str, **entry: object
    ) -> Outcome:
        """Land the feed's day through a connection, and validate it."""
        folder = self.settings.sources_dir / NAME
        folder.mkdir(parents=True)
        (folder / f"{feed}.sql").write_text(mapping)
        described = {
            "name": NAME,
            "description": "Sends what it should not.",
            "connections": {"main": dict(connection)},
            "feeds": {feed: {"connection": "main", "mapping": f"{feed}.sql", **entry}},
        }
        (folder / "source.yaml").write_text(yaml.safe_dump(described, allow_unicode=True))
        land(self.settings, NAME, feed, WINDOW, "matrix", now=WINDOW.end)
        return self.evaluate(NAME, feed)

    def described(self, text: str) -> Outcome:
        """Land from a source whose `source.yaml` is the text given."""
        folder = self.settings.sources_dir / NAME
        folder.mkdir(parents=True)
        (folder / "source.yaml").write_text(text)
        land(self.settings, NAME, "fees", WINDOW, "matrix", now=WINDOW.end)
        return Outcome("landed")

    def rows(
        self,
        feed: str,
        rows: Sequence[Mapping[str, str | None]],
        columns: Sequence[str] | None = None,
        window: Window = WINDOW,
    ) -> Outcome:
        """Validate rows as a source would have landed them."""
        land_rows(self.settings, feed, rows, window, columns)
        return self.evaluate(SOURCE, feed, window)

    def evaluate(self, source: str, feed: str, window: Window = WINDOW) -> Outcome:
        """Validate the landed window."""
        self.step = "validating"
        files = WindowFiles(self.settings, feed, source, window)
        try:
            validated = validate(self.settings, source, feed, window)
        except WindowRejected as rejection:
            errors = result.read(files.validation)["failures"]
            rules = ", ".join(one["rule"] for one in errors)
            return Outcome(f"rejected: {rules}", str(rejection))
        message = "\n".join(map(str, validated.warnings))
        return Outcome(in_words(validated), message, _first_row(files.accepted))


def in_words(validated: ValidationResult) -> str:
    """Describe a result the way cases expect it."""
    parts = [f"accepted {validated.accepted}"]
    if validated.quarantined:
        rules = ", ".join(sorted(validated.refused_by_rule))
        parts.append(f"quarantined {validated.quarantined}: {rules}")
    if validated.warnings:
        parts.append("warnings: " + ", ".join(warning.rule for warning in validated.warnings))
    return ", ".join(parts)


def _first_row(accepted: Path) -> dict[str, object]:
    columns = duckdb.execute(f"describe from '{accepted}'").fetchall()
    names = ", ".join(f"cast({name} as varchar)" for name, *_ in columns)
    rows = duckdb.execute(f"select {names} from '{accepted}' order by _position limit 1").fetchall()
    return dict(zip((name for name, *_ in columns), rows[0], strict=True)) if rows else {}
