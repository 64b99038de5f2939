"""How static pages are made: in one look, and nothing in them runs or asks for anything."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template, select_autoescape


def template(folder: Path, name: str) -> Template:
    """Read a page's template; values in it are escaped.

    Args:
        folder: where it is; `style.css` and `head.html` of all pages are found as well.
        name: of its file, ending in `.html`.
    """
    return _environment(folder).get_template(name)


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
