"""What the marts are made by, as one number: when it changes, everything is built anew."""

import hashlib
from dataclasses import asdict
from pathlib import Path

from storepulse.feeds.registry import all_feeds


def fingerprint(dbt_project: Path) -> str:
    """Digest everything that decides what a row of the marts says, besides the rows accepted.

    Args:
        dbt_project: folder of the models, macros and seeds, and of their common settings. Tests
            decide nothing. What the feed registry says of keys and times is taken in, too: the
            newest version of a row is found by it.
    """
    digest = hashlib.sha256(repr([asdict(feed) for feed in all_feeds().values()]).encode())
    written = [
        path
        for part in ("models", "macros", "seeds")
        for path in (dbt_project / part).rglob("*")
        if path.suffix in {".sql", ".yml", ".csv"}
    ]
    for path in sorted([*written, dbt_project / "dbt_project.yml"]):
        digest.update(path.relative_to(dbt_project).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
