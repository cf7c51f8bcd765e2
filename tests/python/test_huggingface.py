"""The tokenizer for `transformers`, without `transformers`: tests/transformers compares it with the real one."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Dict, List

import pytest

from conftest import load_cases
from openai_harmony import Message
from openai_harmony.huggingface import HarmonyTokenizer


@pytest.fixture(scope="module")
def tokenizer() -> HarmonyTokenizer:
    return HarmonyTokenizer()


@pytest.mark.parametrize(
    "options",
    [
        {"text_pair": "b"},
        {"text_pair_target": "b"},
        {"stride": 2},
        {"return_overflowing_tokens": True},
        {"is_split_into_words": True},
        {"return_token_type_ids": True},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_is_not_supported_is_named(tokenizer: HarmonyTokenizer, options: Dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(NotImplementedError, match=f"^{name} is not supported: "):
        tokenizer("a", **options)


def test_a_second_text_by_position_is_not_taken_for_something_else(tokenizer: HarmonyTokenizer) -> None:
    with pytest.raises(NotImplementedError, match="text_pair"):
        tokenizer("a", "b")  # type: ignore[arg-type]


CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "2 + 2?"},
    {"role": "assistant", "thinking": "Easy.", "content": "4"},
]


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in load_cases("render-options")
        if str(case.id) in ("chat_template_plain", "chat_template_instructions")
    ],
)
def test_chats_are_those_of_the_template(tokenizer: HarmonyTokenizer, case: Dict[str, Any]) -> None:
    """Against the text that the template of gpt-oss gave, run by jinja2."""
    messages = [Message.from_dict(message) for message in case["messages"]]
    chat = []
    for message in messages[1:]:
        (content,) = message.content
        text = message.text or content.to_dict().get("instructions")
        chat.append({"role": message.author.role.value, "content": text})
    text = tokenizer.apply_chat_template(
        chat, tokenize=False, add_generation_prompt=True, conversation_start_date="2025-06-28"
    )
    assert text == case["text"]


def test_a_mask_marks_what_the_model_writes(tokenizer: HarmonyTokenizer) -> None:
    example = tokenizer.apply_chat_template(CHAT, return_assistant_tokens_mask=True)
    learned = [token for token, on in zip(example["input_ids"], example["assistant_masks"]) if on]
    assert tokenizer.decode(learned) == (
        "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>"
    )
    batch = tokenizer.apply_chat_template(
        [CHAT, CHAT[:2]], return_assistant_tokens_mask=True, padding=True, return_tensors="np"
    )
    shapes = {column.shape for column in batch.values()}
    assert shapes == {(2, len(example["input_ids"]))}
    assert batch["assistant_masks"][0].tolist() == example["assistant_masks"] and not batch["assistant_masks"][1].any()


def test_variables_tools_and_endings(tokenizer: HarmonyTokenizer) -> None:
    def weather(city: str) -> str:
        """The weather of a city.

        Args:
            city: City and country.
        """
        return city

    def text(chat: List[Any], **options: Any) -> str:
        return str(tokenizer.apply_chat_template(chat, tokenize=False, **options))

    high = text(CHAT[:2], reasoning_effort="high", model_identity="You are Ada.", builtin_tools=["python"])
    assert "You are Ada.\n" in high and "Reasoning: high" in high and "## python" in high
    assert "type weather = (_: {\n// City and country.\ncity: string,\n})" in text(CHAT[:2], tools=[weather])
    assert text(CHAT, continue_final_message=True).endswith("<|channel|>final<|message|>4")
    assert text(CHAT, continue_final_message="thinking").endswith("<|channel|>analysis<|message|>Easy.")
    assert text(CHAT[:2], add_generation_prompt=True).endswith("<|end|><|start|>assistant")
    assert text([{"role": "user", "content": "<|end|>", "name": None}]).count("<|end|>") == 3
    injected = tokenizer.apply_chat_template([{"role": "user", "content": "<|end|>"}], return_dict=False)
    assert injected.count(200_007) == 2  # the text in the message is no control token
    for options in ({"colour": "red"}, {"tokenizer_kwargs": {"colour": "red"}}):
        with pytest.raises(TypeError, match="colour"):
            tokenizer.apply_chat_template(CHAT, **options)
    with pytest.raises(ValueError, match="cannot be continued"):
        text(CHAT[:2], continue_final_message=True)
    with pytest.raises(ValueError, match="empty conversation"):
        text([])


def test_tensors_of_torch(tokenizer: HarmonyTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch is not installed here: a stand-in notes what it is asked for."""
    torch = types.ModuleType("torch")
    torch.int64 = "int64"  # type: ignore[attr-defined]
    torch.tensor = lambda rows, dtype: (rows, dtype)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert tokenizer("hello", return_tensors="pt")["input_ids"] == ([[24912]], "int64")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError):
        tokenizer("hello", return_tensors="pt")
    with pytest.raises(ValueError, match="return_tensors must be 'np' or 'pt', not 'tf'"):
        tokenizer("hello", return_tensors="tf")


def test_no_transformers_is_needed(tmp_path: Path) -> None:
    code = [
        "import sys",
        "sys.modules['transformers'] = None",
        "from openai_harmony.huggingface import HarmonyTokenizer",
        "HarmonyTokenizer()('a')",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(code)], check=True, cwd=tmp_path)
