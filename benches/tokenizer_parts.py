"""What a token costs, by part: nanoseconds of processor time, medians over fresh processes.

    python benches/tokenizer_parts.py [--rounds 5]

Counting makes no list, so it is the Rust part alone; a list is what `encode` takes more than counting. Texts are the
corpora of `compare_tokenizer.py`, in documents of the same size. The profile comes from the same loop:

    perf record python benches/tokenizer_parts.py --measure English
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import time
from typing import Any, Callable

import contest
import corpora
from compare_tokenizer import documents

PARTS = {
    "first": "counted, the first half in a new process",
    "unseen": "counted, the second half after it",
    "again": "counted, the same again and again",
    "list": "a list instead of a count, again and again",
    "utf-8": "the UTF-8 of a string that is not ASCII, made by Python once",
}

AGAIN = 9


def seconds(call: Callable[[str], Any], texts: list[str]) -> float:
    begin = time.process_time()
    for text in texts:
        call(text)
    return time.process_time() - begin


def measure(name: str) -> dict[str, float]:
    """Nanoseconds a token by part, in this process."""
    from openai_harmony import load_harmony_encoding

    encoding = load_harmony_encoding("HarmonyGptOss")
    encoding.encode("hello")
    text = corpora.load(contest.FOLDER)[name]
    first, second = documents(text[: len(text) // 2]), documents(text[len(text) // 2 :])
    count, wide = encoding.count_tokens, [document for document in second if not document.isascii()]
    gc.disable()
    # The first two include making the UTF-8 form of strings that are not ASCII, which Python then keeps with them.
    taken = {"first": seconds(count, first), "unseen": seconds(count, second)}
    taken["again"] = statistics.median(seconds(count, second) for _ in range(AGAIN))
    lists = statistics.median(seconds(encoding.encode, second) for _ in range(AGAIN))
    taken["list"] = lists - taken["again"]
    known = statistics.median(seconds(count, wide) for _ in range(AGAIN))
    fresh = statistics.median(seconds(count, [document[:-1] for document in wide]) for _ in range(AGAIN))
    if wide:
        taken["utf-8"] = fresh - known
    texts = {"first": first, "utf-8": wide}
    return {part: taken_by / sum(map(count, texts.get(part, second))) * 1e9 for part, taken_by in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="processes per corpus (5)")
    parser.add_argument("--measure", metavar="CORPUS", help="one corpus, in this process, as JSON")
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    names = list(corpora.load(contest.FOLDER))
    python = str(contest.ours())
    columns = []
    for name in names:
        command = [python, __file__, "--measure", name]
        answers = [json.loads(subprocess.check_output(command)) for _ in range(arguments.rounds)]
        columns.append({part: statistics.median(answer[part] for answer in answers) for part in answers[0]})
    rows = [
        [title, *(f"{column[part]:.1f}" if part in column else "–" for column in columns)]
        for part, title in PARTS.items()
    ]
    print(contest.table(["ns a token", *names], rows))


if __name__ == "__main__":
    main()
