"""Where landed, accepted and quarantined windows lie.

landing/<feed>/<source>/<window id>/rows.parquet     the source's values as text, our columns
                                   /manifest.json    written last; without it nothing landed
                                   /raw.jsonl.gz     answers that cannot be asked for again
                                   /validation.json  the validation result of these rows
                                   /gx.json          what Great Expectations measured of them
                                   /refused.parquet  of a rejected window: the rows that caused it
accepted/<feed>/<source>/<window id>.parquet         typed; one file, so replaced in one step
quarantine/<feed>/<source>/<window id>.parquet       refused rows as text, with their rules
                                   .held.json        the validation result of a rejected window
decisions/<feed>/<source>/<window id>.jsonl          what people decided about them
decisions/forgotten/<feed>/<source>/<window id>/     what landed of a window taken back
                                     .seal           how far that went when last written
"""

from dataclasses import dataclass
from pathlib import Path

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
        return self._in(self.settings.landing, "")

    @property
    def validation(self) -> Path:
        """JSON file of the validation result of the landed rows."""
        return self.landed / "validation.json"

    @property
    def gx_results(self) -> Path:
        """JSON file of what Great Expectations measured; absent when it did not run."""
        return self.landed / "gx.json"

    @property
    def accepted(self) -> Path:
        """Parquet file of the rows that passed."""
        return self._in(self.settings.accepted, ".parquet")

    @property
    def quarantined(self) -> Path:
        """Parquet file of the rows that were refused."""
        return self._in(self.settings.quarantine, ".parquet")

    @property
    def rejection(self) -> Path:
        """JSON file of the validation result, there as long as the window is rejected."""
        return self._in(self.settings.quarantine, ".held.json")

    @property
    def decided(self) -> Path:
        """File of what people decided about its rows, one JSON object per line."""
        return self._in(self.settings.decisions, ".jsonl")

    @property
    def decided_seal(self) -> Path:
        """JSON file of how many lines that file had when it was last written, and their digest."""
        return self._in(self.settings.decisions, ".seal")

    @property
    def rejection_rows(self) -> Path:
        """Parquet file of the rows for which the window was rejected."""
        return self.landed / "refused.parquet"

    def _in(self, folder: Path, ending: str) -> Path:
        # Joined at once: walks over thousands of windows make thousands of paths.
        return folder.joinpath(self.feed, self.source, f"{self.window.id}{ending}")
