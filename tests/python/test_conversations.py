"""Messages and conversations as Python objects: what they say, what they call, and conversations as sequences."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from pydantic import BaseModel, Field, ValidationError
from typing_extensions import Annotated

from openai_harmony import (
    Author,
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    Message,
    RenderFormat,
    Role,
    SystemContent,
    TextContent,
    ToolCallError,
    ToolDescription,
    Transcript,
    training_example,
)


def say(role: Role, text: str, channel: Optional[str] = None) -> Message:
    return Message.from_role_and_content(role, text).with_channel(channel)


def call(text: str, recipient: str = "functions.get_weather") -> Message:
    return say(Role.ASSISTANT, text, "commentary").with_recipient(recipient)


def test_text() -> None:
    assert Message.from_role_and_contents(Role.USER, [TextContent(text="a"), TextContent(text="b")]).text == "ab"
    assert Message.from_role_and_content(Role.SYSTEM, SystemContent.new()).text == ""
    assert Message(author=Author(role=Role.USER)).text == ""


def test_calls() -> None:
    assert call("{}").is_tool_call and call("{}").tool_name == "get_weather"
    assert call("{}", "browser.search").tool_name == "browser.search"
    for recipient in ("assistant", "user", "all"):
        message = call("{}", recipient)
        assert not message.is_tool_call and message.tool_name is None
    assert not say(Role.ASSISTANT, "hi", "final").is_tool_call
    author = Author.new(Role.TOOL, "functions.get_weather")
    result = Message.from_author_and_content(author, "sunny").with_recipient("assistant")
    assert not result.is_tool_call and result.tool_name == "get_weather"


WRONG_ARGUMENTS = {
    "no JSON": ("{", "not JSON"),
    "NaN": ('{"a": NaN}', "JSON has no NaN"),
    "list": ("[1]", "not a JSON object, but list"),
    "deep": ("[" * 100_000, "nested too deep"),
}


@pytest.mark.parametrize("name", WRONG_ARGUMENTS)
def test_wrong_arguments_name_the_tool(name: str) -> None:
    text, words = WRONG_ARGUMENTS[name]
    with pytest.raises(ToolCallError, match=words) as failure:
        _ = call(text).arguments
    assert "get_weather" in str(failure.value) and failure.value.code == "tool.invalid_json"


def test_arguments_of_no_call() -> None:
    with pytest.raises(ToolCallError) as failure:
        _ = say(Role.USER, "{}").arguments
    assert failure.value.code == "tool.not_a_call"


def test_a_conversation_is_a_sequence() -> None:
    messages = [say(Role.USER, str(number)) for number in range(5)]
    conversation = Conversation.from_messages(messages)
    assert len(conversation) == 5 and list(conversation) == messages and messages[2] in conversation
    assert conversation[0] is messages[0] and conversation[-1] is messages[4]
    assert conversation[1:3] == Conversation.from_messages(messages[1:3])
    assert conversation[::-1].messages == list(reversed(conversation)) == messages[::-1]
    assert conversation[:2] + conversation[2:] == conversation == conversation[:2] + messages[2:]
    assert not Conversation()
    with pytest.raises(IndexError):
        conversation[5]
    with pytest.raises(TypeError):
        conversation + 5  # type: ignore[operator]


def test_appending_checks() -> None:
    conversation = Conversation()
    message = say(Role.USER, "x")
    conversation.append(message)
    conversation.extend([say(Role.USER, "y")])
    assert conversation[0] is message and len(conversation) == 2
    with pytest.raises(ValidationError):
        conversation.append("x")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        conversation.extend([message, 5])  # type: ignore[list-item]
    assert len(conversation) == 2


def test_copy_with() -> None:
    message = say(Role.USER, "x")
    copy = message.copy_with(role="tool", name="functions.f", content="y", channel="commentary")
    assert message == say(Role.USER, "x")
    assert (copy.author, copy.text, copy.channel) == (Author.new(Role.TOOL, "functions.f"), "y", "commentary")
    assert message.copy_with().content[0] is not message.content[0]
    assert copy.copy_with(channel=None).channel is None
    with pytest.raises(ValidationError):
        message.copy_with(channel=5)  # type: ignore[typeddict-item]
    with pytest.raises(TypeError, match="known are role, name"):
        message.copy_with(chanel="final")  # type: ignore[call-arg]


class Place(BaseModel):
    title: str
    country: str = "PT"


class Node(BaseModel):
    """A tree."""

    children: List["Node"] = []


def forecast(
    place: Place,
    days: Annotated[int, Field(ge=1, description="How many.")] = 3,
    *,
    unit: str = "C",
    model_config: Any = None,
    _private: Optional[bool] = None,
) -> str:
    """The weather.

    In two paragraphs.

    Args:
        place: Where,
            exactly.
        unit (str): C or F.

    Returns:
        A sentence.
    """
    return ""


def test_a_tool_from_a_function() -> None:
    tool = ToolDescription.from_function(forecast)
    assert (tool.name, tool.description) == ("forecast", "The weather.\n\nIn two paragraphs.")
    place = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "country": {"default": "PT", "type": "string"}},
    }
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "place": {**place, "required": ["title"], "description": "Where, exactly."},
            "days": {"type": "integer", "minimum": 1, "default": 3, "description": "How many."},
            "unit": {"type": "string", "default": "C", "description": "C or F."},
            "model_config": {"default": None},
            "_private": {"anyOf": [{"type": "boolean"}, {"type": "null"}], "default": None},
        },
        "required": ["place"],
    }
    assert ToolDescription.from_function(forecast, name="f", description="d").name == "f"


def test_sphinx_parameters_are_read() -> None:
    def look(query: str) -> None:
        """Looks.

        :param str query: What for.
        :returns: nothing
        """

    tool = ToolDescription.from_function(look)
    assert tool.description == "Looks."
    assert tool.parameters == {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What for."}},
        "required": ["query"],
    }


def test_what_a_call_cannot_pass() -> None:
    for function in (lambda *rest: None, lambda **rest: None, eval("lambda x, /: None")):
        with pytest.raises(TypeError, match="cannot be passed"):
            ToolDescription.from_function(function, name="f")
    assert ToolDescription.from_function(lambda: None, name="f").parameters == {"type": "object", "properties": {}}


def test_a_tool_from_a_model(encoding: HarmonyEncoding) -> None:
    tool = ToolDescription.from_model(Node, name="grow")
    assert (tool.name, tool.description) == ("grow", "A tree.")
    assert tool.parameters is not None and "Node" in tool.parameters["$defs"]
    developer = DeveloperContent.new().with_function_tools([tool])
    conversation = Conversation.from_messages([Message.from_role_and_content(Role.DEVELOPER, developer)])
    encoding.render_with(conversation, render_format={"prompts": "faithful"})


def tools(*descriptions: ToolDescription) -> Conversation:
    content = DeveloperContent.new().with_function_tools(list(descriptions))
    return Conversation.from_messages([Message.from_role_and_content(Role.DEVELOPER, content)])


def test_calls_are_checked_against_their_tools() -> None:
    pytest.importorskip("jsonschema")
    conversation = tools(ToolDescription.from_function(forecast), ToolDescription.new("any"))
    good: Dict[str, Any] = {"place": {"title": "Lisbon"}}
    assert conversation.check_call(call('{"place": {"title": "Lisbon"}}', "functions.forecast")) == good
    assert conversation.check_call(call('{"x": 1}', "functions.any")) == {"x": 1}
    with pytest.raises(ToolCallError, match=r"call of forecast: arguments\.place\.title: 5 is not of type") as failure:
        conversation.check_call(call('{"place": {"title": 5}}', "functions.forecast"))
    assert failure.value.code == "tool.invalid_arguments"
    with pytest.raises(ToolCallError, match="there is no tool 'other'") as failure:
        conversation.check_call(call("{}", "functions.other"))
    assert failure.value.code == "tool.unknown"


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "http://example.invalid/a.json"}, {"pattern": 5}])
def test_schemas_that_cannot_be_followed(schema: Dict[str, Any]) -> None:
    pytest.importorskip("jsonschema")
    tool = ToolDescription.new("f", "", {"properties": {"x": schema}})
    with pytest.raises(ToolCallError) as failure:
        tool.check({"x": "y"})
    assert failure.value.code == "tool.invalid_schema"


THOUGHT, ANSWER = say(Role.ASSISTANT, "Easy.", "analysis"), say(Role.ASSISTANT, "4", "final")
TWO_TURNS = Conversation.from_messages([say(Role.USER, "2 + 2?"), THOUGHT, ANSWER] * 2)


def test_training_keeps_the_thought_that_is_to_be_learned(encoding: HarmonyEncoding) -> None:
    example = training_example(encoding, TWO_TURNS)
    learned = [token for token, learn in zip(example.input_ids, example.loss_mask) if learn]
    end = "<|channel|>final<|message|>4"
    assert encoding.decode(learned) == (
        f"{end}<|end|><|channel|>analysis<|message|>Easy.<|end|><|start|>assistant{end}<|return|>"
    )


def test_what_was_left_out_is_counted(encoding: HarmonyEncoding) -> None:
    def left_out(render_format: Any) -> List[int]:
        return encoding.render_with(TWO_TURNS, render_format=render_format, ending="training").left_out

    assert left_out({"analysis": "keep_all"}) == []
    assert left_out({"analysis": "chat_template"}) == [1]
    assert left_out({"analysis": "completed_turns"}) == [1, 4]
    transcript = Transcript(encoding, RenderFormat(analysis="completed_turns"))
    transcript.extend(TWO_TURNS)
    assert transcript.rendered().left_out == [1, 4]
