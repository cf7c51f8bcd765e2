"""Which requests get a grammar."""

from __future__ import annotations

import json
from typing import Any, Dict, Type, Union

from ..api import BadRequest, ChatJob, ResponsesJob
from ..errors import HarmonyGrammarError
from ..grammar import OutputGrammar
from .engines import Engine

__all__ = ["engine_constraint"]


def engine_constraint(
    job: Union[ChatJob, ResponsesJob], when: str, engine: Type[Engine], *, continues: bool = False
) -> Dict[str, Any]:
    """The fields that make the engine follow the grammar of a request; none if it needs no grammar.

    ``when`` is the setting ``constrain``: ``"auto"`` for requests that demand something, ``"always"``, ``"never"``.
    ``continues`` says that the answer goes on after the call of a hosted tool, so that a required call has been made.
    Raises ``BadRequest`` for a demand that cannot be met.
    """
    constraint = job.constraint
    if when == "never" or not engine.has_grammars:
        if constraint is not None and constraint.calls == "required":
            raise BadRequest(
                "A call of one of several tools cannot be required: this server has no grammars.",
                "tool_choice",
                "unsupported_value",
            )
        return {}
    if when == "auto" and constraint is None:
        return {}
    try:
        grammar = job.grammar()
        if continues:
            # The prompt ends with <|start|>assistant again, whatever the first one ended with.
            grammar = _changed(grammar, tool_choice="auto", prefix=[])
        try:
            return engine.constraint(grammar)
        except HarmonyGrammarError:
            if constraint is not None and constraint.strict:
                raise
            # Any JSON object in place of the schemas that the engine's language cannot express.
            return engine.constraint(_changed(grammar, unsupported="relax"))
    except HarmonyGrammarError as error:
        if constraint is None:  # Nothing was demanded.
            return {}
        raise BadRequest(f"The request cannot be enforced: {error}", None, "unsupported_value") from error


def _changed(grammar: OutputGrammar, **options: Any) -> OutputGrammar:
    """The grammar with other options."""
    return OutputGrammar(json.dumps({**json.loads(grammar._options), **options}))
