"""Every stream of test-data/parse, whole and token by token, and every damaged one of test-data/recovery."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from conftest import brief, load_cases
from openai_harmony import HarmonyEncoding, HarmonyParseError, Message, StreamableParser


def dicts(messages: List[Message]) -> List[Dict[str, Any]]:
    return [message.to_dict() for message in messages]


@pytest.mark.parametrize("case", load_cases("parse"))
def test_whole(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    expected = case["strict"]
    if "error" in expected:
        with pytest.raises(HarmonyParseError) as failure:
            encoding.parse_messages_from_completion_tokens(case["tokens"], case["role"])
        assert str(failure.value) == expected["error"]["message"]
        return
    messages = encoding.parse_messages_from_completion_tokens(case["tokens"], case["role"])
    assert dicts(messages) == expected["messages"]


def properties(parser: StreamableParser) -> Dict[str, Any]:
    return {
        "state": parser.state.value,
        "role": parser.current_role,
        "channel": parser.current_channel,
        "recipient": parser.current_recipient,
        "content_type": parser.current_content_type,
        "delta": parser.last_content_delta,
        "content": parser.current_content,
    }


@pytest.mark.parametrize("case", load_cases("parse"))
def test_token_by_token(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    parser = StreamableParser(encoding, role=case["role"])
    before, *steps = case["stream"]
    assert properties(parser) == before
    for number, expected in enumerate(steps):
        expected = dict(expected)
        error = expected.pop("error", None)
        at_end = expected.pop("eos", False)
        expected.pop("token", None)
        try:
            if at_end:
                assert parser.process_eos() is parser
            else:
                assert parser.process(case["tokens"][number]) is parser
        except HarmonyParseError as failure:
            assert error is not None and str(failure) == error["message"], f"token {number}"
        else:
            assert error is None, f"token {number}"
        assert properties(parser) == expected, f"token {number}"
    assert dicts(parser.messages) == case["stream_messages"]


@pytest.mark.parametrize("case", load_cases("recovery"))
def test_damaged_strict(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    reference = case["reference_strict"]
    if "error" in reference:
        with pytest.raises(HarmonyParseError) as failure:
            encoding.parse_messages_from_completion_tokens(case["tokens"], case["role"])
        assert str(failure.value).startswith(reference["error"])
        return
    messages = encoding.parse_messages_from_completion_tokens(case["tokens"], case["role"])
    if "strict" in case:
        assert brief(messages) == case["strict"]
    else:
        assert dicts(messages) == reference


@pytest.mark.parametrize("case", load_cases("recovery"))
def test_damaged_lenient(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    messages = encoding.parse_messages_from_completion_tokens(case["tokens"], case["role"], strict=False)
    parser = StreamableParser(encoding, case["role"], strict=False)
    for token in case["tokens"]:
        parser.process(token)
    assert parser.process_eos().messages == messages
    if "lenient" in case:
        assert brief(messages) == case["lenient"]
