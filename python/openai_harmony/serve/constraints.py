"""Which requests get a grammar."""

from __future__ import annotations

import json
from typing import Any, Dict, Type, Union

from ..api import BadRequest, ChatJob, ResponsesJob
from ..errors import HarmonyGrammarError
from ..grammar import OutputGrammar
from .engines import Engine

__all__ = ["engine_constraint"]


def engine_constraint(job: Union[ChatJob, ResponsesJob], when: str, engine: Type[Engine]) -> Dict[str, Any]:
    """The fields that make the engine follow the grammar of a request; none if it needs no grammar.

    ``when`` is the setting ``constrain``: ``"auto"`` for requests that demand something, ``"always"``, ``"never"``.
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
        try:
            return engine.constraint(grammar)
        except HarmonyGrammarError:
            if constraint is not None and constraint.strict:
                raise
            return engine.constraint(_relaxed(grammar))
    except HarmonyGrammarError as error:
        if constraint is None:  # Nothing was demanded.
            return {}
        raise BadRequest(f"The request cannot be enforced: {error}", None, "unsupported_value") from error


def _relaxed(grammar: OutputGrammar) -> OutputGrammar:
    """The grammar with any JSON object in place of the schemas that the engine's language cannot express."""
    return OutputGrammar(json.dumps({**json.loads(grammar._options), "unsupported": "relax"}))
