"""Exceptions: classes, attributes, pickling, and the table of codes in the documentation."""

from __future__ import annotations

import pickle
import re

import pytest

from conftest import ROOT
from openai_harmony import (
    Conversation,
    DisallowedSpecialTokenError,
    HarmonyEncoding,
    HarmonyError,
    HarmonyLoadError,
    HarmonyParseError,
    HarmonyRenderError,
    HarmonyTokenizerError,
    InvalidConversationError,
    Message,
    Role,
    StreamableParser,
    UnknownEncodingError,
    load_harmony_encoding,
)


def test_tree() -> None:
    assert issubclass(HarmonyError, RuntimeError)
    for error in (HarmonyRenderError, HarmonyParseError, HarmonyTokenizerError, HarmonyLoadError):
        assert error.__bases__ == (HarmonyError,)
    for error in (UnknownEncodingError, DisallowedSpecialTokenError, InvalidConversationError):
        assert issubclass(error, HarmonyError) and issubclass(error, ValueError)


def test_unknown_name() -> None:
    with pytest.raises(UnknownEncodingError) as failure:
        load_harmony_encoding("zz")
    assert failure.value.code == "load.unknown_encoding"
    assert failure.value.index is None


def test_parse_error_tells_code_place_and_tokens(encoding: HarmonyEncoding) -> None:
    tokens = [200006, 1428, 200008, 12194, 200007, 5]
    with pytest.raises(HarmonyParseError) as failure:
        encoding.parse_messages_from_completion_tokens(tokens)
    assert failure.value.code == "stream.unexpected_token"
    assert failure.value.index == 5
    assert failure.value.tokens == tokens


def test_streaming_error_keeps_the_tokens(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    parser.process(200005)
    with pytest.raises(HarmonyParseError) as failure:
        parser.process_eos()
    assert failure.value.code == "header.unexpected_end"
    assert failure.value.tokens == [200005]


def test_decode_error(encoding: HarmonyEncoding) -> None:
    with pytest.raises(HarmonyTokenizerError) as failure:
        encoding.decode_utf8([24912, 99999999])
    assert failure.value.index == 1
    assert failure.value.code is not None and failure.value.code.startswith("decode.")


def test_render_error_names_the_message(encoding: HarmonyEncoding) -> None:
    conversation = Conversation.from_messages(
        [Message.from_role_and_content(Role.USER, "x"), Message.from_role_and_content(Role.TOOL, "y")]
    )
    with pytest.raises(HarmonyRenderError) as failure:
        encoding.render_conversation(conversation)
    assert failure.value.code == "render.unnamed_tool"
    assert failure.value.index == 1


def test_a_value_assigned_by_force_is_named_when_it_is_rendered(encoding: HarmonyEncoding) -> None:
    conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "x") for _ in range(3)])
    conversation.messages[2].channel = 5  # type: ignore[assignment]
    with pytest.raises(InvalidConversationError, match=r"messages\.2\.channel") as failure:
        encoding.render_conversation(conversation)
    assert failure.value.index == 2
    with pytest.raises(InvalidConversationError, match="channel"):
        encoding.render(conversation.messages[2])


def test_rendering_something_else(encoding: HarmonyEncoding) -> None:
    with pytest.raises(TypeError, match="list"):
        encoding.render_conversation([])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="str"):
        encoding.render("x")  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [*HarmonyError.__subclasses__(), HarmonyError, UnknownEncodingError])
def test_pickle(error: type[HarmonyError]) -> None:
    original = error("message", code="a.b", index=3, tokens=[1, 2])
    again = pickle.loads(pickle.dumps(original))
    assert type(again) is error and str(again) == "message"
    assert (again.code, again.index, again.tokens) == ("a.b", 3, [1, 2])


CODE = r"(?:load|encode|decode|render|schema|stream|header|grammar|tool)\.[a-z_]+"


def codes_of_the_sources() -> set[str]:
    found: set[str] = set()
    sources = ["src/**/*.rs", "bindings/**/*.rs", "python/**/*.py"]
    for file in (file for pattern in sources for file in ROOT.glob(pattern)):
        code = "\n".join(line for line in file.read_text("utf-8").splitlines() if not line.lstrip().startswith("//"))
        found |= set(re.findall(f'"({CODE})"', code))
    return found


def test_the_documentation_lists_every_code() -> None:
    table = (ROOT / "docs" / "errors.md").read_text("utf-8")
    documented = set(re.findall(rf"^\| `({CODE})` \|", table, re.MULTILINE))
    assert documented == codes_of_the_sources()
