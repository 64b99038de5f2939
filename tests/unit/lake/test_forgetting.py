"""A window is taken back whole; a killed run is gone on with, and nothing that landed is lost."""

import getpass
import json

import duckdb
import pytest

from storepulse.errors import WindowInvalid, WindowRejected
from storepulse.lake import decisions, forgetting
from storepulse.lake.forgetting import forget, windows_there
from storepulse.lake.paths import WindowFiles
from storepulse.replay import release
from storepulse.replay.rows import Choice
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

FRIDGE = {**GOOD_ROWS["orders"], "order_id": "fridge", "device": "fridge"}
# Begins within the window and ends after it.
OVERLAPPING = Window.from_iso("2026-11-22T12:00", "2026-11-23T12:00")


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home with ten good orders and a refused one, which somebody gave up."""
    settings = Settings(home=tmp_path)
    land(settings, "orders", [*good_rows("orders", 10), FRIDGE])
    validate(settings, SOURCE, "orders", WINDOW)
    release.drop(settings, Choice("orders", rule="device_known"), "a trial")
    return settings


def files(settings: Settings, window: Window = WINDOW) -> WindowFiles:
    return WindowFiles(settings, "orders", SOURCE, window)


def left_of(settings: Settings, window: Window = WINDOW) -> list[str]:
    """What lies of a window outside of decisions."""
    return [
        str(path.relative_to(settings.home))
        for path in settings.home.rglob(f"{window.id}*")
        if "decisions" not in path.parts
    ]


def actions(settings: Settings) -> list[str]:
    return [one.action for one in decisions.read(files(settings))]


def test_all_of_a_window_goes_and_what_landed_is_kept_with_who_and_why(settings):
    (files(settings).landed / "raw.jsonl.gz").write_bytes(b"an answer nobody gives again")

    (taken,) = forget(settings, "orders", WINDOW, "another shop's export")

    assert left_of(settings) == []
    assert taken.kept == settings.decisions / "forgotten" / "orders" / SOURCE / WINDOW.id
    assert (taken.kept / "raw.jsonl.gz").read_bytes() == b"an answer nobody gives again"
    assert (taken.kept / "validation.json").is_file()
    decision = decisions.read(files(settings))[-1]
    assert (decision.action, decision.reason, decision.user) == (
        "forget",
        "another shop's export",
        getpass.getuser(),
    )


def test_a_rejected_window_is_taken_back(settings):
    land(settings, "orders", [{**row, "device": "fridge"} for row in good_rows("orders", 12)])
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)
    assert files(settings).rejection.is_file()

    forget(settings, "orders", WINDOW, "a trial")

    assert left_of(settings) == []


def test_a_window_that_overlaps_keeps_its_own_rows(settings):
    land(settings, "orders", good_rows("orders", 3), OVERLAPPING)
    validate(settings, SOURCE, "orders", OVERLAPPING)

    forget(settings, "orders", WINDOW, "a trial")

    rows = duckdb.execute(f"select count(*) from '{files(settings, OVERLAPPING).accepted}'")
    assert rows.fetchall() == [(3,)]
    assert [one.window for one in windows_there(settings, "orders")] == [OVERLAPPING]


@pytest.mark.parametrize("place", ["landed", "accepted", "quarantined"])
def test_a_run_that_died_is_continued_and_decides_once(settings, monkeypatch, place):
    """Dies after the decision, after landing was moved, or after accepted went."""
    whole = {name: getattr(files(settings), name) for name in ("accepted", "quarantined")}
    contents = {name: path.read_bytes() for name, path in whole.items()}
    forget(settings, "orders", WINDOW, "a trial")
    if place == "landed":
        (settings.decisions / "forgotten" / "orders" / SOURCE / WINDOW.id).rename(
            files(settings).landed
        )
    for name in ("accepted", "quarantined") if place != "quarantined" else ("quarantined",):
        whole[name].write_bytes(contents[name])

    forget(settings, "orders", WINDOW, "a trial")

    assert left_of(settings) == []
    assert actions(settings) == ["drop", "forget"]
    kept = settings.decisions / "forgotten" / "orders" / SOURCE
    assert [path.name for path in kept.iterdir()] == [WINDOW.id]
    assert (kept / WINDOW.id / "rows.parquet").is_file()


def test_a_window_landed_again_is_validated_without_the_decisions_made_before(settings):
    forget(settings, "orders", WINDOW, "a trial")
    assert list(release.release(settings, Choice("orders"))) == []
    folder = land(settings, "orders", [*good_rows("orders", 10), FRIDGE])
    manifest = json.loads((folder / "manifest.json").read_text())
    later = {**manifest, "landed_at": "2099-01-01T00:00:00+00:00"}
    (folder / "manifest.json").write_text(json.dumps(later))

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert (result.accepted, result.quarantined, result.dropped) == (10, 1, 0)
    # and may be taken back again, next to what was kept of the first time
    (taken,) = forget(settings, "orders", WINDOW, "once more")
    assert taken.kept.name == f"{WINDOW.id}.2"
    assert actions(settings) == ["drop", "forget", "forget"]


def test_taking_a_window_back_twice_is_refused(settings):
    forget(settings, "orders", WINDOW, "a trial")

    with pytest.raises(WindowInvalid, match="was taken back already"):
        forget(settings, "orders", WINDOW, "a trial")


def test_a_window_that_never_landed_is_refused_with_those_that_did(settings):
    with pytest.raises(WindowInvalid, match=f"there are these:\\n.*{SOURCE}"):
        forget(settings, "orders", OVERLAPPING, "a trial")
    with pytest.raises(WindowInvalid, match="none ever landed"):
        forget(settings, "orders", WINDOW, "a trial", "another_shop")


def test_a_window_is_known_by_its_bounds_or_its_id():
    assert forgetting.parse_window_or_id(f"{WINDOW.start}..{WINDOW.end}") == WINDOW
    assert forgetting.parse_window_or_id(WINDOW.id) == WINDOW
    for nonsense in ("2026-11-22", "2026-11-23..2026-11-22", ".."):
        with pytest.raises(WindowInvalid, match="expected a window like"):
            forgetting.parse_window_or_id(nonsense)
