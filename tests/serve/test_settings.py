"""Settings are checked before anything starts, and errors name the setting."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

from openai_harmony.serve import load_settings

GOOD: dict[str, Any] = {"engine": "vllm", "url": ["http://localhost:1"]}


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"engine": "llama"}, "engine: .*llama.cpp, vllm, sglang, completions"),
        ({"engine": None}, "engine"),
        ({"url": []}, "url"),
        ({"url": ["localhost:1"]}, "url: .*http://"),
        ({"port": 70000}, "port"),
        ({"constrain": "sometimes"}, "constrain"),
        ({"store": "postgres://x"}, "store"),
        ({"keep": -1}, "keep"),
        ({"mcp": {"a": {}}}, "mcp.a"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_errors_name_the_setting(changed: dict[str, Any], named: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(str({name: value for name, value in {**GOOD, **changed}.items() if value is not None}))
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
