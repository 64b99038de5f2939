"""Warehouses: what is in stock, what is ordered from suppliers, and the ledger of both."""
