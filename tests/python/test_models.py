"""The data model: builders, round trips, wrong values, and life inside other pydantic models."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable, Dict, List, Union

import pytest
from pydantic import BaseModel, ValidationError

from openai_harmony import (
    Author,
    ChannelConfig,
    Content,
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    Message,
    ReasoningEffort,
    RenderFormat,
    Role,
    SystemContent,
    TextContent,
    ToolDescription,
    ToolNamespaceConfig,
)


def sample() -> Conversation:
    weather = ToolDescription.new("get_weather", "The weather.", {"type": "object", "properties": {"city": None}})
    return Conversation.from_messages(
        [
            Message.from_role_and_content(
                Role.SYSTEM, SystemContent.new().with_reasoning_effort("high").with_browser_tool()
            ),
            Message.from_role_and_content(
                Role.DEVELOPER,
                DeveloperContent.new().with_instructions("Be brief.").with_function_tools([weather]),
            ),
            Message.from_author_and_content(Author.new(Role.USER, "Ada"), "Weather in Łódź? <b>&</b> 🌦"),
            Message.from_role_and_content(Role.ASSISTANT, '{"city": "Łódź"}')
            .with_channel("commentary")
            .with_recipient("functions.get_weather")
            .with_content_type("<|constrain|>json"),
            Message.from_role_and_contents(Role.ASSISTANT, [TextContent(text="a"), TextContent(text="b")]),
        ]
    )


ROUND_TRIPS: Dict[str, Callable[[Conversation], Conversation]] = {
    "dict": lambda c: Conversation.from_dict(c.to_dict()),
    "json": lambda c: Conversation.from_json(c.to_json()),
    "json bytes": lambda c: Conversation.from_json(c.to_json().encode()),
    "model_dump": lambda c: Conversation.model_validate(c.model_dump()),
    "model_dump json mode": lambda c: Conversation.model_validate(c.model_dump(mode="json")),
    "model_dump_json": lambda c: Conversation.model_validate_json(c.model_dump_json()),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda c: c.model_copy(deep=True),
    "pickle": lambda c: pickle.loads(pickle.dumps(c)),
    "messages": lambda c: Conversation.from_messages([Message.from_json(m.to_json()) for m in c]),
    "contents": lambda c: Conversation.from_messages(
        [m.model_copy(update={"content": [Content.from_dict(p.to_dict()) for p in m.content]}) for m in c]
    ),
}


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_round_trip(trip: str) -> None:
    original = sample()
    again = ROUND_TRIPS[trip](original)
    assert again == original
    assert again is not original
    assert [type(part) for m in again for part in m.content] == [type(part) for m in original for part in m.content]
    assert again.to_dict() == original.to_dict()


def test_dumps_keep_the_content() -> None:
    message = Message.from_role_and_content(Role.USER, "Hi")
    assert message.model_dump(mode="json") == {
        "author": {"role": "user", "name": None},
        "content": [{"type": "text", "text": "Hi"}],
        "channel": None,
        "recipient": None,
        "content_type": None,
    }


def test_to_dict_form() -> None:
    plain = Message.from_role_and_content(Role.USER, "Hi").to_dict()
    assert plain == {"role": "user", "name": None, "content": [{"type": "text", "text": "Hi"}]}
    assert plain["role"] is Role.USER
    full = sample().messages[3].to_dict()
    assert list(full) == ["role", "name", "content", "channel", "recipient", "content_type"]


def test_from_dict_reads_plain_text_and_ignores_unknown_keys() -> None:
    message = Message.from_dict({"role": "user", "content": "Hi", "id": 5, "name": "Ada"})
    assert message == Message.from_author_and_content(Author.new(Role.USER, "Ada"), "Hi")
    assert Message.model_validate({"author": {"role": "user"}, "content": "Hi", "extra": 1}).content == [
        TextContent(text="Hi")
    ]


@pytest.mark.parametrize(
    "build",
    [
        lambda s: s.with_model_identity("x"),
        lambda s: s.with_reasoning_effort(ReasoningEffort.LOW),
        lambda s: s.with_conversation_start_date("2025-06-28"),
        lambda s: s.with_knowledge_cutoff("2025-01"),
        lambda s: s.with_channel_config(ChannelConfig(valid_channels=[], channel_required=False)),
        lambda s: s.with_required_channels(["final"]),
        lambda s: s.with_tools(ToolNamespaceConfig(name="a", tools=[])),
        lambda s: s.with_browser_tool(),
        lambda s: s.with_python_tool(),
    ],
)
def test_system_builders_change_and_return_the_object(build: Callable[[SystemContent], SystemContent]) -> None:
    system = SystemContent.new()
    assert build(system) is system
    assert system != SystemContent.new()


def test_other_builders_change_and_return_the_object() -> None:
    developer = DeveloperContent.new()
    assert developer.with_instructions("x") is developer and developer.instructions == "x"
    assert developer.with_instructions(None) is developer and developer.instructions is None  # vLLM does
    assert developer.with_function_tools([]) is developer and developer.tools is not None
    assert developer.with_tools(ToolNamespaceConfig(name="b", tools=[])) is developer
    assert sorted(developer.tools) == ["b", "functions"]
    message = Message.from_role_and_content(Role.USER, "x")
    assert message.with_channel("final") is message and message.channel == "final"
    assert message.with_recipient("user") is message and message.recipient == "user"
    assert message.with_content_type("json") is message and message.content_type == "json"
    assert message.with_channel(None) is message and message.channel is None
    contents = message.content
    assert message.adding_content("y") is message
    assert message.adding_content(TextContent(text="z")) is message
    assert message.content is contents == [TextContent(text="x"), TextContent(text="y"), TextContent(text="z")]


def test_namespaces_are_kept_by_reference_and_built_in_ones_are_fresh() -> None:
    browser = ToolNamespaceConfig.browser()
    browser.description = "Mine."
    browser.tools.pop()
    assert len(ToolNamespaceConfig.browser().tools) == len(browser.tools) + 1
    system = SystemContent.new().with_tools(browser)
    assert system.tools is not None and system.tools["browser"] is browser
    assert ToolNamespaceConfig.python() is not ToolNamespaceConfig.python()
    assert ToolNamespaceConfig.python().tools == []


def test_defaults_are_not_shared() -> None:
    one, other = SystemContent.new(), SystemContent.new()
    assert one.channel_config is not None and other.channel_config is not None
    one.channel_config.valid_channels.append("mine")
    assert other.channel_config.valid_channels == ["analysis", "commentary", "final"]
    assert Message(author=Author(role=Role.USER)).content is not Message(author=Author(role=Role.USER)).content


def test_enums() -> None:
    assert Role.USER == "user" and Role("tool") is Role.TOOL
    with pytest.raises(ValueError, match="Unknown role: 'robot'"):
        Role("robot")
    assert ReasoningEffort["HIGH"] is ReasoningEffort("high") is ReasoningEffort("High") is ReasoningEffort.HIGH
    with pytest.raises(ValueError):
        ReasoningEffort("maximal")
    assert SystemContent(reasoning_effort="low").reasoning_effort is ReasoningEffort.LOW  # type: ignore[arg-type]


WRONG: Dict[str, Any] = {
    "unknown role": (lambda: Author(role="robot"), "role"),
    "author of a message": (lambda: Message(author="user", content=[]), "author"),
    "content number": (lambda: Message(author={"role": "user"}, content=5), "content"),
    "content kind": (lambda: Message(author={"role": "user"}, content=[{"type": "image"}]), "content.0"),
    "content without kind": (lambda: Message(author={"role": "user"}, content=[{"text": "x"}]), "content.0"),
    "content None": (lambda: Message.from_role_and_content(Role.USER, None), "content.0"),
    "added content": (lambda: Message.from_role_and_content(Role.USER, "x").adding_content(5), "Content"),
    "text number": (lambda: TextContent(text=5), "text"),
    "channel": (lambda: Message.from_role_and_content(Role.USER, "x").with_channel(5), "channel"),
    "recipient": (lambda: Message.from_role_and_content(Role.USER, "x").with_recipient(["a"]), "recipient"),
    "tool for namespace": (
        lambda: SystemContent.new().with_tools(ToolDescription.new("a", "b")),
        "instance of ToolNamespaceConfig",
    ),
    "list for dict": (lambda: DeveloperContent(tools=[ToolDescription.new("a", "b")]), "tools"),
    "dict for list": (lambda: DeveloperContent.new().with_function_tools({"a": 1}), "Input should be a valid list"),
    "string for list": (lambda: SystemContent.new().with_required_channels("final"), "valid_channels"),
    "effort": (lambda: SystemContent.new().with_reasoning_effort("maximal"), "reasoning_effort"),
    "instructions": (lambda: DeveloperContent.new().with_instructions(5), "instructions"),
    "parameters": (lambda: ToolDescription.new("a", "b", ["x"]), "parameters"),
    "content for message": (
        lambda: Conversation.from_messages([SystemContent.new()]),
        "Input should be a valid dictionary or instance of Message",
    ),
    "second message": (
        lambda: Conversation.from_dict(
            {"messages": [{"role": "user", "content": "x"}, {"role": "user", "channel": 5}]}
        ),
        "messages.1.channel",
    ),
    "no role": (lambda: Message.from_dict({"content": "x"}), "author"),
    "unknown content": (lambda: Message.from_dict({"role": "user", "content": [{"type": "zz"}]}), "'zz'"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_values_are_named_where_they_come_in(wrong: str) -> None:
    call, words = WRONG[wrong]
    with pytest.raises(ValidationError) as failure:
        call()
    assert words in str(failure.value)


def test_a_failed_builder_changes_nothing() -> None:
    message = Message.from_role_and_content(Role.USER, "x").with_channel("final")
    before = message.model_copy(deep=True)
    with pytest.raises(ValidationError):
        message.with_channel(5)  # type: ignore[arg-type]
    assert message == before


def test_content_is_abstract_and_fields_are_keywords() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Content()
    with pytest.raises(TypeError):
        TextContent("x")  # type: ignore[call-arg, misc]


class Citation(Content):
    url: str

    def to_dict(self) -> Dict[str, Any]:
        return {"type": "text", "text": f"[{self.url}]"}


class Shouted(TextContent):
    volume: int = 11


def test_contents_of_ones_own(encoding: HarmonyEncoding) -> None:
    message = Message.from_role_and_contents(Role.USER, [Citation(url="a"), Shouted(text="B")])
    assert [type(content) for content in message.content] == [Citation, Shouted]
    assert encoding.decode(encoding.render(message)) == "<|start|>user<|message|>[a]B<|end|>"


def test_as_fields_of_other_models() -> None:
    class Job(BaseModel):
        prompt: Conversation
        answer: Union[Message, None] = None
        content: Content
        contents: List[Content] = []

    job = Job(prompt=sample(), content=TextContent(text="x"), contents=[SystemContent.new()])
    again = Job.model_validate_json(job.model_dump_json())
    assert again == job
    assert isinstance(again.content, TextContent) and isinstance(again.contents[0], SystemContent)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_tells_the_contents_apart(mode: Any) -> None:
    schema = Message.model_json_schema(mode=mode)
    content = schema["properties"]["content"]["items"]
    assert content["discriminator"]["propertyName"] == "type"
    assert set(content["discriminator"]["mapping"]) == {"text", "system_content", "developer_content"}
    assert {"TextContent", "SystemContent", "DeveloperContent", "Author"} <= set(schema["$defs"])
    assert ">>>" not in str(schema), "examples are for readers of Python"


def test_fastapi_takes_and_gives_conversations() -> None:
    fastapi = pytest.importorskip("fastapi")
    testclient = pytest.importorskip("fastapi.testclient")
    app = fastapi.FastAPI()

    def echo(conversation: Conversation) -> Conversation:
        return conversation

    app.post("/echo")(echo)
    client = testclient.TestClient(app)
    conversation = sample()
    response = client.post("/echo", json=conversation.model_dump(mode="json"))
    assert response.status_code == 200
    assert Conversation.model_validate(response.json()) == conversation
    flat = client.post("/echo", json=conversation.to_dict())
    assert Conversation.model_validate(flat.json()) == conversation
    assert client.post("/echo", json={"messages": [{"role": "robot", "content": ""}]}).status_code == 422
    assert "TextContent" in client.get("/openapi.json").json()["components"]["schemas"]


def test_assignment() -> None:
    message = Message.from_role_and_content(Role.USER, "x")
    message.channel = "final"
    message.recipient = "user"
    message.content_type = "json"
    message.author.name = "Ada"
    message.content = [TextContent(text="y")]
    assert message.to_dict() == {
        "role": "user",
        "name": "Ada",
        "content": [{"type": "text", "text": "y"}],
        "channel": "final",
        "recipient": "user",
        "content_type": "json",
    }
    system = SystemContent.new()
    assert system.channel_config is not None
    system.channel_config.valid_channels = ["final"]
    assert system.to_dict()["channel_config"]["valid_channels"] == ["final"]


def test_recipient_may_be_a_role() -> None:
    message = Message(author=Author(role="tool", name="f"), content=[TextContent(text="x")], recipient=Role.ASSISTANT)  # type: ignore[arg-type]
    assert message.recipient == "assistant"
    assert message.to_json().endswith('"recipient": "assistant"}')


def test_reprs_are_short() -> None:
    conversation = sample()
    assert repr(conversation.messages[3]) == (
        "Message('assistant', channel='commentary', recipient='functions.get_weather', "
        "content_type='<|constrain|>json', '{\"city\": \"Łódź\"}')"
    )
    long = Message.from_role_and_content(Role.USER, "x" * 5000)
    assert len(repr(long)) < 120 and "5,000 characters" in repr(long)
    assert repr(TextContent(text="x")) == "TextContent(text='x')"
    assert repr(DeveloperContent.new()) == "DeveloperContent()"


def test_a_repr_has_what_differs_from_the_defaults() -> None:
    assert repr(SystemContent.new()) == "SystemContent()"
    assert repr(SystemContent(knowledge_cutoff=None)) == "SystemContent(knowledge_cutoff=None)"
    assert repr(DeveloperContent.new().with_instructions("x")) == "DeveloperContent(instructions='x')"
    assert repr(RenderFormat()) == "RenderFormat()"
    assert repr(RenderFormat.CHAT_TEMPLATE.replace(prompts="compatible")) == (
        "RenderFormat(content_types='plain_or_json', tool_results='json_string', analysis='chat_template')"
    )
    assert eval(repr(RenderFormat.OSS_HARMONY_0_0_11)) == RenderFormat.OSS_HARMONY_0_0_11
