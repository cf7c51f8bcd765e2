"""Grammars for constrained decoding: what a model may write after ``<|start|>assistant``, given the request.

>>> from openai_harmony import ToolDescription
>>> from openai_harmony.grammar import output_grammar
>>> parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
>>> tool = ToolDescription.new("get_weather", "The weather.", parameters)
>>> grammar = output_grammar(tools=[tool], tool_choice="required")
>>> grammar.to_xgrammar()["type"]
'structural_tag'
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    List,
    Literal,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
    cast,
)

from . import _core
from .arguments import expect, listed, one_of
from .chat import DeveloperContent, SystemContent, ToolDescription
from .encoding import HarmonyEncoding, load_harmony_encoding
from .errors import HarmonyGrammarError

if TYPE_CHECKING:
    import llguidance

    from .api import Options
    from .api.requests import Body

__all__ = [
    "Allowed",
    "Checked",
    "GrammarMatcher",
    "OutputGrammar",
    "Relaxed",
    "ToolChoice",
    "llguidance_tokenizer",
    "output_grammar",
    "output_grammar_for_request",
]


class ToolChoice:
    """Which tools may or must be called, where a word does not say it.

    >>> ToolChoice.allowed(["get_weather", "python"], required=True)
    ToolChoice({'allowed': {'tools': ['get_weather', 'python'], 'required': True}})
    >>> ToolChoice.named("get_weather")
    ToolChoice({'named': 'get_weather'})
    """

    def __init__(self, value: Dict[str, Any]) -> None:
        self._value = value

    @classmethod
    def named(cls, name: str) -> "ToolChoice":
        """This tool must be called, given by its name or its recipient: ``"get_weather"``, ``"browser.search"``."""
        return cls({"named": name})

    @classmethod
    def allowed(cls, names: Iterable[str], *, required: bool = False) -> "ToolChoice":
        """Only these tools may be called, or must be."""
        return cls({"allowed": {"tools": listed("names", names, "names"), "required": bool(required)}})

    def __repr__(self) -> str:
        return f"ToolChoice({self._value!r})"


Tool = Union[ToolDescription, Mapping[str, Any]]
"""A tool of the application, or a tool of either API: ``{"type": "function", "function": {...}}`` or flat."""


def output_grammar(
    *,
    developer: Optional[DeveloperContent] = None,
    system: Optional[SystemContent] = None,
    tools: Optional[Iterable[Tool]] = None,
    tool_choice: Union[Literal["auto", "none", "required"], ToolChoice] = "auto",
    parallel_tool_calls: bool = False,
    response_format: Optional[Mapping[str, Any]] = None,
    reasoning: Literal["auto", "off", "required"] = "auto",
    schemas: Literal["all", "declared"] = "all",
    preambles: Optional[bool] = None,
    json_mark: bool = True,
    compat: Optional[Literal["vllm"]] = None,
    unsupported: Literal["error", "relax"] = "error",
    prefix: Union[str, Sequence[int]] = (),
) -> OutputGrammar:
    """The grammar of everything that a model may correctly answer.

    ``developer``, ``system``: the contents of these messages, for the tools that they offer.
    ``tools``: more functions; ``strict`` of a mapping is read.
    ``parallel_tool_calls``: several calls may follow each other. The engine must not stop at ``<|call|>`` then.
    ``response_format``: the form of the answer as either API spells it: ``{"type": "text" | "json_object" |
    "json_schema", ...}``.
    ``reasoning``: whether there may be thoughts, must be none, or must be at least one.
    ``schemas``: with ``"declared"``, only tools with ``strict: true`` must fit their schemas, others may get any
    JSON object.
    ``preambles``: messages to the user before a call. By default where a call is possible and the answer is text.
    ``json_mark``: whether the header of a JSON answer may have ``<|constrain|>json``.
    ``compat``: ``"vllm"`` also allows the header ``final json``, and preambles beside JSON answers.
    ``unsupported``: with ``"relax"``, GBNF, ``check`` and matchers leave out the keywords of schemas that they cannot
    enforce, such as ``pattern`` and ``minimum``, and list them in ``relaxed``. By default, these are errors.
    ``prefix``: what the prompt has after ``<|start|>assistant``, as text or ids.

    Raises :class:`~openai_harmony.HarmonyGrammarError`.

    >>> grammar = output_grammar(tools=[ToolDescription.new("now", "Tells the time.")], tool_choice="required")
    >>> grammar.stop_tokens
    [200002, 200012]
    """
    expect("developer", developer, (DeveloperContent, type(None)), "a DeveloperContent or None")
    expect("system", system, (SystemContent, type(None)), "a SystemContent or None")
    expect("parallel_tool_calls", parallel_tool_calls, bool, "a bool")
    expect("preambles", preambles, (bool, type(None)), "a bool or None")
    expect("json_mark", json_mark, bool, "a bool")
    namespaces = [
        namespace for content in (system, developer) if content for namespace in (content.tools or {}).values()
    ]
    words = ("auto", "none", "required")
    choice: Any = (
        tool_choice._value if isinstance(tool_choice, ToolChoice) else one_of("tool_choice", tool_choice, words)
    )
    options = {
        "namespaces": [namespace.model_dump(mode="json") for namespace in namespaces],
        "tools": [_tool(tool) for tool in listed("tools", () if tools is None else tools, "tools")],
        "tool_choice": choice,
        "parallel_tool_calls": parallel_tool_calls,
        "response_format": _response_format(response_format),
        "reasoning": one_of("reasoning", reasoning, ("auto", "off", "required")),
        "schemas": one_of("schemas", schemas, ("all", "declared")),
        "preambles": preambles,
        "json_mark": json_mark,
        "compat": None if compat is None else one_of("compat", compat, ("vllm",)),
        "unsupported": one_of("unsupported", unsupported, ("error", "relax")),
        "prefix": prefix if isinstance(prefix, str) else _core.token_buffer(prefix).tolist(),
    }
    return OutputGrammar(_json(options))


def output_grammar_for_request(
    request: Body,
    *,
    options: Optional[Options] = None,
    encoding: Optional[HarmonyEncoding] = None,
) -> OutputGrammar:
    """The grammar of every correct answer to a request, given its body as it came in.

    ``request``: JSON text, or the object that it holds. With ``messages`` it is a request to Chat Completions, without
    it one to the Responses API.
    ``options``: what the server chooses, as for :class:`openai_harmony.api.ChatCompletions`.

    A server that also needs the prompt prepares a job and calls its ``grammar()``, which is the same. So does one whose
    requests continue stored responses, which are not found here. The output ends at the first call, also if the
    request allows parallel ones.

    Raises :class:`~openai_harmony.api.BadRequest`, and :class:`~openai_harmony.HarmonyGrammarError` for a request that
    no grammar can describe.

    >>> body = {"model": "gpt-oss-20b", "input": "Hi", "text": {"format": {"type": "json_object"}}}
    >>> output_grammar_for_request(body).to_llguidance().splitlines()[2]
    'start: think* answer'
    """
    from .api import ChatCompletions, Responses

    if encoding is None:
        encoding = load_harmony_encoding("HarmonyGptOss")
    if _has_messages(request):
        return ChatCompletions(encoding, options).prepare(request).grammar()
    return Responses(encoding, options).prepare(request).grammar()


class OutputGrammar(_core.OutputGrammar):
    """The grammar of a request; made by :func:`output_grammar`."""

    def to_xgrammar(
        self,
        stop_tokens: Optional[Sequence[int]] = None,
        level: Literal["text", "token"] = "text",
        guard_strings: bool = True,
    ) -> Dict[str, Any]:
        """A structural tag for xgrammar: vLLM, SGLang, TensorRT-LLM, lmdeploy.

        ``stop_tokens``: the ids at which the engine stops, by default those of the model. xgrammar allows all of
        them exactly where the output is complete.
        ``level``: special tokens as their text, or as ids. Version 0.2.8 of xgrammar gives wrong masks for ids if
        its cache across grammars is on, which is the default.
        ``guard_strings``: no ``<|`` in JSON strings, so that no special token gets into them. xgrammar then ignores
        ``minLength`` and ``maxLength``.

        >>> output_grammar().to_xgrammar()["type"]
        'structural_tag'
        """
        as_ids = one_of("level", level, ("text", "token")) == "token"
        tag: Dict[str, Any] = json.loads(self._xgrammar_json(stop_tokens, as_ids, guard_strings))
        return tag

    def check(self, tokens: Iterable[int]) -> Checked:
        """Checks the tokens that were sampled after the prefix.

        >>> from openai_harmony import load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> tokens = encoding.encode("<|channel|>final<|message|>4<|return|>", allowed_special="all")
        >>> bool(output_grammar().check(tokens)), output_grammar().check(tokens[:-1])
        (True, Checked(index=None, token=None, expected=None, is_complete=False, missing_stop=200002))
        """
        refused, is_complete, missing_stop = self._check(tokens)
        index, token, expected = refused or (None, None, None)
        return Checked(index, token, expected, is_complete, missing_stop)

    def matcher(self) -> GrammarMatcher:
        """Follows an output token by token.

        >>> output_grammar().matcher().allowed().tokens
        [200005]
        """
        return GrammarMatcher(self._matcher())

    @property
    def relaxed(self) -> List[Relaxed]:
        """The keywords of schemas that GBNF, :meth:`check` and matchers leave out; with ``unsupported="relax"``."""
        return [Relaxed(*row) for row in self._relaxed()]

    def __reduce__(self) -> Tuple[type, Tuple[str]]:
        return type(self), (self._options,)


@dataclass(frozen=True)
class Checked:
    """What :meth:`OutputGrammar.check` found. It is true if all tokens are allowed, and are a whole output."""

    index: Optional[int]
    """The first token that is not allowed; None if all are."""
    token: Optional[int]
    """Its id."""
    expected: Optional[str]
    """What was expected instead, in words."""
    is_complete: bool
    """Whether the allowed tokens are a whole output."""
    missing_stop: Optional[int]
    """The stop token that alone is missing for that, as where an engine strips it."""

    def __bool__(self) -> bool:
        return self.index is None and self.is_complete


@dataclass(frozen=True)
class Relaxed:
    """A keyword of a schema that is not enforced."""

    of: str
    """Whose schema: ``the tool "functions.NAME"`` or ``the response format``."""
    reason: str
    pointer: Optional[str]
    """The JSON pointer of the keyword."""


@dataclass(frozen=True)
class Allowed:
    """What may come next."""

    kind: Literal["tokens", "text", "json"]
    """``"tokens"``: one of the ids in ``tokens``; ``"text"``: any ordinary token, or one of them; ``"json"``: JSON
    that fits
    ``schema``, or, once it is complete, one of them."""
    tokens: List[int]
    schema: Optional[Dict[str, Any]] = None


class GrammarMatcher:
    """Follows one output through a grammar; made by :meth:`OutputGrammar.matcher`.

    >>> matcher = output_grammar().matcher()
    >>> matcher.allowed()
    Allowed(kind='tokens', tokens=[200005], schema=None)
    >>> matcher.accept(200005), matcher.accept(200005)
    (True, False)
    >>> matcher.copy().accepted
    1
    """

    def __init__(self, native: _core.GrammarMatcher) -> None:
        expect("native", native, _core.GrammarMatcher, "what OutputGrammar.matcher makes")
        self._native = native
        self.accept = native.accept

    def allowed(self) -> Allowed:
        """What may come next."""
        kind, tokens, schema = self._native._allowed()
        return Allowed(cast(Any, kind), tokens, None if schema is None else json.loads(schema))

    @property
    def is_complete(self) -> bool:
        """Whether the output may end here."""
        return self._native.is_complete

    @property
    def accepted(self) -> int:
        """How many tokens were accepted."""
        return self._native.accepted

    @property
    def missing_stop(self) -> Optional[int]:
        """The stop token that alone is missing, as where an engine strips it."""
        return self._native.missing_stop

    def copy(self) -> GrammarMatcher:
        """A copy that goes its own way from here."""
        return GrammarMatcher(self._native.copy())


def llguidance_tokenizer(
    encoding: Optional[HarmonyEncoding] = None,
    *,
    n_vocab: int = 201_088,
    eos_tokens: Sequence[int] = (200_002, 200_012, 199_999),
) -> llguidance.LLTokenizer:
    """The tokenizer object of the ``llguidance`` wheel, with this library's vocabulary and encoder.

    ``encoding``: by default that of gpt-oss; or a registered one that adds special tokens to it.
    ``n_vocab``: the rows of the model's output layer.
    ``eos_tokens``: the ids at which the engine stops.

    Raises :class:`~openai_harmony.HarmonyGrammarError` for an encoding that was registered with a vocabulary file, as
    grammars hold the ids of gpt-oss.

    Raises ``ImportError`` without the package ``llguidance``, or where it is older than 1.7.

    >>> tokenizer = llguidance_tokenizer()
    >>> tokenizer.vocab_size, tokenizer.tokenize_str("hello world")
    (201088, [24912, 2375])
    """
    from importlib.metadata import version

    import llguidance

    if encoding is None:
        encoding = load_harmony_encoding("HarmonyGptOss")
    expect("encoding", encoding, HarmonyEncoding, "a HarmonyEncoding or None")
    if encoding._has_own_vocabulary:
        reason = (
            f"grammars hold the token ids of gpt-oss, and the encoding {encoding.name!r} has a vocabulary of its own"
        )
        raise HarmonyGrammarError(reason, code="grammar.vocabulary")
    found = version("llguidance")
    # Earlier ones have one end token. Versions before a release are like "1.8rc1".
    if tuple(map(int, re.findall(r"\d+", found)[:2])) < (1, 7):
        reason = f"llguidance_tokenizer needs llguidance 1.7 or later (for Python 3.10 or later), and this is {found}"
        raise ImportError(reason, name="llguidance")
    # Tokens above the rows of the model cannot be sampled.
    known = encoding.token_bytes()[:n_vocab]
    # The other rows are no tokens. Each has a name: without one, masks of text would allow it.
    known += [b""] * (n_vocab - len(known))
    tokens = [data or f"<|unused_{token}|>".encode() for token, data in enumerate(known)]
    wrapper = llguidance.TokenizerWrapper(_LlguidanceVocabulary(encoding, tokens, eos_tokens))
    return llguidance.LLTokenizer(wrapper, n_vocab=n_vocab, eos_token=list(eos_tokens), slices=[])


class _LlguidanceVocabulary:
    """What ``llguidance`` asks of a tokenizer."""

    bos_token_id = None

    def __init__(self, encoding: HarmonyEncoding, tokens: List[bytes], eos_tokens: Sequence[int]) -> None:
        self.tokens = tokens
        self.eos_token_id = eos_tokens[0]
        self.special_token_ids = list(range(199_998, len(tokens)))
        self._encoding = encoding

    def __call__(self, text: str) -> List[int]:
        return self._encoding.encode(text, disallowed_special=())


def _has_messages(request: Body) -> bool:
    if isinstance(request, (bytes, str)):
        try:
            request = json.loads(request)
        except ValueError:
            return False  # The reader reports it.
    return isinstance(request, Mapping) and "messages" in request


def _tool(tool: Tool) -> Dict[str, Any]:
    if isinstance(tool, ToolDescription):
        return {"recipient": f"functions.{tool.name}", "parameters": tool.parameters}
    expect("a tool", tool, Mapping, "a ToolDescription or a tool of either API")
    function = tool.get("function", tool)
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise ValueError(f"a tool has a name: {tool!r}")
    return {
        "recipient": f"functions.{function['name']}",
        "parameters": function.get("parameters"),
        "strict": function.get("strict"),
    }


def _response_format(response_format: Optional[Mapping[str, Any]]) -> Any:
    expect("response_format", response_format, (Mapping, type(None)), "a mapping or None")
    kind = "text" if response_format is None else response_format.get("type")
    if kind in ("text", "json_object"):
        return kind
    if kind != "json_schema" or response_format is None:
        raise ValueError(f"response_format['type'] is 'text', 'json_object' or 'json_schema', not {kind!r}")
    form = response_format.get("json_schema", response_format)
    if not isinstance(form, Mapping) or "schema" not in form:
        raise ValueError("response_format of the type 'json_schema' must have a 'schema'")
    return {"json_schema": {"schema": form["schema"], "strict": bool(form.get("strict"))}}


def _json(options: Dict[str, Any]) -> str:
    """The options as JSON, each lone surrogate as U+FFFD."""
    try:
        text = json.dumps(options, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise HarmonyGrammarError(f"a schema is not JSON: {reason}", code="grammar.schema") from None
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
