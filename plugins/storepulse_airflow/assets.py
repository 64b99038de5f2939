"""The assets that tasks update; their names are defined here only.

- `accepted/<feed>`: a window of the feed has passed validation
- `marts`: a new set of marts is published
"""

from airflow.sdk import Asset, AssetAlias

from storepulse.feeds.registry import all_feeds


def accepted(feed: str) -> Asset:
    """The asset of one feed's accepted windows."""
    return Asset(name=f"accepted/{feed}", uri=f"storepulse://accepted/{feed}", group="accepted")


EVERY_ACCEPTED_FEED = [accepted(feed) for feed in all_feeds()]

# One mapped task serves all feeds of a flow, and each instance updates its own feed's asset only.
# A static outlet cannot do that: every instance would update all of them.
ACCEPTED_FEED = AssetAlias("accepted feed", group="accepted")

MARTS = Asset(name="marts", uri="storepulse://serving/marts", group="serving")
