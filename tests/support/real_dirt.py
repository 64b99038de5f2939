"""Real files that somebody broke, landed and judged; run as a program it prints what came of each.

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

from storepulse.errors import WindowHeldBack
from storepulse.extract.land import land
from storepulse.feeds.sources import load_source
from storepulse.lake.paths import WindowFiles
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.validate import result, validate
from storepulse.validate.volume import usual_rows
from storepulse.windows import Window

DATA = Path(os.environ.get("STOREPULSE_TEST_DATA", PROJECT_ROOT.parent / "shared" / "data"))
# Sources of files that are no shop's of ours: tracked prices, and what was mapped badly on purpose.
SOURCES = PROJECT_ROOT / "tests" / "sources"
GROCERY, ELECTRONICS, COMMAS = "grocery_prices_za", "electronics_prices", "olist_with_commas"
SHOPS = ("foodline", "makro", "pnp")
OLIST_YEARS = Window.from_iso("2016-09-04", "2018-09-23")


@dataclass(frozen=True)
class Judged:
    """What came of one window.

    Attributes:
        usual: rows usual for it; None before there was an earlier one.
        verdict: as `validation.json` tells it.
        message: of the error that held it back; None where it passed.
    """

    source: str
    window: Window
    usual: float | None
    verdict: dict
    message: str | None

    @property
    def is_held(self) -> bool:
        return self.message is not None


def settings_in(home: Path) -> Settings:
    return Settings(home=home, sources_dir=SOURCES)


def judge(settings: Settings, source: str, feed: str, window: Window, data: Path) -> Judged:
    """Land and validate one window, held back or not."""
    files = WindowFiles(settings, feed, source, window)
    land(settings, source, feed, window, run_id="test", data=data)
    usual = usual_rows(files)
    message = None
    try:
        validate(settings, source, feed, window)
    except WindowHeldBack as held:
        message = str(held)
    told = result.read(files.verdict)
    return Judged(source, window, usual.at_this_time if usual else None, dict(told), message)


def weeks(span: Window) -> Iterator[Window]:
    start = span.start
    while start < span.end:
        yield Window(start, start + timedelta(weeks=1))
        start += timedelta(weeks=1)


def grocery_weeks(settings: Settings, data: Path) -> list[Judged]:
    """Judge the ten weeks of snapshots in a folder, one window each, oldest first."""
    span = load_source(settings, GROCERY).history
    return [judge(settings, GROCERY, "competitor_prices", week, data) for week in weeks(span)]


def files_of_shop(shop: str, folder: Path) -> Path:
    """Make a folder in which there are one grocer's files only."""
    folder.mkdir(parents=True)
    for path in (DATA / GROCERY).glob(f"{shop}_*.csv"):
        shutil.copy2(path, folder)
    return folder


def unpacked_electronics(folder: Path) -> Path:
    with zipfile.ZipFile(next((DATA / ELECTRONICS).glob("*.zip"))) as packed:
        (name,) = [n for n in packed.namelist() if n.endswith(".csv") and "__MACOSX" not in n]
        packed.extract(name, folder)
    return folder


def electronics(settings: Settings, data: Path) -> Judged:
    span = load_source(settings, ELECTRONICS).history
    return judge(settings, ELECTRONICS, "competitor_prices", span, data)


def commas(settings: Settings) -> Judged:
    return judge(settings, COMMAS, "orders", OLIST_YEARS, DATA / "olist")


def lines_of(name: str, found: list[Judged]) -> Iterator[str]:
    """One line of the table per window."""
    for one in found:
        rows = one.verdict["rows"]
        why = [
            f"{held['rule']}: {held['example'] or held['got']}" for held in one.verdict["failures"]
        ]
        why += [
            f"{rule} {refused['rows']:,}"
            for rule, refused in one.verdict["refused_by_rule"].items()
        ]
        came = "held back" if one.is_held else f"{rows['accepted']:,} accepted"
        usual = "none yet" if one.usual is None else f"{one.usual:,.0f}"
        span = f"{one.window.start:%Y-%m-%d} to {one.window.end:%Y-%m-%d}"
        yield f"| {name} | {span} | {rows['landed']:,} | {usual} | {came} | {'; '.join(why)} |"


def main(folder: Path) -> Iterator[str]:
    yield "| source | window | rows | usual | verdict | why |"
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
            yield from lines_of(f"{source}, {feed}", [judge(shops, source, feed, span, data)])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as aside:
        for line in main(Path(aside)):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
