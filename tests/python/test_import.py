"""Importing the package is light, and the package is what it says it is."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

import openai_harmony

PROBE = """
import json, sys, pydantic, concurrent.futures
class Warm(pydantic.BaseModel): pass
before = set(sys.modules)
import openai_harmony
print(json.dumps(sorted(set(sys.modules) - before)))
"""
"""Prints the modules that importing the package brings in, beside those that pydantic needs for any model."""


@pytest.fixture(scope="module")
def imported() -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_import_brings_in_only_what_every_program_needs(imported: list[str]) -> None:
    # The time of an import is that of its modules, most of it the models of `chat`. A module that only some programs
    # need is imported when one of its names is first asked for: it belongs in `_LATER`, not in this list.
    own = {".".join(name.split(".")[1:2]) for name in imported if name.startswith("openai_harmony.")}
    assert own == {"_core", "arguments", "chat", "encoding", "errors", "named", "parser", "plain_text", "rendering"}


def test_import_brings_in_nothing_heavy(imported: list[str]) -> None:
    packages = {name.split(".")[0] for name in imported}
    assert not packages & {"typer", "rich", "yaml", "pyarrow", "numpy", "multiprocessing", "asyncio", "urllib", "http"}


def test_names_that_are_imported_later_are_those_of_their_modules() -> None:
    for module, names in openai_harmony._LATER.items():
        assert names == importlib.import_module(f"openai_harmony.{module}").__all__
    assert len(set(openai_harmony.__all__)) == len(openai_harmony.__all__)


def test_the_package_is_typed() -> None:
    folder = Path(openai_harmony.__file__).parent
    assert (folder / "py.typed").exists() and (folder / "_core.pyi").exists()


def test_metadata() -> None:
    metadata = importlib.metadata.metadata("openai-harmony")
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata["License-Expression"] == "Apache-2.0"
    needed = [line for line in metadata.get_all("Requires-Dist") or [] if "extra ==" not in line]
    assert len(needed) == 1 and needed[0].startswith("pydantic")
