"""Every public function and method with arguments of the wrong kind: an error in the words of Python, or an answer."""

from __future__ import annotations

import inspect
import re
from enum import Enum
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple, Type

import pytest

import openai_harmony
from openai_harmony import (
    Author,
    ChannelConfig,
    Conversation,
    DeveloperContent,
    HarmonyError,
    Message,
    OpenMessage,
    RenderFormat,
    Role,
    StreamableParser,
    SystemContent,
    TextContent,
    ToolDescription,
    ToolNamespaceConfig,
    Transcript,
    _core,
    load_harmony_encoding,
)
from openai_harmony.api import ChatCompletions, Responses
from openai_harmony.grammar import output_grammar
from openai_harmony.huggingface import HarmonyTokenizer
from test_help import FOUND

ENCODING = load_harmony_encoding("HarmonyGptOss")
MESSAGE = Message.from_role_and_content(Role.USER, "Hi")
CONVERSATION = Conversation.from_messages([MESSAGE])
COMPLETION = [200005, 17196, 200008, 19, 200002]
TOKENIZER = HarmonyTokenizer()
CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}

# Of each kind one or two: what a caller may pass by mistake, or a program that reads its arguments from JSON.
WRONG: List[Any] = [
    *[None, True, 5, -1, 10**40, 1.5, float("nan"), "x", "", "\ud800", b"x", bytearray(b"x"), memoryview(b"x")],
    *[[], [None], [5], [-1], ["x"], [b"x"], [1.5], [[1]], [{}], (), {}, {"a": 1}, {5: 6}, {"role": 5}, {1}, range(3)],
    *[object(), object, Path("nowhere"), Role.USER, MESSAGE, CONVERSATION, ENCODING, inspect, ...],
]


def parser() -> StreamableParser:
    return StreamableParser(ENCODING, Role.ASSISTANT, strict=False).process(200005)


def transcript() -> Transcript:
    transcript = Transcript(ENCODING)
    transcript.append(MESSAGE)
    return transcript


def chat_job() -> Any:
    return ChatCompletions(ENCODING).prepare(CHAT)


def responses_job() -> Any:
    return Responses(ENCODING).prepare({"model": "m", "input": "Hi"})


OBJECTS: List[Callable[[], Any]] = [
    *[lambda: ENCODING, parser, transcript, lambda: TOKENIZER, chat_job, responses_job, lambda: output_grammar()],
    *[lambda: chat_job().stream(), lambda: responses_job().stream(), lambda: output_grammar().matcher()],
    *[lambda: chat_job().stream().sse, lambda: responses_job().stream().sse],
    *[lambda: ChatCompletions(ENCODING), lambda: Responses(ENCODING), lambda: ENCODING.render_with(CONVERSATION)],
    *[lambda: Author.new("tool", "x"), lambda: CONVERSATION.model_copy(deep=True), DeveloperContent, SystemContent],
    *[lambda: MESSAGE.model_copy(deep=True), lambda: TextContent(text="x"), OpenMessage, RenderFormat],
    *[lambda: ToolDescription.new("f", "x", parameters={"type": "object"}), ToolNamespaceConfig.browser],
    *[lambda: ChannelConfig.require_channels(["final"]), lambda: parser().result],
]
MAKERS: Dict[type, Callable[[], Any]] = {type(make()): make for make in OBJECTS}

# What the other arguments are while one is wrong.
RIGHT: Dict[str, Any] = {
    **{"text": "x", "texts": ["x"], "tokens": COMPLETION, "sampled": COMPLETION, "prompt": [200006], "token": 5},
    **{"batch": [[5]], "tokens_a": [1], "tokens_b": [2], "max_tokens": 9, "limit": 9, "index": 0, "length": 0},
    **{"conversation": CONVERSATION, "conversations": [CONVERSATION], "message": MESSAGE, "messages": [MESSAGE]},
    **{"encoding": ENCODING, "role": Role.USER, "next_turn_role": Role.ASSISTANT, "author": Author.new("user", "x")},
    **{"rendered": ENCODING.render_with(CONVERSATION), "parsed": ENCODING.parse(COMPLETION, "assistant").messages[0]},
    **{"name": "x", "description": "x", "content": "x", "contents": [TextContent(text="x")], "channels": ["final"]},
    **{"view": ENCODING.view([5]), "parser": parser(), "transcript": transcript(), "sections": [], "title": "x"},
    **{"result": ENCODING.parse(COMPLETION, "assistant"), "choices": [(COMPLETION, "stop")], "body": CHAT},
    **{"request": CHAT, "names": ["x"], "kind": None, "start": 0, "end": 0, "channel": "final", "recipient": "x"},
    **{"content_type": "json", "ending": None, "schema": {}, "repairs": [], "state": "{}", "ids": [5], "chunk": "x"},
}

# They are for pickles and for each other, or write what was passed to files and meters.
LEFT_OUT = re.compile(r"\.errors\.|instrument$|save_pretrained$|llguidance_tokenizer$|(?<!\w)model_")


def public() -> Iterator[Tuple[str, Callable[[], Any]]]:
    """Each callable, with what makes it: methods belong to a new object each time."""
    for label, found in FOUND.items():
        bound = inspect.ismethod(found.function) or getattr(found.function, "__self__", None) is found.owner
        if LEFT_OUT.search(label):
            continue
        if found.owner is None or bound or isinstance(inspect.getattr_static(found.owner, found.name), staticmethod):
            yield label, lambda function=found.function: function
        elif found.owner in MAKERS:
            yield label, lambda make=MAKERS[found.owner], name=found.name: getattr(make(), name)
    for name in openai_harmony.__all__:
        thing = getattr(openai_harmony, name)
        if inspect.isclass(thing) and not issubclass(thing, (Enum, Exception)):
            yield name, lambda thing=thing: thing
    yield "HarmonyTokenizer", lambda: HarmonyTokenizer


CALLABLES = dict(public())


def parameters(label: str) -> List[inspect.Parameter]:
    try:
        signature = inspect.signature(CALLABLES[label]())
    except ValueError:  # a class of the extension that nobody makes
        return []
    found = [item for item in signature.parameters.values() if item.kind < 4 and item.kind != 2]
    # The others are kept as they are, and a tokenizer takes a while to make.
    return found[:1] if label == "HarmonyTokenizer" else found


def test_most_are_called() -> None:
    assert sum(len(parameters(label)) for label in CALLABLES) > 250
    assert {_core.ChatSse, _core.ResponsesSse, HarmonyTokenizer} <= set(MAKERS)


# The words of Rust, PyO3 and serde, and those of Python that name neither the argument nor what belongs there.
FOREIGN = re.compile(
    r"\b(Vec|usize|[iu](8|16|32|64))\b|&str|panick|unwrap|serde|is not an instance of|[Cc]an't extract"
    r"|cannot be converted|out of range integral|[Aa]lready (mutably )?borrowed|at line \d+ column|unknown variant"
    r"|invalid type|missing field|has no attribute|not subscriptable|'\w+' object is not (iterable|callable)|unhashable"
    r"|unpack|not supported between|object of type|indices must be|update sequence|surrogates not allowed"
)
# A text that should be JSON is of the right kind, and a place in it says more than words.
TEXTS_OF_JSON = re.compile(r"We could not parse the JSON body of your request: |invalid state: ")
EXPECTED: Tuple[Type[BaseException], ...] = (TypeError, ValueError, HarmonyError, IndexError, OverflowError, OSError)


def is_path(parameter: inspect.Parameter, value: Any) -> bool:
    """A name that no file and no column can have: Python says so."""
    return parameter.name in ("vocabulary_file", "target", "column") and isinstance(value, str)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("label", [label for label in CALLABLES if parameters(label)])
def test_wrong_kinds(label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    problems = []
    for wrong in parameters(label):
        needed = [item.name for item in parameters(label) if item.default is item.empty and item is not wrong]
        for value in WRONG:
            arguments = {name: RIGHT.get(name, value) for name in needed if name != wrong.name}
            arguments[wrong.name] = value
            try:
                CALLABLES[label]()(**arguments)
            except EXPECTED as error:
                told = TEXTS_OF_JSON.match(str(error)) or not FOREIGN.search(str(error))
                if not told and not type(error).__module__.startswith("pydantic") and not is_path(wrong, value):
                    problems.append(f"{wrong.name}={value!r:.30}: {type(error).__name__}: {error}")
            except BaseException as error:
                problems.append(f"{wrong.name}={value!r:.30}: {type(error).__name__}: {error}")
    assert problems == []
