"""Real small sources for connectors: folders, databases and a host on loopback."""

import duckdb
import pytest

from storepulse.extract.request import Request
from storepulse.windows import Window
from support.web_host import hosting

WINDOW = Window.from_iso("2026-11-22T00:00", "2026-11-22T06:00")


@pytest.fixture
def request_for(tmp_path):
    """Request a query for the morning of 22 November, or for another window."""
    into = tmp_path / "landed"
    into.mkdir()

    def request_for(query: str, window: Window = WINDOW, **options: object) -> Request:
        return Request(query, "shop/feed.sql", window, into, **options)

    return request_for


@pytest.fixture
def landed_rows(tmp_path):
    """The rows a connector wrote, in order, as tuples without their position."""

    def landed_rows() -> list[tuple]:
        rows = duckdb.execute(
            f"select * from '{tmp_path}/landed/rows.parquet' order by _position"
        ).fetchall()
        assert [row[-1] for row in rows] == list(range(1, len(rows) + 1))
        return [row[:-1] for row in rows]

    return landed_rows


@pytest.fixture
def host():
    """A host on a free loopback port; set `host.respond`, read `host.asked`."""
    with hosting() as served:
        yield served
