"""The exposures of the dbt project name the marts that mails, pages and the BI guide read."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "include" / "storepulse"
MARTS = {path.stem for path in (ROOT / "dbt_project/models/marts").rglob("*.sql")}
EXPOSURES = {
    exposure["name"]: exposure
    for exposure in yaml.safe_load(
        (ROOT / "dbt_project/models/exposures.yml").read_text(encoding="utf-8")
    )["exposures"]
}
# They make the marts, or copy all of them.
MAKERS = {"transform", "publish"}


def marts_named(text: str) -> set[str]:
    return MARTS & set(re.findall(r"\b(?:dim|fct|rpt)_\w+", text))


def marts_read(path: Path) -> set[str]:
    """Marts in the texts of a module, its docstrings apart, or in a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return marts_named(text)
    module = ast.parse(text)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]
    return set().union(*map(marts_named, texts)) if texts else set()


def files_at(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("name", EXPOSURES)
def test_an_exposure_stands_on_the_marts_that_its_code_reads(name):
    exposure = EXPOSURES[name]
    places = exposure["config"]["meta"]["read_in"]
    read = {place: set().union(*map(marts_read, files_at(place))) for place in places}

    assert [place for place, marts in read.items() if not marts] == [], "reads no mart"
    assert exposure["depends_on"] == [
        f"ref('{mart}')" for mart in sorted(set().union(*read.values()))
    ]


def test_code_that_reads_a_mart_belongs_to_an_exposure():
    exposed = {
        path
        for exposure in EXPOSURES.values()
        for place in exposure["config"]["meta"]["read_in"]
        for path in files_at(place)
    }
    reading = {
        path
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in MAKERS and marts_read(path)
    }

    assert len(reading) > 5
    assert sorted(path.relative_to(ROOT).as_posix() for path in reading - exposed) == []
