"""Times this project's tokenizer beside tiktoken, fastokens and openai-harmony 0.0.8, and prints one table.

    python benches/compare_tokenizer.py

Each package gets a virtual environment under `target/compare`, each measurement a process of its own, one at a time, in
turn; the figures are medians over rounds. They are processor time, so that what else runs meanwhile matters less. Token
ids are compared on every text before its time counts.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Callable, Iterator, Sequence

import contest
import corpora

PACKAGES = {
    "ours": [],
    "fastokens": ["fastokens==0.3.5"],
    "tiktoken": ["tiktoken==0.14.0"],
    "0.0.8": ["openai-harmony==0.0.8"],
}

PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)

#: Characters of the text of one call: a document, or a megabyte in one piece.
DOCUMENT = 20_000
PIECE = 1_000_000
FORMS = {"documents": DOCUMENT, "1 MB a call": PIECE}

#: What "cold" means: the first text of a process.
COLD = 2 << 20

#: Characters of the text that is encoded again after other text.
HISTORY = 300_000

#: The tables, each of which can be made alone.
TABLES = ("throughput", "history", "calls")

SHORT_CALLS = {
    "12 characters": "hello world!",
    "160 characters": "The quick brown fox jumps over the lazy dog, and then it runs away from the bear that slept in "
    "the forest near the river. It was a sunny day, they said to us.",
}

Encode = Callable[[str], "list[int]"]
Decode = Callable[["list[int]"], str]


# ---- in a process of the package that is measured ----


def load_ours() -> tuple[Encode, Decode]:
    from openai_harmony import load_harmony_encoding

    encoding = load_harmony_encoding("HarmonyGptOss")
    return (lambda text: encoding.encode(text, disallowed_special=())), encoding.decode


def load_fastokens() -> tuple[Encode, Decode]:
    from fastokens import Tokenizer  # type: ignore[import-not-found]

    special = {"<|endoftext|>": 199999}
    tokenizer = Tokenizer.from_tiktoken(str(contest.vocabulary()), pattern=PATTERN, special_tokens=special)
    return (lambda text: tokenizer.encode(text).ids), tokenizer.decode


def load_tiktoken() -> tuple[Encode, Decode]:
    import tiktoken  # type: ignore[import-not-found]
    from tiktoken.load import load_tiktoken_bpe  # type: ignore[import-not-found]

    ranks = load_tiktoken_bpe(str(contest.vocabulary()))
    encoding = tiktoken.Encoding("o200k", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    return encoding.encode_ordinary, encoding.decode


def load_reference() -> tuple[Encode, Decode]:
    os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(contest.vocabulary().parent)
    return load_ours()


LOADERS = {"ours": load_ours, "fastokens": load_fastokens, "tiktoken": load_tiktoken, "0.0.8": load_reference}


def documents(text: str, size: int = DOCUMENT) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def speed(encode: Encode, texts: list[str]) -> dict[str, Any]:
    """MB/s of encoding all texts, and a digest of the ids."""
    # A string that was made by slicing has never been asked for its UTF-8 form. All packages but one ask for it.
    size = sum(len(text.encode()) for text in texts)
    gc.collect()
    gc.disable()  # as timeit does: a collection takes longer than encoding, and hits whoever is measured when it is due
    begin = time.process_time()
    ids = [encode(text) for text in texts]
    seconds = time.process_time() - begin
    gc.enable()
    digest = hashlib.sha256(json.dumps([list(each) for each in ids]).encode()).hexdigest()
    return {"speed": size / seconds / 1e6, "digest": digest}


def measure_throughput(package: str, form: str) -> dict[str, Any]:
    """Unseen text after a warm-up with text of the same kind, then the same text again."""
    encode, _ = LOADERS[package]()
    results = {}
    for name, text in corpora.load(contest.FOLDER).items():
        half = len(text) // 2
        for document in documents(text[:half], FORMS[form]):
            encode(document)
        results[name, "unseen"] = speed(encode, documents(text[half:], FORMS[form]))
        results[name, "repeated"] = speed(encode, documents(text[half:], FORMS[form]))
    return {f"{form} {name} {kind}": value for (name, kind), value in results.items()}


def measure_cold(package: str, form: str, name: str) -> dict[str, Any]:
    """The first text of a process."""
    encode, _ = LOADERS[package]()
    encode("hello")
    text = corpora.load(contest.FOLDER)[name].encode()[:COLD].decode(errors="ignore")
    return {f"{form} {name} cold": speed(encode, documents(text, FORMS[form]))}


def measure_history(package: str, name: str) -> dict[str, Any]:
    """The speed of a text that is encoded again after all other corpora, as a multiple of its speed before them."""
    encode, _ = LOADERS[package]()
    texts = corpora.load(contest.FOLDER)
    frequent, texts[f"rare {LONG_WORDS}"] = long_words()
    mine = documents((frequent if name == LONG_WORDS else texts[name])[:HISTORY])

    def again() -> float:
        speed(encode, mine)
        return statistics.median(speed(encode, mine)["speed"] for _ in range(15))

    alone = again()
    for other, text in texts.items():
        if other != name:
            speed(encode, documents(text))
    return {f"{name} history": again() / alone}


LONG_WORDS = "long words"


def long_words() -> tuple[str, str]:
    """A text of 300 words of 16 to 36 letters, and 1 MB of other such words.

    In the first cache of this project, a long word whose record had been overwritten was merged again at each occurrence:
    the speed of such a text was 0.04 times what it had been before.
    """
    choose = random.Random(11)
    words = ["".join(choose.choices(ascii_lowercase, k=choose.randint(16, 36))) for _ in range(40_000)]
    return " ".join(choose.choices(words[:300], k=HISTORY // 20)), " ".join(words[300:])


def measure_load(package: str) -> dict[str, Any]:
    """Seconds and memory from the import to the first tokens."""
    if package in ("ours", "0.0.8"):
        import openai_harmony  # noqa: F401  # not counted: it is mostly pydantic
    else:
        __import__(package)
    before, begin = resident(), time.perf_counter()
    encode, _ = LOADERS[package]()
    encode("hello world")
    return {"load": time.perf_counter() - begin, "memory": resident() - before}


def resident() -> int:
    """Bytes of memory that the process has in use."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return pages * resource.getpagesize()


def measure_hostile(package: str) -> dict[str, Any]:
    """Seconds of the first call on 64 KiB that no one would write."""
    encode, _ = LOADERS[package]()
    encode("hello world")
    results = {}
    for name, text in hostile_texts():
        begin = time.process_time()
        ids = encode(text)
        seconds = time.process_time() - begin
        results[f"hostile {name}"] = {
            "seconds": seconds,
            "digest": hashlib.sha256(json.dumps(list(ids)).encode()).hexdigest(),
        }
    return results


def hostile_texts() -> Iterator[tuple[str, str]]:
    size = 64 << 10
    choose = random.Random(1)
    yield "letters", "a" * size
    yield "random letters", "".join(choose.choices("abcdefghijklmnopqrstuvwxyz", k=size))
    yield "dashes", "-" * size
    yield "spaces", " " * size
    yield "newlines", "\n" * size
    yield "emoji", "👩‍👩‍👧‍👦" * (size // 25)
    yield "marks", "e\u0301\u0323" * (size // 5)
    yield "CJK", "".join(chr(choose.randrange(0x4E00, 0x9FA0)) for _ in range(size // 3))
    yield "base64", b64encode(choose.randbytes(size * 3 // 4)).decode()
    yield "digits", "".join(choose.choices("0123456789", k=size))
    yield "random bytes", choose.randbytes(size).decode(errors="replace")[: size // 2]


def measure_calls(package: str) -> dict[str, Any]:
    """Microseconds of short calls, and MB/s of decoding."""
    encode, decode = LOADERS[package]()
    results: dict[str, Any] = {}
    for name, text in SHORT_CALLS.items():
        results[name] = microseconds(lambda text=text: encode(text))  # type: ignore[misc]
    text = corpora.load(contest.FOLDER)["English"]
    ids = [encode(document) for document in documents(text)]
    begin = time.process_time()
    decoded = [decode(each) for each in ids]
    results["decode"] = len(text) / (time.process_time() - begin) / 1e6
    assert "".join(decoded) == text
    return results


def microseconds(call: Callable[[], object], batches: int = 30, calls: int = 1000) -> float:
    """Of the fastest batch, as `timeit` advises: what is slower was disturbed."""
    times = []
    for _ in range(batches):
        begin = time.process_time()
        for _ in range(calls):
            call()
        times.append(time.process_time() - begin)
    return min(times) / calls * 1e6


# ---- the process that drives the others ----


def interpreter(package: str) -> Path:
    """The interpreter of a virtual environment with the package."""
    return contest.ours() if package == "ours" else contest.installed(package, PACKAGES[package])


def run(package: str, python: Path, *what: str) -> dict[str, Any]:
    # One thread for all: fastokens asks this variable.
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    command = [str(python), __file__, "--measure", package, *what]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)  # type: ignore[no-any-return]


def collect(packages: list[str], rounds: int, tables: Sequence[str] = TABLES) -> dict[str, dict[str, list[Any]]]:
    """By package and measurement, the results of all rounds."""
    contest.vocabulary()
    names = list(corpora.load(contest.FOLDER))
    pythons = {package: interpreter(package) for package in packages}
    jobs_of = {
        "throughput": [
            *(("throughput", form) for form in FORMS),
            *(("cold", form, name) for form in FORMS for name in names),
        ],
        "history": [("history", name) for name in (*names, LONG_WORDS)],
        "calls": [("load",), ("calls",), ("hostile",)],
    }
    jobs: list[tuple[str, ...]] = [job for table in tables for job in jobs_of[table]]
    results: dict[str, dict[str, list[Any]]] = {package: {} for package in packages}
    for number in range(rounds):
        for job in jobs:
            for package in packages:
                print(
                    f"round {number + 1} of {rounds}: {' '.join(job)}, {package}".ljust(70), end="\r", file=sys.stderr
                )
                for key, value in run(package, pythons[package], *job).items():
                    results[package].setdefault(key, []).append(value)
    print(" " * 70, end="\r", file=sys.stderr)
    return results


def median(values: list[Any], field: str | None = None) -> float:
    return statistics.median(value[field] if field else value for value in values)


def check_equality(results: dict[str, dict[str, list[Any]]]) -> None:
    """All packages must have given the same ids for each text."""
    for key in results["ours"]:
        if isinstance(results["ours"][key][0], dict):
            digests = {package: {value["digest"] for value in results[package][key]} for package in results}
            if len(set().union(*digests.values())) != 1:
                print(f"not the same ids: {key}: {', '.join(p for p in digests if digests[p] != digests['tiktoken'])}")


def throughput(values: dict[str, list[Any]], tiktoken: dict[str, list[Any]], names: list[str], form: str) -> list[str]:
    """A row of the table of one form."""

    def speeds(package: dict[str, list[Any]], kind: str) -> list[float]:
        return [median(package[f"{form} {name} {kind}"], "speed") for name in names]

    kinds = ("unseen", "repeated", "cold")
    means = [
        statistics.geometric_mean(mine / theirs for mine, theirs in zip(speeds(values, kind), speeds(tiktoken, kind)))
        for kind in kinds
    ]
    cells = zip(*(speeds(values, kind) for kind in kinds))
    return ["/".join(f"{speed:.0f}" for speed in cell) for cell in cells] + [
        " / ".join(f"{mean:.2f}" for mean in means)
    ]


def calls(values: dict[str, list[Any]]) -> list[str]:
    """A row of the second table."""
    hostile = {key: median(values[key], "seconds") for key in values if key.startswith("hostile ")}
    worst = max(hostile, key=lambda key: hostile[key])
    return [
        f"{median(values['load']) * 1e3:.1f} ms",
        f"{median(values['memory']) / 1e6:.0f} MB",
        *(f"{median(values[name]):.2f} µs" for name in SHORT_CALLS),
        f"{median(values['decode']):.0f} MB/s",
        f"{hostile[worst] * 1e3:.1f} ms ({worst.removeprefix('hostile ')})",
    ]


def report(results: dict[str, dict[str, list[Any]]], tables: Sequence[str] = TABLES) -> None:
    check_equality(results)
    names = list(corpora.load(contest.FOLDER))
    if "throughput" in tables:
        print("Encoding to `list[int]`, MB/s: unseen text / the same again / the first 2 MiB of a process\n")
        for form in FORMS:
            rows = [
                [package, *throughput(values, results["tiktoken"], names, form)] for package, values in results.items()
            ]
            print(contest.table([form, *names, "× tiktoken (geometric mean)"], rows) + "\n")
    if "history" in tables:
        print("A text again after other text, × its speed before\n")
        rows = [
            [package, *(f"{median(values[f'{name} history']):.2f}" for name in (*names, LONG_WORDS))]
            for package, values in results.items()
        ]
        print(contest.table(["package", *names, LONG_WORDS], rows) + "\n")
    if "calls" in tables:
        header = ["load to first tokens", "memory", *SHORT_CALLS, "decode", "worst first call on 64 KiB"]
        print(contest.table(["package", *header], [[package, *calls(values)] for package, values in results.items()]))
    print(f"\n{platform.machine()}, Python {platform.python_version()}, one thread.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (5)")
    parser.add_argument(
        "--packages", nargs="+", default=list(PACKAGES), choices=list(PACKAGES), help="which packages (all)"
    )
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=TABLES, help="which tables (all)")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        package, what, *rest = arguments.measure
        measures = {
            "throughput": measure_throughput,
            "cold": measure_cold,
            "history": measure_history,
            "load": measure_load,
            "calls": measure_calls,
            "hostile": measure_hostile,
        }
        print(json.dumps(measures[what](package, *rest)))
        return
    # Speeds are reported as multiples of tiktoken's, and ids are compared with its ids.
    packages = list(dict.fromkeys(["ours", *arguments.packages, "tiktoken"]))
    report(collect(packages, arguments.rounds, arguments.tables), arguments.tables)


if __name__ == "__main__":
    main()
