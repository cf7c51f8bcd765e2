"""SGLang, by its native ``POST /generate``."""

from __future__ import annotations

import json
from typing import Any, AsyncIterator, Dict, List, Mapping

from ...grammar import OutputGrammar
from ..errors import EngineError
from .base import Batch, Engine, Logprob, SamplingRequest, token_ids

__all__ = ["Sglang"]

PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "repetition_penalty": "repetition_penalty",
    "logit_bias": "logit_bias",
    "seed": "sampling_seed",
}


class Sglang(Engine):
    """SGLang. Its chunks repeat the output from the beginning, or not, by a flag of the server."""

    error_status = 400  # what it refuses, it reports after its status 200

    @staticmethod
    def constraint(grammar: OutputGrammar) -> Dict[str, Any]:
        return {"structural_tag": json.dumps(grammar.to_xgrammar())}

    async def sample(self, request: SamplingRequest) -> AsyncIterator[Batch]:
        sampled = Progress(request)
        try:
            async for batch in self._batches("/generate", generate_body(request), sampled.read):
                yield batch
                if sampled.is_complete:
                    return
            raise EngineError("closed", "The engine closed the connection before the output had ended.")
        finally:
            if not sampled.is_complete:
                self._abort("/abort_request", {"rid": request.id})


def generate_body(request: SamplingRequest) -> Dict[str, Any]:
    """The body of a request to ``/generate``."""
    given = request.parameters
    body: Dict[str, Any] = {
        "rid": request.id,
        "input_ids": request.prompt,
        "stream": True,
        "sampling_params": {
            **{theirs: given[ours] for ours, theirs in PARAMETERS.items() if ours in given},
            **request.constraint,
            "max_new_tokens": request.max_tokens,  # without it 128; null is no limit
            "stop_token_ids": request.stop_token_ids,
            "skip_special_tokens": False,
        },
    }
    if request.top_logprobs is not None:
        body.update(return_logprob=True, top_logprobs_num=request.top_logprobs)
    return body


class Progress:
    """How much of an output has been passed on."""

    def __init__(self, request: SamplingRequest) -> None:
        self.is_complete = False
        self._tokens = 0
        self._stops = request.stop_token_ids
        self._with_logprobs = request.top_logprobs is not None
        self._asked_cache = False

    def read(self, event: Mapping[str, Any], batch: Batch) -> None:
        """Add what is new in a chunk.

        That is counted, from the end: some servers repeat the output, some send what is new, and some releases put
        the end of the prompt before it.
        """
        meta = event["meta_info"]
        new = meta["completion_tokens"] - self._tokens
        if new < 0:
            raise ValueError(f"{meta['completion_tokens']} tokens after {self._tokens}")
        output = token_ids(event["output_ids"])
        tokens = output[len(output) - min(new, len(output)) :]
        self._tokens = meta["completion_tokens"]
        batch.extend(tokens, _logprobs(meta, len(tokens)) if self._with_logprobs else None)
        if not self._asked_cache:
            self._asked_cache, batch.cached_tokens = True, meta.get("cached_tokens")
        if meta.get("finish_reason") is not None:
            self._finish(meta["finish_reason"], batch)

    def _finish(self, reason: Mapping[str, Any], batch: Batch) -> None:
        status = reason.get("status_code")
        if reason["type"] == "abort" and status:
            kind = "refused" if status == 400 else "failed"
            raise EngineError(kind, f"The engine aborted the request: {reason.get('message')}")
        self.is_complete = True
        batch.reason = reason["type"] if reason["type"] in ("stop", "length") else "abort"
        matched = reason.get("matched")
        if matched in self._stops and batch.tokens[-1:] != [matched]:
            # The stop token was trimmed, but a call of a hosted tool is one only with it.
            batch.extend([matched], [(0.0, {})] if self._with_logprobs else None)


def _logprobs(meta: Mapping[str, Any], count: int) -> List[Logprob]:
    """Those of the last tokens: rows of log-probability, id and text."""
    if count == 0:
        return []
    tokens = meta["output_token_logprobs"][-count:]
    others = (meta.get("output_top_logprobs") or [None] * count)[-count:]
    return [
        (logprob, {id: other for other, id, *_ in alternatives or ()})
        for (logprob, *_), alternatives in zip(tokens, others)
    ]
