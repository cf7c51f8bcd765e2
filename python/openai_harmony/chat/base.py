"""What all models share."""

from __future__ import annotations

from typing import Any, Dict

from pydantic import BaseModel, ConfigDict

__all__ = ["Model"]


def _shorten_description(schema: Dict[str, Any]) -> None:
    """Of a docstring, only the first paragraph goes into the JSON schema: the rest is for readers of Python."""
    if "description" in schema:
        schema["description"] = schema["description"].split("\n\n")[0]


class Model(BaseModel):
    """A pydantic model; keys that it does not know are ignored."""

    model_config = ConfigDict(json_schema_extra=_shorten_description)
