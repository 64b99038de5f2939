"""A copy of the project to apply faults to, so that they never touch the project itself."""

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from multiprocessing.context import ForkServerContext
from pathlib import Path
from xml.etree import ElementTree

import pytest

from faults.patches import Fault

CAUGHT = "caught"
# These mean that the test could not run, not that it found something.
_IS_NO_FINDING = re.compile(r"(Import|ModuleNotFound|Syntax|Indentation|Name|Attribute)Error\b")
# dbt colours the words before and after these.
_UNIT_TEST_FAILED = re.compile(r"^  (\w+) \(.* differs from ", re.M)
# A build takes minutes on a busy machine.
_LONGEST_SECONDS = 1200


# Importing these takes longer than most of the tests: it is done once, for all of them.
_PRELOADED = [
    *("pytest", "duckdb", "pyarrow.parquet", "pandas", "sqlalchemy", "pydantic_settings", "httpx"),
    *("great_expectations", "dbt.cli.main"),
]


class ProjectCopy:
    """The tracked files of the project, as they are now.

    Args:
        project: the project's root.
        folder: where to copy them; it must not exist.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        self._project, self._folder = project, folder
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=project, check=True, capture_output=True, text=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (project / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(project / name, folder / name)
        self._check_imports()

    def _check_imports(self) -> None:
        """Make sure that the copy's modules are imported, not those that the venv points to."""
        imported = self._python("-c", "import storepulse; print(storepulse.__file__)").stdout
        if not Path(imported.strip()).is_relative_to(self._folder):
            raise RuntimeError(
                f"tests in {self._folder} would import {imported.strip()}, and prove nothing; "
                f"correct PYTHONPATH in {__file__}"
            )

    @contextmanager
    def with_faults(self, faults: Sequence[Fault]) -> Iterator[None]:
        """Apply the patches of some faults, and restore the files afterwards.

        Raises:
            CalledProcessError: a patch does not apply; git has printed where.
        """
        try:
            for fault in faults:
                subprocess.run(["git", "apply", fault.patch], cwd=self._folder, check=True)
            yield
        finally:
            for name in {name for fault in faults for name in fault.files}:
                # With its former time of change, or a module compiled with the fault would stay.
                shutil.copy2(self._project / name, self._folder / name)

    def outcome_of(self, test: str) -> str:
        """Run one test: `caught` if it fails by an assertion, else what happened instead."""
        report = self._folder / "report.xml"
        report.unlink(missing_ok=True)
        process = _processes().Process(target=_run_pytest, args=(self._folder, report, test))
        process.start()
        process.join(_LONGEST_SECONDS)
        if process.is_alive():
            process.kill()
            return f"no end after {_LONGEST_SECONDS} s"
        if not report.is_file():
            return (
                f"could not run: exit code {process.exitcode}; run `pytest {test}` with the patch"
            )
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314, pytest wrote it just now
        found = [case.find(kind) for case in cases for kind in ("failure", "error")]
        broken = [one for one in found if one is not None]
        for one in broken:
            message = one.get("message", "")
            if one.tag == "error" or _IS_NO_FINDING.match(message):
                return f"could not run: {message[:300]}"
        return CAUGHT if broken else "not caught" if cases else "no such test"

    def build_warehouse(self, home: Path) -> None:
        """Build the warehouse that the unit tests of the models need."""
        run = self._python("-m", "faults.model_tests", "build", str(home))
        if run.returncode:
            raise RuntimeError(
                f"the models could not be built without a fault: {run.stderr[-1000:]}; "
                f"correct that first"
            )

    def failing_unit_tests(self, home: Path) -> set[str]:
        """Run the unit tests of the models: those whose rows differ from the expected ones."""
        run = self._python("-m", "faults.model_tests", "test", str(home))
        if run.returncode:
            raise RuntimeError(
                f"the unit tests of the models could not run: {run.stderr[-1000:]}; "
                f"correct the patch of a model that is named there"
            )
        return set(_UNIT_TEST_FAILED.findall(run.stdout))

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        try:
            return subprocess.run(
                command,
                cwd=self._folder,
                env=os.environ | _environment(self._folder),
                capture_output=True,
                text=True,
                check=False,
                timeout=_LONGEST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            message = f"no end after {_LONGEST_SECONDS} s"
            return subprocess.CompletedProcess(command, returncode=1, stdout="", stderr=message)


@cache
def _processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _run_pytest(folder: Path, report: Path, test: str) -> None:
    """Run a test of the copy in this process, which has none of the project's modules yet."""
    os.chdir(folder)
    os.environ.update(_environment(folder))
    sys.path[:0] = [str(folder / "include"), str(folder / "tests")]
    if not str(getattr(find_spec("storepulse"), "origin", "")).startswith(str(folder)):
        raise RuntimeError(f"{test} would not test the copy in {folder}")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    pytest.main(["-qx", "-p", "no:cacheprovider", f"--junitxml={report}", test])


def _environment(folder: Path) -> dict[str, str]:
    return {
        # Before what the venv points to.
        "PYTHONPATH": f"{folder / 'include'}{os.pathsep}{folder / 'tests'}",
        # The plugins load slowly, and no test in question needs more than this one.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "pytest_timeout",
    }
