"""``openai-harmony convert``, ``verify`` and ``statistics``, as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Set

import pytest

from test_cli import COMPLETION, HARMONY, messages, run, write

for library in ("typer", "rich", "yaml", "pyarrow"):
    pytest.importorskip(library)

CHAT = {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}


def learned(example: Dict[str, Any]) -> str:
    ids = [token for token, learn in zip(example["input_ids"], example["loss_mask"]) if learn]
    return run("decode", *map(str, ids)).rstrip("\n")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_json_lines(tmp_path: Path, jobs: str) -> None:
    source, target = (
        write(tmp_path, "in.jsonl", "\n".join([json.dumps({"messages": HARMONY})] * 150)),
        tmp_path / "o.jsonl",
    )
    run("convert", source, str(target), "--jobs", jobs)
    examples = messages(target.read_text())
    assert len(examples) == 150 and examples[0] == examples[-1]
    # The thought of the last turn is what the model is trained on.
    assert learned(examples[0]) == COMPLETION.replace("Hm.", "Simple.")


def test_choices(tmp_path: Path) -> None:
    two_turns = json.dumps([*HARMONY, HARMONY[0], *HARMONY[1:]])
    source, target = write(tmp_path, "in.jsonl", two_turns), tmp_path / "out.jsonl"
    run("convert", source, str(target))
    (usual,) = messages(target.read_text())
    run("convert", source, str(target), "--keep-analysis")
    (all_thoughts,) = messages(target.read_text())
    assert learned(usual).count("Simple.") == 1 and learned(all_thoughts).count("Simple.") == 2
    run(
        "convert", source, str(target), "--samples", "per_turn", "--learn", "last_turn", "--columns", "input_ids,labels"
    )
    assert [list(example) for example in messages(target.read_text())] == [["input_ids", "labels"]] * 2
    recipe = write(tmp_path, "recipe.yaml", "samples: per_turn\nmax_length: 1\n")
    assert "Unknown overflow" in run("convert", source, str(target), "--recipe", recipe, "--overflow", "x", code=1)
    assert "'sample'" in run("convert", source, str(target), "--recipe", write(tmp_path, "r.yaml", "sample: 1"), code=1)
    run("convert", source, str(target), "--recipe", recipe)
    assert target.read_text() == ""


def test_parquet(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([{"messages": HARMONY}] * 3), source)
    run("convert", str(source), str(target))
    rows = parquet.read_table(target).to_pylist()
    assert len(rows) == 3 and len(rows[0]["input_ids"]) == len(rows[0]["loss_mask"]) > 0


def test_folder(tmp_path: Path) -> None:
    lines = (json.dumps(CHAT) + "\n") * 2000
    sources = [write(tmp_path, "a.jsonl", lines), write(tmp_path, "b.jsonl", lines)]
    target = tmp_path / "set"
    for _ in range(2):  # the second finds everything done
        run("convert", *sources, str(target))
    assert run("verify", str(target)) == "2 shards, as written\n"
    assert json.loads(run("statistics", str(target), "--json"))["samples"] == 4000
    assert "4,000" in run("statistics", str(target))
    (target / "part-00001.parquet").unlink()
    assert "part-00001.parquet is missing" in run("verify", str(target), code=1)
    manifest = target / "manifest.json"
    for damaged in ("{}", "[5]", "{", "[" * 100_000, '{"recipe": {}, "parts": [{}]}'):
        manifest.write_text(damaged)
        for command in ("verify", "statistics"):
            assert f"openai-harmony: {manifest} is no manifest: " in run(command, str(target), code=1)


def test_pipes(tmp_path: Path) -> None:
    line = json.dumps(CHAT) + "\n"
    (example,) = messages(run("convert", "-", "-", given=line))
    assert learned(example) == "<|channel|>final<|message|>4<|return|>"
    target = tmp_path / "out.jsonl"
    run("convert", "/dev/stdin", str(target), given=line * 3)
    assert len(messages(target.read_text())) == 3
    run("convert", "-", str(tmp_path / "set"), given=line * 3)
    assert "3" in run("statistics", str(tmp_path / "set"))
    assert "pipe" in run("convert", "-", str(tmp_path / "set"), given=line, code=1)


def test_bad_rows(tmp_path: Path) -> None:
    good = json.dumps({"messages": HARMONY})
    bad = json.dumps({"messages": [{"role": "robot", "content": "x", "channel": "final"}]})
    source, target = write(tmp_path, "in.jsonl", f"{good}\n{bad}\n{good}\n"), tmp_path / "out.jsonl"
    target.write_text("as before")
    assert "in.jsonl, line 2: messages[0].role: unknown variant `robot`" in run("convert", source, str(target), code=1)
    assert target.read_text() == "as before"
    assert sorted(os.listdir(tmp_path)) == ["in.jsonl", "out.jsonl"]
    assert "line 2: " in run("convert", source, str(target), "--skip-bad", code=1)
    assert len(messages(target.read_text())) == 2
    assert "line 2: " in run("convert", source, str(tmp_path / "set"), "--max-failures", "1", code=1)
    assert run("verify", str(tmp_path / "set")).startswith("1 shard,")


def test_targets_that_would_lose_something(tmp_path: Path) -> None:
    source = write(tmp_path, "same.jsonl", json.dumps(CHAT))
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    for target in (source, str(link)):
        assert "would be lost" in run("convert", source, target, code=1)
    assert json.loads(Path(source).read_text()) == CHAT
    for name in ("out.csv", "out.PARQUET"):
        assert "ends in .jsonl or .parquet" in run("convert", source, str(tmp_path / name), code=1)
    assert "needs a folder" in run("convert", source, str(tmp_path / "o.jsonl"), "--executor", "processes", code=2)


def test_no_rows(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "openai_harmony",
        "convert",
        write(tmp_path, "in.jsonl", "\n"),
        str(tmp_path / "o.jsonl"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "no rows" in done.stderr


def children_of(process: int) -> Set[int]:
    """All processes that the process started, and those that they started."""
    found: Set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == process:
            found |= {int(folder.name)} | children_of(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("executor", ["threads", "processes"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_signals(tmp_path: Path, executor: str, how: signal.Signals) -> None:
    """A signal ends the conversion and its workers. Nothing half done has a final name, and it can be continued."""
    source = tmp_path / "in.jsonl"
    chat = {"messages": CHAT["messages"] * 200}
    source.write_text((json.dumps(chat) + "\n") * 1000)
    target = tmp_path / "set"
    words = ["convert", str(source), str(target), "--executor", executor, "--jobs", "2", "--part-mib", "1"]
    command = [sys.executable, "-m", "openai_harmony", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        wait_until(lambda: len(list(target.glob("part-*.json"))) >= 2)
        workers = children_of(process.pid)
        if how is signal.SIGINT:  # as a terminal does
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        _, errors = process.communicate(timeout=30)
        # A signal that the process cannot handle is a negative status.
        assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(how, -how)
        assert b"Traceback" not in errors
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert not (target / "manifest.json").exists()
    if how is not signal.SIGKILL:
        assert not list(target.glob(".*.tmp"))
    run(*words)
    assert run("verify", str(target))
    assert not list(target.glob(".*.tmp"))


def wait_until(happened: Any) -> None:
    """Wait for what will happen; the limit is only there so that a broken test ends."""
    for _ in range(3000):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen within a minute")


def test_help_shows_what_sources_are() -> None:
    text = run("convert", "--help")
    assert "SOURCES" in text and "--resume" in text
    words: List[str] = ["--recipe", "--pack", "--executor", "--max-failures"]
    assert all(word in text for word in words)
