"""`help()` of every public callable says what it takes and returns, and shows an example."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

import pytest

import openai_harmony
from openai_harmony import _core

MODULES = ["", ".api", ".chat_completions", ".data", ".grammar", ".html", ".huggingface", ".telemetry", ".training"]
# Their examples are programs with files, in docs/data.md.
WITHOUT_EXAMPLES = "openai_harmony.data."

NOT_PUBLIC = ["RequestReader"]


class Callable_:
    """A public function or method, and the class in whose help it appears."""

    def __init__(self, function: Any, name: str, owner: Optional[type] = None) -> None:
        self.function, self.name, self.owner = function, name, owner
        self.doc = inspect.cleandoc(function.__doc__ or "")

    @property
    def is_native(self) -> bool:
        return not inspect.isfunction(inspect.unwrap(getattr(self.function, "__func__", self.function)))


def public() -> Iterator[Tuple[str, Callable_]]:
    for module in MODULES:
        names = importlib.import_module(f"openai_harmony{module}")
        for name in names.__all__:
            thing = getattr(names, name)
            if inspect.isroutine(thing):
                yield f"{thing.__module__}.{name}", Callable_(thing, name)
            elif inspect.isclass(thing):
                yield from methods(thing)
    for view in (_core.ChatSse, _core.ResponsesSse):
        yield from methods(view)


def methods(owner: type) -> Iterator[Tuple[str, Callable_]]:
    for name in dir(owner):
        definer = next((base for base in owner.__mro__ if name in vars(base)), object)  # else of the metaclass
        member = getattr(owner, name)
        if not name.startswith("_") and definer.__module__.startswith("openai_harmony") and callable(member):
            yield f"{owner.__module__}.{owner.__qualname__}.{name}", Callable_(member, name, owner)


FOUND: Dict[str, Callable_] = dict(public())


def test_all_of_them_are_found() -> None:
    """A count that only falls if the search loses some."""
    assert len(FOUND) > 200
    assert FOUND["openai_harmony.encoding.HarmonyEncoding.encode"].is_native
    assert not FOUND["openai_harmony.encoding.load_harmony_encoding"].is_native


def section(doc: str, title: str) -> str:
    found = re.search(rf"^{title}:\n((?:    .*\n?)+)", doc, re.MULTILINE)
    return found[1] if found else ""


def documented(doc: str) -> Dict[str, str]:
    """The types that a docstring gives, by parameter; that of the result is under ``return``."""
    types = dict(re.findall(r"^    (\w+) \((.+)\): ", section(doc, "Args"), re.MULTILINE))
    result = re.match(r" {4}(.+?): ", section(doc, "Returns"))
    return {**types, "return": result[1] if result else "None"}


def stub_types() -> Dict[str, Dict[str, str]]:
    """The types of the methods of the extension in its stub; those of overloads are joined."""
    stub = Path(openai_harmony.__file__).with_name("_core.pyi").read_text("utf-8")
    found: Dict[str, Dict[str, str]] = {}
    for top in ast.parse(stub).body:
        for node in top.body if isinstance(top, ast.ClassDef) and top.name not in NOT_PUBLIC else ():
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            types = {item.arg: item.annotation for item in arguments if item.arg not in ("self", "cls")}
            known = found.setdefault(f"{top.name}.{node.name}", {})
            for name, annotation in [*types.items(), ("return", node.returns)]:
                assert annotation is not None, f"{top.name}.{node.name}: {name}"
                type_ = ast.unparse(annotation).replace("'", '"').replace("_OutputGrammar", "OutputGrammar")
                type_ = top.name if type_ == "Self" else type_
                known[name] = f"{known[name]} | {type_}" if known.get(name, type_) != type_ else type_
    return found


@pytest.mark.parametrize("name", stub_types())
def test_docstrings_of_the_extension_have_the_types_of_the_stub(name: str) -> None:
    """PyO3 writes signatures without annotations, so `help` has the types from the docstring."""
    owner, method = name.split(".")
    member = getattr(getattr(_core, owner), method)
    if callable(member):
        assert documented(inspect.cleandoc(member.__doc__)) == stub_types()[name]


@pytest.mark.parametrize("name", FOUND)
def test_types(name: str) -> None:
    found = FOUND[name]
    if found.is_native:
        owner = next(base.__name__ for base in found.owner.__mro__ if found.name in vars(base)) if found.owner else ""
        if f"{owner}.{found.name}" not in stub_types():  # the events have one definition
            assert documented(found.doc)["return"] != "None"
        return
    signature = inspect.signature(found.function)
    bare = [item.name for item in signature.parameters.values() if item.annotation is item.empty]
    assert set(bare) <= {"self", "cls"}
    assert signature.return_annotation is not signature.empty


def examples(doc: Optional[str]) -> str:
    return "\n".join(re.findall(r"^\s*(?:>>>|\.\.\.) (.*)", doc or "", re.MULTILINE))


def shown(found: Callable_) -> Set[str]:
    """The docstrings that have an example of this callable: its own, its class's, or its module's."""
    places: List[Tuple[str, Optional[str]]] = [("itself", found.doc)]
    if found.owner is not None:
        places += [("class", base.__doc__) for base in found.owner.__mro__]
    else:
        package = found.function.__module__.rpartition(".")[0]
        places.append(("module", importlib.import_module(package).__doc__))
    calls = re.compile(rf"(?<!\w){found.name}\(")
    return {place for place, doc in places if calls.search(examples(doc)) or (place == "itself" and examples(doc))}


@pytest.mark.parametrize("name", [name for name in FOUND if not name.startswith(WITHOUT_EXAMPLES)])
def test_examples(name: str) -> None:
    found = FOUND[name]
    if found.owner in (_core.ChatSse, _core.ResponsesSse):
        # The example is that of the stream, to which they refer.
        assert found.name == "done" or found.doc.startswith(f"The same as ``{found.owner.__name__[:-3]}Stream.")
        return
    assert shown(found), f"no example of {name}"
