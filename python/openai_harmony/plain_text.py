"""The methods of an encoding for plain text that tiktoken has under the same names, with the same results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Iterable, List, Literal, Optional, SupportsIndex, Tuple, Union

from . import _core
from .arguments import bounded
from .errors import HarmonyTokenizerError, UnknownTokenError

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

__all__ = ["PlainText"]

_ALL: Literal["all"] = "all"


class PlainText(_core.HarmonyEncoding):
    """Text to token ids and back; ``HarmonyEncoding`` adds conversations to it."""

    def encode_to_numpy(
        self,
        text: str,
        *,
        allowed_special: Union[Literal["all"], Collection[str]] = (),
        disallowed_special: Union[Literal["all"], Collection[str]] = _ALL,
    ) -> NDArray[numpy.uint32]:
        """The token ids of a text as an array of ``numpy.uint32``, made without a list. Otherwise as ``encode``.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").encode_to_numpy("hello world").tolist()
        [24912, 2375]
        """
        import numpy

        buffer = self.encode_to_buffer(text, allowed_special=allowed_special, disallowed_special=disallowed_special)
        return numpy.asarray(buffer)

    def encode_ordinary_batch(self, texts: Iterable[str], *, num_threads: Optional[int] = None) -> List[List[int]]:
        """The token ids of each text, in which nothing is special, found on several threads.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").encode_ordinary_batch(["hello world", "hello"])
        [[24912, 2375], [24912]]
        """
        return self.encode_batch(texts, num_threads=num_threads, disallowed_special=())

    def encode_with_offsets(
        self,
        text: str,
        *,
        allowed_special: Union[Literal["all"], Collection[str]] = (),
        disallowed_special: Union[Literal["all"], Collection[str]] = _ALL,
    ) -> Tuple[List[int], List[int]]:
        """The token ids of a text, and for each of them the index of the character in which it begins.

        Arguments and errors as for ``encode``; what an offset is, says ``decode_with_offsets``.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").encode_with_offsets("hello world")
        ([24912, 2375], [0, 5])
        """
        tokens = self.encode(text, allowed_special=allowed_special, disallowed_special=disallowed_special)
        return tokens, self.decode_with_offsets(tokens)[1]

    def encode_single_token(self, text_or_bytes: Union[str, bytes]) -> int:
        """The id of the one token, ordinary or special, that has this text or these bytes.

        Raises ``UnknownTokenError`` (a ``KeyError``) if there is no such token.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").encode_single_token("<|start|>")
        200006
        """
        if not isinstance(text_or_bytes, (str, bytes, bytearray)):
            raise TypeError(f"text_or_bytes must be str or bytes, not {type(text_or_bytes).__name__}")
        data = text_or_bytes.encode("utf-8", "replace") if isinstance(text_or_bytes, str) else bytes(text_or_bytes)
        token = _core.single_token(self, data)
        if token is None:
            raise UnknownTokenError(f"no token has exactly these bytes: {data[:60]!r}", code="encode.unknown_token")
        return token

    def count_up_to(
        self,
        text: str,
        limit: int,
        *,
        allowed_special: Union[Literal["all"], Collection[str]] = (),
        disallowed_special: Union[Literal["all"], Collection[str]] = _ALL,
    ) -> Optional[int]:
        """How many tokens a text has, or None if there are more than ``limit``.

        Stops soon after the limit, so the cost does not grow with the rest of a long text. Otherwise as ``encode``.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> encoding.count_up_to("hello world", 10), encoding.count_up_to("hello world" * 1000, 10)
        (2, None)
        """
        return _core.count_up_to(self, text, bounded("limit", limit), allowed_special, disallowed_special)

    def decode_single_token_bytes(self, token: SupportsIndex) -> bytes:
        """The bytes of one token, ordinary or special.

        Raises ``UnknownTokenError`` (a ``KeyError``) for an id that no token has.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").decode_single_token_bytes(24912)
        b'hello'
        """
        return self.decode_tokens_bytes([token])[0]

    def decode_tokens_bytes(self, tokens: Iterable[SupportsIndex]) -> List[bytes]:
        """The bytes of each token.

        Raises ``UnknownTokenError`` (a ``KeyError``) for an id that no token has.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").decode_tokens_bytes([24912, 2375])
        [b'hello', b' world']
        """
        try:
            return _core.tokens_bytes(self, tokens)
        except HarmonyTokenizerError as error:
            raise UnknownTokenError.of(error) from None

    def decode_with_offsets(self, tokens: Iterable[SupportsIndex]) -> Tuple[str, List[int]]:
        """The text of tokens, and for each token the index of the character in which it begins.

        A token that begins inside a character has the index of that character. Raises ``UnicodeDecodeError`` for tokens
        that are not UTF-8, ``UnknownTokenError`` (a ``KeyError``) for an id that no token has.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").decode_with_offsets([24912, 2375])
        ('hello world', [0, 5])
        """
        try:
            return _core.with_offsets(self, tokens)
        except HarmonyTokenizerError as error:
            raise UnknownTokenError.of(error) from None

    def decode_bytes_batch(
        self, batch: Iterable[Iterable[SupportsIndex]], *, num_threads: Optional[int] = None
    ) -> List[bytes]:
        """The bytes of each sequence of token ids, found on several threads. Otherwise as ``decode_bytes``.

        >>> from openai_harmony import load_harmony_encoding
        >>> load_harmony_encoding("HarmonyGptOss").decode_bytes_batch([[24912], [2375]])
        [b'hello', b' world']
        """
        return _core.bytes_batch(self, batch, num_threads)

    def token_byte_values(self) -> List[bytes]:
        """The bytes of all ordinary tokens, sorted. ``token_bytes`` has those of all tokens by id.

        >>> from openai_harmony import load_harmony_encoding
        >>> len(load_harmony_encoding("HarmonyGptOss").token_byte_values())
        199998
        """
        ordinary = (data for token, data in enumerate(self.token_bytes()) if not self.is_special_token(token))
        return sorted(data for data in ordinary if data)

    @property
    def max_token_value(self) -> int:
        """The greatest token id, special tokens included."""
        return self.n_vocab - 1

    @property
    def eot_token(self) -> int:
        """The id of ``<|endoftext|>``, which ends a document; gpt-oss is padded with it."""
        return self.encode_single_token("<|endoftext|>")
