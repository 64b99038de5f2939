"""What the names of fields around records mean, however an API spells them.

`total_pages`, `totalPages`, `X-WP-TotalPages` and `iTotalRecords` are read by their letters, and
what counts something by the words it is made of, in whatever order.
"""

import re
from enum import Enum, auto
from functools import lru_cache


class Kind(Enum):
    """What a field means for the answer it stands in."""

    FLAG = auto()
    END = auto()
    LINK = auto()
    TOKEN = auto()
    CURSOR = auto()
    PAGES = auto()
    RECORDS = auto()
    # `page: {total: 3}`: of pages, unless there are that many records.
    PAGES_OR_RECORDS = auto()
    INCOMPLETE = auto()


COUNTS = frozenset({Kind.PAGES, Kind.RECORDS, Kind.PAGES_OR_RECORDS})

_PREFIX = re.compile(r"^x?(?:odata|wp|ms|amz|pagination)?(?=[a-z]{4})")
# What a list may contain, where it has a general name.
THINGS = (
    r"(?:(?:record|item|result|row|element|hit|object|document)s?|docs?|data|"
    r"entry|entries|match|matches)"
)
_NUMBER_OF = r"(num(ber)?|nb)(of)?"
_PATTERNS = {
    Kind.FLAG: rf"has(more|next)[a-z]*|(is)?more(pages?|{THINGS})?(available)?|loadmore|"
    rf"(is|{THINGS})?truncated|exceeded(transfer)?limit|remaining{THINGS}(count)?",
    Kind.END: r"(is|at|reached)?(the)?(last|final|done|complete|finished|end|eof|nomore)(of)?"
    rf"(page|chunk|list|file|stream|batch|{THINGS})?s?(reached)?",
    Kind.LINK: rf"next(pages?|{THINGS}|link|url|uri|href|path|no|num|number)*",
    Kind.TOKEN: rf"next(page|batch|query|search|start|{THINGS})*"
    r"(cursor|token|offset|start|index|marker|mark|key|info|maxid|minid|position|continuation)+"
    r"(str|string)?|continue|lastevaluated(key|id)",
    Kind.CURSOR: r"(end|after|p)?cursor|(page|pagination|continuation|resumption)token|"
    r"continuation|scrollid",
    Kind.PAGES: r"pages|lastpage|(last|max)page(no|num|number)|(?=.*pages|.*(total|count|cnt))"
    r"(?=.*page)(total|count|cnt|number|num|nb|of|pages?)+",
    Kind.RECORDS: rf"records|(?=.*(total|count|cnt|found|{_NUMBER_OF}{THINGS}))"
    rf"(i(?=total)|total|count|cnt|number|num|nb|of|size|found|{THINGS})+",
    Kind.INCOMPLETE: r"(is|has|had)?(partial|incomplete)"
    r"(result|answer|response|data|search|success|failure|error)*s?|(has|had)?errors?|timedout|"
    r"terminatedearly|failedshards?",
}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}


@lru_cache(maxsize=8192)
def letters_of(key: str) -> str:
    """Give a key's letters in lower case, without what an API or a proxy puts before them."""
    return _PREFIX.sub("", re.sub(r"[^a-z]", "", key.lower()))


@lru_cache(maxsize=8192)
def kinds_of(name: str, holder: str = "") -> frozenset[Kind]:
    """What a field may mean for its answer; nothing, for most.

    Args:
        name: its letters.
        holder: those of the object it stands in.
    """
    if holder == "shards":
        # A search engine's own parts, not ours: how many there are has nothing to do with records.
        return frozenset({Kind.INCOMPLETE} if name == "failed" else ())
    kinds = {kind for kind, pattern in _COMPILED.items() if pattern.fullmatch(name)}
    if holder in {"page", "pages", "paging"} and name in {"total", "last"}:
        kinds.add(Kind.PAGES_OR_RECORDS)
    return frozenset(kinds)
