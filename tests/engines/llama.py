"""llama.cpp's own grammar code, out of the wheel of xllamacpp, by its C interface."""

from __future__ import annotations

import ctypes
import functools
import pathlib
from typing import Any, Sequence

from oracles import STOP, Verdict


class TokenData(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int32), ("logit", ctypes.c_float), ("p", ctypes.c_float)]


class TokenDataArray(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.POINTER(TokenData)),
        ("size", ctypes.c_size_t),
        ("selected", ctypes.c_int64),
        ("sorted", ctypes.c_bool),
    ]


class ModelParams(ctypes.Structure):
    """Larger than the real one, whose fields differ between versions: it is only handed back."""

    _fields_ = [("bytes", ctypes.c_char * 512)]


@functools.lru_cache(None)
def library() -> ctypes.CDLL:
    import xllamacpp

    path = next(pathlib.Path(xllamacpp.__file__).parent.glob("*.so"))
    llama = ctypes.CDLL(str(path))
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "llama_model_default_params": (ModelParams, []),
        "llama_model_load_from_file": (pointer, [text, ModelParams]),
        "llama_model_get_vocab": (pointer, [pointer]),
        "llama_sampler_init_grammar": (pointer, [pointer, text, text]),
        "llama_sampler_apply": (None, [pointer, ctypes.POINTER(TokenDataArray)]),
        "llama_sampler_accept": (None, [pointer, ctypes.c_int32]),
        "llama_sampler_free": (None, [pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(llama, name)
        function.restype, function.argtypes = result, arguments
    return llama


@functools.lru_cache(None)
def vocabulary(model: str) -> Any:
    llama = library()
    loaded = llama.llama_model_load_from_file(model.encode(), llama.llama_model_default_params())
    assert loaded, f"llama.cpp cannot read {model}"
    return llama.llama_model_get_vocab(loaded)


def asks_llama(model: str, gbnf: str, tokens: Sequence[int], stop: tuple[int, ...] = STOP) -> Verdict:
    llama = library()
    sampler = llama.llama_sampler_init_grammar(vocabulary(model), gbnf.encode(), b"root")
    if not sampler:
        raise ValueError("llama.cpp cannot read the grammar")
    try:
        for index, token in enumerate(tokens):
            if not _allows(llama, sampler, token):
                return Verdict(False, index, "mask")
            if token in stop:
                return Verdict(index == len(tokens) - 1, index, "ended")
            llama.llama_sampler_accept(sampler, token)
        return Verdict(any(_allows(llama, sampler, token) for token in stop), len(tokens), "end")
    finally:
        llama.llama_sampler_free(sampler)


def _allows(llama: ctypes.CDLL, sampler: Any, token: int) -> bool:
    candidate = TokenData(token, 0.0, 0.0)
    candidates = TokenDataArray(ctypes.pointer(candidate), 1, -1, False)
    llama.llama_sampler_apply(sampler, ctypes.byref(candidates))
    return candidate.logit > -1e30
