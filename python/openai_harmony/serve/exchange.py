"""One request and its answer: what the log and the metrics say about it."""

from __future__ import annotations

import time
from typing import Any, Dict, Iterable, List, Mapping, Optional

from ..encoding import HarmonyEncoding
from ..events import Repair
from .logs import LOG
from .metrics import Metrics

__all__ = ["Exchange"]


class Exchange:
    """Collects what is known of a request; ``close`` reports it, once."""

    def __init__(self, api: str, metrics: Metrics, encoding: HarmonyEncoding) -> None:
        self.api = api
        self.status = 500
        self.fields: Dict[str, Any] = {}
        self._metrics = metrics
        self._encoding = encoding
        self._begun = time.monotonic()
        self._first: Optional[float] = None
        self._sampled: List[List[int]] = []
        metrics.open.labels(api).inc()

    def sampled(self, output: int, tokens: List[int]) -> None:
        """Tokens of an output arrived; outputs are counted from 0."""
        if self._first is None and tokens:
            self._first = time.monotonic()
        while len(self._sampled) <= output:
            self._sampled.append([])
        self._sampled[output] += tokens

    @property
    def outputs(self) -> int:
        """How many outputs there have been."""
        return len(self._sampled)

    @property
    def sampled_tokens(self) -> int:
        """How many tokens were sampled, in all outputs."""
        return sum(map(len, self._sampled))

    def prompt(self, tokens: int) -> None:
        """A prompt was sent to an engine."""
        self.fields["prompt_tokens"] = self.fields.get("prompt_tokens", 0) + tokens
        self._metrics.prompt_tokens.labels(self.api).inc(tokens)

    def cached(self, tokens: int) -> None:
        """The engine had so many tokens of a prompt in its cache."""
        self.fields["cached_tokens"] = self.fields.get("cached_tokens", 0) + tokens
        self._metrics.cached_tokens.labels(self.api).inc(tokens)

    def ended(self, status: int, error: Optional[Mapping[str, Any]] = None) -> None:
        """The answer is known; it may still have to be sent."""
        self.status = status
        if error is not None:
            self.fields["error"] = {name: error.get(name) for name in ("type", "code", "param")}

    def repaired(self, repairs: Iterable[Repair]) -> None:
        """What lenient parsing repaired, of all outputs."""
        self.fields["repairs"] = [repair.kind.value for repair in repairs]

    def close(self) -> None:
        """Count and log the request."""
        metrics, api = self._metrics, self.api
        seconds = time.monotonic() - self._begun
        metrics.open.labels(api).dec()
        metrics.requests.labels(api, str(self.status)).inc()
        metrics.duration.labels(api).observe(seconds)
        for kind in self.fields.get("repairs", ()):
            metrics.repairs.labels(kind).inc()
        if self._first is not None:
            metrics.first_token.labels(api).observe(self._first - self._begun)
            self.fields["first_token_ms"] = round((self._first - self._begun) * 1000, 1)
        for tokens in self._sampled:
            for usage in self._encoding.parse(tokens, "assistant", strict=False).usage:
                metrics.tokens.labels(_channel(usage.channel)).inc(usage.total_tokens)
        report = {
            "api": api,
            "status": self.status,
            **self.fields,
            "sampled_tokens": self.sampled_tokens,
            "duration_ms": round(seconds * 1000, 1),
        }
        LOG.info("request", extra=report)


def _channel(name: Optional[str]) -> str:
    """A label of the metrics: the model may write any name, and each label is a time series."""
    return name if name in ("analysis", "commentary", "final") else "other"
