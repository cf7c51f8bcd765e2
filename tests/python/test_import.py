"""Importing the package is light, and the package is what it says it is."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import openai_harmony

PROBE = """
import json, sys, time, pydantic, pydantic_core, concurrent.futures
from pydantic import BaseModel, TypeAdapter
class Warm(BaseModel): pass
before, start = set(sys.modules), time.process_time()
import openai_harmony
took = time.process_time() - start
print(json.dumps({"ms": took * 1000, "modules": sorted(set(sys.modules) - before)}))
"""


def probe() -> dict:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_import_is_light() -> None:
    # Processor time, and the least of several, because the machine may be busy. Most of it are the models' validators.
    assert min(probe()["ms"] for _ in range(7)) < 25


def test_import_brings_nothing_heavy() -> None:
    brought = {name.split(".")[0] for name in probe()["modules"]}
    assert not brought & {"typer", "rich", "yaml", "pyarrow", "numpy", "multiprocessing", "asyncio", "urllib", "http"}


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
