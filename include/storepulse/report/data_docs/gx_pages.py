"""Great Expectations' own page of one validated window, made to work offline.

Its renderers and section templates are used unchanged. The page around them is ours: theirs loads
styles, scripts and images from seven other hosts, and shows a source's values unescaped.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, FileSystemLoader, pass_context
from jinja2.runtime import Context

from storepulse.report import pages
from storepulse.validate.suite import gx

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.render.components import (
        RenderedSectionContent,
        RenderedStringTemplateContent,
    )

_TEMPLATES = Path(__file__).parent / "templates"
# Great Expectations' name for the section of rules that are not about one column.
_WHOLE_TABLE = "Table-Level Expectations"


def renderer() -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    """Import Great Expectations, which takes seconds, and prepare its renderers.

    Returns:
        A function that makes a page (HTML) from the content of `gx.json` and from values for our
        template around it (`window.html`). Rules that raised an error are left to that template:
        Great Expectations cannot show all of them.
    """
    gx.silence()
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    sections_of = ValidationResultsPageRenderer(run_info_at_end=True)
    view = DefaultJinjaPageView()
    theirs = view.env.loader
    ours = FileSystemLoader([_TEMPLATES, Path(pages.__file__).parent])
    view.env.loader = ChoiceLoader([ours, theirs] if theirs else [ours])
    # Templates do not change while pages are made.
    view.env.auto_reload = False
    view.env.filters["render_content_block"] = _escaping(view.render_content_block)

    def render(results: Mapping[str, Any], around: Mapping[str, Any]) -> str:
        evaluated = [
            one for one in results["results"] if not one["exception_info"]["raised_exception"]
        ]
        document = sections_of.render(_as_results({**results, "results": evaluated}))
        overview = document.sections[0]
        # Our page has its own header, with links to pages that exist.
        overview.content_blocks = [
            block for block in overview.content_blocks if block.content_block_type != "header"
        ]
        for section in document.sections:
            _add_reasons(section, evaluated)
        rendered: str = view.render(document, template="window.html", **around)  # type: ignore[no-untyped-call]
        return rendered

    return render


def _add_reasons(section: "RenderedSectionContent", results: Sequence[Mapping[str, Any]]) -> None:
    """Add a rule's id and reason to Great Expectations' row about it."""
    of_section = [
        config["meta"]
        for config in (one["expectation_config"] for one in results)
        if config["kwargs"].get("column", _WHOLE_TABLE) == section.section_name
    ]
    table = section.content_blocks[-1]
    if of_section and len(table.table) == len(of_section):
        table.header_row = [*table.header_row, "Rule"]
        for line, about in zip(table.table, of_section, strict=True):
            line.append(_texts(rule=about["id"], why=about["why"]))


def _texts(**texts: str) -> "RenderedStringTemplateContent":
    """Write texts one after the other, each with its name as CSS class."""
    from great_expectations.render.components import RenderedStringTemplateContent

    return RenderedStringTemplateContent(
        content_block_type="string_template",
        string_template={
            "template": " ".join(f"${name}" for name in texts),
            "params": texts,
            "styling": {"params": {name: {"classes": [name]} for name in texts}},
        },
    )


def _escaping(render_block: Callable[..., object]) -> Callable[..., object]:
    """Escape everything that is not a block: Great Expectations writes values as if HTML."""

    def rendered(context: Context, block: object, **names: object) -> object:
        if isinstance(block, list):
            parts = [str(rendered(context, one, **names)) for one in block]
            return ("" if any(isinstance(one, Mapping) for one in block) else ", ").join(parts)
        if isinstance(block, Mapping) and "content_block_type" in block:
            return render_block(context, block, **names)
        return html.escape("null" if block is None else str(block))

    return pass_context(rendered)


def _as_results(results: Mapping[str, Any]) -> "ExpectationSuiteValidationResult":
    from great_expectations.core import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    return ExpectationSuiteValidationResult(
        success=results["success"],
        results=[
            ExpectationValidationResult(
                success=one["success"],
                expectation_config=ExpectationConfiguration(
                    type=one["expectation_config"]["type"],
                    kwargs=dict(one["expectation_config"]["kwargs"]),
                ),
                result=one["result"],
                exception_info=one["exception_info"],
            )
            for one in results["results"]
        ],
        suite_name=results["suite_name"],
        statistics=results["statistics"],
        meta=results["meta"],
    )
