"""The report and Data Docs inside Airflow: menu entries, and the pages for logged-in users.

Airflow does not protect what a plugin serves, and the report shows turnover. So these pages require
the same login as Airflow's own API.
"""

from functools import cache

from airflow.plugins_manager import AirflowPlugin

_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


async def report_pages(scope, receive, send):
    """Serve the report folder; imports are deferred to the first request.

    This file is imported in every Airflow process, also in those that never serve a page.
    """
    await _application()(scope, receive, send)


@cache
def _application():
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse

    from storepulse.settings import Settings

    pages = FastAPI(openapi_url=None)

    @pages.get("/{page:path}", dependencies=[Depends(get_user)])
    def show(page: str):
        file = _page_at(Settings().report.resolve(), page or "index.html")
        if file is None:
            raise HTTPException(404, "no such page; watch_kpis writes the report")
        return FileResponse(file, headers=_HEADERS)

    return pages


def _page_at(folder, path):
    """Find a page below the folder; None for a path outside it, or one that is not a page."""
    try:
        file = (folder / path).resolve()
        found = file.suffix == ".html" and file.is_relative_to(folder) and file.is_file()
    except (OSError, ValueError):
        return None
    return file if found else None


class ReportPage(AirflowPlugin):
    """Adds "Operations report" and "Data Docs" to the menu."""

    name = "storepulse_report_page"
    fastapi_apps = [  # noqa: RUF012 - Airflow reads plain class attributes
        {"app": report_pages, "url_prefix": "/storepulse/report", "name": "storepulse report"}
    ]
    external_views = [  # noqa: RUF012
        {
            "name": "Operations report",
            # Without a leading slash it also works below a proxy's path.
            "href": "storepulse/report/",
            "destination": "nav",
            "category": "browse",
            "url_route": "operations-report",
        },
        {
            "name": "Data Docs",
            "href": "storepulse/report/data/index.html",
            "destination": "nav",
            "category": "browse",
            "url_route": "data-docs",
        },
    ]
