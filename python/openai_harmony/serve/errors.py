"""What can go wrong in the gateway, and how each API reports it."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Optional

__all__ = ["ApiError", "EngineError", "Interrupted", "StoreError"]


class ApiError(Exception):
    """An answer that is an error, in the form that both APIs share."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "server_error",
        code: Optional[str] = None,
        param: Optional[str] = None,
        headers: Optional[Dict[str, str]] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.code = code
        self.param = param
        self.headers = headers

    @property
    def body(self) -> Dict[str, Any]:
        """The body of the answer."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


class EngineError(ApiError):
    """An engine that failed. ``kind`` is a label of the metrics; ``retry`` says whether another engine may be tried."""

    STATUS: ClassVar[Dict[str, int]] = {
        "unreachable": 503,
        "overloaded": 503,
        "timeout": 504,
        "closed": 502,
        "garbage": 502,
        "failed": 502,
        "refused": 400,
    }

    def __init__(self, kind: str, message: str, *, retry: bool = False, code: Optional[str] = None) -> None:
        refused = kind == "refused"  # the engine says that the request is wrong
        super().__init__(
            self.STATUS[kind],
            message,
            type="invalid_request_error" if refused else "server_error",
            code=code or (None if refused else f"engine_{kind}"),
        )
        self.kind = kind
        self.retry = retry


class StoreError(ApiError):
    """The store of responses cannot be read or written."""

    def __init__(self, message: str) -> None:
        super().__init__(503, message, code="store_unavailable")


class Interrupted(ApiError):
    """A request that was ended from outside: its client has gone, its time is up, or the gateway stops."""

    @classmethod
    def client_gone(cls) -> Interrupted:
        """The client closed the connection. Nobody reads this error; 499 is the status that logs and metrics show."""
        return cls(499, "The client closed the connection.", code="client_gone")

    @property
    def is_client_gone(self) -> bool:
        """Whether nobody is there to read the error."""
        return self.status == 499

    @classmethod
    def timed_out(cls, seconds: float) -> Interrupted:
        """The request took longer than the operator allows."""
        return cls(504, f"The request took longer than {seconds:g} seconds.", code="request_timeout")

    @classmethod
    def stopping(cls) -> Interrupted:
        """The gateway was asked to stop, and the time for open requests is over."""
        return cls(503, "The server is shutting down.", code="server_shutdown")
