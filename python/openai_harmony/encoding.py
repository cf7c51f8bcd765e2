"""The encoding: conversations to tokens, tokens to messages, text to tokens and back."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from pydantic import BaseModel

from . import _core
from .chat import Conversation, Message, Role
from .rendering import Rendered, RenderEnding, RenderFormat, ResponseFormat
from .rendering.ending import RenderEndingLike, ending_of
from .rendering.format import RenderFormatLike

if TYPE_CHECKING:
    from .view import TokenView

__all__ = [
    "HarmonyEncoding",
    "HarmonyEncodingName",
    "RenderConversationConfig",
    "RenderOptions",
    "load_harmony_encoding",
]


class HarmonyEncodingName(str, Enum):
    """The names of the encodings."""

    HARMONY_GPT_OSS = "HarmonyGptOss"

    def __str__(self) -> str:
        return self.value


class RenderConversationConfig(BaseModel):
    """How conversations are rendered."""

    auto_drop_analysis: bool = True
    """Whether reasoning before the last final answer is left out, as the models expect."""


class RenderOptions(BaseModel):
    """How one message is rendered."""

    conversation_has_function_tools: bool = False
    """Whether the system message tells the model on which channel to call functions."""


class HarmonyEncoding(_core.HarmonyEncoding):
    """The harmony encoding of the gpt-oss models.

    >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
    >>> tokens = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
    >>> encoding.decode(tokens)
    '<|start|>user<|message|>Hi<|end|><|start|>assistant'

    It is cheap to make, may be used by any number of threads at once, and lets other threads run while it works.
    Copying and pickling give an encoding of the same name.
    """

    @cached_property
    def special_tokens_set(self) -> Set[str]:
        """The texts of all 1,091 special tokens."""
        return set(self.special_tokens())

    def render_conversation_for_completion(
        self,
        conversation: Conversation,
        next_turn_role: Union[Role, str],
        config: Union[RenderConversationConfig, Mapping[str, Any], None] = None,
    ) -> List[int]:
        """The prompt for the model: the conversation, then the beginning of the next message.

        Ends in ``<|start|>`` and the role. Without a ``config``, reasoning before the last final answer is
        left out. Raises ``HarmonyRenderError`` for a message that the format cannot express.
        """
        return self._render_conversation_for_completion(conversation, next_turn_role, _drops_analysis(config))

    def render_conversation(
        self,
        conversation: Conversation,
        config: Union[RenderConversationConfig, Mapping[str, Any], None] = None,
    ) -> List[int]:
        """The tokens of all messages, without the beginning of a next one. Otherwise as for a completion."""
        return self._render_conversation(conversation, _drops_analysis(config))

    def render_conversation_for_training(
        self,
        conversation: Conversation,
        config: Union[RenderConversationConfig, Mapping[str, Any], None] = None,
    ) -> List[int]:
        """The tokens of a whole conversation as training text: the last answer ends in ``<|return|>``."""
        return self._render_conversation_for_training(conversation, _drops_analysis(config))

    def render(
        self, message: Message, render_options: Union[RenderOptions, Mapping[str, Any], None] = None
    ) -> List[int]:
        """The tokens of one message."""
        options = _options("render_options", RenderOptions, render_options)
        return self._render(message, options.conversation_has_function_tools)

    def render_with(
        self,
        conversation: Conversation,
        *,
        render_format: RenderFormatLike = RenderFormat.HARMONY_0_0_8,
        ending: RenderEndingLike = RenderEnding.CONVERSATION,
        response_formats: Sequence[ResponseFormat] = (),
    ) -> Rendered:
        """Render with a choice for everything that the format leaves open; the result says which token belongs to what.

        ``render_format`` is a ``RenderFormat``, the name of a preset such as ``"chat-template"``, or a dict of choices.
        ``ending`` is ``"conversation"``, ``"completion"``, ``"training"``, or the ``OpenMessage`` that the model is to
        complete. ``response_formats`` are written at the end of the first message with ``DeveloperContent``.

        >>> from openai_harmony import Conversation, Message, OpenMessage, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
        >>> rendered = encoding.render_with(conversation, ending=OpenMessage(channel="final", content="Hello"))
        >>> encoding.decode(rendered.tokens)
        '<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>Hello'
        >>> [(span.message, span.part.value, span.end) for span in rendered.spans]
        [(0, 'header', 3), (0, 'content', 4), (0, 'ending', 5), (1, 'header', 10), (1, 'content', 11)]

        Raises ``HarmonyRenderError`` for a message that the format cannot express, and in the faithful style for a
        tool whose parameters are not a JSON Schema.
        """
        return _core.render_with(
            self, conversation, RenderFormat.of(render_format), ending_of(ending), list(response_formats)
        )

    def render_batch(
        self,
        conversations: Iterable[Conversation],
        *,
        render_format: RenderFormatLike = RenderFormat.HARMONY_0_0_8,
        ending: RenderEndingLike = RenderEnding.CONVERSATION,
        response_formats: Sequence[ResponseFormat] = (),
        num_threads: Optional[int] = None,
    ) -> List[Rendered]:
        """Render many conversations on several threads, as ``render_with`` renders one.

        Without ``num_threads`` as many threads run as the machine has processors, and never more. Other Python threads
        run meanwhile, and ``conversations`` may be a generator: it is read while those it gave are rendered.
        The exception for a conversation that cannot be rendered has its index as ``conversation``.
        """
        return _core.render_batch(
            self, conversations, RenderFormat.of(render_format), ending_of(ending), list(response_formats), num_threads
        )

    def view(self, tokens: Iterable[int], *, in_header: bool = False) -> TokenView:
        """The tokens with their texts, for a person to read; a notebook shows special tokens as badges.

        With ``in_header`` the first token is already part of the header of an assistant's message, as in the output of
        a model. Each token gets the place that ``parse(tokens, strict=False)`` gives it.
        """
        from .view import TokenView

        return TokenView(self, tokens, in_header=in_header)

    @property
    def _inner(self) -> _core.HarmonyEncoding:
        """Release 0.0.8 has the extension's object here, and programs reach for its ``decode_bytes``."""
        return self

    def __repr__(self) -> str:
        return f"HarmonyEncoding({self.name!r})"

    def __reduce__(self) -> Tuple[Callable[[str], "HarmonyEncoding"], Tuple[str]]:
        return type(self), (self.name,)


def load_harmony_encoding(name: Union[str, HarmonyEncodingName]) -> HarmonyEncoding:
    """The encoding of that name: ``"HarmonyGptOss"``, or a member of ``HarmonyEncodingName``.

    The vocabulary is part of the package: nothing is read or downloaded. If ``TIKTOKEN_ENCODINGS_BASE`` is set,
    that folder must hold the genuine ``o200k_base.tiktoken``.

    Raises ``UnknownEncodingError`` (a ``ValueError``) for another name, ``HarmonyLoadError`` for a vocabulary
    file that is missing or not the genuine one.
    """
    return HarmonyEncoding(str(name))


_Options = TypeVar("_Options", bound=BaseModel)


def _drops_analysis(config: Union[RenderConversationConfig, Mapping[str, Any], None]) -> bool:
    return True if config is None else _options("config", RenderConversationConfig, config).auto_drop_analysis


def _options(parameter: str, kind: Type[_Options], value: Union[_Options, Mapping[str, Any], None]) -> _Options:
    """The options that an argument means: an object of their class, a dict, or None for the defaults."""
    if isinstance(value, kind):
        return value
    if value is None or isinstance(value, Mapping):
        return kind.model_validate(value or {})
    raise TypeError(f"{parameter} must be a {kind.__name__}, a dict or None, not {type(value).__name__}")
