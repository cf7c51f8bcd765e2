"""Conversations as training examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional

from .arguments import expect
from .chat import Conversation
from .encoding import HarmonyEncoding
from .rendering.format import RenderFormatLike

__all__: List[str] = ["TrainingExample", "training_example"]


@dataclass(frozen=True)
class TrainingExample:
    """The ids of a conversation, and for each of them whether it counts in the loss."""

    input_ids: List[int]
    loss_mask: List[int]
    """1 on what the model wrote, 0 elsewhere; as long as ``input_ids``."""


def training_example(
    encoding: HarmonyEncoding,
    conversation: Conversation,
    render_format: Optional[RenderFormatLike] = None,
) -> TrainingExample:
    """Render a conversation for training, and mark what the model wrote: headers, contents and endings of the
    assistant's messages, except for ``<|start|>assistant`` where a prompt ends in it.

    The analysis of the last turn stays, that of earlier turns is left out, as a prompt would leave it out. To keep all,
    pass ``render_format={"analysis": "keep_all"}``. For other masks, ids without a list, and what was left out, see
    ``HarmonyEncoding.render_with``.

    >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> hi, ho = Message.from_role_and_content(Role.USER, "Hi"), Message.from_role_and_content(Role.ASSISTANT, "Ho")
    >>> example = training_example(encoding, Conversation.from_messages([hi, ho.with_channel("final")]))
    >>> encoding.decode([token for token, learn in zip(example.input_ids, example.loss_mask) if learn])
    '<|channel|>final<|message|>Ho<|return|>'
    """
    expect("encoding", encoding, HarmonyEncoding, "a HarmonyEncoding")
    rendered = encoding.render_with(conversation, render_format=render_format, ending="training")
    return TrainingExample(rendered.tokens, list(map(int, rendered.mask(sampled_only=True))))
