"""``openai-harmony view``: a conversation or a log on the terminal, and as one safe page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from test_notebook import EVIL, collect

pytest.importorskip("typer")
pytest.importorskip("rich")

CHAT = [{"role": "user", "content": EVIL}, {"role": "assistant", "content": "4 <|end|>"}]


def view(*words: str, given: str = "", code: int = 0) -> str:
    command = [sys.executable, "-m", "openai_harmony", "view", *words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == code and "Traceback" not in done.stderr, done.stderr
    return done.stdout if code == 0 else done.stderr


def write(folder: Path, name: str, *rows: Any) -> str:
    file = folder / name
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return str(file)


def test_a_page_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    source, target = write(tmp_path, "<b>.json", CHAT), tmp_path / "out.html"
    assert view(source, "--html", str(target)) == ""
    text = target.read_text("utf-8")
    page = collect(text)
    assert set(page.tags) <= {*"html head meta title link style body h1 div section details summary span b br".split()}
    assert "default-src 'none'" in text and "http://" not in text and "https://" not in text
    # In the message, in the running tokens, in the summary that is the title of the section.
    assert page.text.count(EVIL) >= 2 and "4 <|end|>" in page.text
    assert "1 conversation, 3 messages, " in page.text
    assert "You are ChatGPT" in page.text, "the system message as the model reads it"
    assert "is the file to be shown" in view(source, "--html", source, code=1)


def test_a_log(tmp_path: Path) -> None:
    ids = [200006, 1428, 200008, 12194, 200007]
    source = write(
        tmp_path, "log.jsonl", CHAT, "", "{", {"messages": CHAT, "tools": 5}, {"input_ids": ids}, *[CHAT] * 3
    )
    shown = view(source)
    assert "line 3" in shown and "line 4" in shown and "Hi" in shown
    target = tmp_path / "out.html"
    view(source, "--html", str(target), "--limit", "4")
    page = collect(target.read_text("utf-8"))
    assert page.tags.count("section") == 4
    assert "3 more conversations not shown" in page.text
    assert page.text.count("cannot be read") == 2


@pytest.mark.parametrize("text", ["<|channel|>final<|message|>Yes.<|return|>\n", "200005 17196 200008 13022 13 200002"])
def test_what_a_model_wrote(text: str) -> None:
    assert "assistant · final" in view("-", given=text)
    page = collect(view("-", "--html", "-", given=text))
    assert "ended by return" in page.text and "finish reason: stop" in page.text


def test_long_things_are_cut(tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    view("-", "--html", str(target), given=json.dumps([{"role": "user", "content": "word " * 400_000}]))
    assert target.stat().st_size < 6_000_000  # of 2 million characters that can be unfolded, and some of the tokens
    assert "tokens left out here" in target.read_text("utf-8")
