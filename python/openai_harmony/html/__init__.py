"""Conversations, results and tokens as HTML, for notebooks and reports.

All text is escaped, nothing is loaded, and there are no scripts. Long texts, conversations and token lists are cut: a
part can be unfolded, the rest is only counted, so that no output freezes a browser. What notebooks show is written with
inline styles, which they keep, in colours for light and dark pages.

The objects of this package have these functions as ``_repr_html_``, so a notebook shows them without a call. For a
report, call them, and give what they return to ``page_html``:

>>> from openai_harmony import Message, Role, StreamableParser, Transcript, load_harmony_encoding
>>> encoding = load_harmony_encoding("HarmonyGptOss")
>>> transcript = Transcript(encoding)
>>> transcript.append(Message.from_role_and_content(Role.USER, "2 + 2?"))
>>> parser = StreamableParser(encoding, role=Role.ASSISTANT)
>>> events = parser.process_text("<|channel|>final<|message|>4<|return|>")
>>> shown = [
...     conversation_html(transcript.messages),
...     transcript_html(transcript),
...     rendered_html(transcript.rendered()),
...     tokens_html(encoding.view(transcript.tokens)),
...     parser_html(parser),
...     result_html(parser.result),
...     parsed_html(parser.result.messages[0]),
... ]
>>> all(html.startswith("<div") for html in shown)
True
"""

from .blocks import NOTEBOOK, REPORT, Limits
from .messages import conversation_html, parsed_html, parser_html, result_html, transcript_html
from .page import Section, page_html
from .tokens import rendered_html, tokens_html

__all__ = [
    "NOTEBOOK",
    "REPORT",
    "Limits",
    "Section",
    "conversation_html",
    "page_html",
    "parsed_html",
    "parser_html",
    "rendered_html",
    "result_html",
    "tokens_html",
    "transcript_html",
]
