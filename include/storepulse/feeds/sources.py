"""A connected shop: a folder with `source.yaml` and one mapping SQL per feed.

    include/sources/<name>/source.yaml     its connections, and which feed is read from which
                          <feed>.sql       our columns, out of the shop's own tables or files

`source.yaml` may use `${NAME}` for what differs from machine to machine (addresses, tokens). A
value is looked up when its connection is resolved, so that one feed can be landed without the
tokens of another. `${DATA}` is the path given on the command line with `--data`.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from storepulse.errors import SettingMissing, SourceInvalid
from storepulse.feeds.connections import IDENTIFIER, Connection
from storepulse.feeds.registry import all_feeds
from storepulse.redaction import word, words
from storepulse.settings import Settings, expand_variables
from storepulse.windows import Window, moment_of
from storepulse.yaml_files import read_yaml

logger = logging.getLogger(__name__)

# What an entry under `feeds:` may have besides its connection and mapping.
_OPTIONAL = {"max_rows", "past", "snapshots"}
_MAPPING_FILE = re.compile(r"[\w-][\w.-]{0,99}")
_CONNECTION: TypeAdapter[Connection] = TypeAdapter(Connection)


@dataclass(frozen=True)
class FeedMapping:
    """How one feed is read from one shop.

    Attributes:
        connection: name of the connection it is read from.
        sql: a query giving our columns; `:window_start` and `:window_end` are UTC moments.
        path: where the query was read from, for messages.
        max_rows: a window with more rows is refused; None takes any number.
        snapshots: of a feed of snapshots, whether this shop delivers all there is each time; false
            for prices that are seen one by one, of which no number is too few.
        has_past: a window that is over can still be asked for. False where the source only knows
            what is so now (`past: none`), and of pages without an archive.
    """

    feed: str
    connection: str
    sql: str
    path: Path
    max_rows: int | None = None
    snapshots: bool = True
    has_past: bool = True


@dataclass(frozen=True)
class Source:
    """A connected shop, checked.

    Attributes:
        connections: each one's options as written, placeholders and all; `resolve_connection`
            fills them in.
        history: what to land when no window is given; None where the source states none.
        ends: nothing happens in this shop from then on, UTC: no scheduled run asks for it and
            nothing is expected of it. None for a shop that goes on.
    """

    name: str
    description: str
    folder: Path
    connections: Mapping[str, Mapping[str, Any]]
    feeds: Mapping[str, FeedMapping]
    history: Window | None = None
    ends: datetime | None = None

    def mapping_of(self, feed_name: str) -> FeedMapping:
        """Look up how a feed is read.

        Raises:
            SourceInvalid: this shop does not have that feed.
        """
        if feed_name not in self.feeds:
            raise SourceInvalid(
                f"source {self.name} has {', '.join(self.feeds)}, not {feed_name!r}; "
                f"add it under `feeds:` in {self.folder / 'source.yaml'} with a mapping"
            )
        return self.feeds[feed_name]

    def as_of(self, now: datetime) -> datetime:
        """The moment as this shop sees it: it does not go on once the shop has ended."""
        return now if self.ends is None else min(now, self.ends)

    def resolve_connection(
        self, connection_name: str, data: str | Path | None = None
    ) -> Connection:
        """Fill in a connection's placeholders.

        Args:
            connection_name: one of `connections`.
            data: what `${DATA}` stands for.

        Raises:
            SettingMissing: a variable the connection needs is not set.
            SourceInvalid: with its values filled in the connection makes no sense.
        """
        where = self.connection_label(connection_name)
        return _checked_connection(_filled(self.connections[connection_name], where, data), where)

    def connection_label(self, connection_name: str) -> str:
        """How messages refer to a connection: its file and name."""
        return f"{self.folder / 'source.yaml'}, connection {connection_name}"


def load_source(settings: Settings, name: str) -> Source:
    """Read and check a source's folder, without opening any of its connections.

    Raises:
        SourceInvalid: the folder, its `source.yaml` or a mapping is missing or wrong; the message
            names file, place and what was expected there.
    """
    folder = settings.sources_dir / name
    described = folder / "source.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not described.is_file():
        known = sorted(path.parent.name for path in settings.sources_dir.glob("*/source.yaml"))
        raise SourceInvalid(
            f"there is no source {word(name)!r}: expected a folder of that name with a source.yaml "
            f"in {settings.sources_dir}; connected are {', '.join(known) or 'none'}"
        )
    text = _with_current_keys(_read(described), described)
    _expect_keys(text, described, {"name", "description", "connections", "feeds"})
    if text["name"] != name:
        raise SourceInvalid(
            f"{described}: name: expected {name}, as its folder is called, got another; "
            f"correct the line, or rename the folder"
        )
    for connection_name, options in text["connections"].items():
        _expect_connection_name(connection_name, described)
        _checked_connection(options, f"{described}, connection {connection_name}")
    return Source(
        name=name,
        description=str(text["description"]),
        folder=folder,
        connections=text["connections"],
        feeds={feed: _mapping(described, feed, text) for feed in text["feeds"]},
        history=_history(described, text.get("history")),
        ends=_ends(described, text.get("ends")),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_yaml(path)
    except ValueError as failure:
        wrong = str(failure)
    else:
        if isinstance(content, dict):
            return content
        raise SourceInvalid(
            f"{path}: expected name, description, connections and feeds, got no mapping; see the "
            f"files of the sources that are there"
        )
    raise SourceInvalid(f"{path} is not readable as YAML: {wrong}; correct it there")


def _with_current_keys(text: dict[str, Any], path: Path) -> dict[str, Any]:
    """Read `doors:` and `door:`, the former names, as `connections:` and `connection:`.

    Both are still accepted for one release.
    """
    feeds = text.get("feeds")
    entries = [*feeds.values()] if isinstance(feeds, dict) else []
    _refuse_both_names([text], "doors", "connections", path)
    _refuse_both_names(entries, "door", "connection", path)
    renamed = _renamed(text, "doors", "connections")
    if isinstance(feeds, dict):
        renamed["feeds"] = {
            feed: _renamed(entry, "door", "connection") if isinstance(entry, dict) else entry
            for feed, entry in feeds.items()
        }
    return renamed


def _refuse_both_names(entries: list[Any], former: str, current: str, path: Path) -> None:
    used = {key for entry in entries if isinstance(entry, dict) for key in entry}
    if {former, current} <= used:
        raise SourceInvalid(
            f"{path}: expected `{current}:`, got `{former}:` too, which is its former name; write "
            f"`{current}:` everywhere and remove `{former}:`"
        )
    if former in used:
        _warn_of_former_name(path, former, current)


@cache
def _warn_of_former_name(path: Path, former: str, current: str) -> None:
    """Warn once per process and file; a source is loaded many times."""
    message = "%s: `%s:` is now called `%s:`; rename it, the next release refuses the former name"
    logger.warning(message, path, former, current)


def _renamed(entry: dict[str, Any], former: str, current: str) -> dict[str, Any]:
    return {current if key == former else key: value for key, value in entry.items()}


def _expect_keys(text: dict[str, Any], path: Path, keys: set[str]) -> None:
    found = set(text) - {"history", "ends"}
    if found != keys:
        raise SourceInvalid(
            f"{path}: expected {', '.join(sorted(keys))} and perhaps history and ends; missing: "
            f"{words(keys - found)}; unknown: {words(found - keys)}. Correct these entries"
        )
    for key in ("connections", "feeds"):
        if not isinstance(text[key], dict) or not text[key]:
            raise SourceInvalid(
                f"{path}: expected entries under `{key}:`, got {type(text[key]).__name__}; "
                f"begin with a name, a colon and what belongs to it"
            )


def _expect_connection_name(name: object, path: Path) -> None:
    if not isinstance(name, str) or not re.fullmatch(IDENTIFIER, name):
        raise SourceInvalid(
            f"{path}: connections: expected names like database or shop_api, of up to 40 letters, "
            f"digits and _, got {word(name)}; give the connection such a name"
        )


def _history(path: Path, span: object) -> Window | None:
    if span is None:
        return None
    if not isinstance(span, dict) or set(span) != {"from", "until"}:
        raise SourceInvalid(
            f"{path}: history: expected `{{from: …, until: …}}` with two dates or moments, "
            f"got something else; correct the line"
        )
    start, end = (_moment(path, f"history.{key}", span[key]) for key in ("from", "until"))
    try:
        return Window(start, end)
    except ValueError as failure:
        # Its text is ours, and the two moments in them were read as such.
        raise SourceInvalid(f"{path}: history: {failure}; correct one of the two") from None


def _ends(path: Path, moment: object) -> datetime | None:
    return None if moment is None else _moment(path, "ends", moment)


def _moment(path: Path, key: str, value: object) -> datetime:
    try:
        return moment_of(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        # Not chained: it repeats the value, which may be a password in the wrong line.
        raise SourceInvalid(
            f"{path}: {key}: expected a date like 2026-11-23 or a moment like 2026-11-23T06:00Z, "
            f"got neither; correct the line"
        ) from None


def _checked_connection(options: object, where: str) -> Connection:
    try:
        return _CONNECTION.validate_python(options)
    except ValidationError as failure:
        wrong = _problems(failure)
    # Not chained: pydantic keeps the values, and one of them may be a password.
    raise SourceInvalid(f"{where}: {wrong}; correct it there")


def _problems(failure: ValidationError) -> str:
    return "; ".join(map(_problem, failure.errors(include_input=False, include_url=False)))


def _problem(problem: ErrorDetails) -> str:
    # Neither values nor names that are no words: one of them may be a password.
    place = ".".join(str(part) if isinstance(part, int) else word(part) for part in problem["loc"])
    message = problem["msg"]
    if problem["type"] == "union_tag_invalid":
        message = "expected {discriminator} to be one of {expected_tags}".format(**problem["ctx"])
    return f"{place or 'entry'}: {message}"


def _mapping(described: Path, feed: object, text: dict[str, Any]) -> FeedMapping:
    if not isinstance(feed, str) or feed not in all_feeds():
        raise SourceInvalid(
            f"{described}, feed {word(feed)}: the registry has {', '.join(all_feeds())}; "
            f"take one of these names"
        )
    where = f"{described}, feed {feed}"
    entry = text["feeds"][feed]
    _expect_entry(entry, text["connections"], where)
    path = described.parent / entry["mapping"]
    return FeedMapping(
        feed=feed,
        connection=entry["connection"],
        sql=_read_query(path, where),
        path=path,
        max_rows=entry.get("max_rows"),
        snapshots=entry.get("snapshots", True),
        has_past="past" not in entry
        and not _shows_present_only(text["connections"][entry["connection"]]),
    )


def _expect_entry(entry: object, connections: Mapping[str, object], where: str) -> None:
    """Refuse what is wrong under a feed; what stands there is not shown, it may be a password."""
    if not isinstance(entry, dict) or set(entry) - _OPTIONAL != {"connection", "mapping"}:
        got = words(entry) if isinstance(entry, dict) else "no such entries"
        raise SourceInvalid(
            f"{where}: expected connection, mapping and perhaps {', '.join(sorted(_OPTIONAL))}, "
            f"got {got}; correct these entries"
        )
    rows, mapping = entry.get("max_rows"), entry["mapping"]
    wrong = {
        f"connection: expected one of {', '.join(connections)}": entry["connection"]
        not in [*connections],
        "mapping: expected the name of a file next to source.yaml, like orders.sql": not (
            isinstance(mapping, str) and _MAPPING_FILE.fullmatch(mapping)
        ),
        "max_rows: expected a number above 0": rows is not None
        and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 1),
        "snapshots: expected true or false": not isinstance(entry.get("snapshots", True), bool),
        "past: expected none, or the line left out": entry.get("past", "none") != "none",
    }
    for expected, is_wrong in wrong.items():
        if is_wrong:
            raise SourceInvalid(f"{where}: {expected}, got something else; correct the line")


def _shows_present_only(connection: Mapping[str, Any]) -> bool:
    return connection["kind"] == "web_pages" and connection.get("archive") is None


def _read_query(path: Path, where: str) -> str:
    if not path.is_file():
        raise SourceInvalid(
            f"{where}: expected a mapping query in {path}, which does not exist; "
            f"write it, or correct `mapping:`"
        )
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as failure:
        raise SourceInvalid(
            f"{where}: {path} cannot be read ({type(failure).__name__}); save it as UTF-8, and "
            f"let this program read it"
        ) from None
    # A comment may contain `:window_start` too; only the query's own are to be bound.
    query = "\n".join(line for line in lines if not line.lstrip().startswith("--")).strip()
    if not query:
        raise SourceInvalid(f"{where}: {path} contains no query; write one that gives our columns")
    return query.removesuffix(";")


def _filled(value: object, where: str, data: str | Path | None) -> object:
    if isinstance(value, dict):
        return {key: _filled(at, f"{where}, {word(key)}", data) for key, at in value.items()}
    if isinstance(value, list):
        return [_filled(entry, where, data) for entry in value]
    if not isinstance(value, str):
        return value
    if "${DATA}" in value:
        if data is None:
            raise SettingMissing(f"{where} needs the data's path; give it with --data PATH")
        value = value.replace("${DATA}", str(data))
    value = expand_variables(value, where)
    if "\0" in value or not _is_unicode(value):
        raise SourceInvalid(
            f"{where}: a value contains a NUL, or bytes that are not UTF-8; "
            f"correct it there, or the environment variable it is made of"
        )
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
