"""Two hundred streams at the same time: none loses or reorders a token."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "benches"))

import serve_load

STREAMS = 200
TOKENS = 150


def test_no_stream_loses_or_reorders_a_token() -> None:
    with serve_load.engine(TOKENS) as (port, times), serve_load.gateway(port) as gateway:
        latencies = serve_load.load(gateway, "/v1/chat/completions", times, STREAMS, TOKENS)
    assert len(latencies) == STREAMS * TOKENS
