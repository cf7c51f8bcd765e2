"""What it costs to register a vocabulary of 200,000 tokens: `python benches/registered.py [ROUNDS]`.

The file holds the built-in vocabulary in the format of tiktoken, which loads the same file beside it. CPU seconds, medians of the rounds.
"""

from __future__ import annotations

import base64
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Callable, Dict

import tiktoken
from tiktoken.load import load_tiktoken_bpe

from openai_harmony import load_harmony_encoding, register_encoding

ORDINARY = 199_998


def main(rounds: int) -> None:
    tokens = load_harmony_encoding("HarmonyGptOss").token_bytes()
    special = {data.decode(): token for token, data in enumerate(tokens) if data and token >= ORDINARY}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "o200k.tiktoken"
        lines = (base64.b64encode(data) + b" %d\n" % rank for rank, data in enumerate(tokens[:ORDINARY]))
        file.write_bytes(b"".join(lines))

        def theirs(name: str) -> None:
            ranks = load_tiktoken_bpe(str(file))
            tiktoken.Encoding(name, pat_str=r"\S+|\s+", mergeable_ranks=ranks, special_tokens=special)

        ways: Dict[str, Callable[[str], object]] = {
            "a file, register_encoding": lambda name: register_encoding(name, file, special),
            "a file, tiktoken": theirs,
            "special tokens alone, register_encoding": lambda name: register_encoding(
                name, None, {"<|cite|>": 200_019}
            ),
        }
        times: Dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way, work in ways.items():
                start = time.process_time()
                work(f"{way} {number}")
                times[way].append(time.process_time() - start)
    for way, seconds in times.items():
        print(f"{way:<42}{median(seconds):8.4f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 9)
