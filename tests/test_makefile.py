"""`make` is the first thing a new user types."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        # Not those of the `make test` that may have started us.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_every_target_with_a_line_each():
    targets = set(re.search(r"^\.PHONY: (help .*)$", TEXT, re.M)[1].split())

    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", make().stdout, re.M))

    assert {"run", "test", "lint", "airflow", "airflow-stop"} <= targets
    assert set(listed) == targets


def test_a_python_that_is_too_old_or_missing_is_refused_before_anything_is_created(tmp_path):
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        (tmp_path / name).symlink_to(ROOT / name)

    refused = make("-C", str(tmp_path), "run", "PYTHON=python3.4")

    assert refused.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13; 'python3.4' is missing." in refused.stderr
    assert "make PYTHON=python3.12 run" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "Makefile",
        "pyproject.toml",
        "uv.lock",
    ]


def test_a_python_without_venv_is_refused_with_the_package_to_install(tmp_path):
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        (tmp_path / name).symlink_to(ROOT / name)
    debian = tmp_path / "python-as-debian-ships-it"
    debian.write_text(
        '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexec python3 "$@"\n', encoding="ascii"
    )
    debian.chmod(0o755)

    refused = make("-C", str(tmp_path), "run", f"PYTHON={debian}")

    assert refused.returncode != 0
    assert "apt-get install python3-venv" in refused.stderr
