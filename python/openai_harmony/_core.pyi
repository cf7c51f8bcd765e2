"""The native extension. Not public: use the classes of ``openai_harmony``, which derive from these."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, SupportsIndex, final, overload

from typing_extensions import Self, disjoint_base

from .api.types import ChatCompletion, ChatCompletionChunk, Note, ResponseEvent, ResponseObject
from .chat import Conversation, Message, Role
from .data.report import RowFailure, Statistics
from .events import Ending, RepairKind, StreamEvent
from .grammar import OutputGrammar as _OutputGrammar
from .parser import StreamState
from .rendering import OpenMessage, Part, RenderEnding, RenderFormat, ResponseFormat, Span
from .rendering.ending import RenderEndingLike
from .rendering.format import RenderFormatLike
from .results import ParseResult

__all__ = [
    "ChatSse",
    "ChatStream",
    "Column",
    "Constraint",
    "ContentDelta",
    "GrammarMatcher",
    "HarmonyEncoding",
    "Job",
    "MessageEnded",
    "MessageStarted",
    "OutputGrammar",
    "Rendered",
    "Repair",
    "RequestReader",
    "ResponsesSse",
    "ResponsesStream",
    "StreamableParser",
    "Table",
    "Transcript",
    "__version__",
    "bytes_batch",
    "chat_completions_from_conversation",
    "conversation_from_chat_completions",
    "count_up_to",
    "detect_form",
    "fit",
    "get_tool_namespace_config",
    "merge_rollouts",
    "pack_plan",
    "parse_batch",
    "plain_content_type",
    "prepare",
    "recipient_of",
    "register_encoding",
    "render_batch",
    "render_with",
    "single_token",
    "token_buffer",
    "tokens_bytes",
    "with_offsets",
]

__version__: Final[str]

def recipient_of(recipient: str) -> tuple[str, str, str | None]:
    """What a recipient is: kind, name, and the function of a built-in tool."""

def plain_content_type(content_type: str) -> str:
    """The content type without `<|constrain|>`."""

def get_tool_namespace_config(name: str) -> str:
    """The built-in tool namespace of this name, `browser` or `python`, as JSON."""

def render_with(
    encoding: HarmonyEncoding,
    conversation: Conversation,
    render_format: RenderFormat,
    ending: RenderEnding | OpenMessage,
    response_formats: list[ResponseFormat],
) -> Rendered:
    """Renders one conversation in any way."""

def render_batch(
    encoding: HarmonyEncoding,
    conversations: Iterable[Conversation],
    render_format: RenderFormat,
    ending: RenderEnding | OpenMessage,
    response_formats: list[ResponseFormat],
    threads: int | None,
) -> list[Rendered]:
    """Renders many conversations; the exception for the first that fails has its index as `conversation`."""

def register_encoding(name: str, vocabulary_file: str | None, special_tokens: list[tuple[str, int]]) -> None:
    """Registers an encoding under a name."""

def token_buffer(tokens: Iterable[SupportsIndex]) -> memoryview:
    """Token ids as a memoryview of unsigned 32-bit integers."""

def single_token(encoding: HarmonyEncoding, bytes: bytes) -> int | None:
    """The id of the token that has exactly these bytes, ordinary or special."""

def tokens_bytes(encoding: HarmonyEncoding, tokens: Iterable[SupportsIndex]) -> list[bytes]:
    """The bytes of each token."""

def bytes_batch(
    encoding: HarmonyEncoding, batch: Iterable[Iterable[SupportsIndex]], threads: int | None
) -> list[bytes]:
    """The bytes of each sequence of tokens, joined."""

def with_offsets(encoding: HarmonyEncoding, tokens: Iterable[SupportsIndex]) -> tuple[str, list[int]]:
    """The text of tokens, which must be UTF-8, and the index of the character in which each of them begins."""

def count_up_to(
    encoding: HarmonyEncoding,
    text: str,
    limit: int,
    allowed_special: Literal["all"] | Collection[str],
    disallowed_special: Literal["all"] | Collection[str],
) -> int | None:
    """How many tokens a text has; `None` if there are more than `limit`."""

def fit(
    encoding: HarmonyEncoding,
    conversation: Conversation,
    render_format: RenderFormat,
    ending: RenderEnding | OpenMessage,
    response_formats: list[ResponseFormat],
    max_tokens: int,
    turns: int,
    kept: list[int],
) -> list[int]:
    """The indices of the messages that fit `max_tokens`, where the last `turns` turns and the messages `kept` stay."""

@disjoint_base
class HarmonyEncoding:
    """A harmony encoding; `openai_harmony.HarmonyEncoding` adds the models to it."""

    def __new__(cls, name: str) -> Self: ...
    @property
    def name(self) -> str:
        """The name of the encoding, `"HarmonyGptOss"`."""
    @property
    def _has_own_vocabulary(self) -> bool: ...
    @property
    def n_vocab(self) -> int:
        """One more than the greatest token id, special tokens included: the rows that an embedding needs. 201,089 for gpt-oss."""
    def encode(
        self,
        text: str,
        *,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
    ) -> list[int]:
        """The token ids of a text. A lone surrogate becomes U+FFFD.

        Args:
            text (str): The text.
            allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
            disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
                `allowed_special`. The text of all others is encoded as ordinary text.

        Returns:
            list[int]: The ids.

        Raises:
            DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.encode("hello world")
        [24912, 2375]
        >>> encoding.encode("<|start|>", allowed_special="all")
        [200006]
        >>> encoding.encode("<|start|>", disallowed_special=())
        [27, 91, 5236, 91, 29]
        """
    def encode_ordinary(self, text: str) -> list[int]:
        """The token ids of a text in which nothing is special: `encode(text, disallowed_special=())`, and a little faster.

        Args:
            text (str): The text.

        Returns:
            list[int]: The ids.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.encode_ordinary("<|start|>")
        [27, 91, 5236, 91, 29]
        """
    def encode_to_buffer(
        self,
        text: str,
        *,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
    ) -> memoryview:
        """The token ids of a text, without a Python object per id. Otherwise the same as `encode`.

        Args:
            text (str): The text.
            allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
            disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
                `allowed_special`. The text of all others is encoded as ordinary text.

        Returns:
            memoryview: The ids as unsigned 32-bit integers, which `numpy.asarray` takes without a copy.

        Raises:
            DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> ids = encoding.encode_to_buffer("hello world")
        >>> ids.format, ids.tolist()
        ('I', [24912, 2375])
        """
    def encode_batch(
        self,
        texts: Iterable[str],
        *,
        num_threads: int | None = None,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
    ) -> list[list[int]]:
        """The token ids of each text, on several threads. Otherwise the same as `encode`.

        Args:
            texts (Iterable[str]): The texts.
            num_threads (int | None): How many threads to use; None for one per processor.
            allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
            disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
                `allowed_special`. The text of all others is encoded as ordinary text.

        Returns:
            list[list[int]]: The ids of each text, in order.

        Raises:
            DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.encode_batch(["hello world", "hello"])
        [[24912, 2375], [24912]]
        """
    @overload
    def count_tokens(
        self,
        text: str,
        *,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
    ) -> int:
        """How many token ids a text or a conversation has. No list is built.

        A text is counted as `encode` encodes it. For a conversation, the count is the length of what `render_with` returns for
        that `render_format` and `ending`; by default, of the prompt that `render_conversation_for_completion` returns.

        Args:
            text (str | Conversation | Iterable[Any]): A text, a conversation, or the messages of a Chat Completions request.
            allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
            disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
                `allowed_special`. The text of all others is encoded as ordinary text.
            tools (Iterable[Any] | None): The tools of a Chat Completions request.
            render_format (RenderFormatLike | None): How to render a conversation; None for the format of release 0.0.8.
            ending (RenderEndingLike): What comes after the messages of a conversation.

        Returns:
            int: The number of ids.

        Raises:
            DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
            HarmonyRenderError: The format cannot express a message.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.count_tokens("hello world")
        2
        >>> encoding.count_tokens([{"role": "user", "content": "hello world"}])
        58
        """
    @overload
    def count_tokens(
        self,
        text: Conversation | Iterable[Any],
        *,
        tools: Iterable[Any] | None = None,
        render_format: RenderFormatLike | None = ...,
        ending: RenderEndingLike = "completion",
    ) -> int: ...
    def encode_batch_arrays(
        self,
        texts: Any,
        *,
        num_threads: int | None = None,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
    ) -> Column:
        """The token ids of each text as one column of lists, without a Python object per id.

        Otherwise the same as `encode_batch`, which is slower by what it costs to make lists.

        Args:
            texts (Any): The texts: an iterable of strings, or Arrow data of pyarrow, polars and others with one column of texts.
            num_threads (int | None): How many threads to use; None for one per processor.
            allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
            disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
                `allowed_special`. The text of all others is encoded as ordinary text.

        Returns:
            Column: The ids in `values` and the bounds of the lists in `offsets`, both as memoryviews.

        Raises:
            DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
            OverflowError: There are more than 2^31 ids.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> column = encoding.encode_batch_arrays(["hello world", "hello"])
        >>> column.values.tolist(), column.offsets.tolist()
        ([24912, 2375, 24912], [0, 2, 3])
        """

    def decode_batch_arrays(self, batch: Any, *, num_threads: int | None = None) -> Column:
        """The text of each list of token ids as one column of texts. Invalid UTF-8 becomes U+FFFD.

        Args:
            batch (Any): The lists: a column such as `encode_batch_arrays` returns, Arrow data with lists of integers, or an
                iterable of sequences of ids.
            num_threads (int | None): How many threads to use; None for one per processor.

        Returns:
            Column: The texts.

        Raises:
            HarmonyTokenizerError: No token has one of the ids.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> list(encoding.decode_batch_arrays(encoding.encode_batch_arrays(["hello world", "hello"])))
        ['hello world', 'hello']
        """

    def decode(self, tokens: Iterable[SupportsIndex], errors: str = "replace") -> str:
        """The text of token ids.

        Args:
            tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
            errors (str): What to do with invalid UTF-8, by the names of `bytes.decode`: `"replace"`, `"strict"`, `"ignore"`.

        Returns:
            str: The text.

        Raises:
            HarmonyTokenizerError: No token has one of the ids.
            OverflowError: One of the ids is not a 32-bit number.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.decode([24912, 2375])
        'hello world'
        """
    def decode_batch(
        self, batch: Iterable[Iterable[SupportsIndex]], errors: str = "replace", *, num_threads: int | None = None
    ) -> list[str]:
        """The text of each sequence of token ids, on several threads. Otherwise the same as `decode`.

        Args:
            batch (Iterable[Iterable[SupportsIndex]]): The sequences.
            errors (str): What to do with invalid UTF-8, by the names of `bytes.decode`.
            num_threads (int | None): How many threads to use; None for one per processor.

        Returns:
            list[str]: The text of each sequence, in order.

        Raises:
            HarmonyTokenizerError: No token has one of the ids.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.decode_batch([[24912, 2375], [24912]])
        ['hello world', 'hello']
        """
    def decode_utf8(self, tokens: Iterable[SupportsIndex]) -> str:
        """The text of token ids that are whole characters.

        Args:
            tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.

        Returns:
            str: The text.

        Raises:
            HarmonyTokenizerError: The bytes of the ids are not UTF-8, or no token has one of the ids.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.decode_utf8([24912, 2375])
        'hello world'
        """
    def token_bytes(self) -> list[bytes]:
        """The bytes of each id from 0, special tokens as their text: the vocabulary for an engine's tokenizer object.

        For gpt-oss the ids are 0 to 200018, those of its tokenizer files. Of a registered encoding they are all; an id
        that no token has is empty.

        Returns:
            list[bytes]: The bytes, by id.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> vocabulary = encoding.token_bytes()
        >>> len(vocabulary), vocabulary[24912], vocabulary[200006]
        (200019, b'hello', b'<|start|>')
        """

    def decode_bytes(self, tokens: Iterable[SupportsIndex]) -> bytes:
        """The bytes of token ids.

        Args:
            tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.

        Returns:
            bytes: The bytes, which may end inside a character.

        Raises:
            HarmonyTokenizerError: No token has one of the ids.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.decode_bytes([24912, 2375])
        b'hello world'
        """
    def is_special_token(self, token: int) -> bool:
        """Whether the id is that of a special token.

        Args:
            token (int): The id.

        Returns:
            bool: Whether it is special.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.is_special_token(200006), encoding.is_special_token(24912)
        (True, False)
        """
    def special_tokens(self) -> list[str]:
        """The texts of all special tokens.

        Returns:
            list[str]: The texts, 1,091 for gpt-oss.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> "<|start|>" in encoding.special_tokens()
        True
        """
    def stop_tokens(self) -> list[int]:
        """The ids that end a message: `<|end|>`, `<|return|>` and `<|call|>`.

        Returns:
            list[int]: The ids, in ascending order.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.stop_tokens()
        [200002, 200007, 200012]
        """
    def stop_tokens_for_assistant_actions(self) -> list[int]:
        """The ids that end the model's turn, for the sampler's stop list: `<|return|>` and `<|call|>`.

        Returns:
            list[int]: The ids, in ascending order.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.stop_tokens_for_assistant_actions()
        [200002, 200012]
        """
    def _render_conversation(self, conversation: Conversation, auto_drop_analysis: bool) -> list[int]: ...
    def _render_conversation_for_completion(
        self, conversation: Conversation, next_turn_role: str, auto_drop_analysis: bool
    ) -> list[int]: ...
    def _render_conversation_for_training(self, conversation: Conversation, auto_drop_analysis: bool) -> list[int]: ...
    def _render(self, message: Message, conversation_has_function_tools: bool) -> list[int]: ...
    def parse_messages_from_completion_tokens(
        self, tokens: Iterable[SupportsIndex], role: Role | str | None = None, *, strict: bool = True
    ) -> list[Message]:
        """The messages in what the model wrote.

        Args:
            tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
            role (Role | str | None): The role whose header the prompt already started, so `Role.ASSISTANT` for the output of a
                model; None if the tokens begin with `<|start|>`.
            strict (bool): False to read what leaves the format as what the model most likely meant.

        Returns:
            list[Message]: The messages, the last one as far as it was written.

        Raises:
            HarmonyParseError: In strict mode, the tokens leave the format.

        >>> from openai_harmony import Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.parse_messages_from_completion_tokens([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
        [Message('assistant', channel='final', '4')]
        """
    def parse(
        self, tokens: Iterable[SupportsIndex], role: Role | str | None = None, *, strict: bool = True
    ) -> ParseResult:
        """The messages in what the model wrote, their places, what ended them, and what was repaired.

        Args:
            tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
            role (Role | str | None): The role whose header the prompt already started, so `Role.ASSISTANT` for the output of a
                model; None if the tokens begin with `<|start|>`.
            strict (bool): False to read what leaves the format as what the model most likely meant.

        Returns:
            ParseResult: The messages and everything else that is known about them.

        Raises:
            HarmonyParseError: In strict mode, the tokens leave the format.

        >>> from openai_harmony import Role, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> tokens = encoding.encode("<|channel|>final The answer is 4.<|return|>", allowed_special="all")
        >>> result = encoding.parse(tokens, Role.ASSISTANT, strict=False)
        >>> result.messages[0].message.channel, result.repairs[0].kind.value, result.finish_reason.value
        ('final', 'missing_message', 'stop')
        """
    def _inspect(self, tokens: Iterable[SupportsIndex], role: Role | str | None) -> ParseResult: ...

@disjoint_base
class StreamableParser:
    """An incremental parser; `openai_harmony.StreamableParser` adds the models to it."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(self, encoding: HarmonyEncoding, role: Role | str | None, *, strict: bool = True) -> None: ...
    def process(self, token: SupportsIndex) -> Self:
        """Process the next token of the stream.

        Args:
            token (SupportsIndex): The id.

        Returns:
            StreamableParser: The parser itself.

        Raises:
            HarmonyParseError: In strict mode, the token does not fit; the parser then continues at the next `<|start|>`.
            OverflowError: The id is not a 32-bit number.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> [parser.process(token).last_content_delta for token in [200005, 17196, 200008, 19]]
        [None, None, None, '4']
        """
    def process_eos(self) -> Self:
        """End the stream, and with it an open message.

        Returns:
            StreamableParser: The parser itself.

        Raises:
            HarmonyParseError: In strict mode, a header is open.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> for token in [200005, 17196, 200008, 19]:
        ...     parser = parser.process(token)
        >>> parser.process_eos().messages
        [Message('assistant', channel='final', '4')]
        """
    def process_many(self, tokens: Iterable[SupportsIndex]) -> list[StreamEvent]:
        """Process any number of tokens. How the stream is cut does not matter.

        Args:
            tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.

        Returns:
            list[StreamEvent]: What happened.

        Raises:
            HarmonyParseError: In strict mode, a token does not fit; the `events` of the exception are what happened before.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> parser.process_many([200005, 17196, 200008, 19, 200002])  # doctest: +NORMALIZE_WHITESPACE
        [MessageStarted(index=0, role='assistant', channel='final'), ContentDelta(index=0, text='4'),
         MessageEnded(index=0, ending='return')]
        """
    def process_text(self, chunk: str) -> list[StreamEvent]:
        """Process text in which special tokens are written out, for engines that return text.

        What may be the start of a special token at the end of a chunk is held back. Positions count characters instead of tokens.

        Args:
            chunk (str): The next piece of text.

        Returns:
            list[StreamEvent]: What happened.

        Raises:
            HarmonyParseError: As for `process_many`, and in both modes if the parser was given tokens.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> parser.process_text("<|channel|>final<|message|>4<|ret")
        [MessageStarted(index=0, role='assistant', channel='final'), ContentDelta(index=0, text='4')]
        >>> parser.process_text("urn|>")
        [MessageEnded(index=0, ending='return')]
        """
    def finish(self) -> list[StreamEvent]:
        """End the stream as `process_eos` does.

        Returns:
            list[StreamEvent]: What happened.

        Raises:
            HarmonyParseError: In strict mode, a header is open.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> events = parser.process_text("<|channel|>final<|message|>4")
        >>> parser.finish()
        [MessageEnded(index=0, ending='end_of_stream')]
        """
    def reset(self) -> None:
        """Start again, with the role and strictness that the parser was made with.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> events = parser.process_text("<|channel|>final<|message|>4<|return|>")
        >>> parser.reset()
        >>> parser
        StreamableParser(Header, 0 messages)
        """
    def take_messages(self) -> list[Message]:
        """Take the complete messages out of the parser, and drop everything that was kept for them.

        The memory of a parser whose messages are taken now and then does not grow with its stream. What was before the
        open header or message is missing afterwards from `tokens`, `repairs` and `result`. Positions and the indices of
        messages keep counting from the start of the stream.

        Returns:
            list[Message]: The messages.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> events = parser.process_text("<|channel|>final<|message|>4<|return|>")
        >>> parser.take_messages(), parser.messages
        ([Message('assistant', channel='final', '4')], [])
        """
    @property
    def current_content(self) -> str:
        """The text of the open message so far."""
    @property
    def current_role(self) -> Role | None:
        """The role of the open message or header, None between messages."""
    @property
    def current_content_type(self) -> str | None:
        """The content type of the open message."""
    @property
    def current_recipient(self) -> str | None:
        """The recipient of the open message."""
    @property
    def current_channel(self) -> str | None:
        """The channel of the open message."""
    @property
    def last_content_delta(self) -> str | None:
        """The text that the last token added, None if it added none."""
    @property
    def state(self) -> StreamState:
        """Where in the format the parser is."""
    @property
    def tokens(self) -> list[int]:
        """The tokens that were processed, including refused ones, except those that `take_messages` dropped."""
    @property
    def open_tokens(self) -> list[int]:
        """The tokens of the open header or message, including those that a repair dropped; empty between messages."""
    @property
    def repairs(self) -> list[Repair]:
        """What lenient parsing has repaired and strict parsing has refused, except what `take_messages` dropped."""
    @property
    def messages(self) -> list[Message]:
        """The messages that are complete: a new list each time, of the same message objects.

        Each message is made when it is first read. `message_count` is only their number.
        """
    @property
    def message_count(self) -> int:
        """How many messages are complete: `len(parser.messages)`, without making the messages."""
    @property
    def result(self) -> ParseResult:
        """Everything that is known so far: messages (an open one among them), their places, and the repairs."""
    def _begin_from_prompt(self, encoding: HarmonyEncoding, prompt: Iterable[SupportsIndex], strict: bool) -> None: ...
    def _copy_from(self, other: StreamableParser) -> None: ...
    def _dump(self) -> str: ...
    def _load(self, state: str) -> None: ...
    def _state(self) -> str: ...

@final
class MessageStarted:
    """A header is complete. ``index`` counts the messages of the stream from 0."""

    __match_args__ = ("index", "role", "name", "channel", "recipient", "content_type")
    def __new__(
        cls,
        index: int,
        role: Role,
        name: str | None,
        channel: str | None,
        recipient: str | None,
        content_type: str | None,
    ) -> Self: ...
    @property
    def index(self) -> int: ...
    @property
    def role(self) -> Role: ...
    @property
    def name(self) -> str | None: ...
    @property
    def channel(self) -> str | None: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def content_type(self) -> str | None: ...
    def to_dict(self) -> dict[str, Any]:
        """The event as a dict, with its kind as `type`.

        Returns:
            dict[str, Any]: The fields by name.

        >>> from openai_harmony import ContentDelta
        >>> ContentDelta(index=0, text="4").to_dict()
        {'type': 'content_delta', 'index': 0, 'text': '4'}
        """
    def __getnewargs__(self) -> tuple[Any, ...]: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class ContentDelta:
    """Text was added to the message of this index. The texts, joined, are the text of the message."""

    __match_args__ = ("index", "text")
    def __new__(cls, index: int, text: str) -> Self: ...
    @property
    def index(self) -> int: ...
    @property
    def text(self) -> str: ...
    def to_dict(self) -> dict[str, Any]:
        """The event as a dict, with its kind as `type`.

        Returns:
            dict[str, Any]: The fields by name.

        >>> from openai_harmony import ContentDelta
        >>> ContentDelta(index=0, text="4").to_dict()
        {'type': 'content_delta', 'index': 0, 'text': '4'}
        """
    def __getnewargs__(self) -> tuple[Any, ...]: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class MessageEnded:
    """The message of this index is complete; ``ending`` says what ended it."""

    __match_args__ = ("index", "ending")
    def __new__(cls, index: int, ending: Ending) -> Self: ...
    @property
    def index(self) -> int: ...
    @property
    def ending(self) -> Ending: ...
    def to_dict(self) -> dict[str, Any]:
        """The event as a dict, with its kind as `type`.

        Returns:
            dict[str, Any]: The fields by name.

        >>> from openai_harmony import ContentDelta
        >>> ContentDelta(index=0, text="4").to_dict()
        {'type': 'content_delta', 'index': 0, 'text': '4'}
        """
    def __getnewargs__(self) -> tuple[Any, ...]: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Repair:
    """The stream left the format. ``kind`` says how, ``start`` and ``end`` which tokens belong to no message because
    of it (an empty range where nothing was dropped), ``text`` what they read."""

    __match_args__ = ("kind", "start", "end", "text")
    def __new__(cls, kind: RepairKind, start: int, end: int, text: str) -> Self: ...
    @property
    def kind(self) -> RepairKind: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...
    def to_dict(self) -> dict[str, Any]:
        """The event as a dict, with its kind as `type`.

        Returns:
            dict[str, Any]: The fields by name.

        >>> from openai_harmony import ContentDelta
        >>> ContentDelta(index=0, text="4").to_dict()
        {'type': 'content_delta', 'index': 0, 'text': '4'}
        """
    def __getnewargs__(self) -> tuple[Any, ...]: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class Transcript:
    """A conversation and its exact tokens; `openai_harmony.Transcript` adds the models to it."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    @property
    def tokens(self) -> list[int]:
        """The tokens of the messages, without the beginning of one that the last prompt added."""
    @property
    def token_array(self) -> memoryview:
        """The same as a memoryview of unsigned 32-bit integers, made without a list."""
    @property
    def stale_from(self) -> int | None:
        """Index of the first token that invalidates a cached prefix; None if all of it stays valid."""
    @property
    def messages(self) -> list[Message]:
        """All messages, including those that are left out of the tokens; new objects each time."""
    def append_completion(self, sampled: Iterable[SupportsIndex]) -> list[Message]:
        """Append what a model sampled after the last prompt.

        The ids are taken exactly as they came, with or without the stop token. They are read as what the model most likely
        meant, so that a slip does not end the conversation, and stay as they are except for two things that a history must
        have: a trailing `<|return|>` becomes `<|end|>`, and a missing stop token is added.

        Args:
            sampled (Iterable[SupportsIndex]): The ids.

        Returns:
            list[Message]: The messages that they make.

        >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
        >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
        >>> transcript.append(Message.from_role_and_content(Role.USER, "2 + 2?"))
        >>> prompt = transcript.prompt()
        >>> transcript.append_completion([200005, 17196, 200008, 19, 200002])
        [Message('assistant', channel='final', '4')]
        """
    def truncate(self, length: int) -> None:
        """Drop the messages from index `length` on; nothing happens if there are no more than that.

        What was sampled before stays token for token; `stale_from` says which tokens changed.

        Args:
            length (int): How many messages stay.

        Raises:
            HarmonyRenderError: As for `append`; the transcript is then as it was.
            ValueError: `length` is negative.

        >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
        >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
        >>> transcript.extend(Message.from_role_and_content(Role.USER, text) for text in ("Hi", "Bye"))
        >>> transcript.truncate(1)
        >>> transcript.messages
        [Message('user', 'Hi')]
        """
    def _replace(self, index: int, message: Message) -> Message: ...
    def rendered(self, *, as_sampled: bool = False) -> Rendered:
        """The tokens and to which part of which message each of them belongs.

        Args:
            as_sampled (bool): True for turns that end in the `<|return|>` that the model wrote, as training needs them.

        Returns:
            Rendered: Tokens and spans.

        >>> from openai_harmony import Message, Role, Transcript, load_harmony_encoding
        >>> transcript = Transcript(load_harmony_encoding("HarmonyGptOss"))
        >>> transcript.append(Message.from_role_and_content(Role.USER, "Hi"))
        >>> transcript.rendered()
        Rendered(5 tokens, 1 message)
        """
    def __len__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def _begin(
        self, encoding: HarmonyEncoding, render_format: RenderFormat, response_formats: list[ResponseFormat]
    ) -> None: ...
    def _copy_from(self, other: Transcript) -> None: ...
    def _dump(self) -> str: ...
    def _extend(self, messages: list[Message]) -> None: ...
    def _load(self, state: str) -> None: ...
    def _message(self, index: int) -> Message: ...
    def _prompt_array(self, open_message: OpenMessage) -> memoryview: ...
    def _prompt_list(self, open_message: OpenMessage) -> list[int]: ...

def conversation_from_chat_completions(row: object, system: object, participant_names: bool) -> str:
    """The messages of the conversation that Chat Completions messages and tools make, as JSON."""

def chat_completions_from_conversation(conversation: Conversation) -> dict[str, Any]:
    """The messages and tools of Chat Completions that make a conversation."""

@final
class RequestReader:
    """Reads the requests of both APIs for one encoding."""

    def __new__(
        cls,
        encoding: HarmonyEncoding,
        options: Mapping[str, Any],
        clock: Callable[[], float],
        ids: Callable[[str], str],
        seal: Callable[[str], str] | None,
        unseal: Callable[[str], str | None] | None,
    ) -> Self: ...
    def prepare_chat(self, body: bytes | str | Mapping[str, Any], into: Job) -> None:
        """Reads a request to Chat Completions into a job."""
    def prepare_responses(
        self, body: bytes | str | Mapping[str, Any], store: Mapping[str, Any] | None, into: Job
    ) -> None:
        """Reads a request to the Responses API into a job."""

@final
class Constraint:
    """What the model may write after ``<|start|>assistant``, for engines that support constrained sampling.

    A request has one if it demands something that the model might not do on its own: a call, no call, arguments or an
    answer in a certain form.
    """

    @property
    def calls(self) -> Literal["none", "auto", "required"]:
        """Whether there may or must be calls: ``"none"``, ``"auto"`` or ``"required"``."""
    @property
    def functions(self) -> dict[str, Any]:
        """The functions that may be called, each with the JSON Schema of its arguments; None for any arguments."""
    @property
    def others(self) -> list[str]:
        """The other tools that may be called, by recipient: ``browser.search``, ``python``, ``label.tool``."""
    @property
    def parallel(self) -> bool:
        """Whether the request allows more than one call."""
    @property
    def final(self) -> dict[str, Any] | Literal["json"] | None:
        """The form of the final message: None for text, ``"json"`` for any JSON object, or a JSON Schema."""
    @property
    def strict(self) -> bool:
        """Whether the request wants schemas to be followed strictly, of a function or of the answer."""
    def to_dict(self) -> dict[str, Any]:
        """The constraint as a dict that is ready for JSON.

        Returns:
            dict[str, Any]: Its properties by name.

        >>> from openai_harmony import load_harmony_encoding
        >>> from openai_harmony.api import ChatCompletions
        >>> tools = [{"type": "function", "function": {"name": "now"}}]
        >>> body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": tools, "tool_choice": "required"}
        >>> constraint = ChatCompletions(load_harmony_encoding("HarmonyGptOss")).prepare(body).constraint
        >>> constraint.to_dict()["calls"]
        'required'
        """
    def grammar(self) -> _OutputGrammar:
        """The grammar of what may be sampled after the prompt; its output ends at the first call.

        Returns:
            OutputGrammar: The grammar.

        Raises:
            HarmonyGrammarError: A schema of the request is not one, or the prompt ends inside a JSON body.

        >>> from openai_harmony import load_harmony_encoding
        >>> from openai_harmony.api import ChatCompletions
        >>> tools = [{"type": "function", "function": {"name": "now"}}]
        >>> body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": tools, "tool_choice": "required"}
        >>> constraint = ChatCompletions(load_harmony_encoding("HarmonyGptOss")).prepare(body).constraint
        >>> constraint.grammar().stop_tokens
        [200002, 200012]
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@disjoint_base
class Job:
    """A request, ready to be sampled; `openai_harmony.api.ChatJob` and `ResponsesJob` derive from it."""

    def __new__(cls) -> Self: ...
    @property
    def tokens(self) -> list[int]:
        """The token ids that the model is to continue."""
    @property
    def token_array(self) -> memoryview:
        """The same as a memoryview of unsigned 32-bit integers, made without a list."""
    @property
    def stop_token_ids(self) -> list[int]:
        """The ids at which the engine stops: ``<|return|>`` and ``<|call|>``, never ``<|end|>``."""
    @property
    def max_tokens(self) -> int | None:
        """How many tokens the engine may sample; None for any number."""
    @property
    def n(self) -> int:
        """How many choices to sample; 1 for the Responses API."""
    @property
    def sampling(self) -> dict[str, Any]:
        """The sampler's parameters that the request has, each as given."""
    @property
    def constraint(self) -> Constraint | None:
        """What may be sampled; None if the model is free."""
    def grammar(self) -> _OutputGrammar:
        """The grammar of every correct answer to this request, also where the model is free.

        Returns:
            OutputGrammar: The grammar of what may be sampled after the prompt.

        Raises:
            HarmonyGrammarError: A schema of the request is not one, or the prompt ends inside a JSON body.
        """
    @property
    def ignored(self) -> list[str]:
        """The paths of the parameters that have no effect."""
    @property
    def stream_requested(self) -> bool:
        """Whether the client asked for a stream."""
    @property
    def top_logprobs(self) -> int | None:
        """For how many alternatives of each token the log-probabilities are wanted; None for no log-probabilities at all."""
    def _messages(self) -> str: ...
    def _transcript(self, into: Transcript) -> None: ...
    def _begin_chat(self, stream: ChatStream) -> None: ...
    def _begin_responses(self, stream: ResponsesStream) -> None: ...

@disjoint_base
class ChatStream:
    """The answer to a request to Chat Completions; `openai_harmony.api.ChatStream` adds the pickling to it."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def start(self, cached_tokens: int | None = None) -> list[ChatCompletionChunk]:
        """Send the first chunk of every choice. Optional: the first tokens that are pushed start the stream, too.

        Args:
            cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.

        Returns:
            list[ChatCompletionChunk]: The chunks to send.
        """
    def push(
        self,
        tokens: Iterable[SupportsIndex],
        choice: int = 0,
        logprobs: Sequence[float | tuple[float, Mapping[int, float]]] | None = None,
    ) -> list[ChatCompletionChunk]:
        """Take the tokens that were sampled for a choice, one or many.

        Args:
            tokens (Iterable[SupportsIndex]): The ids.
            choice (int): The index of the choice.
            logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
                a pair of that and a dict of the alternatives, by token id.

        Returns:
            list[ChatCompletionChunk]: The chunks to send.

        Raises:
            IndexError: There is no such choice.
            ValueError: The choice has ended, or there are not as many log-probabilities as tokens.
        """
    def finish(self, reason: str | None = None, choice: int = 0) -> list[ChatCompletionChunk]:
        """End a choice.

        Args:
            reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
                engine does not say.
            choice (int): The index of the choice.

        Returns:
            list[ChatCompletionChunk]: What was held back, the finish reason and, after the last choice, the usage.

        Raises:
            IndexError: There is no such choice.
            ValueError: The choice has ended.
        """
    def fail(self, message: str, code: str = "server_error") -> list[ChatCompletionChunk]:
        """End the stream because the engine failed.

        Args:
            message (str): What to tell the client.
            code (str): The code of the error.

        Returns:
            list[ChatCompletionChunk]: The error to send; nothing comes after it.
        """
    def stopped(self, choice: int = 0) -> bool:
        """Whether a stop string is complete, so that the engine can stop generating this choice.

        Args:
            choice (int): The index of the choice.

        Returns:
            bool: Whether it is.
        """
    def completion(self) -> ChatCompletion:
        """The completion so far; after the last choice has ended, the whole one.

        Returns:
            ChatCompletion: The object ``chat.completion``.
        """
    @property
    def repairs(self) -> list[Repair]:
        """What lenient parsing repaired, choice by choice."""
    @property
    def notes(self) -> list[Note]:
        """What was left out of the answer or is wrong with it, choice by choice: ``kind``, ``choice``, ``name``, ``text``."""
    @property
    def sse(self) -> ChatSse:
        """The same stream as server-sent events."""
    def _transcript(self, into: Transcript, choice: int) -> None: ...
    def _dump(self) -> str: ...
    def _host(
        self,
    ) -> tuple[
        Callable[[], float], Callable[[str], str], Callable[[str], str] | None, Callable[[str], str | None] | None
    ]: ...
    def _load(
        self,
        state: str,
        clock: Callable[[], float],
        ids: Callable[[str], str],
        seal: Callable[[str], str] | None,
        unseal: Callable[[str], str | None] | None,
    ) -> None: ...
    def _copy_from(self, other: ChatStream) -> None: ...

@final
class ChatSse:
    """A stream as server-sent events: the same steps give bytes."""

    def start(self, cached_tokens: int | None = None) -> bytes:
        """The same as ``ChatStream.start``, in bytes.

        Args:
            cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.

        Returns:
            bytes: The events to send.
        """
    def push(
        self,
        tokens: Iterable[SupportsIndex],
        choice: int = 0,
        logprobs: Sequence[float | tuple[float, Mapping[int, float]]] | None = None,
    ) -> bytes:
        """The same as ``ChatStream.push``, in bytes.

        Args:
            tokens (Iterable[SupportsIndex]): The ids.
            choice (int): The index of the choice.
            logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
                a pair of that and a dict of the alternatives, by token id.

        Returns:
            bytes: The events to send.
        """
    def finish(self, reason: str | None = None, choice: int = 0) -> bytes:
        """The same as ``ChatStream.finish``, in bytes.

        Args:
            reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
                engine does not say.
            choice (int): The index of the choice.

        Returns:
            bytes: The events to send.
        """
    def fail(self, message: str, code: str = "server_error") -> bytes:
        """The same as ``ChatStream.fail``, in bytes.

        Args:
            message (str): What to tell the client.
            code (str): The code of the error.

        Returns:
            bytes: The events to send.
        """
    def done(self) -> bytes:
        """The event after which a client stops reading: ``data: [DONE]``.

        Returns:
            bytes: The event.
        """

@disjoint_base
class ResponsesStream:
    """The response to a request; `openai_harmony.api.ResponsesStream` adds the models and the pickling to it."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def start(self, cached_tokens: int | None = None) -> list[ResponseEvent]:
        """Send ``response.created`` and ``response.in_progress``. Optional: the first tokens that are pushed start the stream, too.

        Args:
            cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.

        Returns:
            list[ResponseEvent]: The events to send.
        """
    def push(
        self,
        tokens: Iterable[SupportsIndex],
        logprobs: Sequence[float | tuple[float, Mapping[int, float]]] | None = None,
    ) -> list[ResponseEvent]:
        """Take the tokens that were sampled, one or many.

        Args:
            tokens (Iterable[SupportsIndex]): The ids.
            logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
                a pair of that and a dict of the alternatives, by token id.

        Returns:
            list[ResponseEvent]: The events to send.

        Raises:
            ValueError: The response has ended, or there are not as many log-probabilities as tokens.
        """
    def finish(self, reason: str | None = None) -> list[ResponseEvent]:
        """End the response.

        Args:
            reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
                engine does not say.

        Returns:
            list[ResponseEvent]: The events that close what is open, and the terminal one.

        Raises:
            ValueError: The response has ended.
        """
    def fail(self, message: str, code: str = "server_error", param: str | None = None) -> list[ResponseEvent]:
        """End the response because the engine failed.

        Args:
            message (str): What to tell the client.
            code (str): The code of the error.
            param (str | None): The parameter of the request that the error is about.

        Returns:
            list[ResponseEvent]: The events that close what is open, and ``response.failed``.
        """
    def cancel(self) -> None:
        """End the response because the client gave it up: its status is ``cancelled``. There are no events, as nobody listens."""
    def tool_output(
        self,
        text_or_message: str | Message,
        *,
        outputs: Sequence[Mapping[str, Any]] | None = None,
        sources: Sequence[Mapping[str, Any]] | None = None,
        failed: bool = False,
    ) -> list[ResponseEvent]:
        """Take the result of the call that waits for it. ``prompt()`` is then what to sample from.

        Args:
            text_or_message (str | Message): The result. Text becomes a message of the tool to the assistant.
            outputs (Sequence[Mapping[str, Any]] | None): What the client sees in ``code_interpreter_call.outputs``; None for the
                text as logs.
            sources (Sequence[Mapping[str, Any]] | None): What the client sees in ``web_search_call.action.sources``.
            failed (bool): Whether the tool failed; the text then says how.

        Returns:
            list[ResponseEvent]: The events that close the item of the call.

        Raises:
            ValueError: No call waits for a result.
        """
    def prompt(self) -> list[int]:
        """The prompt of the next sampling. Each begins with the one before and what was sampled after it.

        Returns:
            list[int]: The ids.
        """
    def prompt_array(self) -> memoryview:
        """The same as ``prompt``, without a Python object per id.

        Returns:
            memoryview: The ids as unsigned 32-bit integers, which `numpy.asarray` takes without a copy.
        """
    def response(self) -> ResponseObject:
        """The response so far; after the end, the whole one.

        Returns:
            ResponseObject: The object ``response``.
        """
    @property
    def repairs(self) -> list[Repair]:
        """What lenient parsing repaired. Positions count all sampled tokens."""
    @property
    def notes(self) -> list[Note]:
        """What was left out of the answer or is wrong with it: ``kind``, ``choice``, ``name``, ``text``."""
    @property
    def sse(self) -> ResponsesSse:
        """The same stream as server-sent events."""
    def _pending_tool(self) -> tuple[str, str, str | None, str, str] | None: ...
    def _stored(self) -> str: ...
    def _transcript(self, into: Transcript) -> None: ...
    def _dump(self) -> str: ...
    def _host(
        self,
    ) -> tuple[
        Callable[[], float], Callable[[str], str], Callable[[str], str] | None, Callable[[str], str | None] | None
    ]: ...
    def _load(
        self,
        state: str,
        clock: Callable[[], float],
        ids: Callable[[str], str],
        seal: Callable[[str], str] | None,
        unseal: Callable[[str], str | None] | None,
    ) -> None: ...
    def _copy_from(self, other: ResponsesStream) -> None: ...

@final
class ResponsesSse:
    """A stream as server-sent events: the same steps give bytes."""

    def start(self, cached_tokens: int | None = None) -> bytes:
        """The same as ``ResponsesStream.start``, in bytes.

        Args:
            cached_tokens (int | None): How many tokens of the prompt were in the engine's cache.

        Returns:
            bytes: The events to send.
        """
    def push(
        self,
        tokens: Iterable[SupportsIndex],
        logprobs: Sequence[float | tuple[float, Mapping[int, float]]] | None = None,
    ) -> bytes:
        """The same as ``ResponsesStream.push``, in bytes.

        Args:
            tokens (Iterable[SupportsIndex]): The ids.
            logprobs (Sequence[float | tuple[float, Mapping[int, float]]] | None): One entry for each token: its log-probability, or
                a pair of that and a dict of the alternatives, by token id.

        Returns:
            bytes: The events to send.
        """
    def finish(self, reason: str | None = None) -> bytes:
        """The same as ``ResponsesStream.finish``, in bytes.

        Args:
            reason (str | None): Why the engine stopped: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"abort"``; None if the
                engine does not say.

        Returns:
            bytes: The events to send.
        """
    def fail(self, message: str, code: str = "server_error", param: str | None = None) -> bytes:
        """The same as ``ResponsesStream.fail``, in bytes.

        Args:
            message (str): What to tell the client.
            code (str): The code of the error.
            param (str | None): The parameter of the request that the error is about.

        Returns:
            bytes: The events to send.
        """
    def tool_output(
        self,
        text_or_message: str | Message,
        *,
        outputs: Sequence[Mapping[str, Any]] | None = None,
        sources: Sequence[Mapping[str, Any]] | None = None,
        failed: bool = False,
    ) -> bytes:
        """The same as ``ResponsesStream.tool_output``, in bytes.

        Args:
            text_or_message (str | Message): The result. Text becomes a message of the tool to the assistant.
            outputs (Sequence[Mapping[str, Any]] | None): What the client sees in ``code_interpreter_call.outputs``; None for the
                text as logs.
            sources (Sequence[Mapping[str, Any]] | None): What the client sees in ``web_search_call.action.sources``.
            failed (bool): Whether the tool failed; the text then says how.

        Returns:
            bytes: The events to send.
        """
    def done(self) -> bytes:
        """The event after which a client stops reading: ``data: [DONE]``. OpenAI's server does not send it; others do.

        Returns:
            bytes: The event.
        """

def prepare(
    encoding: HarmonyEncoding,
    rows: Any,
    recipe: str,
    num_threads: int | None,
    column: str | None,
    first_row: int = 0,
    check: Callable[[], object] | None = None,
) -> Table:
    """Prepares rows: bytes of JSON Lines, Arrow data, or an iterable of rows. The recipe is JSON. Rows are counted from `first_row` on.
    `check` is called now and then; what it raises ends the work."""

def detect_form(rows: Any, column: str | None) -> Literal["harmony", "chat"] | None:
    """The form that the first rows say they have; None if they could be either."""

def parse_batch(
    encoding: HarmonyEncoding, completions: Any, role: str | None, strict: bool, num_threads: int | None
) -> Table:
    """Parses completions to a table of messages."""

def merge_rollouts(
    prompts: Any, completions: Any, rollouts: Sequence[int] | None, logprobs: Sequence[Sequence[float]] | None
) -> Table:
    """Merges turns of rollouts by prefix. Without rollouts, all turns are of one."""

def pack_plan(lengths: Sequence[int], packing: str) -> Column:
    """Divides items of the given lengths into bins of at most ``length``: a column of lists of indices, one for each bin."""

@final
class Column:
    """Values of one kind one after the other, owned by Rust: numbers, texts, lists or records. ``len`` is how many.

    ``values`` and ``offsets`` are memoryviews, which NumPy, torch and others take without a copy; pyarrow, polars and others take
    the column itself, by the Arrow PyCapsule interface. The memory stays as long as anything of it is in use.
    """

    @property
    def values(self) -> Any:
        """The numbers; of lists the items of all of them; of texts the bytes of all of them. A memoryview, but a column where the items are
        no numbers.
        """

    @property
    def offsets(self) -> memoryview | None:
        """Of lists and texts: where each begins in ``values``, and at last where the last one ends, as a memoryview of 32-bit integers.
        ``None`` for numbers and records.
        """

    def field(self, name: str) -> Column:
        """A field of records, as a column.

        Args:
            name (str): The name of the field.

        Returns:
            Column: The field of each record.

        Raises:
            KeyError: No field has that name.
        """

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Table:
    """Columns of equal length, owned by Rust. ``len`` is the number of rows.

    ``table["input_ids"]`` is a column with memoryviews. pyarrow, polars, DuckDB and others take the whole table by the Arrow PyCapsule
    interface: ``pyarrow.table(table)``, ``polars.DataFrame(table)``.
    """

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""

    @property
    def failures(self) -> list[RowFailure]:
        """The rows that could not be prepared, in their order."""

    @property
    def statistics(self) -> Statistics:
        """What was counted."""

    def __len__(self) -> int: ...
    def __getitem__(self, name: str, /) -> Column: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Rendered:
    """Tokens, and to which part of which message each of them belongs. ``len`` is the number of tokens."""

    @property
    def _encoding(self) -> str: ...
    @property
    def tokens(self) -> list[int]:
        """The token ids."""
    @property
    def token_array(self) -> memoryview:
        """The token ids as a memoryview of unsigned 32-bit integers, made without a list."""

    @property
    def spans(self) -> list[Span]:
        """The parts that have tokens, in the order of the tokens and without gaps."""

    @property
    def left_out(self) -> list[int]:
        """The indices of the messages that the format left out, such as the analysis of earlier turns."""
    def mask(
        self,
        *,
        roles: Sequence[Role | str] | None = None,
        channels: Sequence[str | None] | None = None,
        messages: Sequence[int] | None = None,
        parts: Sequence[Part | str] | None = None,
        sampled_only: bool = False,
    ) -> memoryview:
        """For each token, whether all that is asked for holds.

        Args:
            roles (Sequence[Role | str] | None): The roles of the messages; None for all.
            channels (Sequence[str | None] | None): The channels of the messages, None for messages without one; None for all.
            messages (Sequence[int] | None): The indices of the messages; None for all.
            parts (Sequence[Part | str] | None): The parts of the messages; None for all.
            sampled_only (bool): True for only the tokens that a model wrote: in a transcript those that were sampled, in a
                conversation rendered from messages those that a model would have sampled.

        Returns:
            memoryview: A bool for each token, which `numpy.asarray` takes without a copy.

        >>> from openai_harmony import Conversation, Message, load_harmony_encoding
        >>> conversation = Conversation.from_messages([Message.from_role_and_content("user", "Hi")])
        >>> rendered = load_harmony_encoding("HarmonyGptOss").render_with(conversation)
        >>> rendered.mask(parts=["content"]).tolist()
        [False, False, False, True, False]
        """

    def loss_mask(self) -> memoryview:
        """The loss mask for supervised training: the contents and endings of the assistant's messages.

        Returns:
            memoryview: A bool for each token, which `numpy.asarray` takes without a copy.

        >>> from openai_harmony import Conversation, Message, load_harmony_encoding
        >>> conversation = Conversation.from_messages([Message.from_role_and_content("user", "Hi")])
        >>> rendered = load_harmony_encoding("HarmonyGptOss").render_with(conversation)
        >>> any(rendered.loss_mask().tolist())
        False
        """

    def __len__(self) -> int: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    @classmethod
    def _load(cls, state: str, encoding: str) -> Self: ...
    __hash__: None  # type: ignore[assignment]

@disjoint_base
class OutputGrammar:
    """The base class of Python's `OutputGrammar`."""

    def __new__(cls, options: str) -> Self: ...
    @property
    def stop_tokens(self) -> list[int]:
        """The ids at which the engine must stop."""

    def to_llguidance(self, guard_strings: bool = False) -> str:
        """A Lark grammar for llguidance: mistral.rs, vLLM's guidance backend, llama.cpp with llguidance.

        Outputs end in `<|return|>` and `<|call|>` whatever the engine's stop tokens are.

        Args:
            guard_strings (bool): True to keep `<|` out of JSON strings. llama.cpp needs that, as it takes the text of a special
                token of harmony for the token; other engines do not. Objects that declare properties have no others then.

        Returns:
            str: The grammar.

        >>> from openai_harmony.grammar import output_grammar
        >>> output_grammar().to_llguidance().splitlines()[2]
        'start: think* answer'
        """

    def to_gbnf(self, stop_tokens: list[int] | None = None) -> str:
        """A GBNF grammar for llama.cpp.

        Text and JSON strings never have `<|` before a small letter: llama.cpp would take the text of a special token for the
        token.

        Args:
            stop_tokens (list[int] | None): The ids at which the engine stops; None for those of the model file.

        Returns:
            str: The grammar.

        Raises:
            HarmonyGrammarError: GBNF cannot enforce a JSON Schema keyword, unless `unsupported="relax"`.

        >>> from openai_harmony.grammar import output_grammar
        >>> output_grammar().to_gbnf().splitlines()[0]
        'root ::= think* answer'
        """

    def _xgrammar_json(self, stop_tokens: Iterable[SupportsIndex] | None, tokens: bool, guard_strings: bool) -> str: ...
    def _check(self, tokens: Iterable[int]) -> tuple[tuple[int, int, str] | None, bool, int | None]: ...
    def _matcher(self) -> GrammarMatcher: ...
    def _relaxed(self) -> list[tuple[str, str, str | None]]: ...
    @property
    def _options(self) -> str: ...

@final
class GrammarMatcher:
    """The base class of Python's `GrammarMatcher`."""

    def accept(self, token: int) -> bool:
        """Advance by one token.

        Args:
            token (int): The id.

        Returns:
            bool: Whether the grammar allows it. If not, nothing changes.

        >>> from openai_harmony.grammar import output_grammar
        >>> matcher = output_grammar().matcher()
        >>> matcher.accept(200005), matcher.accept(200005)
        (True, False)
        """

    @property
    def is_complete(self) -> bool:
        """Whether the output may end here."""

    @property
    def accepted(self) -> int:
        """How many tokens were accepted."""

    @property
    def missing_stop(self) -> int | None:
        """The stop token that alone is missing, as where an engine strips it."""

    def _allowed(self) -> tuple[str, list[int], str | None]: ...
    def copy(self) -> GrammarMatcher:
        """A copy that is independent of this matcher.

        Returns:
            GrammarMatcher: The copy.

        >>> from openai_harmony.grammar import output_grammar
        >>> matcher = output_grammar().matcher()
        >>> matcher.copy().accept(200005), matcher.accepted
        (True, 0)
        """
