"""Docstrings as the site needs them: examples and literal blocks as code of Markdown."""

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^>>> .*?(?=\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)


class DocstringsAsMarkdown(griffe.Extension):
    """Puts fences around doctests, whose output Markdown would read as links; ``::`` becomes a colon."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            text = EXAMPLE.sub(lambda example: f"```pycon\n{example[0]}\n```", obj.docstring.value)
            obj.docstring.value = re.sub(r"::(?=\n\n? +\S)", ":", text)
