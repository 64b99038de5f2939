"""References that miss an accepted key only by how they are written are told as such."""

import pytest

from storepulse.feeds.registry import all_feeds, feed_named, referred_to
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.validate import corrections, references, result, scratch_db, validate
from support.landed_windows import GOOD_ROWS, SOURCE, WINDOW, land

RULE = "references_written_as_keys"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def accepted(settings, feed, *changes):
    land(settings, feed, [{**GOOD_ROWS[feed], **change} for change in changes])
    validated = validate(settings, SOURCE, feed, WINDOW)
    assert validated.accepted == len(changes)
    return validated


def told(validated):
    return [str(finding) for finding in validated.told if finding.rule == RULE]


def lines(*skus):
    return [{"order_line_id": str(number), "sku": sku} for number, sku in enumerate(skus)]


def test_columns_refer_to_the_one_feed_whose_key_they_are():
    assert referred_to() == {
        "store_id": "stores",
        "sku": "products",
        "order_id": "orders",
        "refund_id": "refunds",
        "shipment_id": "shipments",
        "po_line_id": "purchase_orders",
        "task_id": "tasks",
        "fee_id": "fees",
        "ticket_id": "tickets",
        "review_id": "reviews",
    }


@pytest.mark.parametrize(
    "sku",
    [
        "kit-001",
        "Kit-001",
        "\uff2b\uff29\uff34-\uff10\uff10\uff11",
        "KIT -001",
        "K\u00a0IT-001",
        "KIT\uff0d001",
    ],
)
def test_a_sku_that_differs_from_a_product_in_its_spelling_only_is_told(settings, sku):
    accepted(settings, "products", {"sku": "KIT-001"}, {"sku": "KIT-002"})

    (finding,) = told(accepted(settings, "order_lines", *lines("KIT-002", sku, sku)))

    assert finding.startswith(
        f"{RULE}: expected sku as products has it, got 2 rows whose sku differs from a key there "
        f"in case, blanks or width, for example store_id='us_site', sku={sku!r} for 'KIT-001' ("
    )
    assert "have the mapping write it as the key is written" in finding


def test_a_sku_that_is_there_or_nowhere_is_not_told(settings):
    accepted(settings, "products", {"sku": "KIT-001"}, {"sku": "kit-001"})

    assert told(accepted(settings, "order_lines", *lines("KIT-001", "kit-001", "LAMP", None))) == []


def test_a_key_of_another_store_is_another_key(settings):
    accepted(settings, "products", {"sku": "KIT-001", "store_id": "eu_shop"})

    assert told(accepted(settings, "order_lines", *lines("kit-001"))) == []


def test_an_order_that_a_refund_means_is_told_with_it(settings):
    accepted(settings, "orders", {"order_id": "AB-17"})

    (finding,) = told(accepted(settings, "refunds", {"order_id": "ab-17", "sku": None}))

    assert "expected order_id as orders has it, got 1 row whose" in finding
    assert "order_id='ab-17' for 'AB-17'" in finding


def test_a_windows_checks_are_the_same_whether_what_it_refers_to_came_before_or_after(settings):
    before = accepted(settings, "order_lines", *lines("kit-001")).checks
    accepted(settings, "products", {"sku": "KIT-001"})
    after = accepted(settings, "order_lines", *lines("kit-001")).checks

    assert after == before


def test_a_verdict_keeps_what_was_told_of_references(settings):
    accepted(settings, "products", {"sku": "KIT-001"})
    accepted(settings, "order_lines", *lines("kit-001"))

    kept = result.read(WindowFiles(settings, "order_lines", SOURCE, WINDOW).verdict)

    assert [one["rule"] for one in kept["told"]] == [RULE]


def test_every_feed_can_be_compared_with_all_it_refers_to(settings):
    for feed in all_feeds():
        accepted(settings, feed, {})
    for name in all_feeds():
        feed, files = feed_named(name), WindowFiles(settings, name, SOURCE, WINDOW)
        columns = references.compared(feed, files)
        with scratch_db.opened(files) as con:
            scratch_db.landed_columns(con, files.landed / "rows.parquet")
            corrections.put_decisions_in_place(con, feed, {})
            scratch_db.read_types(con, feed, files)
            assert list(references.misspelled(con, feed, columns)) == []
        referring = {one for one, target in referred_to().items() if target != name}
        assert {*columns} == referring & {*feed.columns}
