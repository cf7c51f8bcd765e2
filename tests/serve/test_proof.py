"""A real engine, the official clients: every answer is valid under grammars, and nothing breaks without them."""

from __future__ import annotations

import asyncio
import json
import pathlib
from typing import Any, Iterator

import jsonschema
import pytest
from openai import AsyncOpenAI, OpenAI

from conftest import Gateway, gateway
from valid import text_of, valid_chunks, valid_completion, valid_events, valid_response

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Rome", "Oslo"]}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = {"name": "get_weather", "parameters": CITY, "strict": True}
CHAT_TOOLS: Any = [{"type": "function", "function": TOOL}]
TOOLS: Any = [{"type": "function", **TOOL}]
USER: Any = [{"role": "user", "content": "Weather?"}]
JSON_ANSWER: Any = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": True}}
SEEDS = range(3)


@pytest.fixture(scope="module")
def constrained(llama: tuple[str, pathlib.Path]) -> Iterator[Gateway]:
    arguments = ("--engine", "llama.cpp", "--url", llama[0], "--store", "none", "--constrain", "always")
    with gateway(*arguments) as served:
        yield served


@pytest.fixture(scope="module")
def free(llama: tuple[str, pathlib.Path]) -> Iterator[Gateway]:
    arguments = ("--engine", "llama.cpp", "--url", llama[0], "--store", "none", "--constrain", "never")
    with gateway(*arguments) as served:
        yield served


@pytest.fixture
def client(constrained: Gateway) -> OpenAI:
    return constrained.client()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_required_call_happens_and_fits_its_schema(client: OpenAI, seed: int) -> None:
    completion = client.chat.completions.create(
        model="m", messages=USER, tools=CHAT_TOOLS, tool_choice="required", seed=seed, temperature=1.3
    )
    (call,) = valid_completion(completion).choices[0].message.tool_calls or ()
    assert call.type == "function" and call.function.name == "get_weather"
    jsonschema.validate(json.loads(call.function.arguments), CITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_json_answer_fits_its_schema(client: OpenAI, seed: int) -> None:
    request: Any = {"model": "m", "messages": USER, "response_format": JSON_ANSWER, "seed": seed, "temperature": 1.3}
    answer = valid_completion(client.chat.completions.create(**request)).choices[0]
    assert answer.finish_reason == "stop"
    jsonschema.validate(json.loads(answer.message.content or ""), CITY)
    assert text_of(valid_chunks(client.chat.completions.create(**request, stream=True))) == answer.message.content


@pytest.mark.parametrize("seed", SEEDS)
def test_a_free_answer_is_in_the_format(constrained: Gateway, seed: int) -> None:
    """Hot enough that the model leaves the format without a grammar; the log says what had to be repaired."""
    response = valid_response(
        constrained.client().responses.create(
            model="m", input="Weather?", tools=TOOLS, temperature=1.3, extra_body={"seed": seed}
        )
    )
    assert response.status == "completed" and response.output
    logged = constrained.log("request")
    while logged["id"] != response.id:
        logged = constrained.log("request")
    assert logged["repairs"] == []
    for item in response.output:
        if item.type == "function_call":
            jsonschema.validate(json.loads(item.arguments), CITY)


@pytest.mark.parametrize("temperature", [1.2, 1.5, 2.0])
def test_nothing_breaks_without_grammars(free: Gateway, temperature: float) -> None:
    """At 1.2 the model leaves the format now and then, at 2.0 it writes noise. The client raises for any 5xx."""
    client = free.client()
    for seed in SEEDS:
        chat: Any = {"model": "m", "messages": USER, "tools": CHAT_TOOLS, "seed": seed, "max_tokens": 120}
        chat["temperature"] = temperature
        valid_completion(client.chat.completions.create(**chat))
        valid_chunks(client.chat.completions.create(**chat, stream=True))
        response: Any = {"model": "m", "input": "Weather?", "tools": TOOLS, "max_output_tokens": 120}
        response.update(temperature=temperature, extra_body={"seed": seed})
        valid_response(client.responses.create(**response))
        valid_events(client.responses.create(**response, stream=True))


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_agents_run_their_tools(constrained: Gateway, api: str, streamed: bool) -> None:
    cities = asyncio.run(agent(f"{constrained.url}/v1", api, streamed))
    assert set(cities) <= {"Rome", "Oslo"}


async def agent(address: str, api: str, streamed: bool) -> list[str]:
    """The cities for which an agent called its tool before it answered."""
    from agents import (
        Agent,
        ModelSettings,
        OpenAIChatCompletionsModel,
        OpenAIResponsesModel,
        Runner,
        function_tool,
        set_tracing_disabled,
    )

    set_tracing_disabled(True)
    cities: list[str] = []

    @function_tool(strict_mode=False)
    def get_weather(city: str = "") -> str:
        """The weather in a city."""
        cities.append(city)
        return "sunny"

    get_weather.params_json_schema = CITY
    async with AsyncOpenAI(base_url=address, api_key="none", max_retries=0) as client:
        models: Any = {"chat": OpenAIChatCompletionsModel, "responses": OpenAIResponsesModel}
        reporter = Agent(
            name="reporter",
            model=models[api](model="m", openai_client=client),
            tools=[get_weather],
            model_settings=ModelSettings(temperature=1.0),
        )
        if streamed:
            result: Any = Runner.run_streamed(reporter, "Weather?", max_turns=40)
            async for _ in result.stream_events():
                pass
        else:
            result = await Runner.run(reporter, "Weather?", max_turns=40)
    assert isinstance(result.final_output, str)
    return cities
