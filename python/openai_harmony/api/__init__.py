"""The two HTTP APIs of OpenAI and harmony, without I/O: requests in, sampled tokens out."""

from .streams import BuiltinCall, ChatStream, ResponsesStream

__all__ = ["BuiltinCall", "ChatStream", "ResponsesStream"]
