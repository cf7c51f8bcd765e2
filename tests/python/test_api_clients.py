"""The server of `docs/api.md` behind a real socket, used by the official `openai` client and by `openai-agents`."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, Iterator, List

import pytest
from openai import AsyncOpenAI, BadRequestError, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from api_server import ENCODING, NEXT, ScriptedModel, documented_server, serving

THOUGHT = "<|channel|>analysis<|message|>Think.<|end|>" + NEXT
PREAMBLE = "<|channel|>commentary<|message|>Let me see.<|end|>" + NEXT
CALL = '<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Paris"}<|call|>'
ROME = '<|channel|>analysis to=functions.get_weather code<|message|>{"city":"Rome"}<|call|>'
FINAL = "<|channel|>final<|message|>It is sunny.<|return|>"
# `<|message|>` is missing, and a header is doubled.
MALFORMED = "<|channel|>commentary to=functions.get_weather<|channel|>commentary<|message|>{}<|call|>"
NO_MESSAGE = "<|channel|>analysis<|message|>Think.<|end|>" + NEXT + "<|channel|>final It is sunny.<|return|>"

OUTPUTS = {
    "answer": THOUGHT + FINAL,
    "one call": THOUGHT + CALL,
    "two calls": CALL + NEXT + ROME,
    "preamble and call": THOUGHT + PREAMBLE + CALL,
    "malformed call": MALFORMED,
    "malformed answer": NO_MESSAGE,
    "nothing": "",
    "empty answer": "<|channel|>final<|message|><|return|>",
    "cut header": THOUGHT + "<|channel|>fin",
}

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
CHAT_TOOLS: Any = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}]
TOOLS: Any = [{"type": "function", "name": "get_weather", "parameters": PARAMETERS}]
USER: Any = [{"role": "user", "content": "Weather?"}]

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


@pytest.fixture(scope="module")
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture(scope="module")
def address(model: ScriptedModel) -> Iterator[str]:
    with serving(documented_server(model)["app"]) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=address, api_key="none", max_retries=0) as client:
        yield client


def strictly_valid(model: Any, value: Any) -> Any:
    """The client builds its objects without looking; this looks."""
    return model.model_validate(value.to_dict())


@pytest.mark.parametrize("name", OUTPUTS)
def test_chat_whole_and_streamed_are_valid_and_equal(client: OpenAI, model: ScriptedModel, name: str) -> None:
    model.say(OUTPUTS[name])
    whole = client.chat.completions.create(model="m", messages=USER, tools=CHAT_TOOLS)
    strictly_valid(ChatCompletion, whole)

    model.say(OUTPUTS[name])
    with client.chat.completions.stream(model="m", messages=USER, tools=CHAT_TOOLS) as stream:
        for event in stream:
            if event.type == "chunk":
                strictly_valid(ChatCompletionChunk, event.chunk)
        summed = stream.get_final_completion()
    one, other = whole.choices[0], summed.choices[0]
    assert one.finish_reason == other.finish_reason
    assert (one.message.content or "") == (other.message.content or "")
    assert getattr(one.message, "reasoning", None) == getattr(other.message, "reasoning", None)
    calls = [
        [(call.function.name, call.function.arguments) for call in message.tool_calls or []]
        for message in (one.message, other.message)
    ]
    assert calls[0] == calls[1]
    assert len({call.id for call in other.message.tool_calls or []}) == len(calls[0])


@pytest.mark.parametrize("name", OUTPUTS)
def test_responses_whole_and_streamed_are_valid_and_equal(client: OpenAI, model: ScriptedModel, name: str) -> None:
    model.say(OUTPUTS[name])
    whole = client.responses.create(model="m", input="Weather?", tools=TOOLS)
    strictly_valid(Response, whole)

    model.say(OUTPUTS[name])
    events = [event.to_dict() for event in client.responses.create(model="m", input="Hi", tools=TOOLS, stream=True)]
    for event in events:
        EVENT.validate_python(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))

    model.say(OUTPUTS[name])
    with client.responses.stream(model="m", input="Weather?", tools=TOOLS) as stream:
        for _ in stream:
            pass
        summed = stream.get_final_response()
    assert summed.status == whole.status == "completed"
    assert [shape(item) for item in summed.output] == [shape(item) for item in whole.output]
    assert summed.output_text == whole.output_text


def shape(item: Any) -> Dict[str, Any]:
    """An item without its ids, and without what the accumulator adds."""
    fields = json.loads(item.to_json())
    for part in fields.get("content") or []:
        part.pop("parsed", None)
    return {name: value for name, value in fields.items() if name not in ("id", "call_id", "parsed_arguments")}


def test_several_choices_and_usage(client: OpenAI, model: ScriptedModel) -> None:
    model.say(FINAL, THOUGHT + FINAL)
    chunks = list(
        client.chat.completions.create(
            model="m", messages=USER, n=2, stream=True, stream_options={"include_usage": True}
        )
    )
    for chunk in chunks:
        strictly_valid(ChatCompletionChunk, chunk)
    text = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            text[choice.index] += choice.delta.content or ""
    assert text == ["It is sunny."] * 2
    usage = chunks[-1].usage
    assert usage is not None and usage.completion_tokens_details is not None
    expected = sum(len(ENCODING.encode(said, allowed_special="all")) for said in (FINAL, THOUGHT + FINAL))
    assert (usage.completion_tokens, usage.completion_tokens_details.reasoning_tokens) == (expected, 2)


def test_cut_by_the_limit(client: OpenAI, model: ScriptedModel) -> None:
    model.say(THOUGHT + "<|channel|>final<|message|>It is", reason="length")
    assert client.chat.completions.create(model="m", messages=USER).choices[0].finish_reason == "length"
    model.say(THOUGHT + "<|channel|>final<|message|>It is", reason="length")
    response = client.responses.create(model="m", input="Hi")
    assert response.incomplete_details is not None and response.incomplete_details.reason == "max_output_tokens"
    assert [item.status for item in response.output] == ["completed", "incomplete"]  # type: ignore[union-attr]


def test_a_bad_request_names_the_parameter(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as chat:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": [{"type": "image_url"}]}])  # type: ignore[typeddict-item,list-item]
    assert chat.value.param == "messages[0].content[0].type"
    with pytest.raises(BadRequestError) as responses:
        client.responses.create(model="m", input="Hi", previous_response_id="resp_unknown")
    assert responses.value.code == "previous_response_not_found"


def test_the_rounds_of_a_chat_come_back(client: OpenAI, model: ScriptedModel) -> None:
    """What the client got, it sends back as it is: thoughts, preambles and calls return to the prompt (B15)."""
    model.say(THOUGHT + PREAMBLE + CALL, FINAL)
    messages: List[Any] = list(USER)
    answer = client.chat.completions.create(model="m", messages=messages, tools=CHAT_TOOLS).choices[0].message
    assert answer.tool_calls is not None
    messages.append(answer.to_dict())
    messages.append({"role": "tool", "tool_call_id": answer.tool_calls[0].id, "content": "sunny"})
    client.chat.completions.create(model="m", messages=messages, tools=CHAT_TOOLS)
    sampled = ENCODING.encode(NEXT + THOUGHT + PREAMBLE + CALL, allowed_special="all")
    prompt = model.prompts[1]
    assert any(prompt[at : at + 12] == sampled[:12] for at in range(len(prompt))), "the thought is back"
    assert "Let me see." in ENCODING.decode(prompt) and "sunny" in ENCODING.decode(prompt)


def test_a_response_continues_with_exactly_its_tokens(client: OpenAI, model: ScriptedModel) -> None:
    model.say(THOUGHT + PREAMBLE + CALL, FINAL)
    first = client.responses.create(model="m", input="Weather?", tools=TOOLS)
    (call,) = [item for item in first.output if item.type == "function_call"]
    client.responses.create(
        model="m",
        previous_response_id=first.id,
        tools=TOOLS,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
    )
    sampled = ENCODING.encode(THOUGHT + PREAMBLE + CALL, allowed_special="all")
    before = model.prompts[0] + sampled
    assert model.prompts[1][: len(before)] == before


def test_a_tool_of_the_server_runs_in_between(client: OpenAI, model: ScriptedModel) -> None:
    code = "<|channel|>analysis to=python code<|message|>print(1)<|call|>"
    tools: Any = [{"type": "code_interpreter", "container": {"type": "auto"}}]
    model.say(code, FINAL)
    events = [event.to_dict() for event in client.responses.create(model="m", input="1?", tools=tools, stream=True)]
    for event in events:
        EVENT.validate_python(event)
    final: Any = events[-1]["response"]
    assert [item["type"] for item in final["output"]] == ["code_interpreter_call", "message"]
    assert [(call.kind, call.arguments) for call in model.calls] == [("code_interpreter", "print(1)")]
    assert "result of code_interpreter" in ENCODING.decode(model.prompts[1])


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("name", ["one call", "two calls", "preamble and call", "malformed call"])
def test_agents_run_their_tools(address: str, model: ScriptedModel, name: str, api: str, streamed: bool) -> None:
    model.say(OUTPUTS[name], NO_MESSAGE)
    assert asyncio.run(agent(address, api, streamed)) == ("It is sunny.", OUTPUTS[name].count("<|call|>"))


async def agent(address: str, api: str, streamed: bool) -> Any:
    """What an agent answers, and how often it ran its tool."""
    pytest.importorskip("agents", reason="it needs Python 3.10")
    from agents import (
        Agent,
        OpenAIChatCompletionsModel,
        OpenAIResponsesModel,
        Runner,
        function_tool,
        set_tracing_disabled,
    )

    set_tracing_disabled(True)
    cities: List[str] = []

    @function_tool(strict_mode=False)
    def get_weather(city: str = "") -> str:
        """The weather in a city."""
        cities.append(city)
        return "sunny"

    async with AsyncOpenAI(base_url=address, api_key="none", max_retries=0) as client:
        models: Any = {"chat": OpenAIChatCompletionsModel, "responses": OpenAIResponsesModel}
        reporter = Agent(name="reporter", model=models[api](model="m", openai_client=client), tools=[get_weather])
        if streamed:
            result: Any = Runner.run_streamed(reporter, "Weather?")
            async for _ in result.stream_events():
                pass
        else:
            result = await Runner.run(reporter, "Weather?")
    return result.final_output, len(cities)
