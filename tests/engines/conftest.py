"""What the tests against real engines share."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gpt-oss of random weights, which writes noise."""
    path = tmp_path_factory.mktemp("model") / "noise.gguf"
    subprocess.run([sys.executable, str(HERE / "make_tiny_gptoss.py"), "library", str(path)], check=True)
    return str(path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runs", type=int, default=1, help="completions of the server for each request and grammar")


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--runs"))
