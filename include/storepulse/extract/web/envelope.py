"""What an answer states about itself, around its records: that more follows, or is missing.

APIs announce a further page in a dozen ways. Whoever follows one of them and ignores the others
takes a part for the whole, so every field around the records counts, and every header, by its
name: `has_more`, `links.next`, `nextPageToken`, `X-WP-TotalPages`. A record's own fields are data;
a field called `next` in there has nothing to do with pages.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from storepulse.extract.web.envelope_names import COUNTS, Kind, kinds_of, letters_of
from storepulse.extract.web.raw_answers import FIELD

# Deeper than this lies no envelope.
_DEEPEST = 5
_NOTHING = frozenset(
    {"", "none", "null", "undefined", "false", "no", "0", "-1", "nomore", "{}", "[]"}
)
_NO = _NOTHING | {"n", "f", "off"}
_YES = frozenset({"true", "yes", "y", "1"})
_FINE = re.compile(r"0+|200|ok|success")


@dataclass(frozen=True)
class Field:
    """A field around the records.

    Attributes:
        place: dotted from the answer on, or `header NAME`.
        holder: place of the object it stands in; the same for all headers.
        value: as parsed; of a list only whether it has entries, of an object that is a link,
            token or error its first value.
        meant: the name to read it by, where its own would mean something else.
    """

    place: str
    holder: str
    value: object
    meant: str = ""

    @property
    def name(self) -> str:
        """The last key's letters."""
        return self.meant or letters_of(self.key)

    @property
    def key(self) -> str:
        """Its name in its object; a key may contain dots itself."""
        return self.place[len(self.holder) + 1 :] if self.holder else self.place

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it may mean for the answer."""
        return kinds_of(self.name, letters_of(self.holder.rpartition(".")[2]))

    @property
    def count(self) -> int:
        """How many it states, as a number or as digits; 0 when it is no number."""
        return whole_number(self.value) or 0

    def described(self) -> str:
        """Place and value, for a message; a text is not shown, it may be a token or a name."""
        text = str(self.value).lower()
        is_shown = isinstance(self.value, bool | int) or text in _NO | _YES
        is_count = self.count > 0 and bool(self.kinds & COUNTS)
        value = str(self.count) if is_count else text if is_shown and text else "…"
        return f"{_shown(self.place)} = {value}"


def whole_number(value: object) -> int | None:
    """Read a whole number, or a text of at most 15 digits; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    is_digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value.strip())
    return int(str(value)) if is_digits else None


def fields_around(
    answer: object, records: str, headers: Mapping[str, str], ignored: Collection[str]
) -> list[Field]:
    """List the fields of an answer that are not in its records, those of its headers first.

    Args:
        answer: as parsed.
        records: where its records stand, dots between levels.
        headers: `Link` is left out, because it holds an address.
        ignored: places to leave out; headers in any case.
    """
    fields = [*_of_headers(headers), *fields_within(answer, "", records)]
    return [field for field in fields if not is_left_out(field.place, ignored)]


def is_left_out(place: str, ignored: Collection[str]) -> bool:
    """Whether a place is among those to leave out; headers have no case."""
    if not place.startswith("header "):
        return place in ignored
    return place.lower() in {listed.lower() for listed in ignored}


def fields_within(value: object, place: str, records: str = "", depth: int = 0) -> Iterator[Field]:
    """Give the fields of an object at a place and of the objects in it, without its records."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    for key, entry in value.items():
        at = f"{place}.{key}" if place else str(key)
        if at == records:
            continue
        if isinstance(entry, dict) and _is_its_value(entry):
            yield Field(at, place, entry["value"])
        elif isinstance(entry, dict):
            within = list(fields_within(entry, at, records, depth + 1))
            yield from [*within, *_of_object(Field(at, place, None), within)]
        elif isinstance(entry, list):
            yield Field(at, place, bool(entry))
            yield from _links(entry, at)
        else:
            yield Field(at, place, entry)


def _is_its_value(entry: Mapping[str, object]) -> bool:
    """Whether an object is another way to write a value: `total: {value: 120, relation: eq}`.

    An amount of money is not; it may have the name of a count.
    """
    return isinstance(entry.get("value"), str | int) and not any("urrency" in key for key in entry)


def sign_of_incompleteness(fields: Sequence[Field]) -> str | None:
    """Find the field that calls this answer partial or carries an error; None when none does."""
    for field in fields:
        if Kind.INCOMPLETE in field.kinds and not _is_nothing(field.value):
            return field.described()
        stated = letters_of(str(field.value))
        is_status = not field.holder and field.name in {"status", "state"}
        if is_status and Kind.INCOMPLETE in kinds_of(stated):
            return f"{field.place} = {stated}"
    return None


def sign_of_more(
    fields: Sequence[Field],
    counts: Sequence[Field],
    *,
    sent: Mapping[str, str],
    pages: int,
    records: int,
) -> str | None:
    """Find the field of a last answer that announces more than was read; None when none does.

    Args:
        fields: of `fields_around`.
        counts: those that count pages or records, of earlier answers as well.
        sent: the request's own parameters: a token that is one of them is an echo.
        pages: how many were read.
        records: how many they gave.
    """
    for _, of_one_object in groupby(sorted(fields, key=_holder), key=_holder):
        siblings = list(of_one_object)
        sign = next(chain(filter(announces, siblings), tokens(siblings, sent)), None)
        if sign is not None:
            return sign.described()
    more = (field for field in counts if _counts_more(field, pages, records))
    return next((field.described() for field in more), None)


def counting(fields: Sequence[Field]) -> dict[str, Field]:
    """The fields that state how many pages or records there are, by their place."""
    return {field.place: field for field in fields if field.kinds & COUNTS and field.count > 0}


def is_about_paging(field: Field) -> bool:
    """Whether a field is about pages or records at all, even if it states that these are all."""
    return bool(field.kinds - {Kind.INCOMPLETE})


def names_of(fields: Sequence[Field], most: int = 20) -> str:
    """List the places of fields, for a message."""
    shown = [field.place for field in fields if not field.place.startswith("header ")]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return (", ".join(_shown(place) for place in shown[:most]) or "none") + more


def _holder(field: Field) -> str:
    return field.holder


def announces(field: Field) -> bool:
    """Whether a field states by itself that more follows."""
    if Kind.FLAG in field.kinds and not _is_no(field.value):
        return True
    if Kind.LINK in field.kinds and not _is_nothing(field.value):
        return True
    return Kind.END in field.kinds and _is_end(field) is False


def tokens(siblings: Sequence[Field], sent: Mapping[str, str]) -> Iterator[Field]:
    """Yield the tokens among the fields of one object that lead to a further page."""
    # Some give a cursor with the last page too, to go on from another day, and mark it as last.
    # Only what stands next to a token is about it.
    if any(
        (Kind.FLAG in field.kinds and _is_no(field.value)) or _is_end(field) for field in siblings
    ):
        return
    tokens = [field for field in siblings if Kind.TOKEN in field.kinds]
    following = [field for field in siblings if field.kinds & {Kind.LINK, Kind.TOKEN}]
    if not any(_is_nothing(field.value) for field in following):
        tokens += [field for field in siblings if Kind.CURSOR in field.kinds or _is_offset(field)]
    for field in tokens:
        if not _is_nothing(field.value) and not _is_echo(field, sent):
            yield field


def _is_offset(field: Field) -> bool:
    """Whether a field is called an offset and contains a token, not a place or a time zone."""
    is_token = re.search(r"[A-Za-z].{6,}", str(field.value))
    return field.name == "offset" and isinstance(field.value, str) and is_token is not None


def _is_echo(field: Field, sent: Mapping[str, str]) -> bool:
    """Whether a token is what was sent; a number may be equal by chance."""
    text = str(field.value)
    return any(
        value == text and (not text.isdigit() or letters_of(name) == field.name)
        for name, value in sent.items()
    )


def _is_end(field: Field) -> bool | None:
    """Whether a field states that this is the end; None when it states neither."""
    if Kind.END not in field.kinds:
        return None
    value = str(field.value).lower()
    # `last: 0` is a place in a list, `is_last: 0` an answer.
    is_question = field.name.startswith(("is", "eof"))
    if value in {"true", "yes", "y"} or (is_question and value == "1"):
        return True
    return False if value in {"false", "no", "n"} or (is_question and value == "0") else None


def _counts_more(field: Field, pages: int, records: int) -> bool:
    return (
        (Kind.PAGES in field.kinds and field.count > pages)
        or (Kind.RECORDS in field.kinds and field.count > records)
        or (Kind.PAGES_OR_RECORDS in field.kinds and pages < field.count < records)
    )


def _of_object(field: Field, within: Sequence[Field]) -> Iterator[Field]:
    """Yield an object as a field of its own, when its name means something."""
    is_open = not any(inner.kinds & {Kind.FLAG, Kind.END} for inner in within)
    if is_open and field.kinds & {Kind.LINK, Kind.TOKEN, Kind.CURSOR}:
        # `next: {href: …}` announces as much as `next: …` does.
        leaf = next((inner.value for inner in within if not _is_nothing(inner.value)), None)
        yield Field(field.place, field.holder, leaf)
    elif Kind.INCOMPLETE in field.kinds:
        yield Field(field.place, field.holder, _is_failure(within))


def _is_failure(within: Sequence[Field]) -> bool:
    """Whether an object called `error` carries one; some always stand there, with code 0."""
    if any(
        inner.name.endswith(("code", "errno", "status"))
        and _FINE.fullmatch(str(inner.value).lower())
        for inner in within
    ):
        return False
    return not all(_is_nothing(inner.value) for inner in within)


def _of_headers(headers: Mapping[str, str]) -> Iterator[Field]:
    for name, value in headers.items():
        place = f"header {name.lower()}"
        if name.lower() == "content-range":
            yield from _of_range(place, value)
        elif value.startswith("{"):
            yield from fields_within(_object_in(value), place)
        elif name.lower() != "link":
            yield Field(place, "header", value)


def _object_in(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _of_range(place: str, value: str) -> Iterator[Field]:
    """Read `Content-Range: orders 0-99/120`; bytes are of this one answer, all else of records."""
    match = re.fullmatch(r"([\w-]+)?[\s=]*(?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15})", value.strip())
    if match is None:
        return
    unit, first, last, total = match[1], int(match[2] or 0), int(match[3] or 0), int(match[4])
    if unit != "bytes":
        yield Field(f"{place}.total", place, total)
    elif last - first + 1 < total:
        yield Field(f"{place}.is_partial", place, True)


def _links(entries: list[object], place: str) -> Iterator[Field]:
    for entry in entries:
        if isinstance(entry, dict) and str(entry.get("rel", "")).lower() == "next":
            yield Field(f"{place}.next", place, entry.get("href", True))


def _is_nothing(value: object) -> bool:
    """Whether a value is what an API writes for no next page: some end with a cursor of 0."""
    return str(value).strip().lower() in _NOTHING


def _is_no(value: object) -> bool:
    """Whether the value of a flag is one of the ways to write no."""
    return str(value).strip().lower() in _NO


def _shown(place: str) -> str:
    keys = place.removeprefix("header ").split(".")
    is_plain = all(
        FIELD.fullmatch(key) or re.fullmatch(r"@[A-Za-z.]{1,40}|[A-Za-z_][\w-]{0,39}@odata", key)
        for key in keys
    )
    return place if is_plain else "a field"
