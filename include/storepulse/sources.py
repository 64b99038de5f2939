"""A connected shop: a folder with `source.yaml` and one mapping SQL per feed.

    include/sources/<name>/source.yaml     which doors the shop has, which feed comes through which
                          <feed>.sql       our columns, out of the shop's own tables or files

`source.yaml` may say `${NAME}` for what differs from machine to machine (addresses, tokens); a
value is looked up when its door is opened, so that one feed can be landed without the tokens of
another. `${DATA}` is the path given on the command line with `--data`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from storepulse.doors import Door
from storepulse.errors import SettingMissing, SourceInvalid
from storepulse.feeds import all_feeds
from storepulse.settings import Settings, expand_variables
from storepulse.windows import Window, moment_of

# What an entry under `feeds:` may say besides its door and mapping.
_OPTIONAL = {"max_rows", "past", "snapshots"}
_DOOR: TypeAdapter[Door] = TypeAdapter(Door)


@dataclass(frozen=True)
class FeedMapping:
    """How one feed is read from one shop.

    Attributes:
        door: name of the door it comes through.
        sql: a query giving our columns; `:window_start` and `:window_end` are UTC moments.
        path: where the query was read from, for messages.
        max_rows: a window with more rows is refused; None takes any number.
        snapshots: of a feed of snapshots, whether this shop brings all there is each time; false
            for prices that are seen one by one, of which no number is too few.
        has_past: a window that is over can still be asked for. False where the source only knows
            what is so now (`past: none`), and of pages without an archive.
    """

    feed: str
    door: str
    sql: str
    path: Path
    max_rows: int | None = None
    snapshots: bool = True
    has_past: bool = True


@dataclass(frozen=True)
class Source:
    """A connected shop, checked.

    Attributes:
        doors: each door's options as written, placeholders and all; `open_door` fills them in.
        history: what to land when nobody says which window; None where the source does not say.
        ends: nothing happens in this shop from then on, UTC: no scheduled run asks for it and
            nobody waits for it. None for a shop that goes on.
    """

    name: str
    description: str
    folder: Path
    doors: Mapping[str, Mapping[str, Any]]
    feeds: Mapping[str, FeedMapping]
    history: Window | None = None
    ends: datetime | None = None

    def mapping_of(self, feed_name: str) -> FeedMapping:
        """Look up how a feed is read.

        Raises:
            SourceInvalid: this shop does not bring that feed.
        """
        if feed_name not in self.feeds:
            raise SourceInvalid(
                f"source {self.name} brings {', '.join(self.feeds)}, not {feed_name!r}; "
                f"add it under `feeds:` in {self.folder / 'source.yaml'} with a mapping"
            )
        return self.feeds[feed_name]

    def as_of(self, now: datetime) -> datetime:
        """The moment by this shop's own clock, which stands still once it has ended."""
        return now if self.ends is None else min(now, self.ends)

    def open_door(self, door_name: str, data: str | Path | None = None) -> Door:
        """Fill in a door's placeholders.

        Args:
            door_name: one of `doors`.
            data: what `${DATA}` stands for.

        Raises:
            SettingMissing: a variable the door needs is not set.
            SourceInvalid: with its values filled in the door makes no sense.
        """
        where = f"{self.folder / 'source.yaml'}, door {door_name}"
        return _checked_door(_filled(self.doors[door_name], where, data), where)


def load_source(settings: Settings, name: str) -> Source:
    """Read and check a source's folder, without opening any of its doors.

    Raises:
        SourceInvalid: the folder, its `source.yaml` or a mapping is missing or wrong; the message
            names file, place and what was expected there.
    """
    folder = settings.sources_dir / name
    described = folder / "source.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not described.is_file():
        known = sorted(path.parent.name for path in settings.sources_dir.glob("*/source.yaml"))
        raise SourceInvalid(
            f"there is no source {name!r}: expected {described}; "
            f"connected are {', '.join(known) or 'none'}"
        )
    text = _read_yaml(described)
    _expect_keys(text, described, {"name", "description", "doors", "feeds"})
    if text["name"] != name:
        raise SourceInvalid(f"{described}: name is {text['name']!r}, expected {name!r}")
    for door_name, options in text["doors"].items():
        _checked_door(options, f"{described}, door {door_name}")
    return Source(
        name=name,
        description=str(text["description"]),
        folder=folder,
        doors=text["doors"],
        feeds={feed: _mapping(described, feed, text) for feed in text["feeds"]},
        history=_history(described, text.get("history")),
        ends=_ends(described, text.get("ends")),
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    wrong = None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        wrong = "save it as UTF-8"
    except yaml.YAMLError as failure:
        wrong = _without_line(failure)
    if wrong is not None:
        # Not chained: the parser prints the line at fault, which may hold a password.
        raise SourceInvalid(f"{path} is not readable as YAML: {wrong}")
    if not isinstance(content, dict):
        raise SourceInvalid(f"{path}: expected name, description, doors and feeds, got no mapping")
    return content


def _without_line(failure: yaml.YAMLError) -> str:
    mark = getattr(failure, "problem_mark", None)
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(failure, "problem", None) or "a character that YAML does not allow"
    # `found undefined alias 'sesame'`: a password that begins with an asterisk.
    return re.sub(r"'[^']{2,}'", "…", problem) + where


def _expect_keys(text: dict[str, Any], path: Path, keys: set[str]) -> None:
    found = set(text) - {"history", "ends"}
    if found != keys:
        raise SourceInvalid(
            f"{path}: expected {', '.join(sorted(keys))} and perhaps history and ends; missing: "
            f"{sorted(keys - found) or 'none'}, unknown: {sorted(found - keys) or 'none'}"
        )
    for key in ("doors", "feeds"):
        if not isinstance(text[key], dict) or not text[key]:
            raise SourceInvalid(
                f"{path}: expected entries under `{key}:`, got {type(text[key]).__name__}"
            )


def _history(path: Path, span: object) -> Window | None:
    if span is None:
        return None
    if not isinstance(span, dict) or set(span) != {"from", "until"}:
        raise SourceInvalid(f"{path}: history: expected `{{from: …, until: …}}`, got {span!r}")
    try:
        return Window.from_iso(str(span["from"]), str(span["until"]))
    except ValueError as failure:
        raise SourceInvalid(f"{path}: history: {failure}") from failure


def _ends(path: Path, moment: object) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment_of(str(moment))
    except ValueError as failure:
        raise SourceInvalid(
            f"{path}: ends: expected a moment like 2026-11-23T06:00Z, got {moment!r}"
        ) from failure


def _checked_door(options: object, where: str) -> Door:
    try:
        return _DOOR.validate_python(options)
    except ValidationError as failure:
        wrong = _told(failure)
    # Not chained: pydantic keeps the values, and one of them may be a password.
    raise SourceInvalid(f"{where}: {wrong}")


def _told(failure: ValidationError) -> str:
    # Values are left out: one of them may be a password.
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'entry'}: {problem['msg']}"
        for problem in failure.errors(include_input=False, include_url=False, include_context=False)
    )


def _mapping(described: Path, feed: str, text: dict[str, Any]) -> FeedMapping:
    where = f"{described}, feed {feed}"
    entry = text["feeds"][feed]
    if feed not in all_feeds():
        raise SourceInvalid(f"{where}: the registry holds {', '.join(all_feeds())}")
    if not isinstance(entry, dict) or set(entry) - _OPTIONAL != {"door", "mapping"}:
        raise SourceInvalid(
            f"{where}: expected door, mapping and perhaps {', '.join(sorted(_OPTIONAL))}, "
            f"got {entry!r}"
        )
    if entry["door"] not in text["doors"]:
        raise SourceInvalid(
            f"{where}: there is no door {entry['door']!r}; doors are {', '.join(text['doors'])}"
        )
    max_rows = entry.get("max_rows")
    if max_rows is not None and (not isinstance(max_rows, int) or max_rows < 1):
        raise SourceInvalid(f"{where}: max_rows: expected a number above 0, got {max_rows!r}")
    snapshots = entry.get("snapshots", True)
    if not isinstance(snapshots, bool):
        raise SourceInvalid(f"{where}: snapshots: expected true or false, got {snapshots!r}")
    if entry.get("past", "none") != "none":
        raise SourceInvalid(
            f"{where}: past: expected none, or the line left out, got {entry['past']!r}"
        )
    path = described.parent / Path(str(entry["mapping"])).name
    return FeedMapping(
        feed=feed,
        door=entry["door"],
        sql=_read_query(path, where),
        path=path,
        max_rows=max_rows,
        snapshots=snapshots,
        has_past="past" not in entry and not _shows_now_only(text["doors"][entry["door"]]),
    )


def _shows_now_only(door: Mapping[str, Any]) -> bool:
    return door["kind"] == "web_pages" and door.get("archive") is None


def _read_query(path: Path, where: str) -> str:
    if not path.is_file():
        raise SourceInvalid(f"{where}: expected a mapping query in {path}, which does not exist")
    # A comment may say `:window_start` too; only the query's own are to be bound.
    lines = path.read_text(encoding="utf-8").splitlines()
    query = "\n".join(line for line in lines if not line.lstrip().startswith("--")).strip()
    if not query:
        raise SourceInvalid(f"{where}: {path} holds no query")
    return query.removesuffix(";")


def _filled(value: object, where: str, data: str | Path | None) -> object:
    if isinstance(value, dict):
        return {key: _filled(entry, where, data) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, where, data) for entry in value]
    if not isinstance(value, str):
        return value
    if "${DATA}" in value:
        if data is None:
            raise SettingMissing(f"{where} wants the data's path; give it with --data PATH")
        value = value.replace("${DATA}", str(data))
    return expand_variables(value, where)
