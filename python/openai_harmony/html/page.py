"""One HTML page that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Iterable, Iterator

from ..arguments import expect

# Nothing is loaded and no script runs, whatever a text contains: a second line of defence after the escaping.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_STYLE = """
:root { color-scheme: light dark; --edge: rgba(128,128,128,.35) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62em; margin: 0 auto; padding: 1.5em; background: Canvas;
       color: CanvasText }
h1 { font-size: 1.4em; margin: 0 0 .2em; overflow-wrap: anywhere }
section { border: 1px solid var(--edge); border-radius: .6em; margin: 1em 0; padding: .6em 1em }
section > details > summary { font-weight: 600; cursor: pointer; overflow-wrap: anywhere }
.remarks { opacity: .75 }
@media print { section { border: 0; padding: 0 } }
"""


@dataclass(frozen=True)
class Section:
    """A part of a page that can be folded."""

    title: str
    body: str
    """HTML, of the other functions here."""
    is_open: bool = False


def page_html(title: str, sections: Iterable[Section], remarks: str = "") -> Iterator[str]:
    """The page in pieces, to be written one after the other.

    >>> print("".join(page_html("A & B", [Section("1", "<p>text</p>")])).splitlines()[5])
    <title>A &amp; B</title>
    """
    expect("title", title, str, "a string")
    expect("remarks", remarks, str, "a string")
    sections = iter(sections)
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
    )
    if remarks:
        yield f'<div class="remarks">{escape(remarks)}</div>\n'
    for section in sections:
        opened = " open" if section.is_open else ""
        yield (
            f"<section><details{opened}><summary>{escape(section.title)}</summary>\n{section.body}\n</details></section>\n"
        )
    yield "</body>\n</html>\n"
