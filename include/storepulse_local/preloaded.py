"""Imports what a DAG run needs, once: runs are forked from a process that has done so.

Importing this module is all there is to do with it. It starts no thread and opens no database, so
that what is forked afterwards is in order. Airflow's environment must be set before.
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

# Tasks report to it; making it takes as long as everything else that Airflow does for a run.
_api = in_process_api_server().app


async def _ask_once() -> None:
    """Let it build the routes of all its versions, which it does when it is first asked."""
    transport = httpx.ASGITransport(app=_api)
    async with httpx.AsyncClient(transport=transport, base_url="http://in-process") as client:
        (await client.get("/health")).raise_for_status()


asyncio.run(_ask_once())

# What a collector never looks at again stays shared between the processes.
gc.collect()
gc.freeze()
