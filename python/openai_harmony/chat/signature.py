"""JSON Schemas of Python functions and models, as tools need them."""

from __future__ import annotations

import inspect
import re
import sys
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Type, get_type_hints

from pydantic import BaseModel, Field, PydanticUserError, TypeAdapter, create_model

from ..arguments import expect, wrong_type

__all__ = ["describe_function", "describe_model"]

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def describe_function(
    function: Callable[..., Any], given_name: Optional[str] = None
) -> Tuple[str, Optional[str], Dict[str, Any]]:
    """Name, description and schema of the parameters. The function's own name is used if there is no other."""
    if not callable(function):
        raise wrong_type("function", "a function", function)
    expect("name", given_name, (str, type(None)), "a string or None")
    name = given_name or str(getattr(function, "__name__", type(function).__name__))
    if name == "<lambda>":
        raise TypeError("a lambda needs a name that the model can call: pass name=")
    text, notes = _read_docstring(inspect.getdoc(function) or "")
    hints = _annotations(function)
    fields: Dict[str, Any] = {}
    for parameter in _signature(name, function).parameters.values():
        if parameter.kind not in _BY_NAME:
            raise TypeError(f"{name}: a call names its arguments, so the parameter {parameter} cannot be passed")
        default = ... if parameter.default is parameter.empty else parameter.default
        about: Dict[str, Any] = {"description": notes[parameter.name]} if parameter.name in notes else {}
        # An alias, because a field of pydantic must not begin with an underscore or shadow a method of its models.
        field = Field(default, alias=parameter.name, **about)
        fields[f"field_{len(fields)}"] = (hints.get(parameter.name, Any), field)
    return name, text or None, _plain(_schema(name, fields))


def _signature(name: str, function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except ValueError:
        raise TypeError(f"{name}: Python does not know the parameters of this function") from None


def _schema(name: str, fields: Dict[str, Any]) -> Dict[str, Any]:
    try:
        arguments: Type[BaseModel] = create_model(name, **fields)
        return arguments.model_json_schema()
    except PydanticUserError:
        for kind, field in fields.values():
            try:
                TypeAdapter(kind).json_schema()
            except PydanticUserError as error:
                reason = f"the annotation of the parameter {field.alias} has no JSON Schema: {kind!r}"
                raise TypeError(f"{name}: {reason}") from error
        raise


def _annotations(function: Callable[..., Any]) -> Dict[str, Any]:
    if sys.version_info < (3, 11) and inspect.isfunction(function):
        # Otherwise, parameters whose default is None would become optional.
        without_defaults = SimpleNamespace(__annotations__=function.__annotations__, __wrapped__=function)
        return get_type_hints(without_defaults, include_extras=True)
    return get_type_hints(function, include_extras=True)


def describe_model(model: Type[BaseModel]) -> Tuple[Optional[str], Dict[str, Any]]:
    """Description and schema of the fields."""
    schema = _plain(model.model_json_schema())
    return schema.pop("description", None), schema


def _plain(schema: Dict[str, Any]) -> Dict[str, Any]:
    """The schema without pydantic's titles, and with definitions written where they are used, unless they recur."""
    definitions = schema.pop("$defs", {})
    plain: Dict[str, Any] = _rewrite(schema, definitions, ())
    if any(_references(plain)):  # what refers to itself
        plain["$defs"] = {name: _rewrite(definitions[name], definitions, tuple(definitions)) for name in definitions}
    plain.setdefault("properties", {})
    return plain


def _references(schema: Any) -> Iterator[str]:
    values = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for value in values:
        yield from _references(value)
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"]


def _rewrite(schema: Any, definitions: Dict[str, Any], inside: Tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_rewrite(item, definitions, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in definitions and name not in inside:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_rewrite(definitions[name], definitions, (*inside, name)), **rest}
    out: Dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {field: _rewrite(sub, definitions, inside) for field, sub in value.items()}
        elif key in ("default", "const", "enum", "examples"):
            out[key] = value
        elif key != "title":
            out[key] = _rewrite(value, definitions, inside)
    return out


_SECTION = re.compile(r"^(Args|Arguments|Parameters|Returns|Return|Raises|Yields|Examples?|Notes?):?\s*$")
_ITEM = re.compile(r"^\s+\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")
_PARAM = re.compile(r"^:param\s+(?:[^:]*\s)?(\w+):\s*(.*)$")
_FIELD = re.compile(r"^:\w+.*:")


def _read_docstring(docstring: str) -> Tuple[str, Dict[str, str]]:
    """The text before the sections, and what they say of each parameter. Reads Google's and Sphinx's forms."""
    text, notes = [], {}
    section, current = "", ""
    for line in docstring.splitlines():
        heading = _SECTION.match(line)
        param = _PARAM.match(line)
        item = _ITEM.match(line) if section in ("Args", "Arguments", "Parameters") else None
        if heading:
            section, current = heading[1], ""
        elif param:
            section, current = "param", param[1]
            notes[current] = param[2]
        elif _FIELD.match(line):
            section, current = "field", ""
        elif item:
            current = item[1]
            notes[current] = item[2]
        elif current and line.strip():
            notes[current] = f"{notes[current]} {line.strip()}".strip()
        elif not section:
            text.append(line)
    return "\n".join(text).strip(), notes
