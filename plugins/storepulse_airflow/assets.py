"""The names under which data is announced; the only place they are written.

- `accepted/<feed>`: a window of the feed has passed validation
- `marts`: a new set of marts is open to readers
"""

from airflow.sdk import Asset, AssetAlias

from storepulse.feeds.registry import all_feeds


def accepted(feed: str) -> Asset:
    """The asset of one feed's accepted windows."""
    return Asset(name=f"accepted/{feed}", uri=f"storepulse://accepted/{feed}", group="accepted")


EVERY_ACCEPTED_FEED = [accepted(feed) for feed in all_feeds()]

# One mapped task serves all feeds of a flow and announces its own feed alone, which a static
# outlet cannot do: each mapped instance would announce all of them.
ACCEPTED_FEED = AssetAlias("accepted feed", group="accepted")

MARTS = Asset(name="marts", uri="storepulse://serving/marts", group="serving")
