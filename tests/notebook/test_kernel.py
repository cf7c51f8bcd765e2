"""The notebook of `examples/` in a real kernel, and what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook.ipynb"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> List[Any]:
    """The data of the result of each code cell: its representations by MIME type."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return [[output.data for output in cell if output.output_type == "execute_result"] for cell in outputs]


def html(cell: List[Any]) -> str:
    (data,) = cell
    assert "text/plain" in data, "frontends without HTML have a representation too"
    return str(data["text/html"])


def test_nothing_is_printed_without_a_result(shown: List[Any]) -> None:
    assert shown[0] == [] and len(shown) == 6


def test_a_conversation_shows_the_text_that_the_model_reads(shown: List[Any]) -> None:
    page = html(shown[1])
    for text in ("You are ChatGPT", "# Instructions", "Answer in one sentence.", "What is 2 + 2?"):
        assert text in page
    assert [role for role in ("system", "developer", "user") if f">{role}<" not in page] == []


def test_a_prompt_shows_special_tokens_and_their_ids(shown: List[Any]) -> None:
    page = html(shown[2])
    assert page.count("200006") == 4  # <|start|> of system, developer, user and assistant
    assert "0 that the model writes" in page


def test_a_view_shows_what_was_sampled(shown: List[Any]) -> None:
    page = html(shown[3])
    assert page.count("&lt;|channel|&gt;") == 2 and "Easy" in page and "<script" not in page


def test_a_parser_shows_messages_and_repairs(shown: List[Any]) -> None:
    page = html(shown[4])
    assert ">analysis<" in page and ">final<" in page and "missing_message" in page
    assert "state: expect start" in page and "finish reason: stop" in page


def test_a_transcript_shows_its_length(shown: List[Any]) -> None:
    assert "5 messages, " in html(shown[5])
