"""The encoding: conversations to tokens, tokens to messages, text to tokens and back."""

from __future__ import annotations

import os
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
    SupportsIndex,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from pydantic import BaseModel

from . import _core
from .arguments import bounded, expect, listed, wrong_type
from .chat import Conversation, Message, Role
from .plain_text import PlainText
from .rendering import Rendered, RenderEnding, ResponseFormat
from .rendering.ending import RenderEndingLike, ending_of, format_for
from .rendering.format import RenderFormatLike

if TYPE_CHECKING:
    from .difference import TokenDifference
    from .offsets import TokenOffset
    from .view import TokenView

__all__ = [
    "HarmonyEncoding",
    "HarmonyEncodingName",
    "RenderConversationConfig",
    "RenderOptions",
    "load_harmony_encoding",
    "register_encoding",
]


class HarmonyEncodingName(str, Enum):
    """The names of the encodings."""

    HARMONY_GPT_OSS = "HarmonyGptOss"
    """The encoding of gpt-oss."""

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


class HarmonyEncoding(PlainText):
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

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
        >>> encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
        [200006, 1428, 200008, 12194, 200007, 200006, 173781]
        """
        return self._render_conversation_for_completion(conversation, next_turn_role, _drops_analysis(config))

    def render_conversation(
        self,
        conversation: Conversation,
        config: Union[RenderConversationConfig, Mapping[str, Any], None] = None,
    ) -> List[int]:
        """The tokens of all messages, without the beginning of a next one. Otherwise as for a completion.

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
        >>> encoding.render_conversation(conversation)
        [200006, 1428, 200008, 12194, 200007]
        """
        return self._render_conversation(conversation, _drops_analysis(config))

    def render_conversation_for_training(
        self,
        conversation: Conversation,
        config: Union[RenderConversationConfig, Mapping[str, Any], None] = None,
    ) -> List[int]:
        """The tokens of a whole conversation as training text: the last answer ends in ``<|return|>``.

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> answer = Message.from_role_and_content(Role.ASSISTANT, "4").with_channel("final")
        >>> encoding.decode(encoding.render_conversation_for_training(Conversation.from_messages([answer])))
        '<|start|>assistant<|channel|>final<|message|>4<|return|>'
        """
        return self._render_conversation_for_training(conversation, _drops_analysis(config))

    def render(
        self, message: Message, render_options: Union[RenderOptions, Mapping[str, Any], None] = None
    ) -> List[int]:
        """The tokens of one message.

        >>> from openai_harmony import Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.render(Message.from_role_and_content(Role.USER, "Hi"))
        [200006, 1428, 200008, 12194, 200007]
        """
        options = _options("render_options", RenderOptions, render_options)
        return self._render(message, options.conversation_has_function_tools)

    def render_with(
        self,
        conversation: Conversation,
        *,
        render_format: Optional[RenderFormatLike] = None,
        ending: RenderEndingLike = RenderEnding.CONVERSATION,
        response_formats: Sequence[ResponseFormat] = (),
    ) -> Rendered:
        """Render with a choice for everything that the format leaves open; the result says which token belongs to what.

        ``render_format`` is a ``RenderFormat``, the name of a preset such as ``"chat-template"``, or a dict of choices.
        What it leaves open is as in release 0.0.8; but training keeps the analysis of the last turn, because the model
        is trained on it. ``ending`` is ``"conversation"``, ``"completion"``, ``"training"``, or the ``OpenMessage``
        that the model is to complete. ``response_formats`` go to the first message with ``DeveloperContent``.

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
        end = ending_of(ending)
        formats = listed("response_formats", response_formats, "ResponseFormats")
        return _core.render_with(self, conversation, format_for(end, render_format), end, formats)

    def render_batch(
        self,
        conversations: Iterable[Conversation],
        *,
        render_format: Optional[RenderFormatLike] = None,
        ending: RenderEndingLike = RenderEnding.CONVERSATION,
        response_formats: Sequence[ResponseFormat] = (),
        num_threads: Optional[int] = None,
    ) -> List[Rendered]:
        """Render many conversations on several threads, as ``render_with`` renders one.

        Without ``num_threads`` as many threads run as the machine has processors, and never more. Other Python threads
        run meanwhile, and ``conversations`` may be a generator: it is read while those it gave are rendered.
        The exception for a conversation that cannot be rendered has its index as ``conversation``.

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
        >>> [len(rendered) for rendered in encoding.render_batch([conversation, conversation])]
        [5, 5]
        """
        end = ending_of(ending)
        format_ = format_for(end, render_format)
        formats = listed("response_formats", response_formats, "ResponseFormats")
        return _core.render_batch(self, conversations, format_, end, formats, num_threads)

    def fit(
        self,
        conversation: Conversation,
        max_tokens: int,
        *,
        keep: Union[int, Callable[[Message], bool]] = 1,
        render_format: Optional[RenderFormatLike] = None,
        ending: RenderEndingLike = RenderEnding.COMPLETION,
        response_formats: Sequence[ResponseFormat] = (),
    ) -> Conversation:
        """The conversation without its oldest turns, so that it has at most ``max_tokens`` tokens.

        A turn is what the user says, in one message or several, and everything up to where the user speaks again.
        Whole turns are left out, the oldest first. System and developer messages always stay, and so does the last
        turn. Turns from a call to its result go together.
        ``keep`` is how many of the last turns must stay, or a function of a message that returns whether its turn must.

        The tokens are those that ``render_with`` returns for that ``render_format`` and ``ending``; by default those of
        ``render_conversation_for_completion``. The time grows with the length of the conversation.

        Raises ``HarmonyRenderError`` with the code ``render.too_long`` if what must stay exceeds ``max_tokens``.

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> first = Message.from_role_and_content(Role.USER, "What is 2 + 2?")
        >>> answer = Message.from_role_and_content(Role.ASSISTANT, "4").with_channel("final")
        >>> second = Message.from_role_and_content(Role.USER, "And 3 + 3?")
        >>> encoding.fit(Conversation.from_messages([first, answer, second]), 20)
        Conversation(messages=[Message('user', 'And 3 + 3?')])
        """
        from .budget import fitting

        kept = fitting(
            self,
            conversation,
            max_tokens,
            keep,
            render_format,
            ending,
            listed("response_formats", response_formats, "ResponseFormats"),
        )
        return Conversation.from_messages(conversation.messages[index] for index in kept)

    def diff(self, tokens_a: Iterable[SupportsIndex], tokens_b: Iterable[SupportsIndex]) -> Optional[TokenDifference]:
        """The first difference between two sequences of tokens, such as two prompts; None if they are the same.

        It says why a server's prefix cache was not hit: in which message, and in which part of it.

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> old, new = (Message.from_role_and_content(Role.USER, f"It is {day}.") for day in ("Mon", "Tue"))
        >>> difference = encoding.diff(encoding.render(old), encoding.render(new))
        >>> difference.position, difference.message, difference.part, difference.text_a, difference.text_b
        (5, 0, 'content', ' Mon.<|end|>', ' Tue.<|end|>')
        """
        from .difference import first_difference

        return first_difference(self, tokens_a, tokens_b)

    def offsets(self, rendered: Rendered, conversation: Union[Conversation, Iterable[Message]]) -> List[TokenOffset]:
        """Which characters of which field of which message each token of a rendering covers.

        ``rendered`` is what ``render_with`` gave for the ``conversation``, or what ``Transcript.rendered`` gave for its
        messages.

        >>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hello world")])
        >>> offsets = encoding.offsets(encoding.render_with(conversation), conversation)
        >>> [(offset.field, offset.start, offset.end) for offset in offsets if offset.field]
        [('role', 0, 4), ('content.0', 0, 5), ('content.0', 5, 11)]
        """
        from .offsets import token_offsets

        expect("rendered", rendered, Rendered, "a Rendered")
        messages = listed("conversation", conversation, "Messages")
        return token_offsets(self, rendered, Conversation.from_messages(messages).messages)

    def view(self, tokens: Iterable[int], *, in_header: bool = False) -> TokenView:
        """The tokens with their texts, for a person to read; a notebook shows special tokens as badges.

        With ``in_header`` the first token is already part of the header of an assistant's message, as in the output of
        a model. Each token gets the place that ``parse(tokens, strict=False)`` gives it.

        >>> from openai_harmony import load_harmony_encoding
        >>> view = load_harmony_encoding("HarmonyGptOss").view([200006, 1428, 200008, 12194])
        >>> [piece.text for piece in view]
        ['<|start|>', 'user', '<|message|>', 'Hi']
        """
        from .view import TokenView

        return TokenView(self, tokens, in_header=in_header)

    def _count_conversation(self, conversation: Any, **options: Any) -> int:
        """What ``count_tokens`` calls for anything other than a text."""
        from .budget import count_conversation

        return count_conversation(self, conversation, **options)

    @property
    def _inner(self) -> _core.HarmonyEncoding:
        """Release 0.0.8 has the extension's object here, and programs reach for its ``decode_bytes``."""
        return self

    def __repr__(self) -> str:
        return f"HarmonyEncoding({self.name!r})"

    def __reduce__(self) -> Tuple[Callable[[str], "HarmonyEncoding"], Tuple[str]]:
        return type(self), (self.name,)


def load_harmony_encoding(name: Union[str, HarmonyEncodingName]) -> HarmonyEncoding:
    """The encoding of that name: ``"HarmonyGptOss"``, a member of ``HarmonyEncodingName``, or a name given to
    ``register_encoding``.

    The vocabulary is part of the package: nothing is read or downloaded. If ``TIKTOKEN_ENCODINGS_BASE`` is set,
    that folder must hold the genuine ``o200k_base.tiktoken``.

    Raises ``UnknownEncodingError`` (a ``ValueError``), which lists the names that there are, for another name;
    ``HarmonyLoadError`` for a vocabulary file that is missing or not the genuine one.

    >>> load_harmony_encoding("HarmonyGptOss").encode("hello world")
    [24912, 2375]
    """
    return HarmonyEncoding(str(name))


def register_encoding(
    name: str,
    vocabulary_file: Union[str, "os.PathLike[str]", None] = None,
    special_tokens: Optional[Mapping[str, int]] = None,
) -> HarmonyEncoding:
    """Register an encoding under a new name, for ``load_harmony_encoding``: a fine-tune with tokens of its own, or
    another vocabulary.

    Without a ``vocabulary_file`` the ordinary tokens are those of gpt-oss, and ``special_tokens`` (text to id) are
    added to its own. An id of a ``<|reserved_…|>`` token may be given a name; that token is then no longer there.

    A ``vocabulary_file`` is in the format of tiktoken: a line for each token, with its bytes in base64 and its rank,
    which is its id. Text is split by the pattern of o200k. ``special_tokens`` are then all special tokens, and those of
    the harmony format must be among them, with any ids.

    The encoding stays until the process ends. Its tables are built here: 0.1 s for a file of 200,000 tokens. Another
    process must register it too before it unpickles what belongs to it. Grammars hold the token ids of gpt-oss; they
    fit an encoding without a ``vocabulary_file``, and are a ``HarmonyGrammarError`` for another.

    >>> from openai_harmony import load_harmony_encoding, register_encoding
    >>> encoding = register_encoding("docs-fine-tune", special_tokens={"<|cite|>": 200_019})
    >>> load_harmony_encoding("docs-fine-tune").encode("<|cite|>", allowed_special="all")
    [200019]

    Raises ``HarmonyLoadError`` for a name that is taken, and for a file or special tokens that cannot be used: a rank
    or a token that is there twice, a byte without a token.
    """
    expect("name", name, str, "a string")
    expect("vocabulary_file", vocabulary_file, (str, os.PathLike, type(None)), "a path or None")
    expect("special_tokens", special_tokens, (Mapping, type(None)), "a mapping of texts to ids")
    path = None if vocabulary_file is None else os.fspath(vocabulary_file)
    specials = []
    for text, token in (special_tokens or {}).items():
        expect("the texts of special_tokens", text, str, "strings")
        # No vocabulary has so many tokens, so that the error for the id tells how many there can be.
        specials.append((text, min(bounded("the ids of special_tokens", token), 2**32 - 1)))
    _core.register_encoding(name, path, specials)
    return HarmonyEncoding(name)


_Options = TypeVar("_Options", bound=BaseModel)


def _drops_analysis(config: Union[RenderConversationConfig, Mapping[str, Any], None]) -> bool:
    return True if config is None else _options("config", RenderConversationConfig, config).auto_drop_analysis


def _options(parameter: str, kind: Type[_Options], value: Union[_Options, Mapping[str, Any], None]) -> _Options:
    """The options that an argument means: an object of their class, a dict, or None for the defaults."""
    if isinstance(value, kind):
        return value
    if value is None or isinstance(value, Mapping):
        unknown = [name for name in value or () if name not in kind.model_fields]
        if unknown:
            raise TypeError(f"{parameter} has no field {unknown[0]!r}; known are {', '.join(kind.model_fields)}")
        return kind.model_validate(value or {})
    raise wrong_type(parameter, f"a {kind.__name__}, a dict or None", value)
