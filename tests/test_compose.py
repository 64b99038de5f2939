"""The production setup: docker-compose.yaml and the Dockerfile must be consistent."""

import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DOCUMENTED = (ROOT / ".env.example").read_text(encoding="utf-8")
IMAGE_ROOT = "/opt/storepulse/"

SECRETS = sorted(set(re.findall(r"\$\{([A-Z_]+):\?", TEXT)))
AIRFLOW_SERVICES = sorted(name for name in SERVICES if name.startswith("airflow-"))


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "docker-compose.yaml", tmp_path)
    return tmp_path


def compose(folder: Path, variables: dict[str, str], *arguments: str):
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed: apt-get install docker-compose")
    lines = [f"{name}={value}" for name, value in variables.items()]
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")
    return subprocess.run(
        ["docker-compose", *arguments],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def all_secrets() -> dict[str, str]:
    return {name: f"value-of-{name.lower()}" for name in SECRETS}


def test_compose_accepts_the_file_once_the_secrets_are_set(folder):
    checked = compose(folder, all_secrets(), "--profile", "celery", "config")

    assert checked.returncode == 0, checked.stderr
    assert set(yaml.safe_load(checked.stdout)["services"]) == set(SERVICES)


def test_compose_refuses_to_start_without_a_secret_and_names_it(folder):
    others = {name: value for name, value in all_secrets().items() if name != "REDIS_PASSWORD"}

    refused = compose(folder, others, "config")

    assert refused.returncode != 0
    assert "REDIS_PASSWORD" in refused.stderr
    assert "see .env.example" in refused.stderr


def test_no_secret_has_a_default():
    assert len(SECRETS) >= 6
    given = re.findall(r"\$\{([A-Z_]*(?:PASSWORD|SECRET|KEY)[A-Z_]*)(:?[-?])?", TEXT)

    assert given
    assert [name for name, marker in given if marker != ":?"] == []


def test_every_variable_is_documented():
    used = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    documented = set(re.findall(r"^#([A-Z_]+)=", DOCUMENTED, re.M))

    assert used
    assert used - documented == set()


def test_documented_secrets_are_left_empty():
    assert re.findall(rf"^#?(?:{'|'.join(SECRETS)})=.+", DOCUMENTED, re.M) == []


def test_ports_are_open_on_this_machine_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_without_a_profile_nothing_of_celery_starts():
    by_default = {name for name, service in SERVICES.items() if "profiles" not in service}
    with_celery = {name for name, service in SERVICES.items() if service.get("profiles")}

    assert by_default == {
        "postgres",
        "airflow-init",
        "airflow-apiserver",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    }
    assert with_celery == {"redis", "airflow-worker"}
    assert all(SERVICES[name]["profiles"] == ["celery"] for name in with_celery)


def test_every_long_running_service_has_a_health_check_and_is_restarted():
    for name, service in SERVICES.items():
        if name == "airflow-init":
            continue
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name


def test_services_wait_for_what_they_need():
    for name, service in SERVICES.items():
        for needed, state in service.get("depends_on", {}).items():
            assert needed in SERVICES
            if needed == "airflow-init":
                assert state["condition"] == "service_completed_successfully", name
            else:
                assert state["condition"] == "service_healthy", name
                assert "healthcheck" in SERVICES[needed], needed


def test_all_components_of_airflow_share_keys_and_database():
    shared = (
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
    )
    for variable in shared:
        assert len({SERVICES[name]["environment"][variable] for name in AIRFLOW_SERVICES}) == 1

    address = SERVICES["airflow-init"]["environment"]["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert "http://airflow-apiserver:8080/" in address


def test_services_that_run_tasks_or_callbacks_can_write_the_warehouse():
    writers = {"airflow-scheduler", "airflow-worker", "airflow-dag-processor"}

    for name in AIRFLOW_SERVICES:
        mounted = [volume for volume in SERVICES[name]["volumes"] if "storepulse" in volume]
        home = SERVICES[name]["environment"]["STOREPULSE_HOME"]
        assert mounted[0].split(":")[1] == home, name
        if name in writers:
            assert not mounted[0].endswith(":ro"), name


def test_named_volumes_exist_and_nothing_of_this_machine_is_mounted():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], volume


def test_everything_the_image_copies_exists_and_is_in_the_build_context():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = [
        source
        for line in re.findall(r"^COPY(?: --\S+)* (.+)$", DOCKERFILE, re.M)
        for source in line.split()[:-1]
    ]

    assert "include" in copied
    assert "*" in ignored
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert set(copied) == let_through


def test_paths_inside_the_image_exist():
    copied = {
        source
        for line in re.findall(r"^COPY(?: --\S+)* (.+)$", DOCKERFILE, re.M)
        for source in line.split()[:-1]
    }
    named = set(re.findall(rf"{IMAGE_ROOT}([\w.]+)", TEXT + DOCKERFILE))

    assert "pools.json" in named
    assert named - copied == set()


def test_the_image_has_the_airflow_version_of_the_tests():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked = {package["name"]: package.get("version") for package in lock["package"]}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    uv_version = re.search(r"UV_VERSION := (\S+)", makefile)[1]

    assert f"FROM apache/airflow:{locked['apache-airflow']}-python3.12" in DOCKERFILE
    assert f"uv=={uv_version}" in DOCKERFILE


def test_data_and_secrets_of_this_machine_stay_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = [line[1:] for line in ignored if line.startswith("!")]

    for private in (".env", "var", ".git", ".venv"):
        assert not any(fnmatch(private, pattern) for pattern in let_through)
