"""Rules of the house that a machine can hold. Each failure says which file and what to do."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from storepulse.feeds.registry import all_feeds

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "include" / "storepulse"
PYTHON = sorted(
    path for folder in ("include", "dags", "plugins") for path in (ROOT / folder).rglob("*.py")
)
MODELS = sorted((ROOT / "dbt_project" / "models").rglob("*.sql"))
MODEL_YAML = sorted((ROOT / "dbt_project" / "models").rglob("*.yml"))
SUITES = sorted((ROOT / "expectations").rglob("*.yaml"))
SOURCES = sorted((ROOT / "include" / "sources").glob("*/source.yaml"))

FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "core", "misc"}
FORBIDDEN_ENDINGS = ("Manager", "Handler", "Processor", "Helper")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def described_models() -> dict[str, dict]:
    return {
        model["name"]: model
        for path in MODEL_YAML
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", [])
    }


def test_there_is_something_to_hold_rules_against():
    assert len(PYTHON) > 20
    assert len(MODELS) > 20
    assert len(SUITES) >= len(all_feeds())
    assert SOURCES


def test_no_file_or_folder_has_a_name_that_eats_a_codebase():
    named = [
        relative(path)
        for path in PYTHON
        if FORBIDDEN_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]

    assert named == []


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_modules_and_functions_stay_readable(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    too_long = [
        f"{node.name} ({_code_lines(node)} lines)"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _code_lines(node) > 40
    ]

    assert too_long == [], "functions of more than 40 lines (docstring not counted)"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, (
        "look whether it is two modules"
    )


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if ast.get_docstring(node) is not None and len(body) > 1:
        body = body[1:]
    return (node.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_classes_are_named_for_what_they_are(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    vague = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(FORBIDDEN_ENDINGS)
    ]

    assert vague == []


def test_only_settings_reads_the_environment():
    # The packages around it make environments for others: that is not reading one's own settings.
    bound = [
        path for path in PYTHON if PACKAGE in path.parents or ROOT / "include" not in path.parents
    ]
    readers = [
        relative(path)
        for path in bound
        if re.search(r"\benviron\b|\bgetenv\b|\bdotenv\b", path.read_text(encoding="utf-8"))
    ]

    assert readers == ["include/storepulse/settings.py"]


def test_nothing_is_imported_through_the_include_folder():
    through_include = [
        relative(path)
        for path in [*PYTHON, *sorted((ROOT / "tests").rglob("*.py"))]
        if re.search(r"^\s*(from|import) include\b", path.read_text(encoding="utf-8"), re.M)
    ]

    assert through_include == []


def test_no_module_that_dbt_would_import_as_a_plugin():
    grabbed = [
        relative(path)
        for folder in ("include", "dags", "plugins")
        for path in (ROOT / folder).glob("dbt_*")
    ]

    assert grabbed == []
    assert list((ROOT / "dbt_project").rglob("__init__.py")) == []


@pytest.mark.parametrize("feed", all_feeds())
def test_a_feed_has_its_suite_its_mapping_and_its_staging_model(feed):
    assert (ROOT / "expectations" / f"{feed}.yaml").is_file()
    assert (ROOT / "dbt_project" / "models" / "staging" / f"stg_{feed}.sql").is_file()
    assert any(
        feed in (yaml.safe_load(path.read_text(encoding="utf-8"))["feeds"] or {})
        for path in SOURCES
    ), "no connected shop brings this feed"


@pytest.mark.parametrize("feed", all_feeds().values(), ids=lambda feed: feed.name)
def test_every_amount_of_a_feed_says_whether_tax_is_in_it(feed):
    amounts = {name for name, of in feed.columns.items() if of in ("money", "price")}

    assert set(feed.tax) == amounts
    assert set(feed.tax.values()) <= {"net", "gross", "tax", "as_stated"}


def test_no_suite_mapping_or_staging_model_without_a_feed():
    feeds = set(all_feeds())
    orphans = [path.stem for path in (ROOT / "expectations").glob("*.yaml")]
    orphans += [path.stem.removeprefix("stg_") for path in MODELS if path.stem.startswith("stg_")]
    orphans += [path.stem for source in SOURCES for path in source.parent.glob("*.sql")]

    assert sorted(set(orphans) - feeds) == []


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_short_and_ends_with_its_last_step(path):
    lines = path.read_text(encoding="utf-8").rstrip().splitlines()

    assert len(lines) <= 100, "split the model: aggregate before joining, one job per step"
    assert re.match(r"select \* from \w+$|\{\{.*\}\}$|\{%-? .*%\}$", lines[-1]), lines[-1]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_described_down_to_its_columns(path):
    model = described_models().get(path.stem)

    assert model, f"{relative(path)} has no entry in a .yml file"
    assert model.get("description")
    undescribed = [
        column["name"] for column in model.get("columns", []) if not column.get("description")
    ]
    assert undescribed == []


@pytest.mark.parametrize(
    "path", [path for path in MODELS if "marts" in path.parts], ids=lambda path: path.stem
)
def test_a_mart_says_its_grain_and_types_every_column(path):
    model = described_models()[path.stem]

    assert re.search(r"[Oo]ne row per ", model["description"]), "say the grain: One row per …"
    assert model["columns"]
    assert [c["name"] for c in model["columns"] if not c.get("data_type")] == []


def test_a_data_test_that_warns_says_what_is_wrong_then():
    folder = ROOT / "dbt_project/tests"
    described = {
        test["name"]: test.get("description")
        for path in folder.glob("*/*.yml")
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["data_tests"]
    }
    warning = [
        path.stem
        for path in folder.glob("*/*.sql")
        if "severity='warn'" in path.read_text(encoding="utf-8")
    ]

    assert len(warning) > 5
    assert [name for name in warning if not described.get(name)] == []


@pytest.mark.parametrize("path", SUITES, ids=relative)
def test_an_expectation_says_why_and_how_severe_it_is(path):
    expectations = yaml.safe_load(path.read_text(encoding="utf-8"))["expectations"]

    assert expectations
    for expectation in expectations:
        assert expectation["meta"]["why"], expectation
        assert expectation["severity"] in {"critical", "warning"}, expectation
    ids = [expectation["meta"]["id"] for expectation in expectations]
    assert len(ids) == len(set(ids)), "rule ids are unique within a suite"


def test_every_environment_variable_is_documented_and_every_documented_one_is_read():
    documented = set(
        re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.M)
    )
    from storepulse.settings import Settings

    read = {f"STOREPULSE_{name.upper()}" for name in Settings.model_fields}
    for path in SOURCES:
        read |= set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)\}", path.read_text("utf-8")))
    compose = ROOT / "docker-compose.yaml"
    read |= set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)", compose.read_text("utf-8")))
    given_on_the_command_line = {"DATA"}

    assert read - documented - given_on_the_command_line == set()
    assert documented - read == set()


def test_a_view_says_the_same_in_every_build():
    """An incremental build leaves views as they are, so none may depend on what it has to do."""
    macros = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "dbt_project/macros").rglob("*.sql")
    )
    bodies = dict(re.findall(r"{%-? macro (\w+)\(.*?%}(.*?){%-? endmacro", macros, re.S))
    of_a_build = {
        "is_rebuilt",
        "is_incremental",
        "current_mart",
        "accepted_coverage",
        "load_relation",
    }
    for _ in bodies:
        of_a_build |= {name for name, body in bodies.items() if of_a_build & _called_in(body)}
    made_anew = re.compile(
        r"materialized='(?!view|ephemeral)|incremental_by|append_as_of|rebuilt_whole|compared_with"
    )
    views = {
        path: sql
        for path in MODELS
        for sql in [path.read_text(encoding="utf-8")]
        if ("marts" not in path.parts or "materialized='view'" in sql) and not made_anew.search(sql)
    }

    assert len(views) > 20
    assert {"int_kpi_verdicts", "rpt_kpi_scorecard"} <= {path.stem for path in views}
    found = {relative(path): of_a_build & _called_in(sql) for path, sql in views.items()}
    assert {path: calls for path, calls in found.items() if calls} == {}


def _called_in(sql: str) -> set[str]:
    return set(re.findall(r"(\w+)\(", sql))


def test_engine_only_sql_lives_in_macros_alone():
    duckdb_only = re.compile(
        r"\b(read_parquet|read_json|strptime|strftime|epoch_ms|list_\w+|regexp_\w+|timezone|"
        r"qualify|arg_max|arg_min|unnest|string_agg|any_value|try_cast)\s*\(|\bqualify\b|::",
        re.I,
    )
    found = {
        relative(path): duckdb_only.findall(_without_jinja(path.read_text(encoding="utf-8")))
        for path in MODELS
    }

    assert {path: hits for path, hits in found.items() if hits} == {}


def _without_jinja(sql: str) -> str:
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*", " ", sql, flags=re.S)


def test_the_decisions_say_of_every_dependency_why_it_is_there():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    required = (
        project["project"]["dependencies"]
        + project["dependency-groups"]["dev"]
        + project["build-system"]["requires"]
    )
    _, table = (ROOT / "DECISIONS.md").read_text("utf-8").split("| package | why |\n|---|---|\n")
    explained = [
        name for names in re.findall(r"^\| (.+?) \|", table, re.M) for name in names.split(", ")
    ]

    assert sorted(map(_bare, explained)) == sorted(map(_bare, required))


def _bare(requirement: str) -> str:
    """The name alone, without version, extras or remark."""
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0]
