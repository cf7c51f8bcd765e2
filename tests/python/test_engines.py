"""Serving engines that were written for release 0.0.8 get the same answers."""

from __future__ import annotations

import json

import pytest

import engine
from conftest import ROOT

ANSWERS = json.loads((ROOT / "test-data" / "engine.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def record() -> dict[str, object]:
    return engine.record()


def test_every_answer_is_known(record: dict[str, object]) -> None:
    assert sorted(record) == sorted(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_those_of_the_release(record: dict[str, object], name: str) -> None:
    assert record[name] == ANSWERS[name]
