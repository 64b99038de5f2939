"""Committed files that name every feed, written from the registry: `make feeds`.

    dbt_project/models/staging/sources.yml       the accepted feeds, as sources of dbt
    dbt_project/macros/trust/counted_feeds.sql   those counted by day; dbt has to know them when it
                                                 parses models, before there is a build plan
    dags/README.md                               the table of feeds, between two comments

They are committed because dbt, `mf` and readers use them without running this program first.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from storepulse.feeds.registry import Feed, all_feeds
from storepulse.settings import PROJECT_ROOT

_SOURCES = """\
# Written by `make feeds` from include/storepulse/feeds/feeds.yaml: edit that file.
sources:
  - name: accepted
    schema: accepted
    description: >-
      Rows that passed validation, as views over the accepted Parquet files that hold the days a
      build reads. One file per feed, source and window; a key may lie in several.
    tables:
"""
_COUNTED = """\
{{# Written by `make feeds` from include/storepulse/feeds/feeds.yaml: edit that file. Feeds whose
   rows happen in a store on a day, and so can be expected and missed. #}}
{{% macro counted_feeds() %}}
    {{{{ return([
{names}
    ]) }}}}
{{% endmacro %}}
"""
_TABLE = re.compile(r"(<!-- feeds: [^\n]*-->\n).*?(<!-- end of feeds -->)", re.S)


def derived_files(root: Path = PROJECT_ROOT) -> Mapping[Path, str]:
    """Each of these files with the text that follows from the registry.

    Args:
        root: the project.
    """
    feeds = list(all_feeds().values())
    dbt, timetable = root / "dbt_project", root / "dags" / "README.md"
    return {
        dbt / "models" / "staging" / "sources.yml": _sources(feeds),
        dbt / "macros" / "trust" / "counted_feeds.sql": _counted(feeds),
        timetable: _with_table(timetable.read_text(encoding="utf-8"), feeds),
    }


def _sources(feeds: list[Feed]) -> str:
    return _SOURCES + "".join(
        f"      - name: {feed.name}\n"
        f"        description: Every accepted version of the rows described in `stg_{feed.name}`.\n"
        for feed in feeds
    )


def _counted(feeds: list[Feed]) -> str:
    names = "\n".join(f"        '{feed.name}'," for feed in feeds if feed.counted)
    return _COUNTED.format(names=names)


def _with_table(text: str, feeds: list[Feed]) -> str:
    by_flow = sorted(feeds, key=lambda feed: [one.flow for one in feeds].index(feed.flow))
    rows = [
        f"| `ingest_{feed.flow}` | `{feed.name}` | {feed.description.removesuffix('.')} |"
        for feed in by_flow
    ]
    table = "\n".join(["", "| DAG | Feed | One row is |", "|---|---|---|", *rows, "", ""])
    return _TABLE.sub(lambda found: f"{found[1]}{table}{found[2]}", text)


def main() -> None:
    """Write the files that differ, and print their names."""
    for path, text in derived_files().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(PROJECT_ROOT)}\n")


if __name__ == "__main__":
    main()
