"""What is raised for a request that cannot be served."""

from __future__ import annotations

from typing import Callable, Optional, Tuple, Type, TypedDict

__all__ = ["BadRequest", "ErrorBody", "ErrorDetails"]


class ErrorDetails(TypedDict):
    """What is wrong with a request, as OpenAI reports it."""

    message: str
    """What is wrong, for people."""
    type: str
    """``"invalid_request_error"``"""
    param: Optional[str]
    """The path of the parameter, such as ``"messages[1].content[0].type"``; None if the body is not a JSON object."""
    code: Optional[str]
    """What is wrong, for programs: ``"missing_required_parameter"``, ``"invalid_type"``, ``"invalid_value"``, …"""


class ErrorBody(TypedDict):
    """The body of the answer to a bad request."""

    error: ErrorDetails


class BadRequest(ValueError):
    """A request that cannot be served as it is, with the first thing that is wrong with it.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import BadRequest, ChatCompletions
    >>> chat = ChatCompletions(load_harmony_encoding("HarmonyGptOss"))
    >>> try:
    ...     chat.prepare({"model": "gpt-oss-20b", "messages": [{"role": "usr", "content": "Hi"}]})
    ... except BadRequest as error:
    ...     print(error.status, error.param, error.code)
    400 messages[0].role invalid_value
    """

    status: int = 400
    """The HTTP status of the answer."""

    def __init__(self, message: str, param: Optional[str] = None, code: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code

    def __str__(self) -> str:
        """The message, after the path to the value if the message does not name it."""
        named = self.param is None or self.param in self.message
        return self.message if named else f"{self.param}: {self.message}"

    @property
    def error(self) -> ErrorDetails:
        """What is wrong, as OpenAI reports it."""
        return {"message": self.message, "type": "invalid_request_error", "param": self.param, "code": self.code}

    @property
    def body(self) -> ErrorBody:
        """The body of the answer."""
        return {"error": self.error}

    def __reduce__(
        self,
    ) -> Tuple[Callable[..., BadRequest], Tuple[Type[BadRequest], str, Optional[str], Optional[str]]]:
        return _restore, (type(self), self.message, self.param, self.code)


def _restore(cls: Type[BadRequest], message: str, param: Optional[str], code: Optional[str]) -> BadRequest:
    return cls(message, param, code)
