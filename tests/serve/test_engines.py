"""What each engine is asked, and how its answers are read: against stand-ins, and a real server for completions."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Iterator

import openai
import pytest

from conftest import Gateway, gateway
from openai_harmony.serve.engines.completions import TextTokens
from stand_ins import ANSWER, ENCODING, SglangStandIn, StandIn, StrippingStandIn, VllmStandIn, running, tokens_of
from valid import text_of, valid_chunks, valid_completion, valid_events

USER: Any = [{"role": "user", "content": "Weather?"}]
TOOLS: Any = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture(scope="module", params=["vllm", "sglang"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[StandIn, Gateway]]:
    stand_in = VllmStandIn() if request.param == "vllm" else SglangStandIn()
    with running(stand_in), gateway("--engine", request.param, "--url", stand_in.url, "--store", "none") as served:
        yield stand_in, served


def test_answers_are_read(pair: tuple[StandIn, Gateway]) -> None:
    stand_in, served = pair
    stand_in.say()
    whole = valid_completion(served.client().chat.completions.create(model="m", messages=USER))
    assert whole.choices[0].message.content == "It is sunny in Lisbon."
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage is not None and whole.usage.prompt_tokens_details is not None
    assert whole.usage.completion_tokens == len(ANSWER)
    assert whole.usage.prompt_tokens_details.cached_tokens == 5
    chunks = valid_chunks(served.client().chat.completions.create(model="m", messages=USER, stream=True))
    assert text_of(chunks) == "It is sunny in Lisbon."
    events = valid_events(served.client().responses.create(model="m", input="Hi", stream=True))
    assert events[-1]["response"]["status"] == "completed"


def test_the_request_has_what_the_engine_needs(pair: tuple[StandIn, Gateway]) -> None:
    stand_in, served = pair
    stand_in.say()
    served.client().chat.completions.create(
        model="m", messages=USER, temperature=0.5, seed=7, max_tokens=50, tools=TOOLS, tool_choice="required"
    )
    (body,) = stand_in.requests
    sampling = body["sampling_params"]
    prompt = body.get("token_ids") or body["input_ids"]
    assert ENCODING.decode(prompt).endswith("Weather?<|end|><|start|>assistant")
    assert sampling["stop_token_ids"] == [200002, 200012]
    assert sampling["temperature"] == 0.5
    assert (sampling.get("max_tokens") or sampling["max_new_tokens"]) == 50
    assert (sampling.get("seed") or sampling["sampling_seed"]) == 7
    tag = sampling.get("structural_tag") or sampling["structured_outputs"]["structural_tag"]
    assert json.loads(tag)["type"] == "structural_tag"


@pytest.mark.parametrize("names_by_text", [False, True])
def test_log_probabilities_are_read(pair: tuple[StandIn, Gateway], names_by_text: bool) -> None:
    stand_in, served = pair
    stand_in.say()
    stand_in.names_by_text = names_by_text  # of vLLM's alone
    choice = served.client().chat.completions.create(model="m", messages=USER, logprobs=True, top_logprobs=1).choices[0]
    assert choice.logprobs is not None and choice.logprobs.content
    assert "".join(entry.token for entry in choice.logprobs.content) == choice.message.content
    assert {(entry.logprob, entry.top_logprobs[0].token) for entry in choice.logprobs.content} == {(-0.5, "4")}


def test_the_limit_of_tokens_is_reported(pair: tuple[StandIn, Gateway]) -> None:
    stand_in, served = pair
    stand_in.say(ANSWER[:-3], reason="length")
    assert served.client().chat.completions.create(model="m", messages=USER).choices[0].finish_reason == "length"


@pytest.mark.parametrize("shape", [(False, 0, False), (True, 4, False), (True, 0, True), (False, 0, True)])
def test_every_form_of_sglang_output(shape: tuple[bool, int, bool]) -> None:
    """Chunks that repeat or not, the end of the prompt in them (issue 17240), trimmed stop tokens."""
    stand_in = SglangStandIn()
    stand_in.cumulative, stand_in.prompt_tail, stand_in.trims_stop = shape
    with running(stand_in), gateway("--engine", "sglang", "--url", stand_in.url, "--store", "none") as served:
        whole = served.client().chat.completions.create(model="m", messages=USER)
        assert whole.choices[0].message.content == "It is sunny in Lisbon."
        assert whole.usage is not None and whole.usage.completion_tokens == len(ANSWER)


def test_what_sglang_refuses_is_an_error_of_the_request() -> None:
    """It says so in a stream with status 200, without a code."""
    with running(SglangStandIn()) as stand_in:
        with gateway("--engine", "sglang", "--url", stand_in.url, "--store", "none") as served:
            stand_in.say(fault="wrong", after=0)
            with pytest.raises(openai.BadRequestError, match="longer than the context"):
                served.client().chat.completions.create(model="m", messages=USER)


def test_vllm_without_its_endpoint_is_refused_at_the_start() -> None:
    with running(SglangStandIn()) as stand_in, pytest.raises(AssertionError, match="--enable-scale-out"):
        Gateway("--engine", "vllm", "--url", stand_in.url, "--store", "none")


def test_completions_of_a_real_server(llama: tuple[str, pathlib.Path]) -> None:
    with gateway("--engine", "completions", "--url", llama[0], "--store", "none") as served:
        client = served.client()
        for seed in range(3):
            request: Any = {"model": "m", "messages": USER, "seed": seed, "max_tokens": 80}
            whole = valid_completion(client.chat.completions.create(**request)).choices[0].message
            chunks = valid_chunks(client.chat.completions.create(**request, stream=True))
            assert text_of(chunks) == (whole.content or "")
            assert "<|" not in (whole.content or "")
        with pytest.raises(Exception, match="cannot be required"):
            two: Any = [*TOOLS, {"type": "function", "function": {"name": "g"}}]
            client.chat.completions.create(model="m", messages=USER, tools=two, tool_choice="required")


def test_completions_without_special_tokens_are_refused_at_the_start() -> None:
    with running(StrippingStandIn()) as stand_in, pytest.raises(AssertionError, match="It removes special tokens"):
        Gateway("--engine", "completions", "--url", stand_in.url, "--store", "none")


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_text_becomes_the_tokens_that_it_was(step: int) -> None:
    text = "<|channel|>final<|message|>a < b <| c <|retur <|return|>"
    pieces = TextTokens()
    tokens = [
        token
        for start in range(0, len(text), step)
        for token in pieces.push(text[start : start + step], is_last=start + step >= len(text))
    ]
    assert ENCODING.decode(tokens) == text
    specials = [token for token in tokens if token >= 199_998]
    assert specials == [token for token in tokens_of(text) if token >= 199_998]
