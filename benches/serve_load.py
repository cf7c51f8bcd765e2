"""What the gateway adds to a stream, under load.

    python benches/serve_load.py [STREAMS] [SECONDS]

STREAMS clients (200) read at the same time from an engine that samples 100 tokens a second for each of them: first
directly, then through ``openai-harmony serve``. The engine is a stand-in of llama.cpp's ``/completion`` that samples the
numbers 0, 1, 2, ... and remembers when it sent each of them. The latency of a token is the time from there to the
client. Engine, gateway and clients are three processes; with the gateway they share whatever cores there are.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from openai_harmony import load_harmony_encoding

ENCODING = load_harmony_encoding("HarmonyGptOss")
HEADER = [200005, 17196, 200008]  # <|channel|>final<|message|>
NUMBERS = [f"{number:03}" for number in range(1000)]
TICK = 0.01
BODY = {"model": "m", "messages": [{"role": "user", "content": "Count."}], "stream": True}


class Engine(asyncio.Protocol):
    """A connection of the stand-in. It never reads a body to its end, because the end says nothing new to it."""

    tokens = 0
    open: ClassVar[set[Engine]] = set()
    events: ClassVar[list[bytes]] = [
        b'data: {"content":"%s","tokens":[%d],"stop":false}\n\n' % (text.encode(), ENCODING.encode(text)[0])
        for text in NUMBERS
    ]

    def connection_made(self, transport: Any) -> None:
        self.transport, self.sent, self.times = transport, 0, []

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET"):
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        elif data.startswith(b"POST"):
            self.transport.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n")
            self.transport.write(b'data: {"content":"","tokens":%s,"stop":false}\n\n' % json.dumps(HEADER).encode())
            self.open.add(self)

    def connection_lost(self, error: Any) -> None:
        self.open.discard(self)

    def tick(self, times: Any) -> None:
        if self.sent < self.tokens:
            self.transport.write(self.events[self.sent % 1000])
            self.times.append(time.monotonic())
            self.sent += 1
            return
        self.transport.write(b'data: {"content":"","tokens":[200002],"stop":true,"stop_type":"eos"}\n\n')
        self.transport.close()
        self.open.discard(self)
        times.put(self.times)


async def sample(tokens: int, port: Any, times: Any) -> None:
    """The engine: all streams get their next token at the same times, spread over the tick."""
    Engine.tokens = tokens
    server = await asyncio.get_running_loop().create_server(Engine, "127.0.0.1", 0, backlog=1000)
    port.put(server.sockets[0].getsockname()[1])
    begun = time.monotonic()
    for count in range(10**9):
        await asyncio.sleep(max(begun + count * TICK - time.monotonic(), 0))
        for stream in list(Engine.open):
            stream.tick(times)


def run_engine(tokens: int, port: Any, times: Any) -> None:
    asyncio.run(sample(tokens, port, times))


class Client(asyncio.BufferedProtocol):
    """Reads one stream, and remembers when how much of it had arrived.

    A plain ``asyncio.Protocol`` would get each chunk as an object that was made for 256 KiB and cut to size, which is a
    memory mapping of its own for as long as the object is kept. 200 streams of 500 tokens keep more of them than the
    65,530 that Linux allows a process.
    """

    buffer: ClassVar[bytearray] = bytearray(1 << 16)

    def __init__(self, path: bytes, done: asyncio.Future[Client]) -> None:
        self.path, self.done = path, done
        self.received: list[tuple[float, bytes]] = []

    def connection_made(self, transport: Any) -> None:
        body = json.dumps(BODY).encode()
        head = b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (self.path, len(body))
        self.transport = transport
        transport.write(head + body)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, length: int) -> None:
        data = bytes(self.buffer[:length])
        if not self.received and not data.startswith(b"HTTP/1.1 200") and not self.done.done():
            self.done.set_exception(AssertionError(data.decode()))
        self.received.append((time.monotonic(), data))
        if data.endswith(b"0\r\n\r\n"):
            self.transport.close()

    def connection_lost(self, error: Any) -> None:
        if not self.done.done():
            self.done.set_result(self)

    def arrivals(self) -> tuple[str, list[float]]:
        """The whole text, and when each number in it arrived."""
        text, times, rest = "", [], b""
        for when, data in self.received:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                piece = content(line)
                text += piece
                times += [when] * (len(piece) // 3)
        return text, times


def content(line: bytes) -> str:
    """The text in a line of an answer of either server."""
    if not line.startswith(b"data: {"):
        return ""
    event = json.loads(line[6:])
    if "choices" not in event:
        text: str = event["content"]
        return text
    return "".join(choice["delta"].get("content") or "" for choice in event["choices"])


async def read(port: int, path: str, streams: int, seconds: float) -> list[Client]:
    """Open all streams within a second, and read them to their ends."""
    loop = asyncio.get_running_loop()
    ends = []
    for _ in range(streams):
        done = loop.create_future()
        ends.append(done)
        await loop.create_connection(lambda done=done: Client(path.encode(), done), "127.0.0.1", port)
        await asyncio.sleep(1 / streams)
    return await asyncio.wait_for(asyncio.gather(*ends), seconds + 60)


@contextmanager
def engine(tokens: int) -> Iterator[tuple[int, Any]]:
    context = multiprocessing.get_context("spawn")
    port, times = context.Queue(), context.Queue()
    process = context.Process(target=run_engine, args=(tokens, port, times))
    process.start()
    try:
        yield port.get(timeout=30), times
    finally:
        process.terminate()
        process.join()


@contextmanager
def gateway(engine_port: int) -> Iterator[tuple[int, int]]:
    """The port of a gateway, and its process."""
    command = [sys.executable, "-m", "openai_harmony", "serve", "--engine", "llama.cpp", "--port", "0"]
    command += ["--url", f"http://127.0.0.1:{engine_port}", "--store", "none", "--max-requests", "10000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = listening(process)
            # The log is read to its end, or the gateway would wait for room in the pipe.
            reader = threading.Thread(target=process.communicate)
            reader.start()
            yield port, process.pid
        finally:
            process.terminate()


def listening(process: subprocess.Popen[str]) -> int:
    """The port of a gateway that is starting."""
    assert process.stderr is not None
    log = ""
    for line in process.stderr:
        if '"listening"' in line:
            return int(json.loads(line)["url"].rpartition(":")[2])
        log += line
    raise RuntimeError(f"the gateway did not start: {log}")


def load(port: int, path: str, times: Any, streams: int, tokens: int) -> list[float]:
    """The latency of every token in seconds. Raises if a stream lost or reordered one."""
    clients = asyncio.run(read(port, path, streams, tokens * TICK))
    wanted = "".join(NUMBERS[index % 1000] for index in range(tokens))
    sent = [times.get(timeout=10) for _ in clients]
    arrived = []
    for client in clients:
        text, when = client.arrivals()
        if text != wanted:
            raise AssertionError(f"a stream has {len(text) // 3} of {tokens} tokens, or others: ...{text[-60:]!r}")
        arrived.append(when)
    # Streams end in the order in which they began, on both sides; sort both by their beginning.
    sent.sort(key=lambda row: row[0])
    arrived.sort(key=lambda row: row[0])
    return [there - here for row, other in zip(sent, arrived) for here, there in zip(row, other)]


def report(name: str, latencies: list[float], cpu: float) -> tuple[float, float]:
    cuts = statistics.quantiles(latencies, n=100)
    p50, p99 = cuts[49] * 1000, cuts[98] * 1000
    rate = f"{cpu * 1e6:6.1f} us of CPU time a token" if cpu else ""
    print(f"{name:12} p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   {rate}")
    return p50, p99


def cpu_time(process: int) -> float:
    """The seconds that a process has used, where Linux says it."""
    stat = pathlib.Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    tokens = int(float(sys.argv[2]) / TICK) if len(sys.argv) > 2 else 1000
    print(f"{streams} streams of {tokens} tokens, {1 / TICK:.0f} tokens a second each, {os.cpu_count()} cores")
    with engine(tokens) as (port, times):
        direct = report("direct", load(port, "/completion", times, streams, tokens), 0)
        with gateway(port) as (gateway_port, process):
            before = cpu_time(process)
            latencies = load(gateway_port, "/v1/chat/completions", times, streams, tokens)
            cpu = cpu_time(process) - before
        through = report("gateway", latencies, cpu / (streams * tokens))
    print(f"{'added':12} p50 {through[0] - direct[0]:7.2f} ms   p99 {through[1] - direct[1]:7.2f} ms")


if __name__ == "__main__":
    main()
