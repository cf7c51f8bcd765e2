"""The tokenizer."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from .. import _core
from ..arguments import expect, listed
from ..encoding import HarmonyEncoding, load_harmony_encoding
from ..errors import HarmonyTokenizerError
from . import byte_level
from .batch import BatchEncoding
from .padding import Lengths

__all__ = ["HarmonyTokenizer"]


class HarmonyTokenizer:
    """An encoding with the methods that ``transformers`` gives a fast tokenizer.

    >>> tokenizer = HarmonyTokenizer()
    >>> tokenizer("hello world").input_ids
    [24912, 2375]
    >>> chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    >>> example = tokenizer.apply_chat_template(chat, return_assistant_tokens_mask=True)
    >>> learned = [token for token, on in zip(example.input_ids, example.assistant_masks) if on]
    >>> tokenizer.decode(learned)
    '<|channel|>final<|message|>Hello.<|return|>'
    >>> tokenizer.encode("hello"), tokenizer.batch_decode([[24912], [2375]])
    ([24912], ['hello', ' world'])
    >>> tokenizer.convert_ids_to_tokens([24912, 2375]), tokenizer.convert_tokens_to_string(["hello", "Ġworld"])
    (['hello', 'Ġworld'], 'hello world')
    >>> tokenizer.get_vocab()["Ġworld"]
    2375
    >>> paths = tokenizer.save_pretrained("folder")  # doctest: +SKIP

    Special tokens in a text are control tokens, as in ``transformers``; with ``split_special_tokens=True`` they are
    text.
    """

    is_fast = True
    bos_token: Optional[str] = "<|startoftext|>"
    eos_token: Optional[str] = "<|return|>"
    pad_token: Optional[str] = "<|endoftext|>"
    unk_token = unk_token_id = None
    chat_template = "gpt-oss"
    """That there is one. It is not Jinja: ``apply_chat_template`` renders without it."""

    def __init__(
        self,
        encoding: Union[HarmonyEncoding, str] = "HarmonyGptOss",
        *,
        model_max_length: int = 10**30,
        padding_side: str = "right",
        truncation_side: str = "right",
        split_special_tokens: bool = False,
    ) -> None:
        """A tokenizer over an encoding, or over the one of that name; the other arguments are those of
        ``transformers``."""
        self.encoding = load_harmony_encoding(encoding) if isinstance(encoding, str) else encoding
        expect("encoding", self.encoding, HarmonyEncoding, "a HarmonyEncoding or the name of one")
        self.name_or_path = self.encoding.name
        self.model_max_length = model_max_length
        self.padding_side = padding_side
        self.truncation_side = truncation_side
        self.split_special_tokens = split_special_tokens
        self.model_input_names = ["input_ids", "attention_mask"]
        # The ids above those of `token_bytes` have no token in the files of gpt-oss.
        known = [(token, data) for token, data in enumerate(self.encoding.token_bytes()) if data]
        self._size = len(known)
        self._specials = {data.decode("utf-8"): token for token, data in known if self.encoding.is_special_token(token)}

    # --- facts ---

    @property
    def bos_token_id(self) -> Optional[int]:
        """The id of ``bos_token``, ``<|startoftext|>``, which nothing adds by itself."""
        return self._id_of(self.bos_token)

    @bos_token_id.setter
    def bos_token_id(self, token: Optional[int]) -> None:
        self.bos_token = self._name_of(token)

    @property
    def eos_token_id(self) -> Optional[int]:
        """The id of ``eos_token``, ``<|return|>``, with which the model ends its turn."""
        return self._id_of(self.eos_token)

    @eos_token_id.setter
    def eos_token_id(self, token: Optional[int]) -> None:
        self.eos_token = self._name_of(token)

    @property
    def pad_token_id(self) -> Optional[int]:
        """The id of ``pad_token``, ``<|endoftext|>``."""
        return self._id_of(self.pad_token)

    @pad_token_id.setter
    def pad_token_id(self, token: Optional[int]) -> None:
        self.pad_token = self._name_of(token)

    def _id_of(self, name: Optional[str]) -> Optional[int]:
        return None if name is None else self._id(name)

    def _name_of(self, token: Optional[int]) -> Optional[str]:
        return None if token is None else self._name(token)

    @property
    def all_special_tokens(self) -> List[str]:
        """The tokens for the beginning, the end and padding."""
        return list(dict.fromkeys(self.special_tokens_map.values()))

    @property
    def all_special_ids(self) -> List[int]:
        """The ids of ``all_special_tokens``."""
        ids: List[int] = self.convert_tokens_to_ids(self.all_special_tokens)
        return ids

    @property
    def special_tokens_map(self) -> Dict[str, str]:
        """``all_special_tokens`` by what they are for."""
        tokens = {"bos_token": self.bos_token, "eos_token": self.eos_token, "pad_token": self.pad_token}
        return {purpose: name for purpose, name in tokens.items() if name is not None}

    @property
    def vocab_size(self) -> int:
        """How many ordinary tokens there are; ``len`` counts the special ones too."""
        return len(self) - len(self._specials)

    def __len__(self) -> int:
        return self._size

    def get_vocab(self) -> Dict[str, int]:
        """The id of each token, by its name in ``tokenizer.json``."""
        names = ((self._name(token), token) for token, data in enumerate(self.encoding.token_bytes()) if data)
        return {name: token for name, token in names if name is not None}

    # --- texts to ids ---

    def __call__(
        self,
        text: Union[str, Sequence[str], None] = None,
        text_pair: None = None,
        text_target: Union[str, Sequence[str], None] = None,
        text_pair_target: None = None,
        *,
        add_special_tokens: bool = True,
        padding: Union[bool, str] = False,
        truncation: Union[bool, str, None] = None,
        max_length: Optional[int] = None,
        stride: int = 0,
        is_split_into_words: bool = False,
        pad_to_multiple_of: Optional[int] = None,
        padding_side: Optional[str] = None,
        return_tensors: Optional[str] = None,
        return_token_type_ids: Optional[bool] = None,
        return_attention_mask: Optional[bool] = None,
        return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False,
        return_offsets_mapping: bool = False,
        return_length: bool = False,
        split_special_tokens: Optional[bool] = None,
        verbose: bool = True,
    ) -> BatchEncoding:
        """The ids of a text or of several, cut and padded as asked, with an attention mask.

        The columns of one text are lists of numbers, or tensors with one row; those of several are lists of lists, or
        tensors with as many rows. ``text_target`` becomes the column ``labels``. gpt-oss has no tokens that
        ``add_special_tokens`` could add.

        Raises ``NotImplementedError`` for what only models with two sequences or word labels have a use for:
        ``text_pair``, ``text_pair_target``, ``is_split_into_words``, ``return_token_type_ids``; and for ``stride`` and
        ``return_overflowing_tokens``.
        """
        _refuse(
            text_pair=text_pair,
            text_pair_target=text_pair_target,
            stride=stride,
            is_split_into_words=is_split_into_words,
            return_token_type_ids=return_token_type_ids,
            return_overflowing_tokens=return_overflowing_tokens,
        )
        if text is None and text_target is None:
            raise ValueError("You need to specify either `text` or `text_target`.")
        lengths = Lengths.of(self, padding, truncation, max_length, pad_to_multiple_of, padding_side)
        splits = self.split_special_tokens if split_special_tokens is None else split_special_tokens
        wanted = {
            "attention_mask": return_attention_mask is not False,
            "special_tokens_mask": return_special_tokens_mask,
            "offset_mapping": return_offsets_mapping,
            "length": return_length,
        }
        given = text if text is not None else text_target
        batch = self._encode(given, lengths, splits, wanted, return_tensors)
        if text is not None and text_target is not None:
            targets = self._encode(text_target, lengths, splits, dict.fromkeys(wanted, False), return_tensors)
            batch["labels"] = targets["input_ids"]
        return batch

    def encode(self, text: str, **options: Any) -> Any:
        """The ids of a text: ``tokenizer(text, **options)["input_ids"]``, but a list without tensors."""
        expect("text", text, str, "a string")
        return self(text, **options)["input_ids"]

    def tokenize(self, text: str, **options: Any) -> List[str]:
        """The names of the tokens of a text.

        >>> HarmonyTokenizer().tokenize("hello world<|end|>")
        ['hello', 'Ġworld', '<|end|>']
        """
        names: List[str] = self.convert_ids_to_tokens(self.encode(text, **options))
        return names

    def _encode(
        self, given: Any, lengths: Lengths, splits: bool, wanted: Mapping[str, bool], tensors: Optional[str]
    ) -> BatchEncoding:
        single = isinstance(given, str)
        texts = [given] if single else listed("text", given, "strings")
        for text in texts:
            if not isinstance(text, str):
                raise ValueError(f"text must be a string or a list of strings, not {type(text).__name__}")
        special: Iterable[str] = () if splits else self._specials
        rows = self.encoding.encode_batch(texts, allowed_special=list(special), disallowed_special=())
        columns: Dict[str, List[Any]] = {"input_ids": [lengths.cut(row) for row in rows]}
        if wanted["offset_mapping"]:
            columns["offset_mapping"] = [lengths.cut(self._spans(row)) for row in rows]
        return self._finished(columns, lengths, wanted, tensors, flat=single and tensors is None)

    def _finished(
        self,
        columns: Dict[str, List[Any]],
        lengths: Lengths,
        wanted: Mapping[str, bool],
        tensors: Optional[str],
        flat: bool,
    ) -> BatchEncoding:
        """The batch of some rows of ids, with the other columns that are asked for."""
        rows = columns["input_ids"]
        if wanted["attention_mask"]:
            columns["attention_mask"] = [[1] * len(row) for row in rows]
        if wanted["special_tokens_mask"]:
            # Padding is special; no token of a text is, because none was added to it.
            columns["special_tokens_mask"] = [[0] * len(row) for row in rows]
        lengths.pad(columns, self._fillers)
        if wanted["length"]:
            columns["length"] = [len(row) for row in columns["input_ids"]]
        order = ("input_ids", "attention_mask", "special_tokens_mask", "offset_mapping", "length", "assistant_masks")
        batch = BatchEncoding({name: columns[name] for name in order if name in columns})
        if flat:
            batch.update({name: column[0] for name, column in batch.items() if name != "length"})
        return batch.convert_to_tensors(tensors)

    @property
    def _fillers(self) -> Dict[str, Any]:
        """What rows of each column are padded with."""
        return {
            "attention_mask": 0,
            "special_tokens_mask": 1,
            "offset_mapping": (0, 0),
            "assistant_masks": 0,
            "input_ids": self.pad_token_id,
        }

    def _spans(self, row: List[int]) -> List[Tuple[int, int]]:
        """The characters that each token of a text has bytes of."""
        starts = self.encoding.decode_with_offsets(row)[1]
        bytes_of_tokens = self.encoding.decode_tokens_bytes(row)
        started = (sum(1 for byte in data if not 0x80 <= byte < 0xC0) for data in bytes_of_tokens)
        inside = (0x80 <= data[0] < 0xC0 for data in bytes_of_tokens)
        return [(start, start + count + within) for start, count, within in zip(starts, started, inside)]

    # --- chats to ids ---

    def apply_chat_template(
        self,
        conversation: Any,
        tools: Optional[Sequence[Any]] = None,
        *,
        add_generation_prompt: bool = False,
        continue_final_message: Union[bool, str] = False,
        tokenize: bool = True,
        padding: Union[bool, str] = False,
        truncation: Union[bool, str, None] = False,
        max_length: Optional[int] = None,
        return_tensors: Optional[str] = None,
        return_dict: bool = True,
        return_assistant_tokens_mask: bool = False,
        tokenizer_kwargs: Optional[Mapping[str, Any]] = None,
        **variables: Any,
    ) -> Any:
        """The tokens of a chat, or of several, in the format of the chat template of gpt-oss.

        ``conversation`` is a list of messages in the form of Chat Completions, or a list of such lists; ``tools`` are
        those of Chat Completions, or functions. The reasoning of an assistant's message is its ``thinking``,
        ``reasoning_content`` or ``reasoning``. The ``variables`` of the template are ``reasoning_effort``,
        ``model_identity``, ``builtin_tools`` and, only here, ``conversation_start_date``, by default today.

        Without ``add_generation_prompt`` a final message at the end ends in ``<|return|>``, as training needs it. The
        column ``assistant_masks`` is 1 on what the model writes: the headers, contents and endings of its messages,
        without ``<|start|>assistant`` where a prompt ends in it. Gives a ``BatchEncoding``, ids alone with
        ``return_dict=False``, and text with ``tokenize=False``.
        """
        from .chat import render_chat

        if return_assistant_tokens_mask and not (return_dict and tokenize):
            raise ValueError("`return_assistant_tokens_mask=True` requires `return_dict=True` and `tokenize=True`")
        if continue_final_message and add_generation_prompt:
            raise ValueError("continue_final_message and add_generation_prompt exclude each other")
        if continue_final_message and return_assistant_tokens_mask:
            raise ValueError("continue_final_message is not compatible with return_assistant_tokens_mask.")
        chats, single = _chats(conversation)
        rendered = [
            render_chat(self.encoding, chat, tools, add_generation_prompt, continue_final_message, variables)
            for chat in chats
        ]
        if not tokenize:
            texts = [self.encoding.decode(chat.tokens) for chat in rendered]
            return texts[0] if single else texts
        options = dict(tokenizer_kwargs or {})
        lengths = Lengths.of(
            self,
            padding,
            truncation,
            max_length,
            options.pop("pad_to_multiple_of", None),
            options.pop("padding_side", None),
        )
        columns: Dict[str, List[Any]] = {"input_ids": [lengths.cut(chat.tokens) for chat in rendered]}
        if return_assistant_tokens_mask:
            masks = [list(map(int, chat.mask(sampled_only=True))) for chat in rendered]
            columns["assistant_masks"] = [lengths.cut(mask) for mask in masks]
        wanted = {
            "attention_mask": options.pop("return_attention_mask", True),
            "special_tokens_mask": options.pop("return_special_tokens_mask", False),
            "length": options.pop("return_length", False),
        }
        if options:
            raise TypeError(f"tokenizer_kwargs has the unknown argument {min(options)!r}")
        batch = self._finished(columns, lengths, wanted, return_tensors, flat=single and return_tensors is None)
        return batch if return_dict else batch["input_ids"]

    # --- padding ---

    def pad(
        self,
        encoded_inputs: Any,
        padding: Union[bool, str] = True,
        max_length: Optional[int] = None,
        pad_to_multiple_of: Optional[int] = None,
        padding_side: Optional[str] = None,
        return_attention_mask: Optional[bool] = None,
        return_tensors: Optional[str] = None,
        verbose: bool = True,
    ) -> BatchEncoding:
        """Bring rows to the same length: a dict of columns, or a list of dicts, one for each row, as collators have
        them.

        >>> HarmonyTokenizer().pad([{"input_ids": [24912, 2375]}, {"input_ids": [24912]}])
        {'input_ids': [[24912, 2375], [24912, 199999]], 'attention_mask': [[1, 1], [1, 0]]}
        """
        columns = _columns(encoded_inputs)
        if "input_ids" not in columns:
            given = list(columns)
            raise ValueError(f"You should supply an encoding that includes input_ids, but you provided {given}")
        if not len(columns["input_ids"]):
            if return_attention_mask:
                columns["attention_mask"] = []
            return BatchEncoding(columns)
        flat = not _is_nested(columns["input_ids"])
        if flat:
            columns = {name: [column] for name, column in columns.items()}
        if return_attention_mask is not False and "attention_mask" not in columns:
            columns["attention_mask"] = [[1] * len(row) for row in columns["input_ids"]]
        lengths = Lengths.of(self, padding, False, max_length, pad_to_multiple_of, padding_side)
        padded = ["special_tokens_mask", "input_ids"]
        if return_attention_mask is not False:
            padded.append("attention_mask")
        fillers = {name: self._fillers[name] for name in padded}
        lengths.pad(columns, fillers)
        if flat:
            columns = {name: column[0] for name, column in columns.items()}
        return BatchEncoding(columns).convert_to_tensors(return_tensors)

    # --- ids to texts ---

    def decode(self, token_ids: Any, skip_special_tokens: bool = False, **options: Any) -> Any:
        """The text of ids, or the texts of several sequences of ids. Invalid UTF-8 becomes U+FFFD."""
        ids = _listed(token_ids)
        if isinstance(ids, int):
            ids = [ids]
        expect("token_ids", ids, (list, tuple), "an id, ids, or sequences of ids")
        if len(ids) and _is_nested(ids):
            return [self.decode(row, skip_special_tokens) for row in ids]
        if skip_special_tokens:
            ids = [token for token in ids if not self.encoding.is_special_token(token)]
        return self.encoding.decode(ids)

    def batch_decode(self, sequences: Any, skip_special_tokens: bool = False, **options: Any) -> List[str]:
        """The text of each sequence of ids."""
        texts = self.decode(sequences, skip_special_tokens)
        return [texts] if isinstance(texts, str) else texts

    # --- names of tokens ---

    def convert_tokens_to_ids(self, tokens: Union[str, Iterable[str]]) -> Any:
        """The ids of tokens by their names; None for a name that no token has.

        >>> HarmonyTokenizer().convert_tokens_to_ids(["<|return|>", "Ġworld"])
        [200002, 2375]
        """
        if isinstance(tokens, str):
            return self._id(tokens)
        return [self._id(name) for name in _names(tokens)]

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        """The names of tokens by their ids; None for an id that no token has."""
        ids = _listed(ids)
        if isinstance(ids, int):
            return self._name(ids)
        # As in transformers: those of `all_special_tokens` are skipped, where `decode` skips all special ones.
        skipped = set(self.all_special_ids) if skip_special_tokens else set()
        ids = _core.token_buffer(ids).tolist()
        return [self._name(token) for token in ids if token not in skipped]

    def convert_tokens_to_string(self, tokens: Iterable[str]) -> str:
        """The text of tokens by their names."""
        data = [self._bytes(name) for name in _names(tokens)]
        return b"".join(data).decode("utf-8", "replace")

    def _id(self, name: str) -> Optional[int]:
        special = self._specials.get(name)
        if special is not None:
            return special
        try:
            token = self.encoding.encode_single_token(byte_level.bytes_of(name))
        except KeyError:
            return None
        return None if self.encoding.is_special_token(token) else token

    def _bytes(self, name: str) -> bytes:
        """The bytes of a token by its name; of a name that no token can have, as in transformers, its text."""
        if name not in self._specials:
            try:
                return byte_level.bytes_of(name)
            except KeyError:
                pass
        return name.encode("utf-8", "replace")

    def _name(self, token: int) -> Optional[str]:
        try:
            data = self.encoding.decode_single_token_bytes(token)
        except HarmonyTokenizerError:
            return None
        return data.decode("utf-8") if self.encoding.is_special_token(token) else byte_level.name_of(data)

    # --- files ---

    def save_pretrained(self, save_directory: Union[str, "os.PathLike[str]"], **options: Any) -> Tuple[str, ...]:
        """Write ``tokenizer.json`` and ``tokenizer_config.json`` to a folder, from which ``transformers`` loads a
        tokenizer with the same tokens. They have no chat template. Gives the paths."""
        from .files import write_files

        return write_files(self, save_directory)

    def __repr__(self) -> str:
        return f"HarmonyTokenizer({self.name_or_path!r}, padding_side={self.padding_side!r})"


_INSTEAD = {
    "text_pair": "join the texts, or render a chat with apply_chat_template",
    "text_pair_target": "join the texts, or render a chat with apply_chat_template",
    "stride": "cut input_ids into windows yourself",
    "return_overflowing_tokens": "cut input_ids into windows yourself",
    "is_split_into_words": "join the words",
    "return_token_type_ids": "gpt-oss takes no token types",
}


def _refuse(**given: Any) -> None:
    """Raise for an argument of ``transformers`` that has a value other than its default, and is not supported here."""
    for name, value in given.items():
        if value:
            raise NotImplementedError(f"{name} is not supported: {_INSTEAD[name]}")


def _names(tokens: Iterable[str]) -> List[str]:
    """The names of tokens in an argument."""
    names = listed("tokens", tokens, "names of tokens")
    for name in names:
        expect("a name of a token", name, str, "a string")
    return names


def _chats(conversation: Any) -> Tuple[List[Any], bool]:
    """The chats of an argument, and whether it is only one."""
    chats = listed("conversation", conversation, "messages or of lists of messages")
    if not chats:
        raise ValueError("Cannot apply chat template to an empty conversation. Provide at least one message.")
    first = chats[0]
    if hasattr(first, "messages"):
        return [chat.messages for chat in chats], False
    if isinstance(first, (list, tuple)):
        return chats, False
    return [chats], True


def _columns(encoded: Any) -> Dict[str, Any]:
    """A dict of columns as lists, from one or from a list of rows."""
    if isinstance(encoded, Mapping):
        columns = dict(encoded)
    else:
        rows = listed("encoded_inputs", encoded, "rows")
        for row in rows:
            expect("a row of encoded_inputs", row, Mapping, "a dict of columns")
        names = list(rows[0]) if rows else ["input_ids"]
        columns = {name: [row[name] for row in rows] for name in names}
    return {name: _listed(column) for name, column in columns.items()}


def _listed(column: Any) -> Any:
    """Arrays and tensors, also inside lists, as lists."""
    if hasattr(column, "tolist"):
        return column.tolist()
    return [_listed(item) for item in column] if isinstance(column, (list, tuple)) else column


def _is_nested(column: Sequence[Any]) -> bool:
    return isinstance(column[0], (list, tuple))
