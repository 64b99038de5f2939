"""What to check, from `runbook.yaml`."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from storepulse.monitor.records import Incident
from storepulse.serving.catalog import Language

# More than three checks are not done in the morning.
CHECKS_SHOWN = 3

Checks = Mapping[str, Mapping[str, list[Mapping[str, str]]]]


def checks_for(incident: Incident, language: Language) -> list[str]:
    """The checks for the evidence found, then for the primary KPI; at most three."""
    found = dict.fromkeys(check[language] for check in _fitting(incident, _runbook()))
    return list(found)[:CHECKS_SHOWN]


def _fitting(incident: Incident, runbook: Checks) -> Iterator[Mapping[str, str]]:
    for one in incident.evidence:
        yield from runbook["evidence"].get(one.kind, [])
    # Wrong numbers say nothing of what the business should do.
    if incident.is_data_fault:
        return
    kpi = incident.kpi
    if kpi.name in runbook["kpis"]:
        yield from runbook["kpis"][kpi.name]
        return
    for feed in kpi.feeds:
        yield from runbook["feeds"].get(feed, [])


@cache
def _runbook() -> Checks:
    text = (Path(__file__).parent / "runbook.yaml").read_text(encoding="utf-8")
    runbook: Checks = yaml.safe_load(text)
    return runbook
