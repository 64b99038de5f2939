import re

import pytest
import yaml

from storepulse.errors import SuiteInvalid
from storepulse.feeds.registry import feed_named
from storepulse.settings import Settings
from storepulse.validate.suite import suites
from storepulse.validate.suite.placeholders import Placeholders
from storepulse.windows import Window

FEED = feed_named("fx_rates")
WINDOW = Window.from_iso("2026-11-22", "2026-11-23")


def suite_with(tmp_path, **rule):
    """The real suite of rates with one more rule."""
    text = (Settings().expectations_dir / "fx_rates.yaml").read_text("utf-8")
    content = yaml.safe_load(text)
    added = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "rate", "min_value": 0},
        "severity": "critical",
        "meta": {"id": "added", "why": "a test wants it"},
    }
    content["expectations"].append({**added, **rule})
    path = tmp_path / "fx_rates.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path


def test_a_suite_is_read_with_its_rules_in_order(tmp_path):
    suite = suites.load(suite_with(tmp_path), FEED)

    assert suite.rules[-1].id == "added"
    assert suite.rules[-1].columns == ("rate",)
    assert suite.rules[-1].mostly == 1.0


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"meta": {"id": "added"}}, "has no why"),
        ({"severity": "info"}, "severity other than critical or warning"),
        ({"meta": {"id": "rate_positive", "why": "x"}}, "is defined twice"),
        ({"kwargs": {"column": "colour", "min_value": 0}}, "uses colour, which feed fx_rates"),
        ({"kwargs": {"column": "rate"}}, "neither min_value nor max_value"),
        ({"kwargs": {"column": "rate", "min_value": "2026-01-01"}}, "bounds of its column's type"),
        ({"kwargs": {"column": "from_currency", "min_value": 0}}, "does not fit from_currency"),
        ({"type": "expect_column_values_to_be_in_set"}, "lacks value_set"),
        (
            {
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {"column": "from_currency", "value_set": ["on", False]},
            },
            "lists False, which is not text; put it in quotes",
        ),
        (
            {
                "type": "expect_column_values_to_match_regex",
                "kwargs": {"column": "from_currency", "regex": "["},
            },
            "broken regular expression",
        ),
        (
            {
                "type": "expect_column_pair_values_to_be_equal",
                "kwargs": {"column_A": "rate_date", "column_B": "updated_at"},
            },
            "ignore_row_if: either_value_is_missing",
        ),
        (
            {"type": "expect_column_value_z_scores_to_be_less_than", "kwargs": {"column": "rate"}},
            "cannot run on single rows",
        ),
        ({"kwargs": {"column": "rate", "min_value": 0, "row_condition": "x"}}, "row_condition"),
    ],
)
def test_a_rule_that_cannot_run_is_named_with_its_file(tmp_path, rule, problem):
    path = suite_with(tmp_path, **rule)

    with pytest.raises(SuiteInvalid, match=re.escape(problem)) as refused:
        suites.load(path, FEED)

    assert str(path) in str(refused.value)


def test_a_suite_that_lets_rows_without_a_key_pass_is_refused(tmp_path):
    path = tmp_path / "fx_rates.yaml"
    path.write_text("name: landing.fx_rates\nexpectations: []\n", "utf-8")

    with pytest.raises(SuiteInvalid, match="not_be_null on rate_date"):
        suites.load(path, FEED)


@pytest.mark.parametrize("text", ["[", "just text", "name: x\n"])
def test_a_file_that_is_not_a_suite_is_refused(tmp_path, text):
    path = tmp_path / "fx_rates.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(SuiteInvalid, match=re.escape(str(path))):
        suites.load(path, FEED)


def test_a_missing_suite_is_refused(tmp_path):
    with pytest.raises(SuiteInvalid, match="does not exist"):
        suites.load(tmp_path / "fx_rates.yaml", FEED)


def test_an_unknown_placeholder_is_refused_with_its_rule(tmp_path):
    kwargs = {"column": "rate", "max_value": 1}
    suite = suites.load(suite_with(tmp_path, kwargs={**kwargs, "mostly": "$often"}), FEED)

    with pytest.raises(SuiteInvalid, match=r"rule added uses \$often"):
        suite.filled_in(Placeholders(WINDOW, None))
