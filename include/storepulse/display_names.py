"""Names chosen outside of the project, made safe to show in mails, pages and terminals."""

from collections.abc import Sequence
from itertools import takewhile

# Anything longer is not a name, and would fill a mail.
LONGEST = 80
# Invisible characters that words need: Persian is written with one, emoji with both.
_JOINERS = "\u200c\u200d"
_BETWEEN_WORDS = " -–—·|/:,"


def shown(name: str) -> str:
    r"""Write a name on one line, short, and without control characters.

    Terminals obey escape sequences, and everything that shows text obeys overrides of its
    direction: `\u202egnp.exe` would read `exe.png`. HTML is escaped by the templates.
    """
    seen = "".join(
        one if one.isprintable() or one in _JOINERS else " " if one.isspace() else ""
        for one in name[: 4 * LONGEST]
    )
    line = " ".join(seen.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def short_names(names: Sequence[str]) -> list[str]:
    """What distinguishes names: each without the beginning that all of them share.

    `Nanshan Living US` and `Nanshan Living Europe` become `US` and `Europe`. A word is never cut;
    Chinese, which puts no space between words, is cut between any two characters. Names stay as
    they are where nothing would be left of one.
    """
    shared = len(list(takewhile(_are_same, zip(*names, strict=False)))) if len(names) > 1 else 0
    while shared and any(_is_inside_word(name, shared) for name in names):
        shared -= 1
    rest = [name[shared:].strip(_BETWEEN_WORDS) for name in names]
    return rest if all(rest) else list(names)


def _are_same(characters: Sequence[str]) -> bool:
    return len(set(characters)) == 1


def _is_inside_word(name: str, place: int) -> bool:
    before, after = name[place - 1], name[place : place + 1]
    is_word = before.isalnum() and after.isalnum()
    return is_word and (before.isascii() or after.isascii() or not _is_chinese(before + after))


def _is_chinese(text: str) -> bool:
    return all("\u4e00" <= one <= "\u9fff" for one in text)
