"""The files of a tokenizer, as ``save_pretrained`` of ``transformers`` writes them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Tuple, Union

from ..arguments import expect
from .byte_level import name_of

if TYPE_CHECKING:
    from .tokenizer import HarmonyTokenizer

__all__: List[str] = []

# The pattern of o200k, in the syntax of `tokenizers`.
_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)


def write_files(tokenizer: HarmonyTokenizer, folder: Union[str, "os.PathLike[str]"]) -> Tuple[str, ...]:
    """Write ``tokenizer.json`` and ``tokenizer_config.json`` to a folder, which is made if it is not there."""
    expect("save_directory", folder, (str, os.PathLike), "a path")
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    contents = {"tokenizer_config.json": _config(tokenizer), "tokenizer.json": _model(tokenizer)}
    for name, content in contents.items():
        (path / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return tuple(str(path / name) for name in contents)


def _config(tokenizer: HarmonyTokenizer) -> Dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokenizer.bos_token,
        "eos_token": tokenizer.eos_token,
        "pad_token": tokenizer.pad_token,
        "clean_up_tokenization_spaces": False,
        "model_input_names": tokenizer.model_input_names,
        "model_max_length": tokenizer.model_max_length,
        "padding_side": tokenizer.padding_side,
        "truncation_side": tokenizer.truncation_side,
    }


def _model(tokenizer: HarmonyTokenizer) -> Dict[str, Any]:
    encoding = tokenizer.encoding
    ranks = {data: token for token, data in enumerate(encoding.token_bytes()) if data}
    added = {data: token for data, token in ranks.items() if encoding.is_special_token(token)}
    ordinary = {data: token for data, token in ranks.items() if data not in added}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": _PATTERN}, "behavior": "Isolated", "invert": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "added_tokens": [{"id": token, "content": data.decode("utf-8"), **flags} for data, token in added.items()],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "ignore_merges": True,
            "vocab": {name_of(data): token for data, token in ordinary.items()},
            "merges": _merges(ordinary),
        },
    }


def _merges(ranks: Dict[bytes, int]) -> List[List[str]]:
    """All ways in which a token is two tokens: the pairs of earlier tokens first, and before them those of earlier
    results."""
    names = {data: name_of(data) for data in ranks}
    merges: List[List[str]] = []
    for data in sorted(ranks, key=ranks.__getitem__):
        cuts = ((data[:at], data[at:]) for at in range(1, len(data)))
        pairs = [(left, right) for left, right in cuts if left in ranks and right in ranks]
        pairs.sort(key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))
        merges += [[names[left], names[right]] for left, right in pairs]
    return merges
