"""Every conversation of test-data/render, by every way of rendering."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import pytest

from conftest import load_cases
from openai_harmony import (
    Conversation,
    HarmonyEncoding,
    HarmonyRenderError,
    Message,
    RenderConversationConfig,
    Role,
)

KEEP = RenderConversationConfig(auto_drop_analysis=False)
WAYS: Dict[str, Callable[[HarmonyEncoding, Conversation], List[int]]] = {
    "render_conversation": lambda enc, conv: enc.render_conversation(conv),
    "render_conversation_for_completion": lambda enc, conv: enc.render_conversation_for_completion(
        conv, Role.ASSISTANT
    ),
    "render_conversation_for_completion_keep_analysis": lambda enc, conv: enc.render_conversation_for_completion(
        conv, Role.ASSISTANT, config=KEEP
    ),
    "render_conversation_for_training": lambda enc, conv: enc.render_conversation_for_training(conv),
}


def conversation_of(case: Dict[str, Any]) -> Conversation:
    return Conversation.from_messages([Message.from_dict(message) for message in case["messages"]])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", load_cases("render"))
def test_tokens_and_text(encoding: HarmonyEncoding, case: Dict[str, Any], way: str) -> None:
    expected = case[way]
    if "error" in expected:
        with pytest.raises(HarmonyRenderError) as failure:
            WAYS[way](encoding, conversation_of(case))
        assert str(failure.value) == expected["error"]["message"]
        return
    tokens = WAYS[way](encoding, conversation_of(case))
    assert tokens == expected["tokens"]
    assert encoding.decode(tokens) == expected["text"]


@pytest.mark.parametrize("case", load_cases("render"))
def test_single_messages(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    expected = case["render_each"]
    messages = conversation_of(case).messages
    if isinstance(expected, dict):
        with pytest.raises(HarmonyRenderError) as failure:
            [encoding.render(message) for message in messages]
        assert str(failure.value) == expected["error"]["message"]
        return
    assert [encoding.render(message) for message in messages] == expected


@pytest.mark.parametrize("case", load_cases("render"))
def test_to_dict_and_back(case: Dict[str, Any]) -> None:
    conversation = conversation_of(case)
    assert [message.to_dict() for message in conversation] == case["to_dict"]
    assert Conversation.from_json(conversation.to_json()) == conversation
    assert Conversation.model_validate_json(conversation.model_dump_json()) == conversation
    assert Conversation.model_validate(conversation.model_dump()) == conversation
