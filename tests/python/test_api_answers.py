"""Answers of both APIs in Python: the case files that Rust reads as well, bytes, pickling, misuse."""

from __future__ import annotations

import copy
import itertools
import json
import pickle
import random
from typing import Any, Callable, Dict, List

import pytest

from conftest import ROOT, load_cases
from openai_harmony import Author, HarmonyEncoding, HarmonyError, Message, Role, telemetry
from openai_harmony.api import BuiltinCall, ChatCompletions, Options, Responses

WORDS = [
    "assistant",
    "final",
    "analysis",
    " to=functions.get_weather",
    " to=python",
    " json",
    "x",
    "日本",
    '{"a":1}',
    "\n",
]
USER = {"role": "user", "content": "Hi"}
FORMAT = [200002, 200003, 200005, 200006, 200007, 200008, 200012]


class Numbers:
    """Ids that are numbers, as in the Rust tests."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"


def clock() -> float:
    return 1_751_068_800.0


def chat_job(encoding: HarmonyEncoding, request: Dict[str, Any]) -> Any:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], **request}
    return ChatCompletions(encoding, clock=clock, ids=Numbers()).prepare(body)


def responses_job(encoding: HarmonyEncoding, request: Dict[str, Any]) -> Any:
    return Responses(encoding, clock=clock, ids=Numbers()).prepare({"model": "m", "input": "Hi", **request})


def contains(found: Any, expected: Any) -> bool:
    """Whether `found` has everything that `expected` has."""
    if isinstance(expected, dict):
        return all(contains(found.get(name), value) for name, value in expected.items())
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(contains, found, expected))
    return bool(found == expected)


@pytest.mark.parametrize("case", load_cases("api-outputs"))
def test_cases(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    tokens, reason, expected = case["tokens"], case["engine_finish_reason"], case["expected"]
    if "chat" in expected:
        completion = chat_job(encoding, case["chat_request"]).complete([(tokens, reason)])
        (choice,) = completion["choices"]
        message = choice["message"]
        assert {
            "reasoning": message.get("reasoning") or "",
            "content": message["content"] or "",
            "tool_calls": [call["function"] for call in message.get("tool_calls", [])],
            "finish_reason": choice["finish_reason"],
        } == expected["chat"]
    if "responses" in expected:
        response = responses_job(encoding, case["responses_request"]).complete(tokens, reason)
        assert contains(response, expected["responses"]), response


def objects(sse: bytes) -> List[Any]:
    events = sse.decode().split("\n\n")[:-1]
    return [json.loads(event.partition("data: ")[2]) for event in events]


def any_tokens(encoding: HarmonyEncoding, seed: int) -> List[int]:
    choose = random.Random(seed)
    tokens: List[int] = [200005, *encoding.encode(choose.choice(["final", "analysis"])), 200008]
    for _ in range(choose.randrange(30)):
        part = choose.choice([choose.choice(FORMAT), choose.choice(WORDS), choose.randrange(210_000)])
        tokens += encoding.encode(part) if isinstance(part, str) else [part]
    return tokens


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_dicts_and_bytes_say_the_same(encoding: HarmonyEncoding, api: str) -> None:
    """However a stream is cut, and however often it is copied and pickled."""
    tools = [{"type": "code_interpreter", "container": {"type": "auto"}}, {"type": "function", "name": "get_weather"}]
    nested = [{"type": "function", "function": {"name": "get_weather"}}]
    for seed in range(60):
        tokens, choose = any_tokens(encoding, seed), random.Random(seed)
        job = chat_job(encoding, {"tools": nested}) if api == "chat" else responses_job(encoding, {"tools": tools})
        # One host for each stream, so that both count from the same number.
        dicts, sse = job.stream(), copy.copy(job.stream())
        ids = [Numbers(), Numbers()]
        for stream, numbers in zip((dicts, sse), ids):
            _, _, seal, unseal = stream._host()
            stream._load(dicts._dump(), clock, numbers, seal, unseal)
        found, written = dicts.start(), sse.sse.start()
        rest = tokens
        while rest:
            size = choose.randrange(1, 9)
            found += dicts.push(rest[:size])
            sse = copy.deepcopy(pickle.loads(pickle.dumps(sse)))
            written += sse.sse.push(rest[:size])
            rest = rest[size:]
        found += dicts.finish("stop")
        written += sse.sse.finish("stop")
        assert objects(written) == found
        for one, other in zip(objects(written), found):
            assert json.dumps(one) == json.dumps(other), "the fields come in the same order"


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_the_bytes_are_those_of_rust(encoding: HarmonyEncoding, api: str) -> None:
    case = json.loads((ROOT / "test-data" / "api-sse" / f"{api}.json").read_text("utf-8"))
    prepare: Callable[..., Any] = chat_job if api == "chat" else responses_job
    sse = prepare(encoding, case["request"]).stream().sse
    tokens = encoding.encode(case["sampled"], allowed_special="all")
    written = sse.start() + b"".join(sse.push([token]) for token in tokens) + sse.finish("stop") + sse.done()
    assert written.decode() == (ROOT / "test-data" / "api-sse" / f"{api}.sse").read_text("utf-8")


def test_log_probabilities(encoding: HarmonyEncoding) -> None:
    job = chat_job(encoding, {"logprobs": True, "top_logprobs": 2})
    stream = job.stream()
    tokens = encoding.encode("<|channel|>final<|message|>Hi", allowed_special="all")
    stream.push(tokens, logprobs=[0, 0, 0, (-0.5, {tokens[-1]: -0.5, 0: -2.0, 1: -1.0})])
    stream.finish("stop")
    (entry,) = stream.completion()["choices"][0]["logprobs"]["content"]
    assert (entry["token"], bytes(entry["bytes"]), entry["logprob"]) == ("Hi", b"Hi", -0.5)
    assert [top["logprob"] for top in entry["top_logprobs"]] == [-0.5, -1.0]
    with pytest.raises(ValueError, match="1 log-probabilities for 2 tokens"):
        job.stream().push([1, 2], logprobs=[0.0])
    with pytest.raises(TypeError, match="a number or a pair"):
        job.stream().push([1], logprobs=["x"])


def test_misuse_is_reported(encoding: HarmonyEncoding) -> None:
    stream = chat_job(encoding, {}).stream()
    with pytest.raises(IndexError, match="there is no choice 1: the request asks for 1"):
        stream.push([1], choice=1)
    with pytest.raises(ValueError, match="unknown reason: 'stopped'"):
        stream.finish("stopped")
    stream.finish("stop")
    with pytest.raises(ValueError, match="the stream has ended"):
        stream.push([1])
    with pytest.raises(ValueError, match="no tool waits"):
        responses_job(encoding, {}).stream().tool_output("x")


def test_an_exception_of_the_host_reaches_the_caller(encoding: HarmonyEncoding) -> None:
    def broken(prefix: str) -> str:
        raise RuntimeError("no ids today")

    job = ChatCompletions(encoding, ids=broken).prepare({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
    with pytest.raises(RuntimeError, match="no ids today"):
        job.stream()


@pytest.mark.parametrize(
    "api, body",
    [
        (ChatCompletions, {"messages": [USER], "tools": [{"type": "function", "function": {"name": "f"}}]}),
        (Responses, {"input": [USER], "tools": [{"type": "function", "name": "f", "parameters": {}}]}),
    ],
)
def test_a_stream_that_is_in_use_says_so(encoding: HarmonyEncoding, api: Any, body: Dict[str, Any]) -> None:
    """The functions of a host run while the stream works, so they cannot use it."""
    streams: List[Any] = []

    def ids(prefix: str) -> str:
        for stream in streams:
            stream.notes  # noqa: B018
        return f"{prefix}1"

    streams.append(api(encoding, ids=ids).prepare({"model": "m", **body}).stream())
    call = encoding.encode("<|channel|>commentary to=functions.f<|message|>{}<|call|>", allowed_special="all")
    with pytest.raises(HarmonyError, match="this stream is in use by another call"):
        streams[0].push(call)


def test_tools_of_the_server(encoding: HarmonyEncoding) -> None:
    tools = [{"type": "code_interpreter", "container": {"type": "auto"}}]
    job = responses_job(encoding, {"tools": tools, "include": ["code_interpreter_call.outputs"]})
    call = encoding.encode("<|channel|>analysis to=python code<|message|>1+1<|call|>", allowed_special="all")
    author = Author.new(Role.TOOL, "python")
    for output in ["2", Message.from_author_and_content(author, "2").with_recipient("assistant")]:
        stream = job.stream()
        stream.push(call)
        pending = stream.pending_tool
        assert pending == BuiltinCall("code_interpreter", "python", None, "1+1", pending.item_id)
        stream = pickle.loads(pickle.dumps(stream))
        stream.tool_output(output, outputs=[{"type": "logs", "logs": "2"}])
        assert stream.pending_tool is None
        assert stream.prompt()[: len(job.tokens) + len(call)] == job.tokens + call
        assert stream.prompt_array().tolist() == stream.prompt()
        stream.finish("stop")
        assert stream.response()["output"][0]["outputs"] == [{"type": "logs", "logs": "2"}]


def test_sealed_reasoning(encoding: HarmonyEncoding) -> None:
    options = Options(seal=lambda text: text[::-1], unseal=lambda sealed: sealed[::-1])
    body = {"model": "m", "input": "Hi", "include": ["reasoning.encrypted_content"]}
    thought = encoding.encode("<|channel|>analysis<|message|>abc<|end|>", allowed_special="all")
    response = Responses(encoding, options).prepare(body).complete(thought, "stop")
    assert response["output"][0]["encrypted_content"] == "cba"


def test_repairs_notes_and_transcripts(encoding: HarmonyEncoding) -> None:
    stream = chat_job(encoding, {}).stream()
    sampled = encoding.encode("<|channel|>analysis to=functions.f {}<|call|>", allowed_special="all")
    stream.push(sampled)
    stream.finish("stop")
    assert [repair.kind.value for repair in stream.repairs] == ["missing_message"]
    assert stream.notes == [{"kind": "suppressed_call", "choice": 0, "name": "functions.f", "text": "{}"}]
    transcript = stream.transcript()
    assert transcript.messages[-1].recipient == "functions.f"


def test_the_host_is_asked_for_ids_with_the_prefixes_of_openai(encoding: HarmonyEncoding) -> None:
    asked: List[str] = []
    counter = itertools.count()

    def ids(prefix: str) -> str:
        asked.append(prefix)
        return f"{prefix}{next(counter)}"

    tools = [{"type": "function", "name": "f"}, {"type": "custom", "name": "g"}]
    job = Responses(encoding, ids=ids).prepare({"model": "m", "input": "Hi", "tools": tools})
    text = "<|channel|>analysis<|message|>a<|end|>{0}<|channel|>commentary to=functions.f<|message|>{{}}<|call|>{0}"
    text += "<|channel|>commentary to=functions.g<|message|>x<|call|>{0}<|channel|>final<|message|>b<|return|>"
    job.complete(encoding.encode(text.format("<|start|>assistant"), allowed_special="all"), "stop")
    assert asked == ["resp_", "rs_", "fc_", "call_", "ctc_", "call_", "msg_"]


@pytest.mark.parametrize("as_bytes", [False, True], ids=["objects", "bytes"])
def test_repairs_are_counted_once_each(encoding: HarmonyEncoding, as_bytes: bool) -> None:
    """Also those that the end finds, and none again for a copy or a pickled stream."""

    def counted() -> int:
        return sum(telemetry.repair_counts().values())

    broken = encoding.encode("<|channel|>final 4<|end|><|start|>assistant<|channel|>final 5", allowed_special="all")
    chat, response = chat_job(encoding, {"n": 2}).stream(), responses_job(encoding, {}).stream()
    before, found = counted(), 0
    for token in broken:
        (chat.sse if as_bytes else chat).push([token], 1)
        (response.sse if as_bytes else response).push([token])
        assert counted() - before == len(chat.repairs) + len(response.repairs)
        found = max(found, len(chat.repairs))
    assert found
    (chat.sse if as_bytes else chat).push(broken, 0)
    chat, response = pickle.loads(pickle.dumps(copy.copy(chat))), copy.copy(response)
    for choice in (0, 1):
        (chat.sse if as_bytes else chat).finish("stop", choice)
    (response.sse if as_bytes else response).finish("stop")
    assert counted() - before == len(chat.repairs) + len(response.repairs)
