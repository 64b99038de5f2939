import errno

import pytest

from storepulse.errors import DiskFull
from storepulse.lake.atomic import atomic_folder, atomic_write, clear_leftovers


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    place = tmp_path / "accepted" / "rows.parquet"

    with atomic_write(place) as temp:
        temp.write_text("new")
        assert not place.exists()

    assert place.read_text() == "new"
    assert [path.name for path in place.parent.iterdir()] == ["rows.parquet"]


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path):
    place = tmp_path / "rows.parquet"
    place.write_text("old")

    with (
        pytest.raises(DiskFull, match=r"no room to write .*Free space"),
        atomic_write(place) as temp,
    ):
        temp.write_text("ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_replaces_the_one_before_it(tmp_path):
    place = tmp_path / "window"
    for text in ("first", "second"):
        with atomic_folder(place) as temp:
            (temp / "rows").write_text(text)

    assert (place / "rows").read_text() == "second"
    assert list(tmp_path.iterdir()) == [place]


def test_a_failure_keeps_the_folder_that_was_there(tmp_path):
    place = tmp_path / "window"
    with atomic_folder(place) as temp:
        (temp / "rows").write_text("first")

    with pytest.raises(RuntimeError), atomic_folder(place) as temp:
        (temp / "rows").write_text("second")
        raise RuntimeError

    assert (place / "rows").read_text() == "first"
    assert list(tmp_path.iterdir()) == [place]


def test_what_killed_runs_left_is_cleared_away_and_nothing_else(tmp_path):
    for name in (".rows.parquet.abc.tmp", ".other.abc.tmp", "rows.parquet", ".rows.parquet.lock"):
        (tmp_path / name).touch()
    (tmp_path / ".rows.parquet.def.tmp").mkdir()

    clear_leftovers(tmp_path, "rows.*")

    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".other.abc.tmp", ".rows.parquet.lock", "rows.parquet"]


def test_a_folder_that_was_renamed_away_is_put_back_when_no_other_replaced_it(tmp_path):
    (tmp_path / ".lost.abc.old").mkdir()
    (tmp_path / ".lost.abc.old" / "rows").write_text("kept")
    (tmp_path / ".replaced.abc.old").mkdir()
    (tmp_path / "replaced").mkdir()

    clear_leftovers(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["lost", "replaced"]
    assert (tmp_path / "lost" / "rows").read_text() == "kept"
