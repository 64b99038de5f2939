"""The task board fills week by week and shows what was done in time."""

from support.simulated_shop import query


def test_every_store_and_the_company_have_tasks_every_week(world_of):
    home = world_of("2026-09-01", "2026-09-29T04:00")

    rows = query(
        home, "select coalesce(shop_code, 'company'), count(*) from board_tasks group by 1"
    )

    assert {row[0] for row in rows} == {"cn_market", "us_site", "eu_shop", "company"}
    assert min(row[1] for row in rows) >= 3


def test_most_tasks_are_done_in_time_and_some_late_or_never(world_of):
    home = world_of("2026-09-01", "2026-11-01", scale=0.1)
    due, done_by_then, done, total = query(
        home,
        "select sum(due < '2026-10-25'), sum(due < '2026-10-25' and done_at <= due), "
        "sum(due < '2026-10-25' and done_at is not null), count(*) from board_tasks",
    )[0]

    assert total > due > 60
    assert 0.6 < done_by_then / due < 0.95
    assert done_by_then < done < due


def test_a_task_changes_once_when_it_is_done(world_of):
    home = world_of("2026-09-01", "2026-09-29T04:00")

    rows = query(home, "select created_at, done_at, due, modified from board_tasks")

    assert any(done is None for _, done, _, _ in rows)
    for created, done, due, modified in rows:
        assert created < due
        assert done is None or done > created
        assert modified == (done or created)
