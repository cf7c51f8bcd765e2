"""Encodings that users register, side by side with tiktoken over the same files."""

from __future__ import annotations

import base64
import html
import pickle
import random
import re
import sys
from pathlib import Path
from typing import Any, Dict

import pytest
import tiktoken

from openai_harmony import (
    Conversation,
    HarmonyEncoding,
    HarmonyGrammarError,
    HarmonyLoadError,
    Message,
    Role,
    StreamableParser,
    Transcript,
    UnknownEncodingError,
    load_harmony_encoding,
    register_encoding,
)
from openai_harmony.api import ChatCompletions, Responses
from openai_harmony.grammar import llguidance_tokenizer, output_grammar_for_request
from openai_harmony.huggingface import HarmonyTokenizer
from test_tiktoken import PATTERN, texts

FORMAT = ["start", "end", "message", "channel", "constrain", "return", "call", "endoftext"]


def write(path: Path, ranks: Dict[bytes, int]) -> Path:
    path.write_bytes(b"".join(base64.b64encode(data) + b" %d\n" % rank for data, rank in ranks.items()))
    return path


def small_ranks() -> Dict[bytes, int]:
    """A vocabulary of its own: the bytes in an order of their own, and pairs of frequent letters and of these."""
    data = list(range(256))
    random.Random(3).shuffle(data)
    ranks = {bytes([byte]): rank for rank, byte in enumerate(data)}
    letters = [bytes([byte]) for byte in b" etaoinshrdlucm\n'.,<|>\xe4\xb8\xad"]
    pairs = [a + b for a in letters for b in letters]
    random.Random(4).shuffle(pairs)
    for pair in pairs[:300]:
        ranks[pair] = len(ranks) + 7  # with a gap, as other vocabularies have
    for word in random.Random(5).sample([a + b for a in pairs[:300] for b in pairs[:300]], 3000):
        ranks.setdefault(word, len(ranks) + 7)
    return ranks


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vocabularies")


@pytest.fixture(scope="module")
def specials() -> Dict[str, int]:
    return {
        **{f"<|{name}|>": 9000 + 3 * index for index, name in enumerate(FORMAT)},
        "[[CITE]]": 8999,
        "<|end|>x": 9500,
    }


@pytest.fixture(scope="module")
def small(folder: Path, specials: Dict[str, int]) -> HarmonyEncoding:
    return register_encoding("small", write(folder / "small.tiktoken", small_ranks()), specials)


@pytest.fixture(scope="module")
def peer(specials: Dict[str, int]) -> tiktoken.Encoding:
    return tiktoken.Encoding("small", pat_str=PATTERN, mergeable_ranks=small_ranks(), special_tokens=specials)


def test_another_vocabulary_is_exact(small: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    for text in [*texts(), "the rest is in the house, isn't it? " * 50, "e" * 5000, "ethe" * 2000]:
        tokens = peer.encode_ordinary(text)
        assert small.encode_ordinary(text) == tokens
        assert small.count_tokens(text, disallowed_special=()) == len(tokens)
        assert small.decode(tokens) == text
        assert small.decode_with_offsets(tokens) == peer.decode_with_offsets(tokens)
        assert small.count_up_to(text, len(tokens), disallowed_special=()) == len(tokens)
    batch = texts()
    assert small.encode_ordinary_batch(batch) == peer.encode_ordinary_batch(batch)


def test_its_special_tokens_are_found(small: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    text = "a[[CITE]]b<|start|>c<|end|><|reserved_200100|>"
    # tiktoken does not say which of two special tokens it takes that begin alike; here there is one only.
    assert small.encode(text, allowed_special="all") == peer.encode(text, allowed_special="all")
    assert small.encode("<|end|>x", allowed_special="all") == [9500]
    with pytest.raises(ValueError, match=r"\[\[CITE\]\]"):
        small.encode(text, allowed_special={"<|start|>"})
    assert small.encode_single_token("[[CITE]]") == 8999 and small.is_special_token(8999)
    assert small.special_tokens_set == peer.special_tokens_set
    assert (small.n_vocab, small.eot_token) == (peer.n_vocab, peer.eot_token)
    assert len(small.token_bytes()) == small.n_vocab


def test_conversations_are_those_of_the_built_in_encoding(small: HarmonyEncoding, specials: Dict[str, int]) -> None:
    built_in = load_harmony_encoding("HarmonyGptOss")
    call = Message.from_role_and_content(Role.ASSISTANT, '{"a": 1}').with_channel("commentary")
    conversation = Conversation.from_messages(
        [
            Message.from_role_and_content(Role.USER, "It is 25°, isn't it?"),
            call.with_recipient("functions.f").with_content_type("<|constrain|>json"),
            Message.from_role_and_content(Role.ASSISTANT, "So it is.").with_channel("final"),
        ]
    )
    tokens = small.render_conversation_for_training(conversation)
    assert small.decode(tokens) == built_in.decode(built_in.render_conversation_for_training(conversation))
    assert tokens[0] == specials["<|start|>"] and tokens[-1] == specials["<|return|>"]
    assert small.stop_tokens_for_assistant_actions() == sorted([specials["<|return|>"], specials["<|call|>"]])
    assert small.parse_messages_from_completion_tokens(tokens) == list(conversation)

    # What the model wrote is the same text in both.
    ours, theirs = (enc.render_with(conversation, ending="training") for enc in (small, built_in))
    learned = []
    for enc, rendered in ((small, ours), (built_in, theirs)):
        mask = rendered.mask(sampled_only=True)
        learned.append(enc.decode([token for token, on in zip(rendered.tokens, mask) if on]))
    assert learned[0] == learned[1] and learned[0].startswith(" to=functions.f<|channel|>")


def test_streams_transcripts_and_pickles(small: HarmonyEncoding, specials: Dict[str, int]) -> None:
    text = "<|channel|>final<|message|>The [[CITE]] house<|return|>"
    tokens = small.encode(text, allowed_special="all")
    parser = StreamableParser(small, Role.ASSISTANT, strict=False)
    parser.process_many(tokens[:4])
    parser = pickle.loads(pickle.dumps(parser))
    parser.process_many(tokens[4:])
    from_text = StreamableParser(small, Role.ASSISTANT, strict=False)
    for chunk in ("<|chan", "nel|>fin", "al<|message|>The [[CI", "TE]] house<|ret", "urn|>"):
        from_text.process_text(chunk)
    assert from_text.messages == parser.messages and len(parser.messages) == 1
    transcript = Transcript(small)
    transcript.append(Message.from_role_and_content(Role.USER, "Hi"))
    prompt = transcript.prompt()
    transcript.append_completion(tokens)
    assert transcript.tokens[: len(prompt)] == prompt and transcript.tokens[-1] == specials["<|end|>"]
    assert pickle.loads(pickle.dumps(small)).name == "small"


def test_both_apis(small: HarmonyEncoding, specials: Dict[str, int]) -> None:
    answer = small.encode("<|channel|>final<|message|>The house<|return|>", allowed_special="all")
    chat = ChatCompletions(small).prepare({"model": "m", **BODIES[0]})
    assert small.decode(chat.tokens).endswith("<|start|>user<|message|>Hi<|end|><|start|>assistant")
    assert chat.stop_token_ids == sorted([specials["<|return|>"], specials["<|call|>"]])
    assert chat.complete([(answer, "stop")])["choices"][0]["message"]["content"] == "The house"
    response = Responses(small).prepare({"model": "m", **BODIES[1]}).complete(answer, "stop")
    assert response["output"][0]["content"][0]["text"] == "The house"


def test_a_tokenizer_for_transformers(small: HarmonyEncoding, specials: Dict[str, int]) -> None:
    tokenizer = HarmonyTokenizer("small")
    assert tokenizer("the [[CITE]]").input_ids == small.encode("the [[CITE]]", allowed_special="all")
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (specials["<|return|>"], specials["<|endoftext|>"])
    assert tokenizer.bos_token_id is None  # this vocabulary has no `<|startoftext|>`
    assert tokenizer.convert_ids_to_tokens(specials["[[CITE]]"]) == "[[CITE]]"


def test_html_shows_its_own_tokens(small: HarmonyEncoding) -> None:
    conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "the house")])
    transcript = Transcript(small)
    transcript.extend(conversation)
    rendered = small.render_with(conversation)
    for shown in (rendered, pickle.loads(pickle.dumps(rendered)), transcript.rendered()):
        text = html.unescape(re.sub(r"<[^>]+>", "", shown._repr_html_()))
        assert text.startswith("<|start|>user<|message|>the house<|end|>")


def test_a_fine_tune_adds_tokens() -> None:
    built_in = load_harmony_encoding("HarmonyGptOss")
    tuned = register_encoding("fine-tune", special_tokens={"<|cite|>": 200_019, "<|after|>": 201_089, "@@": 201_100})
    for text in texts(100):
        assert tuned.encode_ordinary(text) == built_in.encode_ordinary(text)
    assert tuned.encode("a<|cite|>b@@<|after|><|end|>", allowed_special="all") == [
        *[64, 200_019, 65, 201_100],
        *[201_089, 200_007],
    ]
    assert tuned.encode("<|reserved_200019|>") == built_in.encode_ordinary("<|reserved_200019|>")
    assert tuned.n_vocab == 201_101 and tuned.decode([200_019, 201_100]) == "<|cite|>@@"
    with pytest.raises(KeyError):
        tuned.decode_single_token_bytes(201_095)


def test_the_built_in_vocabulary_from_a_file(folder: Path) -> None:
    built_in = load_harmony_encoding("HarmonyGptOss")
    ranks = {data: token for token, data in enumerate(built_in.token_bytes()[:199_998])}
    specials = {f"<|{name}|>": built_in.encode_single_token(f"<|{name}|>") for name in FORMAT}
    same = register_encoding("o200k", write(folder / "o200k.tiktoken", ranks), specials)
    for text in [*texts(), "word " * 10_000, "x" * 50_000, "文" * 5_000]:
        assert same.encode_ordinary(text) == built_in.encode_ordinary(text)


def test_names() -> None:
    register_encoding("taken")
    for name in ("taken", "HarmonyGptOss"):
        with pytest.raises(HarmonyLoadError, match="exists already") as failure:
            register_encoding(name)
        assert failure.value.code == "load.name_taken"
    with pytest.raises(
        UnknownEncodingError, match="^Invalid HarmonyEncodingName: nobody; known are HarmonyGptOss, .*taken"
    ):
        load_harmony_encoding("nobody")


BYTES = {bytes([byte]): byte for byte in range(256)}
NEEDED = {f"<|{name}|>": 300 + index for index, name in enumerate(FORMAT)}


@pytest.mark.parametrize(
    "lines, message",
    [
        (b"YQ== 97\nYQ== 98\n", "line 2 has a token for a second time, which has the rank 97 already"),
        (b"YQ== 97\nYg== 97\n", "line 2 has the rank 97 for a second time"),
        (b"YQ== 97\n\nYg==\n", "line 3 is not a token in base64, a space and a rank"),
        (b"Y*== 97\n", "line 1 is not a token"),
        (b"YQ== -1\n", "line 1 is not a token"),
        (b"YQ== 4194304\n", "line 1 has the rank 4194304, and ranks must be below 4194304"),
        (b"YQ== 97\n", "the byte 0x00 is not a token; each of the 256 bytes must be one"),
        (b"", "the byte 0x00 is not a token"),
    ],
)
def test_vocabulary_files_that_cannot_be_used(tmp_path: Path, lines: bytes, message: str) -> None:
    path = tmp_path / "bad.tiktoken"
    path.write_bytes(lines)
    with pytest.raises(HarmonyLoadError, match=message) as failure:
        register_encoding("bad", path, NEEDED)
    assert failure.value.code == "load.invalid_vocabulary" and str(path) in str(failure.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"": 400}, "the special token with the id 400 is empty"),
        ({"<|a|>": 300}, "the id 300 of '?\"?<|a|>'?\"? belongs to another special token"),
        ({"<|a|>": 97}, "belongs to an ordinary token"),
        ({"<|a|>": 1 << 22}, "is not below 4194304"),
    ],
)
def test_special_tokens_that_cannot_be_used(tmp_path: Path, changes: Dict[str, int], message: str) -> None:
    path = write(tmp_path / "bytes.tiktoken", BYTES)
    with pytest.raises(HarmonyLoadError, match=message.replace("|", r"\|")) as failure:
        register_encoding("bad", path, {**NEEDED, **changes})
    assert failure.value.code == "load.invalid_special_tokens"


def test_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "bytes.tiktoken", BYTES)
    with pytest.raises(HarmonyLoadError, match=r"the special token <\|start\|> of the harmony format is missing"):
        register_encoding("bad", path)
    with pytest.raises(HarmonyLoadError, match="contradicts") as failure:
        register_encoding("bad", special_tokens={"<|end|>": 200_100})
    assert failure.value.code == "load.invalid_special_tokens"
    with pytest.raises(HarmonyLoadError, match="could not read the vocabulary file") as unreadable:
        register_encoding("bad", tmp_path / "no such file", NEEDED)
    assert unreadable.value.code == "load.unreadable_file"
    with pytest.raises(UnknownEncodingError):
        load_harmony_encoding("bad")


BODIES = [{"messages": [{"role": "user", "content": "Hi"}]}, {"input": "Hi"}]


@pytest.mark.parametrize("body", BODIES, ids=["chat", "responses"])
def test_grammars_are_for_the_ids_of_gpt_oss(small: HarmonyEncoding, body: Dict[str, Any]) -> None:
    request = {"model": "m", **body}
    with pytest.raises(HarmonyGrammarError, match='the encoding "small" has a vocabulary of its own') as failure:
        output_grammar_for_request(request, encoding=small)
    assert failure.value.code == "grammar.vocabulary"
    with pytest.raises(HarmonyGrammarError, match="'small' has a vocabulary of its own"):
        llguidance_tokenizer(small)


def test_grammars_fit_a_fine_tune() -> None:
    """Its format tokens and ordinary tokens have the ids of gpt-oss; those that it adds are no text."""
    tuned = register_encoding("fine-tune with grammars", special_tokens={"<|cite|>": 200_019})
    tools = [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}]
    request = {"model": "m", **BODIES[0], "tools": tools, "tool_choice": "required"}
    job = ChatCompletions(tuned).prepare(request)
    assert job.constraint is not None
    for grammar in (job.grammar(), job.constraint.grammar(), output_grammar_for_request(request, encoding=tuned)):
        call = "<|channel|>commentary to=functions.now<|message|>{}<|call|>"
        assert grammar.check(tuned.encode(call, allowed_special="all"))
        cited = tuned.encode("<|channel|>analysis<|message|>a<|cite|>", allowed_special="all")
        assert grammar.check(cited).token == 200_019
    if sys.version_info < (3, 10):
        with pytest.raises(ImportError, match="llguidance 1.7 or later"):
            llguidance_tokenizer(tuned)
        return
    tokenizer = llguidance_tokenizer(tuned)
    assert tokenizer.tokenize_str("hello world") == [24912, 2375]
    assert tokenizer.vocab_size == 201_088 and tuned.token_bytes()[200_019] == b"<|cite|>"
