"""This library and release 0.0.8 of `openai-harmony`, side by side.

    python benches/compare.py [--quick] [--only NAME]
    python benches/compare.py --tokenizer [--rounds 5]

Both are installed into virtual environments under `target/compare`, the release from PyPI. Each measurement first
checks that both give the same, then times them in turn, round after round. The table shows medians of
processor time. Nothing else should run meanwhile. With `--tokenizer` it is the tokenizer beside tiktoken and fastokens,
which is also a program of its own, `benches/compare_tokenizer.py`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import compare_tokenizer
import contest
import corpora

HERE = Path(__file__).resolve().parent
WORKLOAD = HERE / "library.py"
RELEASE = "openai-harmony==0.0.8"
SCALE = {"ms": 1e3, "µs": 1e6, "ns": 1e9}


class Measurement(NamedTuple):
    name: str
    title: str
    unit: str
    target: str = ""
    only_ours: bool = False
    fresh: bool = False
    """Whether each round is a new process."""


MEASUREMENTS = [
    Measurement("render_short", "render a short chat, 6 messages", "ms"),
    Measurement("render_tools", "render 20 tools", "ms"),
    Measurement("render_long", "render 200 messages, 50k tokens", "ms", "3×, then 8×"),
    Measurement("parse", "parse 50k tokens", "ms"),
    *(
        Measurement(f"stream:{length}", f"stream {length} tokens, 3 properties, per token", "ns", "600 ns")
        for length in ("1k", "10k", "50k")
    ),
    *(
        Measurement(f"content:{length}", f"`current_content` after {length} tokens, per token", "µs", "no growth")
        for length in ("1k", "10k", "50k")
    ),
    Measurement("content_kept:50k", "the same at 50k, with the text before kept", "µs"),
    Measurement("state:50k", "`state` after 50k tokens, per token", "µs"),
    Measurement("tokens:50k", "`tokens` after 50k tokens, per token", "µs"),
    Measurement("messages", "`messages` after 50k tokens, per call", "ms"),
    Measurement("endless_header", "a header that never ends, per token", "µs"),
    Measurement("import", "import", "ms", fresh=True),
    Measurement("load", "load the encoding", "ms", fresh=True),
    Measurement("load_encode", "load to first encode", "ms", "100 ms, then 10", fresh=True),
    Measurement("stream_lenient:50k", "stream 50k tokens, 3 properties, lenient, per token", "ns", "350 ns", True),
    *(
        Measurement(f"process_many:{size},{mode}", f"`process_many` of {size}, {mode}, per token", "ns", "60 ns", True)
        for size in (16, 256)
        for mode in ("strict", "lenient")
    ),
]


class Contest:
    """The packages, and a running worker of each."""

    def __init__(self) -> None:
        python = contest.ours()
        self.ours = contest.Contestant("ours", python)
        variables = {"TIKTOKEN_ENCODINGS_BASE": str(contest.vocabulary().parent)}
        self.release = contest.Contestant("0.0.8", contest.installed("0.0.8", [RELEASE]), variables)
        corpora.load(contest.FOLDER)
        text = str(contest.FOLDER / "corpora" / "English.txt")
        self.workers = {c.name: contest.Worker(c, WORKLOAD, text) for c in (self.ours, self.release)}

    def measure(self, measurement: Measurement, rounds: int) -> dict[str, float]:
        """Median seconds per unit of each package."""
        entrants = [self.ours] if measurement.only_ours else [self.ours, self.release]
        if measurement.fresh:
            measures = {c.name: lambda c=c: c.run(WORKLOAD, "--fresh")[measurement.name] for c in entrants}
            return contest.medians(rounds, measures)
        workers = {c.name: self.workers[c.name] for c in entrants}
        if len({worker.ask({"check": measurement.name}) for worker in workers.values()}) > 1:
            raise SystemExit(f"{measurement.title}: the packages differ")
        return contest.medians(
            rounds, {name: lambda w=worker: w.ask({"time": measurement.name}) for name, worker in workers.items()}
        )

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()


def row(measurement: Measurement, seconds: dict[str, float]) -> list[str]:
    mine, theirs = seconds["ours"], seconds.get("0.0.8")

    def shown(value: float) -> str:
        return f"{rounded(value * SCALE[measurement.unit])} {measurement.unit}"

    if theirs is None:
        return [measurement.title, "", shown(mine), "", measurement.target]
    return [measurement.title, shown(theirs), shown(mine), f"{rounded(theirs / mine)}×", measurement.target]


def rounded(value: float) -> str:
    """Three digits, or all those before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="rounds per measurement (7)")
    parser.add_argument("--only", action="append", metavar="NAME", help="measurements whose name begins so; repeatable")
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--tokenizer", action="store_true", help="the tokenizer instead, beside more packages")
    options = parser.parse_args()
    rounds = 3 if options.quick else options.rounds
    if options.tokenizer:
        compare_tokenizer.report(compare_tokenizer.collect(list(compare_tokenizer.PACKAGES), rounds))
        return
    wanted = [m for m in MEASUREMENTS if not options.only or m.name.startswith(tuple(options.only))]

    packages = Contest()
    rows = []
    for measurement in wanted:
        rows.append(row(measurement, packages.measure(measurement, rounds)))
        print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    packages.close()
    print(contest.table(["", "0.0.8", "ours", "faster", "target"], rows))


if __name__ == "__main__":
    main()
