"""A gateway that serves Chat Completions and the Responses API in front of engines that take and give tokens.

It needs the extra ``openai-harmony[serve]`` and Python 3.10 or later. The command is ``openai-harmony serve``;
:func:`create_app` makes the same as an ASGI application.
"""

from __future__ import annotations

from .app import create_app
from .settings import Settings, load_settings

__all__ = ["Settings", "create_app", "load_settings"]
