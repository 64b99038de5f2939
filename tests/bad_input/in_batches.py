"""Windows whose rows may each be good, but which cannot be right as a whole."""

from pathlib import Path

from bad_input.case import Case
from bad_input.inputs import fees
from bad_input.shop import Outcome, Shop
from storepulse.feeds.registry import feed_named
from storepulse.windows import Window
from support.landed_windows import SOURCE, WINDOW, good_rows, land

THE_DAY_BEFORE = Window.from_iso("2026-11-21", "2026-11-22")
TWO_DAYS_BEFORE = Window.from_iso("2026-11-20", "2026-11-21")


def _after_a_usual_day(shop: Shop, usual: int, count: int) -> Outcome:
    shop.rows("orders", good_rows("orders", usual), window=THE_DAY_BEFORE)
    return shop.rows("orders", good_rows("orders", count))


def _one_gone(shop: Shop, feed: str, column: str) -> Outcome:
    """Deliver two competitors, or warehouses, for two days, then only one of them."""
    for window in (TWO_DAYS_BEFORE, THE_DAY_BEFORE):
        moment = {feed_named(feed).change_time: f"{window.start:%Y-%m-%d} 09:00:00"}
        shown = [
            {**row, **moment, column: of} for of in ("here", "gone") for row in good_rows(feed, 30)
        ]
        shop.rows(feed, shown, window=window)
    return shop.rows(feed, [{**row, column: "here"} for row in good_rows(feed, 30)])


def _four_of_two_hundred(shop: Shop) -> Outcome:
    rows = good_rows("orders", 204)
    return shop.rows("orders", [*({**row, "device": "fridge"} for row in rows[:4]), *rows[4:]])


def _landed(shop: Shop) -> Path:
    return land(shop.settings, "fees", fees(3))


def _damaged(shop: Shop) -> Outcome:
    rows = _landed(shop) / "rows.parquet"
    rows.write_bytes(rows.read_bytes()[:-100])
    return shop.evaluate(SOURCE, "fees")


def _rows_lost(shop: Shop) -> Outcome:
    manifest = _landed(shop) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows": 3', '"rows": 600'))
    return shop.evaluate(SOURCE, "fees")


def _manifest_damaged(shop: Shop) -> Outcome:
    manifest = _landed(shop) / "manifest.json"
    manifest.write_text(manifest.read_text()[:-5])
    return shop.evaluate(SOURCE, "fees")


def _never_landed(shop: Shop) -> Outcome:
    return shop.evaluate(SOURCE, "fees")


def _rejected_after_a_good_landing(shop: Shop) -> Outcome:
    """Validate a good window, then the same one broken: what was accepted has to stay."""
    shop.rows("fees", fees(3))
    outcome = shop.rows("fees", fees(3, currency="XXX"))
    accepted = list((shop.settings.accepted / "fees" / SOURCE).glob("[0-9]*.parquet"))
    return Outcome(
        f"{outcome.result}, {len(accepted)} window accepted before stays", outcome.message
    )


CASES = [
    Case(
        "nothing",
        "batch",
        "nothing happened in the window",
        "accepted 0",
        lambda shop: shop.rows("fees", []),
    ),
    Case(
        "flooded",
        "batch",
        "a window has a hundred times the usual rows, like one loaded again and again",
        "rejected: volume_not_flooded",
        lambda shop: _after_a_usual_day(shop, 20, 2000),
        r"at most 1000, got 2000.*loaded again and again",
    ),
    Case(
        "collapsed",
        "batch",
        "a window has a hundredth of the usual rows, like an export that stopped midway",
        "accepted 1, warnings: volume_not_collapsed",
        lambda shop: _after_a_usual_day(shop, 100, 1),
        r"at least 10.*got 1",
    ),
    Case(
        "competitor-gone",
        "batch",
        "one of two competitors has no row at all",
        "accepted 30, warnings: snapshots_all_present",
        lambda shop: _one_gone(shop, "competitor_prices", "competitor"),
        r"none of us_site: gone \(last seen 2026-11-21 09:00 UTC, 30 rows are usual\)",
    ),
    Case(
        "warehouse-gone",
        "batch",
        "one of two warehouses has no row at all",
        "accepted 30, warnings: snapshots_all_present",
        lambda shop: _one_gone(shop, "inventory", "warehouse_id"),
        r"none of us_site: gone \(last seen 2026-11-21 09:00 UTC, 30 rows are usual\)",
    ),
    Case(
        "sent-twice",
        "batch",
        "the source sent every charge twice",
        "accepted 6, quarantined 6: duplicate_key, warnings: key_once",
        lambda shop: shop.rows("fees", [*fees(6), *fees(6)]),
        r"12 of 12 rows failing",
    ),
    Case(
        "another-currency",
        "batch",
        "every charge is in an invalid currency: a setting was changed",
        "rejected: currency_known",
        lambda shop: shop.rows("fees", fees(6, currency="RMB")),
        r"6 of 6 rows.*'RMB'.*Fix the source",
    ),
    Case(
        "another-day",
        "batch",
        "the window was filled with last week's charges, late or once more",
        "accepted 3, warnings: change_in_window",
        lambda shop: shop.rows(
            "fees",
            fees(
                3,
                charged_at="2026-11-15 09:00:00",
                settled_at="2026-11-15 09:30:00",
                updated_at="2026-11-15 10:00:00",
            ),
        ),
        r"lands the same rows again and again",
    ),
    Case(
        "half-retyped",
        "batch",
        "half of the amounts are words: the column has other content now",
        "rejected: type_amount",
        lambda shop: shop.rows("fees", [*fees(6), *fees(6, amount="two fifty")]),
        r"amount to be money in at least 90%.*6 of 12 rows",
    ),
    Case(
        "few-among-many",
        "batch",
        "four bad rows of two hundred are dirt, not a broken window",
        "accepted 200, quarantined 4: device_known",
        _four_of_two_hundred,
    ),
    Case(
        "rejected-then-kept",
        "batch",
        "a good window is landed again, broken",
        "rejected: currency_known, 1 window accepted before stays",
        _rejected_after_a_good_landing,
        r"rows accepted earlier for this window stay in use",
    ),
    Case(
        "landed-file-damaged",
        "batch",
        "the landed file lost its end on disk",
        "rejected: landed_whole",
        _damaged,
        r"a file that cannot be read.*land the window again",
    ),
    Case(
        "rows-lost-after-landing",
        "batch",
        "the landed file has fewer rows than its manifest lists",
        "rejected: landed_whole",
        _rows_lost,
        r"3 rows instead of the 600 in the manifest.*land the window again",
    ),
    Case(
        "manifest-damaged",
        "batch",
        "the manifest of the rows is cut off",
        "validating refused: NothingLanded",
        _manifest_damaged,
        r"manifest\.json is damaged.*Run: storepulse land",
    ),
    Case(
        "never-landed",
        "batch",
        f"{WINDOW} is validated before anything landed",
        "validating refused: NothingLanded",
        _never_landed,
        r"has not landed.*Run: storepulse land",
    ),
]
