"""llama.cpp's own grammar code, out of the wheel of xllamacpp, by its C interface."""

from __future__ import annotations

import ctypes
import functools
import pathlib
from typing import Any, Sequence

import numpy
from oracles import STOP, Verdict

TokenData = numpy.dtype([("id", numpy.int32), ("logit", numpy.float32), ("p", numpy.float32)])


class TokenDataArray(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
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


class GrammarSampler:
    """llama.cpp's grammar sampler, which follows one output."""

    def __init__(self, model: str, gbnf: str) -> None:
        self._llama = library()
        self._sampler = self._llama.llama_sampler_init_grammar(vocabulary(model), gbnf.encode(), b"root")
        if not self._sampler:
            raise ValueError("llama.cpp cannot read the grammar")

    def __enter__(self) -> GrammarSampler:
        return self

    def __exit__(self, *_: object) -> None:
        self._llama.llama_sampler_free(self._sampler)

    def allowed(self, tokens: Sequence[int] | numpy.ndarray) -> numpy.ndarray:
        """Those of the ids that may come next."""
        data = numpy.zeros(len(tokens), TokenData)
        data["id"] = tokens
        candidates = TokenDataArray(data.ctypes.data, len(data), -1, False)
        self._llama.llama_sampler_apply(self._sampler, ctypes.byref(candidates))
        return data["id"][~numpy.isneginf(data["logit"])]

    def accept(self, token: int) -> None:
        self._llama.llama_sampler_accept(self._sampler, token)


def asks_llama(model: str, gbnf: str, tokens: Sequence[int], stop: tuple[int, ...] = STOP) -> Verdict:
    with GrammarSampler(model, gbnf) as sampler:
        for index, token in enumerate(tokens):
            if not len(sampler.allowed([token])):
                return Verdict(False, index, "mask")
            if token in stop:
                return Verdict(index == len(tokens) - 1, index, "ended")
            sampler.accept(token)
        return Verdict(len(sampler.allowed(stop)) > 0, len(tokens), "end")
