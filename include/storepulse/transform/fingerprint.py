"""A fingerprint of what the marts are built from: when it changes, the next build is full."""

import hashlib
from dataclasses import asdict
from pathlib import Path

from storepulse.feeds.registry import all_feeds

# What only people read: rewording it changes no row.
_WORDS_ONLY = {"label": None, "description": None}


def fingerprint(dbt_project: Path) -> str:
    """Digest everything that decides the rows of the marts, except the accepted rows.

    Keys and times in the feed registry count, too: the newest version of a row is found by them.
    Data tests do not.

    Args:
        dbt_project: folder of the models, macros, seeds and `dbt_project.yml`.
    """
    registry = [asdict(feed) | _WORDS_ONLY for feed in all_feeds().values()]
    digest = hashlib.sha256(repr(registry).encode())
    written = [
        path
        for part in ("models", "macros", "seeds")
        for path in (dbt_project / part).rglob("*")
        if path.suffix in {".sql", ".yml", ".csv"}
    ]
    for path in sorted([*written, dbt_project / "dbt_project.yml"]):
        digest.update(path.relative_to(dbt_project).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
