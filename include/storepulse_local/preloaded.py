"""Imports what a DAG run needs, once: runs are forked from a process that has done so.

Import this module for its side effects only. It starts no thread and opens no database, so that
forking is safe afterwards. Airflow's environment must be set before.
"""

import asyncio
import gc
from importlib import import_module

import httpx
from airflow.sdk.execution_time.supervisor import in_process_api_server

for _module in (
    "airflow.dag_processing.collection",
    "airflow.utils.db",
    "great_expectations",
    "storepulse.notify.watch_clock",
    "storepulse.extract.land",
    "storepulse.publish",
    "storepulse.report",
    "storepulse.transform.dbt_runner",
    "storepulse.validate",
    "storepulse.watch",
    # Every process imports these again with its main module.
    "storepulse_local.shop",
    "storepulse_local.standalone",
    "storepulse_local.summary",
):
    import_module(_module)

# Tasks report to it; creating it takes as long as everything else that Airflow does for a run.
_api = in_process_api_server().app


async def _request_once() -> None:
    """Make it build the routes of all its versions, which happens on the first request."""
    transport = httpx.ASGITransport(app=_api)
    async with httpx.AsyncClient(transport=transport, base_url="http://in-process") as client:
        (await client.get("/health")).raise_for_status()


asyncio.run(_request_once())

# Objects that the garbage collector never visits again stay shared between the processes.
gc.collect()
gc.freeze()
