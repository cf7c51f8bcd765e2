"""Which requests belong to one session."""

from __future__ import annotations

import array
import hashlib
from typing import Sequence

__all__ = ["session_of"]

START, END, USER = 200006, 200007, 1428


def session_of(prompt: Sequence[int]) -> str:
    """A key of the beginning of a conversation: everything up to the end of the first message of the user.

    All later prompts of the conversation begin with it.
    """
    end = len(prompt)
    for at, token in enumerate(prompt):
        if token == START and prompt[at + 1 : at + 2] == [USER]:
            end = prompt.index(END, at) if END in prompt[at:] else end
            break
    return hashlib.blake2b(array.array("I", prompt[:end]).tobytes(), digest_size=16).hexdigest()
