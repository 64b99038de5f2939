"""A Parquet file of a world, kept in memory and read again when the world was advanced."""

import threading
from pathlib import Path

import pandas as pd


class ServedTable:
    """The rows an endpoint serves.

    Args:
        path: of a file that is replaced as a whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read_at = -1
        self._rows = pd.DataFrame()

    def rows(self) -> pd.DataFrame:
        """The table as it is now."""
        with self._lock:
            written_at = self._path.stat().st_mtime_ns
            if written_at != self._read_at:
                self._rows = pd.read_parquet(self._path)
                self._read_at = written_at
            return self._rows
