"""A shop with rows of every feed, built whole once per session for all workers of xdist.

A test takes a copy and builds only the models it looks at, or takes an empty lake over a warehouse
that already has every table.
"""

import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader
from filelock import FileLock

from storepulse.settings import Settings
from storepulse.transform import dbt_runner
from support.accepted_lake import EXAMPLES, AcceptedLake


@dataclass(frozen=True)
class ExampleShop:
    """A lake whose warehouse was built whole.

    Attributes:
        lake: rows of every feed; read-only, unless it is a copy.
        first: what its first build, with its data tests, returned.
        window_to_take_back: the accepted file of one order and nothing else.
    """

    lake: AcceptedLake
    first: dbt_runner.BuildResult
    window_to_take_back: Path

    def copied_to(self, home: Path) -> "ExampleShop":
        """Put accepted files and warehouse into a used home, as if they were built there."""
        lake = AcceptedLake.emptied(home)
        _copy(self.lake.home, home)
        place = home / self.window_to_take_back.relative_to(self.lake.home)
        return ExampleShop(replace(lake, clock=self.lake.clock), self.first, place)

    def tables_copied_to(self, home: Path) -> AcceptedLake:
        """Empty a used home, but for tables of a shop of which nothing is accepted any more.

        The first build there is full, so the models it is limited to are those of its own rows.
        """
        lake = AcceptedLake.emptied(home)
        lake.settings.warehouse.mkdir(exist_ok=True)
        shutil.copyfile(self.lake.settings.warehouse_file, lake.settings.warehouse_file)
        return lake


def build_only(
    settings: Settings, *nodes: str, tested: bool = False, full: bool = False
) -> dbt_runner.BuildResult:
    """Build some models or data tests with everything they are made of, and leave the rest.

    All other tables stay as they were, though the build record takes them for built.

    Args:
        settings: of a warehouse that has every table.
        nodes: names.
        tested: run the data tests of what is built, too.
        full: as of any build.
    """
    wanted = dbt_runner._wanted

    def chosen(full: bool, tested: bool) -> list[str]:
        command = wanted(full, tested)
        if full:
            selected = ["--select", *(f"+{node}" for node in nodes)]
            # A test that looks at what is not built, too, would compare it with something older.
            return [*command, *selected, "--indirect-selection", "cautious"]
        first = command.index("--select") + 1
        last = command.index("--exclude-resource-type")
        both = [f"+{node},{kind}" for node in nodes for kind in command[first:last]]
        return [*command[:first], *both, *command[last:]]

    with patch.object(dbt_runner, "_wanted", chosen):
        return dbt_runner.build(settings, full=full, tested=tested)


def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of a session."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "example_shop"
    folder.mkdir(exist_ok=True)
    return folder


def built_once(folder: Path) -> ExampleShop:
    """The shop, built by whichever worker comes first."""
    kept = folder / "shop.pickle"
    with FileLock(folder / "build.lock"):
        if not kept.is_file():
            models_read_once(folder)
            kept.write_bytes(pickle.dumps(_build(folder / "home")))
    found: ExampleShop = pickle.loads(kept.read_bytes())  # noqa: S301 - written above
    return found


def models_read_once(folder: Path) -> Path:
    """What dbt remembers of the models' text: the home of which has nothing else, or the shop."""
    home = folder / "home"
    with FileLock(folder / "parse.lock"):
        if not (folder / "parsed").is_file():
            (home / "warehouse").mkdir(parents=True)
            _parse(home)
            (folder / "parsed").touch()
    return home


def remember_models(home: Path, of: Path) -> None:
    """Give a new home what dbt remembers in another one, which it would take for out of date.

    dbt keeps fingerprints of its variables and of the warehouse's address. They name the home, but
    no model depends on it.
    """
    (memory,) = of.glob("warehouse/dbt/*/partial_parse.msgpack")
    place = home / memory.relative_to(of)
    place.parent.mkdir(parents=True)
    shutil.copyfile(memory, place)
    is_usable = ManifestLoader.is_partial_parsable

    def adopted(loader: ManifestLoader, saved: Manifest) -> tuple[bool, str | None]:
        text = place.read_bytes()
        for name in ("vars_hash", "profile_hash"):
            before = getattr(saved.state_check, name).checksum
            now = getattr(loader.manifest.state_check, name)
            text = text.replace(before.encode(), now.checksum.encode())
            setattr(saved.state_check, name, now)
        place.write_bytes(text)
        return is_usable(loader, saved)

    with patch.object(ManifestLoader, "is_partial_parsable", adopted):
        _parse(home)


def _parse(home: Path) -> None:
    settings = AcceptedLake(home).settings
    dbt_runner._run(settings, ["parse"], str(settings.reporting_currency))


def _build(home: Path) -> ExampleShop:
    lake = AcceptedLake(home)
    # A table of an earlier version's model: a full build leaves it out.
    with duckdb.connect() as con:
        file = lake.settings.warehouse_file
        file.parent.mkdir(parents=True, exist_ok=True)
        con.execute(f"attach '{file}' as former (storage_version 'v1.0.0')")
        con.execute("create schema former.marts; create table former.marts.fct_former (id integer)")
    for feed in EXAMPLES:
        lake.accept(feed, [{}], "2026-11-01", "2026-11-03")
    more = [
        {"order_id": "order-moved", "created_at": "2026-11-05 12:00:00"},
        {"order_id": "order-of-a-stranger", "store_id": "eu_shop"},
    ]
    lake.accept("orders", more, "2026-11-03", "2026-11-04")
    after_midnight = {
        "event_id": "event-2",
        "session_id": "session-night",
        "occurred_at": "2026-11-05 00:10:00",
    }
    lake.accept("traffic", [after_midnight], "2026-11-05", "2026-11-06")
    taken_back = {"order_id": "order-taken-back", "created_at": "2026-11-04 12:00:00"}
    place = lake.accept("orders", [taken_back], "2026-11-04", "2026-11-05")
    refund_of_it = {"refund_id": "refund-of-it", "order_id": "order-taken-back"}
    lake.accept("refunds", [refund_of_it], "2026-11-04", "2026-11-05")
    return ExampleShop(lake, dbt_runner.build(lake.settings), place)


def _copy(old: Path, new: Path) -> None:
    """Copy a home without what dbt remembers; paths in JSON, and the files' times, follow."""

    def copy_file(source: str, target: str) -> None:
        shutil.copy2(source, target)
        if target.endswith(".json"):
            text = Path(source).read_text(encoding="utf-8")
            Path(target).write_text(text.replace(str(old), str(new)), encoding="utf-8")

    def memory_of_dbt(folder: str, _: list[str]) -> set[str]:
        return {"dbt"} if Path(folder) == old / "warehouse" else set()

    copy: Callable[[str, str], None] = copy_file
    shutil.copytree(old, new, ignore=memory_of_dbt, copy_function=copy, dirs_exist_ok=True)
