"""What ``docs/serve.md`` and the compose file say, holds."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from conftest import Gateway
from openai_harmony.serve import Settings, load_settings

ROOT = pathlib.Path(__file__).parents[2]
COMPOSE = (ROOT / "demo" / "serve" / "compose.yaml").read_text("utf-8")
PAGE = (ROOT / "docs" / "serve.md").read_text("utf-8")


def snippets(language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found


def test_python_snippets_run(served: Gateway) -> None:
    for snippet in snippets("python"):
        exec(compile(snippet.replace("http://127.0.0.1:8000", served.url), "docs/serve.md", "exec"), {})


@pytest.mark.parametrize("snippet", snippets("yaml"))
def test_settings_are_valid(snippet: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(snippet)
    assert load_settings(file, {}).engine == "llama.cpp"


def test_every_setting_is_on_the_page() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|", PAGE.split("## Settings")[1].split("\n## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(Settings.model_fields)


def interpolated(text: str, **variables: str) -> str:
    """The compose file with its variables, ``${NAME:-default}`` and ``${NAME:?error}``."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        assert kind == "-" or name in variables, f"{name} is needed: {rest}"
        return variables.get(name, rest)

    return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", value, text)


def test_the_compose_file_follows_the_specification() -> None:
    text = interpolated(COMPOSE, MODELS="/srv/models", MODEL="gpt-oss-20b.gguf")
    compose = PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(text)))  # without anchors
    compose.validate()
    assert sorted(compose.service_names()) == ["engine", "gateway-1", "gateway-2", "proxy", "redis"]
    with pytest.raises(ValueError, match="imagge"):  # so it does look at the names
        PyCompose.from_yaml(text.replace("image:", "imagge:", 1))


def test_the_compose_file_sets_what_the_command_reads() -> None:
    compose: dict[str, Any] = yaml.safe_load(COMPOSE)
    environment = compose["services"]["gateway-2"]["environment"]
    names = {name.removeprefix("HARMONY_").lower(): value for name, value in environment.items()}
    names.update(url=[names["url"]], api_key=[])
    assert load_settings(None, names).store.startswith("redis://redis")
    proxy = (ROOT / "demo" / "serve" / "nginx.conf").read_text()
    assert [proxy] == snippets("nginx")
    assert set(re.findall(r"server (gateway-\d):8000", proxy)) <= set(compose["services"])


def test_every_metric_is_on_the_page(served: Gateway) -> None:
    from urllib.request import urlopen

    from prometheus_client.parser import text_string_to_metric_families

    with urlopen(f"{served.url}/metrics", timeout=10) as response:
        families = list(text_string_to_metric_families(response.read().decode()))
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    names = {name for name in names if not name.endswith("_created")}
    assert names == set(re.findall(r"`(harmony_\w+)", PAGE))
