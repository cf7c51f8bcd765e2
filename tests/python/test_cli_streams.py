"""The command line among pipes, closed streams, other locales and broken files."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, List, cast

import pytest

from conftest import load_cases
from openai_harmony import HarmonyEncoding, Role

pytest.importorskip("typer")
pytest.importorskip("rich")

COMMAND = [sys.executable, "-m", "openai_harmony"]
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def shell(script: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    """Run a script in which ``harmony`` is the command line, and print the status of each part of a pipeline."""
    harmony = " ".join(f"'{word}'" for word in COMMAND)
    script = f'harmony() {{ {harmony} "$@"; }}\n{script}'
    return subprocess.run(["bash", "-c", script], capture_output=True, timeout=60, **options)


@posix
@pytest.mark.parametrize(
    "command",
    [
        "harmony --help",
        "harmony render --help",
        'harmony render - --as view <<<"$CHAT"',
        'harmony view - <<<"$CHAT"',
        'harmony view - --html - <<<"$CHAT"',
        "yes '<|start|>user<|message|>Hi<|end|>' | head -c 9000000 | harmony tokens --role none",
        "yes '<|start|>user<|message|>Hi<|end|>' | head -c 9000000 | harmony parse --lenient --role none",
        "head -c 3000000 /dev/zero | tr '\\0' a | harmony encode",
    ],
)
def test_a_reader_that_has_seen_enough_is_no_failure(command: str) -> None:
    chat = json.dumps([{"role": "user", "content": "Hi " * 100_000}])
    done = shell(f'CHAT=$(cat); {command} | head -c 1; echo "${{PIPESTATUS[-2]}}" >&2', input=chat.encode())
    assert done.stderr.decode() == "0\n"


@posix
def test_closed_and_full_streams() -> None:
    assert shell("harmony encode hi >&-").returncode == 0
    assert shell("harmony encode <&-").stdout == b"\n"
    assert shell("harmony decode x 2>&-").returncode == 1
    full = shell("harmony encode hi >/dev/full")
    assert full.returncode == 1 and full.stderr == b"openai-harmony: No space left on device\n"


@posix
def test_an_interruption_ends_it() -> None:
    process = subprocess.Popen(
        [*COMMAND, "parse"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    given, written = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    given.write(b"<|channel|>final<|message|>4<|end|>\n<|start|>")
    given.flush()
    assert written.readline().startswith(b"{")
    process.send_signal(2)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and errors == b""


@posix
def test_bytes_stay_as_they_are_in_any_locale(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    text = "a\r\nb\rc\u2028é🌁\x00\n".encode()
    file = tmp_path / "text"
    file.write_bytes(text)
    for command in (f"harmony encode <{file}", f"harmony encode --file {file}"):
        assert shell(f"{command} | harmony decode -n", env=environment).stdout == text
    file.write_bytes(b"<|channel|>final<|message|>a\r\nb<|return|>")
    from_file, from_pipe = shell(f"harmony parse {file}").stdout, shell(f"harmony parse <{file}").stdout
    assert from_file == from_pipe and json.loads(from_file)["content"][0]["text"] == "a\r\nb"


@posix
@pytest.mark.parametrize("command", ["render", "parse", "encode --file", "decode <"])
def test_a_file_that_is_not_utf8_is_named(tmp_path: Path, command: str) -> None:
    file = tmp_path / "bin.dat"
    file.write_bytes(b"12345\x88\n")
    done = shell(f"harmony {command} {file}")
    name = "standard input" if command.endswith("<") else str(file)
    place = f"{name}, line 1" if command in ("parse", "tokens") else name
    assert done.returncode == 1
    assert done.stderr.decode() == f"openai-harmony: {place}: not UTF-8 (byte 0x88 at offset 5)\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000, " is nested too deep"),
        ("[", " is neither JSON"),
        ("5", ": a conversation is a list of messages"),
        ("{}", ': a conversation is a list of messages, or an object with the key "messages"'),
        ('[{"role": "user", "content": [5]}]', ": Invalid type for 'messages[0].content[0]'"),
        ('[{"role": "user", "content": "x", "channel": 5}]', ": messages.0.channel: Input should be a valid string"),
        ("", " is empty"),
    ],
)
def test_a_file_without_a_conversation_is_named(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "c.json"
    file.write_text(text)
    done = subprocess.run([*COMMAND, "render", str(file)], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith(f"openai-harmony: {file}{problem}")


@posix
def test_an_argument_that_is_not_utf8() -> None:
    done = shell("harmony encode $'\\xff'")
    assert done.returncode == 1 and done.stderr == b"openai-harmony: the text is not UTF-8\n"


def test_missing_libraries_are_named_with_their_extra(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"messages": [{"role": "user", "content": "Hi"}]}\n')
    program = "import sys; sys.modules['pyarrow'] = None; from openai_harmony.cli import main; main()"
    words = ["convert", str(source), str(tmp_path / "out.parquet")]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "openai-harmony: this needs pyarrow: pip install 'openai-harmony[parquet]'\n"


def test_the_extras_are_those_of_the_package() -> None:
    from openai_harmony.cli import EXTRAS

    declared = importlib.metadata.metadata("openai-harmony").get_all("Provides-Extra") or []
    assert set(EXTRAS) == set(declared)


def test_version_and_completion() -> None:
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True)
    assert done.stdout == f"openai-harmony {importlib.metadata.version('openai-harmony')}\n"
    # As the function that `--install-completion` installs in bash asks.
    asked = {
        **os.environ,
        "_OPENAI_HARMONY_COMPLETE": "complete_bash",
        "COMP_WORDS": "openai-harmony re",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(COMMAND, capture_output=True, text=True, env=asked)
    assert done.stdout.split() == ["render"]


def test_an_error_that_no_input_should_cause_is_one_line() -> None:
    program = """
import sys, openai_harmony.cli.commands as commands
@commands.app.command()
def broken() -> None: raise AttributeError("no such attribute")
from openai_harmony.cli import main
sys.argv[1:] = ["broken"]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 70 and done.stdout == ""
    assert re.fullmatch(r"openai-harmony: AttributeError\('no such attribute'\)\. This is a bug, .*\n", done.stderr)
    done = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True)
    assert "Traceback" in done.stderr


def test_tokens_are_printed_as_they_come() -> None:
    """Standard input is still open when the first lines are there, and stays so: nothing waits for its end."""
    command = [*COMMAND, "tokens", "--role", "none"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    given, written = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    with process:
        given.write("200006 1428 200008 12194\n")
        given.flush()
        lines = [written.readline().split() for _ in range(5)]
        given.close()
    assert [line[-1] for line in lines] == ["text", "<|start|>", "'user'", "<|message|>", "'Hi'"]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("case", load_cases("recovery"))
def test_tokens_are_those_of_the_view(encoding: HarmonyEncoding, case: Any, size: int) -> None:
    """Whatever is repaired later, a token gets the place that a look at the whole stream gives it."""
    from openai_harmony.cli.token_rows import token_rows

    tokens: List[int] = case["tokens"]
    batches = [tokens[start : start + size] for start in range(0, len(tokens), size)]
    rows = [piece for rows in token_rows(encoding, batches, Role.ASSISTANT) for piece in rows]
    assert rows == list(encoding.view(tokens, in_header=True))
