"""Conversations, results and tokens as HTML, for notebooks and reports.

All text is escaped, nothing is loaded, and there are no scripts. Long texts, conversations and token lists are cut: a
part can be unfolded, the rest is only counted, so that no output freezes a browser. What notebooks show is written with
inline styles, which they keep, in colours for light and dark pages.
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
