"""A clock that was ahead and was put right: what is done after that counts as done after that."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import storepulse.lake.atomic
import storepulse.publish.swap
from storepulse.errors import SourceUnreachable, WindowRejected
from storepulse.lake.accepted import accepted_files
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import rejected_windows
from storepulse.notify.data_incident_mails import nobody_watches
from storepulse.notify.data_incidents import find_data_incidents
from storepulse.notify.mailer import FAILURE, composed, post, waiting
from storepulse.notify.task_failures import Failure, note
from storepulse.publish import publish
from storepulse.settings import Settings
from storepulse.validate import validate
from storepulse.windows import Window
from support.landed_windows import SOURCE, WINDOW, good_rows, land
from support.marts_builder import Shop, write_marts

AHEAD = timedelta(days=1)
TWO_DAYS = Window.from_iso("2026-11-22", "2026-11-24")
BAD = [{**row, "device": "fridge"} for row in good_rows("orders", 3)]


class Ahead(datetime):
    """A clock that is a day ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + AHEAD


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def clock_is_ahead(settings, monkeypatch):
    """Set the clock a day ahead; the returned function corrects it."""
    for module in (storepulse.lake.atomic, storepulse.publish.swap):
        monkeypatch.setattr(module, "datetime", Ahead)

    def put_right():
        monkeypatch.undo()
        moment = (datetime.now(UTC) + AHEAD).timestamp()
        for file in settings.home.rglob("*.*"):
            os.utime(file, (moment, moment))

    return put_right


def test_the_current_version_is_never_one_that_does_not_exist(settings, clock_is_ahead):
    write_marts(settings.warehouse_file, [Shop(days=7)], facts=False)
    folder = settings.serving / "parquet"
    shown = publish(settings).version
    clock_is_ahead()
    for before in (1, 2):
        moment = datetime.now(UTC) + AHEAD - timedelta(hours=before)
        shutil.copytree(folder / shown, folder / f"{moment:%Y%m%dT%H%M%S%fZ}")

    version = publish(settings).version

    assert (folder / "current").readlink() == Path(version)
    rows = duckdb.sql(f"select count(*) from '{folder}/current/fct_kpi_daily.parquet'").fetchall()
    assert rows[0][0] > 0
    versions = sorted(path.name for path in folder.glob("2*Z"))
    assert (len(versions), versions[1:]) == (3, [shown, version])


def test_a_home_whose_current_version_is_missing_recovers(settings):
    write_marts(settings.warehouse_file, [Shop(days=7)], facts=False)
    gone = settings.serving / "parquet" / publish(settings).version
    later = gone.with_name(f"{datetime.now(UTC) + AHEAD:%Y%m%dT%H%M%S%fZ}")
    shutil.move(gone, later)

    published = publish(settings)

    current = settings.serving / "parquet" / "current"
    assert current.resolve().name == published.version
    assert (current / "fct_kpi_daily.parquet").is_file()


def test_what_is_accepted_later_counts_as_later(settings, clock_is_ahead):
    first = []
    for window in (WINDOW, TWO_DAYS, WINDOW):
        land(settings, "orders", good_rows("orders", 10), window)
        validate(settings, SOURCE, "orders", window)
        if not first:
            first += accepted_files(settings, {})
            clock_is_ahead()

    folder = settings.accepted / "orders" / SOURCE
    at = {
        window: duckdb.sql(
            f"select max(_accepted_at) from '{folder}/{window.id}.parquet'"
        ).fetchall()[0][0]
        for window in (WINDOW, TWO_DAYS)
    }
    assert at[WINDOW] > at[TWO_DAYS] > datetime.now(UTC).replace(tzinfo=None)
    # A build sees that the first window was replaced, by a file of as many bytes.
    again = {file.path: file.fingerprint for file in accepted_files(settings, {})}
    assert again[first[0].path] != first[0].fingerprint


def test_a_window_rejected_before_the_step_is_replaced_by_a_longer_one_after_it(
    settings, clock_is_ahead
):
    land(settings, "orders", BAD, WINDOW)
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)
    clock_is_ahead()
    land(settings, "orders", good_rows("orders", 10), TWO_DAYS)
    validate(settings, SOURCE, "orders", TWO_DAYS)

    assert rejected_windows(settings) == []


def test_a_window_rejected_after_the_step_is_not_replaced_by_a_longer_one_before_it(
    settings, clock_is_ahead
):
    land(settings, "orders", good_rows("orders", 10), TWO_DAYS)
    validate(settings, SOURCE, "orders", TWO_DAYS)
    clock_is_ahead()
    land(settings, "orders", BAD, WINDOW)
    with pytest.raises(WindowRejected):
        validate(settings, SOURCE, "orders", WINDOW)

    assert [one.window_id for one in rejected_windows(settings)] == [WINDOW.id]


def test_a_task_that_fails_after_the_step_is_found(settings, clock_is_ahead):
    land(settings, "orders", good_rows("orders", 10))
    validate(settings, SOURCE, "orders", WINDOW)
    accepted = settings.accepted / "orders" / SOURCE
    accepted.rename(accepted.with_name(settings.source))
    clock_is_ahead()
    error = SourceUnreachable("no answer")
    note(settings, Failure("ingest_orders", "feed.land", "run", 5, error, "log", "", "orders"))

    incidents, _ = find_data_incidents(settings, datetime.now(UTC))

    assert ("SourceUnreachable", "orders") in [(one.kind, one.feed) for one in incidents]


def test_a_mail_of_a_day_that_occurs_twice_is_sent_both_times(settings):
    settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1})
    name = "2026-11-30-late-1"
    post(settings, FAILURE, name, composed(settings, FAILURE, "late", "orders"))
    (FAILURE.folder(settings) / f"{name}.sent").touch()
    assert waiting(settings, FAILURE) == []

    post(settings, FAILURE, name, composed(settings, FAILURE, "late", "refunds"))

    assert [mail.place.stem for mail in waiting(settings, FAILURE)] == [name]


@pytest.mark.parametrize(("ahead", "nobody"), [(timedelta(), False), (AHEAD, True), (-AHEAD, True)])
def test_a_run_in_the_future_is_no_recent_one(settings, ahead, nobody):
    place = FAILURE.folder(settings) / "causes.json"
    place.parent.mkdir(parents=True)
    place.write_text("{}")
    moment = (datetime.now(UTC) + ahead).timestamp()
    os.utime(place, (moment, moment))

    assert nobody_watches(settings, datetime.now(UTC)) is nobody


def test_a_file_that_is_removed_meanwhile_is_no_reason_to_fail(settings):
    files = WindowFiles(settings, "orders", SOURCE, WINDOW)
    now = datetime.now(UTC)

    assert storepulse.lake.atomic.after_all([files.accepted]) >= now
