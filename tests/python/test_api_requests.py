"""Requests of both APIs: the case files that Rust reads as well, and what only Python has."""

import json
import pickle
import typing
from collections import UserDict
from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, List

import pytest

from openai_harmony import (
    Author,
    Conversation,
    HarmonyGrammarError,
    Message,
    Role,
    StreamableParser,
    SystemContent,
    ToolNamespaceConfig,
    Transcript,
    load_harmony_encoding,
)
from openai_harmony.api import BadRequest, ChatCompletions, Options, Responses
from openai_harmony.chat_completions import from_chat_completions, to_chat_completions
from openai_harmony.grammar import output_grammar_for_request

CASES = sorted(Path(__file__).parents[2].joinpath("test-data", "api-requests").glob("*.json"))
ENCODING = load_harmony_encoding("HarmonyGptOss")
NOON = 1_751_112_000.0  # 2025-06-28
USER = {"role": "user", "content": "Hi"}


def ids(prefix: str) -> str:
    return prefix + "1"


def read_options(given: Dict[str, Any]) -> Options:
    options = dict(given)
    namespaces = options.pop("namespaces", {})
    options["namespaces"] = {label: ToolNamespaceConfig.model_validate(data) for label, data in namespaces.items()}
    return Options(**options)


def prepare(case: Dict[str, Any], body: Any, store: Dict[str, Any], now: float = NOON) -> Any:
    options = read_options(case.get("options") or {})
    if case["api"] == "chat":
        return ChatCompletions(ENCODING, options, clock=lambda: now, ids=ids).prepare(body)
    return Responses(ENCODING, options, clock=lambda: now, ids=ids, store=store).prepare(body)


def answer(case: Dict[str, Any], before: Dict[str, Any], store: Dict[str, Any]) -> None:
    """Answer a request as a server does, and keep the response under the id of the case."""
    now = NOON - 86_400 * ("date" in before)
    stream = prepare(case, before["request"], store, now).stream()
    stream.push(ENCODING.encode(before["sampled"], allowed_special="all"))
    stream.finish("stop")
    # The ids of the items are the case's.
    stored = {**stream.stored(), "id": before["id"], "output": before["output"]}
    store[before["id"]] = json.loads(json.dumps(stored))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_gives_its_prompt_or_its_error(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    expected = case["expected"]
    store: Dict[str, Any] = {}
    for before in case.get("before", []):
        answer(case, before, store)
    as_bytes = json.dumps(case["request"]).encode()
    if "error" in expected:
        for body in (case["request"], as_bytes):
            with pytest.raises(BadRequest) as caught:
                prepare(case, body, store)
            error = caught.value.body["error"]
            assert {**error, **expected["error"]} == error
            assert error["type"] == "invalid_request_error"
        return
    job = prepare(case, case["request"], store)
    assert prepare(case, as_bytes, store).tokens == job.tokens
    check_prompt(expected, job, store)


def check_prompt(expected: Dict[str, Any], job: Any, store: Dict[str, Any]) -> None:
    assert list(job.token_array) == job.tokens
    if "text" in expected:
        assert ENCODING.decode(job.tokens) == expected["text"]
    if "start_ids" in expected:
        assert job.tokens.count(200006) == expected["start_ids"]
    if "messages" in expected:
        assert_messages(job.tokens, expected["messages"])
    if "constraint" in expected:
        assert (job.constraint and job.constraint.to_dict()) == expected["constraint"]
    for name in ("ignored", "sampling", "max_tokens"):
        if name in expected:
            assert getattr(job, name) == expected[name]
    if "continues" in expected:
        stored = list(store.values())[-1]["transcript"]
        kept = Transcript.from_json(json.dumps(stored)).tokens
        assert (job.tokens[: len(kept)] == kept) == expected["continues"]


def assert_messages(tokens: List[int], expected: List[Dict[str, Any]]) -> None:
    parser = StreamableParser(ENCODING, None)
    parser.process_many(tokens)
    found = [
        {
            "author": message.author.name or message.author.role.value,
            "channel": message.channel,
            "recipient": message.recipient,
            "text": "".join(part.text for part in message.content),
        }
        for message in parser.messages
    ]
    assert len(found) in (len(expected), len(expected) - 1)
    for message, wanted in zip(found, expected):
        wanted = {"channel": None, "recipient": None, **wanted}
        wanted.pop("content_type", None)
        assert {**message, **wanted} == message


def test_a_body_is_bytes_text_or_any_mapping() -> None:
    body = {"model": "m", "messages": [USER]}
    chat = ChatCompletions(ENCODING, clock=lambda: NOON)
    tokens = chat.prepare(body).tokens
    for same in (json.dumps(body), json.dumps(body).encode(), UserDict(body), MappingProxyType(body)):
        assert chat.prepare(same).tokens == tokens
    for wrong in (b"{", "[]", b"\xff", {"model": "m", "messages": [{"role": "user", "content": object()}]}):
        with pytest.raises(BadRequest):
            chat.prepare(wrong)
    with pytest.raises(BadRequest) as caught:
        chat.prepare(b"{")
    assert caught.value.param is None
    assert caught.value.code is None


def test_objects_of_the_openai_client_are_read_as_their_fields() -> None:
    types = pytest.importorskip("openai.types.chat")
    message = types.ChatCompletionMessage.model_validate(
        {
            "role": "assistant",
            "content": None,
            "reasoning": "Look.",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }
    )
    result = {"role": "tool", "tool_call_id": "c", "content": "1"}
    plain = [USER, message.model_dump(), result]
    chat = ChatCompletions(ENCODING, clock=lambda: NOON)
    job = chat.prepare({"model": "m", "messages": [USER, message, result]})
    assert job.tokens == chat.prepare({"model": "m", "messages": plain}).tokens
    assert [m.channel for m in from_chat_completions([USER, message])] == [None, None, "analysis", "commentary"]


def test_items_of_the_openai_client_are_read_as_their_fields() -> None:
    types = pytest.importorskip("openai.types.responses")
    call = types.ResponseFunctionToolCall(type="function_call", call_id="c", name="f", arguments="{}", id="fc_1")
    output = {"type": "function_call_output", "call_id": "c", "output": "1"}
    job = Responses(ENCODING, clock=lambda: NOON).prepare({"model": "m", "input": [USER, call, output]})
    assert [m.recipient for m in job.conversation] == [None, None, "functions.f", "assistant"]


def test_every_parameter_of_the_openai_client_is_known() -> None:
    chat_params = pytest.importorskip("openai.types.chat.completion_create_params")
    response_params = pytest.importorskip("openai.types.responses.response_create_params")
    strict = Options(unknown="error")
    chat = ChatCompletions(ENCODING, strict)
    responses = Responses(ENCODING, strict)
    chat_names = typing.get_type_hints(chat_params.CompletionCreateParamsStreaming)
    response_names = typing.get_type_hints(response_params.ResponseCreateParamsStreaming)
    assert {"messages", "tools", "stop"} <= set(chat_names)
    assert {"input", "include"} <= set(response_names)
    assert [name for name in chat_names if is_unknown(chat, {"messages": [USER]}, name)] == []
    assert [name for name in response_names if is_unknown(responses, {"input": "Hi"}, name)] == []
    assert is_unknown(chat, {"messages": [USER]}, "frobnicate")


def is_unknown(api: Any, body: Dict[str, Any], name: str) -> bool:
    """Whether the API calls the parameter unknown; its value may be wrong."""
    try:
        api.prepare({"model": "m", **body, name: body.get(name, 1)})
    except BadRequest as error:
        return error.code == "unknown_parameter"
    return False


def sampled(text: str) -> List[int]:
    return ENCODING.encode(text, allowed_special="all")


def test_rule_b17_the_grammar_of_a_constraint_demands_the_call() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": name, "parameters": schema}} for name in ("f", "g")]
    body = {"model": "m", "messages": [USER], "tools": tools}
    choice = {"type": "function", "function": {"name": "g"}}
    constraint = ChatCompletions(ENCODING).prepare({**body, "tool_choice": choice}).constraint
    assert constraint is not None
    grammar = constraint.grammar()
    call = '<|channel|>commentary to=functions.{} <|constrain|>json<|message|>{{"city":{}}}<|call|>'
    assert grammar.check(sampled(call.format("g", '"Rome"')))
    assert not grammar.check(sampled(call.format("f", '"Rome"')))
    assert not grammar.check(sampled(call.format("g", "5")))
    assert not grammar.check(sampled("<|channel|>final<|message|>Sunny.<|return|>"))


def test_rule_b18_the_grammar_of_a_response_format_leaves_thoughts_free() -> None:
    text = {"format": {"type": "json_schema", "name": "n", "schema": {"type": "integer"}}}
    constraint = Responses(ENCODING).prepare({"model": "m", "input": "Hi", "text": text}).constraint
    assert constraint is not None
    thought = "<|channel|>analysis<|message|>Any text.<|end|><|start|>assistant"
    assert constraint.grammar().check(sampled(thought + "<|channel|>final<|message|>7<|return|>"))
    assert not constraint.grammar().check(sampled(thought + "<|channel|>final<|message|>seven<|return|>"))


def test_a_job_without_constraint_has_the_grammar_of_the_format() -> None:
    job = ChatCompletions(ENCODING).prepare({"model": "m", "messages": [USER]})
    assert job.constraint is None
    assert job.grammar().check(sampled("<|channel|>final<|message|>Sunny.<|return|>"))
    assert not job.grammar().check(sampled("<|channel|>final final<|message|>Sunny.<|return|>"))


def test_the_grammar_begins_where_the_prompt_ends() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    body = {"model": "m", "messages": [USER], "tools": tools, "tool_choice": "required"}
    job = ChatCompletions(ENCODING, Options(force="prefix")).prepare(body)
    assert job.constraint is None
    assert job.grammar().check(sampled("{}<|call|>"))


def test_bad_requests_are_value_errors_and_travel() -> None:
    error = BadRequest("no", "messages[0]", "invalid_type")
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.status, again.body) == ("messages[0]: no", 400, error.body)
    expected = {"message": "no", "type": "invalid_request_error", "param": "messages[0]", "code": "invalid_type"}
    assert error.body == {"error": expected}


def test_exceptions_of_clock_and_store_come_through() -> None:
    def broken() -> float:
        raise OSError("no clock")

    with pytest.raises(OSError, match="no clock"):
        ChatCompletions(ENCODING, clock=broken).prepare({"model": "m", "messages": [USER]})
    with pytest.raises(ValueError, match="stored response"):
        Responses(ENCODING, store={"resp_1": {"id": "resp_1"}}).prepare(
            {"model": "m", "input": "Hi", "previous_response_id": "resp_1"}
        )


def test_reasoning_is_sealed_and_unsealed_by_the_server() -> None:
    options = Options(unseal=lambda sealed: sealed[::-1] if sealed.startswith("=") else None)
    items = [
        USER,
        {"type": "reasoning", "summary": [], "encrypted_content": "=.mH"},
        {"type": "reasoning", "summary": [], "encrypted_content": "other"},
    ]
    job = Responses(ENCODING, options).prepare({"model": "m", "input": items})
    assert [message.content[0].text for message in job.conversation if message.channel] == ["Hm.="]


def test_a_job_has_its_conversation_and_transcript() -> None:
    job = ChatCompletions(ENCODING, clock=lambda: NOON).prepare(
        {"model": "m", "messages": [USER], "n": 2, "stream": True}
    )
    assert [message.author.role for message in job.conversation] == [Role.SYSTEM, Role.USER]
    assert (job.n, job.stream_requested, job.stop_token_ids) == (2, True, [200002, 200012])
    transcript = job.transcript()
    transcript.append_completion(ENCODING.encode("<|channel|>final<|message|>Ho<|return|>", allowed_special="all"))
    assert transcript.tokens[: len(job.tokens)] == job.tokens


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        (["hi"], "messages[0]"),
        ([{"role": "system", "content": 5}], "messages[0].content"),
        ([{"role": "user", "content": {"type": "text", "text": "a"}}], "messages[0].content"),
        ([USER, {"role": "assistant", "content": "a", "audio": {"id": "x"}}], "messages[1].audio"),
        ([USER, {"role": "tool", "content": "a"}], "messages[1].role"),
        ([USER, {"role": "user", "content": [5]}], "messages[1].content[0]"),
    ],
)
def test_from_chat_completions_names_what_is_wrong(messages: List[Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        from_chat_completions(messages)
    assert caught.value.param == param


def test_from_chat_completions_names_the_tool() -> None:
    with pytest.raises(BadRequest) as caught:
        from_chat_completions([USER], tools=[{"type": "function", "function": {"name": "f"}}, 5])
    assert caught.value.param == "tools[1]"


def test_from_chat_completions_loses_nothing() -> None:
    refusal = {"role": "assistant", "content": None, "refusal": "I can't"}
    named = {"role": "user", "name": "ann", "content": "Hi"}
    call = {"id": "c", "function": {"name": "f", "arguments": {"city": "Łódź"}}}
    conversation = from_chat_completions(
        [named, refusal, {"role": "assistant", "tool_calls": [call]}],
        system=SystemContent.new().with_conversation_start_date("2025-06-28"),
        participant_names=True,
    )
    _, user, final, made = conversation.messages
    assert user.author == Author.new(Role.USER, "ann")
    assert (final.channel, final.content[0].text) == ("final", "I can't")
    assert made.content[0].text == '{"city":"Łódź"}'


def test_to_chat_completions_is_the_inverse() -> None:
    chat = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            USER,
            {
                "role": "assistant",
                "content": "Looking.",
                "reasoning": "Hm.",
                "tool_calls": [{"id": "call_0", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "call_0", "content": "1"},
            {"role": "assistant", "content": "One."},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "F."}}],
    }
    conversation = from_chat_completions(chat["messages"], chat["tools"])
    assert to_chat_completions(conversation) == chat
    assert from_chat_completions(**to_chat_completions(conversation)) == conversation


def test_to_chat_completions_takes_what_a_model_wrote() -> None:
    messages = [
        Message.from_role_and_content(Role.ASSISTANT, "{}").with_recipient("browser.search").with_channel("analysis"),
        Message.from_role_and_content(Role.ASSISTANT, "On it.").with_channel("commentary"),
    ]
    (message,) = to_chat_completions(Conversation.from_messages(messages[:1]))["messages"]
    assert message["tool_calls"][0]["function"]["name"] == "browser.search"
    (message,) = to_chat_completions(Conversation.from_messages(messages[1:]))["messages"]
    assert (message["content"], message["phase"]) == ("On it.", "commentary")


def test_the_grammar_of_a_request_of_either_api() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    function = {"name": "f", "parameters": schema}
    chat = {"model": "m", "messages": [USER], "tools": [{"type": "function", "function": function}]}
    responses = {"model": "m", "input": "Hi", "tools": [{"type": "function", **function}]}
    answer = sampled("<|channel|>final<|message|>Sunny.<|return|>")
    call = sampled('<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a":1}<|call|>')
    for request in (chat, responses):
        free = output_grammar_for_request(request)
        assert free.check(answer) and free.check(call)
        for body in (json.dumps({**request, "tool_choice": "required"}), {**request, "tool_choice": "required"}):
            required = output_grammar_for_request(body)
            assert required.check(call) and not required.check(answer)


def test_a_bad_request_has_no_grammar() -> None:
    for body, param in ((b"{", None), ({"model": "m"}, "input"), ({"model": "m", "messages": 5}, "messages")):
        with pytest.raises(BadRequest) as caught:
            output_grammar_for_request(body)
        assert caught.value.param == param
    form = {"format": {"type": "json_schema", "name": "n", "schema": {"$ref": "#/nowhere"}}}
    with pytest.raises(HarmonyGrammarError) as refused:
        output_grammar_for_request({"model": "m", "input": "Hi", "text": form})
    assert (refused.value.code, refused.value.pointer) == ("grammar.schema", "/$ref")
