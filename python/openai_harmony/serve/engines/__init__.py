"""Engines that serve gpt-oss, one module for each."""

from __future__ import annotations

from typing import Dict, Type

from .base import Batch, Engine, SamplingRequest
from .completions import Completions
from .http import EngineHttp
from .llama_cpp import LlamaCpp
from .sglang import Sglang
from .vllm import Vllm

__all__ = ["ENGINES", "Batch", "Engine", "EngineHttp", "SamplingRequest"]

ENGINES: Dict[str, Type[Engine]] = {
    "llama.cpp": LlamaCpp,
    "vllm": Vllm,
    "sglang": Sglang,
    "completions": Completions,
}
"""The names of the engines, as the operator gives them."""
