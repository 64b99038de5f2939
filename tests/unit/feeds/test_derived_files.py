from storepulse.feeds.derived_files import derived_files
from storepulse.feeds.registry import all_feeds
from storepulse.settings import PROJECT_ROOT


def test_files_that_name_every_feed_follow_from_the_registry():
    stale = [
        path.relative_to(PROJECT_ROOT).as_posix()
        for path, text in derived_files().items()
        if path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "the registry has changed: run `make feeds`, and commit what it writes"


def test_the_timetable_has_every_feed_with_its_dag():
    timetable = (PROJECT_ROOT / "dags" / "README.md").read_text("utf-8")

    rows = [f"| `ingest_{feed.flow}` | `{feed.name}` | " for feed in all_feeds().values()]
    assert [row for row in rows if row not in timetable] == []
