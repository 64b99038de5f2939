"""A backup restores what cannot be rebuilt, or the command says why not."""

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
    """A home with data in every folder, those that are rebuilt included."""
    settings = Settings(home=tmp_path_factory.mktemp("used") / "home")
    for window in (WINDOW, NEXT_DAY):
        land(settings, "orders", [*good_rows("orders", 10), FRIDGE], window)
        validate(settings, SOURCE, "orders", window)
    release.drop(settings, Choice("orders", window_id=WINDOW.id, rule="device_known"), "a trial")
    land(settings, "orders", good_rows("orders", 1), Window.from_iso("2026-11-01", "2026-11-02"))
    forget(settings, "orders", Window.from_iso("2026-11-01", "2026-11-02"), "a slip")
    with alert_store.opened(settings) as con:
        con.execute("insert into closed_days values ('cn', 'paid_gmv', '2026-11-21')")
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
    """Every file that cannot be rebuilt: its bytes and its time; of the alert store its rows."""
    found: dict[str, tuple[bytes, int]] = {}
    for part in IRREPLACEABLE:
        for path in (settings.home / part).rglob("*"):
            if path.is_file() and not path.name.endswith(".lock"):
                name = str(path.relative_to(settings.home))
                found[name] = (path.read_bytes(), path.stat().st_mtime_ns)
    with closing(sqlite3.connect(settings.outbox / "ledger.sqlite")) as con:
        rows = "\n".join(con.iterdump()).encode()
    return {**found, "outbox/ledger.sqlite": (rows, 0)}


def files(settings: Settings) -> WindowFiles:
    return WindowFiles(settings, "orders", SOURCE, WINDOW)


def test_a_destroyed_home_is_restored_unchanged(settings, tmp_path):
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
    # the mail; an unchanged alert store has the same content
    assert (second.files, second.copied) == (first.files + 1, 1)
    assert first.path.read_bytes() == before


@pytest.mark.parametrize("harm", ["missing", "cut"])
@pytest.mark.parametrize("part", ["accepted/orders", "outbox/2026-11-21-one.eml"])
def test_a_content_that_a_backup_lost_is_copied_again(settings, tmp_path, part, harm):
    safe, before = tmp_path / "safe", contents(settings)
    back_up(settings, safe)
    (name, *_) = [name for name in newest(safe)[1] if name.startswith(part)]
    copy = content(safe, newest(safe)[1][name]["sha256"])
    copy.unlink() if harm == "missing" else copy.write_bytes(copy.read_bytes()[:-1])

    made = back_up(settings, safe)

    assert (made.copied, made.repaired) == (1, 1)
    shutil.rmtree(settings.home)
    restore(settings, safe)
    assert contents(settings) == before


def test_a_corrupted_content_is_found_within_seven_backups(settings, tmp_path):
    safe, before = tmp_path / "safe", contents(settings)
    back_up(settings, safe)
    entries = newest(safe)[1].items()
    # The alert store is copied every time.
    wanted = {entry["sha256"] for name, entry in entries if name != "outbox/ledger.sqlite"}
    for digest in wanted:
        copy = content(safe, digest)
        copy.write_bytes(bytes(byte ^ 1 for byte in copy.read_bytes()))

    repaired = [back_up(settings, safe).repaired for _ in range(7)]

    assert sum(repaired) == len(wanted)
    assert max(repaired) < len(wanted)
    shutil.rmtree(settings.home)
    restore(settings, safe)
    assert contents(settings) == before


def test_a_new_file_of_the_same_bytes_replaces_a_damaged_content(settings, tmp_path):
    """A content is stored once, so the new file must not rely on the damaged copy."""
    safe = tmp_path / "safe"
    back_up(settings, safe)
    digest = newest(safe)[1]["outbox/2026-11-21-one.eml"]["sha256"]
    content(safe, digest).write_bytes(b"a mai")
    (settings.outbox / "2026-11-22-two.eml").write_bytes(b"a mail")

    made = back_up(settings, safe)

    assert made.copied == 1
    assert content(safe, digest).read_bytes() == b"a mail"


def test_of_many_backups_the_newest_are_kept_with_all_their_contents(settings, tmp_path):
    mail = settings.outbox / "2026-11-22-two.eml"
    for number in range(9):
        mail.write_bytes(b"mail %d" % number)
        back_up(settings, tmp_path / "safe")

    names = sorted(path.name for path in (tmp_path / "safe").glob("[0-9]*.json"))
    of_newest = {entry["sha256"] for entry in newest(tmp_path / "safe")[1].values()}
    stored = {path.name for path in (tmp_path / "safe" / "contents").glob("??/*")}
    assert names == [f"{number}.json" for number in range(3, 10)]
    # of the mail, one content for each backup that is kept
    assert len(stored - of_newest) == 6
    shutil.rmtree(settings.home)
    restore(settings, tmp_path / "safe")
    assert mail.read_bytes() == b"mail 8"


def test_a_killed_backup_leaves_the_earlier_one_intact_and_can_be_continued(
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
def test_a_damaged_backup_is_named_and_the_home_is_unchanged(settings, tmp_path, harm):
    back_up(settings, tmp_path / "safe")
    entry = newest(tmp_path / "safe")[1][f"accepted/orders/{SOURCE}/{WINDOW.id}.parquet"]
    copy = content(tmp_path / "safe", entry["sha256"])
    whole = copy.read_bytes()
    if harm == "missing":
        copy.unlink()
    else:
        copy.write_bytes(whole[:-1] + (bytes([whole[-1] ^ 1]) if harm == "flipped" else b""))
    empty = Settings(home=tmp_path / "another")

    with pytest.raises(BackupInvalid, match=rf"{WINDOW.id}\.parquet, is damaged"):
        restore(empty, tmp_path / "safe")

    assert [
        path for path in empty.home.rglob("*") if path.is_file() and path.suffix != ".lock"
    ] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "1.json is damaged"),
        ("[]", "1.json is damaged"),
        (json.dumps({"files": {"../../etc/passwd": {}}}), "is not a file of a backup"),
        (json.dumps({"files": {"warehouse/built.json": {}}}), "is not a file of a backup"),
    ],
)
def test_a_backup_whose_list_is_damaged_is_refused(settings, tmp_path, text, message):
    made = back_up(settings, tmp_path / "safe")
    made.path.write_text(text)

    with pytest.raises(BackupInvalid, match=message):
        restore(Settings(home=tmp_path / "another"), tmp_path / "safe")


def test_a_folder_with_other_content_or_of_a_later_version_is_refused(settings, tmp_path):
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").touch()
    with pytest.raises(BackupInvalid, match=r"cat\.jpg"):
        back_up(settings, other)
    with pytest.raises(BackupInvalid, match="is not a folder of backups"):
        restore(settings, other)
    with pytest.raises(BackupInvalid, match="cannot be written"):
        back_up(settings, other / "cat.jpg")
    back_up(settings, tmp_path / "safe")
    (tmp_path / "safe" / create.MARK).write_text('{"format": 2}')
    with pytest.raises(BackupInvalid, match="format 2"):
        restore(settings, tmp_path / "safe")


def test_a_backup_into_its_own_home_is_refused(settings, tmp_path):
    (tmp_path / "link").symlink_to(settings.home)

    for folder in (settings.home / "safe", tmp_path / "link" / "safe"):
        with pytest.raises(BackupInvalid, match="is inside"):
            back_up(settings, folder)
        assert not folder.exists()


def test_a_home_in_use_is_refused_or_its_content_moved_to_replaced(settings, tmp_path):
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
def test_a_killed_restore_is_continued(settings, tmp_path, monkeypatch, after):
    """Killed after the files are staged, after the home is emptied, or between two folders."""
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


def test_nothing_is_copied_during_a_build_or_a_validation(settings, tmp_path):
    with (
        create.nothing_sent_meanwhile(settings),
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
    """Locks are per process and file handle; an exception of the thread is raised here."""
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


def build_without_an_export(settings: Settings, *moments: str) -> None:
    shutil.rmtree(settings.as_of)
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.fct_kpi_asof (kpi varchar, as_of_at timestamp)")
        con.executemany(
            "insert into marts.fct_kpi_asof values ('paid_gmv', ?)", [[one] for one in moments]
        )


def test_an_as_of_ledger_that_is_in_the_warehouse_only_is_not_left_out(settings, tmp_path):
    build_without_an_export(settings, "2026-11-22 06:00:00")

    with pytest.raises(BackupInvalid, match="run `storepulse build` first"):
        back_up(settings, tmp_path / "safe")

    assert list((tmp_path / "safe").glob("[0-9]*.json")) == []


def test_an_unfinished_first_build_does_not_prevent_a_backup(settings, tmp_path):
    build_without_an_export(settings, "2026-11-22 06:00:00")
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


def test_a_damaged_warehouse_does_not_prevent_a_backup_of_the_rest(settings, tmp_path):
    (settings.warehouse_file).write_bytes(b"garbage" * 1000)

    assert back_up(settings, tmp_path / "safe").files > 0


def test_an_alert_store_that_is_being_written_is_copied_as_last_committed(settings, tmp_path):
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


def test_a_damaged_alert_store_is_named(settings, tmp_path):
    (settings.outbox / "ledger.sqlite").write_bytes(b"garbage" * 1000)

    with pytest.raises(BackupInvalid, match=r"ledger\.sqlite cannot be read"):
        back_up(settings, tmp_path / "safe")


def test_a_folder_nobody_may_write_to_is_named(settings):
    # Not even root may make a folder there.
    with pytest.raises(BackupInvalid, match=r"/proc/safe cannot be written"):
        back_up(settings, Path("/proc/safe"))


def test_every_folder_of_the_home_is_either_backed_up_or_rebuilt():
    home = Path("/home-of-pages")
    settings = Settings(home=home)
    folders = {
        str(path.relative_to(home))
        for name in dir(type(settings))
        if not name.startswith("_") and name not in {"model_fields", "model_computed_fields"}
        if isinstance(path := getattr(settings, name, None), Path) and path.parent == home
    }

    assert folders == set(IRREPLACEABLE) | {"warehouse", "serving", "report"}
