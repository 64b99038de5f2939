"""How good, bad and broken windows are validated; real Great Expectations, real files."""

import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from filelock import FileLock
from pyarrow import parquet

from storepulse.errors import AnotherRunIsWriting, NothingLanded, WindowRejected
from storepulse.feeds.registry import SQL_TYPES, feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import validate
from support.landed_windows import (
    GOOD_ROWS,
    SOURCE,
    WINDOW,
    good_rows,
    land,
    with_a_rule_nobody_can_evaluate,
)

ORDER = GOOD_ROWS["orders"]


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, lock_timeout_seconds=0.2)


def files(settings, feed="orders"):
    return WindowFiles(settings, feed, SOURCE, WINDOW)


def validation_file(settings, feed="orders"):
    return json.loads((files(settings, feed).landed / "validation.json").read_text("utf-8"))


def ids(path):
    return sorted(parquet.read_table(path)["order_id"].to_pylist())


def test_good_rows_are_accepted_in_the_registrys_types_and_order(settings):
    land(settings, "orders", good_rows("orders", 2))

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert (result.status, result.landed, result.accepted) == ("accepted", 2, 2)
    with duckdb.connect() as con:
        place = str(files(settings).accepted)
        types = {
            name: kind.lower().replace(",", ", ")
            for name, kind, *_ in con.execute("describe from read_parquet(?)", [place]).fetchall()
        }
        row = con.execute(
            "select order_id, paid_amount, is_test, created_at, _source, _window, _position, "
            "_landed_at, _event_day from read_parquet(?) order by _position limit 1",
            [place],
        ).fetchall()[0]
    expected = {name: SQL_TYPES[kind] for name, kind in feed_named("orders").columns.items()}
    assert list(types)[: len(expected)] == list(expected)
    assert types == {
        **expected,
        "_source": "varchar",
        "_window": "varchar",
        "_position": "bigint",
        "_landed_at": "timestamp",
        "_accepted_at": "timestamp",
        "_event_day": "date",
    }
    assert row == (
        "x0",
        Decimal("75.00"),
        False,
        datetime(2026, 11, 22, 9),
        SOURCE,
        WINDOW.id,
        1,
        datetime(2026, 11, 23, 0, 10),
        date(2026, 11, 22),
    )


def test_an_accepted_file_has_its_event_days_in_its_footer(settings):
    older = {"created_at": "2026-11-20 23:59:59"}
    land(settings, "orders", [good_rows("orders", 1)[0], {**ORDER, **older}])

    result = validate(settings, SOURCE, "orders", WINDOW)

    described = parquet.read_metadata(files(settings).accepted).metadata[b"storepulse"]
    assert json.loads(described) == {
        "event_days": ["2026-11-20", "2026-11-22"],
        "rows": 2,
        "window_start": "2026-11-22T00:00:00+00:00",
        "window_end": "2026-11-23T00:00:00+00:00",
        "run_id": "test-run",
        "checks": result.checks.as_json(),
    }


def test_a_bad_row_is_quarantined_as_it_landed_with_rule_reason_and_money(settings):
    bad = {**ORDER, "currency": "XXX", "paid_amount": "80.50", "device": "fridge"}
    land(settings, "orders", [*good_rows("orders", 3), bad])

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert (result.accepted, result.quarantined) == (3, 1)
    assert result.amount_refused == {"XXX": Decimal("80.5")}
    assert result.refused_by_rule == {"currency_known": 1, "device_known": 1}
    (row,) = parquet.read_table(files(settings).quarantined).to_pylist()
    assert {name: row[name] for name in bad} == bad
    assert row["_rules"] == ["device_known", "currency_known"]
    assert "legal tender" in row["_reason"]
    assert (row["_amount"], row["_currency"], row["_position"]) == (Decimal("80.5"), "XXX", 4)
    assert (row["_source"], row["_window"]) == (SOURCE, WINDOW.id)


def test_of_two_versions_of_a_key_the_newest_is_accepted(settings):
    versions = [
        {**ORDER, "updated_at": "2026-11-22 11:00:00", "status": "shipped"},
        {**ORDER, "updated_at": "2026-11-22 12:00:00", "status": "completed"},
        {**ORDER, "updated_at": "2026-11-22 10:00:00", "status": "paid"},
    ]
    land(settings, "orders", versions)

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert result.refused_by_rule == {"duplicate_key": 2}
    accepted = parquet.read_table(files(settings).accepted)
    assert accepted["status"].to_pylist() == ["completed"]


def test_an_older_good_version_is_accepted_when_the_newer_one_is_refused(settings):
    newer = {**ORDER, "updated_at": "2026-11-22 12:00:00", "status": "lost"}
    land(settings, "orders", [*good_rows("orders", 3), ORDER, newer])

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert result.refused_by_rule == {"status_known": 1}
    assert "1001" in ids(files(settings).accepted)


def test_a_window_without_rows_is_accepted_and_covered(settings):
    land(settings, "orders", [])

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert (result.status, result.landed, result.accepted) == ("accepted", 0, 0)
    assert parquet.read_metadata(files(settings).accepted).num_rows == 0
    assert not files(settings).quarantined.exists()


def test_a_missing_column_rejects_the_window(settings):
    columns = [name for name in feed_named("orders").columns if name != "currency"]
    land(settings, "orders", good_rows("orders", 2), columns=columns)

    with pytest.raises(WindowRejected, match=r"columns_present: .*got no currency"):
        validate(settings, SOURCE, "orders", WINDOW)

    assert not files(settings).accepted.exists()


def test_an_extra_column_lands_with_a_warning(settings):
    columns = [*feed_named("orders").columns, "loyalty_tier"]
    land(settings, "orders", [{**ORDER, "loyalty_tier": "gold"}], columns=columns)

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert result.accepted == 1
    assert [(warning.rule, warning.got[:24]) for warning in result.warnings] == [
        ("extra_columns", "loyalty_tier as well; co")
    ]
    assert "loyalty_tier" not in parquet.read_schema(files(settings).accepted).names


def test_one_mistyped_value_is_quarantined_but_a_retyped_column_rejects_the_window(settings):
    rows = good_rows("orders", 20)
    land(settings, "orders", [*rows[1:], {**rows[0], "paid_amount": "free"}])
    assert validate(settings, SOURCE, "orders", WINDOW).refused_by_rule == {"type_paid_amount": 1}

    land(settings, "orders", [{**row, "paid_amount": "75,00"} for row in rows])
    with pytest.raises(WindowRejected) as rejection:
        validate(settings, SOURCE, "orders", WINDOW)

    assert "type_paid_amount: expected paid_amount to be money in at least 90%" in str(
        rejection.value
    )
    assert "got 20 of 20 rows with something else" in str(rejection.value)
    assert "order_id='x0', paid_amount='75,00'" in str(rejection.value)


def test_a_rejection_says_why_and_what_to_do_and_keeps_what_was_accepted_before(settings):
    rows = good_rows("orders", 20)
    land(settings, "orders", [*rows, {**ORDER, "device": "fridge"}])
    validate(settings, SOURCE, "orders", WINDOW)
    land(settings, "orders", [{**row, "currency": "Dollars " * 20} for row in rows])

    with pytest.raises(WindowRejected) as rejection:
        validate(settings, SOURCE, "orders", WINDOW)

    message = str(rejection.value)
    assert "orders from test_shop, window 2026-11-22 00:00 to 2026-11-23 00:00 UTC" in message
    assert "currency_known: expected currency one of" in message
    assert "in at least 90.0% of rows, got 20 of 20 rows failing" in message
    assert f"store_id='us_site', order_id='x0', currency='{('Dollars ' * 20)[:79]}…'" in message
    assert message.endswith(
        "storepulse ingest --source test_shop --feeds orders "
        "--from 2026-11-22T00:00:00Z --until 2026-11-23T00:00:00Z"
    )
    assert "c-7" not in message
    assert validation_file(settings)["verdict"] == "held"
    assert validation_file(settings)["amount_held"] == {"Dollars " * 20: "1500.00000000"}
    assert len(ids(files(settings).accepted)) == 20
    assert ids(files(settings).quarantined) == ["1001"]


def test_a_message_never_shows_who_the_customer_is(settings):
    land(settings, "traffic", [{**row, "visitor_id": None} for row in good_rows("traffic", 9)])
    with pytest.raises(WindowRejected, match="visitor_id=null"):
        validate(settings, SOURCE, "traffic", WINDOW)

    agent = "Mozilla " * 300
    land(settings, "traffic", [{**row, "user_agent": agent} for row in good_rows("traffic", 9)])
    with pytest.raises(WindowRejected, match=r"user_agent=\(not shown\)") as rejection:
        validate(settings, SOURCE, "traffic", WINDOW)
    assert "Mozilla" not in str(rejection.value)


def test_one_bad_row_among_three_does_not_reject_the_window(settings):
    land(settings, "orders", [*good_rows("orders", 2), {**ORDER, "currency": "XXX"}])

    assert validate(settings, SOURCE, "orders", WINDOW).quarantined == 1


def test_a_rule_that_cannot_be_evaluated_counts_as_failed_not_as_passed(settings, tmp_path):
    strict = with_a_rule_nobody_can_evaluate(settings, tmp_path / "suites", "broken", "critical")
    land(settings, "orders", good_rows("orders", 2))

    with pytest.raises(WindowRejected, match=r"broken: .*got an error: "):
        validate(strict, SOURCE, "orders", WINDOW)


def test_running_again_with_better_rows_replaces_both_files(settings):
    land(settings, "orders", [*good_rows("orders", 3), {**ORDER, "currency": "XXX"}])
    validate(settings, SOURCE, "orders", WINDOW)
    land(settings, "orders", [*good_rows("orders", 3), ORDER])

    result = validate(settings, SOURCE, "orders", WINDOW)

    assert (result.accepted, result.quarantined) == (4, 0)
    assert not files(settings).quarantined.exists()
    rows = validation_file(settings)["rows"]
    assert (rows["landed"], rows["accepted"], rows["quarantined"]) == (4, 4, 0)


def test_a_window_that_never_landed_is_named_with_the_command_that_lands_it(settings):
    with pytest.raises(NothingLanded, match="Run: storepulse land --source test_shop"):
        validate(settings, SOURCE, "orders", WINDOW)


def test_a_damaged_manifest_is_named_with_the_command_that_lands_it_again(settings):
    land(settings, "orders", good_rows("orders", 3))
    files(settings).landed.joinpath("manifest.json").write_text(
        '{"rows": 3, "wind', encoding="utf-8"
    )

    with pytest.raises(
        NothingLanded, match=r"is damaged .*Run: storepulse land --source test_shop"
    ):
        validate(settings, SOURCE, "orders", WINDOW)


def test_a_damaged_landed_file_rejects_the_window(settings):
    folder = land(settings, "orders", good_rows("orders", 5))
    whole = (folder / "rows.parquet").read_bytes()
    (folder / "rows.parquet").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(WindowRejected, match=r"landed_whole.*cannot be read"):
        validate(settings, SOURCE, "orders", WINDOW)


def test_fewer_rows_than_in_the_manifest_reject_the_window(settings):
    folder = land(settings, "orders", good_rows("orders", 5))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "rows": 6}), "utf-8")

    with pytest.raises(WindowRejected, match="5 rows instead of the 6 in the manifest"):
        validate(settings, SOURCE, "orders", WINDOW)


def test_rows_that_share_a_position_reject_the_window(settings):
    folder = land(settings, "orders", good_rows("orders", 5))
    table = parquet.read_table(folder / "rows.parquet")
    doubled = table.set_column(
        table.column_names.index("_position"), "_position", [[1, 2, 3, 4, 4]]
    )
    parquet.write_table(doubled, folder / "rows.parquet")

    with pytest.raises(WindowRejected, match="rows that share a _position"):
        validate(settings, SOURCE, "orders", WINDOW)


def test_two_runs_do_not_write_one_window_at_once(settings):
    land(settings, "orders", good_rows("orders", 2))
    place = files(settings).accepted
    place.parent.mkdir(parents=True)

    with (
        FileLock(place.with_name(f".{WINDOW.id}.lock")),
        pytest.raises(AnotherRunIsWriting, match=r"validating .* for 0\.2 s; wait for it"),
    ):
        validate(settings, SOURCE, "orders", WINDOW)

    assert validate(settings, SOURCE, "orders", WINDOW).accepted == 2


def test_only_its_files_and_the_lock_are_left(settings, tmp_path):
    land(settings, "orders", [*good_rows("orders", 3), {**ORDER, "currency": "XXX"}])
    validate(settings, SOURCE, "orders", WINDOW)

    written = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    place = f"orders/{SOURCE}/"
    assert written == {
        f"landing/{place}{WINDOW.id}/rows.parquet",
        f"landing/{place}{WINDOW.id}/manifest.json",
        f"landing/{place}{WINDOW.id}/validation.json",
        f"landing/{place}{WINDOW.id}/gx.json",
        f"accepted/{place}{WINDOW.id}.parquet",
        f"accepted/{place}.{WINDOW.id}.lock",
        f"quarantine/{place}{WINDOW.id}.parquet",
    }
