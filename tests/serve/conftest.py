"""The gateway as an operator runs it, in front of a real llama.cpp server."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
from typing import Any, Iterator

import pytest
from openai import OpenAI

ENGINES = pathlib.Path(__file__).parents[1] / "engines"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=17, help="of the requests in test_hostile.py")
    parser.addoption("--cases", type=int, default=300, help="how many of them")


class Gateway:
    """A running ``openai-harmony serve``."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-m", "openai_harmony", "serve", "--port", "0", *arguments]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, **environment})
        self.logs: queue.Queue[dict[str, Any]] = queue.Queue()
        self.lines: list[str] = []
        self._clients: list[OpenAI] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self.url: str = self.log("listening")["url"]
        except AssertionError:
            self.stop()
            raise

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as log:
            for line in log:
                self.lines.append(line.decode())
                with contextlib.suppress(ValueError):
                    self.logs.put(json.loads(line))
        self.logs.put({"event": "exited"})

    def log(self, event: str, seconds: float = 30) -> dict[str, Any]:
        """The next line of the log about an event."""
        while True:
            line = self.logs.get(timeout=seconds)
            if line["event"] == event:
                return line
            assert line["event"] != "exited", "".join(self.lines)

    def client(self, key: str = "none") -> OpenAI:
        client = OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, timeout=60)
        self._clients.append(client)
        return client

    def stop(self, sig: int = signal.SIGTERM) -> int:
        """Ask it to stop, and wait until it has."""
        for client in self._clients:
            client.close()
        self.process.send_signal(sig)
        code = self.process.wait(30)
        self._reader.join()
        return code


@contextlib.contextmanager
def gateway(*arguments: str, **environment: str) -> Iterator[Gateway]:
    running = Gateway(*arguments, **environment)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, pathlib.Path]]:
    """The address of a llama.cpp server and its model, a tiny gpt-oss that writes harmony by itself."""
    path = tmp_path_factory.mktemp("model") / "chain.gguf"
    subprocess.run([sys.executable, str(ENGINES / "make_tiny_gptoss.py"), "library", str(path), "--chain"], check=True)
    command = [sys.executable, str(ENGINES / "llama_server.py"), str(path), "4"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None and process.stdin is not None
        yield process.stdout.readline().decode().strip(), path
        process.stdin.close()


@pytest.fixture(scope="session")
def served(llama: tuple[str, pathlib.Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway as it starts by one command."""
    store = tmp_path_factory.mktemp("store") / "responses.sqlite"
    with gateway("--engine", "llama.cpp", "--url", llama[0], "--store", f"sqlite:{store}") as running:
        yield running
