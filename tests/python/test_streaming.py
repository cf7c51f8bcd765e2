"""Sources of tokens as streams of events, and what is logged and counted of their repairs."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, AsyncIterator, List

import numpy
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from openai_harmony import (
    EventStream,
    HarmonyEncoding,
    HarmonyParseError,
    Repair,
    RepairKind,
    Role,
    StreamableParser,
    StreamEvent,
    telemetry,
)

TEXT = "<|channel|>final<|message|>4 apples<|return|>"
BROKEN = "<|channel|>final The answer is 4.<|return|>"


def ids(encoding: HarmonyEncoding, text: str) -> List[int]:
    return encoding.encode(text, allowed_special="all")


async def drip(chunks: List[Any]) -> AsyncIterator[Any]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


async def collected(stream: EventStream) -> List[StreamEvent]:
    return [event async for event in stream]


def by_token(encoding: HarmonyEncoding, text: str) -> List[StreamEvent]:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    events = [event for token in ids(encoding, text) for event in parser.process_many([token])]
    return events + parser.finish()


def test_every_kind_of_source_gives_the_same_events(encoding: HarmonyEncoding) -> None:
    tokens = ids(encoding, TEXT)
    expected = by_token(encoding, TEXT)
    for source in (
        tokens,
        iter(tokens),
        numpy.array(tokens, dtype=numpy.int64),
        [[token] for token in tokens],
        [numpy.array([token]) for token in tokens],
        [encoding.decode([token]) for token in tokens],
    ):
        assert list(StreamableParser(encoding, Role.ASSISTANT).stream(source)) == expected
    for chunks in (tokens, [[token] for token in tokens], [encoding.decode([token]) for token in tokens]):
        parser = StreamableParser(encoding, Role.ASSISTANT)
        assert asyncio.run(collected(parser.stream(drip(chunks)))) == expected
        # `async for` takes a source without await, too.
        assert asyncio.run(collected(StreamableParser(encoding, Role.ASSISTANT).stream(chunks))) == expected
        assert parser.message_count == 1


def test_the_end_of_the_source_ends_the_open_message(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    events = list(parser.stream(["<|channel|>final<|message|>4 app"]))
    assert parser.messages[0].text == "4 app" and repr(events[-1]).startswith("MessageEnded")


def test_events_come_before_the_error(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    events = []
    with pytest.raises(HarmonyParseError):
        for event in parser.stream([TEXT + "garbage"]):
            events.append(event)
    parser = StreamableParser(encoding, Role.ASSISTANT)
    before = parser.process_text(TEXT)
    refused = events.pop()
    assert events == before and isinstance(refused, Repair) and refused.kind == RepairKind.REFUSED

    async def failing() -> AsyncIterator[int]:
        for token in ids(encoding, TEXT)[:5]:
            yield token
        raise ConnectionError("the engine is gone")

    parser = StreamableParser(encoding, Role.ASSISTANT)
    with pytest.raises(ConnectionError):
        asyncio.run(collected(parser.stream(failing())))
    assert parser.current_content == "4 apples"


def test_a_cancelled_reader_ends_the_source_and_leaves_the_parser(encoding: HarmonyEncoding) -> None:
    """As in a server whose client goes away while the engine is at work."""
    tokens = encoding.encode("<|channel|>final<|message|>4<|return|>", allowed_special="all")
    parser = StreamableParser(encoding, Role.ASSISTANT)
    ended = []

    async def engine() -> AsyncIterator[int]:
        try:
            for token in tokens[:4]:
                yield token
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def main() -> None:
        seen: List[StreamEvent] = []

        async def read() -> None:
            async for event in parser.stream(engine()):
                seen.append(event)

        task = asyncio.create_task(read())
        while len(seen) < 2:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [True]

    asyncio.run(main())
    assert parser.tokens == tokens[:4] and parser.current_content == "4"
    list(parser.stream(tokens[4:]))
    assert [message.text for message in parser.messages] == ["4"]


def test_nothing_is_read_ahead(encoding: HarmonyEncoding) -> None:
    given = []

    def source() -> Any:
        for token in ids(encoding, TEXT):
            given.append(token)
            yield token

    stream = iter(StreamableParser(encoding, Role.ASSISTANT).stream(source()))
    assert given == []
    next(stream)
    assert encoding.decode(given) == "<|channel|>final<|message|>"


@pytest.mark.parametrize("wrong", ["text", b"bytes", 5, None])
def test_what_is_no_source(encoding: HarmonyEncoding, wrong: Any) -> None:
    with pytest.raises(TypeError, match="source must be an iterable or an async iterable of token ids or texts, not"):
        StreamableParser(encoding, Role.ASSISTANT).stream(wrong)
    with pytest.raises(TypeError, match="async for"):
        list(StreamableParser(encoding, Role.ASSISTANT).stream(drip([])))


def test_each_repair_is_logged_once(encoding: HarmonyEncoding, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="openai_harmony")
    tokens = ids(encoding, BROKEN)

    def by_process() -> None:
        parser = StreamableParser(encoding, Role.ASSISTANT, strict=False)
        for token in tokens:
            parser.process(token)
        parser.process_eos()
        assert parser.repairs and parser.result.repairs and parser.repairs  # reading them logs nothing

    ways = [
        by_process,
        lambda: StreamableParser(encoding, Role.ASSISTANT, strict=False).process_many(tokens),
        lambda: list(StreamableParser(encoding, Role.ASSISTANT, strict=False).stream([BROKEN])),
        lambda: encoding.parse(tokens, Role.ASSISTANT, strict=False),
        lambda: encoding.parse_messages_from_completion_tokens(tokens, Role.ASSISTANT, strict=False),
    ]
    for way in ways:
        caplog.clear()
        way()
        (record,) = caplog.records
        assert (record.name, record.levelno) == ("openai_harmony", logging.INFO)
        fields = {name: value for name, value in vars(record).items() if name.startswith("harmony_")}
        assert fields["harmony_kind"] == "missing_message"
        assert set(fields) == {"harmony_kind", "harmony_start", "harmony_end", "harmony_text"}
    caplog.clear()
    list(encoding.view(tokens, in_header=True))
    encoding.parse(ids(encoding, TEXT), Role.ASSISTANT)
    assert not caplog.records


def test_what_strict_parsing_refuses_is_logged(encoding: HarmonyEncoding, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="openai_harmony")
    parser = StreamableParser(encoding, None)
    with pytest.raises(HarmonyParseError):
        parser.process_many(ids(encoding, "garbage"))
    assert [vars(record)["harmony_kind"] for record in caplog.records] == ["refused"]


def test_nothing_is_logged_unless_it_is_asked_for(
    encoding: HarmonyEncoding, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    encoding.parse(ids(encoding, BROKEN), Role.ASSISTANT, strict=False)
    assert not caplog.records and capfd.readouterr() == ("", "")


def test_open_telemetry_reads_the_counts(encoding: HarmonyEncoding) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    telemetry.instrument(provider)
    before = telemetry.repair_counts()[RepairKind.MISSING_MESSAGE]
    for _ in range(3):
        encoding.parse(ids(encoding, BROKEN), Role.ASSISTANT, strict=False)
    telemetry.record_repairs(encoding.parse(ids(encoding, BROKEN), Role.ASSISTANT, strict=False).repairs)
    data = reader.get_metrics_data()
    assert data is not None
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    points: Any = metric.data.data_points
    counts = {point.attributes["kind"]: point.value for point in points}
    assert (metric.name, metric.unit) == ("openai_harmony.repairs", "{repair}")
    assert counts["missing_message"] == before + 5 == telemetry.repair_counts()[RepairKind.MISSING_MESSAGE]
    assert metric.data.is_monotonic  # type: ignore[union-attr]
    provider.shutdown()
