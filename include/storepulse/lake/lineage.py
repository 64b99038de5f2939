"""What rests on a feed: marts by dbt's own manifest, KPIs by the catalogue that build made.

A full build, which makes every node, leaves `warehouse/lineage.json`; when models change the next
build is full, so the file is that of the models in use.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from storepulse.feeds.registry import all_feeds
from storepulse.lake.atomic import atomic_write
from storepulse.settings import Settings

# Models that only rename and cast name every column; what uses one comes after them.
_PASSING_ON = ("stg_",)
_MARTS = ("fct_", "dim_", "rpt_")
# A message that lists everything is not read.
NAMED = 6


@dataclass(frozen=True)
class Node:
    """What is read of a node of dbt's manifest.

    Attributes:
        name: of the model.
        parents: unique ids of what it reads.
        sql: as written.
        renamed_from: its name in the release before, if that was another.
        renamed_columns: names that columns had in the release before, by the names they have now.
    """

    name: str
    parents: Sequence[str]
    sql: str
    renamed_from: str | None = None
    renamed_columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedKpi:
    """What is read of a KPI: its English name, the feeds it is made of, and if mails report it."""

    name_en: str
    feeds: Sequence[str]
    is_mailed: bool


@dataclass(frozen=True)
class FormerNames:
    """How the release before called a model, and its columns that have another name now.

    Attributes:
        model: its name then; maybe the same as now.
        columns: names then, by the names now.
    """

    model: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Impact:
    """What stops, or goes wrong, when a feed does.

    Attributes:
        is_known: False before the first build; then the rest is empty.
        marts: names, sorted.
        kpis: English names of the KPIs made of the feed, in the catalogue's order.
        mailed: how many of these KPIs are in the mails to supervisors.
    """

    is_known: bool
    marts: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()
    mailed: int = 0

    def __str__(self) -> str:
        if not self.is_known:
            return "nothing is built yet, so what rests on it is not known"
        kpis = f"{len(self.kpis)} KPIs ({_some(self.kpis)}), {self.mailed} of them with mails"
        affected = kpis if self.kpis else "no KPI"
        return f"{len(self.marts)} marts ({_some(self.marts)}); {affected}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def remember(settings: Settings, nodes: Iterable[Node], kpis: Iterable[NamedKpi]) -> None:
    """Write down who reads whom, after a build of everything.

    Args:
        settings: where the warehouse is.
        nodes: every model.
        kpis: every KPI, in the catalogue's order.

    Raises:
        DiskFull: there was no room.
    """
    columns = {column for feed in all_feeds().values() for column in feed.columns}
    models = {
        node.name: {
            "parents": [_short(parent) for parent in node.parents],
            "columns": sorted(columns & set(re.findall(r"\w+", node.sql))),
            "renamed_from": node.renamed_from,
            "renamed_columns": dict(node.renamed_columns),
        }
        for node in nodes
    }
    with atomic_write(settings.warehouse / "lineage.json") as temp:
        known = {"models": models, "kpis": [asdict(kpi) for kpi in kpis]}
        temp.write_text(json.dumps(known, indent=1), encoding="utf-8")


def former_names(settings: Settings) -> Mapping[str, FormerNames]:
    """Models of the last full build that the release before called otherwise, by name."""
    return {
        name: FormerNames(node.get("renamed_from") or name, node.get("renamed_columns", {}))
        for name, node in _remembered(settings).get("models", {}).items()
        if node.get("renamed_from") or node.get("renamed_columns")
    }


def impact_of(settings: Settings, feeds: Collection[str], columns: Sequence[str] = ()) -> Impact:
    """Work out what rests on one feed or several.

    Args:
        settings: where the warehouse is.
        feeds: names in the registry.
        columns: only marts below a model that names one of these; none for the whole feed.
    """
    remembered = _remembered(settings)
    if "models" not in remembered:
        # Nothing is built, or by a release that knew no KPIs there: this one's first build is full.
        return Impact(is_known=False)
    known = remembered["models"]
    below = _below({f"accepted.{feed}" for feed in feeds}, known)
    if columns:
        users = {
            name
            for name in below
            if not name.startswith(_PASSING_ON) and set(columns) & set(known[name]["columns"])
        }
        below = users | _below(users, known)
    names = tuple(sorted(name for name in below if name.startswith(_MARTS)))
    all_kpis = [NamedKpi(**kpi) for kpi in remembered["kpis"]] if names else []
    kpis = [kpi for kpi in all_kpis if {*feeds} & {*kpi.feeds}]
    return Impact(True, names, tuple(kpi.name_en for kpi in kpis), sum(k.is_mailed for k in kpis))


def _remembered(settings: Settings) -> dict[str, Any]:
    place = settings.warehouse / "lineage.json"
    if not place.is_file():
        return {}
    remembered: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return remembered


def _below(roots: set[str], known: Mapping[str, Mapping[str, list[str]]]) -> set[str]:
    found: set[str] = set()
    newest = roots
    while newest:
        newest = {
            name
            for name, node in known.items()
            if name not in found and newest & set(node["parents"])
        }
        found |= newest
    return found


def _short(unique_id: str) -> str:
    """`source.storepulse.accepted.orders` is `accepted.orders`, a model is its name."""
    kind, _, name = unique_id.split(".", 2)
    return name if kind == "source" else name.split(".")[-1]
