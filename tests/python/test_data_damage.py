"""Damaged sources, folders that hold something else, and disks that are full: each is named, and nothing is lost."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Callable, Dict

import pytest

from openai_harmony.data import DataSetError, Recipe, convert, convert_to_file, failures, statistics, verify
from openai_harmony.data import blocks as blocks_module
from openai_harmony.data.prepare import prepare_block

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

CHAT = {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}
LINE = (json.dumps(CHAT) + "\n").encode()
RECIPE = Recipe(form="chat", columns=("input_ids", "conversation"))


def zst(data: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def with_wrong_checksum(data: bytes) -> bytes:
    return data[:-8] + b"\0\0\0\0" + data[-4:]


DAMAGED: Dict[str, bytes] = {
    "cut.jsonl.gz": gzip.compress(LINE * 1000)[:-20],
    "checksum.jsonl.gz": with_wrong_checksum(gzip.compress(LINE * 1000)),
    "no.jsonl.gz": b"no gzip",
    "cut.jsonl.zst": zst(LINE * 1000)[:-9],
    "no.jsonl.zst": b"no zstd",
    "no.parquet": b"PAR1, or not",
    "empty.parquet": b"",
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("form", ["auto", "chat"])
def test_a_damaged_source_is_named(tmp_path: Path, name: str, form: str) -> None:
    path, target = tmp_path / name, tmp_path / "set"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(OSError, match="damaged or cut off") as raised:
        convert(path, target, {"form": form})
    assert raised.value.filename == str(path)
    assert not [name for name in os.listdir(target) if name.startswith("part-") or name.endswith(".tmp")]
    with pytest.raises(OSError, match="damaged or cut off"):
        convert_to_file(path, tmp_path / "out.jsonl", {"form": form})
    assert sorted(os.listdir(tmp_path)) == sorted([name, "set"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"x"', "\xff"], ids=repr)
def test_damaged_files_of_a_data_set(tmp_path: Path, text: str) -> None:
    source, target = tmp_path / "rows.jsonl", tmp_path / "set"
    source.write_bytes(LINE * 10)
    manifest = convert(source, target, RECIPE, part_bytes=300)
    damaged = text.encode("latin-1")
    (target / "manifest.json").write_bytes(damaged)
    with pytest.raises(DataSetError, match=r"manifest\.json is no manifest"):
        verify(target)
    (target / "part-00001.json").write_bytes(damaged)
    (target / "manifest.json").unlink()
    assert statistics(target).rows < 10
    assert convert(source, target, RECIPE, part_bytes=300) == manifest
    (target / "plan.json").write_bytes(damaged)
    with pytest.raises(DataSetError, match=r"plan\.json is damaged"):
        convert(source, target, RECIPE, part_bytes=300)
    assert convert(source, target, RECIPE, part_bytes=300, resume=False) == manifest


@pytest.mark.parametrize("resume", [True, False])
def test_shards_that_no_conversion_wrote_stay(tmp_path: Path, resume: bool) -> None:
    source, target = tmp_path / "rows.jsonl", tmp_path / "set"
    source.write_bytes(LINE)
    target.mkdir()
    (target / "part-00000.parquet").write_bytes(b"mine")
    with pytest.raises(DataSetError, match=r"part-00000\.parquet would be overwritten"):
        convert(source, target, RECIPE, resume=resume)
    assert (target / "part-00000.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["set", "out.jsonl", "out.parquet"])
def test_a_full_disk_is_named_and_what_is_done_stays(tmp_path: Path, name: str) -> None:
    resource = pytest.importorskip("resource")
    source, target = tmp_path / "rows.jsonl", tmp_path / name
    source.write_bytes(LINE * 500)
    write: Callable[..., object] = convert if name == "set" else convert_to_file
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # To the program this is a full disk: writing fails in the middle of a file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError) as raised:
            write(source, target, RECIPE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert Path(raised.value.filename).name == ("part-00000.parquet" if name == "set" else name)
    assert not list(tmp_path.rglob("*.tmp")) and not list(tmp_path.rglob("part-*"))
    write(source, target, RECIPE)


@pytest.mark.parametrize("kind", ["lines", "gz", "parquet"])
def test_rows_are_counted_through_all_blocks_of_a_part(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks_module, "PART_BYTES", 3 * len(LINE))
    monkeypatch.setattr(blocks_module, "ROWS", 3)
    lines = LINE * 7 + b"no JSON\n" + LINE * 4
    source = tmp_path / "rows.jsonl"
    source.write_bytes(lines)
    numbers = [*range(7), *range(8, 12)]
    if kind == "gz":
        source = tmp_path / "rows.jsonl.gz"
        source.write_bytes(gzip.compress(lines))
    if kind == "parquet":
        source = tmp_path / "rows.parquet"
        rows = [json.dumps(CHAT["messages"]) if line.startswith(b"{") else "no JSON" for line in lines.splitlines()]
        parquet.write_table(pyarrow.table({"messages": rows}), source)
    target = tmp_path / "set"
    manifest = convert(source, target, RECIPE, max_failures=1)
    assert len(manifest.parts) == 1 and manifest.parts[0].lines == 12
    shard = parquet.ParquetFile(target / "part-00000.parquet")
    assert shard.num_row_groups > 2
    assert shard.read()["conversation"].to_pylist() == numbers
    assert [failed.line for failed in failures(target)] == [8]
    found = []
    convert_to_file(source, tmp_path / "o.parquet", RECIPE, max_failures=1, on_failure=found.append)
    assert parquet.read_table(tmp_path / "o.parquet")["conversation"].to_pylist() == numbers
    assert [failed.line for failed in found] == [8]


def test_rows_of_several_sources_have_numbers_of_their_own_in_one_file(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_bytes(LINE * 3)
    convert_to_file(tmp_path, tmp_path / "o.parquet", RECIPE, part_bytes=100)
    assert parquet.read_table(tmp_path / "o.parquet")["conversation"].to_pylist() == list(range(6))


def test_long_work_is_stopped_in_the_middle() -> None:
    class Ended(Exception):
        pass

    def check() -> None:
        raise Ended

    with pytest.raises(Ended):
        prepare_block(LINE * 100_000, RECIPE, None, 0, check)
