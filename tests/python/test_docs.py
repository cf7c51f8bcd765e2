"""Every Python snippet of the README, of docs/ and of the docstrings runs; the snippets of a page share one program."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import runpy
import sys
from pathlib import Path
from typing import Dict, List, Set

import pytest

import openai_harmony
from conftest import ROOT
from openai_harmony import _core

PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if page.is_file()]
# Its snippets need a gateway: tests/serve runs them.
SERVE = ROOT / "docs" / "serve.md"
FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [page for page in PAGES if page != SERVE], ids=lambda page: page.name)
def test_snippets(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page.name == "constrained.md" and sys.version_info < (3, 10):
        pytest.skip("llguidance 1.7 needs Python 3.10")
    monkeypatch.chdir(tmp_path)
    text = page.read_text("utf-8")
    names = {"__name__": page.stem}
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        # The blank lines make tracebacks point into the page.
        program = "\n" * line + match[1]
        exec(compile(program, str(page), "exec"), names)


OUTPUT = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_snippets_of_the_readme_print_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    names: Dict[str, object] = {}
    pairs = OUTPUT.findall((ROOT / "README.md").read_text("utf-8"))
    assert len(pairs) >= 2
    for program, output in pairs:
        exec(program, names)
        assert capsys.readouterr().out == output


LINK = re.compile(r"(?:\]\(|^\[[^\]]+\]: )([^)#\s]+)", re.MULTILINE)
PUBLISHED = "https://github.com/openai/harmony/blob/main/"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "AGENTS.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if target.startswith(PUBLISHED):
            assert (ROOT / target[len(PUBLISHED) :]).exists(), target
        elif "://" not in target:
            assert (page.parent / target).exists(), target


def test_links_of_the_readme_work_on_pypi() -> None:
    """PyPI shows the README without the files beside it, and does not resolve relative links."""
    targets = LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert targets
    assert [target for target in targets if "://" not in target] == []


@pytest.mark.parametrize("program", sorted((ROOT / "demo").glob("*.py")), ids=lambda program: program.name)
def test_demos(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(program), run_name="__main__")
    assert capsys.readouterr().out


def modules() -> List[str]:
    found = pkgutil.walk_packages(openai_harmony.__path__, "openai_harmony.")
    optional = ("openai_harmony.cli", "openai_harmony.serve", "openai_harmony.__main__", "openai_harmony._core")
    return ["openai_harmony", *(module.name for module in found if not module.name.startswith(optional))]


@pytest.mark.parametrize("name", modules())
def test_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    if name == "openai_harmony.grammar" and sys.version_info < (3, 10):
        pytest.skip("llguidance 1.7 needs Python 3.10")
    assert doctest.testmod(module, verbose=False).failed == 0


@pytest.mark.parametrize("name", openai_harmony.__all__)
def test_everything_public_is_documented(name: str) -> None:
    thing = getattr(openai_harmony, name)
    if name == "StreamEvent":  # a union of types has no place for a docstring
        return
    assert thing.__doc__, f"{name} has no docstring"
    if not isinstance(thing, type):
        return
    for member in vars(thing):
        value = getattr(thing, member)
        if not member.startswith("_") and member not in getattr(thing, "model_fields", ()) and callable(value):
            assert value.__doc__, f"{name}.{member} has no docstring"


def native_docstrings() -> Dict[str, str]:
    """Of everything in the extension that has one: its name and its docstring."""
    found = {}
    for name in _core.__all__:
        thing = getattr(_core, name)
        for owner, member in [(_core, name), *((thing, member) for member in dir(thing) if isinstance(thing, type))]:
            doc = getattr(getattr(owner, member), "__doc__", None)
            if doc and not member.startswith("_"):
                found[member if owner is _core else f"{name}.{member}"] = inspect.cleandoc(doc)
    return found


def stub_docstrings() -> Dict[str, str]:
    """Likewise of everything in its stub file, which is what editors show."""
    stub = Path(openai_harmony.__file__).with_name("_core.pyi").read_text("utf-8")
    found = {}
    for top in ast.parse(stub).body:
        if not isinstance(top, (ast.ClassDef, ast.FunctionDef)):
            continue
        members = [node for node in getattr(top, "body", []) if isinstance(node, ast.FunctionDef)]
        for node, name in [(top, top.name), *((node, f"{top.name}.{node.name}") for node in members)]:
            doc = ast.get_docstring(node)
            if doc:
                found[name] = doc
    return found


def test_editors_show_what_help_shows() -> None:
    assert stub_docstrings() == native_docstrings()


@pytest.mark.parametrize("name", [name for name, doc in native_docstrings().items() if ">>>" in doc])
def test_native_docstrings(name: str) -> None:
    example = doctest.DocTestParser().get_doctest(native_docstrings()[name], {}, name, "_core", 0)
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0


def test_typed_program_runs() -> None:
    runpy.run_path(str(ROOT / "tests" / "python" / "typed_program.py"), run_name="__main__")


DIRECTIVE = re.compile(r"^::: (\S+)$", re.MULTILINE)


def names_in_the_reference() -> Set[str]:
    names: Set[str] = set()
    for page in (ROOT / "docs" / "reference").glob("*.md"):
        for shown in DIRECTIVE.findall(page.read_text("utf-8")):
            parent, _, name = shown.rpartition(".")
            if inspect.isclass(getattr(importlib.import_module(parent), name, None)):
                names.add(name)
            else:
                module = importlib.import_module(shown)
                names |= set(getattr(module, "__all__", vars(module)))
    return names


@pytest.mark.parametrize("module", ["", ".api", ".data", ".grammar", ".html", ".huggingface", ".telemetry"])
def test_the_reference_has_every_public_class_and_function(module: str) -> None:
    public = importlib.import_module(f"openai_harmony{module}")
    things = {name: getattr(public, name) for name in public.__all__}
    documented = {name for name, thing in things.items() if inspect.isclass(thing) or inspect.isroutine(thing)}
    assert documented <= names_in_the_reference()


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert pages == set(re.findall(r": (\S+\.md)$", navigation, re.MULTILINE)) - {"index.md"}
