import shutil
import subprocess
import sys

import pytest
from pydantic import ValidationError

from storepulse.errors import SettingMissing
from storepulse.settings import PROJECT_ROOT, Settings, expand_variables
from storepulse.validate import validate
from support.landed_windows import SOURCE, WINDOW, good_rows, land


def test_a_variable_that_is_left_empty_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("STOREPULSE_SMTP_HOST", "")
    monkeypatch.setenv("STOREPULSE_SMTP_PORT", "")

    assert Settings().smtp_host is None
    assert Settings().smtp_port == 587


@pytest.mark.parametrize("sign", ["*", "?", "[", "]", "#", "=", "\\"])
def test_a_home_whose_path_would_be_read_as_something_else_is_refused(monkeypatch, sign):
    monkeypatch.setenv("STOREPULSE_HOME", f"/srv/shop{sign}1/var")

    with pytest.raises(ValidationError) as refused:
        Settings()

    (problem,) = refused.value.errors()
    assert problem["loc"] == ("home",)
    assert f"without {sign} in its path" in problem["msg"]
    assert f"got /srv/shop{sign}1/var" in problem["msg"]


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("SMTP_HOST", "smtp://me:sesame@mail.example", "expected the name of a host like"),
        ("SMTP_HOST", "mail..sesame", "expected the name of a host like"),
        ("SMTP_HOST", f"{'a' * 64}.sesame", "expected the name of a host like"),
        ("REPORT_URL", "https://me:sesame@bi.example/report", "expected an address without user"),
        ("DEADLINES", "08:30,https://me:sesame@bi.example", "expected a time like 08:30"),
        ("HOME", "s3://me:sesame@bucket/x?sesame", "expected a folder of this machine"),
        ("HOME", "postgresql+psycopg://me:sesame@host/x", "expected a folder of this machine"),
    ],
)
def test_a_login_in_the_wrong_variable_is_refused_and_not_shown(
    monkeypatch, variable, value, message
):
    monkeypatch.setenv(f"STOREPULSE_{variable}", value)

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert message in refused.value.errors()[0]["msg"]
    assert "ses" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "mail.example.com.", "::1", "mail_2"])
def test_a_mail_server_may_be_named_or_numbered(monkeypatch, host):
    monkeypatch.setenv("STOREPULSE_SMTP_HOST", host)

    assert Settings().smtp_host == host


def test_a_project_that_lies_in_such_a_folder_needs_another_home(tmp_path):
    include = tmp_path / "[copy]" / "include"
    shutil.copytree(PROJECT_ROOT / "include" / "storepulse", include / "storepulse")

    def storepulse(**environment):
        return subprocess.run(
            [sys.executable, "-c", "from storepulse.cli.app import main; main()", "status"],
            env={"PYTHONPATH": str(include), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    refused, elsewhere = storepulse(), storepulse(STOREPULSE_HOME=str(tmp_path / "var"))

    assert refused.returncode == 1
    assert "STOREPULSE_HOME: expected a folder" in refused.stderr
    assert "without [ ] in its path" in refused.stderr
    assert "Correct it in .env or the environment" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (elsewhere.returncode, elsewhere.stderr) == (0, "")


def test_a_home_may_be_called_whatever_else(tmp_path):
    home = tmp_path / "o'brien's {shop}, 1 & 100% 中"
    land(Settings(home=home), "orders", good_rows("orders", 3))

    result = validate(Settings(home=home), SOURCE, "orders", WINDOW)

    assert (result.accepted, result.warnings) == (3, ())


def test_a_placeholder_is_filled_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHOP_API_URL", "http://127.0.0.1:8099")

    assert expand_variables("${SHOP_API_URL}/v1", "source.yaml") == "http://127.0.0.1:8099/v1"


@pytest.mark.parametrize("value", [None, ""])
def test_a_placeholder_without_a_value_names_the_variable_and_who_wants_it(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("SHOP_API_TOKEN", raising=False)
    else:
        monkeypatch.setenv("SHOP_API_TOKEN", value)

    with pytest.raises(SettingMissing, match=r"demo_shop/source\.yaml needs .* SHOP_API_TOKEN"):
        expand_variables("Bearer ${SHOP_API_TOKEN}", "demo_shop/source.yaml")


def test_a_password_in_the_wrong_line_is_not_shown(monkeypatch):
    monkeypatch.setenv("STOREPULSE_SMTP_PORT", "correct horse")

    with pytest.raises(ValidationError, match="smtp_port") as refused:
        Settings()

    assert "correct horse" not in str(refused.value)
