"""What cannot be a grammar: each error with its code, and its place in the schema."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from openai_harmony import HarmonyGrammarError, load_harmony_encoding
from openai_harmony.grammar import OutputGrammar, ToolChoice, output_grammar

ENCODING = load_harmony_encoding("HarmonyGptOss")
TOOL: Dict[str, Any] = {"name": "f", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("grammar.no_tool", {"tools": [TOOL], "tool_choice": ToolChoice.named("g")}),
        ("grammar.no_tool", {"tools": [TOOL], "tool_choice": ToolChoice.allowed(["f", "g"])}),
        ("grammar.tool_name", {"tools": [{"name": ""}]}),
        ("grammar.tool_name", {"tools": [{"name": "a b"}]}),
        ("grammar.tool_name", {"tools": [{"name": "a<|end|>"}]}),
        ("grammar.tool_name", {"tools": [{"name": "a\x00"}]}),
        ("grammar.duplicate_tool", {"tools": [TOOL, TOOL]}),
        ("grammar.contradiction", {"tool_choice": "required"}),
        ("grammar.prefix", {"tools": [TOOL], "prefix": "<|channel|>commentary to=functions.g"}),
        ("grammar.prefix", {"prefix": "<|channel|>final<|message|>4<|return|>"}),
        ("grammar.prefix", {"tools": [TOOL], "prefix": "<|channel|>commentary to=functions.f<|message|>{"}),
    ],
)
def test_options_that_make_no_grammar(code: str, options: Dict[str, Any]) -> None:
    with pytest.raises(HarmonyGrammarError) as refused:
        output_grammar(**options)
    assert (refused.value.code, refused.value.pointer) == (code, None)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": 5}, "/type"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "/properties/a/type"),
        ({"type": "object", "properties": {"a/b": {"enum": 1}}}, "/properties/a~1b/enum"),
        ({"type": "object", "properties": {"a~": {"$ref": "#/$defs/b"}}}, "/properties/a~0/$ref"),
        ({"type": "object", "properties": {"a": {"anyOf": [True, 3]}}}, "/properties/a/anyOf/1"),
    ],
)
def test_schemas_that_are_none(schema: Any, pointer: str) -> None:
    with pytest.raises(HarmonyGrammarError) as refused:
        output_grammar(tools=[{"name": "f", "parameters": schema}])
    assert (refused.value.code, refused.value.pointer) == ("grammar.schema", pointer)


PATTERN = {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}


def test_a_keyword_that_only_engines_enforce() -> None:
    grammar = output_grammar(tools=[{"name": "f", "parameters": PATTERN}])
    assert '"pattern"' in grammar.to_llguidance()
    for use in (OutputGrammar.to_gbnf, OutputGrammar.matcher, lambda grammar: grammar.check([])):
        with pytest.raises(HarmonyGrammarError, match="pattern") as refused:
            use(grammar)
        assert (refused.value.code, refused.value.pointer) == ("grammar.schema", "/properties/a/pattern")


def test_a_relaxed_schema_is_listed() -> None:
    grammar = output_grammar(tools=[{"name": "f", "parameters": PATTERN}, {**TOOL, "name": "g"}], unsupported="relax")
    (relaxed,) = grammar.relaxed
    assert "functions.f" in relaxed.of
    assert relaxed.pointer == "/properties/a/pattern"
    call = '<|channel|>commentary to=functions.f<|message|>{"a":"y"}<|call|>'
    assert grammar.check(ENCODING.encode(call, allowed_special="all"))
    assert not grammar.check(ENCODING.encode(call.replace('"y"', "1"), allowed_special="all")), "the type still holds"


def test_stop_tokens_that_the_output_has() -> None:
    parallel = output_grammar(tools=[TOOL], parallel_tool_calls=True)
    for write in (parallel.to_xgrammar, parallel.to_gbnf):
        with pytest.raises(HarmonyGrammarError) as refused:
            write(stop_tokens=[200002, 200012])
        assert refused.value.code == "grammar.parallel_stop"
        with pytest.raises(HarmonyGrammarError) as refused:
            write(stop_tokens=[200002, 200007])
        assert refused.value.code == "grammar.stop_token"
