"""Stand-ins for vLLM and SGLang, which need a graphics card.

They are not the engines: they are written from the sources of vLLM (entrypoints/serve/disagg and scale_out, and its
page about this API) and of SGLang (srt/managers/tokenizer_manager.py, srt/entrypoints/http_server.py, its
documentation and its issue 17240), speak their protocol, and say what a test tells them to say. Each can also be told
to fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from typing import Any, AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from openai_harmony import load_harmony_encoding

ENCODING = load_harmony_encoding("HarmonyGptOss")


def tokens_of(text: str) -> list[int]:
    return ENCODING.encode(text, allowed_special="all")


THOUGHT = tokens_of("<|channel|>analysis<|message|>Think.<|end|><|start|>assistant")
ANSWER = THOUGHT + tokens_of("<|channel|>final<|message|>It is sunny in Lisbon.<|return|>")


class StandIn:
    """An engine that samples what it is told, ``step`` tokens at a time."""

    path = ""
    abort_path = ""

    def __init__(self) -> None:
        self.script: list[list[int]] = []
        self.requests: list[dict[str, Any]] = []
        self.aborts: list[Any] = []
        self.open = 0
        self.step = 3
        self.pause = 0.0
        self.reason = "stop"
        self.fault: str | None = None
        self.fault_after = 6
        self.url = ""

    def say(self, *outputs: list[int], reason: str = "stop", fault: str | None = None, after: int = 6) -> None:
        """What to sample next. Without anything left to say, it says ``ANSWER``."""
        self.script, self.requests, self.aborts = list(outputs), [], []
        self.reason, self.fault, self.fault_after = reason, fault, after

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(self.path, self._generate, methods=["POST"]),
                Route(self.abort_path, self._abort, methods=["POST"]),
                Route("/health", lambda _: Response(status_code=500 if self.fault == "sick" else 200)),
                Route("/v1/models", lambda _: JSONResponse({"data": [{"id": "stand-in"}]})),
            ]
        )

    async def _abort(self, request: Request) -> Response:
        self.aborts += self.aborted(await request.json())
        return Response()

    def aborted(self, body: dict[str, Any]) -> list[str]:
        """The requests that an abort names, as they were named when they were made."""
        raise NotImplementedError

    async def _generate(self, request: Request) -> Response:
        body = await request.json()
        if not body:
            return JSONResponse({"error": {"message": "Field required", "code": 400}}, 400)
        self.requests.append(body)
        if self.fault == "busy":
            return JSONResponse({"error": {"message": "too many requests", "code": 503}}, 503)
        if self.fault == "refused":
            return JSONResponse({"error": {"message": "the context is too long", "code": 400}}, 400)
        if self.fault == "endless answer":
            return StreamingResponse(self._endless(), 500)
        if self.fault == "page":
            return Response("<html>\n<h1>It works!</h1>\n</html>", media_type="text/html")
        output = self.script.pop(0) if self.script else ANSWER
        return StreamingResponse(self._stream(body, output), media_type="text/event-stream")

    async def _stream(self, body: dict[str, Any], output: list[int]) -> AsyncIterator[bytes]:
        self.open += 1
        try:
            for start in range(0, len(output), self.step):
                if self.fault is not None and start >= self.fault_after:
                    yield await self._fail(self.fault)
                    return
                if self.pause:
                    await asyncio.sleep(self.pause)
                is_last = start + self.step >= len(output)
                yield sse(self.chunk(body, output, start, self.reason if is_last else None))
            for event in self.ending(body, output):
                yield sse(event)
            yield b"data: [DONE]\n\n"
        finally:
            self.open -= 1

    async def _endless(self) -> AsyncIterator[bytes]:
        self.open += 1
        try:
            while True:
                yield b" " * (1 << 16)
                await asyncio.sleep(0)
        finally:
            self.open -= 1

    async def _fail(self, fault: str) -> bytes:
        if fault == "garbage":
            return b"data: {'single': quotes}\n\n"
        if fault == "shape":
            return sse({"choices": [{"token_ids": "text"}], "output_ids": 7, "meta_info": {"completion_tokens": "x"}})
        if fault == "error":
            return sse({"error": {"message": "CUDA error", "code": 500}})
        if fault == "wrong":
            return sse({"error": {"message": "the input is longer than the context"}})
        if fault == "endless":
            return b"data: " + b" " * (9 << 20)
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "die":
            raise RuntimeError("the stand-in dies, as it was told")
        return b""  # "close": the stream just ends

    def chunk(self, body: dict[str, Any], output: list[int], start: int, reason: str | None) -> dict[str, Any]:
        raise NotImplementedError

    def ending(self, body: dict[str, Any], output: list[int]) -> list[dict[str, Any]]:
        return []


class VllmStandIn(StandIn):
    path = "/inference/v1/generate"
    abort_path = "/inference/v1/abort_requests"
    names_by_text = False

    def aborted(self, body: dict[str, Any]) -> list[str]:
        prefix = "generate-tokens-"  # of the names inside vLLM; others are ignored there
        return [name.removeprefix(prefix) for name in body["request_ids"] if name.startswith(prefix)]

    def chunk(self, body: dict[str, Any], output: list[int], start: int, reason: str | None) -> dict[str, Any]:
        tokens = output[start : start + self.step]
        logprobs = None
        if body["sampling_params"].get("logprobs") is not None:
            others = {"logprob": -0.5, "top_logprobs": [{**self.named(19), "logprob": -0.5}]}
            logprobs = {"content": [{**self.named(token), **others} for token in tokens]}
        choice = {"index": 0, "logprobs": logprobs, "finish_reason": reason, "token_ids": tokens}
        return {"request_id": f"generate-tokens-{body['request_id']}", "choices": [choice], "usage": None}

    def named(self, token: int) -> dict[str, Any]:
        """How log-probabilities name a token: vLLM 0.33 by its id, versions before it in the place of its text."""
        return {"token": f"token_id:{token}"} if self.names_by_text else {"token_id": token, "rank": 1}

    def ending(self, body: dict[str, Any], output: list[int]) -> list[dict[str, Any]]:
        usage = {"prompt_tokens": len(body["token_ids"]), "completion_tokens": len(output)}
        return [{"choices": [], "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 5}}}]


class SglangStandIn(StandIn):
    path = "/generate"
    abort_path = "/abort_request"
    cumulative = True
    prompt_tail = 0
    trims_stop = False

    def aborted(self, body: dict[str, Any]) -> list[str]:
        return [body["rid"]]

    def chunk(self, body: dict[str, Any], output: list[int], start: int, reason: str | None) -> dict[str, Any]:
        end = min(start + self.step, len(output))
        tokens = output[0 if self.cumulative else start : end]
        if self.cumulative:
            tokens = body["input_ids"][len(body["input_ids"]) - self.prompt_tail :] + tokens
        meta: dict[str, Any] = {"completion_tokens": end, "cached_tokens": 5, "finish_reason": None}
        if body.get("return_logprob"):
            rows = [[-0.5, token, None] for token in output[0 if self.cumulative else start : end]]
            meta.update(output_token_logprobs=rows, output_top_logprobs=[[[-0.5, 19, None]] for _ in rows])
        if reason is not None:
            meta["finish_reason"] = {"type": reason, **({"matched": output[-1]} if reason == "stop" else {})}
            if self.trims_stop and reason == "stop":
                tokens, meta["completion_tokens"] = tokens[:-1], end - 1
        return {"text": "", "output_ids": tokens, "meta_info": meta}


class StrippingStandIn(StandIn):
    """A server of completions that removes special tokens from its text."""

    path = "/v1/completions"
    abort_path = "/none"

    async def _generate(self, request: Request) -> Response:
        return JSONResponse({"choices": [{"text": "analysisThink", "finish_reason": "length"}]})


def sse(event: Any) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n\n"


@contextlib.contextmanager
def running(stand_in: StandIn) -> Iterator[StandIn]:
    """The stand-in on a socket of loopback."""
    with serving(stand_in.app()) as stand_in.url:
        yield stand_in


@contextlib.contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The address of an application on a socket of loopback."""
    config = uvicorn.Config(app, port=0, log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def eventually(condition: Any, seconds: float = 10) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
