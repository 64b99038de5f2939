"""The command line: makes worlds, serves them, lists their incidents; an error is one line."""

import json
import subprocess
import sys
import time

import httpx
import pytest
from typer.testing import CliRunner

from shop_simulator.cli import app, commands


def run(*arguments):
    return CliRunner().invoke(commands, arguments)


def test_make_and_truth_print_what_was_done(tmp_path):
    span = ("--from", "2026-11-21", "--until", "2026-11-23T06:00Z", "--scale", "0.05")
    made = run("make", "--home", str(tmp_path), *span, "--demo-incidents")
    again = run("make", "--home", str(tmp_path), *span, "--demo-incidents")
    truth = run("truth", "--home", str(tmp_path))

    assert made.exit_code == again.exit_code == truth.exit_code == 0, made.output
    assert "made in" in " ".join(made.output.split())
    assert "already there" in " ".join(again.output.split())
    assert "hero_recalled" in truth.output


def test_serve_prints_and_writes_its_addresses(tmp_path):
    span = ("--from", "2026-09-01", "--until", "2026-09-02", "--scale", "0.05")
    assert run("make", "--home", str(tmp_path), *span).exit_code == 0
    server = subprocess.Popen(
        [sys.executable, "-m", "shop_simulator", "serve", "--home", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "endpoints.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        endpoints = json.loads((tmp_path / "endpoints.json").read_text())
        assert httpx.get(f"{endpoints['pages_url']}/robots.txt").status_code == 200
    finally:
        server.terminate()
        printed, _ = server.communicate(timeout=30)

    assert f"SHOP_API_URL={endpoints['api_url']}" in printed
    assert f"SHOP_API_TOKEN={endpoints['api_token']}" in printed
    assert not (tmp_path / "endpoints.json").exists()


def test_an_error_that_a_user_can_fix_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["shop-simulator", "serve", "--home", str(tmp_path)])

    with pytest.raises(SystemExit) as left:
        app()

    assert left.value.code == 1
    assert "run `shop-simulator make` first" in " ".join(capsys.readouterr().out.split())
