"""Parsing token by token, as a model writes them."""

from __future__ import annotations

import copy
import json
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Sequence, Tuple, Type, TypeVar, Union

from . import _core
from .chat import Message, Role
from .chat.wire import copy_message, read_messages

if TYPE_CHECKING:
    from typing_extensions import Self

    from .results import ParseResult

__all__ = ["StreamState", "StreamableParser"]


_Self = TypeVar("_Self", bound="StreamableParser")


class StreamState(Enum):
    """Where in the format a parser is."""

    EXPECT_START = "ExpectStart"
    """Between two messages."""
    HEADER = "Header"
    """Inside a header: role, recipient, channel, content type."""
    CONTENT = "Content"
    """Inside the text of a message."""


class StreamableParser(_core.StreamableParser):
    """Reads a stream of tokens and tells after each one where it stands.

    ``role`` is the role whose header the prompt already began (``Role.ASSISTANT`` for the output of a model), None
    if the stream begins with ``<|start|>``. ``strict=False`` reads what leaves the format as what the model most
    likely meant, where strict parsing raises ``HarmonyParseError``.

    >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> parser = StreamableParser(encoding, role=Role.ASSISTANT)
    >>> for token in encoding.encode("<|channel|>final<|message|>4 apples", allowed_special="all"):
    ...     if parser.process(token).last_content_delta is not None:
    ...         print(parser.current_channel, repr(parser.last_content_delta))
    final '4'
    final ' apples'

    ``process_many`` takes many tokens at once, and ``process_text`` text; both give events. After an error the parser
    goes on at the next ``<|start|>``. Copying and pickling keep the state.
    """

    # The complete messages that were read so far. Not in the instance dictionary, which is the caller's.
    __slots__ = ("_read",)
    _read: List[Message]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        parser = super().__new__(cls)
        parser._read = []
        return parser

    def __init__(self, encoding: _core.HarmonyEncoding, role: Union[Role, str, None], *, strict: bool = True) -> None:
        """A parser for a stream whose first header belongs to ``role``. Raises ``ValueError`` for an unknown role."""
        super().__init__(encoding, role, strict=strict)
        self._read = []

    @property
    def messages(self) -> List[Message]:
        """The messages that are complete, as new objects each time."""
        if self._message_count() > len(self._read):
            self._read += read_messages(self._messages(len(self._read)))
        # Callers change what they get, so they get copies; the texts, which may be long, are shared.
        return list(map(copy_message, self._read))

    @property
    def state_data(self) -> Dict[str, Any]:
        """The parser's inner state; the key ``"state"`` has the value of a ``StreamState``."""
        data: Dict[str, Any] = json.loads(self._state())
        return data

    @property
    def result(self) -> ParseResult:
        """Everything that is known so far: messages (an open one among them), their places, and the repairs."""
        from .results import read_result

        return read_result(self._parsed())

    def take_messages(self) -> List[Message]:
        """Take the complete messages out of the parser, so that a long stream need not be kept."""
        self._read = []
        return read_messages(self._take_messages())

    def reset(self) -> None:
        """Begin anew, with the role and strictness that the parser was made with."""
        self._read = []
        super().reset()

    @classmethod
    def from_prompt(
        cls: Type[_Self], encoding: _core.HarmonyEncoding, prompt: Sequence[int], *, strict: bool = True
    ) -> _Self:
        """A parser for the completion of a prompt, whatever the prompt ends in.

        That may be ``<|start|>assistant``, or a header, or text that was put into the model's mouth; such text is
        part of the first message.

        >>> from openai_harmony import StreamableParser, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> prompt = encoding.encode("<|start|>assistant<|channel|>final<|message|>", allowed_special="all")
        >>> StreamableParser.from_prompt(encoding, prompt).current_channel
        'final'
        """
        parser = cls.__new__(cls)
        parser._begin_from_prompt(encoding, prompt, strict)
        return parser

    def copy(self: _Self) -> _Self:
        """An independent parser in the same state."""
        return copy.copy(self)

    def __copy__(self: _Self) -> _Self:
        duplicate = type(self).__new__(type(self))
        duplicate._copy_from(self)
        duplicate.__dict__.update(self.__dict__)
        return duplicate

    def __repr__(self) -> str:
        place = f"{self.state.value}, {len(self.tokens):,} tokens, {len(self.messages):,} messages"
        return f"{type(self).__name__}({place})"

    def __reduce__(self) -> Tuple[Callable[..., "StreamableParser"], Tuple[Any, ...]]:
        return _restore, (type(self), self._dump(), self.__dict__)


def _restore(cls: Type[_Self], state: str, attributes: Dict[str, Any]) -> _Self:
    parser = cls.__new__(cls)
    parser._load(state)
    parser.__dict__.update(attributes)
    return parser
