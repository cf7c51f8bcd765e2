"""The two HTTP APIs of OpenAI and harmony, without I/O: requests in, sampled tokens out."""

from .._core import Constraint
from .errors import BadRequest, ErrorBody, ErrorDetails
from .options import Options
from .requests import ChatCompletions, ChatJob, Responses, ResponsesJob
from .streams import BuiltinCall, ChatStream, ResponsesStream

__all__ = [
    "BadRequest",
    "BuiltinCall",
    "ChatCompletions",
    "ChatJob",
    "ChatStream",
    "Constraint",
    "ErrorBody",
    "ErrorDetails",
    "Options",
    "Responses",
    "ResponsesJob",
    "ResponsesStream",
]
