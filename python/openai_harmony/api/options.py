"""What the program that serves the APIs chooses."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, fields
from typing import Any, Callable, Dict, Mapping, Optional, Union

from typing_extensions import Literal

from ..chat import ReasoningEffort, SystemContent, ToolNamespaceConfig
from ..rendering import AnalysisPolicy, RenderFormat

__all__ = ["Options"]

_EFFORTS: Dict[str, str] = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


@dataclass(frozen=True)
class Options:
    """How requests are read and answered, where the APIs leave it to the server.

    >>> options = Options(date="2025-06-28", default_effort="high")
    >>> options.to_dict()["default_effort"]
    'High'
    """

    system: SystemContent = field(default_factory=SystemContent.new)
    """The system message; date, effort and built-in tools are filled in for each request."""
    date: Union[datetime.date, str, None] = "today"
    """The date in the system message: ``"today"`` for that of the clock (UTC), a date, or None."""
    default_effort: Union[ReasoningEffort, str] = ReasoningEffort.MEDIUM
    """The effort of a request that names none."""
    effort_map: Mapping[str, str] = field(default_factory=_EFFORTS.copy)
    """What the words of ``reasoning_effort`` mean: ``"low"``, ``"medium"``, ``"high"``, or ``"skip"`` for an answer
    without reasoning and without calls. A word that is missing here is an error."""
    format: RenderFormat = RenderFormat(analysis=AnalysisPolicy.COMPLETED_TURNS)  # noqa: RUF009 (it is frozen)
    """How the prompt is written; by default without the reasoning of completed turns."""
    namespaces: Mapping[str, ToolNamespaceConfig] = field(default_factory=dict)
    """The tools of ``mcp`` servers by their label."""
    tools_when_none: Literal["omit", "keep"] = "omit"
    """Whether the tools stay in the prompt if ``tool_choice`` is ``"none"``."""
    force: Literal["constraint", "prefix"] = "constraint"
    """How a call is forced: by the job's constraint, or by the end of the prompt where only one tool can be meant."""
    max_context: Optional[int] = None
    """How many tokens the prompt may have."""
    participant_names: bool = False
    """Whether a user's ``name`` becomes the name of the author."""
    reasoning_field: Literal["reasoning", "reasoning_content", "both"] = "reasoning"
    """In which field Chat Completions reports the model's reasoning."""
    system_fingerprint: Optional[str] = None
    """The field ``system_fingerprint`` of Chat Completions."""
    unknown: Literal["ignore", "error"] = "ignore"
    """What happens to parameters that the API does not have."""
    seal: Optional[Callable[[str], str]] = None
    """Wraps reasoning into ``encrypted_content``. The default is an envelope with a version; it is not secret."""
    unseal: Optional[Callable[[str], Optional[str]]] = None
    """Takes reasoning out of ``encrypted_content``; None for what was not sealed here."""

    def to_dict(self) -> Dict[str, Any]:
        """The options as JSON-ready values, without the functions."""
        options = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("seal", "unseal")}
        namespaces = {label: namespace.model_dump(mode="json") for label, namespace in self.namespaces.items()}
        return {
            **options,
            "system": self.system.model_dump(mode="json"),
            "date": None if self.date is None else str(self.date),
            "default_effort": ReasoningEffort(self.default_effort).value,
            "effort_map": dict(self.effort_map),
            "format": self.format.to_dict(),
            "namespaces": namespaces,
        }
