"""The seeded faults fit the project as it is; `make faults` tries them."""

import re
import subprocess
from pathlib import Path

from faults.patches import all_faults

ROOT = Path(__file__).resolve().parents[2]
DBT = ROOT / "dbt_project"
FAULTS = all_faults()

RULES = {
    *("key", "type", "accepted values", "amount range", "dates", "references", "volume"),
    *("schema drift", "snapshot completeness", "conflicts", "duplicates"),
}
MAILS = {
    *("incident", "data incident", "task failure", "data not ready", "expired list", "recovered"),
}


def test_every_rule_mail_mart_area_and_incremental_strategy_has_a_fault():
    areas = {path.name for path in (DBT / "models/marts").iterdir() if path.is_dir()}
    macros = "\n".join(path.read_text("utf-8") for path in DBT.glob("macros/**/*.sql"))
    strategies = set(re.findall(r"macro get_incremental_(\w+)_sql", macros))

    wanted = {
        *(f"rule {kind}" for kind in RULES),
        *(f"mail {kind}" for kind in MAILS),
        *(f"marts {area}" for area in areas),
        *(f"strategy {name}" for name in strategies),
    }
    assert len(strategies) > 3
    assert wanted - {fault.kind for fault in FAULTS} == set()
    assert len(FAULTS) >= 40


def test_every_fault_applies_to_the_project():
    def problem(patch: Path) -> str:
        command = ["git", "apply", "--check", patch]
        tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return tried.stderr

    problems = {fault.name: problem(fault.patch) for fault in FAULTS}

    assert {name: found for name, found in problems.items() if found} == {}


def test_every_test_that_catches_a_fault_exists():
    texts: dict[str, str] = {}
    missing = []
    for fault in FAULTS:
        file, _, test = fault.test.partition("::")
        if file not in texts:
            texts[file] = (ROOT / file).read_text("utf-8") if (ROOT / file).is_file() else ""
        if f"def {test.partition('[')[0]}(" not in texts[file]:
            missing.append(f"{fault.name}: {fault.test}")

    assert missing == []


def test_every_unit_test_that_catches_a_fault_exists():
    described = "\n".join(path.read_text("utf-8") for path in DBT.glob("models/**/*.yml"))
    known = set(re.findall(r"^\s*- name: (\w+__\w+)", described, re.M))

    assert [fault.name for fault in FAULTS if (fault.unit_test or min(known)) not in known] == []


def test_faults_of_models_that_are_tried_together_change_different_files():
    files = [file for fault in FAULTS if fault.unit_test for file in fault.files]

    assert len(files) == len(set(files))
