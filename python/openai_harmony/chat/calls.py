"""Calls of tools: what a message calls, and whether its arguments are those that the tool takes."""

from __future__ import annotations

import json
from typing import Any, Dict, NoReturn

from ..errors import ToolCallError

__all__ = ["arguments_of", "check_arguments", "is_tool"]

_FUNCTIONS = "functions."

# Recipients that are not tools: the model itself, and everyone.
_NOT_TOOLS = frozenset(["assistant", "user", "all", ""])


def is_tool(recipient: str) -> bool:
    """Whether the recipient of a message is a tool."""
    return recipient not in _NOT_TOOLS


def plain_name(recipient: str) -> str:
    """The name of a tool without the namespace of the developer's functions."""
    return recipient[len(_FUNCTIONS) :] if recipient.startswith(_FUNCTIONS) else recipient


def arguments_of(tool: str, text: str) -> Dict[str, Any]:
    """The arguments of a call, which must be a JSON object. Raises ``ToolCallError`` with the name of the tool."""
    try:
        arguments = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "they are nested too deep" if isinstance(error, RecursionError) else error
        message = f"the arguments of the call of {tool} are not JSON: {reason}"
        raise ToolCallError(message, code="tool.invalid_json") from None
    if not isinstance(arguments, dict):
        message = f"the arguments of the call of {tool} are not a JSON object, but {type(arguments).__name__}"
        raise ToolCallError(message, code="tool.invalid_json")
    return arguments


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"JSON has no {word}")


def check_arguments(tool: str, schema: Dict[str, Any], arguments: Dict[str, Any]) -> None:
    """Check arguments against the JSON Schema of a tool.

    Raises ``ToolCallError`` with the path to the first value that does not fit, ``ImportError`` without the package
    ``jsonschema``. The rules of JSON Schema are many and that package is their reference in Python, so it is used
    rather than imitated; references to other documents are not followed.
    """
    try:
        import jsonschema
        from referencing import Registry
    except ImportError as error:
        raise ImportError("checking arguments needs the extra: pip install 'openai-harmony[schema]'") from error

    validator = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        found = jsonschema.exceptions.best_match(validator(schema, registry=Registry()).iter_errors(arguments))
    except Exception as error:  # whatever the schema is: its author is not the author of the call
        message = f"the parameters of the tool {tool} are not a JSON Schema that can be followed: {error}"
        raise ToolCallError(message, code="tool.invalid_schema") from error
    if found is not None:
        place = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in found.absolute_path)
        message = f"invalid arguments in the call of {tool}: arguments{place}: {found.message}"
        raise ToolCallError(message, code="tool.invalid_arguments")
