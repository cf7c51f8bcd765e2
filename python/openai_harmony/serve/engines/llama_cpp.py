"""llama.cpp's server, by ``POST /completion``."""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict, List, Mapping

from ...encoding import load_harmony_encoding
from ...grammar import OutputGrammar
from ..errors import EngineError
from .base import Batch, Engine, Logprob, SamplingRequest, token_ids

__all__ = ["LlamaCpp"]

# The APIs' names, and llama.cpp's. What a request leaves out has the value that the APIs have for it: the defaults of
# llama.cpp (temperature 0.8, top_k 40, min_p 0.05) are for other models.
PARAMETERS = {
    "temperature": ("temperature", 1.0),
    "top_p": ("top_p", 1.0),
    "top_k": ("top_k", 0),
    "min_p": ("min_p", 0.0),
    "presence_penalty": ("presence_penalty", 0.0),
    "frequency_penalty": ("frequency_penalty", 0.0),
    "repetition_penalty": ("repeat_penalty", 1.0),
}
REASONS = {"eos": "stop", "word": "stop", "limit": "length"}


class LlamaCpp(Engine):
    """llama.cpp. It stops at the stop tokens of the model by itself."""

    @staticmethod
    def constraint(grammar: OutputGrammar) -> Dict[str, Any]:
        return {"grammar": grammar.to_gbnf()}

    async def sample(self, request: SamplingRequest) -> AsyncIterator[Batch]:
        with_logprobs = request.top_logprobs is not None
        is_cached_known = False
        async for batch in self._batches(
            "/completion", completion_body(request), lambda event, batch: read_event(event, batch, with_logprobs)
        ):
            if is_cached_known:
                batch.cached_tokens = None  # Each report of the progress repeats it.
            is_cached_known = is_cached_known or batch.cached_tokens is not None
            yield batch
            if batch.reason is not None:
                return
        raise EngineError("closed", "The engine closed the connection before the output had ended.")


def completion_body(request: SamplingRequest) -> Dict[str, Any]:
    """The body of a request to ``/completion``."""
    given = request.parameters
    body: Dict[str, Any] = {
        "prompt": request.prompt,
        "n_predict": -1 if request.max_tokens is None else request.max_tokens,
        "stream": True,
        "return_tokens": True,
        "return_progress": True,
        "cache_prompt": True,
        **{theirs: given.get(ours, default) for ours, (theirs, default) in PARAMETERS.items()},
        **request.constraint,
    }
    body["top_k"] = max(body["top_k"], 0)
    if "seed" in given:
        body["seed"] = given["seed"] & 0xFFFF_FFFF  # it is unsigned there
    if given.get("logit_bias"):
        body["logit_bias"] = [[int(token), bias] for token, bias in given["logit_bias"].items()]
    if request.top_logprobs is not None:
        body["n_probs"] = max(request.top_logprobs, 1)
    return body


def read_event(event: Mapping[str, Any], batch: Batch, with_logprobs: bool) -> None:
    """Add the tokens of an event, or how much of the prompt was cached."""
    progress = event.get("prompt_progress")
    if progress is not None:
        batch.cached_tokens = int(progress["cache"])
        return
    tokens = token_ids(event.get("tokens", []))
    text = event.get("content") or ""
    if not text.isascii():
        tokens = lost_tokens(text, tokens) + tokens
    logprobs = None
    if with_logprobs:
        logprobs = [read_logprob(entry) for entry in event.get("completion_probabilities", ())]
        # The server has no log-probabilities of tokens that it did not send. Zero adds nothing to a sum.
        logprobs = [(0.0, {})] * (len(tokens) - len(logprobs)) + logprobs[: len(tokens)]
    batch.extend(tokens, logprobs)
    if event.get("stop"):
        batch.reason = REASONS.get(event.get("stop_type", ""), "abort")


def read_logprob(entry: Mapping[str, Any]) -> Logprob:
    """The log-probability of a token, and its alternatives."""
    return entry["logprob"], {other["id"]: other["logprob"] for other in entry["top_logprobs"]}


def lost_tokens(text: str, tokens: List[int]) -> List[int]:
    """The tokens that a streamed event should have had before those it has.

    When a character is split over several tokens, the server waits until it is whole and then sends its text with the
    id of the last token alone. The bytes of the others are what the text has before it. Which tokens they were is not
    certain, but the usual encoding of the text ends in the same token if the model wrote it that way.
    """
    if text.isascii() or not tokens:  # ASCII is never split
        return []
    encoding = load_harmony_encoding("HarmonyGptOss")
    written, sent = text.encode(), encoding.decode_bytes(token for token in tokens if token < FIRST_SPECIAL)
    if len(sent) >= len(written) or not written.endswith(sent):
        return []
    usual = encoding.encode(text, disallowed_special=())
    if usual[-len(tokens) :] == tokens:
        return usual[: -len(tokens)]
    return _spelled(written[: len(written) - len(sent)])


FIRST_SPECIAL = 199_998


def _spelled(text: bytes) -> List[int]:
    """Tokens with these bytes, which need not be UTF-8: one for each."""
    encoding = load_harmony_encoding("HarmonyGptOss")
    global _BYTES
    if not _BYTES:
        vocabulary = encoding.token_bytes()[:FIRST_SPECIAL]
        _BYTES = {piece[0]: token for token, piece in enumerate(vocabulary) if len(piece) == 1}
    return [_BYTES[byte] for byte in text]


_BYTES: Dict[int, int] = {}
