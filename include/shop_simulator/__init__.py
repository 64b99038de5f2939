"""Simulates the outside world: three shops, their customers, competitors and incidents.

    cli          `shop-simulator make`, `serve` and `truth`
    serving      the HTTP server of a made world: its APIs and the competitors' pages
    world        make or advance a world in a folder
    building     simulate every store's days and write what is served of them
    database     the shop's database: its schema, its rows at the clock, and loading them
    logs         log files of page events and checkouts
    file_share   files of other departments: plans, settlements, the sales platforms' reports
    api_tables   tables behind the HTTP endpoints: ad reports, tickets, captured pages
    books        what is recorded over a store's simulated days
    selling      a store's days: visits, carts and orders, until delivered, cancelled or refunded
    goods        warehouses: stock, orders to suppliers, and the ledger of both
    setting      what is given before any day: stores, assortment, calendar, incidents

Everything follows from a seed, so two worlds made with the same arguments are the same. Shares
nothing with the pipeline.
"""
