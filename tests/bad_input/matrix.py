"""All cases, and running them one after the other."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bad_input import (
    in_batches,
    in_encodings,
    in_files,
    in_hostile_text,
    in_identities,
    in_money,
    in_rows,
    in_schemas,
    in_sources,
    in_times,
)
from bad_input.case import Case, outcome_of
from bad_input.shop import Shop

KINDS = (
    "file",
    "row",
    "batch",
    "source",
    "schema",
    "time",
    "money",
    "identity",
    "encoding",
    "hostile text",
)
CASES: list[Case] = [
    *in_files.CASES,
    *in_rows.CASES,
    *in_batches.CASES,
    *in_sources.CASES,
    *in_schemas.CASES,
    *in_times.CASES,
    *in_money.CASES,
    *in_identities.CASES,
    *in_encodings.CASES,
    *in_hostile_text.CASES,
]


def run() -> Iterator[tuple[Case, str]]:
    """Run each case in its own folder, and give its outcome."""
    logging.getLogger("storepulse").setLevel(logging.CRITICAL)
    for case in CASES:
        with tempfile.TemporaryDirectory(prefix="storepulse-bad-input-") as folder:
            yield case, outcome_of(case, Shop(Path(folder)))
