"""Great Expectations, set up in one way for whoever validates with it or shows its results.

Importing it takes seconds and a quarter of a gigabyte, so it happens where it is needed.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from storepulse.validate.suite.rules import Rule

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition


def silence() -> None:
    """Keep it from logging hundreds of lines about its internals, which it does at level INFO."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)


def whole_frame() -> "BatchDefinition[Any]":
    """Set up a context that keeps and sends nothing, for frames that are validated as a whole."""
    silence()
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.execution_engine import pandas_execution_engine

    # It would hash every frame below this size, twice, for a fingerprint that nobody reads: two
    # thirds of the run time for a million events.
    pandas_execution_engine.HASH_THRESHOLD = 0
    context = great_expectations.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all rows")


def results(
    frame: "BatchDefinition[Any]", rows: "pd.DataFrame", rules: Sequence[Rule]
) -> Iterator[tuple[Rule, "ExpectationValidationResult | str"]]:
    """Validate rows with rules.

    Args:
        frame: of `whole_frame`; one is enough for any number of frames.
        rows: with the columns that the rules use.
        rules: with their placeholders filled in.

    Yields:
        Each rule with its result, or with the error for which it could not be evaluated.
    """
    from great_expectations import ExpectationSuite
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = []
    for rule in rules:
        written = ExpectationConfiguration(
            type=rule.type, kwargs=_for_python(rule.kwargs), meta={"id": rule.id}
        )
        try:
            expectations.append(written.to_domain_obj())
        except (ValueError, TypeError, GreatExpectationsError) as refused:
            yield rule, str(refused)
    suite = ExpectationSuite(name="rules", expectations=expectations)
    outcome = frame.get_batch({"dataframe": rows}).validate(suite, result_format="BASIC")
    by_id = {rule.id: rule for rule in rules}
    for result in outcome.results:
        meta = result.expectation_config.meta if result.expectation_config else None
        error = _exception_in(result.exception_info)
        yield by_id[(meta or {})["id"]], result if error is None else error


def _for_python(kwargs: Mapping[str, object]) -> dict[str, object]:
    """Give `$` its SQL meaning: the end of the text, not also before a final newline."""
    regex = kwargs.get("regex")
    if isinstance(regex, str) and re.search(r"(?<!\\)\$$", regex):
        return {**kwargs, "regex": regex[:-1] + r"\Z"}
    return dict(kwargs)


def _exception_in(info: Mapping[str, Any] | None) -> str | None:
    """Find the error raised; Great Expectations nests it by metric if it was raised in one."""
    if not info:
        return None
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    messages = [_exception_in(nested) for nested in info.values()]
    return next((message for message in messages if message is not None), None)
