"""Conversations as training examples."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from .chat import Conversation
from .encoding import HarmonyEncoding, RenderConversationConfig

__all__ = ["TrainingExample", "training_example"]


class TrainingExample(NamedTuple):
    """The ids of a conversation, and for each of them whether the model should learn it."""

    input_ids: List[int]
    loss_mask: List[int]
    """1 on what the model wrote, 0 elsewhere; as long as ``input_ids``."""


def training_example(
    encoding: HarmonyEncoding,
    conversation: Conversation,
    config: Optional[RenderConversationConfig] = None,
) -> TrainingExample:
    """Render a conversation for training, and mark what the model wrote.

    That is, of each assistant message, all behind ``<|start|>assistant`` (which stands in the prompt): recipient,
    channel, content, and the token that ends it.

    >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> hi, ho = Message.from_role_and_content(Role.USER, "Hi"), Message.from_role_and_content(Role.ASSISTANT, "Ho")
    >>> example = training_example(encoding, Conversation.from_messages([hi, ho.with_channel("final")]))
    >>> encoding.decode([token for token, learn in zip(*example) if learn])
    '<|channel|>final<|message|>Ho<|return|>'
    """
    tokens = encoding.render_conversation_for_training(conversation, config)
    start, assistant = encoding.encode("<|start|>assistant", allowed_special="all")
    stops = set(encoding.stop_tokens())
    mask: List[int] = []
    writing = False
    for before, token in zip([-1, *tokens], tokens):
        mask.append(int(writing))
        # Special ids are never part of a text, so these two tell the messages apart.
        if before == start and token == assistant:
            writing = True
        elif token in stops:
            writing = False
    return TrainingExample(tokens, mask)
