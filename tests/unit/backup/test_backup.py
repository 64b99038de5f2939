"""What cannot be made again outlives the home, or the command says why not."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from storepulse.backup import create
from storepulse.backup.create import IRREPLACEABLE, back_up, content, newest
from storepulse.backup.restore import restore
from storepulse.errors import AnotherRunIsWriting, BackupInvalid
from storepulse.lake.forgetting import forget
from storepulse.lake.locks import validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.monitor import alert_store
from storepulse.replay import release
from storepulse.replay.rows import Choice
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

FRIDGE = {**GOOD_ROWS["orders"], "order_id": "fridge", "device": "fridge"}
NEXT_DAY = Window.from_iso("2026-11-23", "2026-11-24")


@pytest.fixture(scope="module")
def used_home(tmp_path_factory) -> Path:
    """A home with something in every part of it, and with what is made of the rest."""
    settings = Settings(home=tmp_path_factory.mktemp("used") / "home")
    for window in (WINDOW, NEXT_DAY):
        land(settings, "orders", [*good_rows("orders", 10), FRIDGE], window)
        validate(settings, SOURCE, "orders", window)
    release.drop(settings, Choice("orders", window_id=WINDOW.id, rule="device_known"), "a trial")
    land(settings, "orders", good_rows("orders", 1), Window.from_iso("2026-11-01", "2026-11-02"))
    forget(settings, "orders", Window.from_iso("2026-11-01", "2026-11-02"), "a slip")
    with alert_store.opened(settings) as book:
        book.execute("insert into closed_days values ('cn', 'paid_gmv', '2026-11-21')")
    (settings.outbox / "2026-11-21-one.eml").write_bytes(b"a mail")
    for name in ("as_of/00000001-20261105T000000000000Z.parquet", "warehouse/built.json"):
        (settings.home / name).parent.mkdir(exist_ok=True)
        (settings.home / name).write_bytes(b"{}")
    return settings.home


@pytest.fixture
def settings(used_home, tmp_path) -> Settings:
    """A copy of that home."""
    shutil.copytree(used_home, tmp_path / "home")
    return Settings(home=tmp_path / "home", lock_timeout_seconds=0.3)


def contents(settings: Settings) -> dict[str, tuple[bytes, int]]:
    """Every file that cannot be made again: its bytes and its time; of the ledger its rows."""
    found: dict[str, tuple[bytes, int]] = {}
    for part in IRREPLACEABLE:
        for path in (settings.home / part).rglob("*"):
            if path.is_file() and not path.name.endswith(".lock"):
                name = str(path.relative_to(settings.home))
                found[name] = (path.read_bytes(), path.stat().st_mtime_ns)
    with closing(sqlite3.connect(settings.outbox / "ledger.sqlite")) as book:
        rows = "\n".join(book.iterdump()).encode()
    return {**found, "outbox/ledger.sqlite": (rows, 0)}


def files(settings: Settings) -> WindowFiles:
    return WindowFiles(settings, "orders", SOURCE, WINDOW)


def test_a_destroyed_home_comes_back_as_it_was(settings, tmp_path):
    before = contents(settings)
    assert {name.partition("/")[0] for name in before} == set(IRREPLACEABLE)
    made = back_up(settings, tmp_path / "safe")
    shutil.rmtree(settings.home)

    done = restore(settings, tmp_path / "safe")

    assert contents(settings) == before
    assert made.files == done.files == len(before)
    assert not (settings.warehouse / "built.json").exists()
    assert [path.name for path in settings.home.iterdir() if path.name.startswith(".")] == []


def test_a_second_backup_copies_what_is_new_and_the_first_stays(settings, tmp_path):
    first = back_up(settings, tmp_path / "safe")
    before = first.path.read_bytes()
    (settings.outbox / "2026-11-22-two.eml").write_bytes(b"another mail")

    second = back_up(settings, tmp_path / "safe")

    assert (first.path.name, second.path.name) == ("1.json", "2.json")
    # the mail; an alert ledger that is unchanged has the same content
    assert (second.files, second.copied) == (first.files + 1, 1)
    assert first.path.read_bytes() == before


@pytest.mark.parametrize("harm", ["missing", "cut"])
@pytest.mark.parametrize("part", ["accepted/orders", "outbox/2026-11-21-one.eml"])
def test_a_content_that_a_backup_lost_is_copied_again(settings, tmp_path, part, harm):
    safe, before = tmp_path / "safe", contents(settings)
    back_up(settings, safe)
    (name, *_) = [name for name in newest(safe)[1] if name.startswith(part)]
    place = content(safe, newest(safe)[1][name]["sha256"])
    place.unlink() if harm == "missing" else place.write_bytes(place.read_bytes()[:-1])

    made = back_up(settings, safe)

    assert (made.copied, made.repaired) == (1, 1)
    shutil.rmtree(settings.home)
    restore(settings, safe)
    assert contents(settings) == before


def test_a_content_that_rots_is_found_within_seven_backups(settings, tmp_path):
    safe, before = tmp_path / "safe", contents(settings)
    back_up(settings, safe)
    entries = newest(safe)[1].items()
    # The alert ledger is written every time.
    wanted = {entry["sha256"] for name, entry in entries if name != "outbox/ledger.sqlite"}
    for digest in wanted:
        place = content(safe, digest)
        place.write_bytes(bytes(byte ^ 1 for byte in place.read_bytes()))

    repaired = [back_up(settings, safe).repaired for _ in range(7)]

    assert sum(repaired) == len(wanted)
    assert max(repaired) < len(wanted)
    shutil.rmtree(settings.home)
    restore(settings, safe)
    assert contents(settings) == before


def test_a_damaged_content_of_a_file_that_comes_again_is_replaced(settings, tmp_path):
    """Another file of the same bytes is no reason to keep what lies there damaged."""
    safe = tmp_path / "safe"
    back_up(settings, safe)
    digest = newest(safe)[1]["outbox/2026-11-21-one.eml"]["sha256"]
    content(safe, digest).write_bytes(b"a mai")
    (settings.outbox / "2026-11-22-two.eml").write_bytes(b"a mail")

    made = back_up(settings, safe)

    assert made.copied == 1
    assert content(safe, digest).read_bytes() == b"a mail"


def test_of_many_backups_the_newest_are_kept_with_all_they_hold(settings, tmp_path):
    mail = settings.outbox / "2026-11-22-two.eml"
    for number in range(9):
        mail.write_bytes(b"mail %d" % number)
        back_up(settings, tmp_path / "safe")

    names = sorted(path.name for path in (tmp_path / "safe").glob("[0-9]*.json"))
    held = {entry["sha256"] for entry in newest(tmp_path / "safe")[1].values()}
    there = {path.name for path in (tmp_path / "safe" / "contents").glob("??/*")}
    assert names == [f"{number}.json" for number in range(3, 10)]
    # of the mail, one content for each backup that is kept
    assert len(there - held) == 6
    shutil.rmtree(settings.home)
    restore(settings, tmp_path / "safe")
    assert mail.read_bytes() == b"mail 8"


def test_a_backup_that_died_leaves_the_one_before_and_is_gone_on_with(
    settings, tmp_path, monkeypatch
):
    back_up(settings, tmp_path / "safe")
    before = contents(settings)
    land(settings, "orders", good_rows("orders", 3), NEXT_DAY)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(create, "flush_folder", die)
        with pytest.raises(KeyboardInterrupt):
            back_up(settings, tmp_path / "safe")
    shutil.rmtree(settings.home)
    restore(settings, tmp_path / "safe")

    assert contents(settings) == before
    assert back_up(settings, tmp_path / "safe").path.name == "2.json"


@pytest.mark.parametrize("harm", ["flipped", "cut", "missing"])
def test_a_damaged_backup_is_named_and_the_home_is_as_it_was(settings, tmp_path, harm):
    back_up(settings, tmp_path / "safe")
    entry = newest(tmp_path / "safe")[1][f"accepted/orders/{SOURCE}/{WINDOW.id}.parquet"]
    place = content(tmp_path / "safe", entry["sha256"])
    whole = place.read_bytes()
    if harm == "missing":
        place.unlink()
    else:
        place.write_bytes(whole[:-1] + (bytes([whole[-1] ^ 1]) if harm == "flipped" else b""))
    empty = Settings(home=tmp_path / "another")

    with pytest.raises(BackupInvalid, match=rf"{WINDOW.id}\.parquet, is damaged"):
        restore(empty, tmp_path / "safe")

    assert [
        path for path in empty.home.rglob("*") if path.is_file() and path.suffix != ".lock"
    ] == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "1.json is damaged"),
        ("[]", "1.json is damaged"),
        (json.dumps({"files": {"../../etc/passwd": {}}}), "no file of a backup"),
        (json.dumps({"files": {"warehouse/built.json": {}}}), "no file of a backup"),
    ],
)
def test_a_backup_whose_list_is_damaged_is_refused(settings, tmp_path, text, complaint):
    made = back_up(settings, tmp_path / "safe")
    made.path.write_text(text)

    with pytest.raises(BackupInvalid, match=complaint):
        restore(Settings(home=tmp_path / "another"), tmp_path / "safe")


def test_a_folder_of_something_else_or_of_a_later_version_is_refused(settings, tmp_path):
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").touch()
    with pytest.raises(BackupInvalid, match=r"cat\.jpg"):
        back_up(settings, other)
    with pytest.raises(BackupInvalid, match="is no folder of backups"):
        restore(settings, other)
    with pytest.raises(BackupInvalid, match="cannot be written"):
        back_up(settings, other / "cat.jpg")
    back_up(settings, tmp_path / "safe")
    (tmp_path / "safe" / create.MARK).write_text('{"format": 2}')
    with pytest.raises(BackupInvalid, match="format 2"):
        restore(settings, tmp_path / "safe")


def test_a_backup_is_not_kept_in_the_home_that_it_is_of(settings, tmp_path):
    (tmp_path / "link").symlink_to(settings.home)

    for folder in (settings.home / "safe", tmp_path / "link" / "safe"):
        with pytest.raises(BackupInvalid, match="lies in"):
            back_up(settings, folder)
        assert not folder.exists()


def test_a_home_in_use_is_refused_or_moved_aside(settings, tmp_path):
    back_up(settings, tmp_path / "safe")
    before = contents(settings)
    mail = settings.outbox / "2026-11-22-two.eml"
    mail.write_bytes(b"another mail")
    with pytest.raises(BackupInvalid, match="--replace"):
        restore(settings, tmp_path / "safe")
    assert mail.exists()

    done = restore(settings, tmp_path / "safe", replace=True)

    assert contents(settings) == before
    assert done.replaced == settings.home / "replaced" / "1"
    assert (done.replaced / "outbox" / mail.name).read_bytes() == b"another mail"
    assert (done.replaced / "warehouse" / "built.json").is_file()


@pytest.mark.parametrize("after", range(4))
def test_a_restore_that_died_is_gone_on_with(settings, tmp_path, monkeypatch, after):
    """Dies once the files are laid out, once the home is emptied, or between two parts."""
    back_up(settings, tmp_path / "safe")
    before, moved = contents(settings), []
    rename = Path.rename

    def dying(path: Path, target: Path) -> Path:
        moved.append(path)
        if len(moved) > after * 4:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dying)
        with pytest.raises(KeyboardInterrupt):
            restore(settings, tmp_path / "safe", replace=True)

    restore(settings, tmp_path / "safe")

    assert contents(settings) == before


def test_nothing_is_copied_while_somebody_builds_or_validates(settings, tmp_path):
    with (
        create.nothing_told_meanwhile(settings),
        pytest.raises(AnotherRunIsWriting, match="building or publishing"),
    ):
        _in_another_thread(lambda: back_up(settings, tmp_path / "safe"))
    with (
        validation_lock(files(settings)),
        pytest.raises(AnotherRunIsWriting, match="validating orders"),
    ):
        _in_another_thread(lambda: back_up(settings, tmp_path / "safe"))
    assert back_up(settings, tmp_path / "safe").files > 0


def _in_another_thread(do) -> None:
    """Locks are per process and file handle; what it raises is raised here."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            do()
        except BaseException as failure:
            raised.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def test_a_landed_folder_that_a_killed_run_renamed_away_is_in_the_backup(settings, tmp_path):
    before = contents(settings)
    landed = files(settings).landed
    landed.rename(landed.with_name(f".{landed.name}.abc.old"))

    back_up(settings, tmp_path / "safe")
    shutil.rmtree(settings.home)
    restore(settings, tmp_path / "safe")

    assert contents(settings) == before


def build_as_before_there_was_an_export(settings: Settings, *moments: str) -> None:
    shutil.rmtree(settings.as_of)
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.fct_kpi_asof (kpi varchar, as_of_at timestamp)")
        con.executemany(
            "insert into marts.fct_kpi_asof values ('paid_gmv', ?)", [[one] for one in moments]
        )


def test_an_as_of_ledger_that_only_the_warehouse_holds_is_not_left_out(settings, tmp_path):
    build_as_before_there_was_an_export(settings, "2026-11-22 06:00:00")

    with pytest.raises(BackupInvalid, match="run `storepulse build` first"):
        back_up(settings, tmp_path / "safe")

    assert list((tmp_path / "safe").glob("[0-9]*.json")) == []


def test_what_a_build_that_never_finished_left_keeps_nobody_from_a_backup(settings, tmp_path):
    build_as_before_there_was_an_export(settings, "2026-11-22 06:00:00")
    (settings.warehouse / "built.json").unlink()

    assert back_up(settings, tmp_path / "safe").files > 0


def test_a_warehouse_whose_as_of_ledger_is_empty_needs_no_build_first(settings, tmp_path):
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create schema marts")
    shutil.rmtree(settings.as_of)
    assert back_up(settings, tmp_path / "safe").files > 0

    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create table marts.fct_kpi_asof (kpi varchar, as_of_at timestamp)")
    assert back_up(settings, tmp_path / "safe").files > 0


def test_a_damaged_warehouse_keeps_nobody_from_a_backup_of_the_rest(settings, tmp_path):
    (settings.warehouse_file).write_bytes(b"garbage" * 1000)

    assert back_up(settings, tmp_path / "safe").files > 0


def test_an_alert_ledger_that_is_being_written_is_copied_as_it_was(settings, tmp_path):
    before = contents(settings)["outbox/ledger.sqlite"]
    writing = sqlite3.connect(settings.outbox / "ledger.sqlite", isolation_level=None)
    writing.execute("pragma journal_mode = wal")
    writing.execute("begin immediate")
    writing.execute("insert into closed_days values ('eu', 'paid_gmv', '2026-11-21')")

    back_up(settings, tmp_path / "safe")
    writing.close()
    shutil.rmtree(settings.home)
    restore(settings, tmp_path / "safe")

    assert contents(settings)["outbox/ledger.sqlite"] == before


def test_a_damaged_alert_ledger_is_named(settings, tmp_path):
    (settings.outbox / "ledger.sqlite").write_bytes(b"garbage" * 1000)

    with pytest.raises(BackupInvalid, match=r"ledger\.sqlite cannot be read"):
        back_up(settings, tmp_path / "safe")


def test_a_folder_nobody_may_write_to_is_named(settings):
    # Not even root may make a folder there.
    with pytest.raises(BackupInvalid, match=r"/proc/safe cannot be written"):
        back_up(settings, Path("/proc/safe"))


def test_every_folder_of_the_home_is_either_kept_or_made_of_what_is_kept():
    home = Path("/home-of-pages")
    settings = Settings(home=home)
    folders = {
        str(place.relative_to(home))
        for name in dir(type(settings))
        if not name.startswith("_") and name not in {"model_fields", "model_computed_fields"}
        if isinstance(place := getattr(settings, name, None), Path) and place.parent == home
    }

    assert folders == set(IRREPLACEABLE) | {"warehouse", "serving", "report"}
