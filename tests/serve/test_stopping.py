"""SIGTERM: open requests end, and nothing that the gateway started is left running."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from typing import Any, Iterator

import openai
import pytest

from conftest import Gateway, gateway
from stand_ins import StandIn, VllmStandIn, eventually, running, tokens_of
from test_faults import BOTH_APIS, STREAMED_OR_NOT, ask, create, failure

HERE = pathlib.Path(__file__).parent
PYTHON: Any = [{"type": "code_interpreter", "container": {"type": "auto"}}]
LINUX = pytest.mark.skipif(not pathlib.Path("/proc/self/task").exists(), reason="looks at the processes of Linux")


@pytest.fixture(scope="module")
def engine() -> Iterator[StandIn]:
    with running(VllmStandIn()) as stand_in:
        yield stand_in


@contextlib.contextmanager
def stopping(engine: StandIn, grace: float, *signals: float) -> Iterator[Gateway]:
    """A gateway that gets SIGTERM so many seconds after its first request has arrived at the engine."""
    engine.say()
    engine.pause = 0.15
    arguments = ("--engine", "vllm", "--url", engine.url, "--store", "none", "--grace", str(grace))
    with gateway(*arguments) as served:

        def send() -> None:
            eventually(lambda: engine.open > 0)
            for seconds in signals:
                time.sleep(seconds)
                served.process.send_signal(signal.SIGTERM)

        sender = threading.Thread(target=send)
        sender.start()
        yield served
        sender.join()
        assert served.process.wait(10) == -signal.SIGTERM
    eventually(lambda: engine.open == 0)


@BOTH_APIS
@STREAMED_OR_NOT
def test_open_requests_end_by_themselves_if_there_is_time(engine: StandIn, api: str, stream: bool) -> None:
    with stopping(engine, 10, 0.2) as served:
        last = ask(served.client(), api, stream)
        assert not stream or api == "chat" or last["type"] == "response.completed"


@BOTH_APIS
@STREAMED_OR_NOT
@pytest.mark.parametrize("signals", [(0, [0.2]), (60, [0.2, 0.2])], ids=["no_grace", "second_signal"])
def test_open_requests_end_with_an_error_if_there_is_none(
    engine: StandIn, api: str, stream: bool, signals: tuple[float, list[float]]
) -> None:
    grace, seconds = signals
    with stopping(engine, grace, *seconds) as served:
        error = failure(served.client(), api, stream)
        if api == "responses" and stream:
            assert "shutting down" in error["message"]
        else:
            assert error.code == "server_shutdown"


def test_no_new_request_is_taken(engine: StandIn) -> None:
    with stopping(engine, 10, 0.1) as served:
        client = served.client()
        stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
        served.log("stopping")
        time.sleep(0.2)
        with pytest.raises(openai.APIConnectionError):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
        assert list(stream)[-1].choices[0].finish_reason == "stop"


@pytest.fixture
def default_sighup() -> Iterator[None]:
    """Processes that the test starts do not ignore SIGHUP, as they would where the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
@pytest.mark.usefixtures("default_sighup")
def test_a_terminal_that_closes_stops_it(engine: StandIn) -> None:
    engine.say()
    engine.pause = 0.1
    with gateway("--engine", "vllm", "--url", engine.url, "--store", "none") as served:
        stream = iter(create(served.client(), "chat", True))
        next(stream)
        served.process.send_signal(signal.SIGHUP)
        assert list(stream)[-1].choices[0].finish_reason == "stop"
        assert served.process.wait(10) == -signal.SIGHUP


def test_a_client_that_does_not_read_is_not_waited_for(engine: StandIn) -> None:
    engine.say(tokens_of("<|channel|>final<|message|>" + "=" * 64 * 200_000))
    engine.pause, engine.step = 0, 5000
    with gateway("--engine", "vllm", "--url", engine.url, "--store", "none", "--grace", "0") as served:
        with contextlib.closing(http.client.HTTPConnection(served.url.removeprefix("http://"))) as deaf:
            deaf.request("POST", "/v1/responses", json.dumps({"model": "m", "input": "Hi", "stream": True}))
            eventually(lambda: bool(engine.requests))
            time.sleep(2)  # until all buffers are full
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(10) == -signal.SIGTERM
        assert "Traceback" not in "".join(served.lines)
    engine.step = 3
    eventually(lambda: engine.open == 0)


def test_it_stops_while_it_starts(tmp_path: pathlib.Path) -> None:
    """It does not wait for what is slow to start: here an MCP server that never answers."""
    config = tmp_path / "gateway.json"
    config.write_text(json.dumps({"mcp": {"slow": {"command": ["sleep", "60"]}}}))
    command = [sys.executable, "-m", "openai_harmony", "serve", "--config", str(config)]
    command += ["--engine", "vllm", "--url", "http://127.0.0.1:1", "--store", "none", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Started" in process.stderr.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
        assert "Traceback" not in process.stderr.read()


@contextlib.contextmanager
def with_tools(engine: StandIn, folder: pathlib.Path) -> Iterator[Gateway]:
    config = folder / "gateway.json"
    weather = {"command": [sys.executable, str(HERE / "weather_server.py")]}
    settings = {"engine": "vllm", "url": engine.url, "store": "none", "grace": 0, "mcp": {"weather": weather}}
    config.write_text(json.dumps({**settings, "python_command": [sys.executable, "-"]}))
    engine.pause = 0
    with gateway("--config", str(config)) as served:
        yield served


def code_that_stays(file: pathlib.Path) -> list[int]:
    """A call whose code starts another process, writes down both, and does not end."""
    code = "import os, subprocess, time\n"
    code += "other = subprocess.Popen(['sleep', '100'])\n"
    code += f"open({str(file)!r}, 'w').write(f'{{os.getpid()}} {{other.pid}}\\n')\n"
    return tokens_of(f"<|channel|>analysis to=python code<|message|>{code}time.sleep(100)<|call|>")


def is_running(process: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@LINUX
def test_python_ends_with_its_client(engine: StandIn, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "processes"
    with with_tools(engine, tmp_path) as served:
        engine.say(code_that_stays(file))
        with pytest.raises(openai.APITimeoutError):
            served.client().with_options(timeout=2).responses.create(model="m", input="Run", tools=PYTHON)
        processes = [int(process) for process in file.read_text().split()]
        assert len(processes) == 2
        eventually(lambda: not any(map(is_running, processes)))


@LINUX
def test_what_code_started_ends_with_it(engine: StandIn, tmp_path: pathlib.Path) -> None:
    code = "import subprocess\nprint(subprocess.Popen(['sleep', '100'], stdout=subprocess.DEVNULL, stderr=-2).pid)"
    with with_tools(engine, tmp_path) as served:
        engine.say(tokens_of(f"<|channel|>analysis to=python code<|message|>{code}<|call|>"))
        response = served.client().responses.create(
            model="m", input="Run", tools=PYTHON, include=["code_interpreter_call.outputs"]
        )
        called: Any = response.output[0]
        eventually(lambda: not is_running(int(called.outputs[0].logs)))


@LINUX
def test_tools_end_with_the_gateway(engine: StandIn, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "processes"
    with with_tools(engine, tmp_path) as served:
        pid = served.process.pid
        servers = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert servers, "the MCP server"
        engine.say(code_that_stays(file))
        stopper = threading.Thread(target=lambda: (eventually(file.exists), os.kill(pid, signal.SIGTERM)))
        stopper.start()
        with pytest.raises(openai.APIStatusError) as stopped:
            served.client().responses.create(model="m", input="Run", tools=PYTHON)
        assert stopped.value.code == "server_shutdown"
        stopper.join()
        served.process.wait(10)
    processes = [int(process) for process in [*servers, *file.read_text().split()]]
    eventually(lambda: not any(map(is_running, processes)))
