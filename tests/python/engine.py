"""What serving engines do with the library, and nothing that release 0.0.8 could not do.

`python tests/python/engine.py` prints what the installed package answers; `test-data/engine.json` is what release 0.0.8
answered.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional

from openai_harmony import (
    Author,
    ChannelConfig,
    Conversation,
    DeveloperContent,
    HarmonyEncodingName,
    HarmonyError,
    Message,
    ReasoningEffort,
    RenderConversationConfig,
    Role,
    StreamableParser,
    StreamState,
    SystemContent,
    TextContent,
    ToolDescription,
    ToolNamespaceConfig,
    load_harmony_encoding,
)

encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)

WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "The city."},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
        "days": {"type": ["integer", "null"]},
    },
    "required": ["city"],
}


# --- requests to prompts ---


def system_message(
    identity: Optional[str] = None,
    effort: Optional[str] = None,
    namespaces: Iterable[ToolNamespaceConfig] = (),
    calls_functions: bool = True,
) -> Message:
    content = SystemContent.new().with_conversation_start_date("2026-11-22")
    if identity is not None:
        content = content.with_model_identity(f"{content.model_identity}\n{identity}")
    if effort is not None:
        content = content.with_reasoning_effort(ReasoningEffort[effort.upper()])
    for namespace in namespaces:
        content = content.with_tools(namespace)
    if not calls_functions:
        channels = [channel for channel in content.channel_config.valid_channels if channel != "commentary"]
        content = content.with_channel_config(ChannelConfig.require_channels(channels))
    return Message.from_role_and_content(Role.SYSTEM, content)


def developer_message(instructions: Optional[str], tools: List[Dict[str, Any]]) -> Message:
    content = DeveloperContent.new().with_instructions(instructions)
    if tools:
        content = content.with_function_tools([ToolDescription.new(**tool) for tool in tools])
    return Message.from_role_and_content(Role.DEVELOPER, content)


def chat_messages(messages: List[Dict[str, Any]]) -> Iterator[Message]:
    """Messages of a chat-completion request as harmony messages."""
    names = {call["id"]: call["function"]["name"] for message in messages for call in message.get("tool_calls", [])}
    for message in messages:
        role, content = message["role"], message.get("content")
        if role == "tool":
            author = Author.new(Role.TOOL, f"functions.{names[message['tool_call_id']]}")
            result = Message.from_author_and_content(author, content)
            yield result.with_channel("commentary").with_recipient("assistant")
            continue
        if message.get("reasoning"):
            yield Message.from_role_and_content(Role.ASSISTANT, message["reasoning"]).with_channel("analysis")
        for call in message.get("tool_calls", []):
            made = Message.from_role_and_content("assistant", call["function"]["arguments"]).with_channel("commentary")
            yield made.with_recipient(f"functions.{call['function']['name']}").with_content_type("json")
        if content is not None:
            parts = [{"text": content}] if isinstance(content, str) else content
            texts = Message.from_role_and_contents(role, [TextContent(text=part["text"]) for part in parts])
            yield texts.with_channel("final") if role == "assistant" else texts


CHAT: List[Dict[str, Any]] = [
    {"role": "user", "content": [{"text": "Weather in Lisbon"}, {"text": " and Porto?"}]},
    {
        "role": "assistant",
        "reasoning": "Two calls.",
        "tool_calls": [{"id": "a", "function": {"name": "weather", "arguments": '{"city":"Lisbon"}'}}],
    },
    {"role": "tool", "tool_call_id": "a", "content": '{"sky": "clear"}'},
    {"role": "assistant", "reasoning": "Done.", "content": "Clear in Lisbon ☀️."},
    {"role": "user", "content": "Thanks!"},
]


def prompts() -> Iterator[List[int]]:
    container = ToolNamespaceConfig(
        name="container",
        description="A machine.",
        tools=[ToolDescription.new(name="exec", description="Runs a command.", parameters=None)],
    )
    tools: List[Dict[str, Any]] = [
        {"name": "weather", "description": "The weather.", "parameters": WEATHER},
        {"name": "now", "description": "The time.", "parameters": None},
        {"name": "odd", "description": "", "parameters": {"type": "object", "properties": {}}},
    ]
    fixed = SystemContent.new().with_model_identity("You are a clerk.").with_knowledge_cutoff("2025-01")
    starts = [
        [system_message()],
        [Message.from_role_and_content(Role.SYSTEM, fixed.with_required_channels(["analysis", "final"]))],
        [system_message(identity="Be brief.", effort="high", calls_functions=False)],
        [system_message(effort="low", namespaces=[ToolNamespaceConfig.browser(), ToolNamespaceConfig.python()])],
        [system_message(namespaces=[container]), developer_message("Answer in French.", tools)],
        [system_message(), developer_message(None, tools[:1])],
        [system_message(), developer_message("No tools.", [])],
    ]
    chat = list(chat_messages(CHAT))
    for start in starts:
        for end in range(len(chat) + 1):
            conversation = Conversation.from_messages(start + chat[:end])
            yield encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
    keep = RenderConversationConfig(auto_drop_analysis=False)
    yield encoding.render_conversation_for_completion(Conversation.from_messages(chat), Role.ASSISTANT, config=keep)
    yield encoding.render_conversation_for_training(Conversation.from_messages(chat[:-1]), config=keep)


# --- completions to responses ---

COMPLETIONS = [
    "<|channel|>analysis<|message|>The user greets.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>Hello 👋🏽!<|return|>",
    '<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city":"Lisbon"}<|call|>',
    "<|channel|>analysis<|message|>Search.<|end|>"
    '<|start|>assistant to=browser.search<|channel|>commentary json<|message|>{"query":"harmony"}<|call|>',
    "<|channel|>commentary<|message|>I will look.<|end|>"
    "<|start|>assistant<|channel|>commentary to=functions.now<|message|>{}<|call|>",
    "<|channel|>final<|message|>Cut off in the midd",
    "<|channel|>analysis<|message|>",
]

BAD_COMPLETIONS = [
    "<|channel|>final<|message|>Done.<|return|>And more",
    "<|channel|><|message|>",
    "<|channel|>analysis<|message|>t<|end|><|start|>narrator<|message|>",
    "<|channel|>analysis",
]


def special(text: str) -> List[int]:
    return encoding.encode(text, allowed_special="all")


def as_stream(completion: str) -> Dict[str, Any]:
    """The chunks that a streaming server sends: channel, recipient and text, per token."""
    parser = StreamableParser(encoding, role=Role.ASSISTANT)
    chunks: List[Any] = []
    recipient: Optional[str] = None
    for token in special(completion):
        parser.process(token)
        starts_call = parser.current_recipient not in (None, recipient)
        recipient = parser.current_recipient
        between = parser.state == StreamState.EXPECT_START
        chunks.append([parser.current_channel, recipient, parser.last_content_delta, starts_call, between])
    rest = [parser.current_role, parser.current_channel, parser.current_content, parser.current_content_type]
    finished = [message.to_dict() for message in parser.messages]
    parser.process_eos()
    return {"chunks": chunks, "rest": rest, "finished": finished, "all": [m.to_dict() for m in parser.messages]}


def as_whole(completion: str) -> List[Dict[str, Any]]:
    messages = encoding.parse_messages_from_completion_tokens(special(completion), Role.ASSISTANT)
    return [Message.from_dict(message.to_dict()).to_dict() for message in messages]


def with_tools_of_the_server(turns: List[str]) -> Dict[str, Any]:
    """One parser for a whole request: each call's result is rendered and fed to it like sampled tokens."""
    start = [system_message(), *chat_messages(CHAT[:1])]
    parser = StreamableParser(encoding, role=Role.ASSISTANT)
    prompts: List[List[int]] = []
    for turn in turns:
        for token in special(turn):
            parser.process(token)
        call = parser.messages[-1]
        if token not in encoding.stop_tokens_for_assistant_actions() or call.recipient is None:
            break
        result = Message(
            author=Author(role=Role.TOOL, name=call.recipient),
            content=[TextContent(text="It is noon.")],
            channel=call.channel,
            recipient=Role.ASSISTANT,
        )
        for token in encoding.render(result):
            parser.process(token)
        conversation = Conversation.from_messages(start + parser.messages)
        prompts.append(encoding.render_conversation_for_completion(conversation, Role.ASSISTANT))
        for token in special("<|start|>assistant"):
            parser.process(token)
    return {"prompts": prompts, "messages": [message.to_dict() for message in parser.messages]}


def error_of(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except HarmonyError as error:
        # The first line: what follows is the chain of causes, which may be worded otherwise.
        return {"error": str(error).splitlines()[0]}


def record() -> Dict[str, Any]:
    """Everything that the package answered."""
    answers = {
        "stop": sorted(encoding.stop_tokens_for_assistant_actions()),
        "prompts": list(prompts()),
        "streams": [as_stream(completion) for completion in COMPLETIONS],
        "wholes": [as_whole(completion) for completion in COMPLETIONS],
        "tools": with_tools_of_the_server([COMPLETIONS[3], COMPLETIONS[2], COMPLETIONS[0]]),
        "errors": [error_of(lambda c=bad: as_whole(c)) for bad in BAD_COMPLETIONS],  # type: ignore[misc]
        "stream_errors": [error_of(lambda c=bad: as_stream(c)) for bad in BAD_COMPLETIONS],  # type: ignore[misc]
    }
    plain: Dict[str, Any] = json.loads(json.dumps(answers))
    return plain


if __name__ == "__main__":
    # A line for each answer, so that a difference can be found.
    lines = [f" {json.dumps(name)}: {json.dumps(answer, ensure_ascii=False)}" for name, answer in record().items()]
    print("{\n" + ",\n".join(lines) + "\n}")
