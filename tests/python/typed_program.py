"""A user's program that touches the whole interface. It is run by the tests, and checked by mypy and pyright, both
in their strict modes: whatever is imprecise in the package's types shows up here as an error."""

from __future__ import annotations

import functools
from typing import Callable

from openai_harmony import (
    AnalysisPolicy,
    Author,
    ChannelConfig,
    Content,
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    HarmonyEncodingName,
    HarmonyError,
    HeaderOrder,
    Message,
    OpenMessage,
    ParseResult,
    Part,
    ReasoningEffort,
    RenderConversationConfig,
    Rendered,
    RenderEnding,
    RenderFormat,
    RenderOptions,
    ResponseFormat,
    Role,
    Span,
    StreamableParser,
    StreamState,
    SystemContent,
    TextContent,
    TokenView,
    ToolDescription,
    ToolNamespaceConfig,
    TrainingExample,
    Transcript,
    from_chat_completions,
    load_harmony_encoding,
    training_example,
)


def build() -> Conversation:
    system: SystemContent = (
        SystemContent.new()
        .with_model_identity("You are a harbour pilot.")
        .with_reasoning_effort(ReasoningEffort.HIGH)
        .with_reasoning_effort("low")
        .with_conversation_start_date("2025-06-28")
        .with_knowledge_cutoff("2024-06")
        .with_channel_config(ChannelConfig.require_channels(["final"]))
        .with_required_channels(("analysis", "final"))
        .with_browser_tool()
        .with_python_tool()
        .with_tools(ToolNamespaceConfig(name="mine", description=None, tools=[]))
    )
    tool: ToolDescription = ToolDescription.new(name="now", description=None, parameters={"type": "object"})
    developer: DeveloperContent = DeveloperContent.new().with_instructions(None).with_function_tools([tool])
    message: Message = (
        Message.from_author_and_content(Author.new(Role.TOOL, "functions.now"), "12:00")
        .with_channel("commentary")
        .with_recipient("assistant")
        .with_content_type("json")
        .adding_content(TextContent(text="!"))
    )
    contents: list[Content] = [TextContent(text="a"), TextContent(text="b")]
    return Conversation.from_messages(
        [
            Message.from_role_and_content(Role.SYSTEM, system),
            Message.from_role_and_content(Role.DEVELOPER, developer),
            Message.from_role_and_contents(Role.USER, contents),
            Message(author=Author(role=Role.USER, name=None), content=[TextContent(text="x")], channel=None),
            message,
        ]
    )


def use(encoding: HarmonyEncoding, conversation: Conversation) -> list[Message]:
    keep = RenderConversationConfig(auto_drop_analysis=False)
    tokens: list[int] = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT, config=keep)
    tokens += encoding.render_conversation(conversation)
    tokens += encoding.render_conversation_for_training(conversation)
    tokens += encoding.render(conversation.messages[0], RenderOptions(conversation_has_function_tools=True))
    text: str = encoding.decode(tokens) + encoding.decode(tokens, errors="ignore") + encoding.decode_utf8(tokens)
    ids: list[int] = encoding.encode(text, allowed_special={"<|start|>"}, disallowed_special=())
    ids = encoding.encode(text, allowed_special="all")
    stops: list[int] = encoding.stop_tokens() + encoding.stop_tokens_for_assistant_actions()
    special: bool = encoding.is_special_token(stops[0])
    names: set[str] = encoding.special_tokens_set
    view: TokenView = encoding.view(ids)
    assert special and names and len(view) == len(ids) and view[0].special
    example: TrainingExample = training_example(encoding, conversation)
    assert len(example.input_ids) == len(example.loss_mask)
    completion = encoding.encode("<|channel|>final<|message|>4<|return|>", allowed_special="all")
    return encoding.parse_messages_from_completion_tokens(completion, Role.ASSISTANT, strict=False)


def read(conversation: Conversation, call: Message) -> None:
    texts: list[str] = [message.text for message in conversation]
    last: Message = conversation[-1]
    rest: Conversation = conversation[1:-1] + conversation[-1:]
    conversation.append(last.copy_with(channel="final", content=texts[0]))
    if call.is_tool_call:
        name: str | None = call.tool_name
        city: object = call.arguments["city"]
        assert name and city and conversation.check_call(call)
    assert len(rest) == len(conversation) - 2
    tools: list[ToolDescription] = [ToolDescription.from_function(options), ToolDescription.from_model(Message)]
    assert tools[0].name == "options"


def options(encoding: HarmonyEncoding, conversation: Conversation) -> None:
    render_format: RenderFormat = RenderFormat(analysis=AnalysisPolicy.KEEP_ALL, header_order="channel_first")
    opening: OpenMessage = OpenMessage(channel="final", content="")
    rendered: Rendered = encoding.render_with(conversation, render_format=render_format.replace(prompts="faithful"))
    order: HeaderOrder = render_format.header_order
    assert order is HeaderOrder.CHANNEL_FIRST and opening.role is Role.ASSISTANT
    rendered = encoding.render_with(conversation, render_format="chat-template", ending=opening)
    spans: list[Span] = rendered.spans
    part: Part = spans[-1].part
    mask: memoryview = rendered.mask(roles=[Role.USER, "tool"], channels=["final", None], parts=[Part.CONTENT])
    assert part is Part.HEADER and len(mask) == len(rendered) == len(rendered.token_array)
    batch: list[Rendered] = encoding.render_batch([conversation], ending=RenderEnding.TRAINING, num_threads=2)
    transcript: Transcript = Transcript(encoding, render_format, response_formats=[ResponseFormat("any", True)])
    transcript.extend(conversation)
    prompt: list[int] = transcript.prompt()
    messages: list[Message] = transcript.fork().append_completion(prompt[:0])
    stale: int | None = transcript.stale_from
    last: list[Message] = transcript[-1:]
    assert (
        len(last) == 1
        and stale is None
        and not messages
        and len(batch) == 1
        and transcript[0] == transcript.messages[0]
    )


def stream(encoding: HarmonyEncoding, completion: list[int]) -> str:
    make: Callable[..., StreamableParser] = functools.partial(StreamableParser, encoding, role=Role.ASSISTANT)
    parser: StreamableParser = make(strict=True)
    text = ""
    for token in completion:
        parser.process(token)
        delta: str | None = parser.last_content_delta
        role: Role | None = parser.current_role
        header: tuple[str | None, str | None, str | None] = (
            parser.current_channel,
            parser.current_recipient,
            parser.current_content_type,
        )
        if parser.state is StreamState.CONTENT and header[0] == "final":
            assert role is Role.ASSISTANT
            text += delta or ""
    finished: StreamableParser = parser.process_eos()
    assert finished.tokens == completion and finished.current_content == ""
    assert finished.state_data["state"] == "ExpectStart"
    return text


def main() -> None:
    encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
    conversation = build()
    assert Conversation.from_json(conversation.to_json()) == conversation
    assert Message.from_dict(conversation.messages[0].to_dict()) == conversation.messages[0]
    options(encoding, conversation)
    first: Content = use(encoding, conversation)[0].content[0]
    assert isinstance(first, TextContent) and first.text == "4"
    assert stream(encoding, encoding.encode("<|channel|>final<|message|>4<|return|>", allowed_special="all")) == "4"
    assert [message.author.role for message in from_chat_completions([{"role": "user", "content": "x"}])]
    result: ParseResult = encoding.parse([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
    as_json: str = result.to_json()
    first_repairs: object = result.to_dict()["repairs"]
    assert as_json and not first_repairs
    try:
        encoding.parse_messages_from_completion_tokens([1])
    except HarmonyError as error:
        code: str | None = error.code
        place: int | None = error.index
        assert code is not None and place == 0


if __name__ == "__main__":
    main()
