"""Lists within records that the API cut short: the first ten lines of an order that has thirty.

A record's own fields are its data, and `next` or `total` in there may mean anything. So a field
counts when it stands in an object that is made to contain a list, carries the list's name, or can
mean nothing else.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from storepulse.extract.web.envelope import Field, announces, fields_within, tokens
from storepulse.extract.web.envelope_names import THINGS, Kind, kinds_of, letters_of

# Names of a list that was cut into pages, and of request parameters repeated next to one.
_PAGED_LIST = re.compile(r"data|nodes|edges|hits|results|records|entries|values|elements")
_ASKED = re.compile(r"maxresults|perpage|pagesize|startat|startindex|offset")
_OF_PAGES = re.compile(r"pageinfo|paging|pagination|cursors?")
_AROUND_A_LIST = re.compile(r"(response|result|list)?meta(data)?|links|page")
_UNMISTAKABLE = re.compile(rf"has(any)?(more|next)(pages?|{THINGS})?")
# `next_lines` and `more_images` are data: the lines that follow, further images.
_AMBIGUOUS = frozenset({"next", "more"})
# A list's name of two letters stands in too many others to conclude that a field is about it.
_SHORTEST_NAME = 3


def sign_of_a_cut_list(
    records: Sequence[object], place: str, ignored: Collection[str]
) -> str | None:
    """Find the field within a record that announces more of a list; None when none does.

    Args:
        records: as parsed.
        place: where they stand in the answer.
        ignored: places to pass over, such as `orders.lines.has_more`.
    """
    # Not by recursion: a record may be nested deeper than Python calls.
    waiting: list[tuple[object, str, bool]] = [(record, place, True) for record in records]
    while waiting:
        value, at, is_record = waiting.pop()
        if isinstance(value, list):
            waiting += [(entry, at, True) for entry in value if isinstance(entry, dict | list)]
        elif isinstance(value, dict):
            inner = {k: entry for k, entry in value.items() if isinstance(entry, dict | list)}
            waiting += [(entry, f"{at}.{key}", False) for key, entry in inner.items()]
            lists = {letters_of(k): entry for k, entry in inner.items() if isinstance(entry, list)}
            for field in _signs(value, at, lists, is_record=is_record) if lists else ():
                if field.place not in ignored:
                    return field.described()
    return None


def _signs(
    value: Mapping[str, object], at: str, lists: Mapping[str, list[object]], *, is_record: bool
) -> Iterator[Field]:
    """Yield the fields of an object that announce more of a list in it."""
    called = tuple(lists)
    for key, entry in value.items():
        if about := _about_a_list(key, called):
            yield from _announcing(_described(f"{at}.{key}", at, entry, about))
    if not is_record:
        yield from _next_to_a_list(value, at, lists)


def _next_to_a_list(
    value: Mapping[str, object], at: str, lists: Mapping[str, list[object]]
) -> Iterator[Field]:
    """Yield the fields next to a list, in an object that is made for it or seems to be."""
    was_asked = any(_ASKED.fullmatch(letters_of(key)) for key in value)
    is_page = was_asked or any(map(_PAGED_LIST.fullmatch, lists))
    around = {key: entry for key, entry in value.items() if not isinstance(entry, list)}
    siblings = [field for field in fields_within(around, at) if field.holder == at]
    for field in _announcing(siblings):
        if is_page or _UNMISTAKABLE.fullmatch(field.name) or Kind.TOKEN in field.kinds:
            yield field
    for key, entry in around.items() if is_page else ():
        if _AROUND_A_LIST.fullmatch(letters_of(key)):
            yield from _announcing([*fields_within(entry, f"{at}.{key}")])
    if is_page and len(lists) == 1:
        yield from _totals(siblings, *lists.items(), was_asked=was_asked)


@lru_cache(maxsize=8192)
def _about_a_list(key: str, lists: tuple[str, ...]) -> str:
    """What a field states about a list next to it: `hasmore`, of `has_more_lines`; else nothing."""
    name = letters_of(key)
    if _OF_PAGES.fullmatch(name):
        return name
    for called in lists:
        if len(called) >= _SHORTEST_NAME and called in name and name != called:
            rest = letters_of(name.replace(called, "", 1))
            is_plain = rest not in _AMBIGUOUS and Kind.END not in kinds_of(rest)
            return rest if is_plain and (kinds_of(rest) or _OF_PAGES.fullmatch(rest)) else ""
    return ""


def _described(place: str, holder: str, entry: object, about: str) -> list[Field]:
    if _OF_PAGES.fullmatch(about):
        return list(fields_within(entry, place))
    return [] if isinstance(entry, dict | list) else [Field(place, holder, entry, about)]


def _announcing(siblings: Sequence[Field]) -> Iterator[Field]:
    yield from filter(announces, siblings)
    # A bare cursor may be where this list begins.
    yield from (field for field in tokens(siblings, {}) if Kind.TOKEN in field.kinds)


def _totals(
    siblings: Sequence[Field], only: tuple[str, list[object]], *, was_asked: bool
) -> Iterator[Field]:
    """Yield totals above the list's length; without other signs of pages they may be money."""
    called, entries = only
    for field in siblings:
        is_sure = was_asked or called == "hits" or field.name == "totalcount"
        is_total = Kind.RECORDS in field.kinds and "total" in field.name
        if is_total and is_sure and field.count > len(entries):
            yield field
