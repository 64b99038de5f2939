"""Where landed, accepted and quarantined windows lie.

landing/<feed>/<source>/<window id>/rows.parquet     the source's values as text, our columns
                                   /manifest.json    written last; without it nothing landed
                                   /raw.jsonl.gz     answers that cannot be asked for again
                                   /validation.json  the verdict on these rows
                                   /gx.json          what Great Expectations measured of them
                                   /refused.parquet  of a window held back: the rows against it
accepted/<feed>/<source>/<window id>.parquet         typed; one file, so replaced in one step
quarantine/<feed>/<source>/<window id>.parquet       refused rows as text, with their rules
                                   .held.json        the verdict on a window held back
decisions/<feed>/<source>/<window id>.jsonl          what people decided about them
decisions/forgotten/<feed>/<source>/<window id>/     what landed of a window taken back
                                     .seal           how far that went when last written
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storepulse.lake.atomic import after_all
from storepulse.settings import Settings
from storepulse.windows import Window


@dataclass(frozen=True)
class WindowFiles:
    """The places of one feed's window from one source."""

    settings: Settings
    feed: str
    source: str
    window: Window

    @property
    def landed(self) -> Path:
        """Folder of the landed window."""
        return self.settings.landing / self.feed / self.source / self.window.id

    @property
    def verdict(self) -> Path:
        """JSON file of the verdict on the landed rows."""
        return self.landed / "validation.json"

    @property
    def gx_results(self) -> Path:
        """JSON file of what Great Expectations measured; none of a window it never came to."""
        return self.landed / "gx.json"

    @property
    def accepted(self) -> Path:
        """Parquet file of the rows that passed."""
        return self.settings.accepted / self.feed / self.source / f"{self.window.id}.parquet"

    @property
    def quarantined(self) -> Path:
        """Parquet file of the rows that were refused."""
        return self.settings.quarantine / self.feed / self.source / f"{self.window.id}.parquet"

    @property
    def held(self) -> Path:
        """JSON file of the verdict, there as long as the window is held back as a whole."""
        return self.quarantined.with_suffix(".held.json")

    @property
    def decided(self) -> Path:
        """File of what people decided about its rows, one JSON object per line."""
        return self.settings.decisions / self.feed / self.source / f"{self.window.id}.jsonl"

    @property
    def decided_seal(self) -> Path:
        """JSON file of how many lines that file had when it was last written, and their digest."""
        return self.decided.with_suffix(".seal")

    def moment_of_verdict(self) -> datetime:
        """Now, or just after the newest verdict on any window of this feed from this source."""
        accepted = self.accepted.parent.glob("[0-9]*.parquet")
        held = self.held.parent.glob("[0-9]*.held.json")
        return after_all([*accepted, *held])

    @property
    def refused_when_held(self) -> Path:
        """Parquet file of the rows that speak against a window held back as a whole."""
        return self.landed / "refused.parquet"
