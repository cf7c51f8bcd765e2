"""The command line, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest

for library in ("typer", "rich", "yaml"):
    pytest.importorskip(library)

HARMONY = [
    {"role": "user", "content": "What is 2 + 2?"},
    {"role": "assistant", "channel": "analysis", "content": "Simple."},
    {"role": "assistant", "channel": "final", "content": "4 [b]"},
]
CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather in Łódź?"}]},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Look it up.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Łódź"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": {"name": "weather", "description": "The weather."}}],
}
COMPLETION = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>4 [b]<|return|>"


def run(*words: str, given: str = "", code: int = 0) -> str:
    command = [sys.executable, "-m", "openai_harmony", *words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def write(folder: Path, name: str, data: Any) -> str:
    file = folder / name
    file.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return str(file)


def messages(lines: str) -> List[Any]:
    return [json.loads(line) for line in lines.splitlines()]


def test_render(tmp_path: Path) -> None:
    file = write(tmp_path, "c.json", HARMONY)
    text = run("render", file)
    assert text == (
        "<|start|>user<|message|>What is 2 + 2?<|end|>"
        "<|start|>assistant<|channel|>final<|message|>4 [b]<|end|><|start|>assistant\n"
    )
    assert "Simple." in run("render", file, "--keep-analysis")
    trained = run("render", file, "--for", "training")
    assert "Simple." in trained and trained.endswith("4 [b]<|return|>\n")
    ids = run("render", file, "--as", "ids")
    assert ids.startswith("200006 1428 200008")
    assert run("decode", given=ids) == text
    assert "4 [b]" in run("render", file, "--as", "view")
    assert run("render", "-", given=json.dumps(HARMONY)) == text


def test_render_yaml(tmp_path: Path) -> None:
    file = write(tmp_path, "c.yaml", "messages:\n- {author: {role: user}, content: Hi}\n")
    assert run("render", file) == "<|start|>user<|message|>Hi<|end|><|start|>assistant\n"


def test_render_chat_completions(tmp_path: Path) -> None:
    text = run("render", write(tmp_path, "c.json", CHAT))
    assert "# Instructions\n\nBe brief.\n\n# Tools" in text
    assert "type weather = () => any;" in text
    assert "<|start|>assistant<|channel|>analysis<|message|>Look it up.<|end|>" in text
    assert (
        "<|start|>assistant to=functions.weather<|channel|>commentary "
        '<|constrain|>json<|message|>{"city":"Łódź"}<|call|>'
        "<|start|>functions.weather to=assistant<|channel|>commentary<|message|>rain<|end|>" in text
    )


def test_parse_text_and_ids() -> None:
    expected = [("analysis", "Hm."), ("final", "4 [b]")]
    for given in (COMPLETION + "\n", run("encode", "--special", COMPLETION)):
        parsed = messages(run("parse", given=given))
        assert [(message["channel"], message["content"][0]["text"]) for message in parsed] == expected
    assert messages(run("parse", "--role", "none", given="<|start|>user<|message|>a\nb\n<|end|>\n"))[0]["content"] == [
        {"type": "text", "text": "a\nb\n"}
    ]


def test_parse_as_view() -> None:
    shown = run("parse", "--as", "view", given=COMPLETION)
    assert "assistant · final" in shown and "4 [b]" in shown


def test_parse_as_view_marks_repairs() -> None:
    shown = run("parse", "--as", "view", "--lenient", given="I refuse.<|end|><|start|>assistant" + COMPLETION)
    repair, *rest = shown.splitlines()
    assert repair.startswith("[missing_message")
    assert rest == [
        *["assistant", "I refuse.", "[end]"],
        *["assistant · analysis", "Hm.", "[end]"],
        *["assistant · final", "4 [b]", "[return]"],
    ]


def test_parse_damaged() -> None:
    damaged = "I refuse.<|end|>"
    assert "openai-harmony: " in run("parse", given=damaged, code=1)
    assert messages(run("parse", "--lenient", given=damaged))[0]["content"][0]["text"] == "I refuse."


def test_parse_prints_the_messages_before_a_failure() -> None:
    command = [sys.executable, "-m", "openai_harmony", "parse"]
    done = subprocess.run(command, input=COMPLETION + "x", capture_output=True, text=True)
    assert done.returncode == 1 and "Unexpected token" in done.stderr and "--lenient" in done.stderr
    assert [message["content"][0]["text"] for message in messages(done.stdout)] == ["Hm.", "4 [b]"]


def test_parse_prints_messages_as_they_come() -> None:
    command = [sys.executable, "-m", "openai_harmony", "parse", "--role", "none"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    with process:
        process.stdin.write("200006 1428 200008\n12194\n200007\n")
        process.stdin.flush()
        # Standard input is still open here.
        assert json.loads(process.stdout.readline())["content"] == [{"type": "text", "text": "Hi"}]
        process.stdin.close()
        assert process.wait(60) == 0


def test_encode_decode_count() -> None:
    assert run("encode", "hello world") == "24912 2375\n"
    assert run("encode", "<|start|>") == "27 91 5236 91 29\n"
    assert run("encode", "<|start|>", "--special") == "200006\n"
    assert run("decode", "24912", "2375") == "hello world\n"
    assert run("decode", given="[24912,\n2375]") == "hello world\n"
    assert run("count", given="hello world") == "2\n"
    assert run("decode", "-", "--no-newline", given="24912 2375") == "hello world"


def test_a_text_that_is_the_name_of_a_file(tmp_path: Path) -> None:
    file = write(tmp_path, "book.txt", "hello world hello")
    command = [sys.executable, "-m", "openai_harmony", "count"]
    done = subprocess.run([*command, file], capture_output=True, text=True)
    assert done.returncode == 0 and int(done.stdout) > 3
    assert f"for what is in it: openai-harmony count --file {file}" in done.stderr
    assert run("count", "--file", file) == "3\n"
    assert run("encode", "-f", file) == "24912 2375 40617\n"
    assert "exclude each other" in run("count", "text", "--file", file, code=2)


@pytest.mark.parametrize("row", [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}])
def test_only_fields_of_harmony_mean_harmony(tmp_path: Path, row: Any) -> None:
    """A plain chat is Chat Completions, with the system message that gpt-oss expects and a channel for the answer."""
    text = run("render", write(tmp_path, "c.json", [row]))
    assert text.startswith("<|start|>system<|message|>You are ChatGPT")
    for fields in ({"channel": None}, {"recipient": None}, {"content_type": None}):
        assert not run("render", write(tmp_path, "h.json", [{**row, **fields}])).startswith("<|start|>system")
    assert not run("render", "--format", "harmony", write(tmp_path, "c.json", [row])).startswith("<|start|>system")
    system = {"role": "system", "content": [{"type": "system_content", "model_identity": "I am."}]}
    assert run("render", write(tmp_path, "s.json", [system, row])).startswith("<|start|>system<|message|>I am.\n")


def test_tokens() -> None:
    table = run("tokens", given=COMPLETION).splitlines()
    assert table[0].split() == ["place", "id", "part", "message", "text"]
    assert table[1].split() == ["0", "200005", "marker", "0", "<|channel|>"]
    assert table[2].split() == ["1", "35644", "header", "0", "'analysis'"]


@pytest.mark.parametrize(
    ("words", "given", "code", "message"),
    [
        (["render", "-"], "{", 1, "neither JSON"),
        (["render", "-"], " \n", 1, "standard input is empty"),
        (["render", "-"], '{"a": 1}', 1, "list of messages"),
        (["render", "-"], '[{"role": "robot", "content": "x", "channel": "final"}]', 1, "messages.0.author.role"),
        (["render", "-"], '[{"role": "robot", "content": "x"}]', 1, "messages[0].role"),
        (["render", "-"], '{"messages": [{"role": "user", "content": [5]}], "tools": []}', 1, "messages[0].content[0]"),
        (["render", "no-such-file.json"], "", 1, "no-such-file.json"),
        (["render", "-", "--format", "chat"], '[{"role":"user","content":[{"type":"image_url"}]}]', 1, "image_url"),
        (["render", "-"], '[{"role":"tool","tool_call_id":"x","content":"y"}]', 1, "'x'"),
        (["decode", "99999999"], "", 1, "Invalid token"),
        (["decode", "abc"], "", 1, "'abc' is not a token id"),
        (["decode", "99999999999999999999"], "", 1, "'99999999999999999999' is not a token id: too large"),
        (["decode"], "9" * 5000, 1, "is not a token id: too large"),
        (["decode", "4294967295"], "", 1, "Invalid token"),
        (["parse"], "200005 99999999999999999999", 1, "not a token id: too large"),
        (["tokens"], "99999999999999999999", 1, "not a token id: too large"),
        (["parse", "/"], "", 1, "/: Is a directory"),
        (["render", "--as", "pictures", "-"], "", 2, "pictures"),
        (["frobnicate"], "", 2, "frobnicate"),
    ],
)
def test_bad_input_is_one_message(words: List[str], given: str, code: int, message: str) -> None:
    assert message in run(*words, given=given, code=code)


@pytest.mark.parametrize("library", ["typer", "rich"])
def test_without_the_extra_it_says_what_to_install(library: str) -> None:
    program = f"import sys; sys.modules[{library!r}] = None; from openai_harmony.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"openai-harmony: this needs {library}: pip install 'openai-harmony[cli]'\n"


@pytest.mark.parametrize("command", ["render", "parse", "encode", "decode", "count", "tokens", "convert", "view"])
def test_help_teaches_by_example(command: str) -> None:
    assert "Example: openai-harmony" in run(command, "--help").replace("cat completion.ids | ", "").replace("`", "")
