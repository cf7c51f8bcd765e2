"""Events, parse results, and the rest of the streaming interface. The Rust tests hold the parser itself to its
promises for any input; here it is that everything comes across."""

from __future__ import annotations

import json
import pickle
import random
import re
from typing import Any, Dict, List

import pytest

from conftest import ROOT, brief, load_cases
from openai_harmony import (
    ContentDelta,
    Ending,
    FinishReason,
    HarmonyEncoding,
    HarmonyParseError,
    MessageEnded,
    MessageStarted,
    Recipient,
    RecipientKind,
    Repair,
    RepairKind,
    Role,
    StreamableParser,
    StreamEvent,
    StreamState,
    plain_content_type,
)

CALL = '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": "Łódź 🌦"}<|call|>'
EVENTS = [
    MessageStarted(0, Role.ASSISTANT, None, "commentary", "functions.f", "<|constrain|>json"),
    ContentDelta(0, '{"a": "Łódź 🌦"}'),
    MessageEnded(0, Ending.CALL),
]


@pytest.fixture
def call(encoding: HarmonyEncoding) -> List[int]:
    return encoding.encode(CALL, allowed_special="all")


def joined(events: List[StreamEvent]) -> List[StreamEvent]:
    """Neighbouring deltas of a message as one, which is how all tokens at once would give them."""
    out: List[StreamEvent] = []
    for event in events:
        last = out[-1] if out else None
        if isinstance(event, ContentDelta) and isinstance(last, ContentDelta) and last.index == event.index:
            out[-1] = ContentDelta(event.index, last.text + event.text)
        else:
            out.append(event)
    return out


def test_process_many(encoding: HarmonyEncoding, call: List[int]) -> None:
    assert StreamableParser(encoding, Role.ASSISTANT).process_many(call) == EVENTS


@pytest.mark.parametrize("case", load_cases("recovery"))
def test_chunks_do_not_matter(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    tokens = case["tokens"]
    whole = StreamableParser(encoding, case["role"], strict=False)
    expected = whole.process_many(tokens) + whole.finish()
    rng = random.Random(case["id"])
    for _ in range(5):
        parser = StreamableParser(encoding, case["role"], strict=False)
        events: List[StreamEvent] = []
        at = 0
        while at < len(tokens):
            size = rng.randint(1, 4)
            events += parser.process_many(tokens[at : at + size])
            at += size
        events += parser.finish()
        assert joined(events) == joined(expected)
        assert parser.messages == whole.messages and parser.repairs == whole.repairs


@pytest.mark.parametrize("case", load_cases("recovery"))
def test_result_covers_every_token_once(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    result = encoding.parse(case["tokens"], case["role"], strict=False)
    places = [range(repair.start, repair.end) for repair in result.repairs] + result.open_header
    for parsed in result.messages:
        places += parsed.header + parsed.content
    assert sorted(place for span in places for place in span) == list(range(result.length))
    assert result.length == len(case["tokens"])
    assert list(result) == encoding.parse_messages_from_completion_tokens(case["tokens"], case["role"], strict=False)
    if "lenient" in case:
        assert brief(list(result)) == case["lenient"]


def test_result(encoding: HarmonyEncoding, call: List[int]) -> None:
    result = encoding.parse(call, Role.ASSISTANT)
    (parsed,) = result.messages
    assert parsed.ending is Ending.CALL and parsed.is_complete
    assert result.finish_reason is FinishReason.TOOL_CALLS
    assert [usage.channel for usage in result.usage] == ["commentary"]
    assert result.usage[0].content_tokens == parsed.content_tokens == len(encoding.encode('{"a": "Łódź 🌦"}'))
    assert result.usage[0].total_tokens == parsed.total_tokens == len(call)
    assert "functions.f" in result._repr_html_()
    shown = encoding.parse([*call, 200007], "assistant", strict=False)._repr_html_()
    assert f"repeated_stop</span>token {len(call)} <code>&lt;|end|&gt;</code>" in shown


def test_an_open_message_is_part_of_the_result(encoding: HarmonyEncoding, call: List[int]) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    parser.process_many(call[:-1])
    (parsed,) = parser.result.messages
    assert parsed.ending is None and not parsed.is_complete and parser.messages == []
    assert parser.result.finish_reason is FinishReason.LENGTH
    assert parser.open_tokens == call[:-1]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_text_gives_the_same_events(encoding: HarmonyEncoding, size: int) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    events: List[StreamEvent] = []
    for at in range(0, len(CALL), size):
        events += parser.process_text(CALL[at : at + size])
    assert joined(events + parser.finish()) == EVENTS


def test_an_error_keeps_the_events_before_it(encoding: HarmonyEncoding, call: List[int]) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    with pytest.raises(HarmonyParseError) as failure:
        parser.process_many([*call, 5])
    assert failure.value.events == [*EVENTS, Repair(RepairKind.REFUSED, len(call), len(call) + 1, "&")]
    assert parser.messages


def test_lifecycle(encoding: HarmonyEncoding, call: List[int]) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    parser.process_many(call[:5])
    twin = parser.copy()
    assert twin.process_many(call[5:]) and twin.messages and not parser.messages
    assert twin.take_messages() and twin.messages == []
    parser.reset()
    assert parser.tokens == [] and parser.current_role is Role.ASSISTANT and parser.state is StreamState.HEADER
    assert parser.process_many(call) == EVENTS


@pytest.mark.parametrize(
    ("tail", "state", "channel"),
    [
        ("", StreamState.EXPECT_START, None),
        ("<|start|>assistant", StreamState.HEADER, None),
        ("<|start|>assistant<|channel|>final<|message|>", StreamState.CONTENT, "final"),
        ("<|start|>assistant<|channel|>final<|message|>Sure, ", StreamState.CONTENT, "final"),
    ],
)
def test_from_prompt(encoding: HarmonyEncoding, tail: str, state: StreamState, channel: Any) -> None:
    prompt = encoding.encode("<|start|>user<|message|>Hi<|end|>" + tail, allowed_special="all")
    parser = StreamableParser.from_prompt(encoding, prompt)
    assert parser.state is state and parser.current_channel == channel
    assert isinstance(parser, StreamableParser)


@pytest.mark.parametrize("event", [*EVENTS, Repair(RepairKind.REPEATED_STOP, 3, 4, "<|end|>")])
def test_events_are_values(event: StreamEvent) -> None:
    again = pickle.loads(pickle.dumps(event))
    assert again == event and hash(again) == hash(event) and type(again) is type(event)
    names = type(event).__match_args__
    assert event.to_dict() == {"type": event.to_dict()["type"], **{name: getattr(event, name) for name in names}}
    assert event not in [other for other in EVENTS if other is not event]
    assert event != object()
    with pytest.raises(AttributeError):
        event.index = 5  # type: ignore[misc, union-attr]


def test_repr_of_events() -> None:
    assert repr(EVENTS[2]) == "MessageEnded(index=0, ending='call')"
    assert repr(ContentDelta(1, "it's")) == 'ContentDelta(index=1, text="it\'s")'
    assert repr(MessageStarted(0, Role.USER, None, None, None, None)) == "MessageStarted(index=0, role='user')"


@pytest.mark.parametrize(
    ("enum", "file", "sign"),
    [(RepairKind, "repair.rs", "="), (Ending, "parse/event.rs", "="), (FinishReason, "parse/parsed.rs", "=")],
)
def test_enums_are_those_of_rust(enum: Any, file: str, sign: str) -> None:
    source = (ROOT / "src" / "encoding" / file).read_text("utf-8")
    # The file may hold other words of that form; what follows the name of the enum is what counts.
    body = source.partition(f"enum {enum.__name__} {{")[2].partition("\n    }")[0] or source
    assert {member.value for member in enum} == set(re.findall(rf' {sign} "([a-z_]+)",', body))


def test_every_repair_kind_comes_across(encoding: HarmonyEncoding) -> None:
    seen = set()
    for case in load_cases("recovery"):
        data = case.values[0]
        for repair in encoding.parse(data["tokens"], data["role"], strict=False).repairs:
            assert isinstance(repair.kind, RepairKind)
            seen.add(repair.kind)
    assert len(seen) > 10


def test_recipients() -> None:
    assert Recipient.of("functions.f") == Recipient(RecipientKind.FUNCTION, "f")
    assert Recipient.of("browser.open") == Recipient(RecipientKind.BUILTIN_TOOL, "browser", "open")
    assert Recipient.of("python") == Recipient(RecipientKind.BUILTIN_TOOL, "python")
    assert Recipient.of("assistant").kind is RecipientKind.ASSISTANT
    assert Recipient.of("mcp.list") == Recipient(RecipientKind.OTHER, "mcp.list")
    assert plain_content_type("<|constrain|>json") == plain_content_type("json") == "json"


def test_a_result_as_json(encoding: HarmonyEncoding) -> None:
    """The names and the form are those of the JSON of the crate and of the npm package."""
    text = "<|channel|>analysis<|message|>Hm.<|end|> <|start|>assistant<|channel|>final<|message|>4"
    result = encoding.parse(encoding.encode(text, allowed_special="all"), Role.ASSISTANT, strict=False)
    data = json.loads(result.to_json())
    assert data == result.to_dict()
    assert data == {
        "messages": [
            {
                "message": {
                    "role": "assistant",
                    "name": None,
                    "content": [{"type": "text", "text": "Hm."}],
                    "channel": "analysis",
                },
                "header": [{"start": 0, "end": 3}],
                "content": [{"start": 3, "end": 6}],
                "ending": "end",
                "is_complete": True,
                "content_tokens": 2,
                "total_tokens": 6,
            },
            {
                "message": {
                    "role": "assistant",
                    "name": None,
                    "content": [{"type": "text", "text": "4"}],
                    "channel": "final",
                },
                "header": [{"start": 7, "end": 12}],
                "content": [{"start": 12, "end": 13}],
                "ending": "end_of_stream",
                "is_complete": False,
                "content_tokens": 1,
                "total_tokens": 6,
            },
        ],
        "repairs": [{"kind": "blank_between", "start": 6, "end": 7, "text": " "}],
        "open_header": [],
        "start": 0,
        "length": 13,
        "usage": [
            {"channel": "analysis", "content_tokens": 2, "total_tokens": 6},
            {"channel": "final", "content_tokens": 1, "total_tokens": 6},
        ],
        "finish_reason": "length",
    }
