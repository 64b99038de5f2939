"""The glossary page: every KPI's definition in English and Chinese, from `dim_kpis`."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import duckdb

from storepulse.i18n import Wording
from storepulse.serving.catalog import place_in_catalogue

_ENGLISH, _CHINESE = Wording("en"), Wording("zh")


def areas(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Read all definitions, by area.

    Args:
        con: connection to the published marts.

    Returns:
        Per area its `code`, its name in `en` and `zh`, and its `kpis`: the columns of `dim_kpis`,
        with owner, feeds and direction in words of both languages.
    """
    kpis = sorted(
        _kpis(con), key=lambda kpi: place_in_catalogue(kpi["area"], kpi["code"] or "", kpi["kpi"])
    )
    return [
        {"code": code, "en": _ENGLISH.area(code), "zh": _CHINESE.area(code), "kpis": list(group)}
        for code, group in groupby(kpis, key=lambda kpi: kpi["area"])
    ]


def _kpis(con: duckdb.DuckDBPyConnection) -> Iterator[Mapping[str, Any]]:
    found = con.execute("select * from dim_kpis")
    columns = [column[0] for column in found.description]
    for row in found.fetchall():
        kpi = dict(zip(columns, row, strict=True))
        yield kpi | _in_words(kpi, _ENGLISH) | _in_words(kpi, _CHINESE)


def _in_words(kpi: Mapping[str, Any], wording: Wording) -> dict[str, str]:
    language = wording.language
    return {
        f"good_{language}": wording.say(f"report.directions.{kpi['direction']}"),
        f"owner_{language}": wording.owner(kpi["owner"]),
        f"feeds_{language}": wording.together(
            [wording.feed(feed) for feed in kpi["feeds"].split(",")]
        ),
    }
