"""Budgets of tokens: counting conversations, and leaving out old turns."""

from __future__ import annotations

import random
from typing import List, Optional

import pytest

from openai_harmony import (
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    HarmonyRenderError,
    Message,
    Role,
    SystemContent,
    ToolDescription,
    from_chat_completions,
)


def user(text: str) -> Message:
    return Message.from_role_and_content(Role.USER, text)


def answer(text: str, channel: str = "final") -> Message:
    return Message.from_role_and_content(Role.ASSISTANT, text).with_channel(channel)


def call(name: str) -> Message:
    return answer("{}", "commentary").with_recipient(f"functions.{name}")


def result(name: str, text: str = "done") -> Message:
    message = Message.from_role_and_content(Role.TOOL, text).with_channel("commentary")
    message.author.name = f"functions.{name}"
    return message.with_recipient("assistant")


SYSTEM = Message.from_role_and_content(Role.SYSTEM, SystemContent.new())
DEVELOPER = Message.from_role_and_content(Role.DEVELOPER, DeveloperContent.new().with_instructions("Be brief."))
FUNCTIONS = DeveloperContent.new().with_function_tools([ToolDescription.new("f", "Does it.")])


def of(*messages: Message) -> Conversation:
    return Conversation.from_messages(messages)


def cost(encoding: HarmonyEncoding, conversation: Conversation) -> int:
    return len(encoding.render_conversation_for_completion(conversation, Role.ASSISTANT))


def test_a_conversation_is_counted_as_it_is_rendered(encoding: HarmonyEncoding) -> None:
    conversation = of(SYSTEM, DEVELOPER, user("Hi"), answer("Let me think", "analysis"), answer("Ho"), user("Hm"))
    assert encoding.count_tokens(conversation) == cost(encoding, conversation)
    assert encoding.count_tokens(list(conversation)) == cost(encoding, conversation)
    for ending in ("conversation", "completion", "training"):
        rendered = encoding.render_with(conversation, render_format="chat-template", ending=ending)  # type: ignore[arg-type]
        count = encoding.count_tokens(conversation, render_format="chat-template", ending=ending)  # type: ignore[arg-type]
        assert count == len(rendered)


def test_messages_of_chat_completions_are_counted_with_their_tools(encoding: HarmonyEncoding) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    tools = [{"type": "function", "function": {"name": "f", "description": "Does it."}}]
    conversation = from_chat_completions(messages, tools)
    assert encoding.count_tokens(messages, tools=tools) == cost(encoding, conversation)

    # The models take the tools as the adapter does.
    plain = of(SYSTEM, user("Hi"))
    described = of(SYSTEM, Message.from_role_and_content(Role.DEVELOPER, FUNCTIONS), user("Hi"))
    for given in (tools, FUNCTIONS.tools["functions"].tools):  # type: ignore[index]
        assert encoding.count_tokens(plain, tools=given) == cost(encoding, described)
    more = of(SYSTEM, Message.from_role_and_content(Role.DEVELOPER, FUNCTIONS), user("Hi"))
    more_tools = [ToolDescription.new("g", "Does more.")]
    assert encoding.count_tokens(more, tools=more_tools) > cost(encoding, more) and more == described


@pytest.mark.parametrize("wrong", [5, b"text", None])
def test_what_cannot_be_counted(encoding: HarmonyEncoding, wrong: object) -> None:
    with pytest.raises(TypeError, match="^text must be a string, a Conversation or messages, not"):
        encoding.count_tokens(wrong)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        encoding.count_tokens("text", tools=[])  # type: ignore[call-overload]


def test_the_oldest_turns_go_first(encoding: HarmonyEncoding) -> None:
    turns = [[user(f"Question {n}"), answer(f"Answer {n}")] for n in range(5)]
    last = user("Last")
    whole = of(SYSTEM, DEVELOPER, *(message for turn in turns for message in turn), last)
    assert encoding.fit(whole, cost(encoding, whole)) == whole
    for gone in range(6):
        rest = of(SYSTEM, DEVELOPER, *(message for turn in turns[gone:] for message in turn), last)
        assert encoding.fit(whole, cost(encoding, rest)) == rest
        assert all(one is other for one, other in zip(rest, encoding.fit(whole, cost(encoding, rest))))
    with pytest.raises(
        HarmonyRenderError, match=r"needs \d+ tokens without the turns that may go, but max_tokens is 5"
    ) as failure:
        encoding.fit(whole, 5)
    assert (failure.value.code, failure.value.index) == ("render.too_long", 12)


def test_a_call_goes_with_its_result(encoding: HarmonyEncoding) -> None:
    late = [user("Do it"), call("f"), user("Is it done?"), result("f"), answer("Yes")]
    whole = of(user("Hi"), answer("Ho"), *late, user("Last"))
    without_first = of(*late, user("Last"))
    assert encoding.fit(whole, cost(encoding, without_first)) == without_first
    # One token less, and the call cannot stay without its result.
    assert encoding.fit(whole, cost(encoding, without_first) - 1) == of(user("Last"))


def test_what_is_to_be_kept_stays(encoding: HarmonyEncoding) -> None:
    first, second = [user("My name is Ada"), answer("Hello Ada")], [user("Hi"), answer("Ho")]
    whole = of(*first, *second, user("Last"))
    budget = cost(encoding, of(*first, user("Last")))
    assert encoding.fit(whole, budget, keep=lambda message: "My name" in message.text) == of(*first, user("Last"))
    with pytest.raises(HarmonyRenderError):
        encoding.fit(whole, budget, keep=3)
    assert encoding.fit(whole, cost(encoding, of(*second, user("Last"))), keep=2) == of(*second, user("Last"))
    for wrong in (0, -1, True):
        with pytest.raises(ValueError, match="keep must be"):
            encoding.fit(whole, budget, keep=wrong)
    with pytest.raises(ValueError, match="max_tokens must be 0 or more"):
        encoding.fit(whole, -1)


def random_conversation(source: random.Random) -> Conversation:
    messages: List[Message] = [SYSTEM, DEVELOPER][: source.randrange(3)]
    pending: Optional[str] = None
    for _ in range(source.randrange(12)):
        text = "word " * source.randrange(6)
        made = source.choice([user(text), user(text), answer(text), answer(text, "analysis"), call("f")])
        if pending and source.random() < 0.5:
            made, pending = result(pending, text), None
        elif made.is_tool_call:
            pending = "f"
        messages.append(made)
    return of(*messages)


@pytest.mark.parametrize("render_format", ["harmony-0.0.8", "chat-template"])
def test_promises_of_fit(encoding: HarmonyEncoding, render_format: str) -> None:
    source = random.Random(7)
    for _ in range(200):
        whole = random_conversation(source)

        def count(conversation: Conversation) -> int:
            return encoding.count_tokens(conversation, render_format=render_format)  # type: ignore[arg-type]

        budget = source.randrange(count(whole) + 2)
        try:
            kept = encoding.fit(whole, budget, render_format=render_format)  # type: ignore[arg-type]
        except HarmonyRenderError as error:
            assert error.code == "render.too_long"
            continue
        assert count(kept) <= budget
        places = [index for index, message in enumerate(whole) if any(message is other for other in kept)]
        assert [whole[place] for place in places] == list(kept)
        if count(whole) <= budget:
            assert kept == whole
        # Everything of the instructions and of the last turn is there.
        last = max((n for n, message in enumerate(whole) if message.author.role == Role.USER), default=0)
        fixed = [n for n, m in enumerate(whole) if n >= last or m.author.role in (Role.SYSTEM, Role.DEVELOPER)]
        assert set(fixed) <= set(places)
        # Results are there if and only if their calls are.
        calls = [n for n, message in enumerate(whole) if message.is_tool_call]
        for n, message in enumerate(whole):
            if message.author.role == Role.TOOL:
                paired = calls.pop(0)
                assert (n in places) == (paired in places)


def plainly_fitted(encoding: HarmonyEncoding, whole: Conversation, budget: int, keep: int) -> Optional[List[Message]]:
    """What `fit` promises, in the plainest way: leave out one turn after the other, and count each time."""
    turns: List[List[int]] = [[]]
    for index, message in enumerate(whole):
        if message.author.role in (Role.SYSTEM, Role.DEVELOPER):
            continue
        if message.author.role == Role.USER and turns[-1] and whole[turns[-1][-1]].author.role != Role.USER:
            turns.append([])
        turns[-1].append(index)
    place = {index: turn for turn, indices in enumerate(turns) for index in indices}
    first = list(range(len(turns)))  # for each turn the first of those that go together
    calls: List[int] = []
    for index, message in enumerate(whole):
        if message.is_tool_call:
            calls.append(index)
        elif message.author.role == Role.TOOL and calls:
            called, answered = first[place[calls.pop(0)]], first[place[index]]
            first = [called if called <= group <= answered else group for group in first]
    fixed = set(first[-keep:])
    droppable = [group for group in sorted(set(first)) if group not in fixed]
    for gone in range(len(droppable) + 1):
        left_out = {index for index, turn in place.items() if first[turn] in droppable[:gone]}
        rest = [message for index, message in enumerate(whole) if index not in left_out]
        if cost(encoding, of(*rest)) <= budget:
            return rest
    return None


def test_no_more_turns_go_than_must(encoding: HarmonyEncoding) -> None:
    source = random.Random(11)
    for _ in range(300):
        whole, keep = random_conversation(source), source.choice([1, 1, 2, 3])
        budget = source.randrange(cost(encoding, whole) + 2)
        expected = plainly_fitted(encoding, whole, budget, keep)
        try:
            assert list(encoding.fit(whole, budget, keep=keep)) == expected
        except HarmonyRenderError:
            assert expected is None


def test_long_conversations_take_time_in_proportion(encoding: HarmonyEncoding) -> None:
    """Ten thousand turns; a quadratic search would take minutes."""
    turns = [message for n in range(10_000) for message in (user(f"Question {n}"), answer(f"Answer {n}"))]
    kept = encoding.fit(of(SYSTEM, *turns, user("Last")), 1000)
    assert 30 < len(kept) < 200 and kept[0] is SYSTEM
