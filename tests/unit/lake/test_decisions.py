"""Decisions name who made them and are only added to; a file that was tampered with is reported."""

import json
import os
import pwd
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storepulse.cli.app import main
from storepulse.errors import DecisionsDamaged, RepairInvalid
from storepulse.lake import decisions
from storepulse.lake.decisions import Decision
from storepulse.lake.paths import WindowFiles
from storepulse.replay import release
from storepulse.replay.rows import Choice
from storepulse.settings import Settings
from storepulse.validate import validate
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, good_rows, land

ORDERS = Choice("orders")
FRIDGE = {**GOOD_ROWS["orders"], "order_id": "fridge", "device": "fridge"}
SMALL_LETTERS = {**GOOD_ROWS["orders"], "order_id": "small", "currency": "usd"}
ME = pwd.getpwuid(os.getuid()).pw_name
# As a line was written before it had a user.
OLD_LINE = {
    "row_id": "8c1",
    "action": "drop",
    "reason": "a test kiosk",
    "decided_at": "2026-11-23T08:00:00+00:00",
    "values": {},
    "rules": ["device_known"],
}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def files(settings) -> WindowFiles:
    return WindowFiles(settings, "orders", SOURCE, WINDOW)


@pytest.fixture
def refused(settings) -> None:
    """Ten good orders and two refused ones."""
    land(settings, "orders", [*good_rows("orders", 10), SMALL_LETTERS, FRIDGE])
    validate(settings, SOURCE, "orders", WINDOW)
    return settings


def lines_of(files: WindowFiles) -> list[str]:
    return files.decided.read_text("utf-8").splitlines()


def three_decisions(settings: Settings) -> None:
    """Make them as people do, about rows that lie in quarantine."""
    release.fix(settings, Choice("orders", rule="currency_known"), {"currency": "'USD'"}, "typo")
    release.drop(settings, Choice("orders", rule="device_known"), "a test kiosk")
    list(release.release(settings, ORDERS, reason="asked the shop"))


def three_written(files: WindowFiles) -> None:
    """Write three such down, whatever lies in quarantine."""
    for one in (
        replace(decisions.by_this_user("fix", "typo"), row_id="a", values={"currency": "USD"}),
        replace(decisions.by_this_user("drop", "a test kiosk"), row_id="b"),
        decisions.by_this_user("release", "asked the shop"),
    ):
        decisions.append(files, [one])


@pytest.mark.usefixtures("refused")
def test_every_decision_records_who_where_when_and_why(settings, files):
    before = datetime.now(UTC)
    three_decisions(settings)

    made = decisions.read(files)
    assert [(one.action, one.user, one.host, one.reason) for one in made] == [
        ("fix", ME, socket.gethostname(), "typo"),
        ("drop", ME, socket.gethostname(), "a test kiosk"),
        ("release", ME, socket.gethostname(), "asked the shop"),
    ]
    assert all(before <= one.decided_at <= datetime.now(UTC) for one in made)
    assert [one.row_id is None for one in made] == [False, False, True]


@pytest.mark.usefixtures("refused")
def test_what_is_taken_back_counts_no_more_and_stays_written(settings, files):
    three_decisions(settings)
    given_up = decisions.read(files)[1]

    rows = release.undo(settings, ORDERS, given_up.act, "it is a real shop")
    (released,) = release.release(settings, ORDERS)

    assert rows == 1
    assert (released.result.accepted, released.result.quarantined) == (11, 1)
    made = [(one.action, one.reason) for one in decisions.read(files)]
    assert made[1:4] == [
        ("drop", "a test kiosk"),
        ("release", "asked the shop"),
        ("undo", "it is a real shop"),
    ]


def test_taking_back_can_itself_be_taken_back(settings, files):
    three_written(files)
    release.undo(settings, ORDERS, decisions.read(files)[1].act, "it is a real shop")
    release.undo(settings, ORDERS, decisions.read(files)[-1].act, "no, it is a kiosk")

    assert [one.action for one in decisions.that_stand(decisions.read(files)).values()] == [
        "fix",
        "drop",
    ]


@pytest.mark.parametrize("reason", ["", "it was wrong"])
def test_only_what_stands_can_be_taken_back_and_with_a_reason(settings, files, reason):
    three_written(files)
    released = decisions.read(files)[2]

    with pytest.raises(RepairInvalid, match="needs a reason" if not reason else released.act):
        release.undo(settings, ORDERS, released.act, reason)
    assert len(lines_of(files)) == 3


def test_a_file_of_before_is_read_and_sealed_by_the_next_decision(files):
    files.decided.parent.mkdir(parents=True)
    # No line end: an editor may have left it so.
    files.decided.write_text(json.dumps(OLD_LINE), "utf-8")

    (old,) = decisions.read(files)
    decisions.append(files, [replace(decisions.by_this_user("drop", "a kiosk"), row_id="b")])

    assert (old.user, old.host, old.reason) == ("", "", "a test kiosk")
    assert old.decided_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert [one.user for one in decisions.read(files)] == ["", ME]
    files.decided.write_text("\n".join(lines_of(files)).replace("8c1", "8c2"), "utf-8")
    with pytest.raises(DecisionsDamaged, match="line 2 was changed since it was written, or one"):
        decisions.read(files)


def test_a_reason_may_hold_what_other_programs_take_for_the_end_of_a_line(files):
    reason = "first\u2028second\x85third\nfourth"
    decisions.append(files, [decisions.by_this_user("release", reason)])

    assert decisions.read(files)[0].reason == reason


def cut(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1][:40]]


def without_the_last(lines: list[str]) -> list[str]:
    return lines[:-1]


def without_the_first(lines: list[str]) -> list[str]:
    return lines[1:]


def without_any(lines: list[str]) -> list[str]:
    return []


def another_reason(lines: list[str]) -> list[str]:
    return [line.replace("a test kiosk", "a real kiosk") for line in lines]


def another_name(lines: list[str]) -> list[str]:
    return [line.replace(f'"user": "{ME}"', '"user": "nobody"') for line in lines]


def swapped(lines: list[str]) -> list[str]:
    return [lines[1], lines[0], *lines[2:]]


def one_put_in(lines: list[str]) -> list[str]:
    return [*lines, json.dumps(OLD_LINE)]


def of_a_later_version(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1].replace('"release"', '"teleport"')]


def no_object(lines: list[str]) -> list[str]:
    return [*lines, "[1, 2]"]


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (cut, "line 3 cannot be read as a decision"),
        (without_the_last, "has 2 lines and had 3: the last were removed"),
        (without_the_first, "line 1 was changed since it was written, or one before it"),
        (without_any, "has 0 lines and had 3"),
        (another_reason, "line 2 was changed"),
        (another_name, "line 1 was changed"),
        (swapped, "line 1 was changed"),
        (one_put_in, "line 4 was put in by hand"),
        (of_a_later_version, "line 3 cannot be read as a decision .unknown action 'teleport'"),
        (no_object, "line 4 cannot be read"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_reported_and_nothing_is_added(
    files, tamper, message
):
    three_written(files)
    files.decided.write_text("".join(f"{one}\n" for one in tamper(lines_of(files))), "utf-8")
    left = files.decided.read_bytes()

    with pytest.raises(DecisionsDamaged, match=message) as damaged:
        decisions.append(files, [decisions.by_this_user("release", "again")])

    assert str(files.decided) in str(damaged.value)
    assert "from a backup" in str(damaged.value)
    assert "quarantine fix" in str(damaged.value)
    assert files.decided.read_bytes() == left


@pytest.mark.usefixtures("refused")
def test_nothing_is_validated_with_decisions_that_were_changed(settings, files):
    accepted = files.accepted.read_bytes()
    three_written(files)
    files.decided.write_text("\n".join(without_the_last(lines_of(files))), "utf-8")

    with pytest.raises(DecisionsDamaged, match="the last were removed") as damaged:
        validate(settings, SOURCE, "orders", WINDOW)
    (released,) = release.release(settings, ORDERS)

    assert (released.result, released.rejected_because) == (None, str(damaged.value))
    assert files.accepted.read_bytes() == accepted


def test_a_file_that_is_gone_is_missed(files):
    three_written(files)
    files.decided.unlink()

    with pytest.raises(DecisionsDamaged, match="has 0 lines and had 3"):
        decisions.read(files)


@pytest.mark.parametrize("seal", [None, "old"])
def test_a_run_killed_before_the_seal_was_written_leaves_a_whole_file(files, seal):
    decisions.append(files, [decisions.by_this_user("release", "Monday")])
    before = files.decided_seal.read_bytes()
    decisions.append(files, [decisions.by_this_user("release", "Tuesday")])
    files.decided_seal.unlink()
    if seal:
        files.decided_seal.write_bytes(before)

    assert [one.reason for one in decisions.read(files)] == ["Monday", "Tuesday"]


def test_a_seal_that_was_cut_is_reported(files):
    three_written(files)
    files.decided_seal.write_bytes(b'{"lines": 3')

    with pytest.raises(DecisionsDamaged, match=r"\.seal cannot be read"):
        decisions.read(files)


def test_decisions_of_a_clock_that_stepped_back_count_in_the_order_they_were_made():
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    later = Decision("fix", "typo", now, row_id="a", values={"device": "app"})
    then = replace(later, decided_at=now - timedelta(days=1), values={"device": "mobile"})

    assert decisions.that_stand([later, then])["a"].values == {"device": "mobile"}


def run(monkeypatch, settings: Settings, *arguments: str) -> int:
    monkeypatch.setenv("STOREPULSE_HOME", str(settings.home))
    monkeypatch.setattr(sys, "argv", ["storepulse", "quarantine", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def test_the_shell_shows_decisions_and_takes_one_back(settings, files, monkeypatch, capsys):
    assert run(monkeypatch, settings, "decisions", "orders") == 0
    assert capsys.readouterr().out == "nothing was decided about orders\n"
    three_written(files)
    act = decisions.read(files)[1].act

    assert run(monkeypatch, settings, "undo", "orders", act, "--reason", "a real shop") == 0
    assert f"{act}, for 1 rows, is taken back" in capsys.readouterr().out
    assert run(monkeypatch, settings, "decisions", "orders") == 0

    output = capsys.readouterr().out
    assert f"{ME}@{socket.gethostname()}" in output
    assert f"{act} (taken back)" in output
    assert f"undo {act}" in output
    assert "asked the shop" in output


def test_the_shell_names_the_damaged_file_and_shows_the_others(
    settings, files, monkeypatch, capsys
):
    three_written(files)
    other = WindowFiles(settings, "orders", "another_shop", WINDOW)
    decisions.append(other, [decisions.by_this_user("release", "Monday")])
    files.decided.write_text("{", "utf-8")

    assert run(monkeypatch, settings, "decisions", "orders") == 1

    output = capsys.readouterr()
    assert "Monday" in output.out
    assert output.err.startswith(f"DecisionsDamaged: {files.decided}, line 1 cannot be read")
    assert "Traceback" not in output.err
