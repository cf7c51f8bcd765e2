"""Tools that the gateway runs: MCP servers of the official package, and Python by a command."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any, Iterator

import openai
import pytest

from conftest import Gateway, gateway
from stand_ins import ENCODING, StandIn, VllmStandIn, running, serving, tokens_of
from valid import valid_events, valid_response
from weather_server import application

HERE = pathlib.Path(__file__).parent
FINAL = tokens_of("<|channel|>final<|message|>Done.<|return|>")
PYTHON: Any = [{"type": "code_interpreter", "container": {"type": "auto"}}]


@pytest.fixture(scope="module")
def engine() -> Iterator[StandIn]:
    with running(VllmStandIn()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def served(engine: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    config = tmp_path_factory.mktemp("config") / "gateway.json"
    with serving(application) as http:
        settings: dict[str, Any] = {
            "engine": "vllm",
            "url": engine.url,
            "store": "none",
            "tool_timeout": 3,
            "python_command": [sys.executable, "-"],
            "mcp": {
                "local": {"command": [sys.executable, str(HERE / "weather_server.py")]},
                "remote": {"url": f"{http}/mcp"},
            },
        }
        config.write_text(json.dumps(settings))
        with gateway("--config", str(config)) as running_gateway:
            yield running_gateway


def mcp(label: str) -> Any:
    return [{"type": "mcp", "server_label": label, "server_url": "http://unused", "require_approval": "never"}]


@pytest.mark.parametrize("label", ["local", "remote"])
def test_mcp_tools_run_between_two_samplings(served: Gateway, engine: StandIn, label: str) -> None:
    call = f'<|channel|>commentary to={label}.forecast <|constrain|>json<|message|>{{"city": "Porto"}}<|call|>'
    engine.say(tokens_of(call), FINAL)
    response = valid_response(served.client().responses.create(model="m", input="Weather?", tools=mcp(label)))
    called, message = response.output
    assert called.type == "mcp_call" and called.output == "Porto: 21 degrees"
    assert message.type == "message"
    first, second = (request["token_ids"] for request in engine.requests)
    assert "forecast" in ENCODING.decode(first)
    assert second[: len(first)] == first and "21 degrees" in ENCODING.decode(second)

    engine.say(tokens_of(call), FINAL)
    events = valid_events(served.client().responses.create(model="m", input="Hi", tools=mcp(label), stream=True))
    assert "response.mcp_call.completed" in [event["type"] for event in events]


def test_the_answer_after_a_call_has_the_grammar_of_the_request(served: Gateway, engine: StandIn) -> None:
    """Without the required call, which has been made: else the model would have to call for ever."""
    answer = {"type": "json_schema", "name": "city", "schema": {"type": "object", "title": "Town"}, "strict": True}
    call = tokens_of('<|channel|>commentary to=local.forecast<|message|>{"city": "Porto"}<|call|>')
    engine.say(call, call, tokens_of('<|channel|>final<|message|>{"city": "Porto"}<|return|>'))
    request: Any = {"model": "m", "input": "Weather?", "tools": mcp("local"), "tool_choice": "required"}
    response = valid_response(served.client().responses.create(**request, text={"format": answer}))
    assert json.loads(response.output_text) == {"city": "Porto"}
    first, *later = (grammar_of(request) for request in engine.requests)
    assert "local.forecast" in first and "final" not in first
    assert len(later) == 2
    for grammar in later:
        assert "local.forecast" in grammar and "final" in grammar


def grammar_of(request: dict[str, Any]) -> str:
    grammar: str = request["sampling_params"]["structured_outputs"]["structural_tag"]
    return grammar


@pytest.mark.parametrize("label", ["local", "remote"])
@pytest.mark.parametrize("arguments", ['{"city": "Atlantis"}', '{"city": ', "[1]", '{"town": "Porto"}'])
def test_calls_that_fail_are_reported_to_the_model(
    served: Gateway, engine: StandIn, label: str, arguments: str
) -> None:
    engine.say(tokens_of(f"<|channel|>commentary to={label}.forecast<|message|>{arguments}<|call|>"), FINAL)
    response = valid_response(served.client().responses.create(model="m", input="Weather?", tools=mcp(label)))
    assert response.status == "completed"
    assert response.output[0].type == "mcp_call" and response.output[0].status == "failed"


def test_python_runs_by_the_command_of_the_operator(served: Gateway, engine: StandIn) -> None:
    engine.say(tokens_of("<|channel|>analysis to=python code<|message|>print(17 * 23)<|call|>"), FINAL)
    response = served.client().responses.create(
        model="m", input="17 * 23?", tools=PYTHON, include=["code_interpreter_call.outputs"]
    )
    called = response.output[0]
    assert called.type == "code_interpreter_call" and called.outputs is not None
    assert called.outputs[0].type == "logs" and called.outputs[0].logs == "391\n"


@pytest.mark.parametrize(
    "code, result",
    [
        ("1 / 0", "ZeroDivisionError"),
        ("while True: pass", "did not answer"),
        ("while True: print('x' * 1000)", "truncated"),
        ("import os; os.kill(os.getpid(), 9)", ""),
    ],
)
def test_python_that_goes_wrong(served: Gateway, engine: StandIn, code: str, result: str) -> None:
    engine.say(tokens_of(f"<|channel|>analysis to=python code<|message|>{code}<|call|>"), FINAL)
    response = served.client().responses.create(model="m", input="Run", tools=PYTHON)
    assert response.status == "completed"
    assert result in ENCODING.decode(engine.requests[1]["token_ids"])


def test_tools_are_off_unless_they_are_configured(engine: StandIn) -> None:
    with gateway("--engine", "vllm", "--url", engine.url, "--store", "none") as served:
        for tools in (PYTHON, mcp("local"), [{"type": "web_search"}]):
            with pytest.raises(openai.BadRequestError) as refused:
                served.client().responses.create(model="m", input="Hi", tools=tools)
            assert str(refused.value.param).startswith("tools[0]")
