"""Who speaks: roles and authors; and the reasoning effort."""

from __future__ import annotations

from enum import Enum
from typing import Literal, Optional, Union

from .base import Model

__all__ = ["Author", "ReasoningEffort", "Role", "RoleName"]


RoleName = Literal["user", "assistant", "system", "developer", "tool"]


class Role(str, Enum):
    """The five roles of the format. Members are strings: ``Role("user") is Role.USER`` and ``Role.USER == "user"``."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    DEVELOPER = "developer"
    TOOL = "tool"

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise ValueError(f"Unknown role: {value!r}; known are {', '.join(member.value for member in cls)}")


class ReasoningEffort(str, Enum):
    """How much the model is asked to reason. Read in any letter case: ``ReasoningEffort("high")``."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"

    @classmethod
    def _missing_(cls, value: object) -> Optional["ReasoningEffort"]:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class Author(Model):
    """Role and, for tools and named participants, a name.

    >>> Author(role="tool", name="functions.get_weather").name
    'functions.get_weather'
    """

    role: Role
    name: Optional[str] = None

    @classmethod
    def new(cls, role: Union[Role, str], name: Optional[str] = None) -> "Author":
        """An author from role and name, both by position.

        >>> Author.new("tool", "functions.get_weather")
        Author(role=<Role.TOOL: 'tool'>, name='functions.get_weather')

        Raises ``pydantic.ValidationError`` for an unknown role.
        """
        return cls.model_validate({"role": role, "name": name})
