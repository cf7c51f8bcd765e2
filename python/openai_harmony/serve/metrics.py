"""What the gateway counts, in Prometheus' form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Metrics"]

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """The metrics of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "harmony_requests", "Requests that were answered.", ["api", "status"], registry=registry
        )
        self.open = Gauge("harmony_open_requests", "Requests that are being answered.", ["api"], registry=registry)
        self.prompt_tokens = Counter("harmony_prompt_tokens", "Tokens of prompts.", ["api"], registry=registry)
        self.cached_tokens = Counter(
            "harmony_cached_prompt_tokens",
            "Tokens of prompts that the engine had in its cache.",
            ["api"],
            registry=registry,
        )
        self.tokens = Counter("harmony_sampled_tokens", "Tokens that were sampled.", ["channel"], registry=registry)
        self.repairs = Counter("harmony_repairs", "Repairs of output off the format.", ["kind"], registry=registry)
        self.first_token = Histogram(
            "harmony_time_to_first_token_seconds", "Until the first token.", ["api"], buckets=SECONDS, registry=registry
        )
        self.duration = Histogram(
            "harmony_request_duration_seconds",
            "Until the answer was complete.",
            ["api"],
            buckets=SECONDS,
            registry=registry,
        )
        self.engine_errors = Counter(
            "harmony_engine_errors", "Failures of engines.", ["engine", "kind"], registry=registry
        )
        self.engine_up = Gauge("harmony_engine_up", "Whether an engine is up.", ["engine"], registry=registry)
        self.tool_calls = Counter(
            "harmony_tool_calls", "Calls that the gateway ran.", ["tool", "outcome"], registry=registry
        )

    def engine_failed(self, url: str, kind: str) -> None:
        """Count a failure of an engine."""
        self.engine_errors.labels(url, kind).inc()

    def text(self) -> bytes:
        """All metrics as text."""
        return generate_latest(self.registry)
