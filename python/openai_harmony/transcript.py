"""Conversations that grow, token for token as a model saw and wrote them."""

from __future__ import annotations

import copy
import operator
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Sequence,
    SupportsIndex,
    Tuple,
    Type,
    TypeVar,
    Union,
    overload,
)

from . import _core
from .arguments import expect, listed, wrong_type
from .chat import Conversation, Message
from .counted import counted
from .rendering import OpenMessage, RenderFormat, ResponseFormat
from .rendering.format import RenderFormatLike

__all__: List[str] = ["Transcript"]

_Self = TypeVar("_Self", bound="Transcript")

_ASSISTANT = OpenMessage()


class Transcript(_core.Transcript):
    """A conversation and its exact tokens.

    Messages are appended as they come, completions as the ids that were sampled. Appending costs what is appended,
    however long the conversation is. Every prompt starts with the one before and what was sampled after it, so a
    server's prefix cache stays valid, except for the changes that the format requires: ``stale_from`` says where the
    tokens changed.

    >>> from openai_harmony import Message, RenderFormat, Role, Transcript, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> transcript = Transcript(encoding, RenderFormat(analysis="completed_turns"))
    >>> transcript.append(Message.from_role_and_content(Role.USER, "2 + 2?"))
    >>> encoding.decode(transcript.prompt())
    '<|start|>user<|message|>2 + 2?<|end|><|start|>assistant'
    >>> transcript.append_completion([200005, 17196, 200008, 19, 200002])
    [Message('assistant', channel='final', '4')]
    >>> encoding.decode(transcript.tokens)
    '<|start|>user<|message|>2 + 2?<|end|><|start|>assistant<|channel|>final<|message|>4<|end|>'
    >>> transcript.fork() == transcript == Transcript.from_json(transcript.to_json())
    True

    The same messages rendered whole in the same format give the same tokens. Forking, copying and pickling keep
    everything. ``len`` is the number of messages.
    """

    def __init__(
        self,
        encoding: _core.HarmonyEncoding,
        render_format: RenderFormatLike = RenderFormat.HARMONY_0_0_8,
        *,
        response_formats: Sequence[ResponseFormat] = (),
    ) -> None:
        formats = listed("response_formats", response_formats, "ResponseFormats")
        self._begin(encoding, RenderFormat.of(render_format), formats)

    def append(self, message: Message) -> None:
        """Append a message that was not sampled here: of the user, of a tool, of an earlier conversation.

        Raises ``HarmonyRenderError`` for a message that the format cannot express; the transcript is then as it was.
        """
        self.extend([message])

    def extend(self, messages: Union[Conversation, Iterable[Message]]) -> None:
        """Append messages that were not sampled here; all of them, or none if one cannot be expressed.

        >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
        >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
        >>> transcript.extend([Message.from_role_and_content(Role.USER, text) for text in ("Hi", "Hello")])
        >>> len(transcript)
        2
        """
        self._extend(listed("messages", messages, "Messages"))

    def prompt(self, open_message: OpenMessage = _ASSISTANT) -> List[int]:
        """The tokens so far and the beginning of the message that the model is to complete."""
        return self._prompt_list(open_message)

    def prompt_array(self, open_message: OpenMessage = _ASSISTANT) -> memoryview:
        """The same as ``prompt``, as a memoryview of unsigned 32-bit integers, made without a list.

        >>> from openai_harmony import Transcript, load_harmony_encoding
        >>> Transcript(load_harmony_encoding("HarmonyGptOss")).prompt_array().tolist()
        [200006, 173781]
        """
        return self._prompt_array(open_message)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> List[Message]: ...
    def __getitem__(self, index: Union[SupportsIndex, slice]) -> Union[Message, List[Message]]:
        """The message at an index, or those of a slice, as new objects."""
        if isinstance(index, slice):
            return [self._message(place) for place in range(len(self))[index]]
        return self._message(self._place(index))

    def replace(self, index: int, message: Message) -> Message:
        """Put another message in the place of one, and return that one. The new one counts as not sampled here.

        What comes after it stays token for token; ``stale_from`` says which tokens changed. Raises ``IndexError`` if
        there is no such message, ``HarmonyRenderError`` as ``append`` does; the transcript is then as it was.

        >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
        >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
        >>> transcript.append(Message.from_role_and_content(Role.USER, "2 + 2?"))
        >>> transcript.replace(0, Message.from_role_and_content(Role.USER, "3 + 3?"))
        Message('user', '2 + 2?')
        >>> transcript[0].text
        '3 + 3?'
        """
        return self._replace(self._place(index), message)

    def _place(self, index: SupportsIndex) -> int:
        """The index from 0 that an index means. Raises ``IndexError`` if there is no such message."""
        if not hasattr(index, "__index__"):
            raise wrong_type("index", "an integer or a slice", index)
        place = operator.index(index)
        place = place if place >= 0 else len(self) + place
        if not 0 <= place < len(self):
            raise IndexError("transcript index out of range")
        return place

    def items(self) -> Iterator[Tuple[Message, range]]:
        """Each message with the range of its tokens, which is empty for a message that the format leaves out.

        >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
        >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
        >>> transcript.extend([Message.from_role_and_content(Role.USER, text) for text in ("Hi", "Hello")])
        >>> [(message.text, tokens) for message, tokens in transcript.items()]
        [('Hi', range(0, 5)), ('Hello', range(5, 10))]
        """
        ends: Dict[int, int] = {span.message: span.end for span in self.rendered().spans}
        start = 0
        for index, message in enumerate(self.messages):
            end = ends.get(index, start)
            yield message, range(start, end)
            start = end

    def fork(self: _Self) -> _Self:
        """An independent transcript in the same state. It shares what both have in common, so it costs little."""
        return copy.copy(self)

    def to_json(self) -> str:
        """The whole state as JSON text: messages, tokens, which of them were sampled, the open prompt."""
        return self._dump()

    @classmethod
    def from_json(cls: Type[_Self], state: str) -> _Self:
        """A transcript in the state of ``to_json``. Raises ``ValueError`` for anything else."""
        expect("state", state, str, "a string")
        # A lone surrogate, which no state has, becomes a question mark.
        return _restore(cls, state.encode("utf-8", "replace").decode("utf-8"), {})

    def __copy__(self: _Self) -> _Self:
        duplicate = type(self).__new__(type(self))
        duplicate._copy_from(self)
        duplicate.__dict__.update(self.__dict__)
        return duplicate

    def __deepcopy__(self: _Self, memo: Dict[int, Any]) -> _Self:
        duplicate = type(self).__new__(type(self))
        duplicate._copy_from(self)
        duplicate.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return duplicate

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        tokens, messages = counted(len(self.token_array), "token"), counted(len(self), "message")
        return f"{type(self).__name__}({tokens}, {messages})"

    def _repr_html_(self) -> str:
        from .html import transcript_html

        return transcript_html(self)

    def __reduce__(self) -> Tuple[Callable[..., "Transcript"], Tuple[Any, ...]]:
        return _restore, (type(self), self._dump(), self.__dict__)


def _restore(cls: Type[_Self], state: str, attributes: Dict[str, Any]) -> _Self:
    transcript = cls.__new__(cls)
    transcript._load(state)
    transcript.__dict__.update(attributes)
    return transcript
