"""Files of YAML that people write by hand: read strictly, and never quoted.

The parser's own errors print the line at fault, which may contain a password.
"""

import re
from collections.abc import Hashable
from pathlib import Path

import yaml


class _Loader(yaml.SafeLoader):
    """A safe loader that reports every mistake as an error of its own, with its place."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            made: object = super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError):
            # `2026-13-45` looks like a date, and `!!int x` claims to be a number.
            raise yaml.constructor.ConstructorError(
                None, None, "a date or number that is none", node.start_mark
            ) from None
        return made

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        known = set[tuple[str, str]]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in known:
                    # The last would stand, and the others would be dropped silently.
                    raise yaml.constructor.ConstructorError(
                        None, None, "a key that is there twice", key.start_mark
                    )
                known.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> object:
    """Read a file.

    Raises:
        ValueError: it cannot be read, or is not YAML; the message gives reason and line, and
            quotes nothing.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            content: object = loader.get_single_data()
        finally:
            loader.dispose()
        return content
    except UnicodeDecodeError:
        wrong = "save it as UTF-8"
    except OSError as failure:
        wrong = f"the file cannot be opened ({type(failure).__name__})"
    except RecursionError:
        wrong = "it is nested deeper than can be read"
    except yaml.YAMLError as failure:
        wrong = _without_line(failure)
    # Outside of the block, so that the parser's error is not chained to it.
    raise ValueError(wrong)


def _without_line(failure: yaml.YAMLError) -> str:
    mark = getattr(failure, "problem_mark", None)
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(failure, "problem", None) or "a character that YAML does not allow"
    # `found undefined alias 'sesame'`: a password that begins with an asterisk.
    return re.sub(r"'[^']{2,}'", "…", problem) + where
