"""Editing transcripts: truncating, replacing, and where the tokens of each message are."""

from __future__ import annotations

import copy
import random
from typing import List

import pytest

from openai_harmony import (
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    HarmonyRenderError,
    Message,
    RenderFormat,
    ResponseFormat,
    Role,
    SystemContent,
    ToolDescription,
    Transcript,
)

SYSTEM = Message.from_role_and_content(Role.SYSTEM, SystemContent.new())
INSTRUCTIONS = DeveloperContent.new().with_instructions("Be brief.")
PLAIN = Message.from_role_and_content(Role.DEVELOPER, INSTRUCTIONS)
TOOLS = Message.from_role_and_content(
    Role.DEVELOPER, DeveloperContent.new().with_function_tools([ToolDescription.new("f", "Does it.")])
)
THOUGHT = Message.from_role_and_content(Role.ASSISTANT, "Hm.").with_channel("analysis")
ANSWER = Message.from_role_and_content(Role.ASSISTANT, "Yes.").with_channel("final")
USER = Message.from_role_and_content(Role.USER, "Is it?")
FORMATS = (ResponseFormat("answer", {"type": "string"}),)


def rendered_whole(transcript: Transcript, encoding: HarmonyEncoding, render_format: RenderFormat) -> List[int]:
    whole = Conversation.from_messages(transcript.messages)
    return encoding.render_with(whole, render_format=render_format, ending="completion").tokens


@pytest.mark.parametrize("analysis", ["auto_drop", "keep_all", "completed_turns"])
def test_an_edited_transcript_is_one_of_its_messages(encoding: HarmonyEncoding, analysis: str) -> None:
    render_format = RenderFormat(analysis=analysis)  # type: ignore[arg-type]
    source = random.Random(11)
    choices = [SYSTEM, PLAIN, TOOLS, THOUGHT, ANSWER, USER, USER]
    for _ in range(100):
        transcript = Transcript(encoding, render_format)
        transcript.extend(source.choices(choices, k=source.randrange(1, 8)))
        for _ in range(4):
            before = transcript.prompt()
            messages = transcript.messages
            if source.random() < 0.4:
                length = source.randrange(len(messages) + 2)
                transcript.truncate(length)
                expected = messages[:length]
            elif messages:
                place, message = source.randrange(len(messages)), source.choice(choices)
                assert transcript.replace(place, message) == messages[place]
                expected = [*messages[:place], message, *messages[place + 1 :]]
            else:
                break
            assert transcript.messages == expected
            stale = transcript.stale_from
            prompt = transcript.prompt()
            assert prompt == rendered_whole(transcript, encoding, render_format)
            # What is said to be valid is.
            assert prompt[:stale] == before[: len(prompt) if stale is None else stale]
            assert pickle_equal(transcript)


def pickle_equal(transcript: Transcript) -> bool:
    return copy.deepcopy(transcript) == transcript


def test_sampled_tokens_stay(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding)
    transcript.extend([USER])
    prompt = transcript.prompt()
    # Not the tokens that a renderer would write: two for one word.
    sampled = [*encoding.encode("<|channel|>final<|message|>", allowed_special="all"), 2, 3, 4]
    transcript.append_completion(sampled)
    transcript.append(USER)
    transcript.prompt()
    transcript.replace(2, PLAIN)
    assert transcript.tokens[len(prompt) :][: len(sampled)] == sampled
    transcript.truncate(2)
    assert transcript.stale_from == len(transcript.tokens)


def test_response_formats_move_to_the_first_message_that_can_hold_them(encoding: HarmonyEncoding) -> None:
    def whole(*messages: Message) -> List[int]:
        conversation = Conversation.from_messages(messages)
        return encoding.render_with(conversation, response_formats=FORMATS).tokens

    transcript = Transcript(encoding, response_formats=FORMATS)
    transcript.extend([USER, PLAIN, USER, TOOLS])
    transcript.replace(0, PLAIN)
    assert transcript.tokens == whole(PLAIN, PLAIN, USER, TOOLS)
    transcript.replace(0, USER)
    transcript.replace(1, USER)
    assert transcript.tokens == whole(USER, USER, USER, TOOLS)


def test_what_cannot_be_edited(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding)
    transcript.extend([USER, ANSWER])
    before = copy.copy(transcript)
    for index in (2, -3, 10**30):
        with pytest.raises(IndexError, match="transcript index out of range"):
            transcript.replace(index, USER)
    with pytest.raises(HarmonyRenderError) as failure:
        transcript.replace(1, Message.from_role_and_content(Role.TOOL, "nameless"))
    assert failure.value.index == 1
    with pytest.raises((OverflowError, ValueError)):
        transcript.truncate(-1)
    assert transcript == before
    assert transcript.replace(-1, USER) == ANSWER and transcript[-1] == USER


def test_messages_have_the_ranges_of_their_tokens(encoding: HarmonyEncoding) -> None:
    transcript = Transcript(encoding, RenderFormat(analysis="completed_turns"))
    messages = [SYSTEM, USER, THOUGHT, ANSWER, USER]
    transcript.extend(messages)
    items = list(transcript.items())
    assert [message for message, _ in items] == messages
    assert [encoding.decode(transcript.tokens[tokens.start : tokens.stop]) for _, tokens in items] == [
        encoding.decode(encoding.render(message)) if message is not THOUGHT else "" for message in messages
    ]
