"""References that differ from an accepted key only in spelling are reported."""

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


def misspelled(validated):
    return [str(warning) for warning in validated.warnings if warning.rule == RULE]


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
def test_a_sku_that_differs_from_a_product_only_in_spelling_is_reported(settings, sku):
    accepted(settings, "products", {"sku": "KIT-001"}, {"sku": "KIT-002"})

    (warning,) = misspelled(accepted(settings, "order_lines", *lines("KIT-002", sku, sku)))

    assert warning.startswith(
        f"{RULE}: expected sku spelled as in products, got 2 rows where it differs from a key "
        f"there only in case, blanks or width, for example store_id='us_site', sku={sku!r} instead "
        f"of 'KIT-001' ("
    )
    assert "have the mapping spell it like the key" in warning


def test_a_sku_with_an_exact_match_or_none_is_not_reported(settings):
    accepted(settings, "products", {"sku": "KIT-001"}, {"sku": "kit-001"})

    assert (
        misspelled(accepted(settings, "order_lines", *lines("KIT-001", "kit-001", "LAMP", None)))
        == []
    )


def test_a_key_of_another_store_is_another_key(settings):
    accepted(settings, "products", {"sku": "KIT-001", "store_id": "eu_shop"})

    assert misspelled(accepted(settings, "order_lines", *lines("kit-001"))) == []


def test_the_order_that_a_refund_refers_to_is_reported_with_it(settings):
    accepted(settings, "orders", {"order_id": "AB-17"})

    (warning,) = misspelled(accepted(settings, "refunds", {"order_id": "ab-17", "sku": None}))

    assert "expected order_id spelled as in orders, got 1 row where" in warning
    assert "order_id='ab-17' instead of 'AB-17'" in warning


def test_check_counts_are_the_same_whether_the_keys_arrive_before_or_after_the_references(settings):
    before = accepted(settings, "order_lines", *lines("kit-001")).checks
    accepted(settings, "products", {"sku": "KIT-001"})
    after = accepted(settings, "order_lines", *lines("kit-001")).checks

    assert after == before


def test_a_result_keeps_the_warnings_about_references(settings):
    accepted(settings, "products", {"sku": "KIT-001"})
    accepted(settings, "order_lines", *lines("kit-001"))

    kept = result.read(WindowFiles(settings, "order_lines", SOURCE, WINDOW).validation)

    assert [one["rule"] for one in kept["told"]] == [RULE]


def test_every_feed_is_compared_with_all_feeds_it_refers_to(settings):
    for feed in all_feeds():
        accepted(settings, feed, {})
    for name in all_feeds():
        feed, files = feed_named(name), WindowFiles(settings, name, SOURCE, WINDOW)
        columns = references.compared(feed, files)
        with scratch_db.opened(files) as con:
            scratch_db.landed_columns(con, files.landed / "rows.parquet")
            corrections.apply_decisions(con, feed, {})
            scratch_db.read_types(con, feed, files)
            assert list(references.misspelled(con, feed, columns)) == []
        referring = {one for one, target in referred_to().items() if target != name}
        assert {*columns} == referring & {*feed.columns}
