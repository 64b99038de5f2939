"""Real files that somebody broke, landed and validated; as a program it prints each outcome.

python tests/real_dirt.py [folder of real data]
"""

import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from storepulse.errors import WindowRejected
from storepulse.extract.land import land
from storepulse.feeds.sources import load_source
from storepulse.lake.paths import WindowFiles
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.validate import result, validate
from storepulse.validate.volume import usual_rows
from storepulse.windows import Window

DATA = Path(os.environ.get("STOREPULSE_TEST_DATA", PROJECT_ROOT.parent / "shared" / "data"))
# Sources that exist for tests only: tracked prices, and a mapping that is wrong on purpose.
SOURCES = PROJECT_ROOT / "tests" / "sources"
GROCERY, ELECTRONICS, COMMAS = "grocery_prices_za", "electronics_prices", "olist_with_commas"
SHOPS = ("foodline", "makro", "pnp")
OLIST_YEARS = Window.from_iso("2016-09-04", "2018-09-23")


@dataclass(frozen=True)
class ValidatedWindow:
    """The outcome of one window.

    Attributes:
        usual: rows usual for it; None before there was an earlier one.
        result: as recorded in `validation.json`.
        message: of the error that rejected it; None if it passed.
    """

    source: str
    window: Window
    usual: float | None
    result: dict
    message: str | None

    @property
    def is_rejected(self) -> bool:
        return self.message is not None


def settings_in(home: Path) -> Settings:
    return Settings(home=home, sources_dir=SOURCES)


def evaluate(
    settings: Settings, source: str, feed: str, window: Window, data: Path
) -> ValidatedWindow:
    """Land and validate one window, rejected or not."""
    files = WindowFiles(settings, feed, source, window)
    land(settings, source, feed, window, run_id="test", data=data)
    usual = usual_rows(files)
    message = None
    try:
        validate(settings, source, feed, window)
    except WindowRejected as rejection:
        message = str(rejection)
    recorded = dict(result.read(files.validation))
    return ValidatedWindow(source, window, usual.at_this_time if usual else None, recorded, message)


def weeks(span: Window) -> Iterator[Window]:
    start = span.start
    while start < span.end:
        yield Window(start, start + timedelta(weeks=1))
        start += timedelta(weeks=1)


def grocery_weeks(settings: Settings, data: Path) -> list[ValidatedWindow]:
    """Validate the ten weeks of snapshots in a folder, one window each, oldest first."""
    span = load_source(settings, GROCERY).history
    return [evaluate(settings, GROCERY, "competitor_prices", week, data) for week in weeks(span)]


def files_of_shop(shop: str, folder: Path) -> Path:
    """Make a folder with the files of one grocer only."""
    folder.mkdir(parents=True)
    for path in (DATA / GROCERY).glob(f"{shop}_*.csv"):
        shutil.copy2(path, folder)
    return folder


def unpacked_electronics(folder: Path) -> Path:
    with zipfile.ZipFile(next((DATA / ELECTRONICS).glob("*.zip"))) as packed:
        (name,) = [n for n in packed.namelist() if n.endswith(".csv") and "__MACOSX" not in n]
        packed.extract(name, folder)
    return folder


def electronics(settings: Settings, data: Path) -> ValidatedWindow:
    span = load_source(settings, ELECTRONICS).history
    return evaluate(settings, ELECTRONICS, "competitor_prices", span, data)


def commas(settings: Settings) -> ValidatedWindow:
    return evaluate(settings, COMMAS, "orders", OLIST_YEARS, DATA / "olist")


def lines_of(name: str, found: list[ValidatedWindow]) -> Iterator[str]:
    """One line of the table per window."""
    for one in found:
        rows = one.result["rows"]
        why = [
            f"{error['rule']}: {error['example'] or error['got']}"
            for error in one.result["failures"]
        ]
        why += [
            f"{rule} {refused['rows']:,}" for rule, refused in one.result["refused_by_rule"].items()
        ]
        outcome = "rejected" if one.is_rejected else f"{rows['accepted']:,} accepted"
        usual = "none yet" if one.usual is None else f"{one.usual:,.0f}"
        span = f"{one.window.start:%Y-%m-%d} to {one.window.end:%Y-%m-%d}"
        yield f"| {name} | {span} | {rows['landed']:,} | {usual} | {outcome} | {'; '.join(why)} |"


def main(folder: Path) -> Iterator[str]:
    yield "| source | window | rows | usual | result | why |"
    yield "|---|---|---|---|---|---|"
    for shop in SHOPS:
        files = files_of_shop(shop, folder / "files" / shop)
        found = grocery_weeks(settings_in(folder / shop), files)
        yield from lines_of(f"{GROCERY}, {shop} alone", found)
    found = grocery_weeks(settings_in(folder / "together"), DATA / GROCERY)
    yield from lines_of(f"{GROCERY}, all three", found)
    settings = settings_in(folder / "home")
    yield from lines_of(
        ELECTRONICS, [electronics(settings, unpacked_electronics(folder / "electronics"))]
    )
    yield from lines_of(COMMAS, [commas(settings)])
    shops = Settings(home=folder / "shops")
    for source, data in (("olist", DATA / "olist"), ("online_retail", DATA / "online_retail")):
        span = load_source(shops, source).history
        for feed in load_source(shops, source).feeds:
            yield from lines_of(f"{source}, {feed}", [evaluate(shops, source, feed, span, data)])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for line in main(Path(temporary)):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
