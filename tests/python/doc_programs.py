"""Writes the Python snippets of each page as a program, for type checkers: `doc_programs.py FOLDER`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# What a page leaves to its reader, in the lines above its first snippet.
READERS = {
    "api": [
        "from typing import Any, AsyncIterator",
        "async def run_tool(call: Any) -> str: raise NotImplementedError",
        "def engine(prompt: list[int], job: Any) -> AsyncIterator[tuple[list[int], str | None]]:",
        "    raise NotImplementedError",
    ],
}

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text("utf-8")
        program = READERS.get(page.stem, []).copy()
        for match in FENCE.finditer(text):
            # Each snippet is at its line of the page, so that errors point there.
            line = text.count("\n", 0, match.start()) + 1
            assert len(program) <= line, f"{page.name} has no room above its first snippet"
            program += [""] * (line - len(program))
            program += match[1].splitlines()
        if program:
            (folder / f"{page.stem.lower()}.py").write_text("\n".join(program) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
