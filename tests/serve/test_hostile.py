"""Requests and outputs at random: the gateway never fails, and every answer has the form of its API."""

from __future__ import annotations

import asyncio
import json
import pathlib
from random import Random
from typing import Any, AsyncIterator

import aiohttp
import pytest
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from conftest import Gateway, gateway
from mutations import mutated
from stand_ins import VllmStandIn, eventually, running, sse, tokens_of
from valid import check_chunks, check_events

AT_ONCE = 8
ANSWERED = {"id", "object", "created_at", "status", "model", "output", "error", "incomplete_details", "usage"}
SNIPPETS = [
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant",
    "<|channel|>final<|message|>It is sunny in Lisbon, 🦙.",
    '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"city": "Rome"}<|call|>',
    "<|channel|>analysis to=python code<|message|>print(1)<|call|>",
    "<|start|>assistant<|channel|>commentary<|message|>I look it up.<|end|>",
    "<|message|>",
    "<|end|>",
    "<|return|>",
    '{"a": [1, {"b": null}]}',
    " to=functions.",
]


class NoiseStandIn(VllmStandIn):
    """An engine that samples anything at all, in chunks of any size."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = Random(seed)

    async def _stream(self, body: dict[str, Any], output: list[int]) -> AsyncIterator[bytes]:
        random = self.random
        output = noise(random)
        limit = body["sampling_params"]["max_tokens"]
        cut = output if limit is None else output[:limit]
        self.open += 1
        try:
            while True:
                self.step = random.choice([1, 1, 2, 3, 9, 100])
                tokens, cut = cut[: self.step], cut[self.step :]
                reason = None if cut else random.choice(["stop", "length"])
                yield sse(self.chunk(body, tokens, 0, reason))
                if reason is not None:
                    break
                await asyncio.sleep(random.choice([0, 0, 0.001]))
            for event in self.ending(body, output):
                yield sse(event)
        finally:
            self.open -= 1


def noise(random: Random) -> list[int]:
    """Tokens of any kind, unused ids too."""
    tokens: list[int] = []
    for _ in range(random.randrange(8)):
        kind = random.randrange(6)
        if kind == 0:
            tokens += [random.randrange(201_088) for _ in range(random.randrange(10))]
        elif kind == 1:
            tokens += [random.randrange(199_998, 200_020) for _ in range(3)]
        else:
            tokens += tokens_of(random.choice(SNIPPETS))
    return tokens


class Client:
    """Sends mutated requests, and looks at every answer."""

    def __init__(self, session: aiohttp.ClientSession, seed: int) -> None:
        self.statuses: dict[int, int] = {}
        self._session = session
        self._seed = seed
        self._ids: list[str] = []

    async def run(self, cases: int) -> None:
        indices = iter(range(cases))
        await asyncio.gather(*(self._some(indices) for _ in range(AT_ONCE)))

    async def _some(self, indices: Any) -> None:
        for index in indices:
            random = Random(f"{self._seed}-{index}")
            path, body = mutated(random, self._ids)
            try:
                await self._ask(path, body, goes_away=random.random() < 0.05)
            except Exception as error:
                raise AssertionError(f"seed {self._seed}, case {index}: {path} {body[:3000]!r}: {error!r}") from error

    async def _ask(self, path: str, body: bytes, *, goes_away: bool) -> None:
        async with self._session.post(path, data=body) as answer:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            if goes_away:
                answer.close()
                return
            text = (await answer.read()).decode()
            if answer.status != 200:
                assert 400 <= answer.status < 500, text
                error = json.loads(text)["error"]
                assert error["message"] and set(error) == {"message", "type", "param", "code"}
            elif answer.content_type == "text/event-stream":
                check_chat_stream(text) if "chat" in path else check_events(events_of(text))
            elif "chat" in path:
                ChatCompletion.model_validate_json(text)
            else:
                self._ids.append(Response.model_validate(without_echo(json.loads(text))).id)


def without_echo(response: dict[str, Any]) -> dict[str, Any]:
    """A response without the parameters that it repeats from the request, in whatever form they had there."""
    kept = {name: response[name] for name in response if name in ANSWERED}
    return {**kept, "tools": [], "tool_choice": "auto", "parallel_tool_calls": True}


def check_chat_stream(stream: str) -> None:
    *events, done, rest = stream.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    # The client's types know custom calls only in whole answers.
    events = [event.removeprefix("data: ").replace('"type":"custom"', '"type":"function"') for event in events]
    check_chunks([json.loads(event) for event in events])


def events_of(text: str) -> list[dict[str, Any]]:
    """The events of a stream of the Responses API, each of which is named twice."""
    *events, rest = text.split("\n\n")
    assert rest == ""
    received: list[dict[str, Any]] = []
    for lines in events:
        name, data = lines.split("\n")
        event = json.loads(data.removeprefix("data: "))
        received.append({**event, "response": without_echo(event["response"])} if "response" in event else event)
        assert name == f"event: {received[-1]['type']}"
    return received


@pytest.mark.parametrize("constrain", ["auto", "never"])
def test_nothing_breaks_the_gateway(constrain: str, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> None:
    seed, cases = request.config.getoption("--seed"), request.config.getoption("--cases")
    engine = NoiseStandIn(seed)
    config = tmp_path / "gateway.json"
    settings = {"engine": "vllm", "constrain": constrain, "python_command": ["cat"]}
    config.write_text(json.dumps({**settings, "store": f"sqlite:{tmp_path / 'responses.sqlite'}"}))
    with running(engine), gateway("--config", str(config), "--url", engine.url) as served:
        statuses = asyncio.run(attack(served, seed, cases))
        print(f"seed {seed}: {statuses}")
        assert statuses[200] > cases / 10 and statuses[400] > cases / 10, "both kinds of requests"
        eventually(lambda: engine.open == 0)
        errors = [line for line in served.lines if '"level": "error"' in line or not line.startswith("{")]
        assert errors == []


async def attack(served: Gateway, seed: int, cases: int) -> dict[int, int]:
    async with aiohttp.ClientSession(served.url, timeout=aiohttp.ClientTimeout(30)) as session:
        client = Client(session, seed)
        await client.run(cases)
        async with session.get("/healthz") as health:
            assert health.status == 200
    return client.statuses
