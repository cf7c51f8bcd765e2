"""Any server with OpenAI's ``POST /v1/completions`` that leaves special tokens in the text."""

from __future__ import annotations

from typing import Any, AsyncIterator, ClassVar, Dict, List, Mapping

from pydantic_core import from_json

from ...encoding import load_harmony_encoding
from ...errors import HarmonyGrammarError
from ...grammar import OutputGrammar
from ..errors import EngineError
from .base import Batch, Engine, SamplingRequest, decoding, token_ids
from .http import refusal

__all__ = ["Completions"]

ENCODING = load_harmony_encoding("HarmonyGptOss")
SPECIAL = [text.encode() for text in ENCODING.special_tokens()]
PROBE = "<|start|>user<|message|>Hi<|end|><|start|>assistant"
PROBE_SECONDS = 60.0
"""For an engine that has to wake up first."""
REASONS = {"stop": "stop", "length": "length", "content_filter": "content_filter"}


class Completions(Engine):
    """Text out, and ids in where the server takes them. Servers that also send ids are taken at their ids.

    There are no grammars and no log-probabilities, because servers do not agree on them.
    """

    health_path = "/v1/models"
    has_grammars: ClassVar[bool] = False
    has_logprobs: ClassVar[bool] = False
    takes_ids = True

    @staticmethod
    def constraint(grammar: OutputGrammar) -> Dict[str, Any]:
        raise HarmonyGrammarError("a server that is used by /v1/completions has no grammars")

    async def check(self) -> None:
        """One request: a gpt-oss writes ``<|channel|>`` first, unless the server removes it."""
        prompt = ENCODING.encode(PROBE, allowed_special="all")
        answer = await self._probe({"prompt": prompt})
        if answer is None:
            self.takes_ids = False
            answer = await self._probe({"prompt": PROBE})
        if answer is None:
            raise EngineError("failed", "It refuses completions, of ids as well as of text.")
        with decoding():
            choice = answer["choices"][0]
            if not choice.get("token_ids") and "<|" not in choice["text"]:
                raise EngineError(
                    "failed",
                    f"It removes special tokens: after <|start|>assistant it wrote {choice['text']!r}. "
                    "Start it so that it keeps them, or use another kind of engine.",
                )

    async def _probe(self, prompt: Mapping[str, Any]) -> Any:
        """The answer to a short request, None if it was refused."""
        body = {**self._extras(), **prompt, "max_tokens": 4, "temperature": 0}
        answer = await self.http.post(f"{self.url}/v1/completions", body, seconds=PROBE_SECONDS)
        if answer.status in (400, 422):
            return None
        if answer.status != 200:
            raise refusal(answer)
        with decoding():
            return from_json(answer.body)

    async def sample(self, request: SamplingRequest) -> AsyncIterator[Batch]:
        text = TextTokens()
        async for batch in self._batches(
            "/v1/completions", self._body(request), lambda event, batch: read_event(event, batch, text)
        ):
            yield batch
            if batch.reason is not None:
                return
        raise EngineError("closed", "The engine closed the connection before the output had ended.")

    def _extras(self) -> Dict[str, Any]:
        """What some servers need to leave special tokens in the text, or to send ids; others do not look at it."""
        extras: Dict[str, Any] = {"skip_special_tokens": False, "return_token_ids": True}
        return extras if self.model is None else {**extras, "model": self.model}

    def _body(self, request: SamplingRequest) -> Dict[str, Any]:
        body = {**self._extras(), **request.parameters, "prompt": self._prompt(request.prompt), "stream": True}
        body["stop_token_ids"] = request.stop_token_ids
        # Without a limit of their own, servers have small ones: OpenAI's is 16.
        body["max_tokens"] = request.max_tokens or 32_768
        return body

    def _prompt(self, prompt: List[int]) -> Any:
        if self.takes_ids:
            return prompt
        text = ENCODING.decode(prompt)
        if ENCODING.encode(text, allowed_special="all") != prompt:
            # The server would read the text of a special token in a message as that token.
            message = "A message has the text of a special token, which this engine cannot tell from the token."
            raise EngineError("refused", message)
        return text


def read_event(event: Mapping[str, Any], batch: Batch, text: TextTokens) -> None:
    """Add the tokens of a chunk."""
    if not event.get("choices"):  # only the usage
        return
    choice = event["choices"][0]
    reason = choice.get("finish_reason")
    if choice.get("token_ids") is not None:
        batch.extend(token_ids(choice["token_ids"]))
    else:
        batch.extend(text.push(choice.get("text") or "", is_last=reason is not None))
    if reason is not None:
        batch.reason = REASONS.get(reason, "abort")


class TextTokens:
    """Streamed text to tokens. What may be the first half of a special token waits for the other half."""

    def __init__(self) -> None:
        self._held = ""

    def push(self, text: str, *, is_last: bool) -> List[int]:
        """The tokens of the text that is certain now."""
        text = self._held + text
        end = len(text) if is_last else len(text) - _half_special(text)
        self._held = text[end:]
        return ENCODING.encode(text[:end], allowed_special="all")


def _half_special(text: str) -> int:
    """How many characters at the end of a text may be the beginning of a special token."""
    at = text.rfind("<", max(len(text) - 32, 0))
    if at < 0:
        return 0
    tail = text[at:].encode()
    return len(text) - at if any(name.startswith(tail) and name != tail for name in SPECIAL) else 0
