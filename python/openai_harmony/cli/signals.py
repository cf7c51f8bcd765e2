"""SIGTERM as an exception, so that whatever is under way can clean up."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Optional


class Terminated(BaseException):
    """SIGTERM has arrived. Not an ``Exception``: it ends the program, as ``KeyboardInterrupt`` does."""


def raise_on_sigterm() -> None:
    """From now on, SIGTERM raises ``Terminated`` in the main thread."""
    signal.signal(signal.SIGTERM, _raise)


def _raise(_signal: int, _frame: Optional[FrameType]) -> None:
    raise Terminated
