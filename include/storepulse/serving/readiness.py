"""Which numbers of a store's day are not ready, according to the published marts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from storepulse.serving.catalog import Catalogue, Kpi


@dataclass(frozen=True)
class NotReady:
    """Why some KPIs of a store's day are not ready.

    Attributes:
        reason: `status_reason` of `fct_kpi_readiness`.
        feed: the feed at fault.
        since: from when its data is missing or rejected, UTC; None where there is no such moment.
        kpis: in the catalogue's order.
    """

    reason: str
    feed: str
    since: datetime | None
    kpis: tuple[Kpi, ...]


def not_ready(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue, store_id: str, day: date
) -> tuple[NotReady, ...]:
    """Why mailed KPIs of a store's day are not ready, by reason and feed; most KPIs first.

    A KPI that is only still maturing is left out: nobody expects its number yet.
    """
    rows = con.execute(
        "select status_reason, feed, min(status_since), list(kpi) from fct_kpi_readiness "
        "where store_id = ? and kpi_date = ? and status <> 'ready' "
        "and status_reason <> 'ripens' group by status_reason, feed order by count(*) desc, feed",
        [store_id, day],
    ).fetchall()
    found = []
    for reason, feed, since, names in rows:
        kpis = [kpi for kpi in catalogue.kpis.values() if kpi.name in names and kpi.is_mailed]
        if kpis:
            moment = since.replace(tzinfo=UTC) if since else None
            found.append(NotReady(reason, feed, moment, tuple(kpis)))
    return tuple(found)


def days_not_ready(
    con: duckdb.DuckDBPyConnection, since: date
) -> Mapping[tuple[str, str], Sequence[date]]:
    """The days, from one on, whose numbers are not ready, by store and KPI.

    Days on which a KPI is only still maturing are left out; its evaluation waits for them anyway.
    """
    rows = con.execute(
        "select store_id, kpi, list(kpi_date) from fct_kpi_readiness "
        "where status <> 'ready' and status_reason <> 'ripens' and kpi_date >= ? group by 1, 2",
        [since],
    ).fetchall()
    return {(store, kpi): days for store, kpi, days in rows}
