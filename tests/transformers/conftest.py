from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_harmony.huggingface import HarmonyTokenizer


@pytest.fixture(scope="session")
def ours() -> HarmonyTokenizer:
    return HarmonyTokenizer()


@pytest.fixture(scope="session")
def theirs(ours: HarmonyTokenizer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tokenizer of `transformers` over the same vocabulary, from the files that ours writes."""
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tokenizer")
    paths = ours.save_pretrained(folder)
    assert [Path(path).name for path in paths] == ["tokenizer_config.json", "tokenizer.json"]
    return PreTrainedTokenizerFast.from_pretrained(str(folder))
