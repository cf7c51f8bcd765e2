"""Data sets on a cluster of three nodes, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Dict, List

import pytest

ray = pytest.importorskip("ray")

from conftest import Cluster  # noqa: E402
from openai_harmony.data import MapBatches, Part, PartReport, Recipe, convert, prepare, verify  # noqa: E402
from openai_harmony.data.executors import GivenUp, run  # noqa: E402

ROWS = 10_000
RECIPE = Recipe(form="chat", keep=("id",))


def rows_file(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for number in range(ROWS):
            question, answer = f"How much is {number} + {number}? " * 20, str(2 * number)
            messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            file.write(json.dumps({"id": number, "messages": messages}) + "\n")
    return path


def names_and_bytes(target: Path) -> Dict[str, bytes]:
    return {path.name: path.read_bytes() for path in target.iterdir() if path.name != ".lock"}


def test_a_part_that_kills_its_workers_is_given_up(cluster: Cluster) -> None:
    def die(part: Part) -> None:
        os._exit(1)

    ray.init(address=cluster.address, _node_ip_address="127.0.0.2", log_to_driver=False)
    try:
        part = Part(0, "rows.jsonl", "lines", 0, 1)
        (result,) = run(die, iter([part]), "ray", None)
    finally:
        ray.shutdown()
    assert isinstance(result, GivenUp) and result.part == part
    assert result.reason.startswith("its worker died 3 times")


def test_ray_data(cluster: Cluster) -> None:
    rows = [
        {
            "id": str(number),
            "messages": [{"role": "user", "content": f"{number}?"}, {"role": "assistant", "content": str(number)}],
        }
        for number in range(500)
    ]
    ray.init(address=cluster.address, _node_ip_address="127.0.0.2", log_to_driver=False)
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        data = ray.data.from_items(rows, override_num_blocks=4)
        mapped = data.map_batches(MapBatches(RECIPE), batch_format="pyarrow", batch_size=50)
        found = {row["id"]: (list(row["input_ids"]), list(row["loss_mask"])) for row in mapped.take_all()}
    finally:
        ray.shutdown()
    table = prepare(rows, RECIPE)
    expected = zip(table["id"], table["input_ids"], table["loss_mask"])
    assert found == {name: (ids.tolist(), mask.tolist()) for name, ids, mask in expected}


def test_a_cluster_that_loses_a_node_writes_the_same_bytes(cluster: Cluster, tmp_path: Path) -> None:
    path = rows_file(tmp_path)
    convert(path, tmp_path / "threads", RECIPE, part_bytes=1 << 17)
    done: List[PartReport] = []

    def kill_a_node(report: PartReport) -> None:
        done.append(report)
        if len(done) == 2:
            cluster.kill(2)

    ray.init(address=cluster.address, _node_ip_address="127.0.0.2", log_to_driver=False)
    try:
        target = tmp_path / "ray"
        manifest = convert(path, target, RECIPE, part_bytes=1 << 17, executor="ray", on_part=kill_a_node)
    finally:
        ray.shutdown()
    assert len(done) == len(manifest.parts) > 20
    assert manifest.statistics.samples == ROWS
    assert verify(target) == manifest
    assert names_and_bytes(target) == names_and_bytes(tmp_path / "threads")
