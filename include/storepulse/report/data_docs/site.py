"""Which pages there are, and which of them are made anew.

    report/data/index.html                        all feeds
               /<feed>.html                       one feed's month
               /<feed>/<source>/<window id>.html  what Great Expectations measured of a window

The first two are quick and written each time. A window's page is made again only when what it is
made from or with has changed, and of those only so many a run that a first run stays quick too.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storepulse import i18n
from storepulse.feeds.registry import all_feeds
from storepulse.i18n import Wording
from storepulse.lake import quarantine
from storepulse.lake.atomic import atomic_write, clear_leftovers
from storepulse.report import pages
from storepulse.report.data_docs import feed_page, gx_pages, judged, volumes
from storepulse.report.data_docs.feed_page import FeedState
from storepulse.report.data_docs.judged import JudgedWindow
from storepulse.report.pages import pages_lock, template
from storepulse.settings import Settings

# A second or two of work, so that a run stays under ten with the import of Great Expectations; a
# usual one has a page per feed. Older windows follow with the next run.
PAGES_A_RUN = 40

_TEMPLATES = Path(__file__).parent / "templates"
_MADE_OF = re.compile(r'name="made-of" content="(\w+)"')


def write(settings: Settings) -> Path:
    """Write the pages: no outside requests, each whole or not at all.

    Marts need not have been published yet, nor anything have landed. Great Expectations is
    imported only when a window's page is to be made.

    Returns:
        Where the overview of all feeds is.

    Raises:
        AnotherRunIsWriting: another run does not get its pages finished in time.
    """
    place = settings.report / "data"
    with pages_lock(place, settings):
        for folder in [below for below in place.rglob("*") if below.is_dir()]:
            clear_leftovers(folder)
        _write_all(settings, place)
    return place / "index.html"


def _write_all(settings: Settings, place: Path) -> None:
    said = Wording(settings.language)
    windows, held = judged.windows_by_feed(settings), judged.held_by_feed(settings)
    of_pages = [
        one
        for feed in all_feeds()
        for one in {
            **{one.key: one for one in held.get(feed, [])},
            **{one.key: one for one in feed_page.newest(windows.get(feed, []))},
        }.values()
    ]
    _make_window_pages(place, of_pages, said)
    states = _states(settings, place, windows, held)
    for state in states:
        _write(place / f"{state.feed}.html", "feed.html", feed_page.view(state, said))
    newest = max((one.window.end for of_feed in windows.values() for one in of_feed), default=None)
    overview = {
        "say": said.say,
        "language": said.say("report.language"),
        "until": f"{newest:%Y-%m-%d %H:%M}" if newest else "–",
        "days": judged.DAYS_SHOWN,
        "rows": [feed_page.row(state, said) for state in states],
    }
    _write(place / "index.html", "index.html", overview)


def _states(
    settings: Settings,
    place: Path,
    windows: Mapping[str, Sequence[JudgedWindow]],
    held: Mapping[str, Sequence[JudgedWindow]],
) -> list[FeedState]:
    known = volumes.read(settings)
    refused, by_rule = quarantine.held_by_feed(settings), quarantine.held_by_rule(settings)
    return [
        FeedState(
            feed=feed,
            windows=windows.get(feed, []),
            volumes=known,
            refused=[one for one in refused if one.feed == feed],
            refused_by_rule=[one for one in by_rule if one.feed == feed],
            held=held.get(feed, []),
            whys=_whys(windows.get(feed, [])),
            pages=frozenset(
                (page.parent.name, page.stem) for page in (place / feed).glob("*/[0-9]*.html")
            ),
        )
        for feed in all_feeds()
        if feed in windows or feed in held
    ]


def _whys(windows: Sequence[JudgedWindow]) -> dict[str, str]:
    """Read the suite's reasons from the newest window that it judged."""
    for one in windows:
        if told := judged.read_json(one.files.gx_results):
            rules = [result["expectation_config"]["meta"] for result in told["results"]]
            return {rule["id"]: rule["why"] for rule in rules}
    return {}


def _make_window_pages(place: Path, windows: Sequence[JudgedWindow], said: Wording) -> None:
    """Make what is missing or out of date, newest windows first; take away what is not shown."""
    wanted = {_page_of(place, one): one for one in windows if one.files.gx_results.is_file()}
    for page in set(place.glob("*/*/[0-9]*.html")) - set(wanted):
        page.unlink(missing_ok=True)
    made_with = _made_with(said)
    stale = [
        (page, one, made_of)
        for page, one in wanted.items()
        for made_of in [_made_of(one, made_with)]
        if made_of != _said_to_be_made_of(page)
    ]
    if not stale:
        return
    stale.sort(key=lambda found: found[1].window.end, reverse=True)
    render = gx_pages.renderer()
    for page, one, made_of in stale[:PAGES_A_RUN]:
        if told := judged.read_json(one.files.gx_results):
            around = feed_page.around_results(one, told, said)
            with atomic_write(page) as temp:
                temp.write_text(render(told, {**around, "made_of": made_of}), encoding="utf-8")


def _page_of(place: Path, one: JudgedWindow) -> Path:
    return place / one.files.feed / one.files.source / f"{one.window.id}.html"


def _made_of(one: JudgedWindow, made_with: str) -> str:
    told = judged.read_json(one.files.gx_results)
    text = json.dumps([made_with, told, one.verdict], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _said_to_be_made_of(page: Path) -> str | None:
    if not page.is_file():
        return None
    with page.open(encoding="utf-8") as written:
        found = _MADE_OF.search(written.read(2000))
    return found[1] if found else None


def _made_with(said: Wording) -> str:
    """Name our code, texts and styles and the release that pages are made with."""
    ours = [Path(__file__).parent, *(Path(of.__path__[0]) for of in (pages, i18n))]
    hashed = hashlib.sha256(f"{said.language} {version('great_expectations')}".encode())
    for path in sorted(path for folder in ours for path in folder.rglob("*.*")):
        if path.suffix in {".py", ".html", ".css", ".j2", ".yaml"}:
            hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _write(page: Path, name: str, view: Mapping[str, Any]) -> None:
    with atomic_write(page) as temp:
        temp.write_text(template(_TEMPLATES, name).render(view), encoding="utf-8")
