"""How static pages are made: one layout for all, no scripts and no outside requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template, select_autoescape

from storepulse.lake.atomic import clear_leftovers
from storepulse.lake.locks import exclusive_lock
from storepulse.settings import Settings


def template(folder: Path, name: str) -> Template:
    """Read a page's template; values in it are escaped.

    Args:
        folder: where it is; `style.css` and `head.html` of all pages are found as well.
        name: of its file, ending in `.html`.
    """
    return _environment(folder).get_template(name)


@contextmanager
def pages_lock(folder: Path, settings: Settings) -> Iterator[None]:
    """Hold a folder for writing its pages; leftovers of a killed run are removed.

    Raises:
        AnotherRunIsWriting: somebody else holds it for longer than the settings allow.
    """
    # Not next to the pages, where it would be served with them.
    lock = settings.home / f".{folder.name}-pages.lock"
    with exclusive_lock(lock, settings, f"writing the pages in {folder}"):
        clear_leftovers(folder)
        yield


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
