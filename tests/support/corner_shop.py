"""The smallest shop a source can be: one SQLite table with one shelf."""

import sqlite3
from pathlib import Path

SOURCE = """
name: corner_shop
description: One shelf.
connections:
  stock: {kind: sql, url: "${SHOP_DB_URL}", retry: {attempts: 1}}
feeds:
  stores: {connection: stock, mapping: stores.sql}
  inventory: {connection: stock, mapping: inventory.sql}
"""
STORES = """
select 'eu_shop' as store_id, 'Corner' as store_name, 'own_site' as platform,
       'Europe/Berlin' as timezone, 'EUR' as currency, '2020-01-01 00:00:00' as opened_at,
       '2026-11-21 00:00:00' as updated_at
where '2026-11-21 00:00:00' >= :window_start and '2026-11-21 00:00:00' < :window_end
"""
INVENTORY = """
select shop as store_id, depot as warehouse_id, item as sku, units as on_hand, 0 as reserved,
       units as available, 0 as in_transit, 0 as damaged, '2.50' as unit_cost, 'EUR' as currency,
       null as first_received_at,
       counted as snapshot_at
from shelf where counted >= :window_start and counted < :window_end order by counted
"""


def open_corner_shop(folder: Path) -> dict[str, str]:
    """Lay the shop and its source out below a folder.

    Returns:
        The environment in which the pipeline ingests it.
    """
    source = folder / "sources" / "corner_shop"
    source.mkdir(parents=True)
    (source / "source.yaml").write_text(SOURCE, encoding="utf-8")
    (source / "stores.sql").write_text(STORES, encoding="utf-8")
    (source / "inventory.sql").write_text(INVENTORY, encoding="utf-8")
    with sqlite3.connect(folder / "shop.sqlite") as shop:
        shop.execute("create table shelf (shop, depot, item, units integer, counted timestamp)")
        shop.execute(
            "insert into shelf values ('eu_shop', 'east', 'SKU-1', 7, '2026-11-21 22:00:00.000000')"
        )
    return {
        "STOREPULSE_HOME": str(folder / "home"),
        "STOREPULSE_SOURCES_DIR": str(folder / "sources"),
        "STOREPULSE_SOURCE": "corner_shop",
        "SHOP_DB_URL": f"sqlite:///{folder / 'shop.sqlite'}",
    }


def lose_the_currency(folder: Path) -> None:
    """Let the shop's mapping forget a column that the pipeline needs."""
    mapping = folder / "sources" / "corner_shop" / "inventory.sql"
    mapping.write_text(INVENTORY.replace("'EUR' as currency,", ""), encoding="utf-8")


def forget_the_window(folder: Path) -> None:
    """Let the shop's mapping land all there is, whatever window is asked for."""
    mapping = folder / "sources" / "corner_shop" / "inventory.sql"
    whole = "where counted >= :window_start and counted < :window_end"
    mapping.write_text(INVENTORY.replace(whole, ""), encoding="utf-8")


def sell_off(folder: Path, counted: str, item: str = "SKU-1") -> None:
    """Count the shelf at another moment (UTC)."""
    with sqlite3.connect(folder / "shop.sqlite") as shop:
        shop.execute("insert into shelf values ('eu_shop', 'east', ?, 5, ?)", [item, counted])


def allow_rows(folder: Path, most: int) -> None:
    """Let a window of the shelf have so many rows at most: one with more fails."""
    source = folder / "sources" / "corner_shop" / "source.yaml"
    mapping = "mapping: inventory.sql"
    source.write_text(SOURCE.replace(mapping, f"{mapping}, max_rows: {most}"), encoding="utf-8")


def find_the_currency(folder: Path) -> None:
    """Put back what `lose_the_currency` took."""
    mapping = folder / "sources" / "corner_shop" / "inventory.sql"
    mapping.write_text(INVENTORY, encoding="utf-8")
