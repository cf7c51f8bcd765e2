"""The library's work, end to end, as a workload: see `contest.py`. Runs on this package and on release 0.0.8 alike.

Requests are `{"check": NAME}`, answered by a digest of the results, and `{"time": NAME}`, answered by seconds per unit.
The argument is a file of English text. With `--fresh` instead, it answers once, with the seconds that import, load and
first encode take in a new process.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

clock = time.thread_time
"""Processor time: everything here runs on one thread, and other programs on the machine disturb it less."""


class Task(NamedTuple):
    """Something to time."""

    seconds: Callable[[], float]
    """Does it and returns the seconds per unit."""
    result: Callable[[], Any]
    """Does it and returns what must be the same in every package."""


LENGTHS = {"1k": 1_000, "10k": 10_000, "50k": 50_000}
CONVERSATIONS = 6
PARAGRAPH = 1_050
"""Characters of a message, so that 200 messages are about 50,000 tokens."""
BUDGET = 0.25
"""Seconds that the answer to one request may take; one run takes longer where it must."""


def fresh() -> dict[str, float]:
    started = time.process_time()
    import openai_harmony

    imported = time.process_time()
    encoding = openai_harmony.load_harmony_encoding(openai_harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
    loaded = time.process_time()
    encoding.encode("Hello, world")
    encoded = time.process_time()
    return {
        "import": imported - started,
        "load": loaded - imported,
        "load_encode": encoded - loaded + loaded - imported,
    }


class Library:
    """The tasks by name, with their data made at first use."""

    def __init__(self, english: str) -> None:
        import openai_harmony as harmony

        self.harmony = harmony
        self.encoding = harmony.load_harmony_encoding(harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
        self.english = english

    def task(self, name: str) -> Task:
        kind, _, detail = name.partition(":")
        make = getattr(self, "task_" + kind)
        return make(detail) if detail else make()

    # --- rendering ---

    def task_render_short(self) -> Task:
        return self._rendering([self._conversation(4 * start, messages=4, paragraph=200) for start in range(8)])

    def task_render_tools(self) -> Task:
        tools = [self._tool(number) for number in range(20)]
        developer = self.harmony.DeveloperContent.new().with_instructions("Use the tools.").with_function_tools(tools)
        message = self.harmony.Message.from_role_and_content
        parts = [
            message("system", self.harmony.SystemContent.new()),
            message("developer", developer),
            message("user", "What is the weather in Lisbon?"),
        ]
        return self._rendering([self.harmony.Conversation.from_messages(parts)])

    def task_render_long(self) -> Task:
        return self._rendering([self._conversation(number * 200, messages=200) for number in range(CONVERSATIONS)])

    def _rendering(self, conversations: Sequence[Any]) -> Task:
        turn = itertools.cycle(conversations)
        role = self.harmony.Role.ASSISTANT

        def render(conversation: Any) -> List[int]:
            return self.encoding.render_conversation_for_completion(conversation, role)

        def seconds() -> float:
            conversation = next(turn)
            started = clock()
            render(conversation)
            return clock() - started

        return Task(seconds, lambda: [render(conversation) for conversation in conversations])

    # --- parsing ---

    def task_parse(self) -> Task:
        tokens = self._completion(50_000)

        def parse() -> Any:
            return self.encoding.parse_messages_from_completion_tokens(tokens)

        def seconds() -> float:
            started = clock()
            parse()
            return clock() - started

        return Task(seconds, lambda: [message.to_dict() for message in parse()])

    def task_stream(self, length: str, **options: Any) -> Task:
        """`process` and the three properties that servers read, per token."""
        tokens = self._completion(LENGTHS[length])

        def seconds() -> float:
            parser = self._parser(**options)
            started = clock()
            for token in tokens:
                parser.process(token)
                _ = parser.current_channel
                _ = parser.current_recipient
                _ = parser.last_content_delta
            return (clock() - started) / len(tokens)

        def result() -> Any:
            parser = self._parser(**options)
            return [self._seen(parser.process(token)) for token in tokens]

        return Task(seconds, result)

    def task_stream_lenient(self, length: str) -> Task:
        return self.task_stream(length, strict=False)

    def task_content(self, length: str) -> Task:
        """`process` and `current_content`, per token, after so many tokens of one message."""
        return self._behind(LENGTHS[length], lambda parser: parser.current_content)

    def task_content_kept(self, length: str) -> Task:
        """The same, where the caller still holds the text of the token before."""
        kept: List[str] = [""]
        return self._behind(LENGTHS[length], lambda parser: kept.__setitem__(0, parser.current_content))

    def task_state(self, length: str) -> Task:
        return self._behind(LENGTHS[length], lambda parser: parser.state)

    def task_tokens(self, length: str) -> Task:
        return self._behind(LENGTHS[length], lambda parser: parser.tokens)

    def _behind(self, length: int, read: Callable[[Any], Any]) -> Task:
        """`process` and reading a property, per token, after so many tokens of one message."""
        tokens = self._long_message(length + 50)

        def run() -> Tuple[float, Any]:
            parser = self._parser()
            for token in tokens[:length]:
                parser.process(token)
            read(parser)
            started = clock()
            for token in tokens[length:]:
                parser.process(token)
                read(parser)
            return (clock() - started) / 50, (read(parser), parser.current_content)

        return Task(lambda: run()[0], lambda: str(run()[1]))

    def task_messages(self) -> Task:
        """`messages`, per call, after a completion of 50,000 tokens."""
        parser = self._parser()
        for token in self._completion(50_000):
            parser.process(token)

        def seconds() -> float:
            started = clock()
            _ = parser.messages
            return clock() - started

        return Task(seconds, lambda: [message.to_dict() for message in parser.messages])

    def task_endless_header(self) -> Task:
        """`process`, per token, in a header that never ends."""
        tokens = self.encoding.encode(" a header that never ends" * 400)

        def seconds() -> float:
            parser = self.harmony.StreamableParser(self.encoding, role=self.harmony.Role.ASSISTANT)
            started = clock()
            for token in tokens:
                parser.process(token)
            return (clock() - started) / len(tokens)

        return Task(seconds, lambda: len(tokens))

    def task_process_many(self, detail: str) -> Task:
        """Events for batches of tokens, per token."""
        size, _, mode = detail.partition(",")
        tokens = self._completion(50_000)
        batches = [tokens[start : start + int(size)] for start in range(0, len(tokens), int(size))]

        def seconds() -> float:
            parser = self._parser(strict=mode != "lenient")
            started = clock()
            for batch in batches:
                for _event in parser.process_many(batch):
                    pass
            return (clock() - started) / len(tokens)

        return Task(seconds, lambda: None)

    # --- data ---

    def _parser(self, **options: Any) -> Any:
        return self.harmony.StreamableParser(self.encoding, role=None, **options)

    @staticmethod
    def _seen(parser: Any) -> Any:
        return parser.current_channel, parser.current_recipient, parser.last_content_delta, parser.current_content_type

    def _paragraph(self, number: int, size: int = PARAGRAPH) -> str:
        start = number * size % (len(self.english) - size)
        return self.english[start : start + size]

    def _conversation(self, first: int, messages: int, paragraph: int = PARAGRAPH) -> Any:
        """A system and a developer message, then questions, reasoning, calls, results and answers."""
        message = self.harmony.Message.from_role_and_content
        developer = self.harmony.DeveloperContent.new().with_instructions("Answer in one sentence.")
        parts = [message("system", self.harmony.SystemContent.new()), message("developer", developer)]
        for number in range(first, first + messages):
            text = self._paragraph(number, paragraph)
            step = (number - first) % 4
            if step == 0:
                parts.append(message("user", text))
            elif step == 1:
                call = message("assistant", json.dumps({"text": text})).with_channel("commentary")
                parts.append(call.with_recipient("functions.search").with_content_type("<|constrain|>json"))
            elif step == 2:
                author = self.harmony.Author.new(self.harmony.Role.TOOL, "functions.search")
                result = self.harmony.Message.from_author_and_content(author, text)
                parts.append(result.with_channel("commentary").with_recipient("assistant"))
            else:
                parts.append(message("assistant", text).with_channel("final"))
        return self.harmony.Conversation.from_messages(parts)

    def _tool(self, number: int) -> Any:
        properties = {
            "city": {"type": "string", "description": "The city and the country, for instance Lisbon, Portugal."},
            "days": {"type": "integer", "description": "How many days.", "default": 3},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "The unit of temperatures."},
            "hours": {"type": "array", "items": {"type": "number"}},
            "options": {"type": "object", "properties": {"wind": {"type": "boolean"}, "source": {"type": "string"}}},
        }
        schema = {"type": "object", "properties": properties, "required": ["city"]}
        description = "Gets the weather forecast of a place for the next days, with temperatures, rain and wind."
        return self.harmony.ToolDescription.new(f"get_weather_{number}", description, parameters=schema)

    def _completion(self, length: int) -> List[int]:
        """Reasoning, calls and answers of about 150 tokens each, exactly so many tokens."""
        headers = itertools.cycle(
            [
                ("<|channel|>analysis<|message|>", "<|end|>"),
                ("<|channel|>commentary to=functions.search <|constrain|>json<|message|>", "<|call|>"),
                ("<|channel|>final<|message|>", "<|return|>"),
            ]
        )
        tokens: List[int] = []
        for number, (header, stop) in enumerate(headers):
            text = "<|start|>assistant" + header + self._paragraph(number, 600) + stop
            tokens += self.encoding.encode(text, allowed_special="all")
            if len(tokens) >= length:
                return tokens[:length]
        return tokens

    def _long_message(self, length: int) -> List[int]:
        """So many tokens of one message that is not ended."""
        header = self.encoding.encode("<|start|>assistant<|channel|>final<|message|>", allowed_special="all")
        return (header + self.encoding.encode(self.english[: length * 8]))[:length]


def digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def median_in_budget(task: Task) -> float:
    """The median of as many runs as fit into the budget, at least one."""
    samples = []
    started = time.perf_counter()
    while not samples or time.perf_counter() - started < BUDGET:
        samples.append(task.seconds())
    return sorted(samples)[len(samples) // 2]


def answer(library: Library, tasks: Dict[str, Task], verb: str, name: str) -> Any:
    if name not in tasks:
        tasks[name] = library.task(name)
    if verb == "check":
        return digest(tasks[name].result())
    return median_in_budget(tasks[name])


def main() -> None:
    if sys.argv[1:] == ["--fresh"]:
        print(json.dumps(fresh()))
        return
    library = Library(Path(sys.argv[1]).read_text(encoding="utf-8"))
    tasks: Dict[str, Task] = {}
    for line in sys.stdin:
        ((verb, name),) = json.loads(line).items()
        print(json.dumps(answer(library, tasks, verb, name)), flush=True)


if __name__ == "__main__":
    main()
