"""How conversations reach the extension: what is read, from which objects, and how a wrong value is reported."""

from __future__ import annotations

import datetime
import enum
from typing import Any, Callable, Dict, List

import pytest
from pydantic import BaseModel, field_serializer

from openai_harmony import (
    Author,
    ChannelConfig,
    Content,
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    HarmonyError,
    InvalidConversationError,
    Message,
    ResponseFormat,
    Role,
    SystemContent,
    TextContent,
    ToolDescription,
    ToolNamespaceConfig,
    Transcript,
)


class InDictForm(Message):
    """A message of a caller's own class: it is read from what its ``to_dict`` gives."""

    def to_dict(self) -> Dict[str, Any]:
        return super().to_dict()


def in_dict_form(conversation: Conversation) -> Conversation:
    return Conversation.model_construct(messages=[InDictForm.model_construct(**vars(m)) for m in conversation])


def conversation_with(*contents: Any) -> Conversation:
    roles = {SystemContent: Role.SYSTEM, DeveloperContent: Role.DEVELOPER}
    messages = [Message.from_role_and_content(roles.get(type(c), Role.USER), c) for c in contents]
    return Conversation.from_messages(messages)


def with_parameters(parameters: Any) -> Conversation:
    tool = ToolDescription.new("look", "Looks.")
    tool.parameters = parameters
    developer = DeveloperContent.new().with_function_tools([ToolDescription.new("first"), tool])
    return conversation_with("Hi", developer)


def property_of(schema: Any) -> Dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}}


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Default(BaseModel):
    colour: Colour = Colour.RED


CONVERSATIONS: Dict[str, Callable[[], Conversation]] = {
    "nothing": Conversation,
    "no content": lambda: Conversation(messages=[Message(author=Author(role=Role.USER))]),
    "text": lambda: conversation_with("Hi", "", "Łódź 🌦", "a\ud800b", "<|end|>"),
    "system": lambda: conversation_with(
        SystemContent.new().with_reasoning_effort("low").with_browser_tool().with_conversation_start_date("2025-06-28")
    ),
    "bare system": lambda: conversation_with(
        SystemContent(model_identity=None, reasoning_effort=None, knowledge_cutoff=None, channel_config=None)
    ),
    "channels": lambda: conversation_with(
        SystemContent.new().with_channel_config(ChannelConfig(valid_channels=["a"], channel_required=False))
    ),
    "developer": lambda: conversation_with(DeveloperContent.new(), DeveloperContent.new().with_instructions("Be.")),
    "namespaces": lambda: conversation_with(
        DeveloperContent.new()
        .with_tools(ToolNamespaceConfig(name="b", description="B.", tools=[]))
        .with_tools(ToolNamespaceConfig(name="a", tools=[ToolDescription.new("f")]))
    ),
    "author": lambda: Conversation.from_messages(
        [Message.from_author_and_content(Author.new(Role.TOOL, "functions.f"), "x").with_channel("commentary")]
    ),
    "call": lambda: Conversation.from_messages(
        [
            Message.from_role_and_content(Role.ASSISTANT, "{}")
            .with_channel("commentary")
            .with_recipient("functions.f")
            .with_content_type("<|constrain|>json")
        ]
    ),
    "parameters": lambda: with_parameters(
        property_of({"default": [True, False, None, 0, -1, 2**63, 2**64, 1.0, -0.5, 1e300, "é", {}, []], "a": ()})
    ),
    "parameters pydantic writes": lambda: with_parameters(
        property_of({"default": datetime.date(2025, 1, 2), "enum": [Colour.RED, Level.HIGH], "examples": [Default()]})
    ),
    "keys that are not strings": lambda: with_parameters(property_of({1: 2, False: 3, "enum": [{None: 1}]})),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_fields_and_dict_form_say_the_same(encoding: HarmonyEncoding, name: str) -> None:
    conversation = CONVERSATIONS[name]()
    again = in_dict_form(conversation)
    for drop in (True, False):
        assert encoding._render_conversation(conversation, drop) == encoding._render_conversation(again, drop)


# Left out: what JSON writes in another way, and a None in place of a default, which ``to_dict`` leaves out.
@pytest.mark.parametrize("name", [n for n in CONVERSATIONS if not n.startswith(("parameters", "keys", "bare"))])
def test_json_says_the_same(encoding: HarmonyEncoding, name: str) -> None:
    conversation = CONVERSATIONS[name]()
    again = Conversation.from_json(conversation.to_json().replace("\\ud800", "\N{REPLACEMENT CHARACTER}"))
    assert encoding.render_conversation(conversation) == encoding.render_conversation(again)


def test_numbers_in_parameters_are_those_of_json(encoding: HarmonyEncoding) -> None:
    # json.loads and the core's reader of JSON text agree on these; beyond 64 bits, both sides of the crossing round.
    conversation = with_parameters(property_of({"default": [2**63, True, 1.5]}))
    prompt = encoding.decode(encoding.render_conversation(conversation))
    assert "[9223372036854775808,true,1.5]" in prompt.replace(" ", "")


class Citation(Content):
    url: str

    def to_dict(self) -> Dict[str, Any]:
        return {"type": "text", "text": f"[{self.url}]"}


class Terse(SystemContent):
    @field_serializer("model_identity")
    def _terse(self, identity: str) -> str:
        return identity.upper()


class Renamed(ToolDescription):
    version: int = 2


class Logged(Message):
    """Keeps the ``to_dict`` of its base, and has more fields."""

    seen: int = 0


def test_classes_of_ones_own(encoding: HarmonyEncoding) -> None:
    mine = Message.from_role_and_contents(Role.USER, [Citation(url="a"), TextContent(text="B")])
    assert encoding.decode(encoding.render(mine)) == "<|start|>user<|message|>[a]B<|end|>"
    loud = Message.from_role_and_content(Role.SYSTEM, Terse(model_identity="me"))
    assert "<|message|>ME\n" in encoding.decode(encoding.render(loud))
    tools = [Renamed(name="f", description="F.")]
    developer = Message.from_role_and_content(Role.DEVELOPER, DeveloperContent.new().with_function_tools(tools))
    assert "type f = " in encoding.decode(encoding.render(developer))
    logged = Logged(author=Author(role=Role.USER), content=[TextContent(text="x")])
    assert encoding.decode(encoding.render(logged)) == "<|start|>user<|message|>x<|end|>"


def test_what_to_dict_raises_is_passed_on(encoding: HarmonyEncoding) -> None:
    class Broken(TextContent):
        def to_dict(self) -> Dict[str, Any]:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        encoding.render(Message.from_role_and_content(Role.USER, Broken(text="x")))


def test_a_list_that_shrinks_while_it_is_read(encoding: HarmonyEncoding) -> None:
    contents: List[Content] = []

    class Thief(TextContent):
        def to_dict(self) -> Dict[str, Any]:
            contents.clear()
            return {"type": "text", "text": "x"}

    contents += [Thief(text=""), TextContent(text="y"), TextContent(text="z")]
    message = Message.from_role_and_content(Role.USER, "")
    message.content = contents
    assert encoding.decode(encoding.render(message)) == "<|start|>user<|message|>x<|end|>"


def nested(depth: int) -> Any:
    schema: Any = {}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


def circular() -> Any:
    schema: Dict[str, Any] = {}
    schema["items"] = [schema, schema]
    return schema


WRONG_PARAMETERS = {
    "NaN": (float("nan"), r"parameters\.properties\.x: JSON has no NaN"),
    "infinity": ([1, -float("inf")], r"properties\.x\.1: JSON has no infinity"),
    "deep": (nested(200), "nested more than 128 levels deep"),
    "very deep": (nested(100_000), "nested more than 128 levels deep"),
    "circular": (circular(), "nested more than 128 levels deep, or inside itself"),
    "object": ({"a": object()}, r"x\.a: JSON has no form for object"),
    "large": (10**400, "too large"),
    "bytes": (b"\xff", "JSON has no form for bytes"),
}


@pytest.mark.parametrize("name", WRONG_PARAMETERS)
def test_wrong_parameters_name_message_field_and_tool(encoding: HarmonyEncoding, name: str) -> None:
    value, words = WRONG_PARAMETERS[name]
    with pytest.raises(InvalidConversationError, match=words) as failure:
        encoding.render_conversation(with_parameters(property_of(value)))
    assert failure.value.code == "render.invalid_conversation"
    assert failure.value.index == 1
    message = str(failure.value)
    assert message.startswith("invalid conversation: messages.1.content.0.tools.functions.tools.1.parameters.")
    assert message.endswith('(in the tool "look")')
    assert len(message) < 400


def assigned(field: str, value: Any) -> Message:
    message = Message.from_role_and_content(Role.USER, "x")
    setattr(message, field, value)
    return message


def system_with(field: str, value: Any) -> Message:
    system = SystemContent.new()
    setattr(system, field, value)
    return Message.from_role_and_content(Role.SYSTEM, system)


WRONG_FIELDS: Dict[str, Any] = {
    "channel": (assigned("channel", 5), "invalid message: channel: expected a string, got int"),
    "recipient": (assigned("recipient", ["a"]), "recipient: expected a string, got list"),
    "author": (assigned("author", "user"), "author: expected an Author, got str"),
    "no author": (assigned("author", None), "role: this field is missing"),
    "content": (assigned("content", {"text": "x"}), "content: expected a list of contents, got dict"),
    "one content": (assigned("content", [5]), "content.0: expected a Content, got int"),
    "kind of content": (
        assigned("content", [{"type": "image"}]),
        'content.0.type: unknown kind of content "image"; known are text, system_content, developer_content',
    ),
    "text": (assigned("content", [TextContent.model_construct(text=5)]), "content.0.text: expected a string, got int"),
    "role": (assigned("author", Author.model_construct(role="robot")), "author.role: Unknown role: robot"),
    "effort": (
        system_with("reasoning_effort", "maximal"),
        'content.0.reasoning_effort: unknown reasoning effort "maximal"; known are Low, Medium, High',
    ),
    "namespaces": (system_with("tools", [1]), "content.0.tools: expected a dict of tool namespaces, got list"),
    "namespace": (system_with("tools", {"a": 1}), "content.0.tools.a: expected a ToolNamespaceConfig, got int"),
    "channels": (
        system_with("channel_config", ChannelConfig.model_construct(valid_channels=[1], channel_required=True)),
        "content.0.channel_config.valid_channels.0: expected a string, got int",
    ),
}


@pytest.mark.parametrize("name", WRONG_FIELDS)
def test_wrong_fields_are_named(encoding: HarmonyEncoding, name: str) -> None:
    message, words = WRONG_FIELDS[name]
    with pytest.raises(InvalidConversationError) as failure:
        encoding.render(message)
    assert words in str(failure.value)
    conversation = Conversation.model_construct(messages=[Message.from_role_and_content(Role.USER, ""), message])
    for call in (encoding.render_conversation, encoding.render_with, Transcript(encoding).extend):
        with pytest.raises(HarmonyError, match=r"invalid conversation: messages\.1\.") as in_conversation:
            call(conversation)
        assert in_conversation.value.index == 1


def test_wrong_items_are_named(encoding: HarmonyEncoding) -> None:
    conversation = Conversation.model_construct(messages=[5])  # type: ignore[list-item]
    with pytest.raises(InvalidConversationError, match=r"messages\.0: expected a Message, got int"):
        encoding.render_conversation(conversation)
    with pytest.raises(InvalidConversationError, match=r"messages: expected a list of messages, got None"):
        encoding.render_conversation(Conversation.model_construct(messages=None))  # type: ignore[arg-type]


def test_wrong_response_formats_are_named(encoding: HarmonyEncoding) -> None:
    conversation = conversation_with(DeveloperContent.new())
    wrong = ResponseFormat("answer", {"default": float("nan")})
    with pytest.raises(InvalidConversationError, match=r"response_formats\.0\.schema\.default: JSON has no NaN"):
        encoding.render_with(conversation, response_formats=[wrong])
