"""A step may be killed at any instant: a second run leaves what an undisturbed run leaves."""

from email.message import EmailMessage

import pytest

from chaos.comparing import differences, export
from chaos.plan import planned
from chaos.reader import read
from chaos.runner import run, stage_for
from chaos.scenario import KINDS, LONG, SHORT, Step
from storepulse.lake.locks import exclusive_lock
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

WINDOW = SHORT.windows[-1].id
# The longer steps of a day, each with the lock that another run would hold.
AT_ONCE = [
    Step("land", WINDOW, "orders"),
    Step("validate", WINDOW, "orders"),
    Step("release", WINDOW, "orders"),
    Step("build", WINDOW),
    Step("publish", WINDOW),
    Step("watch", WINDOW),
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """The short scenario's shop, with everything imported."""
    with stage_for(SHORT, tmp_path_factory.mktemp("chaos")) as stage:
        yield stage


@pytest.fixture(scope="module")
def outcome(stage):
    return run(stage, kills=12, seed=1, report=lambda _: None)


def test_whichever_step_is_killed_a_second_run_ends_like_an_undisturbed_one(outcome):
    assert {kill.step.kind for kill in outcome.kills} == set(KINDS)
    assert sum(kill.hit for kill in outcome.kills) == 12
    assert all(outcome.compared.values()), outcome.compared
    assert outcome.differing == []
    assert outcome.left == []


def test_a_lost_home_is_restored_with_marts_alert_store_and_mails_and_resends_none(outcome):
    assert outcome.lost == []


def test_a_concurrent_reader_never_sees_partial_results(outcome):
    assert outcome.observations > 1
    assert outcome.wrong == []


@pytest.mark.parametrize("step", AT_ONCE, ids=str)
def test_of_two_concurrent_runs_one_waits_and_both_succeed(stage, outcome, step):
    first, second = stage.start(step), stage.start(step)

    assert (first.exit_code(), second.exit_code()) == (0, 0)


@pytest.mark.parametrize("step", AT_ONCE, ids=str)
def test_a_run_that_has_waited_too_long_reports_the_other_run(stage, outcome, step):
    log = stage.folder / "steps.log"
    logged_before = len(log.read_text("utf-8"))

    with exclusive_lock(
        lock_of(step, Settings(home=stage.home)), Settings(home=stage.home), "testing"
    ):
        refused = stage.start(step, STOREPULSE_LOCK_TIMEOUT_SECONDS="0.2").exit_code()

    assert refused == 1
    message = log.read_text("utf-8")[logged_before:].splitlines()[-1]
    assert message.startswith("storepulse.errors.AnotherRunIsWriting: ")
    assert "wait" in message


def lock_of(step, settings):
    """The lock file that another run of the same step holds."""
    files = WindowFiles(settings, step.feed, "demo_shop", Window.from_id(step.window_id))
    return {
        "land": files.landed.with_name(f".{step.window_id}.lock"),
        "validate": files.accepted.with_name(f".{step.window_id}.lock"),
        "release": files.accepted.with_name(f".{step.window_id}.lock"),
        "build": settings.warehouse / "storepulse.duckdb.lock",
        "publish": settings.warehouse / "storepulse.duckdb.lock",
        "watch": settings.outbox / "writing.lock",
    }[step.kind]


def test_after_concurrent_runs_nothing_is_there_twice(stage, outcome, tmp_path):
    export(Settings(home=stage.home), tmp_path / "found")

    assert differences(stage.folder / "expected", tmp_path / "found") == []


def test_a_plan_has_the_given_number_of_kills_and_is_the_same_for_the_same_seed():
    plans = [planned(LONG.steps(), 200, seed) for seed in (1, 1, 2)]

    assert [sum(map(len, plan.values())) for plan in plans] == [200, 200, 200]
    assert {step.kind for step in plans[0]} == set(KINDS)
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]


def test_a_differing_row_and_a_missing_file_are_reported(tmp_path):
    for run_of, text in (("expected", "day,orders\n1,2\n"), ("found", "day,orders\n1,3\n")):
        (tmp_path / run_of).mkdir()
        (tmp_path / run_of / "kpis.txt").write_text(text)
    (tmp_path / "expected" / "lost.txt").touch()

    assert differences(tmp_path / "expected", tmp_path / "found") == [
        "kpis.txt: expected '1,2', got '1,3'",
        "lost.txt: is only in the undisturbed run",
    ]


def test_an_incomplete_mail_and_a_mail_sent_twice_are_detected(tmp_path):
    settings = Settings(home=tmp_path)
    settings.outbox.mkdir()
    mail = EmailMessage()
    mail["X-Storepulse-Incident"] = "incident-1 new"
    mail.set_content("text")
    mail.add_alternative("<p>text</p>", subtype="html")
    whole = mail.as_bytes()

    (settings.outbox / "first.eml").write_bytes(whole)
    assert read(settings)["wrong"] == []
    (settings.outbox / "second.eml").write_bytes(whole)
    assert "both report incident-1 new" in read(settings)["wrong"][0]
    (settings.outbox / "second.eml").write_bytes(whole[:-20])
    assert "second.eml is incomplete" in read(settings)["wrong"][0]
