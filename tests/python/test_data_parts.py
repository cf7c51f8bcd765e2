"""Cutting sources into parts, and converting parts: nothing is lost or read twice, whatever the size of a part."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any, Dict, List

import pytest

from openai_harmony.data import (
    DataSetError,
    Manifest,
    Part,
    Recipe,
    convert,
    convert_to_file,
    failures,
    parts,
    prepare,
    statistics,
    verify,
)
from openai_harmony.data.sources import bytes_between

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

RECIPE = Recipe(form="chat", columns=("input_ids", "loss_mask"), keep=("id",))


def row(number: int) -> Dict[str, Any]:
    # Rows of very different lengths, so that lines lie across the borders of parts.
    question = "word " * (number * number % 97)
    answer = {"role": "assistant", "content": str(number)}
    return {"id": number, "messages": [{"role": "user", "content": question}, answer]}


def rows_file(folder: Path, count: int = 200, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row(number)) + "\n" for number in range(count)), "utf-8")
    return path


def ids_of(target: Path, manifest: Manifest) -> List[str]:
    return [text for shard in manifest.shards for text in parquet.read_table(target / shard)["id"].to_pylist()]


def names_and_bytes(target: Path) -> Dict[str, bytes]:
    return {path.name: path.read_bytes() for path in target.iterdir() if path.name != ".lock"}


@pytest.mark.parametrize("part_bytes", [1, 50, 333, 4096, 1 << 20])
@pytest.mark.parametrize("ending", ["", "\n", "\n\n  \n"], ids=repr)
def test_every_line_is_in_one_part(tmp_path: Path, part_bytes: int, ending: str) -> None:
    path = rows_file(tmp_path, 40)
    path.write_text(path.read_text("utf-8").rstrip("\n") + ending, "utf-8")
    target = tmp_path / "set"
    manifest = convert(path, target, RECIPE, part_bytes=part_bytes)
    assert ids_of(target, manifest) == [str(number) for number in range(40)]
    assert manifest.statistics.rows == manifest.statistics.samples == 40
    assert sum(report.lines for report in manifest.parts) == len(path.read_text("utf-8").splitlines())


def test_shards_hold_what_prepare_gives(tmp_path: Path) -> None:
    path = rows_file(tmp_path)
    manifest = convert(path, tmp_path / "set", RECIPE, part_bytes=1000)
    assert len(manifest.parts) > 10
    whole = pyarrow.table(prepare(path.read_bytes(), RECIPE))
    shards = pyarrow.concat_tables([parquet.read_table(tmp_path / "set" / shard) for shard in manifest.shards])
    assert shards.to_pydict() == whole.to_pydict()
    assert manifest.statistics == prepare(path.read_bytes(), RECIPE).statistics


@pytest.mark.parametrize("kind", ["gz", "zst", "parquet", "parquet_json", "folder", "pattern", "bom", "crlf"])
def test_kinds_of_sources(tmp_path: Path, kind: str) -> None:
    path = rows_file(tmp_path)
    lines = path.read_bytes()
    column = None
    if kind == "gz":
        path = tmp_path / "rows.jsonl.gz"
        path.write_bytes(gzip.compress(lines))
    elif kind == "zst":
        path = tmp_path / "rows.jsonl.zst"
        path.write_bytes(pyarrow.Codec("zstd").compress(lines, asbytes=True))
    elif kind == "parquet":
        path = tmp_path / "rows.parquet"
        table = pyarrow.Table.from_pylist([row(number) for number in range(200)])
        parquet.write_table(table, path, row_group_size=7)
    elif kind == "parquet_json":
        path, column = tmp_path / "rows.parquet", "text"
        texts = [{"text": line, "id": number} for number, line in enumerate(lines.decode().splitlines())]
        parquet.write_table(pyarrow.Table.from_pylist(texts), path, row_group_size=50)
    elif kind in ("folder", "pattern"):
        folder = tmp_path / "rows"
        folder.mkdir()
        for half, name in enumerate(("a.jsonl", "b.jsonl")):
            (folder / name).write_bytes(b"".join(lines.splitlines(True)[half * 100 : half * 100 + 100]))
        path = folder if kind == "folder" else folder / "*.jsonl"
    elif kind == "bom":
        path.write_bytes(b"\xef\xbb\xbf" + lines)
    elif kind == "crlf":
        path.write_bytes(lines.replace(b"\n", b"\r\n"))
    target = tmp_path / "set"
    manifest = convert(path, target, RECIPE, part_bytes=5000, column=column)
    assert ids_of(target, manifest) == [str(number) for number in range(200)]


def test_row_groups_are_large_however_small_those_of_the_source_are(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([row(number) for number in range(200)]), path, row_group_size=7)
    (shard,) = convert(path, tmp_path / "set", RECIPE).shards
    assert parquet.read_metadata(tmp_path / "set" / shard).num_row_groups == 1


def test_a_source_that_matches_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no rows in .*absent"):
        list(parts(tmp_path / "absent.jsonl"))


def test_failures_name_line_and_offset(tmp_path: Path) -> None:
    path = rows_file(tmp_path, 30)
    lines = path.read_bytes().splitlines(True)
    lines[7] = b"{\n"
    lines[20] = b'\xff{"messages": []}\n'
    path.write_bytes(b"".join(lines))
    target = tmp_path / "set"
    manifest = convert(path, target, RECIPE, part_bytes=400, max_failures=None, keep_failed=True)
    found = list(failures(target))
    assert [(failed.line, failed.offset) for failed in found] == [
        (8, len(b"".join(lines[:7]))),
        (21, len(b"".join(lines[:20]))),
    ]
    assert [failed.code for failed in found] == ["row.invalid_json", "row.invalid_utf8"]
    assert manifest.statistics.failed == 2 and manifest.statistics.samples == 28
    files = sorted(target.glob("*.failed.jsonl"))
    kept = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    assert [entry["text"] for entry in kept] == ["{", '\\xff{"messages": []}']


def test_too_many_failures_end_the_conversion_again_and_again(tmp_path: Path) -> None:
    path = rows_file(tmp_path, 30)
    path.write_bytes(path.read_bytes() + b"no JSON\n" * 3)
    for _ in range(2):
        with pytest.raises(DataSetError, match=r"none may: .*rows\.jsonl, byte "):
            convert(path, tmp_path / "set", RECIPE, part_bytes=400)
    assert not (tmp_path / "set" / "manifest.json").exists()
    with pytest.raises(DataSetError, match="2 may"):
        convert(path, tmp_path / "set", RECIPE, part_bytes=400, max_failures=2)
    assert convert(path, tmp_path / "set", RECIPE, part_bytes=400, max_failures=3).statistics.failed == 3


def test_the_form_is_found_out_once(tmp_path: Path) -> None:
    path = rows_file(tmp_path, 50)
    harmony = {"messages": [{"role": "assistant", "channel": "final", "content": "x"}]}
    path.write_text(path.read_text("utf-8") + json.dumps(harmony) + "\n", "utf-8")
    manifest = convert(path, tmp_path / "set", {"keep": ["id"]}, part_bytes=1 << 20, max_failures=None)
    assert manifest.recipe.form == "harmony"
    assert manifest.statistics.failed == 0
    manifest = convert(path, tmp_path / "other", {"keep": ["id"]}, part_bytes=400, max_failures=None)
    assert manifest.recipe.form == "chat"
    assert [failed.code for failed in failures(tmp_path / "other")] == ["row.wrong_form"]


@pytest.mark.parametrize("step", ["shard", "report", "manifest"])
def test_interrupted_at_each_step_and_resumed(tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rows_file(tmp_path)
    whole = tmp_path / "whole"
    convert(path, whole, RECIPE, part_bytes=2000)
    wanted = {"shard": "part-00003.parquet", "report": "part-00003.json", "manifest": "manifest.json"}[step]
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        if Path(target).name == wanted:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr("openai_harmony.data.files.os.replace", replace)
        with pytest.raises(KeyboardInterrupt):
            convert(path, tmp_path / "set", RECIPE, part_bytes=2000, workers=1)
    left = {file.name for file in (tmp_path / "set").iterdir()}
    assert wanted not in left
    assert not [name for name in left if name.endswith(".tmp")]
    converted: List[int] = []
    convert(path, tmp_path / "set", RECIPE, part_bytes=2000, on_part=lambda report: converted.append(report.part))
    assert names_and_bytes(tmp_path / "set") == names_and_bytes(whole)
    assert sorted(converted) == list(range(len(converted)))


def test_statistics_of_a_conversion_that_has_not_ended(tmp_path: Path) -> None:
    path = rows_file(tmp_path)
    manifest = convert(path, tmp_path / "set", RECIPE, part_bytes=2000)
    (tmp_path / "set" / "manifest.json").unlink()
    (tmp_path / "set" / "part-00002.json").unlink()
    missing = manifest.parts[2].statistics.rows
    assert statistics(tmp_path / "set").rows == 200 - missing
    with pytest.raises(DataSetError, match="has no manifest"):
        verify(tmp_path / "set")


def test_verify_names_what_is_missing_or_was_changed(tmp_path: Path) -> None:
    target = tmp_path / "set"
    manifest = convert(rows_file(tmp_path), target, RECIPE, part_bytes=2000)
    assert verify(target) == manifest
    (target / "part-00001.parquet").unlink()
    data = bytearray((target / "part-00002.parquet").read_bytes())
    data[100] ^= 1
    (target / "part-00002.parquet").write_bytes(data)
    with pytest.raises(DataSetError, match=r"part-00001\.parquet is missing; part-00002\.parquet was changed"):
        verify(target)


def test_one_recipe_a_folder(tmp_path: Path) -> None:
    path, target = rows_file(tmp_path), tmp_path / "set"
    convert(path, target, RECIPE)
    before = names_and_bytes(target)
    with pytest.raises(DataSetError, match='learn was "sampled", is "last_turn"'):
        convert(path, target, RECIPE.replace(learn="last_turn"))
    with pytest.raises(DataSetError, match="other sources"):
        convert(rows_file(tmp_path, name="other.jsonl"), target, RECIPE)
    assert names_and_bytes(target) == before
    (target / "notes.txt").write_text("mine")
    assert convert(path, target, RECIPE.replace(learn="last_turn"), resume=False).recipe.learn == "last_turn"
    assert (target / "notes.txt").exists()


@pytest.mark.parametrize("resume", [True, False])
def test_a_source_that_a_shard_would_overwrite_is_refused(tmp_path: Path, resume: bool) -> None:
    shards = tmp_path / "set"
    convert(rows_file(tmp_path), shards, RECIPE.replace(columns=("input_ids",)))
    before = names_and_bytes(shards)
    (tmp_path / "link").symlink_to(shards)
    for source in (shards / "part-00000.parquet", tmp_path / "link" / "part-*.parquet", shards):
        with pytest.raises(ValueError, match=r"part-00000\.parquet is in the target folder .* would be lost"):
            convert(source, shards, RECIPE, resume=resume)
    assert names_and_bytes(shards) == before


def test_two_conversions_to_one_folder(tmp_path: Path) -> None:
    path, target = rows_file(tmp_path), tmp_path / "set"
    refused: List[BaseException] = []

    def second(_: object) -> None:
        def run() -> None:
            try:
                convert(path, target, RECIPE, part_bytes=2000)
            except DataSetError as error:
                refused.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    convert(path, target, RECIPE, part_bytes=2000, on_part=second)
    assert refused and all("another conversion" in str(error) for error in refused)
    verify(target)


def test_a_seed_shuffles_parts_and_rows(tmp_path: Path) -> None:
    path = rows_file(tmp_path)
    in_order = convert(path, tmp_path / "in_order", RECIPE, part_bytes=3000)
    recipe = RECIPE.replace(seed=1)
    manifest = convert(path, tmp_path / "set", recipe, part_bytes=3000)
    order = [int(number) for number in ids_of(tmp_path / "set", manifest)]
    assert sorted(order) == list(range(200))
    starts = [report.start for report in manifest.parts]
    assert starts != sorted(starts) and sorted(starts) == [report.start for report in in_order.parts]
    inside = [ids_of(tmp_path / "set", manifest)[:5], ids_of(tmp_path / "set", manifest)[-5:]]
    assert all(numbers != sorted(numbers, key=int) for numbers in inside)
    # The same seed gives the same bytes, however many work; another one gives another order.
    convert(path, tmp_path / "again", recipe, part_bytes=3000, workers=1)
    assert names_and_bytes(tmp_path / "again") == names_and_bytes(tmp_path / "set")
    other = convert(path, tmp_path / "other", RECIPE.replace(seed=2), part_bytes=3000)
    assert [int(number) for number in ids_of(tmp_path / "other", other)] != order
    with pytest.raises(ValueError, match="- is a pipe, whose parts come in their order"):
        list(parts("-", seed=1))


def test_failures_of_shuffled_parts_name_their_lines(tmp_path: Path) -> None:
    path = rows_file(tmp_path, 60)
    lines = path.read_bytes().splitlines(True)
    for bad in (7, 30, 55):
        lines[bad] = b"{\n"
    path.write_bytes(b"".join(lines))
    recipe = RECIPE.replace(seed=3)
    target = tmp_path / "set"
    # The same file twice, each of whose parts begin where those of the other do.
    convert([path, path], target, recipe, part_bytes=400, max_failures=None)
    assert sorted(failed.line or 0 for failed in failures(target)) == [8, 8, 31, 31, 56, 56]
    found: List[Any] = []
    convert_to_file(path, tmp_path / "o.jsonl", recipe, part_bytes=400, max_failures=None, on_failure=found.append)
    assert sorted(failed.line for failed in found) == [8, 31, 56]
    (target / "manifest.json").unlink()
    first = min(
        (report for report in target.glob("part-*[0-9].json")), key=lambda p: json.loads(p.read_text())["start"]
    )
    first.unlink()
    # The parts before are not all done, of one of the two: the other has the lines.
    assert sorted(failed.line or 0 for failed in failures(target)) == [8, 8, 31, 31, 56, 56]


def test_lines_are_not_known_while_parts_before_are_missing(tmp_path: Path) -> None:
    path = rows_file(tmp_path, 60)
    path.write_bytes(path.read_bytes() + b"{\n")
    target = tmp_path / "set"
    convert(path, target, RECIPE, part_bytes=400, max_failures=None)
    (target / "manifest.json").unlink()
    (target / "part-00001.json").unlink()
    (failed,) = failures(target)
    assert failed.line is None and failed.place == f"{path}, byte {path.stat().st_size - 2:,}"


@pytest.mark.parametrize("kind", ["lines", "parquet"])
def test_progress_of_one_file_adds_up_to_the_bytes_of_the_source(tmp_path: Path, kind: str) -> None:
    path = rows_file(tmp_path)
    if kind == "parquet":
        parquet.write_table(
            pyarrow.Table.from_pylist([row(number) for number in range(200)]), tmp_path / "rows.parquet", 7
        )
        path = tmp_path / "rows.parquet"
    seen: List[int] = []

    def add(part: Part) -> None:
        seen.append(bytes_between(part.source, part.start, part.stop))

    convert_to_file(path, tmp_path / "o.jsonl", RECIPE, part_bytes=2000, on_part=add)
    assert len(seen) > 3
    # The sizes of row groups are shares of the file, rounded down.
    assert path.stat().st_size - len(seen) <= sum(seen) <= path.stat().st_size
