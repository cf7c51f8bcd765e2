"""Packages side by side: each in a virtual environment of its own, asked in turn, compared by medians.

A workload is a script that reads requests from standard input and writes answers to standard output, one JSON value
a line; it runs once in the environment of every contestant.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "compare"

O200K_TOKENS = 199_998
O200K_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


@dataclass
class Contestant:
    """A Python interpreter that has the package, and what its environment variables must say."""

    name: str
    python: Path
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if name != "TIKTOKEN_ENCODINGS_BASE"}
        return {**plain, **self.variables}

    def run(self, script: Path, *arguments: str) -> Any:
        """The answer of a fresh process."""
        command = [str(self.python), str(script), *arguments]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=self.environment()).stdout)


class Worker:
    """A contestant's process, which answers requests one at a time."""

    def __init__(self, contestant: Contestant, script: Path, *arguments: str) -> None:
        self.name = contestant.name
        self._process = subprocess.Popen(
            [str(contestant.python), str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=contestant.environment(),
        )

    def ask(self, request: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} failed at {request}")
        return json.loads(answer)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def medians(rounds: int, measures: dict[str, Any]) -> dict[str, float]:
    """The median of each measure, a function without arguments, over rounds in which each is called in turn."""
    samples: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            samples[name].append(measure())
    return {name: median(values) for name, values in samples.items()}


def installed(name: str, requirements: Sequence[str]) -> Path:
    """The interpreter of a virtual environment of this name that holds the requirements."""
    folder = FOLDER / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "requirements"
    wanted = "\n".join(requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        _say(f"installing {' '.join(requirements)}")
        venv.create(folder, with_pip=True, clear=True)
        _pip(python, *requirements)
        stamp.write_text(wanted)
    return python


def ours() -> Path:
    """The interpreter of an environment that holds a release build of this project."""
    python = installed("ours", ["pydantic"])
    maturin = installed("tools", ["maturin"]).with_name("maturin")
    wheels = FOLDER / "wheels"
    _say("building this project and installing it")
    build = [str(maturin), "build", "--release", "--quiet", "--interpreter", str(python), "--out", str(wheels)]
    built = subprocess.run(build, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode:
        raise SystemExit(built.stdout)
    newest = max(wheels.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    digest = hashlib.sha256(newest.read_bytes()).hexdigest()
    stamp = FOLDER / "ours" / "wheel"
    if not stamp.exists() or stamp.read_text() != digest:
        _pip(python, "--force-reinstall", "--no-deps", str(newest))
        stamp.write_text(digest)
    return python


def vocabulary() -> Path:
    """The file `o200k_base.tiktoken`, for packages that do not embed it; written from the table in this repository."""
    file = FOLDER / "vocabulary" / "o200k_base.tiktoken"
    if not file.exists():
        # The lengths of all tokens, one byte each, then the tokens.
        packed = (ROOT / "data" / "o200k_base.bin").read_bytes()
        start, lines = O200K_TOKENS, []
        for rank, size in enumerate(packed[:O200K_TOKENS]):
            lines.append(base64.b64encode(packed[start : start + size]) + b" %d\n" % rank)
            start += size
        table = b"".join(lines)
        if hashlib.sha256(table).hexdigest() != O200K_SHA256:
            raise SystemExit("the vocabulary is not the genuine o200k_base")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(table)
    return file


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are flushed right."""
    rows = [header, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:]))]
        return "| " + " | ".join(padded) + " |"

    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(header), line(ruler), *map(line, rows[1:])])


def _pip(python: Path, *arguments: str) -> None:
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *arguments], check=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
