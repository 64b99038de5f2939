"""README, guides and decisions name what exists, show what commands print, and stay short."""

import pkgutil
import re
from pathlib import Path

import pytest
import typer

from storepulse.cli.app import app
from support import printed_outputs

ROOT = Path(__file__).resolve().parents[1]
GUIDES = ["architecture", "glossary", "operate", "bi", "connect", "kpis", "contributing"]
GUIDES += ["dependencies"]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "dags" / "README.md",
    ROOT / "dbt_project" / "models" / "metrics" / "README.md",
]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
# Written by the program, or by the shop's own people: in the project they are not.
HOME = ("landing", "accepted", "quarantine", "decisions", "warehouse", "as_of", "serving")
HOME += ("outbox", "report", "replaced", "parquet", "var", "gx.json", "built.json")


def lines_of(page: str) -> int:
    return TEXTS[page].count("\n")


def test_there_is_something_to_read():
    assert {"README.md", "README.zh-CN.md", "CHANGELOG.md"} <= set(TEXTS)
    assert {f"docs/{guide}.md" for guide in GUIDES} <= set(TEXTS)
    assert len(DECISIONS) > 20
    assert len(commands_named()) > 15
    assert len(targets_named()) > 8
    assert len(paths_named()) > 40


def test_every_relative_link_leads_to_a_file_and_a_heading():
    broken = []
    for page, text in TEXTS.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, heading = link.partition("#")
            target = (ROOT / page).parent / file if file else ROOT / page
            if not target.exists() or (heading and heading not in headings_of(target)):
                broken.append(f"{page}: {link}")

    assert broken == []


def headings_of(path: Path) -> set[str]:
    """Headings as GitHub's anchors have them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths_named() -> set[tuple[str, str]]:
    """Page and path of everything between backticks that reads like a file or folder of ours."""
    found = set()
    for page, text in TEXTS.items():
        for path in re.findall(r"`([\w.][\w./-]*)`", text):
            top, _, rest = path.partition("/")
            is_file = re.search(r"\.(py|sql|ya?ml|md|toml|json|lock)$", path)
            if (rest and (ROOT / top).exists()) or (is_file and top == path):
                found.add((page, path))
    return found


def test_every_path_between_backticks_exists():
    anywhere = {
        path.name
        for folder in ("include", "dbt_project", "expectations", "dags", "plugins", "tests")
        for path in (ROOT / folder).rglob("*")
    }
    missing = [
        f"{page}: {path}"
        for page, path in sorted(paths_named())
        if path.partition("/")[0] not in HOME
        and path not in ("source.yaml", "manifest.json", "worklist.json", "lineage.json")
        and not (ROOT / path).exists()
        and ("/" in path or path not in anywhere)
    ]

    assert missing == []


def test_every_module_and_name_between_backticks_is_found():
    named = {
        (page, name)
        for page, text in TEXTS.items()
        for name in re.findall(r"`(storepulse(?:\.\w+)+(?::\w+)?)`", text)
        if name != "storepulse.duckdb"
    }

    assert len(named) > 10
    assert sorted(f"{page}: {name}" for page, name in named if not is_found(name)) == []


def is_found(name: str) -> bool:
    """Whether `package.module`, `package.module.name` or `package.module:name` exists."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def code_of(text: str) -> str:
    """What stands in blocks and between backticks."""
    blocks = re.findall(r"^(?: {4}|\t)+(.*)$", text, re.M)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def commands_named() -> set[tuple[str, str]]:
    found = set()
    for page, text in TEXTS.items():
        for words in re.findall(r"\bstorepulse ((?:[a-z]+ ?){1,2})", code_of(text)):
            found.add((page, words.strip()))
    return found


def test_every_command_that_is_named_exists():
    root = typer.main.get_command(app)
    unknown = []
    for page, words in sorted(commands_named()):
        first, _, second = words.partition(" ")
        command = root.commands.get(first)
        if command is None:
            unknown.append(f"{page}: storepulse {first}")
        elif second and second not in getattr(command, "commands", {second}):
            unknown.append(f"{page}: storepulse {first} {second}")

    assert unknown == []


def test_every_option_that_is_named_with_a_command_exists():
    root = typer.main.get_command(app)
    unknown = []
    for page, text in TEXTS.items():
        for line in code_of(text).splitlines():
            for call in re.findall(r"\bstorepulse ([a-z][^#;&|]*)", line):
                words = call.split()
                command = root
                while words and words[0] in getattr(command, "commands", ()):
                    command = command.commands[words.pop(0)]
                known = {name for option in command.params for name in option.opts}
                given = {word for word in words if re.fullmatch(r"--[a-z-]+", word)}
                unknown += [f"{page}: storepulse {call}: {name}" for name in given - known]

    assert unknown == []


def targets_named() -> set[tuple[str, str]]:
    return {
        (page, target)
        for page, text in TEXTS.items()
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", code_of(text))
    }


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))

    assert sorted((page, name) for page, name in targets_named() if name not in targets) == []


def test_every_variable_that_is_named_is_one_that_can_be_set():
    settable = (ROOT / ".env.example").read_text(encoding="utf-8")
    unknown = [
        f"{page}: {name}"
        for page, text in TEXTS.items()
        for name in re.findall(r"\bSTOREPULSE_[A-Z_]*[A-Z]\b", text)
        if name not in settable
    ]

    assert unknown == []


def test_every_model_that_is_named_exists():
    models = {path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql")}
    unknown = [
        f"{page}: {name}"
        for page, text in TEXTS.items()
        # It names what was renamed, too.
        if page != "CHANGELOG.md"
        for name in re.findall(r"`(?:marts\.)?((?:stg|int|fct|dim|rpt)_[a-z_]*[a-z])`", text)
        if name not in models
    ]

    assert unknown == []


def test_every_dag_that_is_named_exists():
    dags = {path.stem for path in (ROOT / "dags").glob("*.py")}
    unknown = [
        f"{page}: {name}"
        for page, text in TEXTS.items()
        for name in re.findall(r"`((?:ingest|build|watch)_[a-z_]+)`", text)
        if name not in dags | {"ingest_feed"}
    ]

    assert unknown == []


def test_the_first_pages_can_be_read_at_a_glance():
    assert lines_of("README.md") <= 150
    assert lines_of("README.zh-CN.md") <= 150
    assert lines_of("docs/architecture.md") <= 120


def test_printed_outputs_are_those_of_their_commands():
    shown = list(printed_outputs.blocks())

    assert {block.command for block in shown} == {*printed_outputs.OUTPUTS, "make run"}
    for command, output in printed_outputs.OUTPUTS.items():
        assert printed_outputs.lines_that_differ(command, output()) == [], "run `make readme`"


def test_an_output_that_changed_is_found_and_rewritten(monkeypatch, tmp_path):
    page = tmp_path / "README.md"
    before = """Text.

<!-- output of: make help -->
```text
old line
```

<!-- excerpt of: make run -->
```text
feed      landed  value
orders       100  –
…
mails     3 in var/outbox
gone      of 2
```
"""
    page.write_text(before)
    monkeypatch.setattr(printed_outputs, "ROOT", tmp_path)
    run = """
feed     landed  value
orders       20  €2.00
traffic      30  –
mails     0 in /tmp/x/outbox
"""

    assert printed_outputs.lines_that_differ("make help", "new line") == ["README.md: old line"]
    assert printed_outputs.lines_that_differ("make run", run) == ["README.md: gone      of 2"]
    after = printed_outputs.rewritten(before, {"make help": "new line\n", "make run": run})
    assert after == before.replace("old line", "new line").replace(
        "feed      landed  value\norders       100  –",
        "feed     landed  value\norders       20  €2.00",
    ).replace("mails     3 in var/outbox", "mails     0 in /tmp/x/outbox")


def test_the_data_flow_is_drawn_alike_everywhere():
    drawn = (ROOT / "include" / "storepulse" / "__init__.py").read_text(encoding="utf-8")
    picture = re.search(r"^    source ─►.*?(?=\n\n)", drawn, re.M | re.S)

    assert picture
    assert picture[0] in TEXTS["README.md"]
    assert picture[0] in TEXTS["docs/architecture.md"]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])
def test_a_decision_is_short_whole_and_listed(path):
    text = path.read_text(encoding="utf-8")
    title = re.match(rf"# {path.name[:4]}: (.+)\n", text)
    dated = re.search(
        r"^Date: (2\d{3}-\d\d-\d\d) · Status: (accepted|superseded by \S+)$", text, re.M
    )

    assert text.count("\n") <= 25
    assert title
    assert dated
    for part in ("Context", "Decision", "Cost", "Revisit when"):
        assert re.search(rf"^\*\*{part}\.\*\*[ \n]\S", text, re.M), part
    row = f"| [{path.name[:4]}]({path.name}) | {title[1]} | {dated[1]} | {dated[2]} |"
    assert row in TEXTS["docs/adr/README.md"]


def test_decisions_are_numbered_without_a_gap():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_top_level_holds_no_other_page():
    assert {path.name for path in ROOT.glob("*.md")} == {
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
    }
