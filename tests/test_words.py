"""The project's words are those of the field (`docs/glossary.md`): none of its former dialect.

A failure lists `file:line: word → what to use`. A word is looked for in names and in texts of every
file, a phrase in texts. What is on disk under an old name keeps it: `PERSISTED` and `ALLOWED`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Wherever they stand: in names, split at underscores and capitals, and in texts.
BANNED = {
    "told tell tells telling": "report, warn, notify, send, log; as a list: warnings",
    "judged judge judges judging judgement judgements judgment judgments": (
        "validated (data), evaluated or scored (a KPI's day)"
    ),
    "verdict verdicts": "status, result",
    "said unsaid": "published, previous, recorded, stated; in tests: message",
    "door doors": "connection(s)",
    "workbench": "scratch database",
    "aside": "temporary (path), moved away",
    "anew": "again, re-",
    "mend mends mended mending": "fix, repair",
    "ripe ripen ripens ripened ripening": "mature, still maturing",
    "odd oddly": "anomalous, unusual",
    "house": "project",
    "rival rivals": "competitor(s)",
    "hero heroes": "best seller(s)",
    "neighbours neighbouring": "lookback or lookahead days",
}
# In names alone, because ordinary English needs them too.
BANNED_IN_NAMES = {
    "held": "quarantined (a row), rejected (a window), refused (both)",
    "bench": "scratch database",
    "bring brings brought": "has, provides, contains, adds",
    "pieces": "units",
    "looks": "page views",
    "machines": "bots",
}
# Words that are good English alone: banned in a phrase, in texts and in names.
BANNED_PHRASES = {
    "held hold holds holding": {
        "(held|holds?|holding) back": "quarantined (row), rejected (window), deferred (sending)",
        "(money|amounts?|rows?) held(?! in memory)": "quarantined value, quarantined rows",
        "held (rows?|windows?|feeds?|amounts?)": "quarantined rows, rejected windows",
        "(rows?|windows?) ((that )?(is|are|was|were) )?held(?! in memory)": "quarantined, rejected",
    },
    "bring brings brought": {
        "(source|shop|feed|file|window|answer|page|batch)(e?s)? (bring|brings|brought)": "has",
        "(brings?|brought) (no |new |all )?(rows|records|files|columns|feeds)": "has, adds",
    },
    "come comes came": {
        r"(comes|came) to \{\w+\}": "is, was",
        r"what (\w+ ){1,4}(come|comes|came) to": "is, was",
        "(comes?|came) to (more|less|nothing|zero)": "is, was",
    },
    "machines robots": {
        "(machines|robots) left out": "without bots",
        "(clicks|sessions|traffic|visitors|visits) (of|and) (machines|robots)": "bots",
        "people and robots": "people and bots",
    },
    "looks": {"looks (at (its|product|the product)|of) pages?": "page views"},
    "pieces": {"pieces (ordered|sold|received|returned|refunded|shipped|in stock)": "units"},
    "promise promises": {
        "promises? (of|about) (the |published )*marts?": "expectations",
        r"(break|breaks) (their|its) promises|promise\(s\) broken": "failed expectations",
    },
    "ledger": {
        "(alert|build|incident)s? ledger": "alert store, build record",
        "ledger of (the )?(builds?|alerts?|incidents?|mails?)": "alert store, build record",
    },
    "cause": {"once the cause is": "After fixing the cause, run"},
    "closed": {"it has been so for": "Day {n} in a row."},
    "list": {"work list": "build plan"},
    "middle": {r"by \{\w+\} in the middle": "(median cut …)"},
}
# Whole names, in Python.
BANNED_NAMES = {
    "asked_for": "parse_window",
    "look_over": "collect_status",
    "feeds_waited_for": "missing_feeds",
    "point_readers_to": "set_current_version",
    "of_run": "window_for_run",
}

# Names on disk, in served marts or in files of users, kept so that those of before are read on:
# in quotes, or as a whole name.
PERSISTED = (
    *("verdict", "held", "told", "not_judged", "ripens", "door", "doors"),
    # former names of columns and metrics, which definitions of KPIs are still known by
    *("rows_held", "money_held", "rows_told", "first_said", "first_said_at", "amount_first_said"),
    *("skus_judged_by_stock", "skus_judged_by_sales", "skus_with_stock_judged", "feed_rows_told"),
    *("net_sales_first_said", "kpi_days_judged", "fct_held_windows", "is_held_back"),
)
PERSISTED_NAMES = (
    # status and reasons of readiness, and of rejected windows
    *("held_back", "window_held_back", "newer_window_held_back"),
    # keys of a validation's result, of incidents, and columns of the alert store
    *("amount_held", "judged_at", "judged_days", "hero_out_of_stock", "told_change"),
    # an incident of the simulated shop, by the name that commands take
    "hero_recalled",
)


@dataclass(frozen=True)
class Allowed:
    """Something that would be found, and may stay.

    Attributes:
        files: pattern of the paths, as of `fnmatch`.
        text: pattern of what is passed over there.
        why: the reason.
    """

    files: str
    text: str
    why: str


ALLOWED = (
    Allowed("*", r"\.held\.json", "a file's name on disk"),
    Allowed("*", r"robots[._]txt", "the file that the standard names"),
    Allowed("CHANGELOG.md", r"`\w+`", "what was called otherwise before"),
    Allowed("*", r"\bdoors?:", "keys of a source.yaml of before"),
    Allowed("*", r"(reason: |^ *- )ripens\b", "a reason of readiness"),
    Allowed("*", r"\b(refused_)?at[ _](the[ _])?door\b", "where parcels are handed over"),
    Allowed("*", r"\bcustomer said\b", "people speak"),
    Allowed("*", r"\bclearing house\b", "a kind of bank"),
    Allowed("*", r"\btelling\.lock\b", "a file's name on disk"),
)

SCANNED = ("include", "plugins", "dags", "tests", "dbt_project", "expectations", "docs")
AT_THE_TOP = (
    *("README.md", "README.zh-CN.md", "CHANGELOG.md", "Makefile", "Dockerfile", "pyproject.toml"),
    *("docker-compose.yaml", ".env.example", ".ci/run"),
)
KINDS = {".py", ".sql", ".yml", ".yaml", ".md", ".html", ".jinja", ".toml", ".csv", ".css", ".txt"}
# The golden book is worked out by hand and stays as it was; the other two are this test and what
# tools leave behind.
NOT_SCANNED = ("tests/golden/", "tests/test_words.py", "dbt_project/target/", "dbt_project/logs/")

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_KEPT = re.compile(
    rf"""(["'`])(?:{"|".join(PERSISTED)})\1|(?<!\w)(?:{"|".join(PERSISTED_NAMES)})(?!\w)"""
    # what a model or column was called in the release before
    r"|renamed_from: \w+"
)


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {word: use for words, use in table.items() for word in words.split()}


def _compiled(phrase: str) -> re.Pattern[str]:
    """A phrase as a text has it, over a line break and a comment's sign, and as a name has it."""
    return re.compile(r"(?<![a-z])" + phrase.replace(" ", r"(?:[\s_#]|--)+") + r"(?![a-z])")


_ANYWHERE, _IN_NAMES = _by_word(BANNED), _by_word(BANNED_IN_NAMES)
_PHRASES = [
    (words.split(), [(_compiled(phrase), use) for phrase, use in phrases.items()])
    for words, phrases in BANNED_PHRASES.items()
]
# To leave most files at once: what none of these is in has none of the words.
_ALL_WORDS = [
    *(*_ANYWHERE, *_IN_NAMES, *BANNED_NAMES),
    *(word for words, _ in _PHRASES for word in words),
]
# Where a word of its own may be a name of Python: a syntax tree takes long, so only then.
_MAYBE_A_NAME = re.compile(
    r"(?:^|[\s(\[{=.*])(?:" + "|".join(_IN_NAMES) + r")\s*(?:[=.(\[,):\]}]|$)", re.M
)


def scanned_files() -> list[Path]:
    found = [
        path
        for folder in SCANNED
        for path in (ROOT / folder).rglob("*")
        if path.suffix in KINDS and path.is_file()
    ]
    return [
        path
        for path in sorted([*found, *(ROOT / name for name in AT_THE_TOP)])
        if not path.relative_to(ROOT).as_posix().startswith(NOT_SCANNED)
        and "__pycache__" not in path.parts
    ]


def offenders(path: str, text: str) -> list[str]:
    """Banned words in a file and in its own name, as `file:line: word → use`."""
    found = {(1, word, use) for word, use in _in_name(Path(path).stem)}
    if _present(_ALL_WORDS, _lowered(text)):
        allowed = _without_allowed(path, text)
        lowered = _lowered(allowed)
        places = [*_words(allowed, lowered), *_phrases(lowered)]
        if path.endswith(".py"):
            places += _whole_names(allowed)
            if _MAYBE_A_NAME.search(text):
                found |= set(_python_names(path, text))
        found |= {(text.count("\n", 0, at) + 1, word, use) for at, word, use in places}
    return [f"{path}:{line}: {word} → {use}" for line, word, use in sorted(found)]


def _lowered(text: str) -> str:
    """In small letters, every character at its place; Python makes two of the letter `İ`."""
    return text.replace("İ", "I").lower()


def _present(words: Iterable[str], lowered: str) -> list[str]:
    return [word for word in words if word in lowered]


def _stands(word: str, lowered: str) -> bool:
    # The word first: so the engine looks for it instead of trying at each letter.
    return word in lowered and bool(re.search(rf"{word}(?![a-z])(?<![a-z]{word})", lowered))


def _without_allowed(path: str, text: str) -> str:
    """The text with blanks in place of what may stay, so that lines keep their numbers."""
    text = _KEPT.sub(_blanks, text)
    for allowed in ALLOWED:
        if fnmatch(path, allowed.files):
            text = re.sub(allowed.text, _blanks, text, flags=re.M)
    return text


def _blanks(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _words(text: str, lowered: str) -> Iterator[tuple[int, str, str]]:
    """Words banned everywhere, and those banned in names where they are part of a longer one."""
    for word in _present({**_ANYWHERE, **_IN_NAMES}, lowered):
        for found in re.finditer(word, lowered):
            start, end = found.span()
            if _is_inside_a_word(text, start) or _is_inside_a_word(text, end):
                continue
            if word in _ANYWHERE:
                yield start, text[start:end], _ANYWHERE[word]
            elif _is_a_name(name := _name_around(text, start, end)):
                yield start, f"{name} ({word})", _IN_NAMES[word]


def _is_inside_a_word(text: str, at: int) -> bool:
    """Whether letters run on here: `un|sold`, but neither `is_|sold` nor `is|Sold`."""
    around = text[max(at - 1, 0) : at + 1]
    return (
        len(around) == 2 and around.isalpha() and not (around[0].islower() and around[1].isupper())
    )


def _is_a_name(word: str) -> bool:
    """Whether a word is put together of others, and no test's name, which is a sentence."""
    return "_" in word and not word.startswith("test_")


def _name_around(text: str, start: int, end: int) -> str:
    before = re.search(r"\w*\Z", text[max(start - 80, 0) : start])
    after = re.match(r"\w*", text[end : end + 80])
    return (before[0] if before else "") + text[start:end] + (after[0] if after else "")


def _in_name(name: str) -> Iterator[tuple[str, str]]:
    for word in _WORD.findall(name):
        use = {**_ANYWHERE, **_IN_NAMES}.get(word.lower())
        if use:
            yield word, use


def _python_names(path: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Names of one word, such as a local `held`; `_words` finds those with underscores."""
    for node in ast.walk(ast.parse(text)):
        for field in ("id", "arg", "name", "attr", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str) and name.lower() in _IN_NAMES:
                for word, use in _in_name(_without_allowed(path, name)):
                    yield getattr(node, "lineno", 0), word, use


def _phrases(lowered: str) -> Iterator[tuple[int, str, str]]:
    for words, phrases in _PHRASES:
        for phrase, use in phrases if any(_stands(word, lowered) for word in words) else ():
            for found in phrase.finditer(lowered):
                yield found.start(), re.sub(r"[\s#-]+", " ", found[0]), use


def _whole_names(text: str) -> Iterator[tuple[int, str, str]]:
    for name in _present(BANNED_NAMES, text):
        for found in re.finditer(rf"\b_?{name}\b", text):
            yield found.start(), found[0], BANNED_NAMES[name]


def everything_found(paths: Sequence[Path]) -> list[str]:
    return [
        offender
        for path in paths
        for offender in offenders(
            path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        )
    ]


def test_no_file_uses_the_former_words():
    paths = scanned_files()

    found = everything_found(paths)

    assert len(paths) > 700
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_each_banned_word_is_found_where_it_stands():
    for word, use in _ANYWHERE.items():
        row = f"class {word.capitalize()}Row:"
        for text in (f"it is {word}.", f"rows_{word} = 1", f"{word}_rows = 1", row):
            (one,) = offenders("docs/x.md", f"plain\n{text}")
            assert one.startswith("docs/x.md:2: "), text
            assert one.endswith(f" → {use}"), text
    for word, use in _IN_NAMES.items():
        for text in (f"{word} = 1", f"def is_{word}() -> None: ..."):
            assert [one for one in offenders("x.py", text) if use in one], text
        assert offenders("x.py", f"def test_what_{word}_is() -> None: ...") == [], word
        assert offenders(f"models/int_{word}_days.sql", "select 1"), word


def test_a_phrase_is_found_over_a_line_break_and_in_a_name():
    assert offenders("x.sql", "-- a window is held\n-- back") == [
        "x.sql:1: held back → quarantined (row), rejected (window), deferred (sending)",
        "x.sql:1: window is held → quarantined, rejected",
    ]
    assert offenders("x.yaml", "{kpi} came to {value}") == ["x.yaml:1: came to {value} → is, was"]
    assert [one.partition(" → ")[0] for one in offenders("x.py", "x = asked_for(1)")] == [
        "x.py:1: asked_for"
    ]


def test_ordinary_english_and_names_on_disk_pass():
    text = """
        While the lock is held, nobody looks at it: see robots.txt. Machines of users may go on.
        The warehouse is sold, foretold, outdoors; recommended to the storyteller with a prejudice.
        What comes to light may bring joy. The as-of ledger stays. {"verdict": "held"} `ripens`
    """

    assert offenders("docs/x.md", text) == []


def test_no_exception_outlives_what_needed_it():
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in scanned_files()}

    def is_needed(allowed: Allowed) -> bool:
        return any(
            fnmatch(path, allowed.files) and re.search(allowed.text, text, re.M)
            for path, text in texts.items()
        )

    assert [allowed for allowed in ALLOWED if not is_needed(allowed)] == []
