"""Connections to a shop's data: what may stand under `connections:` in a `source.yaml`.

One class per kind. An unknown key, a missing one or a value of the wrong type is refused when the
source is loaded, not when the nightly run first needs it.
"""

import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

# Names of connections and tables: they stand in messages and queries.
IDENTIFIER = r"[A-Za-z_]\w{0,39}"
_LONGEST_WAIT_SECONDS = 86_400.0


def _span(value: object) -> object:
    """Read `6h` or `1d` as a length of time; anything else is left for pydantic to refuse."""
    match = re.fullmatch(r"([1-9]\d{0,3})(h|d)", str(value))
    if match is None:
        return value
    return timedelta(hours=int(match[1]) * (24 if match[2] == "d" else 1))


def _on_this_host(path: str) -> str:
    if not path.startswith("/"):
        # `https://shop.example` and `.elsewhere.example` make another host, which gets our token.
        raise ValueError("must begin with a slash")
    return path


HostPath = Annotated[str, AfterValidator(_on_this_host)]


def _path_below_root(path: str) -> str:
    parts = Path(path).parts
    if Path(path).is_absolute() or ".." in parts:
        raise ValueError("must lie below the connection's root")
    if not parts or any("**" in part and part != "**" for part in parts):
        raise ValueError("must name files, and ** may only stand for whole folders, as in **/*.csv")
    return path


def _of_text(encoding: str) -> str:
    # Not an empty text: for that Python looks up no encoding.
    with suppress(LookupError, ValueError):
        "a".encode(encoding)
        return encoding
    raise ValueError("is not a known encoding; expected one like utf-8 or latin-1")


def _zone_read(url: str) -> str:
    """Read `[fe80::1%25eth0]`, as addresses write an interface, as `[fe80::1%eth0]`."""
    return re.sub(r"(\[[0-9A-Fa-f:.]+%)25([\w.-]+\])", r"\1\2", url, count=1)


TableName = Annotated[str, StringConstraints(pattern=f"^{IDENTIFIER}$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Encoding = Annotated[str, AfterValidator(_of_text)]
HostUrl = Annotated[str, AfterValidator(_zone_read)]
Timeout = Annotated[float, Field(gt=0, le=_LONGEST_WAIT_SECONDS)]
Wait = Annotated[float, Field(ge=0, le=_LONGEST_WAIT_SECONDS)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Retry(_Entry):
    """How often a source that does not answer is asked again.

    Waits double from the first to the longest, with jitter; an answer's own `Retry-After` wins.
    The defaults ask five times within about half a minute: long enough for a restart behind a load
    balancer, short enough for the task's own retries to take over.
    """

    attempts: int = Field(default=5, ge=1)
    first_wait_seconds: Wait = 1.0
    longest_wait_seconds: Wait = 60.0


class SqlConnection(_Entry):
    """A database that SQLAlchemy can reach.

    Attributes:
        url: SQLAlchemy's form, `postgresql+psycopg://user:password@host/name` or `sqlite:///path`.
        timeout_seconds: longest wait for the next batch of rows.
        rows_per_fetch: rows held in memory at once.
    """

    kind: Literal["sql"]
    url: SecretStr
    timeout_seconds: Timeout = 300.0
    rows_per_fetch: int = Field(default=20_000, ge=1)
    retry: Retry = Retry()


class CompleteWhen(_Entry):
    """How to know that no file is missing: one of the two, for each hour or day the path names.

    Attributes:
        marker: a file that the sender writes last, below the root, such as `{date}/_SUCCESS`.
        parts: how many files there are, no fewer and no more.
    """

    marker: str | None = None
    parts: int | None = Field(default=None, ge=1)

    @field_validator("marker")
    @classmethod
    def _below_root(cls, marker: str | None) -> str | None:
        return marker and _path_below_root(marker)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.marker is None) == (self.parts is None):
            raise ValueError("give one of marker and parts")
        return self


class FileTable(_Entry):
    """Files that the mapping reads as one table.

    Attributes:
        path: glob below the root. `{date}` and `{hour}` stand for each UTC day and hour that the
            window touches, so that a window opens its own files only.
        columns: names to read, all as text; needed wherever the window may meet no file at all.
            Left out, CSV gives its header's names as text and Parquet its own names and types.
        optional: columns that JSON records may leave out altogether.
        file_name: name of a further column with each row's file, as a path below the root: for
            files whose name has what their rows lack, such as the day.
        complete_when: how to know that all files of a window are there; before that it does not
            land. Left out, what is there when the window lands is taken for all there is.
    """

    path: str
    format: Literal["csv", "jsonl", "parquet"]
    columns: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    file_name: str | None = None
    encoding: Encoding = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    complete_when: CompleteWhen | None = None

    @field_validator("path")
    @classmethod
    def _below_root(cls, path: str) -> str:
        return _path_below_root(path)

    @field_validator("columns")
    @classmethod
    def _known_beforehand(cls, columns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        path, kind = info.data.get("path", ""), info.data.get("format")
        if not columns and (kind == "jsonl" or "{date}" in path or "{hour}" in path):
            raise ValueError("list the columns: an hour without a file has none to read them from")
        return columns

    # Without this the check above would not see a list that was left out.
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True
    )


class FilesConnection(_Entry):
    """A folder of CSV, JSON-lines or Parquet files, gzipped or not."""

    kind: Literal["files"]
    root: Path
    tables: dict[TableName, FileTable] = Field(min_length=1)


class OnePage(_Entry):
    """Each answer is the whole: the API has no pages."""

    style: Literal["none"]


class PageNumbers(_Entry):
    """Pages asked for by number; each answer states how many there are.

    Attributes:
        parameter: query parameter that carries the number.
        pages: where in an answer the number of pages stands, dots between levels.
        total: where the number of records stands; when given, the records
            received are counted against it.
    """

    style: Literal["page_number"]
    parameter: str = "page"
    first: int = 1
    pages: str
    total: str | None = None


class NextLinks(_Entry):
    """Pages that each hold the address of the next; none or null on the last.

    Attributes:
        link: where in an answer the address stands, dots between levels.
        may_be_empty: whether a page may have no record and still name a next one, as where
            an API leaves records out after it cut them into pages.
    """

    style: Literal["next_link"]
    link: str
    may_be_empty: bool = False


Paging = Annotated[OnePage | PageNumbers | NextLinks, Field(discriminator="style")]


class ApiTable(_Entry):
    """One collection of an API that the mapping reads as a table `(record, fetched_at, page)`.

    Attributes:
        parameters: query parameters; `{window_start}` and `{window_end}` are replaced.
        records: where in an answer the list of records stands, dots between levels.
        paging: how the API cuts what it has into pages; `none` where it does not.
        not_next: fields of an answer, or of its records, that look as if they announced a further
            page, or more records, but mean something else; dots between levels, and for a header
            its name behind `header`: `meta.total`, `orders.lines.has_more`, `header X-Total`.
        max_pages: more than this is taken for a fault of the API, which could otherwise be read
            forever.
    """

    path: HostPath
    parameters: dict[str, str | int] = {}
    records: str
    paging: Paging = Field(default=None, validate_default=True)
    not_next: tuple[str, ...] = ()
    max_pages: int = Field(default=10_000, ge=1)

    @field_validator("paging", mode="before")
    @classmethod
    def _given(cls, paging: object) -> object:
        if paging is None:
            raise ValueError(
                "state how the API pages: `none` (an answer is the whole), "
                "{style: page_number, pages: …} or {style: next_link, link: …}"
            )
        return {"style": "none"} if paging == "none" else paging


class HttpApiConnection(_Entry):
    """A JSON API.

    Attributes:
        headers: sent with every request; tokens go here and are never shown.
        time_format: how the API wants the window's bounds, in UTC.
        timeout_seconds: longest time one answer may take, from the first byte asked to the last.
    """

    kind: Literal["http_api"]
    url: HostUrl
    headers: dict[HeaderName, SecretStr] = {}
    time_format: str = "%Y-%m-%dT%H:%M:%SZ"
    timeout_seconds: Timeout = 30.0
    retry: Retry = Retry()
    tables: dict[TableName, ApiTable] = Field(min_length=1)


class Archive(_Entry):
    """A host that also shows its pages as they were.

    Attributes:
        parameter: query parameter that names the moment.
        every: a window takes one capture, its last moment, out of each span of this length.
    """

    parameter: str
    every: Annotated[timedelta, BeforeValidator(_span)]


class WebPagesConnection(_Entry):
    """Public shop pages that state their products as schema.org JSON-LD.

    Attributes:
        start: paths of the first pages; `rel=next` is followed from each.
        user_agent: the name we visit under; a site's robots.txt is read under this name.
        crawl_delay_seconds: least time between two requests; a longer one in robots.txt wins.
        max_pages: pages read per capture at most, so that a site's endless calendar does not
            keep us forever.
    """

    kind: Literal["web_pages"]
    url: HostUrl
    start: tuple[HostPath, ...] = Field(min_length=1)
    archive: Archive | None = None
    user_agent: str = "storepulse (price observer)"
    crawl_delay_seconds: Wait = 0.0
    max_pages: int = Field(default=500, ge=1)
    time_format: str = "%Y-%m-%dT%H:%M:%SZ"
    timeout_seconds: Timeout = 30.0
    retry: Retry = Retry()


Connection = Annotated[
    SqlConnection | FilesConnection | HttpApiConnection | WebPagesConnection,
    Field(discriminator="kind"),
]
