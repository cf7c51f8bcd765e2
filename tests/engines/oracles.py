"""What the real engines say of an output: would their masks let these tokens through, and may the output stop there?

The engines are xgrammar and llguidance, as the wheels that servers use, and llama.cpp as the server in the wheel of
xllamacpp (`llama_server.py`). Stand-ins replace what xgrammar imports beside numpy (torch, transformers): it only
needs a bitmask.
"""

from __future__ import annotations

import functools
import json
import sys
import types
from dataclasses import dataclass
from typing import Any, Iterable, Sequence

import numpy

from openai_harmony import load_harmony_encoding
from openai_harmony.grammar import llguidance_tokenizer

STOP = (200002, 200012, 199999)
"""The end-of-sequence tokens in the generation configuration of gpt-oss."""
ROWS = 201_088
"""Rows of the output layer of gpt-oss."""

encoding = load_harmony_encoding("HarmonyGptOss")


@dataclass(frozen=True)
class Verdict:
    """True if every token was allowed by the mask, and the output was complete at the end."""

    ok: bool
    at: int
    """The first token that was refused; the number of tokens if only the end is missing."""
    why: str = ""

    def __bool__(self) -> bool:
        return self.ok


def encode(text: str) -> list[int]:
    """The tokens of a text in which special tokens are written out; ``{{<|end|>}}`` is their text as ordinary text."""
    tokens: list[int] = []
    while text:
        before, _, rest = text.partition("{{<|")
        tokens += encoding.encode(before, allowed_special="all")
        name, _, text = rest.partition("}}")
        tokens += encoding.encode(f"<|{name}", disallowed_special=()) if name else []
    return tokens


def _in_mask(mask: Any, token: int) -> bool:
    return bool(int(mask[0, token >> 5]) >> (token & 31) & 1)


# --- xgrammar ---


@functools.lru_cache(None)
def xgrammar() -> Any:
    import tvm_ffi  # noqa: F401  # before the stand-in, which it would take for the real torch

    torch: Any = types.ModuleType("torch")
    torch.int32, torch.float32, torch.bool, torch.Tensor, torch.device = (
        numpy.int32,
        numpy.float32,
        numpy.bool_,
        numpy.ndarray,
        str,
    )
    torch.LongTensor = torch.FloatTensor = numpy.ndarray
    torch.tensor = lambda values, dtype=None: numpy.asarray(values, dtype)
    torch.full = lambda shape, value, dtype=None: numpy.full(shape, value, dtype)
    sys.modules.setdefault("torch", torch)
    transformers: Any = types.ModuleType("transformers")
    nothing = type("NoTokenizer", (), {})
    transformers.PreTrainedTokenizerBase = transformers.PreTrainedTokenizerFast = transformers.LogitsProcessor = nothing
    sys.modules.setdefault("transformers", transformers)
    import xgrammar

    return xgrammar


@functools.lru_cache(None)
def xgrammar_compiler(stop: tuple[int, ...] = STOP, cache: bool = True) -> Any:
    """As vLLM makes it: special tokens have their text, the output layer is longer than the tokenizer."""
    engine = xgrammar()
    vocabulary = encoding.token_bytes()
    info = engine.TokenizerInfo(vocabulary, engine.VocabType.RAW, vocab_size=ROWS, stop_token_ids=list(stop))
    return engine.GrammarCompiler(info, max_threads=2, cache_enabled=cache)


@functools.lru_cache(512)
def _compiled(tag: str, stop: tuple[int, ...], cache: bool) -> Any:
    return xgrammar_compiler(stop, cache).compile_structural_tag(tag)


def asks_xgrammar(
    tag: dict[str, Any], tokens: Sequence[int], stop: tuple[int, ...] = STOP, cache: bool = True
) -> Verdict:
    matcher = xgrammar().GrammarMatcher(_compiled(json.dumps(tag), stop, cache), override_stop_tokens=list(stop))
    mask = numpy.full((1, (ROWS + 31) // 32), -1, numpy.int32)
    for index, token in enumerate(tokens):
        matcher.fill_next_token_bitmask(mask)
        if not _in_mask(mask, token):
            return Verdict(False, index, "mask")
        if not matcher.accept_token(token):
            return Verdict(False, index, "matcher")
        if matcher.is_terminated():
            return Verdict(index == len(tokens) - 1, index, "ended")
    matcher.fill_next_token_bitmask(mask)
    return Verdict(any(_in_mask(mask, token) for token in stop), len(tokens), "end")


# --- llguidance ---


@functools.lru_cache(None)
def llguidance_vocabulary() -> Any:
    return llguidance_tokenizer(encoding)


def asks_llguidance(lark: str, tokens: Sequence[int]) -> Verdict:
    import llguidance
    import llguidance.numpy

    vocabulary = llguidance_vocabulary()
    matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(lark), log_level=0)
    if matcher.is_error():
        raise ValueError(matcher.get_error())
    mask = llguidance.numpy.allocate_token_bitmask(1, vocabulary.vocab_size)
    for index, token in enumerate(tokens):
        if matcher.is_stopped():
            return Verdict(False, index, "ended")
        llguidance.numpy.fill_next_token_bitmask(matcher, mask)
        if not _in_mask(mask, token):
            return Verdict(False, index, "mask")
        if not matcher.consume_token(token):
            return Verdict(False, index, matcher.get_error())
    return Verdict(matcher.is_accepting() or matcher.is_stopped(), len(tokens), "end")


def without_stop(tokens: Iterable[int], stop: tuple[int, ...] = STOP) -> list[int]:
    """As an engine gives them that strips stop tokens."""
    tokens = list(tokens)
    return tokens[:-1] if tokens and tokens[-1] in stop else tokens
