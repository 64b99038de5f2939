"""Which pages there are, and which of them have to be rendered again.

    report/data/index.html                        all feeds
               /<feed>.html                       one feed's month
               /<feed>/<source>/<window id>.html  Great Expectations' results of a window

The first two are quick and written each time. A window's page is rendered again only when its
data or the code has changed, and only a limited number per run, so that a first run is quick too.
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
from storepulse.report.data_docs import feed_page, gx_pages, validated_windows, volumes
from storepulse.report.data_docs.feed_page import FeedState
from storepulse.report.data_docs.validated_windows import ValidatedWindow
from storepulse.report.pages import pages_lock, template
from storepulse.settings import Settings

# A second or two of work: with the import of Great Expectations a run stays under ten. A usual run
# has one page per feed. Older windows follow with the next run.
PAGES_A_RUN = 40

_TEMPLATES = Path(__file__).parent / "templates"
_FINGERPRINT = re.compile(r'name="fingerprint" content="(\w+)"')


def write(settings: Settings) -> Path:
    """Write the pages, each atomically and without outside resources.

    Works before marts are published and before any window has landed. Great Expectations is
    imported only when a window's page has to be rendered.

    Returns:
        Path of the overview of all feeds.

    Raises:
        AnotherRunIsWriting: another run does not finish its pages in time.
    """
    folder = settings.report / "data"
    with pages_lock(folder, settings):
        for subfolder in [below for below in folder.rglob("*") if below.is_dir()]:
            clear_leftovers(subfolder)
        _write_all(settings, folder)
    return folder / "index.html"


def _write_all(settings: Settings, folder: Path) -> None:
    wording = Wording(settings.language)
    windows, rejected = (
        validated_windows.windows_by_feed(settings),
        validated_windows.rejected_by_feed(settings),
    )
    of_pages = [
        one
        for feed in all_feeds()
        for one in {
            **{one.key: one for one in rejected.get(feed, [])},
            **{one.key: one for one in feed_page.newest(windows.get(feed, []))},
        }.values()
    ]
    _render_window_pages(folder, of_pages, wording)
    states = _states(settings, folder, windows, rejected)
    for state in states:
        _write(folder / f"{state.feed}.html", "feed.html", feed_page.view(state, wording))
    newest = max((one.window.end for of_feed in windows.values() for one in of_feed), default=None)
    overview = {
        "say": wording.say,
        "language": wording.say("report.language"),
        "until": f"{newest:%Y-%m-%d %H:%M}" if newest else "–",
        "days": validated_windows.DAYS_SHOWN,
        "rows": [feed_page.row(state, wording) for state in states],
    }
    _write(folder / "index.html", "index.html", overview)


def _states(
    settings: Settings,
    folder: Path,
    windows: Mapping[str, Sequence[ValidatedWindow]],
    rejected: Mapping[str, Sequence[ValidatedWindow]],
) -> list[FeedState]:
    of_marts = volumes.read(settings)
    by_feed, by_rule = (
        quarantine.quarantined_by_feed(settings),
        quarantine.quarantined_by_rule(settings),
    )
    return [
        FeedState(
            feed=feed,
            windows=windows.get(feed, []),
            volumes=of_marts,
            quarantined=[one for one in by_feed if one.feed == feed],
            quarantined_by_rule=[one for one in by_rule if one.feed == feed],
            rejected=rejected.get(feed, []),
            whys=_whys(windows.get(feed, [])),
            pages=frozenset(
                (page.parent.name, page.stem) for page in (folder / feed).glob("*/[0-9]*.html")
            ),
        )
        for feed in all_feeds()
        if feed in windows or feed in rejected
    ]


def _whys(windows: Sequence[ValidatedWindow]) -> dict[str, str]:
    """Read the suite's reasons from the newest window validated with it."""
    for one in windows:
        if results := validated_windows.read_json(one.files.gx_results):
            rules = [result["expectation_config"]["meta"] for result in results["results"]]
            return {rule["id"]: rule["why"] for rule in rules}
    return {}


def _render_window_pages(
    folder: Path, windows: Sequence[ValidatedWindow], wording: Wording
) -> None:
    """Render missing or outdated pages, newest windows first; remove those no longer shown."""
    wanted = {_page_of(folder, one): one for one in windows if one.files.gx_results.is_file()}
    for page in set(folder.glob("*/*/[0-9]*.html")) - set(wanted):
        page.unlink(missing_ok=True)
    code = _fingerprint_of_code(wording)
    stale = [
        (page, one, fingerprint)
        for page, one in wanted.items()
        for fingerprint in [_fingerprint(one, code)]
        if fingerprint != _recorded_fingerprint(page)
    ]
    if not stale:
        return
    stale.sort(key=lambda found: found[1].window.end, reverse=True)
    render = gx_pages.renderer()
    for page, one, fingerprint in stale[:PAGES_A_RUN]:
        if results := validated_windows.read_json(one.files.gx_results):
            around = feed_page.around_results(one, results, wording)
            with atomic_write(page) as temp:
                html = render(results, {**around, "fingerprint": fingerprint})
                temp.write_text(html, encoding="utf-8")


def _page_of(folder: Path, one: ValidatedWindow) -> Path:
    return folder / one.files.feed / one.files.source / f"{one.window.id}.html"


def _fingerprint(one: ValidatedWindow, code: str) -> str:
    results = validated_windows.read_json(one.files.gx_results)
    text = json.dumps([code, results, one.result], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _recorded_fingerprint(page: Path) -> str | None:
    if not page.is_file():
        return None
    with page.open(encoding="utf-8") as written:
        found = _FINGERPRINT.search(written.read(2000))
    return found[1] if found else None


def _fingerprint_of_code(wording: Wording) -> str:
    """Hash our code, texts and styles and the release of Great Expectations."""
    ours = [Path(__file__).parent, *(Path(of.__path__[0]) for of in (pages, i18n))]
    hashed = hashlib.sha256(f"{wording.language} {version('great_expectations')}".encode())
    for path in sorted(path for folder in ours for path in folder.rglob("*.*")):
        if path.suffix in {".py", ".html", ".css", ".j2", ".yaml"}:
            hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _write(page: Path, name: str, view: Mapping[str, Any]) -> None:
    with atomic_write(page) as temp:
        temp.write_text(template(_TEMPLATES, name).render(view), encoding="utf-8")
