"""A build brings the warehouse up to what is accepted, and does nothing twice."""

from accepted_lake import EXAMPLES
from storepulse import transform


def test_a_build_of_every_feed_passes_its_own_tests_and_the_next_has_nothing_to_do(lake):
    for feed in EXAMPLES:
        lake.accept(feed, [{}], "2026-11-01", "2026-11-03")

    first = transform.build(lake.settings)
    second = transform.build(lake.settings)

    assert first.models > 20
    assert first.tests > 20
    assert first.warnings == ()
    assert second.models == 0
