"""vLLM, by the token-in, token-out endpoint of its disaggregated serving: ``POST /inference/v1/generate``."""

from __future__ import annotations

import json
from typing import Any, AsyncIterator, Dict, List, Mapping, Optional

from ...grammar import OutputGrammar
from ..errors import EngineError
from .base import Batch, Engine, Logprob, SamplingRequest, token_ids

__all__ = ["Vllm"]

GENERATE = "/inference/v1/generate"
ABORT = "/inference/v1/abort_requests"
# vLLM stops for reasons of its own as well; what is not here counts as an abort.
REASONS = {"stop": "stop", "length": "length"}


class Vllm(Engine):
    """vLLM. Its names of the sampler's parameters are those of the APIs."""

    @staticmethod
    def constraint(grammar: OutputGrammar) -> Dict[str, Any]:
        return {"structured_outputs": {"structural_tag": json.dumps(grammar.to_xgrammar())}}

    async def check(self) -> None:
        """An empty request, which is refused where the endpoint is."""
        if (await self.http.post(self.url + GENERATE, {})).status == 404:
            raise EngineError("failed", f"It has no {GENERATE}. Start vLLM with --enable-scale-out.")

    async def sample(self, request: SamplingRequest) -> AsyncIterator[Batch]:
        reason: Optional[str] = None
        is_complete = False
        with_logprobs = request.top_logprobs is not None
        try:
            async for batch in self._batches(
                GENERATE,
                generate_body(request, self.model),
                lambda event, batch: read_event(event, batch, with_logprobs),
            ):
                # The usage comes after the reason, which is therefore the last thing to be passed on.
                reason, batch.reason = reason or batch.reason, None
                yield batch
            if reason is None:
                raise EngineError("closed", "The engine closed the connection before the output had ended.")
            is_complete = True
            yield Batch(reason=reason)
        finally:
            if not is_complete:
                self._abort(ABORT, {"request_ids": [f"generate-tokens-{request.id}"]})  # its name inside vLLM


def generate_body(request: SamplingRequest, model: Optional[str]) -> Dict[str, Any]:
    """The body of a request to ``GENERATE``."""
    sampling: Dict[str, Any] = {
        **request.parameters,
        **request.constraint,
        "max_tokens": request.max_tokens,  # without it, some versions stop after 16 tokens; null is no limit
        "stop_token_ids": request.stop_token_ids,
        "detokenize": False,
    }
    if request.top_logprobs is not None:
        sampling["logprobs"] = request.top_logprobs
    body: Dict[str, Any] = {
        "request_id": request.id,
        "token_ids": request.prompt,
        "sampling_params": sampling,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return body if model is None else {**body, "model": model}


def read_event(event: Mapping[str, Any], batch: Batch, with_logprobs: bool) -> None:
    """Add the tokens of a chunk, or the usage at the end."""
    usage = event.get("usage")
    if usage:
        batch.cached_tokens = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
        if not event["choices"]:
            # Some versions leave out the chunk of the reason if it has no tokens. "abort" lets the parser decide.
            batch.reason = batch.reason or "abort"
    for choice in event["choices"]:
        tokens = token_ids(choice.get("token_ids") or [])
        batch.extend(
            tokens, [read_logprob(entry) for entry in choice["logprobs"]["content"]] if with_logprobs else None
        )
        if choice.get("finish_reason") is not None:
            batch.reason = REASONS.get(choice["finish_reason"], "abort")


def read_logprob(entry: Mapping[str, Any]) -> Logprob:
    """The log-probability of a token, and its alternatives."""
    others: List[Mapping[str, Any]] = entry.get("top_logprobs") or []
    return entry["logprob"], {_id(other): other["logprob"] for other in others}


def _id(entry: Mapping[str, Any]) -> int:
    """The id of a token: a field of its own, or in the place of its text."""
    return int(entry["token_id"] if "token_id" in entry else entry["token"].removeprefix("token_id:"))
