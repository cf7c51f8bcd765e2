"""A real cluster of Ray: three nodes on this machine, with addresses of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

ENVIRONMENT = {
    "RAY_raylet_start_wait_time_s": "150",  # busy machines
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "PYTHONWARNINGS": "ignore",
}


class Cluster:
    """Nodes of one processor each. Ray turns 127.0.0.1 into the machine's own address, so they begin at 127.0.0.2."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self._nodes: List[subprocess.Popen[bytes]] = []
        self.address = f"127.0.0.2:{self._port}"

    def start(self, nodes: int) -> None:
        for number in range(nodes):
            self._start_node(number)

    def _start_node(self, number: int) -> None:
        first_port = 20_000 + 2_000 * number
        command = [
            *[str(Path(sys.executable).parent / "ray"), "start", "--block", "--num-cpus=1", "--num-gpus=0"],
            *[f"--node-ip-address=127.0.0.{2 + number}", f"--temp-dir={self._folder}", "--disable-usage-stats"],
            *[f"--min-worker-port={first_port}", f"--max-worker-port={first_port + 1_000}"],
            "--object-store-memory=100000000",
        ]
        if number == 0:
            command += ["--head", f"--port={self._port}", "--include-dashboard=false"]
        else:
            command += [f"--address={self.address}"]
        log = open(self._folder / f"node-{number}.log", "wb")
        with log:
            node = subprocess.Popen(
                command, env={**os.environ, **ENVIRONMENT}, stdout=log, stderr=log, start_new_session=True
            )
        self._nodes.append(node)
        self._wait_until_there(number)

    def _wait_until_there(self, number: int) -> None:
        """One node after the other: two that start at once can miss their time limits on a busy machine."""
        log = self._folder / f"node-{number}.log"
        for _ in range(900):
            if b"Ray runtime started" in log.read_bytes():
                return
            assert self._nodes[number].poll() is None, log.read_text()
            time.sleep(0.2)
        raise AssertionError(log.read_text())

    def kill(self, number: int) -> None:
        """End a node as a power cut does: all its processes at once."""
        for process in [*_descendants(self._nodes[number].pid), self._nodes[number].pid]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._nodes[number].wait()

    def stop(self) -> None:
        for number in reversed(range(len(self._nodes))):
            self.kill(number)


def _descendants(process: int) -> List[int]:
    children: Dict[int, List[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = list(children.get(process, ()))
    for child in found:
        found += children.get(child, ())
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One for all tests, because it takes ten seconds to start. The test that kills a node comes last."""
    # Unix sockets have short names, so the folder has, too.
    folder = Path(os.path.realpath(tmp_path_factory.mktemp("r")))
    cluster = Cluster(folder)
    try:
        cluster.start(3)
        yield cluster
    finally:
        cluster.stop()
