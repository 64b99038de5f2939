import json
import os
import subprocess
import sys
from itertools import pairwise

import pytest

from storepulse.cli import keeping, quarantine, run_warnings
from storepulse.cli.app import app, main
from storepulse.extract.land import LandedWindow
from storepulse.transform.build_warnings import BuildWarning
from support.accepted_lake import AcceptedLake
from support.corner_shop import forget_the_window, lose_the_currency, open_corner_shop, sell_off

ALWAYS = ["--from", "2026-11-20", "--until", "2026-11-22"]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    for name, value in open_corner_shop(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def storepulse(monkeypatch, capsys):
    """Run a command as from a shell; gives its exit code, its output and its errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["storepulse", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return run


def record_build(home, warning):
    """Write the record of a build that ended with this warning."""
    (home / "warehouse").mkdir(parents=True, exist_ok=True)
    record = {"build_id": "one", "files": {}, "warnings": [warning.as_json()]}
    (home / "warehouse" / "built.json").write_text(json.dumps(record), encoding="utf-8")


def test_every_command_has_a_help_text():
    names = {
        command.callback.__name__: command.callback.__doc__
        for commands in (app, *(group.typer_instance for group in app.registered_groups))
        for command in commands.registered_commands
    }

    assert {
        "ingest",
        "land",
        "validate",
        "build",
        "publish",
        "watch",
        "report",
        "docs",
        "status",
    } <= set(names)
    assert [name for name, text in names.items() if not text] == []


def test_help_needs_none_of_the_heavy_libraries():
    names = "sorted({name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, storepulse.cli.app; print({names})"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    for heavy in ("dbt", "great_expectations", "pandas", "matplotlib", "airflow", "duckdb"):
        assert f"'{heavy}'" not in loaded


def test_ingest_catches_up_as_a_scheduled_run_does(shop, storepulse):
    source = shop / "sources" / "corner_shop" / "source.yaml"
    source.write_text(source.read_text("utf-8") + "ends: 2026-11-22T12:00:00Z\n", "utf-8")
    storepulse("ingest", "--from", "2026-11-21", "--until", "2026-11-21T18:00")

    code, output, _ = storepulse("ingest", "--feeds", "inventory", "--catch-up")

    assert code == 0
    assert [line for line in output.splitlines() if "caught up" in line] == [
        "inventory: caught up 2026-11-21 18:00 to 2026-11-22 00:00 UTC",
        "inventory: caught up 2026-11-22 00:00 to 2026-11-22 06:00 UTC",
    ]
    assert (
        shop / "home/accepted/inventory/corner_shop/20261122T060000Z-20261122T120000Z.parquet"
    ).is_file()


def test_catch_up_and_a_window_exclude_each_other(storepulse, shop):
    code, _, errors = storepulse("ingest", "--catch-up", "--from", "2026-11-22")

    assert code == 1
    assert "leave out --from and --until" in errors


def test_ingest_lands_and_validates_every_feed_of_the_source(shop, storepulse):
    code, output, _ = storepulse("ingest", *ALWAYS)

    assert code == 0
    rows = [line.split() for line in output.splitlines()]
    assert ["stores", "1", "1", "0", "–"] in rows
    assert ["inventory", "1", "1", "0", "–"] in rows


def test_log_lines_of_libraries_do_not_reach_the_shell(shop):
    command = [sys.executable, "-c", "from storepulse.cli.app import main; main()"]

    ran = subprocess.run(
        [*command, "ingest", "--feeds", "stores", *ALWAYS],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stderr == ""


def test_a_rejected_feed_does_not_stop_the_others(shop, storepulse):
    lose_the_currency(shop)

    code, output, errors = storepulse("ingest", *ALWAYS)

    assert code == 1
    assert "inventory: WindowRejected" in errors
    assert "currency" in errors
    assert "Traceback" not in errors
    assert [line.split()[0] for line in output.splitlines()] == ["feed", "stores"]


def test_a_warning_about_an_accepted_window_is_a_line_below_the_table(shop, storepulse):
    forget_the_window(shop)
    sell_off(shop, "2026-11-19 22:00:00.000000")

    code, output, errors = storepulse("ingest", *ALWAYS)

    result = next((shop / "home" / "landing" / "inventory").glob("*/*/validation.json"))
    lines = output.splitlines()
    assert (code, errors) == (0, "")
    assert ["inventory", "2", "2", "0", "–"] in [line.split() for line in lines[:-1]]
    assert lines[-1].startswith("warning inventory: change_in_window: expected snapshot_at ")
    assert "a mapping that does not filter by the window" in lines[-1]
    assert lines[-1].endswith(f"; details: cat {result}")


def test_validate_and_release_print_warnings_and_land_does_not(shop, storepulse):
    forget_the_window(shop)
    sell_off(shop, "2026-11-19 22:00:00.000000")
    sell_off(shop, "2026-11-20 22:00:00.000000", item="")

    _, landed, _ = storepulse("land", "--feeds", "inventory", *ALWAYS)
    _, validated, _ = storepulse("validate", "--feeds", "inventory", *ALWAYS)
    _, released, _ = storepulse("quarantine", "release", "inventory")

    assert "change_in_window" not in landed
    assert "warning inventory: change_in_window: " in validated
    assert "warning inventory: change_in_window: " in released


def test_a_note_of_extraction_is_a_line_of_its_own(shop, capsys):
    noticed = LandedWindow(shop / "landed", 2, ("1 [page] skipped:\nnot found",))

    run_warnings.show(run_warnings.of_landing("competitor_prices", noticed))

    assert capsys.readouterr().out == (
        "warning competitor_prices: 1 [page] skipped:\\x0anot found; "
        f"details: cat {shop / 'landed' / 'manifest.json'}\n"
    )


def test_the_last_builds_warnings_are_shown_until_the_next_build(shop, storepulse):
    warned = BuildWarning("assert_all_is_well", "Two rows are not. See why.", 3, ("row=1", "row=2"))
    record_build(shop / "home", warned)

    _, status, _ = storepulse("status")
    _, built, _ = storepulse("build")
    code, shown, _ = storepulse("warnings")

    line = "warning build: assert_all_is_well: 3 rows, such as row=1: Two rows are not; "
    assert status.splitlines()[-1] == f"{line}details: storepulse warnings"
    assert built.splitlines()[-1] == f"{line}details: storepulse warnings"
    assert (code, shown) == (
        0,
        "3 rows against assert_all_is_well. Two rows are not. See why.\n\n"
        "- row=1\n- row=2\n- … and 1 more\n",
    )


def test_a_build_without_warnings_says_so(shop, storepulse):
    code, shown, _ = storepulse("warnings")

    assert (code, shown) == (0, "the last build had no warnings\n")


def test_steps_may_be_taken_one_by_one(shop, storepulse):
    _, landed, _ = storepulse("land", "--feeds", "inventory", *ALWAYS)
    _, validated, _ = storepulse("validate", "--feeds", "inventory", *ALWAYS)

    assert landed.startswith("inventory: 1 rows in ")
    assert validated == "inventory: 1 landed = 1 accepted + 0 quarantined (value –)\n"


def test_status_shows_the_rows_of_each_feed_and_the_last_steps(shop, storepulse):
    storepulse("ingest", *ALWAYS)

    _, output, _ = storepulse("status")

    rows = [line.split() for line in output.splitlines()]
    assert ["inventory", "corner_shop", "1", "1", "1", "0", "–", "–"] in rows
    assert output.endswith("last build: –\nlast publish: –, 0 marts\n")


def test_docs_are_written_before_there_are_marts(shop, storepulse):
    lose_the_currency(shop)
    storepulse("ingest", *ALWAYS)

    code, output, _ = storepulse("docs")

    page = shop / "home" / "report" / "data" / "index.html"
    assert (code, output) == (0, f"{page}\n")
    assert "inventory.html" in page.read_text(encoding="utf-8")


def test_status_of_an_empty_home_says_so(shop, storepulse):
    code, output, _ = storepulse("status")

    assert code == 0
    assert "nothing has landed" in output


def test_a_build_without_new_data_says_what_to_run(shop, storepulse):
    code, output, _ = storepulse("build")

    assert code == 0
    assert "nothing to build" in output
    assert "storepulse ingest" in output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ingest", "--from", "2026-11-20"], "WindowInvalid: a window needs its start and its end"),
        (["ingest"], "WindowInvalid: source corner_shop does not define its history"),
        (["ingest", "--source", "nowhere", *ALWAYS], "SourceInvalid: there is no source 'nowhere'"),
        (["ingest", "--feeds", "order", *ALWAYS], "UnknownFeed: there is no feed 'order'"),
        (["validate", "--feeds", "inventory", *ALWAYS], "NothingLanded: "),
        (["publish"], "PublishRefused: "),
        (["watch"], "NothingPublished: "),
    ],
)
def test_an_error_is_printed_without_a_stack_trace(shop, storepulse, arguments, expected):
    code, _, errors = storepulse(*arguments)

    assert code == 1
    assert errors.startswith(expected)
    assert "Traceback" not in errors


def test_debug_shows_where_an_error_came_from(shop, monkeypatch):
    from storepulse.errors import PublishRefused

    monkeypatch.setattr(sys, "argv", ["storepulse", "--debug", "publish"])

    with pytest.raises(PublishRefused):
        main()


def test_an_invalid_setting_is_named_without_its_value(shop, storepulse, monkeypatch):
    monkeypatch.setenv("STOREPULSE_SMTP_PORT", "hunter2")

    code, _, errors = storepulse("status")

    assert code == 1
    assert "STOREPULSE_SMTP_PORT: Input should be a valid integer" in errors
    assert "hunter2" not in errors


@pytest.mark.parametrize("command", ["ingest", "land", "validate"])
def test_a_window_in_the_future_is_refused_once_and_not_by_each_feed(shop, storepulse, command):
    code, _, errors = storepulse(command, "--from", "2026-11-20", "--until", "2062-11-22")

    assert code == 1
    assert errors.count("ends more than a day after the clock") == 1


def test_help_breaks_its_lines_only_where_they_are_full():
    width = 60
    ended = subprocess.run(
        [sys.executable, "-c", "from storepulse.cli.app import main; main()", "forget", "--help"],
        env={**os.environ, "COLUMNS": str(width), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    text = ended.stdout.partition("Usage: ")[2].partition("╭")[0]
    lines = [line.strip() for line in text.splitlines()]

    broken_early = [
        line
        for line, after in pairwise(lines)
        if after and line and len(f"{line} {after.split()[0]}") < width - 2
    ]
    assert len(lines) > 8
    assert broken_early == []


@pytest.mark.parametrize("commands", [app, keeping.app, quarantine.app])
def test_the_help_of_no_command_has_the_line_ends_of_its_docstring(commands):
    for command in commands.registered_commands:
        assert command.help
        assert [part for part in command.help.split("\n\n") if "\n" in part] == []
        assert command.help.replace("\n\n", " ") == " ".join(command.callback.__doc__.split())


def test_taking_a_window_back_warns_that_a_scheduled_run_lands_it_again(shop, storepulse):
    storepulse("ingest", *ALWAYS)

    _, output, _ = storepulse(
        "forget", "inventory", "--window", "2026-11-20..2026-11-22", "--reason", "a trial"
    )

    assert "a scheduled run lands it again within thirty days" in " ".join(output.split())


def test_a_window_is_listed_and_taken_back(shop, storepulse):
    storepulse("ingest", *ALWAYS)
    _, listed, _ = storepulse("forget", "inventory")
    assert "2026-11-20T00:00:00Z..2026-11-22T00:00:00Z" in listed

    code, output, _ = storepulse(
        "forget", "inventory", "--window", "2026-11-20..2026-11-22", "--reason", "a trial"
    )

    assert code == 0
    assert "inventory from corner_shop, window 2026-11-20 00:00 to 2026-11-22 00:00 UTC" in output
    assert list((shop / "home" / "accepted" / "inventory" / "corner_shop").glob("2*")) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--window", "2026-11-20..2026-11-23", "--reason", "x"],
            "2026-11-20T00:00:00Z..2026-11-2",
        ),
        (["--window", "yesterday", "--reason", "x"], "expected a window like"),
        (["--window", "2026-11-20..2026-11-22"], "needs a reason"),
    ],
)
def test_a_window_that_cannot_be_taken_back_says_why(shop, storepulse, arguments, expected):
    storepulse("ingest", *ALWAYS)

    code, _, errors = storepulse("forget", "inventory", *arguments)

    assert code == 1
    assert expected in errors.replace("\n", " ")


def test_before_a_store_is_known_quarantined_values_are_not_converted(
    tmp_path, monkeypatch, storepulse
):
    monkeypatch.setenv("STOREPULSE_HOME", str(tmp_path))
    monkeypatch.delenv("STOREPULSE_REPORTING_CURRENCY", raising=False)
    row = {"store_id": "us_site", "order_id": "bad", "created_at": "2026-11-03 17:00:00"}
    lake = AcceptedLake(tmp_path)
    lake.refuse("orders", [row | {"_amount": "8", "_currency": "USD"}], "2026-11-01", "2026-11-05")

    code, output, errors = storepulse("quarantine", "list")

    assert (code, errors) == (0, "")
    header, row = output.splitlines()
    assert " ".join(header.split()) == "feed source rule rows windows quarantined value since"
    assert row.split()[3:7] == ["1", "1", "8.00", "USD"]
