"""Rendering with options: the case files, spans, masks, batches."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Union, get_args
from unittest import mock

import pytest

import openai_harmony
from conftest import load_cases
from openai_harmony import (
    Conversation,
    HarmonyEncoding,
    HarmonyRenderError,
    InvalidConversationError,
    Message,
    OpenMessage,
    Part,
    RenderConversationConfig,
    Rendered,
    RenderFormat,
    ResponseFormat,
    Role,
    Span,
    TokenView,
    Transcript,
)
from openai_harmony.chat import roles
from openai_harmony.rendering import choices, ending
from openai_harmony.training import training_example


def say(role: Role, text: str, channel: Union[str, None] = None) -> Message:
    return Message.from_role_and_content(role, text).with_channel(channel)


def talk(*messages: Message) -> Conversation:
    return Conversation.from_messages(messages)


QUESTION = say(Role.USER, "2 + 2?")
THOUGHT = say(Role.ASSISTANT, "Easy.", "analysis")
ANSWER = say(Role.ASSISTANT, "4", "final")


def arguments(spec: Dict[str, Any]) -> Dict[str, Any]:
    """The arguments of `render_with` that mean the same as the `spec` of a case file."""
    ending = spec.get("ending", "conversation")
    if isinstance(ending, dict):
        ending = OpenMessage(**ending["completion"])
    return {
        "render_format": spec.get("format"),
        "ending": ending,
        "response_formats": [ResponseFormat(**fields) for fields in spec.get("response_formats", [])],
    }


@pytest.mark.parametrize("case", load_cases("render-options"))
def test_case(encoding: HarmonyEncoding, case: Dict[str, Any]) -> None:
    # The models fill in what a system or developer message leaves out, which these files never do.
    conversation = Conversation.from_dict({"messages": case["messages"]})
    if "error" in case:
        with pytest.raises(HarmonyRenderError) as caught:
            encoding.render_with(conversation, **arguments(case["spec"]))
        assert str(caught.value) == case["error"]["message"]
        assert (caught.value.code, caught.value.index) == (case["error"]["code"], case["error"]["index"])
        return
    rendered = encoding.render_with(conversation, **arguments(case["spec"]))
    assert encoding.decode(rendered.tokens) == case["text"]
    assert rendered.tokens == case.get("tokens", rendered.tokens)


def test_the_defaults_are_those_of_the_plain_methods(encoding: HarmonyEncoding) -> None:
    conversation = talk(QUESTION, THOUGHT, ANSWER)
    assert encoding.render_with(conversation).tokens == encoding.render_conversation(conversation)
    prompt = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
    assert encoding.render_with(conversation, ending="completion").tokens == prompt
    training = encoding.render_conversation_for_training(conversation)
    as_0_0_8 = {"preset": "harmony-0.0.8"}
    assert encoding.render_with(conversation, ending="training", render_format=as_0_0_8).tokens == training


def test_training_keeps_the_analysis_of_the_last_turn(encoding: HarmonyEncoding) -> None:
    conversation = talk(QUESTION, THOUGHT, ANSWER, QUESTION, THOUGHT, ANSWER)
    rendered = encoding.render_with(conversation, ending="training")
    assert rendered.left_out == [1]
    assert encoding.render_batch([conversation], ending="training") == [rendered]
    assert encoding.count_tokens(conversation, ending="training") == len(rendered)
    assert training_example(encoding, conversation).input_ids == rendered.tokens
    with_a_choice = encoding.render_with(conversation, ending="training", render_format={"prompts": "faithful"})
    assert with_a_choice.left_out == [1]
    turn = talk(QUESTION, THOUGHT, ANSWER)
    assert encoding.render_with(turn, ending="training").left_out == []
    assert encoding.render_with(turn, ending="training", render_format=RenderFormat()).left_out == [1]


@pytest.mark.parametrize("name", ["chat-template", "chat_template", {"preset": "chat-template"}])
def test_formats_are_named(encoding: HarmonyEncoding, name: Any) -> None:
    conversation = talk(QUESTION, THOUGHT, ANSWER)
    expected = encoding.render_with(conversation, render_format=RenderFormat.CHAT_TEMPLATE)
    assert encoding.render_with(conversation, render_format=name) == expected
    assert encoding.render_batch([conversation], render_format=name) == [expected]
    assert Transcript(encoding, name) == Transcript(encoding, RenderFormat.CHAT_TEMPLATE)


WRONG: Dict[str, Any] = {
    "format name": (
        dict(render_format="chat"),
        ValueError,
        "known are harmony-0.0.8, oss-harmony-0.0.11, chat-template",
    ),
    "format kind": (
        dict(render_format=5),
        TypeError,
        "render_format must be a RenderFormat, the name of one",
    ),
    "choice": (
        dict(render_format={"analysis": "all"}),
        ValueError,
        "Unknown AnalysisPolicy: 'all'; known are auto_drop, keep_all",
    ),
    "ending name": (dict(ending="end"), ValueError, "known are conversation, completion, training"),
    "ending kind": (
        dict(ending=5),
        TypeError,
        "ending must be a RenderEnding, .* not int",
    ),
}


@pytest.mark.parametrize("option", ["roles", "channels", "messages", "parts"])
def test_one_name_in_place_of_several_is_refused(encoding: HarmonyEncoding, option: str) -> None:
    rendered = encoding.render_with(talk(QUESTION))
    with pytest.raises(TypeError, match=f"^{option} must be a sequence or None, not 'assistant'"):
        rendered.mask(**{option: "assistant"})  # type: ignore[arg-type]


def test_what_is_not_an_encoding_is_named() -> None:
    for call in (lambda: training_example("x", talk(QUESTION)), lambda: TokenView("x", [])):  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="encoding must be a HarmonyEncoding, not str"):
            call()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_are_named(encoding: HarmonyEncoding, name: str) -> None:
    options, error, words = WRONG[name]
    with pytest.raises(error, match=words):
        encoding.render_with(talk(QUESTION), **options)


def test_wrong_kinds_of_config_are_named(encoding: HarmonyEncoding) -> None:
    with pytest.raises(TypeError, match="config must be a RenderConversationConfig, a dict or None, not str"):
        encoding.render_conversation(talk(QUESTION), "keep")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="render_options must be a RenderOptions, a dict or None, not bool"):
        encoding.render(QUESTION, True)  # type: ignore[arg-type]
    keep = {"auto_drop_analysis": False}
    conversation = talk(QUESTION, THOUGHT, ANSWER)
    kept = encoding.render_conversation(conversation, RenderConversationConfig(auto_drop_analysis=False))
    assert encoding.render_conversation(conversation, keep) == kept != encoding.render_conversation(conversation)


def test_words_are_those_of_the_enums() -> None:
    """The ``Literal`` that an argument takes has the words of its enum."""
    pairs = [(name, getattr(choices, name)) for name in choices.__all__ if name.endswith("Name")]
    assert len(pairs) == 5
    for name, words in [*pairs, ("RenderEndingName", ending.RenderEndingName), ("RoleName", roles.RoleName)]:
        enum = getattr(openai_harmony, name[: -len("Name")])
        assert get_args(words) == tuple(member.value for member in enum)


def test_strangers_are_not_compared(encoding: HarmonyEncoding) -> None:
    rendered, transcript = encoding.render_with(talk(QUESTION)), Transcript(encoding)
    for value in (rendered, transcript):
        assert value == mock.ANY and mock.ANY == value
        assert value != 5 and value.__eq__(5) is NotImplemented


def test_spans(encoding: HarmonyEncoding) -> None:
    rendered = encoding.render_with(talk(QUESTION, THOUGHT, ANSWER))
    assert rendered.spans[:3] == [Span(0, Part.HEADER, 0, 3), Span(0, Part.CONTENT, 3, 8), Span(0, Part.ENDING, 8, 9)]
    # The analysis is left out, and so has no span.
    assert {span.message for span in rendered.spans} == {0, 2}
    assert rendered.spans[-1].end == len(rendered) == len(rendered.tokens)


def chosen(encoding: HarmonyEncoding, rendered: Rendered, mask: memoryview) -> str:
    assert mask.format == "?" and len(mask) == len(rendered)
    return encoding.decode([token for token, on in zip(rendered.tokens, mask) if on])


def test_masks(encoding: HarmonyEncoding) -> None:
    keep = RenderFormat(analysis="keep_all")
    rendered = encoding.render_with(talk(QUESTION, THOUGHT, ANSWER), render_format=keep, ending="training")
    assert chosen(encoding, rendered, rendered.loss_mask()) == "Easy.<|end|>4<|return|>"
    assert chosen(encoding, rendered, rendered.mask(roles=["user"], parts=["content"])) == "2 + 2?"
    assert (
        chosen(encoding, rendered, rendered.mask(channels=["final"], parts=[Part.CONTENT, Part.ENDING]))
        == "4<|return|>"
    )
    assert chosen(encoding, rendered, rendered.mask(channels=[None], messages=[0, 1], parts=["ending"])) == "<|end|>"
    assert chosen(encoding, rendered, rendered.mask(sampled_only=True)) == (
        "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>"
    )
    assert chosen(encoding, rendered, rendered.mask()) == encoding.decode(rendered.tokens)


@pytest.mark.parametrize("wrong", [{"roles": ["robot"]}, {"parts": ["tail"]}])
def test_masks_refuse_what_is_not_there(encoding: HarmonyEncoding, wrong: Dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="robot|tail"):
        encoding.render_with(talk(QUESTION)).mask(**wrong)


def test_arrays_need_no_list(encoding: HarmonyEncoding) -> None:
    numpy = pytest.importorskip("numpy")
    rendered = encoding.render_with(talk(QUESTION, ANSWER), ending="training")
    ids, mask = numpy.asarray(rendered.token_array), numpy.asarray(rendered.loss_mask())
    assert ids.dtype == numpy.uint32 and mask.dtype == numpy.bool_
    assert ids.tolist() == rendered.tokens
    assert encoding.decode(ids[mask].tolist()) == "4<|return|>"


def test_results_travel(encoding: HarmonyEncoding) -> None:
    rendered = encoding.render_with(talk(QUESTION, ANSWER))
    copy = pickle.loads(pickle.dumps(rendered))
    assert copy == rendered and copy.spans == rendered.spans and copy.tokens == rendered.tokens
    assert copy != encoding.render_with(talk(QUESTION))


def test_batches(encoding: HarmonyEncoding) -> None:
    conversations = [talk(say(Role.USER, f"{n}!" * n), ANSWER) for n in range(50)]
    one_by_one = [encoding.render_with(conversation, ending="training") for conversation in conversations]
    for threads in (None, 1, 3):
        assert encoding.render_batch(conversations, ending="training", num_threads=threads) == one_by_one
    assert encoding.render_batch([]) == []


def test_batches_say_which_conversation_fails(encoding: HarmonyEncoding) -> None:
    good, bad = talk(QUESTION), talk(QUESTION, say(Role.TOOL, "no name"))
    with pytest.raises(HarmonyRenderError, match="Tools should have a name!") as caught:
        encoding.render_batch([good, good, bad, bad])
    assert (caught.value.conversation, caught.value.index) == (2, 1)
    broken = talk(say(Role.USER, "x"))
    broken.messages[0].__dict__["channel"] = 7
    with pytest.raises(InvalidConversationError) as invalid:
        encoding.render_batch([good, broken])
    assert invalid.value.conversation == 1


def test_batches_from_many_threads(encoding: HarmonyEncoding) -> None:
    conversations = [talk(say(Role.USER, f"{n}")) for n in range(20)]
    expected = encoding.render_batch(conversations)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: encoding.render_batch(conversations, num_threads=2), range(20)):
            assert result == expected


def test_formats_are_values() -> None:
    assert RenderFormat.from_dict(RenderFormat.CHAT_TEMPLATE.to_dict()) == RenderFormat.CHAT_TEMPLATE
    assert RenderFormat() == RenderFormat.HARMONY_0_0_8
    assert pickle.loads(pickle.dumps(RenderFormat.OSS_HARMONY_0_0_11)) == RenderFormat.OSS_HARMONY_0_0_11
    for wrong in ({"preset": "mine"}, {"analysis": "some"}):
        with pytest.raises(ValueError, match="mine|some"):
            RenderFormat.from_dict(wrong)
    with pytest.raises(TypeError):
        RenderFormat.from_dict({"colour": "blue"})


def test_an_unknown_ending(encoding: HarmonyEncoding) -> None:
    with pytest.raises(ValueError, match="soon"):
        encoding.render_with(talk(QUESTION), ending="soon")
