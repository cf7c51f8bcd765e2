"""The server of `docs/api.md` on a socket, with a model that says what a test tells it to say."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from typing import Any, AsyncIterator, Dict, Iterator, List, Optional, Tuple

import uvicorn

from conftest import ROOT
from openai_harmony import load_harmony_encoding

ENCODING = load_harmony_encoding("HarmonyGptOss")

NEXT = "<|start|>assistant"


class ScriptedModel:
    """A stand-in for an engine: each sampling is the next text of the script, cut every few tokens."""

    def __init__(self) -> None:
        self.script: List[str] = []
        self.prompts: List[List[int]] = []
        self.calls: List[Any] = []
        self.reason = "stop"

    def say(self, *texts: str, reason: str = "stop") -> None:
        self.script, self.prompts, self.calls, self.reason = list(texts), [], [], reason

    async def engine(self, prompt: List[int], job: Any) -> AsyncIterator[Tuple[List[int], Optional[str]]]:
        self.prompts.append(prompt)
        tokens = ENCODING.encode(self.script.pop(0), allowed_special="all")
        for start in range(0, max(len(tokens), 1), 3):
            yield tokens[start : start + 3], self.reason if start + 3 >= len(tokens) else None

    async def run_tool(self, call: Any) -> str:
        self.calls.append(call)
        return f"result of {call.kind}"


def documented_server(model: ScriptedModel) -> Dict[str, Any]:
    """The program of the first snippet of the page, over the model."""
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    snippet = re.search(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert snippet is not None
    names: Dict[str, Any] = {"__name__": "server"}
    exec(compile(snippet[1], "docs/api.md", "exec"), names)
    names.update(engine=model.engine, run_tool=model.run_tool)
    return names


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of the app on loopback."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.should_exit = True
        thread.join()
