"""The walk over the lake finds windows, each once and in order, and nothing else."""

import pytest

from storepulse.lake import walk
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window

FIRST = Window.from_iso("2026-11-22", "2026-11-22T06:00")
SECOND = Window.from_iso("2026-11-22T06:00", "2026-11-22T12:00")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def files(settings: Settings, source: str, window: Window) -> WindowFiles:
    return WindowFiles(settings, "orders", source, window)


def put(*places) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def test_windows_come_by_source_then_time_and_each_place_has_its_own(settings):
    late, early = files(settings, "a_shop", SECOND), files(settings, "a_shop", FIRST)
    other = files(settings, "b_shop", FIRST)
    put(late.accepted, other.accepted, early.accepted, early.quarantined, late.rejection)
    put(early.landed / "manifest.json")

    assert walk.accepted(settings, "orders") == [early, late, other]
    assert walk.accepted(settings, "orders", "b_shop") == [other]
    assert walk.quarantined(settings, "orders") == [early]
    assert walk.rejected(settings, "orders") == [late]
    assert walk.landed(settings, "orders") == [early]
    assert walk.landing_sources(settings, "orders") == ["a_shop"]
    assert walk.accepted(settings, "refunds") == walk.landed(settings, "refunds") == []


def test_locks_temporary_files_and_what_is_no_window_are_passed_over(settings):
    one = files(settings, "a_shop", FIRST)
    folder = one.accepted.parent
    put(one.accepted, folder / f".{FIRST.id}.lock", folder / f".{SECOND.id}.parquet.1.tmp")
    put(folder / "notes.parquet", folder / "2026112T000000Z-20261123T000000Z.parquet")
    put(folder.parent / "a_file_where_sources_are", folder.parent / ".DS_Store")

    assert walk.accepted(settings, "orders") == [one]


def test_a_window_whose_decisions_are_lost_but_for_the_seal_is_found_once(settings):
    one, two = files(settings, "a_shop", FIRST), files(settings, "a_shop", SECOND)
    put(one.decided, one.decided_seal, two.decided_seal)

    assert walk.decided(settings, "orders") == [one, two]


def test_what_a_killed_run_left_counts_only_where_any_file_does(settings):
    killed, locked = files(settings, "a_shop", FIRST), files(settings, "a_shop", SECOND)
    put(killed.landed.with_name(f".{FIRST.id}.1.old") / "manifest.json")
    put(locked.landed.with_name(f".{SECOND.id}.lock"))

    assert walk.landed(settings, "orders") == []
    assert walk.with_any_file(settings, "orders") == [killed]
