"""Settings are checked before anything starts, and errors name the setting."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from openai_harmony.serve import load_settings

GOOD: dict[str, Any] = {"engine": "vllm", "url": ["http://localhost:1"]}


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"engine": "llama"}, "engine: .*llama.cpp, vllm, sglang, completions"),
        ({"engine": None}, "engine"),
        ({"url": []}, "url"),
        ({"url": ["localhost:1"]}, "url: .*http://"),
        ({"url": ["http://"]}, "url: .*host"),
        ({"url": ["http://x:y"]}, "url: .*port"),
        ({"url": ["http://x", "http://x/"]}, "url: .*twice"),
        ({"port": 70000}, "port"),
        ({"constrain": "sometimes"}, "constrain"),
        ({"store": "postgres://x"}, "store"),
        ({"keep": -1}, "keep"),
        ({"keep": float("inf")}, "keep"),
        ({"mcp": {"a": {}}}, "mcp.a"),
        ({"mcp": {"a b": {"url": "http://x"}}}, "mcp.a b"),
        ({"mcp": {"python": {"url": "http://x"}}}, "mcp: .*python"),
        ({"mcp": {"a": {"command": []}}}, "mcp.a.command"),
        ({"python_command": []}, "python_command"),
        ({"api_key": [""]}, "api_key"),
        ({"engine_key": "two\nlines"}, "engine_key"),
        ({"sampling": {"temprature": 1}}, "sampling.temprature"),
        ({"sampling": {"temperature": 3}}, "sampling.temperature"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_errors_name_the_setting(changed: dict[str, Any], named: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump({name: value for name, value in {**GOOD, **changed}.items() if value is not None}))
    with pytest.raises(ValueError, match=f"^setting {named}"):
        load_settings(file, {})


def test_flags_win_over_the_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("engine: vllm\nurl: http://localhost:1\nport: 1\nconstrain: never\n")
    settings = load_settings(file, {"port": 2, "url": [], "model": None})
    assert (settings.port, settings.url, settings.constrain) == (2, ["http://localhost:1"], "never")


def test_flags_win_over_the_environment(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-m", "openai_harmony", "serve", "--engine", "vllm", "--url", "http://x"]
    environment = {**os.environ, "HARMONY_ENGINE": "tgi", "HARMONY_PORT": "-7"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("openai-harmony: setting port: ")


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"store": "redis://localhost:x"}, "store: "),
        ({"store": "sqlite:/dev/null/x.sqlite"}, "store: "),
        ({"python_command": ["no-such-program"]}, "python_command: .*no-such-program"),
        ({"mcp": {"weather": {"command": ["no-such-program"]}}}, "mcp.weather: "),
        ({"mcp": {"weather": {"command": ["sleep", "9"]}}, "tool_timeout": 0.5}, "mcp.weather: .*0.5 seconds"),
        ({"engine": "completions", "constrain": "always"}, "constrain: "),
    ],
)
def test_what_cannot_be_used_is_said_at_the_start(changed: dict[str, Any], named: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({**GOOD, "port": 0, "store": "none", **changed}))
    command = [sys.executable, "-m", "openai_harmony", "serve", "--config", str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert re.match(f"openai-harmony: setting {named}", ran.stderr.splitlines()[-1]), ran.stderr
    assert "Traceback" not in ran.stderr


def test_every_setting_has_a_variable() -> None:
    environment = {"HARMONY_MAX_BODY": "1000", "HARMONY_SAMPLING": "{top_p: 0.5}", "HARMONY_PORT": "1"}
    settings = load_settings(None, {**GOOD, "port": 2}, {**environment, "HARMONY_ALLOWED_ORIGINS": "https://a.example"})
    assert (settings.max_body, settings.sampling.top_p, settings.port) == (1000, 0.5, 2)
    assert settings.allowed_origins == ["https://a.example"]


@pytest.mark.parametrize(
    "variable, text, message",
    [
        ("HARMONY_MAX_BODY", "many", "setting max_body: "),
        ("HARMONY_SAMPLING", "{temperature: 3}", "setting sampling.temperature: "),
        ("HARMONY_MCP", "{a: ", "HARMONY_MCP is not YAML: "),
    ],
)
def test_errors_of_the_environment_name_the_variable(variable: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        load_settings(None, GOOD, {variable: text})


@pytest.mark.parametrize("text", [b"a: [", b"a: 2026-13-45", b"[1]", b"\0", b"\xff\xff", b"- " * 5000])
def test_files_that_are_wrong(text: bytes, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_bytes(text)
    with pytest.raises(ValueError, match=r"gateway\.yaml is not"):
        load_settings(file, GOOD)


def test_a_key_may_be_given_without_a_list(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("engine: vllm\nurl: http://localhost:1\napi_key: one\n")
    assert load_settings(file, {}).api_key == ["one"]
