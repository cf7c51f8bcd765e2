"""The exceptions of the package.

All of them derive from :class:`HarmonyError`, which is a ``RuntimeError``::

    HarmonyError
    ├── HarmonyRenderError              a message cannot be written in the format
    │   └── InvalidConversationError    it does not even have the right shape (also a ValueError)
    ├── HarmonyParseError               tokens that are not the format (strict mode only)
    ├── HarmonyTokenizerError           text or ids that cannot be encoded or decoded
    │   ├── DisallowedSpecialTokenError special-token text in ``encode`` (also a ValueError)
    │   └── UnknownTokenError           bytes or an id that no token has (also a KeyError)
    ├── ToolCallError                   a message that is not a valid call of a tool (also a ValueError)
    ├── HarmonyGrammarError             a grammar of model output cannot be built or written (also a ValueError)
    └── HarmonyLoadError                the encoding cannot be loaded
        └── UnknownEncodingError        there is none of that name (also a ValueError)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Optional, Sequence, Type

if TYPE_CHECKING:
    from .events import StreamEvent

__all__ = [
    "DisallowedSpecialTokenError",
    "HarmonyError",
    "HarmonyGrammarError",
    "HarmonyLoadError",
    "HarmonyParseError",
    "HarmonyRenderError",
    "HarmonyTokenizerError",
    "InvalidConversationError",
    "ToolCallError",
    "UnknownEncodingError",
    "UnknownTokenError",
]


class HarmonyError(RuntimeError):
    """Anything that this package could not do.

    >>> from openai_harmony import HarmonyError
    >>> error = HarmonyError("Unknown role: robot", code="header.unknown_role", index=7)
    >>> str(error), error.code, error.index
    ('Unknown role: robot', 'header.unknown_role', 7)
    """

    code: Optional[str]
    """Stable name of the kind of failure, such as ``"header.unknown_role"``; ``docs/errors.md`` lists all."""

    index: Optional[int]
    """Where it happened: the position of the token, or of the message when rendering. None if it has none."""

    tokens: Optional[Sequence[int]]
    """The raw token ids that could not be read, where the failure is about tokens: all that were passed to ``parse``,
    the refused ones of a stream (the parser has the others)."""

    conversation: Optional[int] = None
    """The index of the conversation, where ``render_batch`` raised it."""

    events: Sequence[StreamEvent] = ()
    """What happened before the failure, where ``process_many`` or ``process_text`` raised it."""

    def __init__(
        self,
        message: str = "",
        *,
        code: Optional[str] = None,
        index: Optional[int] = None,
        tokens: Optional[Sequence[int]] = None,
    ) -> None:
        super().__init__(message)
        # Kept in the instance dictionary, so that pickle carries them without further help.
        self.code = code
        self.index = index
        self.tokens = tokens


class HarmonyRenderError(HarmonyError):
    """A message that the format has no form for, e.g. a tool message without the name of the tool."""


class InvalidConversationError(HarmonyRenderError, ValueError):
    """A value of the wrong kind inside a conversation, found when it was rendered."""


class HarmonyParseError(HarmonyError):
    """Tokens that are not in the format, in strict parsing; or tokens and text mixed in one stream."""


class HarmonyTokenizerError(HarmonyError):
    """Ids outside the vocabulary, or ids that end inside a character."""


class DisallowedSpecialTokenError(HarmonyTokenizerError, ValueError):
    """``encode`` met the text of a special token that the caller did not allow."""


class UnknownTokenError(HarmonyTokenizerError, KeyError):
    """Bytes that are not one token, or an id that no token has, where tiktoken raises ``KeyError``."""

    # A KeyError shows its argument in quotes.
    __str__ = RuntimeError.__str__

    @classmethod
    def of(cls, error: HarmonyError) -> "UnknownTokenError":
        """The same failure as an error of this class.

        >>> UnknownTokenError.of(HarmonyTokenizerError("no token has the id 9", code="decode.invalid_token")).code
        'decode.invalid_token'
        """
        return cls(str(error), code=error.code, index=error.index, tokens=error.tokens)


class HarmonyGrammarError(HarmonyError, ValueError):
    """A request for which there is no grammar, or none in the language of an engine."""

    pointer: Optional[str] = None
    """The JSON pointer into the schema that the failure is about, if it is about one."""


class ToolCallError(HarmonyError, ValueError):
    """A message that does not call a tool, or whose arguments are not what the tool takes."""


class HarmonyLoadError(HarmonyError):
    """The vocabulary that the environment asks for is missing or is another one."""


class UnknownEncodingError(HarmonyLoadError, ValueError):
    """There is no encoding of that name."""


_BY_KIND: Dict[str, Type[HarmonyError]] = {
    "render": HarmonyRenderError,
    "conversation": InvalidConversationError,
    "parse": HarmonyParseError,
    "tokenizer": HarmonyTokenizerError,
    "special": DisallowedSpecialTokenError,
    "grammar": HarmonyGrammarError,
    "load": HarmonyLoadError,
    "name": UnknownEncodingError,
}


def _from_native(
    kind: str,
    message: str,
    code: Optional[str] = None,
    index: Optional[int] = None,
    tokens: Optional[Sequence[int]] = None,
) -> HarmonyError:
    """Build the exception for a failure in the extension, which calls this and raises what it gets."""
    return _BY_KIND.get(kind, HarmonyError)(message, code=code, index=index, tokens=tokens)
