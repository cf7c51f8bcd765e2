"""What `check` says of JSON, against the validator of the `jsonschema` package: random schemas, random values.

Schemas have the keywords that `check` enforces. Three conventions keep differences out that are on purpose: the names
of properties are in alphabetical order everywhere, because `check` wants that of the schema, they need no escapes, and
no float is a whole number.
"""

from __future__ import annotations

import json
import random
from typing import Any, Union

import jsonschema
import pytest
from oracles import encoding

from openai_harmony import HarmonyGrammarError
from openai_harmony.grammar import OutputGrammar, output_grammar

Schema = Union[bool, dict[str, Any]]

NAMES = ["a", "ab", "abc", "b", "z/~"]
STRINGS = ["", "a", "ab", "é", "🦙", 'q"', "\\", "\n", "語語語", "<|"]
SCALARS = [None, True, False, 0, 1, -12, 1.5, -0.25, *STRINGS]
LITERALS = [None, True, 0, 1, -12, 1.5, "", "a", "ab", 'q"', "\n"]
TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"]


class SchemaWriter:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def document(self) -> Schema:
        schema = self.schema(3)
        if isinstance(schema, dict):
            schema["$defs"] = {name: self.typed(2) for name in ("x", "y")}
        return schema

    def schema(self, depth: int) -> Schema:
        form = self.rng.random()
        if form < 0.05:
            return self.rng.random() < 0.8
        if form < 0.10:
            return {}
        if form < 0.18:
            return {"enum": self.rng.sample(LITERALS, self.rng.randint(1, 4))}
        if form < 0.23:
            return {"const": self.rng.choice(LITERALS)}
        if depth and form < 0.35:
            return {"anyOf": [self.schema(depth - 1) for _ in range(self.rng.randint(1, 3))]}
        return self.typed(depth)

    def inner(self, depth: int) -> Schema:
        """The schema of an item or a property."""
        if self.rng.random() < 0.15:
            return {"$ref": self.rng.choice(["#/$defs/x", "#/$defs/y"])}
        return self.schema(depth - 1)

    def typed(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        types = rng.sample(TYPES if depth else TYPES[2:], 1 if rng.random() < 0.8 else 2)
        schema: dict[str, Any] = {"type": types if len(types) > 1 else types[0]}
        if "object" in types:
            # Undeclared names come after the declared ones in the alphabet, too.
            declared = rng.randint(0, len(NAMES) - 1)
            schema["properties"] = {name: self.inner(depth) for name in NAMES[:declared]}
            schema["required"] = [name for name in NAMES[: declared + 1] if rng.random() < 0.3]
            if rng.random() < 0.6:
                schema["additionalProperties"] = self.inner(depth) if rng.random() < 0.4 else rng.random() < 0.3
        if "array" in types:
            if rng.random() < 0.8:
                schema["items"] = self.inner(depth)
            self.limits(schema, "minItems", "maxItems")
        if "string" in types:
            self.limits(schema, "minLength", "maxLength")
        return schema

    def limits(self, schema: dict[str, Any], least: str, most: str) -> None:
        if self.rng.random() < 0.3:
            schema[least] = self.rng.randint(0, 2)
        if self.rng.random() < 0.3:
            schema[most] = self.rng.randint(0, 3)


def value_for(schema: Schema, root: Schema, rng: random.Random, depth: int = 4) -> Any:
    """A value that mostly fits."""
    if isinstance(schema, bool) or not schema or rng.random() < 0.1 or depth < 0:
        return rng.choice(SCALARS)
    if "$ref" in schema:
        assert isinstance(root, dict)
        return value_for(root["$defs"][schema["$ref"][-1]], root, rng, depth)
    if "enum" in schema or "const" in schema:
        return rng.choice(schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return value_for(rng.choice(schema["anyOf"]), root, rng, depth)
    if "type" not in schema:
        return rng.choice(SCALARS)
    types = schema["type"]
    kind = rng.choice(types if isinstance(types, list) else [types])
    if kind == "object":
        present = 0.6 if depth else 0.1
        names = [name for name in NAMES if name in schema["required"] or rng.random() < present]
        others = schema.get("additionalProperties", True)
        return {name: value_for(schema["properties"].get(name, others), root, rng, depth - 1) for name in names}
    if kind == "array":
        least = schema.get("minItems", 0)
        count = rng.randint(least, max(least, schema.get("maxItems", 2) + 1)) if depth else 0
        return [value_for(schema.get("items", True), root, rng, depth - 1) for _ in range(count)]
    return rng.choice([value for value in SCALARS if jsonschema.Draft202012Validator({"type": kind}).is_valid(value)])


def in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def says_check(grammar: OutputGrammar, value: Any, rng: random.Random) -> bool:
    separators = rng.choice([(",", ":"), (", ", ": "), (" ,\n", " : ")])
    text = json.dumps(in_order(value), ensure_ascii=rng.random() < 0.5, separators=separators)
    output = encoding.encode("<|channel|>final<|message|>", allowed_special="all")
    output += encoding.encode(text, disallowed_special=())
    return bool(grammar.check([*output, 200002]))


@pytest.mark.parametrize("seed", range(8))
def test_check_agrees_with_jsonschema(seed: int) -> None:
    rng = random.Random(seed)
    verdicts = []
    for _ in range(80):
        schema = SchemaWriter(rng).document()
        validator = jsonschema.Draft202012Validator(schema)
        values = [value_for(schema, schema, rng) for _ in range(15)]
        expected = [validator.is_valid(value) for value in values]
        form = {"type": "json_schema", "json_schema": {"schema": schema}}
        grammar = output_grammar(response_format=form, reasoning="off")
        try:
            grammar.check([])
        except HarmonyGrammarError as refused:
            assert "no value" in str(refused) and not any(expected), (schema, refused)
            continue
        for value, fits in zip(values, expected):
            assert says_check(grammar, value, rng) == fits, (schema, value, fits)
        verdicts += expected
    assert min(verdicts.count(True), verdicts.count(False)) > 50, "both are common"
