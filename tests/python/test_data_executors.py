"""Parts on threads, processes and executors of others: the same bytes, and parts that kill their workers."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from openai_harmony.data import DataSetError, Part, convert, convert_part, verify
from openai_harmony.data.executors import GivenUp, run
from test_data_parts import RECIPE, names_and_bytes, rows_file


def test_the_same_bytes_wherever_parts_are_converted(tmp_path: Path) -> None:
    path = rows_file(tmp_path)
    targets = []
    with ThreadPoolExecutor(2) as pool:
        for executor, workers in (("threads", 1), ("threads", 5), ("processes", 2), (pool, None)):
            target = tmp_path / f"{len(targets)}"
            convert(path, target, RECIPE, part_bytes=3000, executor=executor, workers=workers)
            targets.append(names_and_bytes(target))
    assert len(targets[0]) > 10
    assert all(target == targets[0] for target in targets)


def test_an_unknown_executor(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Unknown executor: 'dask'; known are threads, processes, ray"):
        convert(rows_file(tmp_path), tmp_path / "set", RECIPE, executor="dask")


def part(index: int) -> Part:
    return Part(index, "rows.jsonl", "lines", index, index + 1)


def deadly(part: Part, folder: Path) -> int:
    """Kills its worker for part 3 always, for part 5 once."""
    if part.index == 3:
        os._exit(1)
    if part.index == 5 and not (folder / "died").exists():
        (folder / "died").touch()
        os._exit(1)
    return part.index


class _Deadly:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, part: Part) -> int:
        return deadly(part, self._folder)


def test_a_part_that_kills_its_workers(tmp_path: Path) -> None:
    """It is given up, and no other part is, though all of them lost their workers with it."""
    results = list(run(_Deadly(tmp_path), map(part, range(12)), "processes", 2))
    given_up = [result for result in results if isinstance(result, GivenUp)]
    assert [result.part.index for result in given_up] == [3]
    others: Any = set(results) - set(given_up)
    assert others == set(range(12)) - {3}


def dead(part: Part, **_: Any) -> None:
    os._exit(1)


def test_dead_parts_are_named_or_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rows_file(tmp_path, 3)
    monkeypatch.setattr(sys.modules["openai_harmony.data.convert"], "convert_part", dead)
    with pytest.raises(DataSetError, match=r"rows\.jsonl, part 0 \(0 to .*\): its worker died 3 times"):
        convert(path, tmp_path / "set", RECIPE, executor="processes", workers=1)
    manifest = convert(path, tmp_path / "set", RECIPE, executor="processes", workers=1, skip_dead_parts=True)
    assert [report.left_out for report in manifest.parts] == ["its worker died 3 times"]
    assert verify(tmp_path / "set") == manifest


def test_a_part_needs_a_form(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="set recipe.form"):
        convert_part(part(0), tmp_path, RECIPE.replace(form="auto"))
