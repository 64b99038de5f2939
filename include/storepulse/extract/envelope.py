"""What an answer says of itself, around its records: that more follows, or that it is not whole.

APIs announce a further page in a dozen ways. Whoever follows one of them and is blind to the others
takes a part for the whole, so every field around the records counts, and every `X-` header, by its
name without case and underscores: `has_more`, `links.next`, `nextPageToken`, `X-WP-TotalPages`. A
record's own fields are data; a field called `next` in there says nothing of pages.
"""

import re
from collections.abc import Iterator, Mapping

from storepulse.extract.raw_answers import FIELD

_PREFIX = re.compile(r"^(odata|xwp|xpagination|x)(?=[a-z]{4})")
_MORE = re.compile(
    r"has(more|next)[a-z]*|more(pages?|results|records|items|rows|data)?(available)?|(is)?truncated"
)
_LAST = re.compile(r"(is)?(last|final|done|complete|finished)(page|chunk)?")
_INCOMPLETE = re.compile(r"(is)?(partial|incomplete)(results?)?|errors?")
_NEXT = re.compile(r"next(page|records|results|link|url|uri|href|path|no|num|number)*")
_NEXT_TOKEN = re.compile(r"next(page|records)?(cursor|token|offset|start|index|marker|key)(str)?")
_CURSOR = re.compile(
    r"(end|after)?cursor|(page|pagination|continuation|resumption)token|continuation|scrollid"
)
_PAGES = re.compile(r"pages|(total|num|numberof)pages|pages?(count|total)|lastpage")
_RECORDS = re.compile(
    r"total|count|numfound|recordcount|"
    r"(total|num|numberof)(count|records|items|results|rows|elements|hits)"
)
# Deeper than this lies no envelope.
_DEEPEST = 5


def fields_around(
    answer: object, records: str, headers: Mapping[str, str], ignored: frozenset[str]
) -> dict[str, object]:
    """List the fields of an answer that are not in its records.

    Args:
        answer: as parsed.
        records: where its records stand, dots between levels.
        headers: those beginning with `X-` are listed as `header X-…`.
        ignored: places to leave out.

    Returns:
        Dotted place to value. A list tells only whether it holds anything, but for a list of links
        with `rel`, whose `next` stands as if it were a field.
    """
    found: dict[str, object] = {
        f"header {name}": value for name, value in headers.items() if name.lower().startswith("x-")
    }
    found.update(_walk(answer, "", records, 0))
    return {place: value for place, value in found.items() if place not in ignored}


def sign_of_incompleteness(fields: Mapping[str, object]) -> str | None:
    """Say which field calls this answer partial or carries an error; None when none does."""
    for place, value in fields.items():
        if _INCOMPLETE.fullmatch(_name(place)) and not _is_nothing(value):
            return _told(place, value)
    return None


def sign_of_more(
    fields: Mapping[str, object], *, sent: frozenset[str], pages: int, records: int
) -> str | None:
    """Say which field of a last answer announces more than was read; None when none does.

    Args:
        fields: of `fields_around`.
        sent: the request's own values: a cursor that is one of them is an echo.
        pages: how many were read.
        records: how many they gave.
    """
    flags, links, tokens, ends = (
        _called(fields, pattern) for pattern in (_MORE, _NEXT, _NEXT_TOKEN, _LAST)
    )
    ends = {at: str(value).lower() for at, value in ends.items()}
    cursors = _called(fields, _CURSOR)
    signs = {**flags, **links, **{at: False for at, said in ends.items() if said == "false"}}
    # Some give a cursor with the last page too, to go on from another day, and say that it is last.
    if not (any(map(_is_nothing, flags.values())) or "true" in ends.values()):
        signs |= tokens
        if not any(map(_is_nothing, [*links.values(), *tokens.values()])):
            signs |= {at: value for at, value in cursors.items() if str(value) not in sent}
    for at, value in signs.items():
        if at in ends or not _is_nothing(value):
            return _told(at, value)
    for pattern, read in ((_PAGES, pages), (_RECORDS, records)):
        for at, value in _called(fields, pattern).items():
            if _whole(at, value) > read:
                return _told(at, value)
    return None


def names_of(fields: Mapping[str, object], most: int = 20) -> str:
    """List the places of fields, for a message."""
    shown = [place for place in fields if not place.startswith("header ")]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return (", ".join(_place(place) for place in shown[:most]) or "none") + more


def _called(fields: Mapping[str, object], pattern: re.Pattern[str]) -> dict[str, object]:
    return {place: value for place, value in fields.items() if pattern.fullmatch(_name(place))}


def _walk(value: object, place: str, records: str, depth: int) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    for key, entry in value.items():
        at = f"{place}.{key}" if place else str(key)
        if at == records:
            continue
        if isinstance(entry, list):
            yield at, bool(entry)
            yield from _links(entry, at)
        elif isinstance(entry, dict) and not _NEXT.fullmatch(_name(at)):
            yield from _walk(entry, at, records, depth + 1)
        elif isinstance(entry, dict):
            # `next: {href: …}` announces as much as `next: …` does.
            yield at, next((leaf for leaf in entry.values() if not _is_nothing(leaf)), None)
        else:
            yield at, entry


def _links(entries: list[object], place: str) -> Iterator[tuple[str, object]]:
    for entry in entries:
        if isinstance(entry, dict) and str(entry.get("rel", "")).lower() == "next":
            yield f"{place}.next", entry.get("href", True)


def _name(place: str) -> str:
    key = place.removeprefix("header ").rpartition(".")[2]
    return _PREFIX.sub("", re.sub(r"[^a-z]", "", key.lower()))


def _is_nothing(value: object) -> bool:
    """Tell whether a value is what an API writes for no next page: some end with a cursor of 0."""
    return str(value).strip().lower() in {"", "none", "null", "false", "no", "0", "-1", "{}", "[]"}


def _whole(place: str, value: object) -> int:
    """Give a count; 0 for what is none. A text is one in headers only: else it may be money."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    is_header = place.startswith("header ") and isinstance(value, str)
    return int(str(value)) if is_header and re.fullmatch(r"\d{1,15}", str(value)) else 0


def _told(place: str, value: object) -> str:
    # A text may be a token or a customer's.
    said = str(value).lower() if isinstance(value, bool | int) else "…"
    return f"{_place(place)} = {said}"


def _place(place: str) -> str:
    keys = place.removeprefix("header ").split(".")
    is_plain = all(FIELD.fullmatch(key) or re.fullmatch(r"@[A-Za-z.]{1,40}", key) for key in keys)
    return place if is_plain else "a field"
