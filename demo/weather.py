"""A conversation with a tool, all the way: messages to tokens, sampled tokens to messages, and a slip repaired.

Run it with `python demo/weather.py`. No model and no network are needed; the completions were written for this demo.
"""

from openai_harmony import (
    Author,
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    Message,
    Role,
    StreamableParser,
    SystemContent,
    ToolDescription,
    load_harmony_encoding,
)

GET_WEATHER = ToolDescription.new(
    "get_weather",
    "The weather of a city, today.",
    parameters={
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Its name, in English"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
        },
        "required": ["city"],
    },
)

CALL = (
    "<|channel|>analysis<|message|>They ask for the weather; there is a tool for that.<|end|>"
    "<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
    '{"city": "Lisbon"}<|call|>'
)
# Here the model forgot <|message|>: 0.0.8 raises, lenient parsing reads on.
ANSWER = "<|channel|>final In Lisbon it is 24 °C and sunny. ☀️<|return|>"


def main() -> None:
    encoding = load_harmony_encoding("HarmonyGptOss")
    conversation = Conversation.from_messages(
        [
            Message.from_role_and_content(Role.SYSTEM, SystemContent.new()),
            Message.from_role_and_content(
                Role.DEVELOPER,
                DeveloperContent.new().with_instructions("Be brief.").with_function_tools([GET_WEATHER]),
            ),
            Message.from_role_and_content(Role.USER, "What is the weather in Lisbon?"),
        ]
    )

    prompt = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
    heading(f"The prompt: {len(prompt)} tokens")
    print(prompt[:12], "…")
    print(encoding.decode(prompt))

    heading("The model calls a tool")
    conversation.messages += read_completion(encoding, CALL)

    weather = Message.from_author_and_content(Author.new(Role.TOOL, "functions.get_weather"), '{"celsius": 24}')
    conversation.messages.append(weather.with_recipient("assistant").with_channel("commentary"))
    prompt = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
    heading(f"The next prompt: {len(prompt)} tokens, of which the last are")
    print(encoding.decode(prompt[-60:]))

    heading("The model answers, and leaves the format")
    read_completion(encoding, ANSWER)


def read_completion(encoding: HarmonyEncoding, text: str) -> "list[Message]":
    """Parse a completion as it would come from a sampler, and print what happens."""
    parser = StreamableParser(encoding, Role.ASSISTANT, strict=False)
    sampled = encoding.encode(text, allowed_special="all")
    for event in [*parser.process_many(sampled), *parser.finish()]:
        print(event)
    return parser.messages


def heading(text: str) -> None:
    print(f"\n── {text} ──")


if __name__ == "__main__":
    main()
