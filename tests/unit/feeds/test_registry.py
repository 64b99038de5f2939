from golden.trust import COUNTED
from storepulse.feeds.registry import all_feeds

# What describes or plans: its rows are restated, not added to.
DESCRIBING = {
    "stores", "products", "calendar_events", "fx_rates", "tasks", "targets", "budgets",
}  # fmt: skip


def test_feeds_are_counted_unless_they_describe_or_plan():
    counted = {feed.name for feed in all_feeds().values() if feed.counted}

    assert set(COUNTED) <= counted
    assert counted & DESCRIBING == set()


def test_a_counted_row_is_of_a_store_and_a_day():
    feeds = [feed for feed in all_feeds().values() if feed.counted]

    assert [feed.name for feed in feeds if "store_id" not in feed.columns] == []
    assert [feed.name for feed in feeds if feed.event_time not in feed.columns] == []


def test_every_feed_has_a_name_of_its_own_in_both_languages():
    feeds = all_feeds().values()

    assert [feed.name for feed in feeds if set(feed.label) != {"en", "zh"}] == []
    for language in ("en", "zh"):
        assert len({feed.label[language].strip() for feed in feeds} - {""}) == len(feeds)
