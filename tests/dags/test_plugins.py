"""The plugins as Airflow's own API server loads them."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.airflow

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.fixture(scope="module")
def browser(airflow_database, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "report" / "data" / "orders").mkdir(parents=True)
    (home / "report" / "data" / "orders.html").write_text("<h1>orders</h1>", encoding="utf-8")
    (home / "report" / "data" / "orders" / "window.html").write_text("<h1>6 h</h1>", "utf-8")
    (home / "report" / "notes.txt").write_text("not a page", encoding="utf-8")
    (home / "report" / "linked.html").symlink_to(home / "secret.txt")
    (home / "report" / "index.html").write_text("<h1>22 November</h1>", encoding="utf-8")
    (home / "secret.txt").write_text("not for readers", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STOREPULSE_HOME", str(home))
        from airflow.api_fastapi.app import create_app
        from fastapi.testclient import TestClient

        yield TestClient(create_app(apps="core"), base_url="http://127.0.0.1")


@pytest.fixture
def login(browser):
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ann", role="viewer"))
    return {"Authorization": f"Bearer {token}"}


def test_every_plugin_loads_and_nothing_else_is_loaded_as_one():
    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()

    assert errors == {}
    assert "storepulse_report_page" in [plugin.name for plugin in plugins]
    # Airflow imports each file it looks into under its bare name.
    shared = {path.stem for path in (PLUGINS / "storepulse_airflow").glob("*.py")} - {"__init__"}
    assert shared
    assert shared & set(sys.modules) == set()


def test_the_menu_links_to_the_report_and_data_docs(browser, login):
    plugins = browser.get("/api/v2/plugins", headers=login).json()["plugins"]

    ours = next(plugin for plugin in plugins if plugin["name"] == "storepulse_report_page")
    assert {view["name"]: view["href"] for view in ours["external_views"]} == {
        "Operations report": "storepulse/report/",
        "Data Docs": "storepulse/report/data/index.html",
    }
    page = browser.get("/" + ours["external_views"][0]["href"], headers=login)
    assert page.status_code == 200
    assert page.text == "<h1>22 November</h1>"


def test_pages_of_data_docs_are_served_from_their_folders(browser, login):
    feed = browser.get("/storepulse/report/data/orders.html", headers=login)
    window = browser.get("/storepulse/report/data/orders/window.html", headers=login)

    assert (feed.status_code, feed.text) == (200, "<h1>orders</h1>")
    assert (window.status_code, window.text) == (200, "<h1>6 h</h1>")
    assert window.headers["x-content-type-options"] == "nosniff"


def test_the_report_requires_a_login(browser):
    assert browser.get("/storepulse/report/data/orders.html").status_code == 401
    assert browser.get("/storepulse/report/").status_code == 401
    assert browser.get("/storepulse/report/index.html").status_code == 401


def test_nothing_outside_the_report_is_served(browser, login):
    for path in (
        "%2e%2e/secret.txt",
        "..%2Fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "data/%2e%2e/%2e%2e/secret.txt",
        "data/orders/..%2F..%2F..%2Fsecret.txt",
        "linked.html",
        "notes.txt",
        "data",
        "data/",
        "missing.html",
        "data/%00.html",
        f"data/{'long' * 100}.html",
    ):
        answer = browser.get(f"/storepulse/report/{path}", headers=login)
        assert answer.status_code == 404, path
