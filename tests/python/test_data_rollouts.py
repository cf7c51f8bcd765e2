"""Rollouts merged by prefix: the rules themselves are tested in Rust, here what Python gives and takes."""

from __future__ import annotations

from typing import Any, List

import pytest

from openai_harmony import Author, Conversation, Message, Role, load_harmony_encoding
from openai_harmony.data import merge_rollouts

ENCODING = load_harmony_encoding("HarmonyGptOss")


def test_an_agent_whose_thoughts_are_kept_is_one_sample() -> None:
    """Prompt and completion as an engine sees them: a call, its result, the answer."""
    call = "<|channel|>commentary to=functions.f<|message|>{}<|call|>"
    answer = "<|channel|>final<|message|>4<|return|>"
    tool = Message.from_author_and_content(Author(role=Role.TOOL, name="functions.f"), "out")
    tool = tool.with_channel("commentary").with_recipient("assistant")
    first = ENCODING.render_conversation_for_completion(
        Conversation.from_messages([Message.from_role_and_content(Role.USER, "2 + 2?")]), Role.ASSISTANT
    )
    called = ENCODING.encode(call, allowed_special="all")
    second = [*first, *called, *ENCODING.render(tool), *ENCODING.encode("<|start|>assistant", allowed_special="all")]
    answered = ENCODING.encode(answer, allowed_special="all")

    table = merge_rollouts([first, second], [called, answered])
    assert len(table) == 1 and list(table["input_ids"][0]) == [*second, *answered]
    learned = [token for token, on in zip(table["input_ids"][0], table["loss_mask"][0]) if on]
    assert ENCODING.decode(learned) == call + answer
    assert table["turns"][0].tolist() == [0, 1]
    assert (table.statistics.rows, table.statistics.samples, table.statistics.learned) == (2, 1, len(learned))


def test_rollouts_side_by_side() -> None:
    prompts = [[1], [1], [1, 2, 5], [1, 3, 5], [9]]
    completions = [[2], [3], [6], [7], [8]]
    logprobs: List[List[float]] = [[-0.5], [-1.0], [-1.5], [-2.0], []]
    table = merge_rollouts(prompts, completions, rollouts=[4, 5, 4, 5, 4], logprobs=logprobs)
    assert [ids.tolist() for ids in table["input_ids"]] == [[1, 2, 5, 6], [1, 3, 5, 7], [9, 8]]
    assert [values.tolist() for values in table["logprobs"]] == [[0, -0.5, 0, -1.5], [0, -1, 0, -2], [0, 0]]
    assert list(table["rollout"]) == [4, 5, 4]
    assert (list(table["sample"]), list(table["samples"])) == ([0, 0, 1], [2, 1, 2])


def test_columns_instead_of_lists() -> None:
    prompts = ENCODING.encode_batch_arrays(["a", "a b c"])
    completions = ENCODING.encode_batch_arrays([" b", " d"])
    table = merge_rollouts(prompts, completions)
    assert ENCODING.decode(table["input_ids"][0]) == "a b c d"
    numpy = pytest.importorskip("numpy")
    arrays = merge_rollouts([numpy.array([1, 2])], iter([numpy.array([3])]), rollouts=numpy.array([1]))
    assert arrays["input_ids"][0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompts": [[1]]}, "prompts must be as many as completions: 1 instead of 2"),
        ({"rollouts": [1]}, "rollouts must be as many as completions: 1 instead of 2"),
        ({"logprobs": [[0.5]]}, "logprobs must be as many as completions: 1 instead of 2"),
        ({"logprobs": [[], [0.5, 0.5]]}, r"logprobs\[1\] must be as many as the ids of the completion: 2 instead of 1"),
    ],
    ids=str,
)
def test_lists_of_different_lengths(arguments: Any, message: str) -> None:
    given = {"prompts": [[1], [2]], "completions": [[3], [4]], **arguments}
    with pytest.raises(ValueError, match=message):
        merge_rollouts(given.pop("prompts"), given.pop("completions"), **given)
