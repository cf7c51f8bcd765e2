"""What chunks and events of the two APIs cost a token on top of parsing, in Python.

    python benches/api_answer.py

Prints microseconds a token: medians of the CPU time over several rounds, one token at a time and in batches of 16. The first
row is the parser alone, the second what Python code that builds its chunks itself costs at least: a dict for each piece of
text, and `json.dumps` of it. No other adapter is beside it, because those of the serving engines are not packages of their own.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any, Callable, Dict, Iterator, List

from openai_harmony import ContentDelta, Role, StreamableParser, load_harmony_encoding
from openai_harmony.api import ChatCompletions, Responses

ROUNDS = 9
ENCODING = load_harmony_encoding("HarmonyGptOss")
TEXT = "The user asks for the weather in Lisbon, so the tool should be called with the name of the city. " * 250
SAMPLED = ENCODING.encode(
    f"<|channel|>analysis<|message|>{TEXT}<|end|><|start|>assistant<|channel|>final<|message|>{TEXT}<|return|>",
    allowed_special="all",
)
CHAT = ChatCompletions(ENCODING).prepare({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
RESPONSES = Responses(ENCODING).prepare({"model": "m", "input": "Hi"})


def parse() -> Callable[[List[int]], Any]:
    return StreamableParser(ENCODING, Role.ASSISTANT, strict=False).process_many


def parse_and_dump() -> Callable[[List[int]], Any]:
    process = StreamableParser(ENCODING, Role.ASSISTANT, strict=False).process_many

    def push(tokens: List[int]) -> List[bytes]:
        return [
            b"data: %s\n\n" % json.dumps(chunk(event.text)).encode()
            for event in process(tokens)
            if type(event) is ContentDelta
        ]

    return push


def chunk(text: str) -> Dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


WAYS: Dict[str, Callable[[], Callable[[List[int]], Any]]] = {
    "parser, events": parse,
    "parser, dicts and json.dumps": parse_and_dump,
    "chat, dicts": lambda: CHAT.stream().push,
    "chat, bytes": lambda: CHAT.stream().sse.push,
    "responses, dicts": lambda: RESPONSES.stream().push,
    "responses, bytes": lambda: RESPONSES.stream().sse.push,
}


def pieces(size: int) -> Iterator[List[int]]:
    return (SAMPLED[start : start + size] for start in range(0, len(SAMPLED), size))


def microseconds(way: Callable[[], Callable[[List[int]], Any]], size: int) -> float:
    batches = list(pieces(size))
    push = way()
    start = time.process_time()
    for batch in batches:
        push(batch)
    return (time.process_time() - start) / len(SAMPLED) * 1e6


if __name__ == "__main__":
    # Round by round, so that all ways see the same machine.
    times: Dict[Any, List[float]] = {(name, size): [] for name in WAYS for size in (1, 16)}
    for _ in range(ROUNDS):
        for (name, size), found in times.items():
            found.append(microseconds(WAYS[name], size))
    print(f"{'us a token':32}{'one':>8}{'16':>8}")
    for name in WAYS:
        one, many = (statistics.median(times[name, size]) for size in (1, 16))
        print(f"{name:32}{one:8.2f}{many:8.2f}")
