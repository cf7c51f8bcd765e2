"""Our tokenizer and the real one of `transformers`, call for call."""

from __future__ import annotations

import copy
import pickle
import random
from typing import Any, Dict, List

import numpy
import pytest

from openai_harmony.huggingface import HarmonyTokenizer

LETTERS = [
    *"abcXYZ  \n\r\t.,'/19<|>",
    "é",
    "ß",
    "中",
    "文",
    "👩‍👩‍👧‍👦",
    "\u0301",
    "ſ",
    "<|end|>",
    "<|start|>",
    "'ll",
    "हिन्दी",
]


def texts(count: int = 300) -> List[str]:
    source = random.Random(1)
    return ["", *("".join(source.choices(LETTERS, k=source.randrange(40))) for _ in range(count))]


def plain(batch: Any) -> Dict[str, Any]:
    """The columns with arrays as lists, and with their types."""
    columns = {}
    for name, column in batch.items():
        is_array = isinstance(column, numpy.ndarray)
        columns[name] = (column.tolist(), column.shape, column.dtype.kind) if is_array else column
    return columns


BATCH = ["hello world", "", "a<|end|>b é 👩‍👩‍👧‍👦", "one two three four five six seven"]

CALLS: List[Dict[str, Any]] = [
    {},
    {"padding": True},
    {"padding": "longest", "return_tensors": "np"},
    {"padding": "max_length", "max_length": 9},
    {"padding": "max_length", "max_length": 4, "truncation": True, "return_tensors": "np"},
    {"max_length": 3},
    {"max_length": 3, "truncation": True, "padding": True},
    {"truncation": True},
    {"padding": True, "pad_to_multiple_of": 8},
    {"padding": True, "padding_side": "left"},
    {"return_attention_mask": False},
    {"return_offsets_mapping": True},
    {"return_offsets_mapping": True, "padding": True, "max_length": 5, "truncation": True},
    {"return_length": True},
    {"add_special_tokens": False},
    {"split_special_tokens": True},
    {"padding": True, "truncation": True, "max_length": 6, "return_tensors": "np", "return_special_tokens_mask": True},
    {"padding": "max_length", "truncation": "longest_first", "max_length": 5, "padding_side": "left"},
    {"truncation": "only_first", "max_length": 2},
    {"padding": "do_not_pad", "truncation": "do_not_truncate"},
    # The defaults of what is refused otherwise.
    {"text_pair": None, "stride": 0, "return_overflowing_tokens": False, "is_split_into_words": False},
    {"return_token_type_ids": False},
]


@pytest.mark.parametrize("options", CALLS, ids=str)
def test_calls(ours: HarmonyTokenizer, theirs: Any, options: Dict[str, Any]) -> None:
    if options.get("return_tensors") is None:
        for text in BATCH:
            assert plain(ours(text, **options)) == plain(theirs(text, **options)), text
    assert plain(ours(BATCH, **options)) == plain(theirs(BATCH, **options))


def test_one_text_as_a_tensor_is_a_batch_of_one(ours: HarmonyTokenizer, theirs: Any) -> None:
    for text in BATCH[::2]:
        assert plain(ours(text, return_tensors="np")) == plain(theirs(text, return_tensors="np"))


def test_ids_of_random_texts(ours: HarmonyTokenizer, theirs: Any) -> None:
    batch = texts()
    assert ours(batch).input_ids == theirs(batch).input_ids
    assert (
        ours(batch, return_offsets_mapping=True)["offset_mapping"]
        == theirs(batch, return_offsets_mapping=True)["offset_mapping"]
    )
    for text in batch[:50]:
        assert ours.encode(text) == theirs.encode(text)
        assert ours.tokenize(text) == theirs.tokenize(text)


def test_decoding(ours: HarmonyTokenizer, theirs: Any) -> None:
    batch = ours(texts()).input_ids
    for skip in (False, True):
        assert ours.batch_decode(batch, skip_special_tokens=skip) == theirs.batch_decode(
            batch, skip_special_tokens=skip
        )
    assert ours.decode(batch[5]) == theirs.decode(batch[5]) == ours.decode(numpy.array(batch[5]))
    assert ours.decode(24912) == theirs.decode(24912) and ours.decode([9552]) == theirs.decode([9552])
    assert ours.decode(batch[:3]) == theirs.decode(batch[:3])


def test_names_of_tokens(ours: HarmonyTokenizer, theirs: Any) -> None:
    ids = [*random.Random(2).sample(range(200_019), 3000), 199_998, 200_018]
    names = theirs.convert_ids_to_tokens(ids)
    assert ours.convert_ids_to_tokens(ids) == names
    assert ours.convert_tokens_to_ids(names) == ids == theirs.convert_tokens_to_ids(names)
    assert ours.convert_ids_to_tokens(ids, skip_special_tokens=True) == theirs.convert_ids_to_tokens(
        ids, skip_special_tokens=True
    )
    for name in ("Ġworld", "no such token", "<|return|>", "中"):
        assert ours.convert_tokens_to_ids(name) == theirs.convert_tokens_to_ids(name)
    assert ours.get_vocab() == theirs.get_vocab()
    some = ours.tokenize(BATCH[2])
    assert ours.convert_tokens_to_string(some) == theirs.convert_tokens_to_string(some)
    foreign = ["hello", "中", " spaced", "Ġworld"]  # the second and third are the names of no tokens
    assert ours.convert_tokens_to_string(foreign) == theirs.convert_tokens_to_string(foreign)


@pytest.mark.parametrize(
    "fact",
    [
        *["bos_token", "eos_token", "pad_token", "unk_token", "bos_token_id", "eos_token_id", "pad_token_id"],
        *["unk_token_id", "all_special_tokens", "all_special_ids", "special_tokens_map", "vocab_size", "is_fast"],
        *["model_input_names", "padding_side", "truncation_side", "model_max_length"],
    ],
)
def test_facts(ours: HarmonyTokenizer, theirs: Any, fact: str) -> None:
    assert getattr(ours, fact) == getattr(theirs, fact)
    assert len(ours) == len(theirs)


def test_tokens_with_a_purpose_can_be_chosen(theirs: Any) -> None:
    """As most training scripts do: padding with the end of a turn."""
    for either in (HarmonyTokenizer(), copy.deepcopy(theirs)):
        either.pad_token = either.eos_token
        assert either.pad_token_id == 200_002
        assert either(["a b", "a"], padding=True)["input_ids"][1] == [64, 200_002]
        either.pad_token_id = either.bos_token_id
        assert either.pad_token == "<|startoftext|>" and either.pad_token_id == 199_998
        assert either.all_special_tokens == ["<|startoftext|>", "<|return|>"]
        assert either.all_special_ids == [199_998, 200_002]
        either.pad_token = None
        assert either.pad_token_id is None
        assert either.special_tokens_map == {"bos_token": "<|startoftext|>", "eos_token": "<|return|>"}


def test_it_is_copied_and_pickled(ours: HarmonyTokenizer) -> None:
    ours = HarmonyTokenizer(padding_side="left", model_max_length=9)
    ours.pad_token = ours.eos_token
    for same in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert plain(same(BATCH, padding=True)) == plain(ours(BATCH, padding=True))
        assert (same.padding_side, same.model_max_length, same.pad_token) == ("left", 9, "<|return|>")


def test_what_trl_asks_of_a_tokenizer(ours: HarmonyTokenizer, theirs: Any) -> None:
    """It takes a class of `transformers` only; the columns are of ours. See docs/training.md."""
    from transformers import PreTrainedTokenizerBase

    assert isinstance(theirs, PreTrainedTokenizerBase)
    columns = ours.apply_chat_template([{"role": "user", "content": "?"}], return_assistant_tokens_mask=True)
    assert {"input_ids", "assistant_masks"} <= set(columns)
    assert theirs.pad(dict(columns), padding="max_length", max_length=200)["input_ids"][-1] == ours.pad_token_id


PADS: List[Dict[str, Any]] = [
    {},
    {"padding": "max_length", "max_length": 6},
    {"pad_to_multiple_of": 4, "return_tensors": "np"},
    {"padding_side": "left"},
    {"padding": False},
    {"return_attention_mask": False},
]


@pytest.mark.parametrize("options", PADS, ids=str)
def test_padding(ours: HarmonyTokenizer, theirs: Any, options: Dict[str, Any]) -> None:
    rows = [{"input_ids": [1, 2, 3]}, {"input_ids": [4]}]
    for given in (
        rows,
        {"input_ids": [[1, 2, 3], [4]]},
        {"input_ids": [[1, 2, 3], [4]], "attention_mask": [[1, 1, 1], [1]]},
        {"input_ids": [1, 2]},
        {"input_ids": []},
    ):
        assert plain(ours.pad(given, **options)) == plain(theirs.pad(given, **options)), given


def test_errors(ours: HarmonyTokenizer, theirs: Any) -> None:
    for either in (ours, theirs):
        for call in (
            lambda either=either: either(None),
            lambda either=either: either("a", padding="sometimes"),
            lambda either=either: either("a", truncation="sometimes"),
            lambda either=either: either("a", padding=True, truncation=True, max_length=5, pad_to_multiple_of=4),
            lambda either=either: either.pad({"labels": [1]}),
        ):
            with pytest.raises(ValueError):
                call()
    # Where transformers makes an array of objects, with which no model can do anything.
    with pytest.raises(ValueError, match="input_ids has rows of different lengths"):
        ours(["a", "b c d"], return_tensors="np")
    with pytest.raises(ValueError, match="padding_side must be 'left' or 'right', not 'middle'"):
        ours("a", padding=True, padding_side="middle")


def test_a_collator_takes_it(ours: HarmonyTokenizer) -> None:
    from transformers import DataCollatorWithPadding

    collate = DataCollatorWithPadding(ours, return_tensors="np")  # type: ignore[arg-type]
    batch = collate([dict(ours("hello world")), dict(ours("hello"))])
    assert batch["input_ids"].tolist() == [[24912, 2375], [24912, 199999]]


def test_a_data_set_is_mapped(ours: HarmonyTokenizer, theirs: Any) -> None:
    """What a fine-tuning script does: tokenize chats, keep the ids and the mask, drop the rest."""
    import datasets

    rows = [
        {"messages": [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": str(n)}]}
        for n in range(20)
    ]
    data = datasets.Dataset.from_list(rows)

    def tokenize(row: Dict[str, Any]) -> Dict[str, Any]:
        batch = ours.apply_chat_template(row["messages"], return_assistant_tokens_mask=True, return_dict=True)
        return dict(batch)

    mapped = data.map(tokenize, remove_columns=data.column_names)
    assert mapped.column_names == ["input_ids", "attention_mask", "assistant_masks"]
    first = mapped[7]
    learned = [token for token, on in zip(first["input_ids"], first["assistant_masks"]) if on]
    assert ours.decode(learned) == "<|channel|>final<|message|>7<|return|>" == theirs.decode(learned)

    texts_only = datasets.Dataset.from_dict({"text": ["hello world", "hello"]})
    columns = texts_only.map(lambda batch: ours(batch["text"], truncation=True, max_length=1), batched=True)
    assert columns["input_ids"] == [[24912], [24912]]
