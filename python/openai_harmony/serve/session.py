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
    try:
        at = prompt.index(START)
        while prompt[at + 1] != USER:
            at = prompt.index(START, at + 1)
        end = prompt.index(END, at)
    except (ValueError, IndexError):  # no such message, or no end of it
        end = len(prompt)
    return hashlib.blake2b(array.array("I", prompt[:end]).tobytes(), digest_size=16).hexdigest()
