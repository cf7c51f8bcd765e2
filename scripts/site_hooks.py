"""What mkdocs does for the site besides reading docs/: the README is the first page."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PUBLISHED = "https://github.com/openai/harmony/blob/main/"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README. Its links are absolute, for PyPI; those to pages of the site become relative."""
    text = (ROOT / "README.md").read_text("utf-8")
    files.append(File.generated(config, "index.md", content=re.sub(re.escape(PUBLISHED) + r"docs/", "", text)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Links out of docs/ lead to the repository."""
    if "/" in page.file.src_uri:
        return markdown
    return re.sub(r"\]\(\.\./(?=[\w.])", f"]({PUBLISHED}", markdown)
