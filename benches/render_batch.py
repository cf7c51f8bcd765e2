"""How much faster `render_batch` is on two threads than on one, beside two processes that know nothing of each other.

    python benches/render_batch.py

The package must be installed. Rounds alternate between the three; the figures are medians over rounds, and the fastest round of each.
Two processes are the limit that the machine sets: they share its caches and its memory, and nothing else.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import statistics
import time
from multiprocessing.connection import Connection
from typing import Any, Callable, Dict, List, Sequence

from openai_harmony import Author, Conversation, HarmonyEncoding, Message, Role, load_harmony_encoding

SHAPES = {"2,000 chats of six messages": (2_000, 6, 200), "40 chats of 200": (40, 200, 1_050)}
"""Chats, messages of each, and characters of a message."""

SENTENCES = (
    "The parser measures its own arguments.",
    "Nobody here cannot explain the weather.",
    "A lighthouse returns.",
)


def chat(number: int, messages: int, characters: int) -> Conversation:
    """Questions, reasoning, calls, results and answers, none of which is the same in two chats."""

    def text(index: int) -> str:
        parts = []
        while sum(map(len, parts)) < characters:
            parts.append(f"{SENTENCES[len(parts) % len(SENTENCES)]} Step {number * messages + index + len(parts)}. ")
        return "".join(parts)

    made = [Message.from_role_and_content(Role.DEVELOPER, "Answer in one sentence.")]
    for index in range(messages - 1):
        step = index % 4
        if step == 0:
            made.append(Message.from_role_and_content(Role.USER, text(index)))
        elif step == 1:
            call = Message.from_role_and_content(Role.ASSISTANT, json.dumps({"text": text(index)}))
            made.append(call.with_channel("commentary").with_recipient("functions.search"))
        elif step == 2:
            result = Message.from_author_and_content(Author.new(Role.TOOL, "functions.search"), text(index))
            made.append(result.with_channel("commentary").with_recipient("assistant"))
        else:
            made.append(Message.from_role_and_content(Role.ASSISTANT, text(index)).with_channel("final"))
    return Conversation.from_messages(made)


def seconds(work: Callable[[], Any]) -> float:
    gc.collect()
    gc.disable()
    begin = time.perf_counter()
    result = work()
    taken = time.perf_counter() - begin
    gc.enable()
    del result
    return taken


class Process:
    """Another process that renders half of the chats."""

    def __init__(self, shape: Sequence[int], half: int) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=self._serve, args=(theirs, shape, half), daemon=True)
        self._process.start()
        self._pipe.recv()

    @staticmethod
    def _serve(pipe: Connection, shape: Sequence[int], half: int) -> None:
        encoding = load_harmony_encoding("HarmonyGptOss")
        count, *rest = shape
        chats = [chat(number, *rest) for number in range(half, count, 2)]
        encoding.render_batch(chats, num_threads=1)
        pipe.send("ready")
        while True:
            pipe.recv()
            gc.collect()
            gc.disable()
            pipe.send("begin")
            pipe.recv()
            result = encoding.render_batch(chats, num_threads=1)
            pipe.send("done")
            gc.enable()
            del result

    def tell(self, word: str) -> None:
        self._pipe.send(word)

    def answer(self) -> None:
        self._pipe.recv()


def in_processes(processes: Sequence[Process]) -> float:
    for process in processes:
        process.tell("prepare")
    for process in processes:
        process.answer()
    begin = time.perf_counter()
    for process in processes:
        process.tell("begin")
    for process in processes:
        process.answer()
    return time.perf_counter() - begin


def measure(encoding: HarmonyEncoding, shape: Sequence[int], rounds: int) -> Dict[str, List[float]]:
    count, *rest = shape
    chats = [chat(number, *rest) for number in range(count)]
    processes = [Process(shape, half) for half in range(2)]
    ways = {
        "one thread": lambda: seconds(lambda: encoding.render_batch(chats, num_threads=1)),
        "two threads": lambda: seconds(lambda: encoding.render_batch(chats, num_threads=2)),
        "two processes": lambda: in_processes(processes),
    }
    times: Dict[str, List[float]] = {way: [] for way in ways}
    for _ in range(rounds + 1):
        for way, run in ways.items():
            times[way].append(run())
    return {way: taken[1:] for way, taken in times.items()}  # the first round fills caches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured (15)")
    rounds = parser.parse_args().rounds
    encoding = load_harmony_encoding("HarmonyGptOss")
    for name, shape in SHAPES.items():
        times = measure(encoding, shape, rounds)
        one = times.pop("one thread")
        print(f"{name}: one thread {statistics.median(one) * 1e3:.1f} ms")
        for way, taken in times.items():
            medians, fastest = statistics.median(one) / statistics.median(taken), min(one) / min(taken)
            print(f"  {way}: {medians:.2f} times as fast, the fastest rounds {fastest:.2f}")


if __name__ == "__main__":
    main()
