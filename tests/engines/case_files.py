"""The case files of `test-data/grammar`, and the request of each as arguments of `output_grammar`."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from openai_harmony import SystemContent, ToolNamespaceConfig
from openai_harmony.grammar import OutputGrammar, ToolChoice, output_grammar

FOLDER = pathlib.Path(__file__).parents[2] / "test-data" / "grammar"
CASES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}


def grammar_of(request: dict[str, Any], **options: Any) -> OutputGrammar:
    choice = request.get("tool_choice", "auto")
    if isinstance(choice, dict) and "function" in choice:
        choice = ToolChoice.named(choice["function"])
    elif isinstance(choice, dict):
        choice = ToolChoice.allowed(choice["allowed"], required=choice["mode"] == "required")
    form = request.get("response_format")
    if form is not None:
        form = {"type": "json_schema", "json_schema": {"schema": form["json_schema"]}}
    system = SystemContent.new()
    for name in request.get("builtin", ()):
        system = system.with_tools(getattr(ToolNamespaceConfig, name)())
    return output_grammar(
        system=system,
        tools=request.get("tools"),
        tool_choice=choice,
        parallel_tool_calls=request.get("parallel", False),
        response_format=form,
        reasoning=request.get("reasoning", "auto"),
        **options,
    )
