"""Transcripts: conversations whose tokens stay what was sampled."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import List

import pytest

from openai_harmony import (
    Author,
    Conversation,
    HarmonyEncoding,
    HarmonyRenderError,
    InvalidConversationError,
    Message,
    OpenMessage,
    RenderFormat,
    ResponseFormat,
    Role,
    Transcript,
)

TURNS = RenderFormat(analysis="completed_turns")
GO = Message.from_role_and_content(Role.USER, "Go.")
RESULT = (
    Message.from_author_and_content(Author.new(Role.TOOL, "functions.f"), "ok")
    .with_recipient("assistant")
    .with_channel("commentary")
)
CALL = (
    "<|channel|>analysis<|message|>Ask.<|end|>"
    "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>"
)
ANSWER = "<|channel|>final<|message|>Done.<|return|>"


def ids(encoding: HarmonyEncoding, text: str) -> List[int]:
    return encoding.encode(text, allowed_special="all")


def test_a_turn_with_a_call(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding, TURNS)
    transcript.append(GO)
    before = len(transcript.tokens)
    first = transcript.prompt()
    call = ids(encoding, CALL)
    thought, request = transcript.append_completion(call)
    assert (thought.channel, request.recipient) == ("analysis", "functions.f")
    transcript.append(RESULT)
    second = transcript.prompt()
    assert second[: len(first) + len(call)] == first + call
    assert transcript.stale_from is None

    transcript.append_completion(ids(encoding, ANSWER))
    assert transcript.stale_from == before
    assert "Ask." not in encoding.decode(transcript.tokens)
    assert [message.channel for message in transcript.messages] == [
        None,
        "analysis",
        "commentary",
        "commentary",
        "final",
    ]
    assert transcript[-1] == transcript[4] == transcript.messages[-1]
    assert len(transcript) == 5
    with pytest.raises(IndexError):
        transcript[5]


def test_whole_and_one_by_one_are_the_same(encoding: HarmonyEncoding) -> None:
    conversation = Conversation.from_messages([GO, RESULT, GO])
    one_by_one, at_once = Transcript(encoding), Transcript(encoding)
    for message in conversation:
        one_by_one.append(message)
    at_once.extend(conversation)
    assert one_by_one == at_once
    whole = encoding.render_with(conversation)
    assert one_by_one.tokens == whole.tokens
    assert one_by_one.rendered() == whole


def test_what_was_sampled(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding, TURNS)
    transcript.append(GO)
    transcript.prompt()
    transcript.append_completion(ids(encoding, ANSWER))
    trained = transcript.rendered(as_sampled=True)
    mask = trained.mask(sampled_only=True)
    assert encoding.decode([token for token, on in zip(trained.tokens, mask) if on]) == ANSWER
    assert encoding.decode(transcript.rendered().tokens).endswith("Done.<|end|>")


def test_prompts_without_a_list(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding)
    transcript.append(GO)
    prompt = transcript.prompt_array()
    assert (prompt.format, prompt.itemsize) == ("I", 4)
    assert prompt.tolist() == transcript.prompt()
    assert transcript.token_array.tolist() == transcript.tokens


def test_prompts_are_lists_of_their_own(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding, TURNS)
    for completion in [CALL, ANSWER, CALL, ANSWER, ANSWER]:
        transcript.append(GO if completion == CALL else RESULT)
        prompt = transcript.prompt()
        assert prompt == transcript.prompt_array().tolist()
        prompt.clear()
        assert transcript.prompt() == transcript.prompt_array().tolist()
        forced = transcript.prompt(OpenMessage(channel="analysis"))
        assert forced == transcript.prompt_array(OpenMessage(channel="analysis")).tolist()
        transcript.prompt()
        transcript.append_completion(ids(encoding, completion))


def test_a_forced_beginning(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding)
    prompt = transcript.prompt(OpenMessage(channel="final", content="The prime "))
    assert encoding.decode(prompt) == "<|start|>assistant<|channel|>final<|message|>The prime "
    (message,) = transcript.append_completion(ids(encoding, "7.<|return|>"))
    assert message.content[0].text == "The prime 7."  # type: ignore[attr-defined]


def test_response_formats(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding, response_formats=[ResponseFormat("shape", {"type": "object"})])
    with pytest.raises(HarmonyRenderError, match="response formats need"):
        transcript.prompt()


def test_failures_change_nothing(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding)
    transcript.append(GO)
    before = transcript.fork()
    with pytest.raises(HarmonyRenderError) as caught:
        transcript.extend([GO, Message.from_role_and_content(Role.TOOL, "no name")])
    assert caught.value.index == 2
    broken = GO.model_copy()
    broken.__dict__["channel"] = 7
    with pytest.raises(InvalidConversationError, match="channel"):
        transcript.append(broken)
    assert transcript == before


def test_forks_and_copies(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding, TURNS)
    transcript.append(GO)
    transcript.prompt()
    transcript.label = ["mine"]  # type: ignore[attr-defined]
    for twin in (
        transcript.fork(),
        copy.copy(transcript),
        copy.deepcopy(transcript),
        pickle.loads(pickle.dumps(transcript)),
    ):
        assert twin == transcript and twin.label == ["mine"]
        twin.append_completion(ids(encoding, ANSWER))
        assert twin != transcript
        assert encoding.decode(twin.tokens).endswith("Done.<|end|>")
    assert Transcript.from_json(transcript.to_json()) == transcript
    with pytest.raises(ValueError):
        Transcript.from_json("{}")


def test_subclasses(encoding: HarmonyEncoding) -> None:
    class Named(Transcript):
        def __init__(self, name: str, encoding: HarmonyEncoding) -> None:
            super().__init__(encoding)
            self.name = name

    named = Named("a", encoding)
    named.append(GO)
    fork = named.fork()
    assert isinstance(fork, Named) and fork.name == "a" and fork == named
    with pytest.raises(RuntimeError, match="__init__"):
        repr(Transcript.__new__(Transcript))


def test_a_transcript_that_another_thread_changes_is_refused(encoding: HarmonyEncoding) -> None:
    transcript, other = Transcript(encoding), Transcript(encoding)
    sampled = ids(encoding, CALL) * 50_000
    started = threading.Event()

    def append() -> None:
        started.set()
        transcript.append_completion(sampled)

    appending = threading.Thread(target=append)
    appending.start()
    started.wait()
    refused = 0
    while appending.is_alive():
        for compare in (lambda: transcript == other, lambda: other == transcript):
            try:
                compare()
            except RuntimeError as error:
                assert str(error) == "this transcript is in use by another call, of this or another thread"
                refused += 1
    appending.join()
    assert refused and len(transcript) == 100_000 and transcript != other
