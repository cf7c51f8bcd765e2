"""Both APIs over a real llama.cpp server, used by the official client."""

from __future__ import annotations

import json
import pathlib
import urllib.request
from typing import Any

import pytest
from openai import OpenAI

from conftest import Gateway
from openai_harmony import load_harmony_encoding
from openai_harmony.serve.engines.base import Batch, SamplingRequest
from openai_harmony.serve.engines.llama_cpp import completion_body, read_event
from valid import text_of, valid_chunks, valid_completion, valid_events, valid_response

ENCODING = load_harmony_encoding("HarmonyGptOss")
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CHAT_TOOLS: Any = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}]
TOOLS: Any = [{"type": "function", "name": "get_weather", "parameters": PARAMETERS}]
USER: Any = [{"role": "user", "content": "Weather?"}]
SEEDS = range(4)


@pytest.fixture
def client(served: Gateway) -> OpenAI:
    return served.client()


@pytest.mark.parametrize("seed", SEEDS)
def test_chat_whole_and_streamed_are_valid_and_equal(client: OpenAI, seed: int) -> None:
    request: Any = {"model": "m", "messages": USER, "tools": CHAT_TOOLS, "seed": seed, "max_tokens": 200}
    whole = valid_completion(client.chat.completions.create(**request)).choices[0]
    chunks = valid_chunks(client.chat.completions.create(**request, stream=True))
    assert text_of(chunks) == (whole.message.content or "")
    assert chunks[-1].choices[0].finish_reason == whole.finish_reason


@pytest.mark.parametrize("seed", SEEDS)
def test_responses_whole_and_streamed_are_valid_and_equal(client: OpenAI, seed: int) -> None:
    request: Any = {"model": "m", "input": "Weather?", "tools": TOOLS, "max_output_tokens": 200}
    request["extra_body"] = {"seed": seed}
    whole = valid_response(client.responses.create(**request))
    events = valid_events(client.responses.create(**request, stream=True))
    streamed = events[-1]["response"]
    assert streamed["status"] == whole.status
    assert [item["type"] for item in streamed["output"]] == [item.type for item in whole.output]
    texts = [part["text"] for item in streamed["output"] for part in item.get("content") or ()]
    assert texts == [part.text for item in whole.output for part in getattr(item, "content", None) or ()]  # type: ignore[union-attr]


def test_tokens_of_a_stream_are_those_that_were_sampled(llama: tuple[str, pathlib.Path]) -> None:
    """The server does not send all ids of a character that is split over tokens, as 🦙 is; see ``lost_tokens``."""
    llamas = 0
    for seed in range(4):
        prompt = ENCODING.encode("<|start|>user<|message|>Hi<|end|><|start|>assistant", allowed_special="all")
        body = completion_body(SamplingRequest("x", prompt, [], 200, {"seed": seed}))
        sampled = json.loads(post(f"{llama[0]}/completion", {**body, "stream": False, "cache_prompt": False}))["tokens"]
        batch = Batch()
        for line in post(f"{llama[0]}/completion", {**body, "cache_prompt": False}).splitlines():
            if line.startswith(b"data:"):
                read_event(json.loads(line[5:]), batch, False)
        assert batch.tokens == sampled
        llamas += ENCODING.decode(sampled).count("🦙")
    assert llamas > 0


def post(url: str, body: Any) -> bytes:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: bytes = response.read()
    return answer


def test_several_choices(client: OpenAI) -> None:
    request: Any = {"model": "m", "messages": USER, "n": 3, "seed": 5, "max_tokens": 60}
    whole = valid_completion(client.chat.completions.create(**request))
    chunks = valid_chunks(client.chat.completions.create(**request, stream=True))
    contents = [choice.message.content or "" for choice in whole.choices]
    assert [text_of(chunks, index) for index in range(3)] == contents
    assert len({json.dumps(choice.message.to_dict()) for choice in whole.choices}) > 1, "each choice has its own seed"


def test_stop_strings_and_usage(client: OpenAI) -> None:
    request: Any = {"model": "m", "messages": USER, "seed": 3, "max_tokens": 200}
    whole = client.chat.completions.create(**request)
    content = whole.choices[0].message.content
    assert content
    word = content.split()[-1]
    stopped = valid_completion(client.chat.completions.create(**request, stop=[word]))
    assert stopped.choices[0].message.content == content[: content.index(word)]
    assert stopped.choices[0].finish_reason == "stop"
    assert whole.usage is not None and whole.usage.prompt_tokens_details is not None
    again = client.chat.completions.create(**request)
    assert again.usage is not None and again.usage.prompt_tokens_details is not None
    cached = again.usage.prompt_tokens_details.cached_tokens
    assert cached is not None and 0 < cached < again.usage.prompt_tokens


def test_log_probabilities(client: OpenAI) -> None:
    request: Any = {"model": "m", "messages": USER, "seed": 3, "max_tokens": 200}
    choice = client.chat.completions.create(**request, logprobs=True, top_logprobs=2).choices[0]
    assert choice.logprobs is not None and choice.logprobs.content
    assert b"".join(bytes(entry.bytes or ()) for entry in choice.logprobs.content).decode() == choice.message.content
    assert all(entry.logprob <= 0 and len(entry.top_logprobs) <= 2 for entry in choice.logprobs.content)


def test_a_response_is_continued_read_and_deleted(client: OpenAI) -> None:
    first = client.responses.create(model="m", input="Hi", max_output_tokens=100)
    assert client.responses.retrieve(first.id).to_dict() == first.to_dict()
    second = valid_response(
        client.responses.create(model="m", input="More", previous_response_id=first.id, max_output_tokens=100)
    )
    assert second.previous_response_id == first.id
    items = client.responses.input_items.list(second.id, order="asc")
    assert [item.type for item in items][:1] == ["message"]
    client.responses.delete(first.id)
    with pytest.raises(Exception, match="not found"):
        client.responses.retrieve(first.id)
    with pytest.raises(Exception, match="not found"):
        client.responses.delete(first.id)


def test_models_and_health(served: Gateway, client: OpenAI) -> None:
    assert [model.id for model in client.models.list()]
    with urllib.request.urlopen(f"{served.url}/healthz", timeout=10) as response:
        assert json.load(response)["status"] == "ok"
