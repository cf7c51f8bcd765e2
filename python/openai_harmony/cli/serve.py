"""The command ``serve``."""

# No `from __future__ import annotations`: typer for Python 3.9 reads only annotations that are objects.
import os
from pathlib import Path
from typing import Any, List, Optional

import typer
from typing_extensions import Annotated


def _setting(text: str, name: str, **options: Any) -> Any:
    return typer.Option(help=text, envvar=f"HARMONY_{name}", show_default=False, **options)


def serve(
    engine: Annotated[Optional[str], _setting("`llama.cpp`, `vllm`, `sglang` or `completions`.", "ENGINE")] = None,
    url: Annotated[Optional[List[str]], _setting("Address of an engine; may be repeated.", "URL")] = None,
    model: Annotated[Optional[str], _setting("Name of the model; else the engine's.", "MODEL")] = None,
    engine_key: Annotated[Optional[str], _setting("Bearer key of the engines.", "ENGINE_KEY")] = None,
    host: Annotated[Optional[str], _setting("Address to listen on (127.0.0.1).", "HOST")] = None,
    port: Annotated[Optional[int], _setting("Port to listen on (8000).", "PORT")] = None,
    api_key: Annotated[Optional[List[str]], _setting("Bearer key for clients; may be repeated.", "API_KEY")] = None,
    constrain: Annotated[Optional[str], _setting("Grammars: `auto`, `always` or `never` (auto).", "CONSTRAIN")] = None,
    store: Annotated[
        Optional[str], _setting("`sqlite`, `sqlite:PATH`, `redis://…` or `none` (sqlite).", "STORE")
    ] = None,
    keep: Annotated[Optional[float], _setting("Seconds for which responses are kept (30 days).", "KEEP")] = None,
    max_context: Annotated[Optional[int], _setting("Tokens that a prompt may have.", "MAX_CONTEXT")] = None,
    max_requests: Annotated[Optional[int], _setting("Open requests (512).", "MAX_REQUESTS")] = None,
    grace: Annotated[Optional[float], _setting("Seconds for open requests at the end (30).", "GRACE")] = None,
    log_level: Annotated[Optional[str], _setting("debug, info, warning or error (info).", "LOG_LEVEL")] = None,
    log_bodies: Annotated[Optional[bool], _setting("Log what is asked.", "LOG_BODIES")] = None,
    config: Annotated[Optional[Path], _setting("File of settings, YAML or JSON.", "CONFIG", dir_okay=False)] = None,
) -> None:
    """Serve Chat Completions and Responses in front of an engine.

    Flags win over environment variables (`HARMONY_PORT` for `--port`), and these over the file. Settings without a
    flag have a variable, too.
    """
    given = dict(locals())
    file = given.pop("config")
    from ..serve.server import serve as serve_gateway
    from ..serve.settings import load_settings

    serve_gateway(load_settings(file, given, os.environ))
