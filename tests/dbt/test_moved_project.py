"""A project may be moved between two builds of one warehouse, and lie in folders of any name."""

import shutil

import pytest

from storepulse.settings import PROJECT_ROOT
from storepulse.transform import dbt_runner
from support.accepted_lake import EXAMPLES, AcceptedLake

pytestmark = pytest.mark.slow

LEFT_BEHIND = shutil.ignore_patterns("target", "logs", ".user.yml")


def test_a_project_that_was_moved_builds_from_its_new_place(lake, tmp_path):
    for feed in EXAMPLES:
        lake.accept(feed, [{}], "2026-11-01", "2026-11-03")
    old, new = tmp_path / "old" / "dbt_project", tmp_path / "new" / "dbt_project"
    shutil.copytree(PROJECT_ROOT / "dbt_project", old, ignore=LEFT_BEHIND)
    settings = lake.settings.model_copy(update={"dbt_project_dir": old})
    dbt_runner.build(settings, tested=False)
    new.parent.mkdir()
    old.rename(new)

    moved = settings.model_copy(update={"dbt_project_dir": new})

    assert dbt_runner.build(moved, full=True, tested=False).models > 20


def test_a_warehouse_may_lie_in_a_folder_of_an_unusual_name(tmp_path):
    lake = AcceptedLake(tmp_path / "o'brien's {shop}, 1 & 100% \"new\" 中")
    for feed in EXAMPLES:
        lake.accept(feed, [{}], "2026-11-01", "2026-11-03")

    assert dbt_runner.build(lake.settings, tested=False).models > 20
