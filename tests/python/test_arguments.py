"""A wrong argument is a `TypeError` that names it and says what belongs there, on every Python."""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import pytest

from openai_harmony import (
    Conversation,
    HarmonyEncoding,
    Message,
    RenderConversationConfig,
    Role,
    StreamableParser,
    TokenView,
    ToolDescription,
    Transcript,
    from_chat_completions,
    register_encoding,
    training_example,
)
from openai_harmony.api import BadRequest

CONVERSATION = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])

A_CONVERSATION = r"conversation must be a Conversation \(see Conversation.from_messages, from_chat_completions\)"
A_ROLE = "a role must be a Role or the word of one"
AN_ENCODING = "encoding must be a HarmonyEncoding"
IDS = "token ids must be a sequence of integers"

Call = Callable[[HarmonyEncoding], Any]

WRONG: Dict[str, Tuple[Call, str]] = {
    "text": (lambda e: e.encode(5), "text must be a string, not int"),
    "bytes as text": (lambda e: e.encode_ordinary(b"a"), "text must be a string, not bytes"),
    "text of a parser": (lambda e: StreamableParser(e, None).process_text(b"a"), "text must be a string, not bytes"),
    "texts": (lambda e: e.encode_batch(5), "texts must be a collection of strings, not int"),
    "bytes among texts": (lambda e: e.encode_batch(["a", b"a"]), "texts must be strings, not bytes"),
    "special tokens": (lambda e: e.encode("a", allowed_special=5), "special tokens must be .* strings, not int"),
    "a special token": (lambda e: e.encode("a", allowed_special=[5]), "special tokens must be strings, not int"),
    "ids": (lambda e: e.decode(None), f"{IDS}, not None"),
    "ids of a parser": (lambda e: StreamableParser(e, None).process_many(5), f"{IDS}, not int"),
    "ids of a completion": (lambda e: Transcript(e).append_completion("a"), f"{IDS}, not str"),
    "floats as ids": (lambda e: e.parse([1.5]), "token ids must be integers, not float"),
    "ids in a view": (lambda e: e.view("ab"), f"{IDS}, not str"),
    "ids to compare": (lambda e: e.diff([1.5], [1]), "token ids must be integers, not float"),
    "a batch": (lambda e: e.decode_batch(5), "batch must be a collection of sequences of token ids, not int"),
    "ids in a batch": (lambda e: e.decode_batch([5]), f"{IDS}, not int"),
    "one id": (lambda e: StreamableParser(e, None).process("a"), "token must be an integer, not str"),
    "a bool as an id": (lambda e: StreamableParser(e, None).process(True), "token must be an integer, not bool"),
    "an id to look up": (lambda e: e.is_special_token(1.0), "token must be an integer, not float"),
    "one token's bytes": (lambda e: e.encode_single_token(5), "text_or_bytes must be str or bytes, not int"),
    "role of a parser": (lambda e: StreamableParser(e, 5), f"{A_ROLE}, not int"),
    "role of a completion": (lambda e: e.parse([1], 5), f"{A_ROLE}, not int"),
    "role of a prompt": (lambda e: e.render_conversation_for_completion(CONVERSATION, None), f"{A_ROLE}, not None"),
    "encoding of a parser": (lambda e: StreamableParser("e", None), f"{AN_ENCODING}, not str"),
    "encoding of a prompt": (lambda e: StreamableParser.from_prompt("e", [1]), f"{AN_ENCODING}, not str"),
    "encoding of a transcript": (lambda e: Transcript("e"), f"{AN_ENCODING}, not str"),
    "encoding of a view": (lambda e: TokenView("e", [1]), f"{AN_ENCODING}, not str"),
    "encoding of an example": (lambda e: training_example("e", CONVERSATION), f"{AN_ENCODING}, not str"),
    "conversation": (lambda e: e.render_conversation([]), f"{A_CONVERSATION}, not list"),
    "conversation of options": (lambda e: e.render_with({}), f"{A_CONVERSATION}, not dict"),
    "conversations": (lambda e: e.render_batch(5), "conversations must be an iterable of Conversations, not int"),
    "conversation in a batch": (lambda e: e.render_batch(["a"]), f"{A_CONVERSATION}, not str"),
    "conversation to fit": (lambda e: e.fit("a", 5), f"{A_CONVERSATION}, not str"),
    "message": (lambda e: e.render("a"), "message must be a Message, not str"),
    "config": (lambda e: e.render_conversation(CONVERSATION, "a"), "config must be a RenderConversationConfig, a dict"),
    "field of config": (
        lambda e: e.render_conversation(CONVERSATION, {"drop": False}),
        "config has no field 'drop'; known are auto_drop_analysis",
    ),
    "render options": (
        lambda e: e.render(CONVERSATION[0], 5),
        "render_options must be a RenderOptions, a dict or None",
    ),
    "choice of a format": (
        lambda e: e.render_with(CONVERSATION, render_format={"header": "a"}),
        "render_format has no choice 'header'; known are preset, header_order, content_types",
    ),
    "response format": (
        lambda e: e.render_with(CONVERSATION, response_formats=["a"]),
        "response_formats must be ResponseFormats, not str",
    ),
    "open message": (lambda e: Transcript(e).prompt("final"), "open_message must be an OpenMessage, not str"),
    "a message as an open message": (
        lambda e: Transcript(e).prompt(CONVERSATION[0]),
        "open_message must be an OpenMessage, not Message",
    ),
    "budget": (lambda e: e.fit(CONVERSATION, 5.5), "max_tokens must be an integer, not float"),
    "limit": (lambda e: e.count_up_to("a", "b"), "limit must be an integer, not str"),
    "rendering": (lambda e: e.offsets([1], CONVERSATION), "rendered must be a Rendered, not list"),
    "roles of a mask": (
        lambda e: e.render_with(CONVERSATION).mask(roles="user"),
        "roles must be a sequence or None, not 'user'",
    ),
    "name of an encoding": (lambda e: register_encoding(5), "name must be a string, not int"),
    "special tokens by id": (
        lambda e: register_encoding("wrong", special_tokens=["a"]),
        "special_tokens must be a mapping of texts to ids, not list",
    ),
    "function": (lambda e: ToolDescription.from_function(5), "function must be a function, not int"),
    "unknown signature": (lambda e: ToolDescription.from_function(max), "max: Python does not know the parameters"),
    "lambda": (lambda e: ToolDescription.from_function(lambda x: x), "a lambda needs a name .*: pass name="),
    "annotation": (
        lambda e: ToolDescription.from_function(takes_an_object),
        "takes_an_object: the annotation of the parameter thing has no JSON Schema: .*object_of_a_class",
    ),
    "model": (lambda e: ToolDescription.from_model(dict), "model must be a class of pydantic's BaseModel, not <class"),
}


class object_of_a_class:
    pass


def takes_an_object(thing: object_of_a_class) -> None: ...


takes_an_object.__annotations__["thing"] = object_of_a_class


@pytest.mark.parametrize("name", WRONG)
def test_wrong_kinds(encoding: HarmonyEncoding, name: str) -> None:
    call, message = WRONG[name]
    with pytest.raises(TypeError, match=f"^{message}"):
        call(encoding)


OUT_OF_RANGE: Dict[str, Tuple[Call, type, str]] = {
    "one id": (
        lambda e: StreamableParser(e, None).process(-1),
        OverflowError,
        "token must be from 0 to 4294967295, not -1",
    ),
    "budget": (lambda e: e.fit(CONVERSATION, -1), ValueError, "max_tokens must be 0 or more, not -1"),
    "limit": (lambda e: e.count_up_to("a", -1), ValueError, "limit must be 0 or more, not -1"),
    "turns": (lambda e: e.fit(CONVERSATION, 9, keep="a"), ValueError, "keep must be at least 1 turn, or a function"),
    "length": (lambda e: Transcript(e).truncate(-1), ValueError, "length must be 0 or more, not -1"),
    "messages of a mask": (
        lambda e: e.render_with(CONVERSATION).mask(messages=[-1]),
        ValueError,
        r"messages must be 0 or more, not \[-1\]",
    ),
    "parts of a mask": (
        lambda e: e.render_with(CONVERSATION).mask(parts=["body"]),
        ValueError,
        "Unknown part: body; known are header, content, ending",
    ),
    "role": (
        lambda e: e.parse([1], "wizard"),
        ValueError,
        "Unknown role: wizard; known are user, assistant, system, developer, tool",
    ),
    "state": (lambda e: Transcript.from_json("{"), ValueError, "invalid state: "),
}


@pytest.mark.parametrize("name", OUT_OF_RANGE)
def test_values_out_of_range(encoding: HarmonyEncoding, name: str) -> None:
    call, error, message = OUT_OF_RANGE[name]
    with pytest.raises(error, match=f"^{message}"):
        call(encoding)


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        (None, "Missing required parameter: 'messages'"),
        ("Hi", "Invalid type for 'messages': .*, but got a string instead"),
        ({"messages": []}, "Invalid type for 'messages': .*, but got an object instead"),
        (5, "Invalid type for 'messages': .*, but got an integer instead"),
    ],
)
def test_messages_that_are_not_a_list(messages: Any, message: str) -> None:
    with pytest.raises(BadRequest, match=f"^{message}"):
        from_chat_completions(messages)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"role": "wizard", "content": "x"}, "messages[1].role: Invalid value: 'wizard'. Supported values are"),
        ({"role": "user", "content": 5}, "Invalid type for 'messages[1].content': expected"),
    ],
)
def test_a_bad_message_is_told_with_its_path(message: Any, told: str) -> None:
    with pytest.raises(BadRequest) as failure:
        from_chat_completions([{"role": "user", "content": "Hi"}, message])
    assert str(failure.value).startswith(told)
    assert failure.value.error["message"] == failure.value.message


def test_a_large_budget_is_no_budget(encoding: HarmonyEncoding) -> None:
    assert encoding.fit(CONVERSATION, 10**30) == CONVERSATION
    assert encoding.count_up_to("hello world", 10**30) == 2


def test_a_config_may_be_a_dict(encoding: HarmonyEncoding) -> None:
    expected = encoding.render_conversation(CONVERSATION, RenderConversationConfig(auto_drop_analysis=False))
    assert encoding.render_conversation(CONVERSATION, {"auto_drop_analysis": False}) == expected
