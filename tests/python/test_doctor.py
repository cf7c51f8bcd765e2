"""The command ``doctor`` tells a good installation from a mixed one, and works without any extra."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import openai_harmony

COMMAND = [sys.executable, "-m", "openai_harmony", "doctor"]


def doctor(*words: str, code: int = 0, **environment: str) -> str:
    given = {**os.environ, **environment}
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=given, timeout=60)
    assert done.returncode == code and done.stderr == "", done.stdout + done.stderr
    return done.stdout


def other_distribution(folder: Path, name: str, module: str) -> str:
    """A stand-in for another distribution of the module: its metadata, without its extension."""
    info = folder / f"{name.replace('-', '_')}-0.0.11.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.0.11\n")
    (info / "RECORD").write_text("openai_harmony/__init__.py,sha256=AAAA,1\n")
    (folder / "openai_harmony").mkdir()
    (folder / "openai_harmony" / "__init__.py").write_text(module)
    return str(folder)


def test_a_good_installation() -> None:
    report = doctor()
    assert f"openai_harmony {openai_harmony.__version__}" in report
    assert "its tokens are those of tiktoken's o200k_base" in report
    assert "self-test    encodes, renders and parses as expected" in report
    assert "PROBLEM" not in report


def test_two_distributions_of_one_module(tmp_path: Path) -> None:
    package = str(Path(openai_harmony.__file__).parents[1])
    path = os.pathsep.join([package, other_distribution(tmp_path, "oss-harmony", "")])
    report = doctor(code=1, PYTHONPATH=path)
    assert "oss-harmony 0.0.11" in report
    assert "PROBLEM: 2 distributions install the same module" in report


def test_another_distribution_over_this_one(tmp_path: Path) -> None:
    """As `pip install vllm` leaves it after this package: the other one's `__init__.py` beside our modules."""
    path = other_distribution(tmp_path, "oss-harmony", "")
    ours = Path(openai_harmony.__file__).parent
    shutil.copytree(ours, tmp_path / "openai_harmony", ignore=shutil.ignore_patterns("__init__.py"), dirs_exist_ok=True)
    for folder in ours.rglob("*/__init__.py"):
        shutil.copy(folder, tmp_path / "openai_harmony" / folder.relative_to(ours))
    report = doctor(code=1, PYTHONPATH=path)
    assert f"{tmp_path / 'openai_harmony'} is release 0.0.x or oss-harmony, not this package: pip uninstall" in report
    render = [sys.executable, "-m", "openai_harmony", "render", "c.json"]
    done = subprocess.run(render, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 1 and "`python -m openai_harmony doctor` tells what is installed" in done.stderr


def test_what_requires_the_module(tmp_path: Path) -> None:
    info = tmp_path / "engine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: engine\nVersion: 1.0\nRequires-Dist: oss_harmony>=0.0.11\n"
    )
    report = doctor(PYTHONPATH=os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])))
    assert "required by  engine 1.0: oss_harmony>=0.0.11" in report


def test_a_vocabulary_that_is_not_there(tmp_path: Path) -> None:
    report = doctor(code=1, TIKTOKEN_ENCODINGS_BASE=str(tmp_path))
    assert "vocabulary   PROBLEM: " in report and str(tmp_path) in report


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
def test_a_running_process() -> None:
    program = "import openai_harmony, time; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        assert f"process      {process.pid} uses this package: " in doctor("--pid", str(process.pid))
        process.kill()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        time.sleep(0.1)
        assert "has not loaded openai_harmony" in doctor("--pid", str(process.pid), code=1)
        process.kill()


def test_it_needs_no_extra() -> None:
    program = (
        "import sys\nfor name in ('typer', 'rich', 'yaml', 'click'): sys.modules[name] = None\n"
        "from openai_harmony.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program, "doctor"], capture_output=True, text=True)
    assert "encodes, renders and parses as expected" in done.stdout, done.stderr
    done = subprocess.run([sys.executable, "-c", program, "--version"], capture_output=True, text=True)
    assert done.stdout.startswith("openai-harmony "), done.stderr
