"""`docs/architecture.md` names what exists."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATHS = sorted(
    set(re.findall(r"`((?:include|dbt_project|expectations|dags|plugins|tests)/[^`]*)`", TEXT))
)
NAMES = sorted(set(re.findall(r"`(storepulse(?:\.\w+)+(?::\w+)?)`", TEXT)))
PACKAGES = sorted(
    path.name
    for path in (ROOT / "include" / "storepulse").iterdir()
    if path.joinpath("__init__.py").is_file()
)


def test_there_is_something_to_look_up():
    assert len(PATHS) > 15
    assert len(NAMES) > 8
    assert len(PACKAGES) > 10


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_the_architecture_names_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_the_architecture_is_found_in_its_module(name):
    module, _, attribute = name.partition(":")
    found = importlib.import_module(module)

    assert not attribute or hasattr(found, attribute)


def test_paid_gmv_is_a_metric_of_the_file_that_is_named():
    sales = ROOT / "dbt_project" / "models" / "metrics" / "sales.yml"
    metrics = yaml.safe_load(sales.read_text(encoding="utf-8"))["metrics"]

    assert "paid_gmv" in {metric["name"] for metric in metrics}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_on_the_map_that_its_root_draws_and_in_the_architecture(package):
    root = importlib.import_module("storepulse").__doc__ or ""

    assert re.search(rf"^    {package} +\w", root, re.M), (
        "a sentence in include/storepulse/__init__.py"
    )
    assert re.search(rf"\b{package}\b", TEXT), "docs/architecture.md"


def test_the_layers_of_the_architecture_are_those_that_are_checked():
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    checked = re.search(r"^layers = \[\n(.*?)^\]", contracts, re.M | re.S)
    written = re.search(r"for a package or module without a layer:\n\n(.*?)\n\n", TEXT, re.S)

    assert checked
    assert written
    layers = [line.strip(' ",').split(" | ") for line in checked[1].splitlines()]
    assert [
        line[4:].split("   ")[0].strip().split(" · ") for line in written[1].splitlines()
    ] == layers


def test_a_module_that_code_mentions_is_found():
    texts = {
        path: path.read_text(encoding="utf-8")
        for folder in ("include/storepulse", "include/storepulse_local", "dags", "plugins")
        for path in (ROOT / folder).rglob("*.py")
    }
    mentioned = {
        (name, path.relative_to(ROOT).as_posix())
        for path, text in texts.items()
        for name in re.findall(r"`(storepulse(?:\.\w+)+)`", text)
    }

    assert len(mentioned) > 10
    assert [(name, path) for name, path in sorted(mentioned) if not _resolves(name)] == []


def _resolves(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return hasattr(importlib.import_module(module), attribute)
    return True
