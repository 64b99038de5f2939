"""Conventions of the project that can be checked: a test each, which lists what breaks it."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

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


def test_there_is_something_to_check():
    assert len(PYTHON) > 20
    assert len(MODELS) > 20
    assert len(SUITES) >= len(all_feeds())
    assert SOURCES


def test_no_file_or_folder_has_a_name_for_anything():
    named = [
        relative(path)
        for path in PYTHON
        if FORBIDDEN_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]

    assert named == []


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_functions_stay_readable():
    too_long = [
        f"{relative(path)}: {node.name} ({_code_lines(node)} lines)"
        for path in PYTHON
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _code_lines(node) > 40
    ]

    assert too_long == [], "functions of more than 40 lines (docstring not counted)"


def test_modules_stay_readable():
    lines = {relative(path): path.read_text(encoding="utf-8").count("\n") for path in PYTHON}

    assert {path: n for path, n in lines.items() if n > 400} == {}, "is one of them two modules?"


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if ast.get_docstring(node) is not None and len(body) > 1:
        body = body[1:]
    return (node.end_lineno or 0) - body[0].lineno + 1


def test_classes_are_named_for_what_they_are():
    vague = [
        f"{relative(path)}: {node.name}"
        for path in PYTHON
        for node in ast.walk(parsed(path))
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


def test_only_the_lake_lists_what_is_in_its_folders():
    lists = re.compile(r"\.(r?glob|iterdir)\(|\b(scandir|listdir)\(|\bos\.walk\(")
    of_the_lake = re.compile(
        r"settings\.(landing|accepted|quarantine)\b|\.(landed|accepted|quarantined|rejection)\.parent"
    )
    texts = {path: path.read_text(encoding="utf-8") for path in PYTHON}
    listing = [path for path, text in texts.items() if lists.search(text)]
    offenders = [
        relative(path)
        for path in listing
        if of_the_lake.search(texts[path]) and PACKAGE / "lake" not in path.parents
    ]

    assert PACKAGE / "lake" / "accepted.py" in listing
    assert offenders == [], "use storepulse.lake.walk"


def test_great_expectations_is_set_up_in_one_module():
    imports = re.compile(r"^    (from|import) great_expectations\b", re.M)
    importing = {
        relative(path)
        for path in PYTHON
        if imports.search(_without_types(path.read_text(encoding="utf-8")))
    }

    assert importing == {
        "include/storepulse/validate/suite/gx.py",
        # Its renderers, which need no context.
        "include/storepulse/report/data_docs/gx_pages.py",
    }


def _without_types(text: str) -> str:
    return re.sub(r"^if TYPE_CHECKING:\n(    .*\n|\n)*", "", text, flags=re.M)


def test_dbt_is_called_in_one_module():
    imports = re.compile(r"^\s*(from|import) dbt\b", re.M)
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    importing = {
        relative(path) for path in [*PYTHON, *tests] if imports.search(path.read_text("utf-8"))
    }

    assert importing == {
        "include/storepulse/transform/dbt_runner.py",
        # It measures dbt itself, by what dbt's cursor sends.
        "tests/bench/dbt_overhead.py",
        # It hands one home's parsed models to another, which only tests do.
        "tests/support/example_shop.py",
    }


def test_three_modules_open_the_database_files_of_marts():
    """The warehouse, its copy for readers, and readers; every other connection is in memory."""
    opens = re.compile(r"duckdb\.connect\((?!\s*(config=|\)))|\battach \{")
    opening = {relative(path) for path in PYTHON if opens.search(path.read_text("utf-8"))}

    assert opening == {
        "include/storepulse/transform/warehouse.py",
        "include/storepulse/publish/copying.py",
        "include/storepulse/serving/catalog.py",
    }


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


def test_a_feed_has_its_suite_its_mapping_and_its_staging_model():
    mapped = {
        feed
        for path in SOURCES
        for feed in yaml.safe_load(path.read_text(encoding="utf-8"))["feeds"] or {}
    }
    needed = [
        path
        for feed in all_feeds()
        for path in (f"expectations/{feed}.yaml", f"dbt_project/models/staging/stg_{feed}.sql")
    ]

    assert [path for path in needed if not (ROOT / path).is_file()] == []
    assert sorted(set(all_feeds()) - mapped) == [], "no connected shop has these feeds"


def test_every_amount_of_a_feed_states_whether_it_includes_tax():
    amounts = {
        feed.name: {name for name, of in feed.columns.items() if of in ("money", "price")}
        for feed in all_feeds().values()
    }

    assert {feed.name: set(feed.tax) for feed in all_feeds().values()} == amounts
    stated = {tax for feed in all_feeds().values() for tax in feed.tax.values()}
    assert stated <= {"net", "gross", "tax", "as_stated"}


def test_no_suite_mapping_or_staging_model_without_a_feed():
    feeds = set(all_feeds())
    orphans = [path.stem for path in (ROOT / "expectations").glob("*.yaml")]
    orphans += [path.stem.removeprefix("stg_") for path in MODELS if path.stem.startswith("stg_")]
    orphans += [path.stem for source in SOURCES for path in source.parent.glob("*.sql")]

    assert sorted(set(orphans) - feeds) == []


def test_a_model_is_short_and_ends_with_its_last_step():
    lines = {path: path.read_text(encoding="utf-8").rstrip().splitlines() for path in MODELS}
    last_step = re.compile(r"select \* from \w+$|\{\{.*\}\}$|\{%-? .*%\}$")

    too_long = [relative(path) for path, of in lines.items() if len(of) > 120]
    assert too_long == [], "split the model: aggregate before joining, one job per step"
    assert [relative(path) for path, of in lines.items() if not last_step.match(of[-1])] == []


def test_an_intermediate_model_lies_in_the_folder_of_an_area_of_marts():
    models = ROOT / "dbt_project" / "models"
    areas = {path.name for path in (models / "marts").iterdir() if path.is_dir()}
    # Exchange rates are read by seven areas, and belong to none.
    areas.add("currency")
    prepared = [path for path in MODELS if models / "intermediate" in path.parents]

    assert len(prepared) > 100
    assert [relative(path) for path in prepared if path.parent.name not in areas] == []


def test_a_model_is_described_down_to_its_columns():
    models = {path.stem: described_models().get(path.stem) for path in MODELS}

    assert [name for name, model in models.items() if not model] == [], "no entry in a .yml file"
    assert [name for name, model in models.items() if not model.get("description")] == []
    undescribed = [
        f"{name}.{column['name']}"
        for name, model in models.items()
        for column in model.get("columns", [])
        if not column.get("description")
    ]
    assert undescribed == []


def test_a_mart_says_its_grain_and_types_every_column():
    marts = {p.stem: described_models()[p.stem] for p in MODELS if "marts" in p.parts}

    grainless = [m for m, of in marts.items() if "ne row per " not in of["description"]]
    assert grainless == [], "state the grain: One row per …"
    assert [mart for mart, of in marts.items() if not of["columns"]] == []
    untyped = [
        f"{mart}.{column['name']}"
        for mart, of in marts.items()
        for column in of["columns"]
        if not column.get("data_type")
    ]
    assert untyped == []


def test_models_that_decide_what_a_kpi_counts_have_unit_tests():
    tested = {
        test["model"]
        for path in MODEL_YAML
        for test in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("unit_tests", [])
    }

    assert {
        "int_kpi_days_of_sales",
        "int_kpi_people_days",
        "int_kpi_people_periods",
        "int_kpi_periods_of_sales",
        "int_feed_spans",
        "int_kpi_dates_rebuilt",
        "int_kpi_days_expected",
        "int_kpi_members",
        "int_kpi_store_days",
    } <= tested


def test_a_data_test_that_warns_describes_what_is_wrong():
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


def test_an_expectation_has_a_reason_and_a_severity():
    suites = {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["expectations"]
        for path in SUITES
    }
    all_of_them = [(suite, one) for suite, expectations in suites.items() for one in expectations]

    assert [suite for suite, expectations in suites.items() if not expectations] == []
    assert [(suite, one) for suite, one in all_of_them if not one["meta"]["why"]] == []
    severities = {"critical", "warning"}
    assert [(suite, one) for suite, one in all_of_them if one["severity"] not in severities] == []
    ids = Counter((suite, one["meta"]["id"]) for suite, one in all_of_them)
    assert [rule for rule, times in ids.items() if times > 1] == [], "unique within a suite"


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


def test_a_view_is_the_same_in_every_build():
    """An incremental build does not recreate views, so none may depend on the build plan."""
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
    as_table = re.compile(
        r"materialized='(?!view|ephemeral)|incremental_by|append_as_of|rebuilt_whole|compared_with"
    )
    views = {
        path: sql
        for path in MODELS
        for sql in [path.read_text(encoding="utf-8")]
        if ("marts" not in path.parts or "materialized='view'" in sql) and not as_table.search(sql)
    }

    assert len(views) > 20
    assert {"int_kpi_readiness_status", "rpt_kpi_scorecard"} <= {path.stem for path in views}
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


def test_every_dependency_has_its_reason_in_the_docs():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    required = (
        project["project"]["dependencies"]
        + project["dependency-groups"]["dev"]
        + project["build-system"]["requires"]
    )
    written = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    _, table = written.split("| package | why |\n|---|---|\n")
    explained = [
        name for names in re.findall(r"^\| (.+?) \|", table, re.M) for name in names.split(", ")
    ]

    assert sorted(map(_bare, explained)) == sorted(map(_bare, required))


def _bare(requirement: str) -> str:
    """The name alone, without version, extras or remark."""
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0]
